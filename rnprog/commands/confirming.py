"""One question before something lasting is changed. Owns the asking; the default is always to cancel."""

from __future__ import annotations

import contextlib
import sys

import typer

from rnprog.commands.asking import wrapped

LAST = 4


def must_not_ask(*, no_input: bool, yes: bool, serial: str | None) -> None:
    """Usage errors before anything is connected: a question without a way to answer it, and a blind `--yes`."""
    if yes and not serial:
        raise typer.BadParameter("it needs --serial N: only the serial number says which device is meant.", param_hint="--yes")
    if no_input and not yes:
        raise typer.BadParameter("this command asks before it writes. Answer with --yes --serial N.", param_hint="--no-input")


def typed_serial(serial: str, what: str) -> bool:
    """Ask for the last characters of the serial number. Anything else, an empty line and the end of the input mean no."""
    wanted = serial[-LAST:]
    _forget_typed_ahead()
    question = f"{what}\nType the last {LAST} characters of the serial number {serial} to go on, or Enter to cancel:"
    sys.stderr.write(f"{wrapped(question)} ")
    sys.stderr.flush()
    typed = sys.stdin.readline().strip()
    if not sys.stdin.isatty():
        sys.stderr.write("\n")
    return typed == wanted


def _forget_typed_ahead() -> None:
    """Keys that were pressed before the question do not answer it."""
    if not sys.stdin.isatty() or sys.platform == "win32":
        return
    import termios

    with contextlib.suppress(termios.error):
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
