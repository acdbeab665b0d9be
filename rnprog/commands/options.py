"""The global options, accepted before and after every command. Owns their names and where their values come from."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from rnprog.commands.version import SAYS, version

EVERYWHERE = "Global options, before or after the command"


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line and in the environment (which may choose the port and the presentation only)."""

    port: str | None
    """None: no port was named."""
    json: bool
    plain: bool
    quiet: bool
    no_input: bool
    record_dir: Path | None
    trace: Path | None


@dataclass(slots=True)
class Given:
    """Options as they are met while parsing; the later one wins."""

    stop_now: Callable[..., int]
    """The fast path of `rnprog stop`, handed down by `entry.py`."""
    values: dict[str, Any] = field(default_factory=dict)
    ended: int | None = None
    """The exit code, once it is settled and told: a Ctrl-C after that changes it no more."""

    def options(self) -> Options:
        """What they come to."""
        values = self.values
        port = values.get("port") or os.environ.get("RNPROG_PORT") or None
        bench = values.get("bench")
        if port and bench:
            port = f"{port}{'&' if '?' in port else '?'}bench={bench}"
        return Options(
            port=port,
            json=values.get("json", False),
            plain=values.get("plain", False),
            quiet=values.get("quiet", False),
            no_input=values.get("no_input", False),
            record_dir=values.get("record_dir"),
            trace=values.get("trace"),
        )


def _keep(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
    if value not in (None, False):
        ctx.find_root().obj.values[param.name] = value
    return value


def _say_version(value: bool) -> None:
    if value:
        print(f"rnprog {version()}: {SAYS}")
        raise typer.Exit()


def _option(*names: str, help: str, metavar: str | None = None) -> Any:
    return typer.Option(*names, help=help, metavar=metavar, callback=_keep, expose_value=False, rich_help_panel=EVERYWHERE)


def everywhere(
    port: Annotated[
        str | None, _option("--port", metavar="URL", help="Where the device is: a path, emu://, socket://. Or RNPROG_PORT.")
    ] = None,
    json: Annotated[bool, _option("--json", help="One JSON object on stdout, also on failure.")] = False,
    plain: Annotated[bool, _option("--plain", help="Lines instead of tables, no colour. Also ACCESSIBLE=1.")] = False,
    quiet: Annotated[bool, _option("--quiet", "-q", help="Results and problems only, no talk.")] = False,
    no_input: Annotated[bool, _option("--no-input", help="Never ask; a question becomes a usage error.")] = False,
    record_dir: Annotated[Path | None, _option("--record-dir", metavar="DIR", help="Where session records go.")] = None,
    trace: Annotated[Path | None, _option("--trace", metavar="FILE", help="Append every frame, decoded, to FILE.")] = None,
    bench: Annotated[
        str | None, _option("--bench", metavar="HOST:PORT", help="Bench channel of an emulator process (as ?bench= in the URL).")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Say which version this is.", callback=_say_version, expose_value=False, is_eager=True)
    ] = False,
) -> None:
    """Declares the options; `app.py` copies them to every command."""


AcceptRunOn = Annotated[
    bool, typer.Option("--accept-run-on", help="For a device without a lease: accept that it runs on when contact is lost.")
]
"""Consent that a device without a dead-man needs before test stimulation."""

AcceptTestPulse = Annotated[
    bool, typer.Option("--accept-test-pulse", help="For a device whose impedance test may be felt (above 0.2 mA or 100 us): accept it.")
]
"""Consent that such a device needs before it is measured."""
