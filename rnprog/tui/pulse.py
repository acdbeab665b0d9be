"""The loop's own pulse, twenty times a second: it keeps the lease alive while the terminal shows what is drawn, and lets what is shown grow
old. Owns when things are drawn anew.

It looks by itself whether the line is silent. Neither the link thread nor the repetitions of a read have to be through before values are
grey, because nobody waits for either.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.timer import Timer

from rnprog.tui.screens.frame import stands

if TYPE_CHECKING:
    from rnprog.tui.app import RnprogApp

PULSE_S = 0.05
JUST_AFTER_S = 0.001
AGE_EVERY = 4
"""Pulses between two looks at how old things are: five a second."""
ALL_EVERY = 20
"""Pulses between two drawings of everything, where nothing but ages has changed."""


class Pulse:
    """What an app does by itself."""

    def __init__(self, app: RnprogApp) -> None:
        self._app = app
        self._beats = 0
        self._timer: Timer | None = None

    def begin(self) -> None:
        """From now on."""
        self._timer = self._app.set_interval(PULSE_S, self._beat)

    def end(self) -> None:
        """For good."""
        if self._timer is not None:
            self._timer.stop()

    def _beat(self) -> None:
        app = self._app
        self._beats += 1
        if app.worker is not None:
            app.worker.face_alive(app.seen_ago_s())
            self._listen()
        app.look_at_terminal()
        if app.signalled is not None and any(map(stands, app.safe_screens())):
            app.leaving.told_to_go()  # not before there is a screen: half of one cannot be taken apart
        if self._beats % ALL_EVERY == 0:
            app.show()
        elif self._beats % AGE_EVERY == 0:
            app.show_age()

    def _listen(self) -> None:
        """Also at the moment at which an answer is overdue, where that is before the next beat."""
        app, now_s = self._app, time.monotonic()
        if app.worker is None:
            return
        left_s = app.worker.overdue_in_s(now_s)
        if left_s is not None and 0 <= left_s < PULSE_S:
            app.set_timer(left_s + JUST_AFTER_S, self._listen)
        unheard = app.worker.unheard(now_s)
        if unheard is not None and app.state.live and unheard != app.state.unheard:
            from rnprog.tui import events as e

            app.see(e.Unheard(unheard))
