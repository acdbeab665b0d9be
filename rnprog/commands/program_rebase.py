"""`rnprog program rebase`: a profile that was read from a device is put on what that holds now. Reads the device; changes one file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from rnprog.commands.confirming import must_not_ask, typed_serial
from rnprog.commands.context import connection, face_of
from rnprog.commands.exits import Ended, Exit, simply
from rnprog.commands.profile_files import finding_ending, finding_reasons, identity_reasons
from rnprog.commands.program_read import Slot, slot_of, tell_alike
from rnprog.commands.program_text import difference_rows, difference_sheet
from rnprog.commands.render import Face
from rnprog.device.api import StoredProgram
from rnprog.profile.edit import rebased_text
from rnprog.profile.fields import VALIDATED
from rnprog.profile.findings import ProfileError
from rnprog.profile.library import find
from rnprog.profile.model import Origin, Profile
from rnprog.profile.reading import read_text
from rnprog.profile.schema import parse
from rnprog.profile.store import StoreError, overwrite
from rnprog.session import basis as bases
from rnprog.session.basis import Basis
from rnprog.session.programs import nearest, read_slot
from rnprog.session.session import Session
from rnprog.session.wording import basis as words
from rnprog.therapy.program import differences


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    text: str
    profile: Profile
    basis: Basis


def rebase(
    ctx: typer.Context,
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="Name or file.")],
    serial: Annotated[str | None, typer.Option("--serial", metavar="N", help="The only device that will do.")] = None,
    slot: Slot = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; needs --serial.")] = False,
) -> Exit:
    """Base an outdated profile on what the device holds now.

    $ rnprog --port emu://clinic program rebase anna.toml

    $ rnprog --port /dev/ttyACM0 program rebase anna.toml --yes --serial RN1-00001234

    For a profile that was read with program pull, after its program was changed in the device: program write refuses it then. Reads the
    slot, shows in what the device and the profile differ, and asks for the last 4 characters of the serial number. Only what the profile
    was read from is changed in its file ([origin]); a signed-off profile becomes a draft again. Nothing is sent to the device but reads.
    Without --slot, the slot it was read from; if the implant ran that slot then and runs another one now, that one.
    """
    face = face_of(ctx)
    must_not_ask(no_input=face.options.no_input, yes=yes, serial=serial)
    file = _file(profile)
    with connection(face, "program rebase", serial=serial) as session:
        _must_be_its_device(session, file)
        stored = read_slot(session, _slot(session, file.basis.origin, slot))
        now = bases.origin_of(stored, session.serial, date.today().isoformat())
        before = file.basis.origin
        face.data |= {"path": str(file.path), "slot": stored.slot, "before": before.as_dict(), "origin": now.as_dict(), "rebased": False}
        _show_differences(face, stored, file.profile)
        if bases.same_state(before, now):
            face.data["origin"] = before.as_dict()
            face.show(words.based_already(file.basis.file, bases.told(before)))
            return Exit.DONE
        question = words.rebase_question(file.basis.file, bases.told(before), stored.slot, bases.held(stored))
        if not yes and not typed_serial(session.serial, question):
            raise simply(Exit.REFUSED, words.NOT_REBASED)
    _save(file, now)
    face.data["rebased"] = True
    face.show(words.rebased(file.basis.file, bases.told(now)))
    if file.profile.state == VALIDATED:
        face.say(f"{words.DRAFT_AGAIN} {file.path}")
    return Exit.DONE


def _file(name: str) -> _File:
    """The profile and its file. Ended (66 not there, 65 cannot be read, 2 not read from a device)."""
    try:
        path = find(name)
        text = read_text(path)
        found = parse(text, path)
    except ProfileError as error:
        raise finding_ending(error) from error
    basis = bases.basis_of(name, found.origin)
    if basis is None:
        raise simply(Exit.USAGE, f"{name}: {words.NOTHING_TO_REBASE}")
    return _File(path, text, found, basis)


def _must_be_its_device(session: Session, file: _File) -> None:
    """Ended (79) when the profile is for another device, or was read from another."""
    reasons = identity_reasons(file.profile, session)
    other = bases.not_this_device(file.basis, session.serial, session.capabilities.slots)
    if not reasons and other is not None:
        reasons = (other,)
    if reasons:
        raise Ended(Exit.REFUSED, reasons=reasons)


def _slot(session: Session, origin: Origin, chosen: int | None) -> int:
    """The slot that was named, the one that took the place of its own, or its own."""
    if chosen is not None:
        return slot_of(session, chosen)
    running = session.status().active_slot if origin.active else None
    return slot_of(session, origin.slot if running is None else running)


def _show_differences(face: Face, stored: StoredProgram, profile: Profile) -> None:
    """As `program diff`: what the profile would change."""
    if stored.program is None:
        face.data |= {"same": False, "differences": []}
        face.show(f"Slot {stored.slot} holds no program: {stored.problem}.")
        return
    changes = differences(nearest(stored, profile.program) or stored.program, profile.program)
    tell_alike(face, stored)
    face.data |= {"same": not changes, "differences": difference_rows(changes)}
    if changes:
        face.show(difference_sheet(changes, f"Slot {stored.slot} and {profile.name}", "In the device", "In the profile"))
    else:
        face.show(f"Slot {stored.slot} holds exactly this program.")


def _save(file: _File, now: Origin) -> None:
    """The file with another origin and all else as it was. Ended when it is not the file any more that was looked at."""
    try:
        if read_text(file.path) != file.text:
            raise simply(Exit.REFUSED, words.FILE_CHANGED)
        text = rebased_text(file.text, now)
        parse(text, file.path)
        overwrite(file.path, text)
    except ProfileError as error:
        raise Ended(Exit.REFUSED, reasons=finding_reasons(error.findings)) from error
    except StoreError as error:
        raise simply(Exit.USAGE, str(error)) from error
