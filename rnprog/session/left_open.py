"""What a STOP leaves open. It settles whatever concerns the output; what the implant stores outlives it, so only a read settles that.

(docs/decisions/0017)
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from rnprog.device.api import Stimulator, StoredProgram
from rnprog.device.errors import UNNUMBERED, DeviceError, Pending
from rnprog.session.attached import Attached
from rnprog.session.outcomes import Applied, Outcome, StopConfirmed, Unknown
from rnprog.session.record import Record
from rnprog.session.resolve import Meant, Resolution, held_now, resolve
from rnprog.session.wording import safety

LEAVES_S = 0.5
"""How long a STOP waits at most, after it was confirmed, for a command under way to leave the line."""


class LeftOpen:
    """The command on what the implant stores that is under way, or whose answer did not come."""

    def __init__(self) -> None:
        self.under_way = threading.Lock()
        """Held while a command writes its intent and is on the line."""
        self.meant: Meant | None = None
        """From its intent until it is settled. None: nothing that the implant stores is being changed."""
        self._before = ""

    def begins(self, meant: Meant) -> None:
        """A command is about to be sent."""
        self.meant, self._before = meant if meant.stored else None, ""

    @contextmanager
    def ending(self, ending: Outcome[Any], record: Record | None) -> Iterator[None]:
        """The command has ended, and its outcome is written within: once that is on record nothing is open, also where a signal strikes
        behind it."""
        before = 0 if record is None else record.lines
        try:
            yield
        finally:
            if record is not None and record.lines > before and self.meant is not None and not isinstance(ending, Unknown):
                self._before = self.meant.what if isinstance(ending, Applied) else ""
                self.meant = None

    def settle(self, session: Attached, outcome: StopConfirmed) -> tuple[StopConfirmed, Resolution | None]:
        """After a confirmed STOP: what the implant stores now, read in a new link session once the command has left the line, so that it
        cannot go on, and told with the STOP. What could not be read stays open, and blocks. None: nothing was settled."""
        meant, unanswered = self.meant, session.pending
        session.pending = None
        if meant is None:
            return (_with(outcome, safety.before_stop(self._before)) if self._before else outcome), None
        left = self.under_way.acquire(timeout=LEAVES_S)
        try:
            session.pending = unanswered or Pending(meant.what, session.met.link_session, UNNUMBERED, session.met.boot_count)
            found = _by_reading(session.device, session.pending, meant) if left else None
            if found is not None:
                session.pending = self.meant = None
            return _told(outcome, meant, found, cut_off=unanswered is None), found
        finally:
            if left:
                self.under_way.release()


def _by_reading(device: Stimulator, pending: Pending, meant: Meant) -> Resolution | None:
    """Settled by what is stored; None: it could not be read, so nobody knows yet."""
    try:
        device.resume_link()
        held = held_now(device, meant.intent)
        return resolve(pending, device.status(), meant, held, looked=True)
    except DeviceError:
        return None


def _told(outcome: StopConfirmed, meant: Meant, found: Resolution | None, *, cut_off: bool) -> StopConfirmed:
    """STOP with a sentence on what is stored. `cut_off`: the command was under way; else nobody had its answer."""
    slot = meant.intent.get("slot")
    if found is None:
        told = safety.not_looked_at(meant.what, slot, cut_off=cut_off)
        return replace(_with(outcome, told), stored=told)
    status = found.status
    revision = found.held.revision if isinstance(found.held, StoredProgram) else None
    told = safety.looked_at(meant.what, slot, revision, status.active_slot, str(found.settled), cut_off=cut_off)
    words = replace(_with(outcome, told).words, now=safety.after_stop(status.schedule_enabled))
    return replace(outcome, words=words, stored=told, schedule_enabled=status.schedule_enabled)


def _with(outcome: StopConfirmed, told: str) -> StopConfirmed:
    return replace(outcome, words=replace(outcome.words, happened=f"{outcome.words.happened} {told}"))
