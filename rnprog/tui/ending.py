"""How the screen's program has ended: the exit code, and the words that are left on the terminal when the screen is gone.

Whatever ended it, a STOP of which nobody knows what it came to is told before anything else, and nothing is called stopped that was not.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rnprog.session.crashes import keep_trace
from rnprog.session.wording import Words, command_line
from rnprog.tui.lasting import leave_behind

if TYPE_CHECKING:
    from rnprog.session.outcomes import StopNotConfirmed
    from rnprog.session.session import Session
    from rnprog.tui.app import RnprogApp

BUG = 70
STOP_NOT_CONFIRMED = 81
BY_SIGNAL = 128
"""And the signal's number: 143 for SIGTERM, as any command."""


def ended(app: RnprogApp, returned: int | None) -> int:
    """The exit code of an app that has ended and closed its link; `returned`: by its loop. What a person has to know is said on stderr,
    unless that takes nothing any more."""
    error, worker = app._exception, app.worker
    session = None if worker is None else worker.latest
    doubt = unconfirmed(session, under_way=worker is not None and worker.stopping)
    if error is not None:
        _say(fault(error, keep_trace(error, app.start.version), session, doubt))
        return BUG if doubt is None else STOP_NOT_CONFIRMED
    if doubt is not None:
        _say(doubt.words)
        return STOP_NOT_CONFIRMED
    return app.return_code or returned or (0 if app.signalled is None else BY_SIGNAL + app.signalled)


def unconfirmed(session: Session | None, *, under_way: bool = False) -> StopNotConfirmed | None:
    """What the last STOP of this session came to, where that is not known. `under_way`: it has not been told yet."""
    if session is None:
        return None
    from rnprog.session.outcomes import StopNotConfirmed
    from rnprog.session.stopping import interrupted

    if isinstance(session.halted, StopNotConfirmed):
        return session.halted
    return interrupted(session.off_within_s) if under_way else None


def fault(error: Exception, trace: str | None, session: Session | None, doubt: StopNotConfirmed | None) -> Words:
    """A fault of the program, with what is certain about the stimulation after it. `trace`: where it was kept; None: nowhere."""
    stopped = session is not None and session.halted is not None
    told = command_line.bug(f"{type(error).__name__}: {error}", trace, stopped=stopped)
    return told if doubt is None else command_line.besides(doubt.words, told.happened, told.now)


def _say(words: Words) -> None:
    leave_behind(sys.stderr, f"{words.happened}\n{words.stimulation}\n{words.now}\n")
