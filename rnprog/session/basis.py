"""What a profile was read from, and whether the implant still holds that (decision 0019). Compares; reads and sends nothing.

A profile that was read from slot 0 at revision 3 was made for what the implant held then. Once that has moved on, writing the profile would
undo what somebody else changed, so it is outdated until it is put on a new basis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rnprog.device.api import StoredProgram
from rnprog.device.serials import is_serial
from rnprog.profile.findings import shown_path
from rnprog.profile.forms import SERIAL
from rnprog.profile.model import Origin
from rnprog.session.outcomes import Reason, ReasonKind
from rnprog.session.wording import basis as words
from rnprog.therapy.program import Program, differences


@dataclass(frozen=True, slots=True)
class Basis:
    """What the profile `file` was read from. `file`: as it was named, for the commands that a sentence names."""

    file: str
    origin: Origin


def basis_of(file: str, origin: Origin | None) -> Basis | None:
    """None: the profile was not read from a device."""
    return None if origin is None else Basis(shown_path(file), origin)


def origin_of(stored: StoredProgram, serial: str, on: str) -> Origin:
    """What is read from `stored` has this origin. `on`: today, year-month-day. A serial number that tells no device apart is left out."""
    told = serial if is_serial(serial) and SERIAL.fullmatch(serial) else None
    return Origin(told, stored.slot, stored.active, stored.revision, _checksum(stored), on)


def moved_to(basis: Basis | None, stored: StoredProgram, serial: str, on: str) -> Basis | None:
    """The basis after what came from it was written and read back: what the implant holds now is what is at hand."""
    return None if basis is None else replace(basis, origin=origin_of(stored, serial, on))


def moved_by(basis: Basis, written: StoredProgram) -> bool:
    """Whether writing this profile has made it outdated itself, for any other settings than those that were written."""
    origin = basis.origin
    if written.slot == origin.slot:
        return (written.revision, _checksum(written)) != (origin.revision, origin.checksum)
    return origin.active and written.active


def same_state(one: Origin, other: Origin) -> bool:
    """Whether both are of one state of one slot, whenever they were read."""
    return replace(one, on="") == replace(other, on="")


def told(origin: Origin) -> str:
    """In words."""
    return words.read_from(origin.slot, origin.serial, words.state(origin.revision, origin.checksum), origin.on, active=origin.active)


def held(stored: StoredProgram) -> str:
    """What a slot holds, by its marks, in words."""
    return words.no_program(stored.revision, stored.problem) if stored.program is None else words.state(stored.revision, _checksum(stored))


def not_this_device(basis: Basis, serial: str, slots: int) -> Reason | None:
    """Why it cannot have been read from this device; None: it can."""
    origin = basis.origin
    if origin.serial is not None and origin.serial != serial:
        text = words.another_implant(basis.file, origin.serial, serial, origin.on)
        return Reason(ReasonKind.IDENTITY, text, "serial", value=serial, bound=origin.serial)
    if origin.slot >= slots:
        text = words.no_such_slot(basis.file, origin.slot, slots)
        return Reason(ReasonKind.STALE, text, "slot", value=str(slots - 1), bound=str(origin.slot))
    return None


def outdated(
    basis: Basis, program: Program, slot: StoredProgram, running: StoredProgram | None, *, ways: bool = True
) -> tuple[Reason, ...]:
    """Why `program`, from this profile, would undo a change; empty: it would not.

    `slot`: the slot that the profile was read from, as it is now. `running`: the slot that the implant runs now; only looked at when the
    profile was read from the running slot and this one does not run any more. A slot that holds just this program is no loss. `ways`:
    whether the last reason ends with what to do.
    """
    origin, reasons, look_at = basis.origin, list[Reason](), slot
    was = words.state(origin.revision, origin.checksum)
    if (slot.revision, _checksum(slot)) != (origin.revision, origin.checksum) and not _is_just(slot, program):
        text = words.changed_since(basis.file, origin.slot, was, held(slot), origin.on)
        reasons.append(Reason(ReasonKind.STALE, text, "revision", value=held(slot), bound=was))
    if origin.active and not slot.active and running is not None and not _is_just(running, program):
        text, look_at = words.switched_since(basis.file, origin.slot, origin.on, running.slot, held(running)), running
        reasons.append(Reason(ReasonKind.STALE, text, "active", value=str(running.slot), bound=str(origin.slot)))
    if reasons and ways:
        then = words.ways_on(basis.file, None if look_at.active else look_at.slot)
        reasons[-1] = replace(reasons[-1], text=f"{reasons[-1].text} {then}")
    return tuple(reasons)


def _is_just(stored: StoredProgram, program: Program) -> bool:
    """Whether a slot certainly holds this program."""
    return stored.program is not None and not stored.alike and not differences(stored.program, program)


def _checksum(stored: StoredProgram) -> str:
    return f"{stored.crc:08x}"
