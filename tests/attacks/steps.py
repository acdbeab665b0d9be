"""The invariants of state after each step of a programmer that is not to notice that it is watched."""

from __future__ import annotations

from tests.attacks.common import Broken
from tests.attacks.invariants import after_each_step
from tests.attacks.watch import Watch


class Steps:
    """A step is what lies between two frames of the programmer. What it broke first is kept for the end, so that nobody swallows it."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._first: Broken | None = None

    def look(self) -> None:
        """The next frame is about to be written."""
        if self._watch.host is not None and self._first is None:
            try:
                after_each_step(self._watch)
            except Broken as broken:
                self._first = broken

    def judge(self) -> None:
        """Broken when a step was."""
        if self._first is not None:
            raise self._first
