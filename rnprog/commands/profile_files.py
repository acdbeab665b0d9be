"""Profiles as commands need them: loaded, with findings turned into an ending; matched with a device; made from one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rnprog.commands.exits import Ended, Exit, simply
from rnprog.commands.profile_reports import place
from rnprog.device.api import StoredProgram
from rnprog.device.serials import is_serial
from rnprog.profile.fields import FROM_DEVICE, FROM_EMULATOR
from rnprog.profile.findings import Finding, ProfileError
from rnprog.profile.library import find
from rnprog.profile.model import UNVERIFIED, Profile
from rnprog.profile.names import name_problem
from rnprog.profile.reading import read_tables, read_text
from rnprog.profile.schema import parse
from rnprog.profile.verify import verify_text
from rnprog.session.basis import origin_of
from rnprog.session.mode import Mode
from rnprog.session.outcomes import Reason, ReasonKind
from rnprog.session.session import Session
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Side
from rnprog.therapy.program import COMMON_PARAMETERS, Program
from rnprog.therapy.proposals import PatientLimits


@dataclass(frozen=True, slots=True)
class Loaded:
    """A profile and the very text it was read from, so that what is verified is what is used."""

    profile: Profile
    text: str
    origin: str


def load_profile(name_or_path: str) -> Loaded:
    """A profile by name or file. Ended (66 not there, 65 cannot be read)."""
    try:
        path = find(name_or_path)
        text = read_text(path)
        return Loaded(parse(text, path), text, str(path))
    except ProfileError as error:
        raise finding_ending(error) from error


def load_tables(name_or_path: str) -> dict[str, object]:
    """What a profile of any class says, entry by entry; only syntax and version are checked. Ended (66 not there, 65 cannot be read)."""
    try:
        path = find(name_or_path)
        return read_tables(read_text(path), path)
    except ProfileError as error:
        raise finding_ending(error) from error


def verified(loaded: Loaded, capabilities: Capabilities) -> tuple[Finding, ...]:
    """The warnings about it. Ended (79) when it breaks a rule under the limits of this device."""
    findings = tuple(verify_text(loaded.text, loaded.origin, capabilities))
    errors = tuple(finding for finding in findings if finding.exit_code)
    if errors:
        raise Ended(Exit.REFUSED, reasons=finding_reasons(errors, ReasonKind.ENVELOPE))
    return findings


def finding_reasons(findings: tuple[Finding, ...], kind: ReasonKind = ReasonKind.PROFILE) -> tuple[Reason, ...]:
    """Findings as reasons, each with its place and its rule."""
    return tuple(
        Reason(kind, f"{place(each)}: {each.rule}: {each.text}", each.field, source=each.source, rule=each.rule) for each in findings
    )


def finding_ending(error: ProfileError) -> Ended:
    """How a command ends that needs this profile: 66 not there, else 65."""
    code = Exit.MISSING if error.exit_code == Exit.MISSING else Exit.UNREADABLE
    return Ended(code, reasons=finding_reasons(error.findings))


def identity_reasons(profile: Profile, session: Session) -> tuple[Reason, ...]:
    """Why this profile is not for this device; empty when it is."""
    identity, reasons = session.device.identity, []
    if profile.device_model != identity.model:
        text = f"The profile {profile.name} is for the device model {profile.device_model}, and this is a {identity.model}."
        reasons.append(Reason(ReasonKind.IDENTITY, text, "device_model", value=identity.model, bound=profile.device_model))
    if profile.serial is not None and profile.serial != identity.serial:
        text = f"The profile {profile.name} is for the device {profile.serial}, and this is {identity.serial}."
        reasons.append(Reason(ReasonKind.IDENTITY, text, "serial", value=identity.serial, bound=profile.serial))
    return tuple(reasons)


def profile_of_device(name: str, stored: StoredProgram, program: Program, session: Session) -> Profile:
    """A draft that holds `program`, which is what the device holds in `stored`. Ended (2) when the name is none."""
    problem = name_problem(name)
    if problem is not None:
        raise simply(Exit.USAGE, f"{name}: {problem}")
    identity, caps, today = session.device.identity, session.capabilities, date.today().isoformat()
    sides = {side: part for side in Side if (part := program.side(side)) is not None}
    keys = ["contact_area_cm2", *(parameter.key for parameter in COMMON_PARAMETERS)]
    keys += [f"{side}.{key}" for side in sides for key in ("electrodes", "amplitude_ma", "pulse_width_us", "max_amplitude_ma")]
    highest = {side: part.amplitude_ma for side, part in sides.items()}
    return Profile(
        name=name,
        title=f"Program read from slot {stored.slot}",
        notes="Read from a device. The highest amplitudes are those that were found in it; set them for the patient.",
        state="draft",
        device_model=identity.model,
        lead_model="as reported by the device",
        contact_area_cm2=caps.contact_area_cm2,
        serial=identity.serial if is_serial(identity.serial) else None,
        patient_code=None,
        author="rnprog program pull",
        created=today,
        mode=FROM_DEVICE if session.mode is Mode.DEVICE else FROM_EMULATOR,
        program=program,
        limits=PatientLimits(highest.get(Side.LEFT), highest.get(Side.RIGHT)),
        origin=origin_of(stored, identity.serial, today),
        sources=dict.fromkeys(keys, UNVERIFIED),
    )
