"""The screen on a real terminal with its hands full: everything is laid out and drawn anew 50 times a second.

`loaded_tui.py PORT DIRECTORY READY`: goes to the titration screen, writes a byte to the file descriptor READY whenever something could be
begun, and answers what STOP left behind by itself.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rnprog.tui import app as real
from rnprog.tui.app import RnprogApp
from rnprog.tui.screens.overview import OverviewScreen
from rnprog.tui.screens.titration import TitrationScreen
from rnprog.tui.start import Start

EVERY_S = 0.02


class Loaded(RnprogApp):
    """The same app; only its work is more."""

    CSS_PATH = Path(real.__file__).with_name(RnprogApp.CSS_PATH)

    def __init__(self, start: Start, ready: int) -> None:
        super().__init__(start)
        self._tell = ready
        self._owes = True

    def on_mount(self) -> None:
        """The load. Textual calls the on_mount of every class by itself."""
        self.set_interval(EVERY_S, self._work)

    def _work(self) -> None:
        if not self.state.live:
            return
        screen = self.screen
        if not isinstance(screen, TitrationScreen):
            if isinstance(screen, OverviewScreen):
                self.go("titration")
            return
        screen.refresh(layout=True)
        if self.state.halt is None:
            if self._owes and self.state.ready:
                self._owes = False
                os.write(self._tell, b".")
        elif not self.state.stopping and self.state.notice is not None and self.state.busy is None:
            self._owes = True
            self.answer(self.state.notice.call)


if __name__ == "__main__":
    port, directory, ready = sys.argv[1:]
    app = Loaded(Start(port, Path(directory), remember=False), int(ready))
    code = app.run() or 0
    if app._exception is not None:
        raise app._exception
    sys.exit(code)
