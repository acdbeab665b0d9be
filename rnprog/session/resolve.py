"""Settling a command that was sent and not answered: by a read, and by the table below. Nothing else ever settles one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from rnprog.device.api import DeviceStatus, Output, Stimulator, StoredProgram
from rnprog.device.errors import PARTLY, UNNUMBERED, Pending
from rnprog.therapy.contacts import Side


class Seen(StrEnum):
    """What the read showed, compared with what is pending."""

    DONE = "same link session; the device carried the command out"
    OTHERWISE = "same link session; the device says that it carried the command out, and nothing that it holds shows it"
    PREPARED = "same link session; the program was handed over, and was not stored"
    REFUSED = "same link session; the device refused the command"
    PERHAPS = "same link session; whether all of the command, a part of it or nothing was carried out is not told"
    NEVER_ARRIVED = "same link session; the command did not arrive"
    HELD = "another link session; what the implant stores shows the command"
    NOT_HELD = "another link session; what the implant stores does not show the command"
    SESSION_OVER = "the link session has ended"
    RESTARTED = "the device has restarted"


class Settled(StrEnum):
    """What that means."""

    CARRIED_OUT = "it was carried out"
    OTHERWISE = "the device says that it was carried out, and nothing that it holds shows it"
    PERHAPS = "it may have been carried out, as a whole or in part: what the device holds now counts"
    REFUSED = "the device refused it; nothing was changed"
    NOT_CARRIED_OUT = "it was not carried out, and a late copy of it can no longer be"
    NOT_STORED = "the implant does not store it, and a late copy of it can no longer be carried out"
    ENDED = "test stimulation has ended; stored programs have to be read again"


TABLE: dict[Seen, Settled] = {
    Seen.DONE: Settled.CARRIED_OUT,
    Seen.OTHERWISE: Settled.OTHERWISE,
    Seen.PREPARED: Settled.NOT_CARRIED_OUT,
    Seen.REFUSED: Settled.REFUSED,
    Seen.PERHAPS: Settled.PERHAPS,
    Seen.NEVER_ARRIVED: Settled.NOT_CARRIED_OUT,
    Seen.HELD: Settled.CARRIED_OUT,
    Seen.NOT_HELD: Settled.NOT_STORED,
    Seen.SESSION_OVER: Settled.ENDED,
    Seen.RESTARTED: Settled.ENDED,
}


_LINK_OVER = (Seen.HELD, Seen.NOT_HELD, Seen.SESSION_OVER, Seen.RESTARTED)

Held = StoredProgram | bytes | None
"""What was read besides the state: the slot that a command was about, or the fingerprint; None: nothing."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A command as the session means it: its name, and what its intent says."""

    what: str = ""
    intent: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stored(self) -> bool:
        """Whether it changes what the implant stores. That outlives a link session and a STOP, so only a read settles it."""
        return not {"slot", "enabled", "fingerprint"}.isdisjoint(self.intent)


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a pending command was settled, and the status that settled it."""

    pending: Pending
    seen: Seen
    settled: Settled
    status: DeviceStatus
    what: str
    """The command as the session calls it; `pending` has the name of its last request."""
    held: Held = None

    @property
    def contradicted(self) -> bool:
        """Test stimulation has to have ended with its link session, and the device says that it has not."""
        return self.seen in _LINK_OVER and (bool(self.status.armed) or self.status.output is Output.TEST_ON)

    def as_data(self) -> dict[str, object]:
        """For the record: how it was settled, and what the device said it was doing then."""
        return {
            "what": self.what,
            "request": self.pending.command,
            "seen": str(self.seen),
            "settled": str(self.settled),
            "output": str(self.status.output),
            "armed": [str(side) for side in self.status.armed],
            "flags": sorted(str(flag) for flag in self.status.flags),
        }


def held_now(device: Stimulator, intent: Mapping[str, Any]) -> Held:
    """What a command is about that is stored, read. DeviceError when it does not come."""
    if "slot" in intent:
        return device.stored(int(intent["slot"]))
    return device.patient_key_hash() if "fingerprint" in intent else None


def same_link(pending: Pending, status: DeviceStatus) -> bool:
    """Whether the link session in which it was sent still stands."""
    return (status.boot_count, status.link_session) == (pending.boot_count, pending.link_session)


def resolve(pending: Pending, status: DeviceStatus, meant: Meant, held: Held = None, *, looked: bool = False) -> Resolution:
    """Settle `pending` by what was read after it, in the same link session where that still stands: the last accepted sequence, and what
    the device holds. `meant`: the command as the session meant it; `looked`: `held` was read in a link session that stands."""
    seen, looked = _compare(pending, status), looked and meant.stored
    if seen is Seen.DONE and pending.prepares:
        seen = Seen.PREPARED
    elif seen is Seen.DONE and not _shows(meant, status, held):
        seen = Seen.OTHERWISE
    elif seen is Seen.PERHAPS and looked and _shows(meant, status, held):
        seen = Seen.DONE
    elif seen in (Seen.SESSION_OVER, Seen.RESTARTED) and looked:
        seen = Seen.HELD if _shows(meant, status, held) else Seen.NOT_HELD
    return Resolution(pending, seen, TABLE[seen], status, meant.what or pending.command, held)


def _shows(meant: Meant, status: DeviceStatus, held: Held) -> bool:
    """Whether what was read shows the command. A burst shows only while it flows. Of a measurement nothing shows."""
    intent = meant.intent
    match meant.what:
        case "write program":
            return isinstance(held, StoredProgram) and intent["digest"] in held.candidates
        case "activate slot":
            same = isinstance(held, StoredProgram) and f"{held.crc:08x}" == intent["crc"]
            return same and status.active_slot == intent["slot"]
        case "schedule":
            return status.schedule_enabled is intent["enabled"]
        case "patient fingerprint":
            return isinstance(held, bytes) and held.hex() == intent["fingerprint"]
        case "arm":
            side = Side(intent["side"])
            return side in status.armed and not status.setpoint_ma[side]
        case "amplitude":
            return status.setpoint_ma[Side(intent["side"])] == Decimal(intent["amplitude_ma"])
        case "burst":
            return status.output is Output.TEST_ON
        case "disarm":
            return Side(intent["side"]) not in status.armed
        case _:
            return True


_RESULTS = {"done": Seen.DONE, PARTLY: Seen.PERHAPS}


def _compare(pending: Pending, status: DeviceStatus) -> Seen:
    if status.boot_count != pending.boot_count:
        return Seen.RESTARTED
    if status.link_session != pending.link_session:
        return Seen.SESSION_OVER
    if pending.sequence == UNNUMBERED:
        return Seen.PERHAPS
    if status.last_command.sequence != pending.sequence:
        return Seen.NEVER_ARRIVED
    return _RESULTS.get(status.last_command.result, Seen.REFUSED)
