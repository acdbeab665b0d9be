"""Another patient's implant, by its fingerprint: asked about before anything else, until it is answered or the link is gone.

Nothing rests on this question alone: `State.ready` is false while it is open, and the session commands nothing (`session/patient.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnprog.tui import events as e
    from rnprog.tui.app import RnprogApp
    from rnprog.tui.screens.dialogs import AnotherPatient


class Whose:
    """Follows what an app knows. By the state and not by one event, so that no way leads around the question."""

    def __init__(self, app: RnprogApp) -> None:
        self._app = app
        self._asking: AnotherPatient | None = None
        self._answered = False
        """The link thread has still to hear the answer."""

    def follow(self, event: e.Event) -> None:
        """After an event: ask, or take the question away."""
        from rnprog.tui import events as e

        app, state = self._app, self._app.state
        if isinstance(event, e.Connected | e.Stopped):
            self._answered = False  # STOP drops what was queued before it, an answer too
        if state.live and state.another_patient is not None:
            if self._asking is None and not self._answered:
                self._ask(state.another_patient)
        elif self._asking is not None and app.screen is self._asking:
            self._asking.dismiss(None)
        if isinstance(event, e.Closed) and state.another_patient is not None:
            app.go("overview")  # the choice of a device, now that there is none

    def _ask(self, code: str) -> None:
        from rnprog.tui.screens.dialogs import AnotherPatient

        identity = self._app.state.identity
        if identity is not None:
            self._asking = AnotherPatient(code, identity.model, identity.serial)
            self._app.push_screen(self._asking, self._answer)

    def _answer(self, typed: str | None) -> None:
        """What was typed goes to the session; without it the implant is given free."""
        from rnprog.tui import tasks
        from rnprog.tui.link_worker import Priority

        self._asking = None
        worker, state = self._app.worker, self._app.state
        if worker is None or not state.live or state.another_patient is None:
            return  # taken away: the link is gone
        self._answered = True
        worker.submit(Priority.THERAPY, "", tasks.settle_patient(typed or ""))
        if not typed:
            worker.leave()
