"""How often the state is read, and how heartbeats are told while something else is waited for. Runs in the link thread; sends nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from rnprog.device.errors import LinkLost
from rnprog.device.notices import Notice
from rnprog.session.session import Session
from rnprog.tui import events as e

POLL_S = 0.08
"""The state is read so often while nothing else is said: a device that has fallen silent is asked by then."""
LOOK_S = 0.02
"""The port is looked at so often while nothing is asked: a pulled cable is seen by then."""
SLOW_POLL_S = 5.0
"""The same for a device that says that it is slow."""

Post = Callable[[e.Event], None]


def poll_of(session: Session) -> float:
    """Seconds between two reads of the state."""
    return SLOW_POLL_S if Notice.SLOW in session.device.notices else POLL_S


class Beats:
    """Looks for new heartbeats in every slice of waiting, and tells them, and at the cable, which the next heartbeat then finds gone. It
    never asks for STOP: that has its own way."""

    def __init__(self, session: Session, post: Post) -> None:
        self._session = session
        self._post = post
        self._last = session.heart.last

    def look(self) -> bool:
        """False, always."""
        with suppress(LinkLost):
            self._session.line.look()
        beat = self._session.heart.last
        if beat is not None and beat is not self._last:
            self._last = beat
            self._post(e.Beaten(beat, time.monotonic()))
        return False
