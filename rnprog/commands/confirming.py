"""Questions before something is begun or changed. Owns the asking; the default is always to cancel."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

import typer

from rnprog.commands.asking import wrapped
from rnprog.commands.exits import Ended, Exit
from rnprog.commands.render import Face, Tone
from rnprog.session.patient import LAST, settle
from rnprog.session.session import Session
from rnprog.session.wording import patient as words


def must_not_ask(*, no_input: bool, yes: bool, serial: str | None) -> None:
    """Usage errors before anything is connected: a question without a way to answer it, and a blind `--yes`."""
    if yes and not serial:
        raise typer.BadParameter("it needs --serial N: only the serial number says which device is meant.", param_hint="--yes")
    if no_input and not yes:
        raise typer.BadParameter("this command asks before it writes. Answer with --yes --serial N.", param_hint="--no-input")


def typed_serial(serial: str, what: str) -> bool:
    """Ask for the last characters of the serial number. Anything else, an empty line and the end of the input mean no."""
    question = f"{what}\nType the last {LAST} characters of the serial number {serial} to go on, or Enter to cancel:"
    return typed_line(question) == serial[-LAST:]


def typed_line(question: str) -> str:
    """What was typed; empty at the end of the input."""
    _forget_typed_ahead()
    sys.stderr.write(f"{wrapped(question)} ")
    sys.stderr.flush()
    typed = sys.stdin.readline().strip()
    if not sys.stdin.isatty():
        sys.stderr.write("\n")
    return typed


def right_patient(face: Face, session: Session, typed: Callable[[], str] | None) -> None:
    """Whose implant it is, where there is a patient code. `typed` asks for the end of the serial number of another patient's; None: nobody
    can be asked. Ended (79) when it does not come: nothing was sent but questions."""
    whose = session.whose
    if whose.code is None or whose.match is None:
        return
    face.data["patient_fingerprint"] = whose.match.value
    if not whose.open:
        return
    told = words.another_fingerprint(whose.code) if typed is not None else words.nobody_to_ask(whose.code)
    if typed is not None:
        face.words(told, Tone.CAUTION)
    if not settle(session, "" if typed is None else typed()):
        raise Ended(Exit.REFUSED, words=told)


def _forget_typed_ahead() -> None:
    """Keys that were pressed before the question do not answer it."""
    if not sys.stdin.isatty() or sys.platform == "win32":
        return
    import termios

    with contextlib.suppress(termios.error):
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
