"""What can go wrong within a programmer on a signal from its test (SIGUSR2), and programmers that are broken on purpose in how they end.

All of it happens in a process of its own, which is over afterwards.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from tests.attacks.processes import into, pass_time

BUG, BUG_AFTER_STOP, RECORD_LOST, OUTPUT_GONE = "a bug in the face", "a bug in the face after STOP", "record lost", "output gone"
STDOUT_GONE = "its standard output gone"
"""Only that: whoever looks at stderr can be told."""
ON_A_SIGNAL = (BUG, BUG_AFTER_STOP, RECORD_LOST)
FORGETS, NEVER_ENDS = "a STOP that failed is forgotten", "a programmer that never ends"
"""Broken on purpose: exit code 143 instead of 81, and a process that stays when all is said."""


def program_in_trouble(words: list[str], root: str, broken: str) -> None:
    """The command line, as a process."""
    from rnprog import entry

    into(Path(root, "programmer.out"))
    if broken == OUTPUT_GONE:
        into(Path(root, "reader"))
    if broken == STDOUT_GONE:
        os.dup2(os.open(Path(root, "reader"), os.O_WRONLY), 1)
    on_a_signal(broken)
    code = entry.main(words)
    os._exit(143 if broken == FORGETS and code == 81 else code)


def on_a_signal(broken: str) -> None:
    """From here on it happens at SIGUSR2."""
    if broken not in ON_A_SIGNAL:
        return
    told: list[int] = []
    signal.signal(signal.SIGUSR2, lambda number, frame: told.append(number))
    if broken == RECORD_LOST:
        _lose_the_record(told)
    else:
        _with_a_bug(told, after_stop=broken == BUG_AFTER_STOP)


def _lose_the_record(told: list[int]) -> None:
    from rnprog.session.record import Record

    real = Record._append

    def append(self: Record, handle: int, line: bytes) -> None:
        if told:
            raise self._lost("the disk has failed")
        real(self, handle, line)

    Record._append = append  # type: ignore[method-assign]


def _with_a_bug(told: list[int], *, after_stop: bool) -> None:
    """Once, in the face's own time: in the loop of a screen, and in a tick of anything else."""
    from rnprog.session.session import Session
    from rnprog.tui.pulse import Pulse

    tick, beat = Session.tick, Pulse._beat

    def breaks(session: Any) -> None:
        told.clear()
        if after_stop and session is not None:
            session.stop("the operator said stop")
        raise RuntimeError("a bug in the face")

    def ticks(self: Session) -> None:
        if told and not self.face_keeps_time:
            breaks(self)
        tick(self)

    def beats(self: Pulse) -> None:
        if told:
            breaks(self._app.worker._session if self._app.worker is not None else None)
        beat(self)

    Session.tick, Pulse._beat = ticks, beats  # type: ignore[method-assign]


def never_ends() -> None:
    """From here on this process stays, until somebody kills it."""
    os._exit = lambda code: pass_time(60.0)  # type: ignore[assignment, return-value]
