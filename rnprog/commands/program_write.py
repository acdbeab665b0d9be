"""`rnprog program write`: a profile becomes the device's program: stage, validate, commit, read back, and choose it."""

from __future__ import annotations

from typing import Annotated, TypeVar

import typer

from rnprog.commands.confirming import must_not_ask, right_patient, typed_line, typed_serial
from rnprog.commands.context import connection, face_of
from rnprog.commands.exits import Ended, Exit, applied, end, of_reasons, simply
from rnprog.commands.impedance import measure_aloud
from rnprog.commands.options import AcceptTestPulse
from rnprog.commands.profile_files import Loaded, identity_reasons, load_profile, verified
from rnprog.commands.program_read import Slot, slot_of, stored_data
from rnprog.commands.program_text import difference_sheet, program_sheet
from rnprog.commands.render import Face, Sheet, Tone
from rnprog.device.api import FramePreview, StoredProgram
from rnprog.session.basis import basis_of, moved_by
from rnprog.session.outcomes import Outcome, Refused, Unknown
from rnprog.session.programs import Proposal, activate, apply, approve, enable_schedule, outdated, preview, propose, read_slot
from rnprog.session.session import Session
from rnprog.session.trouble import Trouble
from rnprog.session.wording import basis as about_basis
from rnprog.session.wording import command_line as say
from rnprog.session.wording import patient as of_patient
from rnprog.therapy.contacts import Side
from rnprog.therapy.findings import Review

T = TypeVar("T")


def write(
    ctx: typer.Context,
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="Name or file.")],
    serial: Annotated[str | None, typer.Option("--serial", metavar="N", help="The only device that will do.")] = None,
    slot: Slot = None,
    run: Annotated[bool, typer.Option("--activate/--no-activate", help="Whether the implant is to run it.")] = True,
    schedule: Annotated[
        bool | None,
        typer.Option("--schedule/--no-schedule", help="Enable or disable the daily sessions afterwards; else left as they are."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; needs --serial. Lifts no limit.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show the frames that would be sent, and send none.")] = False,
    accept_test_pulse: AcceptTestPulse = False,
) -> Exit:
    """Write a profile to the device, and read it back.

    $ rnprog --port emu://clinic program write standard-bilateral --dry-run

    $ rnprog --port /dev/ttyACM0 program write anna.toml --serial RN1-00001234

    Reads the slot, measures the impedance of the electrodes in the profile (it says so), shows what changes, and asks for the last 4
    characters of the serial number. Without --slot it takes an empty slot, or else one that is not active. What is shown at the end is
    what was read back. A profile with a patient code is compared with the fingerprint that the implant carries: where that is another
    one's, the characters are asked for before anything is measured, too, and --yes does not answer that.

    A profile that was read from the device (program pull) is refused when its program was changed there since: see program rebase.
    """
    face = face_of(ctx)
    if not dry_run:
        must_not_ask(no_input=face.options.no_input, yes=yes, serial=serial)
    loaded = load_profile(profile)
    wanted = loaded.profile
    opening = {
        "serial": serial,
        "patient": wanted.patient_code,
        "limits": wanted.limits,
        "test_accepted": accept_test_pulse,
        "stimulates": False,
    }
    with connection(face, "program write", writes=not dry_run, **opening) as session:  # type: ignore[arg-type]
        said = _must_fit(face, session, loaded)
        right_patient(face, session, None if yes else lambda: typed_line(of_patient.go_on_with_this_implant(session.serial)))
        base, basis = _base(session, slot), basis_of(profile, wanted.origin)
        old = outdated(session, basis, wanted.program, base)
        if old is not None:
            end(old)
        if dry_run:
            return _dry_run(face, session, propose(session, wanted.program, base))
        sides = tuple(side for side in Side if wanted.program.side(side) is not None)
        measure_aloud(face, session, sides)
        proposal = propose(session, wanted.program, base, basis)
        _show_proposal(face, session, proposal, said)
        approved = approve(session, proposal)
        if isinstance(approved, Refused):
            end(approved)
        how = _confirmed(face, session, proposal, yes=yes)
        held = _write(face, session, proposal, how)
        if run and not held.active:
            held = _settled(face, session, activate(session, held, confirmed_by=how), "activate slot", held.slot)
        if schedule is not None:
            _settled(face, session, enable_schedule(session, schedule, confirmed_by=how), "schedule", held.slot)
        _show_held(face, session, held)
        if basis is not None and moved_by(basis, held):
            face.say(about_basis.moved_by_writing(basis.file))
    return Exit.DONE


def _must_fit(face: Face, session: Session, loaded: Loaded) -> set[str]:
    """What is to be looked out for in the profile, said and returned. Ended when it is of another device."""
    reasons = identity_reasons(loaded.profile, session)
    if reasons:
        raise Ended(Exit.REFUSED, reasons=reasons)
    texts = [finding.text for finding in verified(loaded, session.capabilities)]
    for text in texts:
        face.say(text, Tone.CAUTION)
    return set(texts)


def _base(session: Session, slot: int | None) -> StoredProgram:
    """The slot to write to, as it is now: the one that was named, an empty one, or the first that is not active."""
    if slot is not None:
        return read_slot(session, slot_of(session, slot))
    stored = [read_slot(session, number) for number in range(session.capabilities.slots)]
    empty = next((each for each in stored if each.problem == "empty"), None)
    idle = next((each for each in stored if not each.active), None)
    chosen = empty or idle
    if chosen is None:
        raise simply(Exit.REFUSED, "There is no slot besides the active one. Name it with --slot to replace the active program.")
    return chosen


def _dry_run(face: Face, session: Session, proposal: Proposal) -> Exit:
    frames = preview(session, proposal)
    face.data |= {"dry_run": True, "slot": proposal.slot, "program": proposal.program.as_dict()}
    if isinstance(frames, Refused):
        raise Ended(of_reasons(frames.reasons), reasons=frames.reasons)
    face.data["frames"] = [{"command": frame.command, "fields": frame.fields, "wire_hex": frame.wire_hex} for frame in frames]
    _show_changes(face, proposal)
    for frame in frames:
        face.show(_frame(frame))
    face.say("Nothing was sent. Impedance and compliance are judged when it is really written.")
    return Exit.DONE


def _frame(frame: FramePreview) -> Sheet:
    return Sheet(frame.command, ("", ""), [*frame.fields.items(), ("on the wire", frame.wire_hex)])


def _show_proposal(face: Face, session: Session, proposal: Proposal, said: set[str]) -> None:
    face.data |= {"slot": proposal.slot, "serial": session.serial, "changes": [change.path for change in proposal.changes]}
    _show_changes(face, proposal)
    _cautions(face, proposal.review, said)


def _show_changes(face: Face, proposal: Proposal) -> None:
    """On stderr: what is asked for is talk; the result is what is read back."""
    if proposal.base.program is None:
        face.say(program_sheet(proposal.program, f"To be written to slot {proposal.slot}, which is {proposal.base.problem}"))
    elif proposal.changes:
        face.say(difference_sheet(proposal.changes, f"What changes in slot {proposal.slot}", "Now", "New"))
    elif proposal.base.alike:
        face.say(f"Slot {proposal.slot} may hold this program already; the device does not tell it apart from another. It is written anew.")
    else:
        face.say(f"Slot {proposal.slot} holds exactly this program already.")


def _cautions(face: Face, review: Review, said: set[str]) -> None:
    """Those not said yet; the same once more is only counted (U10 of the fault list)."""
    new = [caution.sentence for caution in review.cautions if caution.sentence not in said]
    again = len(review.cautions) - len(new)
    for text in new:
        face.say(text, Tone.CAUTION)
    if again:
        face.say(say.cautions_again(again), Tone.CAUTION)


def _confirmed(face: Face, session: Session, proposal: Proposal, *, yes: bool) -> str:
    """How it was confirmed, for the record. Ended (79) when it was not."""
    if yes:
        return f"--yes --serial {session.serial}"
    if not typed_serial(
        session.serial, f"Slot {proposal.slot} of {session.device.identity.model} {session.serial} is about to be written."
    ):
        raise simply(Exit.REFUSED, "It was not confirmed. Nothing was written.")
    return f"typed the last characters of {session.serial}"


def _write(face: Face, session: Session, proposal: Proposal, how: str) -> StoredProgram:
    if proposal.base.program is not None and not proposal.changes and not proposal.base.alike:
        return proposal.base
    return _settled(face, session, apply(session, proposal, confirmed_by=how), "write program", proposal.slot)


def _settled(face: Face, session: Session, outcome: Outcome[T], what: str, slot: int) -> T:
    """What was read back. An unknown outcome is settled by a read, the slot is shown, and it still ends the command: look first."""
    if not isinstance(outcome, Unknown):
        return applied(outcome)
    try:
        resolution = session.resolve()
        held = resolution.held if resolution is not None and isinstance(resolution.held, StoredProgram) else read_slot(session, slot)
    except Trouble as trouble:
        face.say(str(trouble), Tone.UNKNOWN)
        end(outcome)
    if resolution is None:
        end(outcome)
    face.data["settled"] = str(resolution.settled)
    _show_held(face, session, held)
    raise Ended(Exit.LINK, words=say.settled_by_reading(what, str(resolution.settled), slot))


def _show_held(face: Face, session: Session, held: StoredProgram) -> None:
    face.data |= {"stored": stored_data(session, held)}
    if session.record is not None:
        face.data["record"] = str(session.record.path)
    if held.program is None:
        face.show(say.slot_without_program(held.slot, held.problem))
    else:
        active = "ACTIVE: the implant runs this one" if held.active else "not active"
        face.show(program_sheet(held.program, f"Read back from slot {held.slot}, revision {held.revision}, {active}"))
    face.data["schedule_enabled"] = session.status().schedule_enabled
    if face.data["schedule_enabled"] is False:
        face.say("The daily schedule is disabled: no session starts by itself (--schedule enables it).", Tone.CAUTION)
    if session.record is not None:
        face.say(f"Recorded in {session.record.path}")
