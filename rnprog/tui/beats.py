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
GLANCE_EVERY_S = 0.07
"""While a side is prepared the device is asked so often, heartbeats included, which alone come every 0.2 s: silence is noticed as soon as
elsewhere. What is asked between two beats is not repeated."""
LOOK_S = 0.02
"""The port is looked at so often while nothing is asked: a pulled cable is seen by then."""
SLOW_POLL_S = 5.0
"""The same for a device that says that it is slow."""

Post = Callable[[e.Event], None]


def poll_of(session: Session) -> float:
    """Seconds between two reads of the state."""
    return SLOW_POLL_S if Notice.SLOW in session.device.notices else POLL_S


class Beats:
    """In every slice of waiting: tells new heartbeats, looks at the cable, which the next heartbeat then finds gone, and at the device. It
    never asks for STOP: that has its own way."""

    def __init__(self, session: Session, post: Post) -> None:
        self._session = session
        self._post = post
        self._last = session.heart.last
        self._heard_s = time.monotonic()
        self._glances = session.capabilities.lease_s is not None  # without a lease nothing is kept alive, and a read may take long

    def look(self) -> bool:
        """False, always."""
        with suppress(LinkLost):
            self._session.line.look()
        beat = self._session.heart.last
        if beat is not None and beat is not self._last:
            self._last, self._heard_s = beat, time.monotonic()
            self._post(e.Beaten(beat, self._heard_s))
        elif self._glances and self._session.heart.on and time.monotonic() - self._heard_s >= GLANCE_EVERY_S:
            self._glance()
        return False

    def _glance(self) -> None:
        """What the device says now, if it says anything."""
        self._heard_s = time.monotonic()
        status = self._session.glance()
        if status is not None:
            self._post(e.Polled(status, None, time.monotonic()))
