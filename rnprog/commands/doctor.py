"""`rnprog doctor`: what could keep rnprog from working here, and what to do about each. Changes nothing; on a port it only reads."""

from __future__ import annotations

import typer

from rnprog.commands import checks
from rnprog.commands.checks import Check, Mark
from rnprog.commands.context import face_of
from rnprog.commands.exits import Exit
from rnprog.commands.render import Face, Tone

_TONES = {Mark.OK: Tone.OK, Mark.WARN: Tone.CAUTION, Mark.FAIL: Tone.REFUSED}


def doctor(ctx: typer.Context) -> Exit:
    """Say what is wrong here, and what to do about it.

    $ rnprog doctor

    $ rnprog --port /dev/ttyACM0 doctor

    Each line is ok, warn or fail. Exit code 0: nothing fails; 1: something does. A port that is named is opened and asked who answers;
    nothing is stimulated or changed.
    """
    face = face_of(ctx)
    found: list[Check] = []
    for group in (checks.python, checks.packages, checks.runtime, checks.records, checks.terminal, checks.port):
        for check in group(face):
            found.append(check)
            _show(face, check)
    face.data["checks"] = [{"check": each.name, "mark": each.mark.value, "text": each.text, "advice": each.advice} for each in found]
    failed = [each for each in found if each.mark is Mark.FAIL]
    face.reasons += [{"kind": each.name, "text": each.text} for each in failed]
    return Exit.FINDINGS if failed else Exit.DONE


def _show(face: Face, check: Check) -> None:
    face.mark(check.mark.value, _TONES[check.mark], f"{check.name}: {check.text}")
    if check.advice:
        face.show(f"       {check.advice}")
