"""Reading, proposing and writing the program the implant runs by itself. `propose` sends nothing; `apply` sends, reads back and records.

A program is held against the envelope, and against what was too strong today (decision 0012): the implant gives it with nobody there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rnprog.device.api import FramePreview, StoredProgram
from rnprog.session import basis as bases
from rnprog.session.basis import Basis
from rnprog.session.outcomes import Outcome, Reason, ReasonKind, Refused, refused
from rnprog.session.record import amount
from rnprog.session.session import Session
from rnprog.session.wording import titration as words
from rnprog.therapy.contacts import Side
from rnprog.therapy.envelope import ApprovedProgram, PatientLimits, Refusal, Review, SafetyEnvelope
from rnprog.therapy.findings import Caution, Source, Violation
from rnprog.therapy.parameters import AMPLITUDE
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
    basis: Basis | None = None
    """What the profile that it comes from was read from; None: no profile, or one that was not read from a device."""


def read_slot(session: Session, slot: int) -> StoredProgram:
    """Read one slot. Trouble when it does not come back; Halted when a STOP came meanwhile."""
    with session.reading():
        return session.device.stored(slot)


def nearest(stored: StoredProgram, to: Program) -> Program | None:
    """Of all that the slot may hold, what differs least from `to`; None when it holds no program."""
    return min(stored.candidates.values(), key=lambda each: len(differences(each, to)), default=None)


def outdated(
    session: Session, basis: Basis | None, program: Program, base: StoredProgram | None = None, *, ways: bool = True
) -> Refused | None:
    """Why a program of a profile that was read from a device would undo a change there; None: it would not. Reads what has to be compared,
    but for `base`, a slot that was read already. `ways`: whether what to do is said, too. Trouble as `read_slot`."""
    if basis is None:
        return None
    other = bases.not_this_device(basis, session.serial, session.capabilities.slots)
    if other is not None:
        return Refused((other,))
    origin = basis.origin
    slot = base if base is not None and base.slot == origin.slot else read_slot(session, origin.slot)
    active = session.status().active_slot if origin.active and not slot.active else None
    running = None if active is None else read_slot(session, active)
    reasons = bases.outdated(basis, program, slot, running, ways=ways)
    return Refused(reasons) if reasons else None


def propose(session: Session, program: Program, base: StoredProgram, basis: Basis | None = None) -> Proposal:
    """What writing `program` over `base` would mean. Nothing is sent, nothing is decided; records of today may be read."""
    review = session.envelope.check_program(
        program, session.sweep, serial=session.serial, link_session=session.link_session, now_ms=session.now_ms
    )
    changes = differences(base.program, program) if base.program is not None else ()
    return Proposal(base.slot, base, program, _with_reports(session, program, review), changes, basis)


def _with_reports(session: Session, program: Program, review: Review) -> Review:
    """What the envelope found, and what patients have said."""
    found = tuple(_reports(session, program))
    violations = tuple(each for each in found if isinstance(each, Violation))
    cautions = tuple(each for each in found if isinstance(each, Caution))
    return replace(review, violations=(*review.violations, *violations), cautions=(*review.cautions, *cautions))


def _reports(session: Session, program: Program) -> Iterator[Violation | Caution]:
    """Where the program gives more than a report of discomfort allows: of today a violation, of an earlier day a caution."""
    session.ceilings.read(session.record, session.serial, str(session.mode))
    for side in Side:
        part = program.side(side)
        if part is None:
            continue
        binding, earlier = session.ceilings.binding(part), session.ceilings.earlier(part, part.amplitude_ma)
        bound = earlier if binding is None or part.amplitude_ma <= binding.ceiling_ma else binding
        if bound is None:
            continue
        shown, most = AMPLITUDE.show(part.amplitude_ma), AMPLITUDE.show(bound.ceiling_ma)
        above, report = f"{side.label} amplitude {shown} is above {most}", (bound.amplitude_ma, bound.pulse_width_us)
        if bound is binding:
            sentence = words.program_too_strong(above, bound.ceiling_ma, *report, cut_off=bound.cut_off, where=bound.record)
            yield Violation(AMPLITUDE.key, AMPLITUDE.label, side, shown, most, Source.REPORT, sentence)
        elif bound.at is not None:
            on = bound.at.date().isoformat()
            sentence = words.program_once_too_strong(above, *report, cut_off=bound.cut_off, on=on, where=bound.record)
            yield Caution(AMPLITUDE.key, AMPLITUDE.label, side, shown, most, Source.REPORT, sentence)


def approve(session: Session, proposal: Proposal) -> ApprovedProgram | Refused:
    """The word of the envelope, of what was too strong today, and of what its profile was read from, on a proposal. Trouble as
    `outdated`."""
    approved = session.envelope.approve(
        proposal.program,
        slot=proposal.slot,
        base_revision=proposal.base.revision,
        sweep=session.sweep,
        serial=session.serial,
        link_session=session.link_session,
        now_ms=session.now_ms,
    )
    reported = tuple(each for each in _reports(session, proposal.program) if isinstance(each, Violation))
    old = outdated(session, proposal.basis, proposal.program, proposal.base)
    if isinstance(approved, Refusal):
        wrong = refused(replace(approved, violations=(*approved.violations, *reported)))
    elif reported:
        wrong = refused(Refusal(reported))
    else:
        return old or approved
    return wrong if old is None else Refused((*wrong.reasons, *old.reasons))


def preview(session: Session, proposal: Proposal) -> tuple[FramePreview, ...] | Refused:
    """The frames that `apply` would send, decoded. Sends nothing and measures nothing, so impedance and compliance are not judged here."""
    review = _with_reports(session, proposal.program, session.envelope.classify(proposal.program))
    if review.violations:
        return refused(Refusal(review.violations, review.cautions))
    return session.device.preview(proposal.program, proposal.slot, proposal.base.revision)


def apply(session: Session, proposal: Proposal, *, confirmed_by: str) -> Outcome[StoredProgram]:
    """Write a proposal. Refused when the slot has changed since it was read, or since its profile was read from the device, while anything
    is armed, by the envelope, and above what was too strong today."""
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
        **({} if proposal.basis is None else {"origin": proposal.basis.origin.as_dict()}),
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
