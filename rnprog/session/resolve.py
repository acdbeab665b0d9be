"""Settling a command that was sent and not answered: by a read, and by the table below. Nothing else ever settles one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rnprog.device.api import DeviceStatus
from rnprog.device.errors import Pending


class Seen(StrEnum):
    """What the read showed, compared with what is pending."""

    DONE = "same link session; the device carried the command out"
    REFUSED = "same link session; the device refused the command"
    NEVER_ARRIVED = "same link session; the command did not arrive"
    SESSION_OVER = "the link session has ended"
    RESTARTED = "the device has restarted"


class Settled(StrEnum):
    """What that means."""

    CARRIED_OUT = "it was carried out"
    REFUSED = "the device refused it; nothing was changed"
    NOT_CARRIED_OUT = "it was not carried out, and a late copy of it can no longer be"
    ENDED = "test stimulation has ended; stored programs have to be read again"


TABLE: dict[Seen, Settled] = {
    Seen.DONE: Settled.CARRIED_OUT,
    Seen.REFUSED: Settled.REFUSED,
    Seen.NEVER_ARRIVED: Settled.NOT_CARRIED_OUT,
    Seen.SESSION_OVER: Settled.ENDED,
    Seen.RESTARTED: Settled.ENDED,
}


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a pending command was settled, and the status that settled it."""

    pending: Pending
    seen: Seen
    settled: Settled
    status: DeviceStatus

    def as_data(self) -> dict[str, object]:
        """For the record: how it was settled, and what the device said it was doing then."""
        return {
            "what": self.pending.command,
            "seen": str(self.seen),
            "settled": str(self.settled),
            "output": str(self.status.output),
            "armed": [str(side) for side in self.status.armed],
            "flags": sorted(str(flag) for flag in self.status.flags),
        }


def resolve(pending: Pending, status: DeviceStatus) -> Resolution:
    """Settle `pending` by a status that was read after it, in the same link session where that still stands."""
    seen = _compare(pending, status)
    return Resolution(pending, seen, TABLE[seen], status)


def _compare(pending: Pending, status: DeviceStatus) -> Seen:
    if status.boot_count != pending.boot_count:
        return Seen.RESTARTED
    if status.link_session != pending.link_session:
        return Seen.SESSION_OVER
    if status.last_command.sequence != pending.sequence:
        return Seen.NEVER_ARRIVED
    return Seen.DONE if status.last_command.result == "done" else Seen.REFUSED
