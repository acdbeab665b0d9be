"""Running the app in a terminal, and what has to be true when it has ended, however it ended."""

from __future__ import annotations

import sys

from rnprog.session.crashes import keep_trace
from rnprog.session.wording import command_line
from rnprog.tui.app import RnprogApp
from rnprog.tui.glyphs import ASCII, glyphs
from rnprog.tui.start import Start

BUG = 70
BY_SIGNAL = 128
"""And the signal's number: 143 for SIGTERM, as any command."""


def run_tui(start: Start) -> int:
    """Run until somebody leaves; the exit code. What is prepared is stopped and the port given free, whatever ended it."""
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
    error = app._exception
    if error is None:
        return app.return_code or found or (0 if app.signalled is None else BY_SIGNAL + app.signalled)
    words = command_line.bug(f"{type(error).__name__}: {error}", keep_trace(error, start.version))
    print(f"{words.happened}\n{words.stimulation}\n{words.now}", file=sys.stderr)
    return BUG
