"""Whether what is drawn arrives at a terminal that shows it, asked of itself. Owns the question and how late its answer may be.

A system buffers some 20 KB before a terminal that takes nothing is felt (eight seconds of a screen that only counts), and a secure shell
that hangs buffers far more. So while test stimulation is prepared a terminal is asked, behind everything that was drawn, for the mode that
Textual asks for at the start (DECRQM 2026). Whoever answers has shown what was drawn before. Only one that has answered once is held to it.
"""

from __future__ import annotations

from collections.abc import Callable

QUESTION = "\x1b[?2026$p"
EVERY_S = 0.1
LATE_S = 0.25
"""An answer that is later lets the lease run out, unless it comes within some 0.7 s more: a beat is worth 0.8 s and comes every 0.2 s. So a
line may be slow by about a second (far away, or with a large picture on it), and what nobody can see is off 1.4 s later at the latest. A
choice of this project, `unverified`."""
AGAIN_S = 0.5
"""An answer that was lost on the way is asked for again."""


class Seen:
    """Of one terminal."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._answers = False
        self._open_since_s: float | None = None
        """When the oldest question was put that is not answered, monotonic; None: none is open."""
        self._asked_s = 0.0

    def answered(self) -> bool:
        """The terminal has answered, whatever of; from the thread that reads. Whether it is the first time."""
        first, self._answers = not self._answers, True
        self._open_since_s = None
        return first

    def lately(self, now_s: float, *, ask: bool) -> bool:
        """Whether it counts as seen now; True of a terminal that never answers. `ask`: put the question when it is time to."""
        if not self._answers:
            return True
        open_since_s = self._open_since_s
        if ask and now_s - self._asked_s >= (EVERY_S if open_since_s is None else AGAIN_S):
            self._asked_s = now_s
            if open_since_s is None:
                self._open_since_s = now_s
            self._write(QUESTION)
        return open_since_s is None or now_s - open_since_s <= LATE_S
