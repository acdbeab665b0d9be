"""The loop's own pulse, twenty times a second: it keeps the lease alive, and lets what is shown grow old. Owns when things are drawn anew.

It looks by itself whether the line is silent. Neither the link thread nor the repetitions of a read have to be through before values are
grey, because nobody waits for either.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.timer import Timer

from rnprog.tui.screens.frame import SafeModal, SafeScreen, stands
from rnprog.tui.state import State
from rnprog.tui.stop_first import StopsFirst

if TYPE_CHECKING:
    from rnprog.tui import events as e

PULSE_S = 0.05
AGE_EVERY = 4
"""Pulses between two looks at how old things are: five a second."""
ALL_EVERY = 20
"""Pulses between two drawings of everything, where nothing but ages has changed."""


class Pulse(StopsFirst):
    """The part of the app that runs by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.now_s: Callable[[], float] = time.monotonic
        self._pulses = 0
        self._told_to_leave = False
        self._timer: Timer | None = None

    def begin_pulse(self) -> None:
        """From now on."""
        self._timer = self.set_interval(PULSE_S, self._pulse)

    def end_pulse(self) -> None:
        """For good."""
        if self._timer is not None:
            self._timer.stop()

    def see(self, event: e.Event) -> None:
        """Take an event in."""
        raise NotImplementedError

    def leave_now(self) -> None:
        """Stop first, close the record, end; without a question."""
        raise NotImplementedError

    def show(self) -> None:
        """Draw the state on every screen that is open."""
        for screen in self._safe_screens():
            screen.show(self.state)

    def show_age(self) -> None:
        """Draw what changes with time."""
        for screen in self._safe_screens():
            screen.show_age(self.state)

    def _pulse(self) -> None:
        self._pulses += 1
        if self.worker is not None:
            self.worker.face_alive()
            self._listen()
        if self.signalled is not None and not self._told_to_leave and any(map(stands, self._safe_screens())):
            self._told_to_leave = True  # not before there is a screen: half of one cannot be taken apart
            self.leave_now()
        if self._pulses % ALL_EVERY == 0:
            self.show()
        elif self._pulses % AGE_EVERY == 0:
            self.show_age()

    def _listen(self) -> None:
        unheard = None if self.worker is None else self.worker.unheard(time.monotonic())
        if unheard is not None and self.state.live and unheard != self.state.unheard:
            from rnprog.tui import events as e

            self.see(e.Unheard(unheard))

    def _safe_screens(self) -> list[SafeScreen | SafeModal[Any]]:
        return [screen for screen in self.screen_stack if isinstance(screen, SafeScreen | SafeModal)]
