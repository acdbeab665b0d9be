"""The smallest Typer program with two commands: the reference for `rnprog --help`."""

import typer

app = typer.Typer()


@app.command()
def hello(name: str = "you") -> None:
    """Say hello."""
    print(f"hello {name}")


@app.command()
def goodbye(name: str = "you") -> None:
    """Say goodbye."""
    print(f"goodbye {name}")


app()
