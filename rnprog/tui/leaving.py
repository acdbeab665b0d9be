"""How the screen is left: by a person, who is asked, and who stays while nobody knows what STOP came to; or told to go, by a signal or by a
terminal that is closed, where nobody is left to ask: then STOP is awaited to its end, and what it came to is told by the exit code."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rnprog.session.wording import tui as say
from rnprog.tui.state import Phase
from rnprog.tui.stop_first import PROGRAM_CLOSED

if TYPE_CHECKING:
    from rnprog.tui import events as e
    from rnprog.tui.app import RnprogApp

STOP_ENDS_S = 15.0
"""So long a STOP is awaited at most by a screen that was told to go; the slowest device gives up after 12 s."""


class Leaving:
    """Of one app."""

    def __init__(self, app: RnprogApp) -> None:
        self._app = app
        self._wanted = False
        self._told_s: float | None = None
        """When it was first seen that the program is told to go, monotonic."""
        self._gone = False

    def ask(self) -> None:
        """Ask, stop first, close the record, end."""
        app = self._app
        in_doubt = app.state.phase is Phase.LOST
        if (app.worker is None or not app.worker.connected) and not in_doubt:
            app.exit(0)
            return
        from rnprog.tui.screens.dialogs import Confirm

        def question() -> str:
            return say.leave_lost_question() if in_doubt else say.leave_question(on=app.worker is not None and app.worker.armed)

        app.push_screen(Confirm(say.LEAVE_TITLE, question, "Leave"), app.leave)

    def begin(self) -> None:
        """Stop first, close the record, end."""
        app = self._app
        if app.worker is None or not app.worker.connected:
            app.exit(0)
            return
        self._wanted = True
        if app.worker.stopping:
            return  # when it is told what that came to
        if app.worker.armed:
            app.worker.stop(PROGRAM_CLOSED)
        else:
            app.worker.leave()

    def told_to_go(self) -> None:
        """Called by every pulse from a signal on: the screen goes as soon as no STOP is under way, whatever that came to, and whatever the
        link thread waits for. What is prepared then is stopped once more by `LinkWorker.close`."""
        worker, now_s = self._app.worker, time.monotonic()
        if self._told_s is None:
            self._told_s = now_s
            self._app.leave()
        elif not self._gone and (worker is None or not worker.stopping or now_s - self._told_s > STOP_ENDS_S):
            self._gone = True
            self._app.exit(0)

    def follow(self, event: e.Event) -> None:
        """Go on with leaving. A person who leaves stays where the STOP is not confirmed."""
        if not self._wanted:
            return
        from rnprog.tui import events as e

        app = self._app
        match event:
            case e.Stopped(outcome, _):
                self._wanted = not app.state.doubtful and outcome is app.state.halt
                if self._wanted and app.worker is not None:
                    app.worker.leave()
            case e.Closed() | e.Lost():
                app.exit(0)
            case _:
                pass
