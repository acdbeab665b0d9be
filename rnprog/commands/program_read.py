"""`rnprog program show|diff|pull`: what the device holds. Reads only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from rnprog.commands.context import connection, face_of
from rnprog.commands.exits import Exit, simply
from rnprog.commands.profile_files import identity_reasons, load_profile, profile_of_device
from rnprog.commands.program_text import difference_rows, difference_sheet, program_sheet
from rnprog.commands.render import Face, Tone
from rnprog.commands.saving import save_text
from rnprog.device.api import Notice, StoredProgram
from rnprog.profile.edit import new_text
from rnprog.profile.store import place_schema
from rnprog.session.basis import basis_of
from rnprog.session.programs import nearest, outdated, read_slot
from rnprog.session.session import Session
from rnprog.session.wording import basis as about_basis
from rnprog.session.wording import devices as words
from rnprog.therapy.program import differences

Slot = Annotated[int | None, typer.Option("--slot", min=0, metavar="N", help="Which slot; they count from 0.")]


def show(ctx: typer.Context, slot: Slot = None) -> Exit:
    """Show the programs stored in the device.

    $ rnprog --port emu://clinic program show

    $ rnprog --port emu://clinic program show --slot 1 --json

    A program outside the limits is shown as it is, with what is wrong about it.
    """
    face = face_of(ctx)
    with connection(face, "program show") as session:
        must_tell(session)
        chosen = range(session.capabilities.slots) if slot is None else (slot_of(session, slot),)
        found = []
        for number in chosen:
            stored = read_slot(session, number)
            found.append(stored_data(session, stored))
            _show(face, session, stored)
        face.data["slots"] = found
    return Exit.DONE


def diff(ctx: typer.Context, profile: Annotated[str, typer.Argument(metavar="PROFILE", help="Name or file.")], slot: Slot = None) -> Exit:
    """Compare a profile with the program in the device.

    $ rnprog --port emu://clinic program diff standard-bilateral

    Without --slot, with the active program. Exit code 0: the same; 1: they differ. A profile that was read from the device says so when it
    is outdated.
    """
    face = face_of(ctx)
    wanted = load_profile(profile).profile
    with connection(face, "program diff") as session:
        stored = read_slot(session, slot_of(session, slot) if slot is not None else active_slot(session))
        for reason in identity_reasons(wanted, session):
            face.say(reason.text, Tone.CAUTION)
        face.data["outdated"] = outdated(session, basis_of(profile, wanted.origin), wanted.program, stored) is not None
        if face.data["outdated"]:
            face.say(about_basis.outdated_in_short(profile), Tone.CAUTION)
        if stored.program is None:
            raise simply(Exit.FINDINGS, f"Slot {stored.slot} holds no program: {stored.problem}.")
        changes = differences(nearest(stored, wanted.program) or stored.program, wanted.program)
        tell_alike(face, stored)
        face.data |= {
            "slot": stored.slot,
            "same": not changes,
            "differences": difference_rows(changes),
        }
        if not changes:
            face.show(f"Slot {stored.slot} holds exactly this program.")
            return Exit.DONE
        face.show(difference_sheet(changes, f"Slot {stored.slot} and {wanted.name}", "In the device", "In the profile"))
    face.reasons.append({"kind": "differs", "text": f"{len(changes)} settings differ."})
    return Exit.FINDINGS


def pull(
    ctx: typer.Context,
    slot: Slot = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="The profile's name; default: that of the file.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="A new file; default: stdout.")] = None,
) -> Exit:
    """Write the device's program as a profile.

    $ rnprog --port emu://clinic program pull > from-device.toml

    $ rnprog --port emu://clinic program pull --output from-device.toml

    Without --slot, the active program. Nothing that a device says is a source: every number is marked `unverified`. The file says what it
    was read from; once that was changed in the device, the file is not written there any more (program rebase).
    """
    face = face_of(ctx)
    with connection(face, "program pull") as session:
        stored = read_slot(session, slot_of(session, slot) if slot is not None else active_slot(session))
        if stored.program is None:
            raise simply(Exit.MISSING, f"Slot {stored.slot} holds no program: {stored.problem}.")
        chosen = name or (output.stem if output is not None else f"slot-{stored.slot}")
        profile = profile_of_device(chosen, stored, stored.program, session)
    text = new_text(profile)
    face.data |= {"slot": stored.slot, "profile": profile.as_dict()}
    if output is None:
        face.data["text"] = text
        face.raw(text)
        return Exit.DONE
    save_text(output, text, replace=False)
    place_schema(output.parent)
    face.data["path"] = str(output)
    face.show(f"Slot {stored.slot} was written to {output}")
    return Exit.DONE


def must_tell(session: Session) -> None:
    """Ended (76) when the device tells no program at all."""
    if Notice.NO_PROGRAM in session.device.notices:
        raise simply(Exit.DEVICE, words.said(Notice.NO_PROGRAM, session.capabilities))


def slot_of(session: Session, slot: int) -> int:
    """The slot, when the device has it. Ended (79) otherwise, 76 when it tells no program."""
    must_tell(session)
    if slot >= session.capabilities.slots:
        raise simply(Exit.REFUSED, f"This device has slots 0 to {session.capabilities.slots - 1}; there is no slot {slot}.")
    return slot


def active_slot(session: Session) -> int:
    """The slot the implant runs. Ended (66) when it runs none, 76 when it tells no program."""
    must_tell(session)
    slot = session.status().active_slot
    if slot is None:
        raise simply(Exit.MISSING, "The device has no active program. Choose a slot with --slot; `rnprog program show` lists them.")
    return slot


def stored_data(session: Session, stored: StoredProgram) -> dict[str, Any]:
    """A slot for JSON."""
    review = session.envelope.classify(stored.program) if stored.program is not None else None
    return {
        "slot": stored.slot,
        "active": stored.active,
        "revision": stored.revision,
        "crc": f"{stored.crc:08x}",
        "problem": stored.problem,
        "program": None if stored.program is None else stored.program.as_dict(),
        "digest": None if stored.program is None else stored.program.digest(),
        "outside_limits": [] if review is None else [violation.sentence for violation in review.violations],
    }


def _show(face: Face, session: Session, stored: StoredProgram) -> None:
    active = ", ACTIVE: the implant runs this one" if stored.active else ""
    if stored.program is None:
        face.show(f"Slot {stored.slot}: {stored.problem}{active}")
        return
    face.show(program_sheet(stored.program, f"Slot {stored.slot}, revision {stored.revision}{active}"))
    tell_alike(face, stored)
    for violation in session.envelope.classify(stored.program).violations:
        face.show(f"OUTSIDE THE LIMITS: {violation.sentence}")


def tell_alike(face: Face, stored: StoredProgram) -> None:
    """What the slot may hold as well."""
    if stored.program is None:
        return
    for other in stored.alike:
        for each in differences(stored.program, other):
            face.say(words.told_alike(each.label, each.a_text, each.b_text), Tone.CAUTION)
