"""Running the app in a terminal, and what has to be true when it has ended, however it ended."""

from __future__ import annotations

from rnprog.tui.app import RnprogApp
from rnprog.tui.ending import ended
from rnprog.tui.glyphs import ASCII, glyphs
from rnprog.tui.start import Start


def run_tui(start: Start) -> int:
    """Run until somebody leaves; the exit code, 81 where the last STOP is not confirmed. What is prepared is stopped and the port given
    free, whatever ended it."""
    if glyphs() is ASCII:
        from rnprog.tui.plain_bars import use_plain_bars

        use_plain_bars()
    app = RnprogApp(start)
    hear_no_more = app.hear()
    try:
        found = app.run()
    finally:
        if app.worker is not None:
            app.worker.close()
        hear_no_more()
    return ended(app, found)
