"""`rnprog demo`: the whole path on the emulator, for a first look and for a smoke test."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated

import typer

from rnprog.commands.context import connection, face_of
from rnprog.commands.exits import Ended, Exit, end
from rnprog.commands.guiding import Demo
from rnprog.commands.summary import tell
from rnprog.session.appointment import run
from rnprog.session.mode import Mode
from rnprog.session.outcomes import Differs, Unknown
from rnprog.session.standard import STANDARD
from rnprog.session.wording import command_line as words

_PACE_S = 0.08
"""Between lines on a terminal, so that an eye can follow."""


def demo(
    ctx: typer.Context,
    fast: Annotated[bool, typer.Option("--fast", help="No pauses between lines.")] = False,
) -> Exit:
    """A whole appointment on the bundled emulator, without a person.

    $ rnprog demo
    $ rnprog demo --fast --json
    $ rnprog demo --port "emu://?scenario=left-open"

    Identify, measure the leads, titrate left and right, write the program, read it back, close the record. The emulator's own tissue
    answers instead of a hand on the back; time is virtual. It refuses anything that is not proven to be an emulator.
    """
    face = face_of(ctx)
    face.options = replace(face.options, port=face.options.port or "emu://")
    paced = not fast and not face.options.json and face.talks_to_a_person

    def say(text: str) -> None:
        face.say(text)
        if paced:
            time.sleep(_PACE_S)

    with connection(face, "demo", writes=True) as session:
        if session.mode is not Mode.EMULATOR:
            raise Ended(Exit.REFUSED, words=words.demo_needs_emulator())
        record = session.record
        report = run(session, STANDARD, Demo(say))
    tell(face, report, record)
    if isinstance(report.problem, Unknown | Differs):
        end(report.problem)
    return Exit.DONE if report.unfinished is None else Exit.FINDINGS
