"""Reading, proposing and writing the program the implant runs by itself. `propose` is pure; `apply` sends, reads back and records."""

from __future__ import annotations

from dataclasses import dataclass

from rnprog.device.api import FramePreview, StoredProgram
from rnprog.device.errors import DeviceError
from rnprog.session.outcomes import Outcome, Reason, ReasonKind, Refused, refused
from rnprog.session.record import amount
from rnprog.session.session import Session
from rnprog.session.trouble import while_reading
from rnprog.therapy.contacts import Side
from rnprog.therapy.envelope import ApprovedProgram, PatientLimits, Refusal, Review, SafetyEnvelope
from rnprog.therapy.program import Difference, Program, differences


@dataclass(frozen=True, slots=True)
class Proposal:
    """A program as it would be written, over the slot as it was read. `base_revision` and `base_crc` say what it replaces."""

    slot: int
    base: StoredProgram
    program: Program
    review: Review
    changes: tuple[Difference, ...]
    """Empty when the slot holds this program already; all fields when the slot is empty."""


def read_slot(session: Session, slot: int) -> StoredProgram:
    """Read one slot. Trouble when it does not come back."""
    try:
        return session.device.stored(slot)
    except DeviceError as error:
        raise while_reading(error, session.off_within_s, armed=session.maybe_on) from error


def nearest(stored: StoredProgram, to: Program) -> Program | None:
    """Of all that the slot may hold, what differs least from `to`; None when it holds no program."""
    if stored.program is None:
        return None
    return min((stored.program, *stored.alike), key=lambda each: len(differences(each, to)))


def propose(session: Session, program: Program, base: StoredProgram) -> Proposal:
    """What writing `program` over `base` would mean. Pure: nothing is sent, nothing is decided."""
    review = session.envelope.check_program(
        program, session.sweep, serial=session.serial, link_session=session.link_session, now_ms=session.now_ms
    )
    changes = differences(base.program, program) if base.program is not None else ()
    return Proposal(base.slot, base, program, review, changes)


def approve(session: Session, proposal: Proposal) -> ApprovedProgram | Refused:
    """The envelope's word on a proposal."""
    approved = session.envelope.approve(
        proposal.program,
        slot=proposal.slot,
        base_revision=proposal.base.revision,
        sweep=session.sweep,
        serial=session.serial,
        link_session=session.link_session,
        now_ms=session.now_ms,
    )
    return refused(approved) if isinstance(approved, Refusal) else approved


def preview(session: Session, proposal: Proposal) -> tuple[FramePreview, ...] | Refused:
    """The frames that `apply` would send, decoded. Sends nothing and measures nothing, so impedance and compliance are not judged here."""
    review = session.envelope.classify(proposal.program)
    if review.violations:
        return refused(Refusal(review.violations, review.cautions))
    return session.device.preview(proposal.program, proposal.slot, proposal.base.revision)


def apply(session: Session, proposal: Proposal, *, confirmed_by: str) -> Outcome[StoredProgram]:
    """Write a proposal. Refused when the slot has changed since it was read, while anything is armed, and by the envelope."""
    if session.armed:
        return Refused((Reason(ReasonKind.OVER, "Test stimulation is prepared. End it first, then write the program."),))
    approved = approve(session, proposal)
    if isinstance(approved, Refused):
        return approved
    now = read_slot(session, proposal.slot)
    if (now.revision, now.crc) != (proposal.base.revision, proposal.base.crc):
        was, is_now = (f"revision {each.revision}, checksum {each.crc:08x}" for each in (proposal.base, now))
        text = f"Slot {proposal.slot} was changed since it was read ({is_now} instead of {was})."
        return Refused((Reason(ReasonKind.STALE, f"{text} Read it again and look at the difference.", "revision"),))
    intent = {
        "slot": proposal.slot,
        "base_revision": proposal.base.revision,
        "program": proposal.program.as_dict(),
        "digest": proposal.program.digest(),
        "confirmed_by": confirmed_by,
    }
    return session.command("write program", intent, lambda: session.device.write(approved), stored_data)


def hold_to(session: Session, limits: PatientLimits, *, source: str) -> None:
    """From now on the limits of this patient's profile hold as well, for test stimulation and for programs. Trouble as `Session.note`."""
    session.envelope = SafetyEnvelope(session.capabilities, limits)
    highest = {f"{side}_max_ma": None if (ma := limits.highest_ma(side)) is None else amount(ma) for side in Side}
    session.note("limits", {"source": source, **highest})


def activate(session: Session, stored: StoredProgram, *, confirmed_by: str) -> Outcome[StoredProgram]:
    """Choose the slot the implant runs."""
    intent = {"slot": stored.slot, "crc": f"{stored.crc:08x}", "confirmed_by": confirmed_by}
    return session.command("activate slot", intent, lambda: session.device.activate(stored), stored_data)


def enable_schedule(session: Session, enabled: bool, *, confirmed_by: str) -> Outcome[bool]:
    """Enable or disable the sessions that start by themselves."""
    intent = {"enabled": enabled, "confirmed_by": confirmed_by}
    return session.command("schedule", intent, lambda: session.device.set_schedule(enabled), lambda held: {"enabled": held})


def stored_data(stored: StoredProgram) -> dict[str, object]:
    """A slot for the record."""
    return {
        "slot": stored.slot,
        "crc": f"{stored.crc:08x}",
        "revision": stored.revision,
        "active": stored.active,
        "program": stored.program.as_dict() if stored.program else None,
    }
