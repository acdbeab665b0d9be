"""The smallest Textual program that draws a word: what the first picture of `rnprog tui` is measured against."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Hello(App[None]):
    """One widget."""

    def compose(self) -> ComposeResult:
        """A word."""
        yield Static("Hello, screen")


if __name__ == "__main__":
    Hello().run()
