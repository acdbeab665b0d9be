"""`rnprog program verify`: what devices run, compared with what profiles say. Reads only; all profiles are read before the first device."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from rnprog.commands.context import connection, face_of, named_port
from rnprog.commands.exits import Ended, Exit, of_trouble
from rnprog.commands.profile_files import Loaded, finding_reasons, load_profile
from rnprog.commands.program_read import Slot, active_slot, slot_of
from rnprog.commands.program_text import difference_rows, difference_sheet
from rnprog.commands.render import Face, Tone
from rnprog.profile.verify import verify_text
from rnprog.session.outcomes import Reason
from rnprog.session.programs import read_slot
from rnprog.session.session import Session
from rnprog.session.trouble import Trouble
from rnprog.therapy.program import differences


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of one device."""

    port: str
    code: Exit
    said: str
    """A sentence: what was found, and what to do about it."""
    serial: str | None = None
    """`None`: the device could not be reached."""
    profile: str | None = None
    """`None`: no profile is for it."""
    differences: tuple[dict[str, str], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "port": self.port,
            "ok": self.code == Exit.DONE,
            "code": int(self.code),
            "text": self.said,
            "serial": self.serial,
            "profile": self.profile,
            "differences": list(self.differences),
        }


def verify(
    ctx: typer.Context,
    profiles: Annotated[list[str], typer.Argument(metavar="PROFILE", help="Names or files.")],
    device: Annotated[list[str] | None, typer.Option("--device", metavar="URL", help="One more port; may be given again.")] = None,
    slot: Slot = None,
) -> Exit:
    """Compare what devices run with what profiles say.

    $ rnprog --port emu://clinic program verify standard-bilateral

    $ rnprog program verify anna.toml ben.toml --device /dev/ttyACM0 --device /dev/ttyACM1

    Only reads. A profile that names a serial number is for that device alone; one without is for every device of its model that no other
    profile names. Without --slot, the active program. If one profile breaks a rule, no device is asked. Exit code 0: all the same; 1: one
    differs, or has no profile; otherwise the worst: 65 over 66 over the highest code of a device that could not be read.
    """
    face = face_of(ctx)
    loaded = _all_good(profiles)
    ports = [*([face.options.port] if face.options.port else []), *(device or [])] or [named_port(face)]
    found = [_of_port(face, port, loaded, slot) for port in dict.fromkeys(ports)]
    face.data.pop("device", None)
    face.data["devices"] = [each.as_dict() for each in found]
    face.reasons += [{"kind": each.code.name.lower(), "text": f"{each.port}: {each.said}"} for each in found if each.code]
    wrong = sum(each.code != Exit.DONE for each in found)
    face.show(f"{len(found)} device{'' if len(found) == 1 else 's'}: {len(found) - wrong} as in the profile, {wrong} not.")
    return worst_of(each.code for each in found)


def worst_of(codes: Iterable[Exit]) -> Exit:
    """What a batch comes to: 65 over 66 over the highest of the others, 1 and 0 last."""
    found = set(codes)
    return next((code for code in (Exit.UNREADABLE, Exit.MISSING) if code in found), max(found, default=Exit.DONE))


def _all_good(names: list[str]) -> list[Loaded]:
    """Every profile. Ended with all that is wrong in any of them, before any device is asked."""
    loaded: list[Loaded] = []
    reasons: tuple[Reason, ...] = ()
    codes: list[Exit] = []
    for name in names:
        try:
            one = load_profile(name)
        except Ended as ending:
            reasons, codes = (*reasons, *ending.reasons), [*codes, ending.code]
            continue
        loaded.append(one)
        errors = tuple(each for each in verify_text(one.text, one.origin) if each.exit_code and not each.rule.startswith("RN5"))
        if errors:
            reasons, codes = (*reasons, *finding_reasons(errors)), [*codes, Exit.FINDINGS]
    serials = [one.profile.serial for one in loaded if one.profile.serial is not None]
    if reasons:
        raise Ended(worst_of(codes), reasons=reasons)
    for serial in dict.fromkeys(serials):
        if serials.count(serial) > 1:
            raise Ended(Exit.USAGE, sentence=f"Two of these profiles are for the device {serial}. Name the one that it is to run.")
    return loaded


def _of_port(face: Face, port: str, loaded: list[Loaded], slot: int | None) -> Compared:
    face.options = replace(face.options, port=port)
    try:
        with connection(face, "program verify") as session:
            return _compared(face, session, port, loaded, slot)
    except Trouble as trouble:
        face.words(trouble.words, Tone.FAILED)
        return Compared(port, of_trouble(trouble), trouble.words.happened)
    except Ended as ending:
        said = ending.sentence or str(ending)
        face.show(f"NOT READ  {port}: {said}")
        return Compared(port, ending.code, said)


def _compared(face: Face, session: Session, port: str, loaded: list[Loaded], slot: int | None) -> Compared:
    serial = session.device.identity.serial
    wanted = _for_device(session, loaded)
    if isinstance(wanted, str):
        face.mark("NONE", Tone.CAUTION, f"{serial}: {wanted}")
        return Compared(port, Exit.FINDINGS, wanted, serial)
    stored = read_slot(session, slot_of(session, slot) if slot is not None else active_slot(session))
    name = wanted.profile.name
    if stored.program is None:
        said = f"Slot {stored.slot} holds no program: {stored.problem}. The profile {name} is not in the device."
        face.mark("OTHER", Tone.CAUTION, f"{serial}: {said}")
        return Compared(port, Exit.FINDINGS, said, serial, name)
    changes = differences(stored.program, wanted.profile.program)
    if not changes:
        said = f"Slot {stored.slot} holds exactly the program of {name}."
        face.mark("SAME", Tone.OK, f"{serial}: {said}")
        return Compared(port, Exit.DONE, said, serial, name)
    said = f"Slot {stored.slot} differs from {name} in {len(changes)} settings. Find out which of the two is meant before you write."
    face.mark("OTHER", Tone.CAUTION, f"{serial}: {said}")
    face.show(difference_sheet(changes, "", "In the device", "In the profile"))
    return Compared(port, Exit.FINDINGS, said, serial, name, tuple(difference_rows(changes)))


def _for_device(session: Session, loaded: list[Loaded]) -> Loaded | str:
    """The profile for this device, or why there is none."""
    identity = session.device.identity
    own = [one for one in loaded if one.profile.serial == identity.serial]
    shared = [one for one in loaded if one.profile.serial is None and one.profile.device_model == identity.model]
    if own and own[0].profile.device_model != identity.model:
        return f"The profile for this serial number is for a {own[0].profile.device_model}, and this is a {identity.model}. Correct it."
    candidates = own or shared
    if len(candidates) > 1:
        return "More than one of these profiles could be for this device. Name one, or write serial numbers into them."
    return candidates[0] if candidates else "None of these profiles is for this device. Add its profile, or leave the device out."
