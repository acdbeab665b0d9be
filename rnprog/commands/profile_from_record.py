"""`rnprog profile from-session`: a draft made of what an appointment found. Owns which line of a record becomes which entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Exit, simply
from rnprog.commands.profile import TEMPLATE, saved
from rnprog.commands.profile_files import load_profile
from rnprog.profile.findings import shown
from rnprog.profile.model import UNVERIFIED, Profile, Thresholds
from rnprog.profile.names import code_problem, name_problem
from rnprog.session import archive
from rnprog.session.audit import Unreadable, audit
from rnprog.session.places import record_directory
from rnprog.therapy.contacts import Electrodes, ElectrodesError, Side
from rnprog.therapy.parameters import RATE
from rnprog.therapy.program import SideProgram
from rnprog.therapy.proposals import PatientLimits
from rnprog.therapy.units import Hertz, Microseconds, Milliamps

_SIDE_ENTRIES = ("electrodes", "amplitude_ma", "pulse_width_us", "max_amplitude_ma")


@dataclass(frozen=True, slots=True)
class Titrated:
    """What one side's last titration came to."""

    part: SideProgram
    rate_hz: Hertz
    found: Thresholds


def from_session(
    ctx: typer.Context,
    record: Annotated[str, typer.Argument(metavar="RECORD", help="A file, or how its name begins.")],
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="The profile's name; default: that of the record.")] = None,
    template: Annotated[str, typer.Option("--from", metavar="PROFILE", help="Where schedule, ramps and lead come from.")] = TEMPLATE,
    author: Annotated[str | None, typer.Option("--author", metavar="TEXT", help="Who answers for it; default: as in the record.")] = None,
    folder: Annotated[Path | None, typer.Option("--folder", metavar="DIR", help="Where to put it; default: your own shelf.")] = None,
) -> Exit:
    """Make a draft from a session record.

    $ rnprog profile from-session 20260131T0915 --name anna

    Electrodes, thresholds and amplitude are those of the last titration of each side; schedule and ramps those of the profile --from. The
    highest amplitude is set to the one that was proposed: raise it only by decision. The record must be whole and unchanged.
    """
    face = face_of(ctx)
    path = archive.find(record_directory(face.options.record_dir), record)
    rows = _rows(path)
    opening = rows[0]["data"]
    titrated = {side: found for side in Side if (found := _last(rows, side)) is not None}
    if not titrated:
        raise simply(Exit.UNREADABLE, f"The record {path.stem} holds no titration that came to an amplitude. Choose another record.")
    if len({found.rate_hz for found in titrated.values()}) > 1:
        raise simply(Exit.UNREADABLE, "Left and right were titrated at different rates, and a profile has one. Titrate one side again.")
    chosen = name or path.stem.lower()
    problem = name_problem(chosen)
    if problem is not None:
        raise typer.BadParameter(problem, param_hint="--name")
    made = _profile(load_profile(template).profile, chosen, path.stem, rows[0], titrated)
    made = replace(made, author=author or made.author)
    target = saved(folder, made)
    face.data |= {"path": str(target), "profile": made.as_dict()}
    face.raw(f"{target}\n")
    if opening.get("mode") != "device":
        face.say("This record was made on an emulator. The profile is for training, not for a patient.")
    face.say(f"A draft. Check it, then: rnprog profile validate {target}")
    return Exit.DONE


def _rows(path: Path) -> list[dict[str, Any]]:
    """The lines of a record that is whole. Ended (66 not there, 65 not to be relied on)."""
    if not path.is_file():
        raise simply(Exit.MISSING, f"There is no record {path}. `rnprog record list` shows them.")
    try:
        if not audit(path).good:
            said = f"The record {path.stem} is not whole or was changed, so no profile is made from it. `rnprog record verify` says where."
            raise simply(Exit.UNREADABLE, said)
        rows = list(archive.lines(path))
    except (OSError, Unreadable) as error:
        raise simply(Exit.UNREADABLE, f"The record {path} cannot be read: {error}.") from error
    if not rows or rows[0].get("kind") != "open":
        raise simply(Exit.UNREADABLE, f"{path} is no session record. `rnprog record list` shows those that are.")
    return rows


def _last(rows: list[dict[str, Any]], side: Side) -> Titrated | None:
    """The last titration of a side that came to a proposed amplitude, with the electrodes that were armed for it."""
    armed: Mapping[str, Any] | None = None
    found = None
    for row in rows:
        data = row["data"]
        if data.get("side") != side.value:
            continue
        if row.get("kind") == "outcome" and (data.get("what"), data.get("result")) == ("arm", "applied"):
            armed = data
        elif row.get("kind") == "titrated" and armed is not None:
            found = _titrated(armed, data, side) or found
    return found


def _titrated(armed: Mapping[str, Any], data: Mapping[str, Any], side: Side) -> Titrated | None:
    amplitude_ma = _amount(data.get("proposed_ma"))
    width_us, rate_hz = _amount(armed.get("pulse_width_us")), _amount(armed.get("rate_hz"))
    if amplitude_ma is None or width_us is None or rate_hz is None:
        return None
    try:
        electrodes = Electrodes.parse(armed.get("electrodes"), side)
    except ElectrodesError:
        return None
    perception, motor, discomfort = (_amount(data.get(f"{key}_ma")) for key in ("perception", "motor", "discomfort"))
    part = SideProgram(electrodes, Milliamps(amplitude_ma), Microseconds(width_us))
    thresholds = Thresholds(*(None if value is None else Milliamps(value) for value in (perception, motor, discomfort)))
    return Titrated(part, Hertz(rate_hz), thresholds)


def _profile(begun: Profile, name: str, record: str, first: dict[str, Any], titrated: Mapping[Side, Titrated]) -> Profile:
    opening = first["data"]
    sources = {entry: source for entry, source in begun.sources.items() if entry.partition(".")[0] not in tuple(Side)}
    sources[RATE.key] = f"session record {record}: the rate of the titration"
    for side, found in titrated.items():
        source = f"session record {record}: titration of the {side} side"
        sources |= {f"{side}.{entry}": source for entry in _SIDE_ENTRIES}
        sources[f"{side}.max_amplitude_ma"] = UNVERIFIED
        if found.found != Thresholds():
            sources[f"{side}.thresholds_ma"] = source
    emulated = opening.get("mode") != "device"
    patient = opening.get("patient")
    left, right = titrated.get(Side.LEFT), titrated.get(Side.RIGHT)
    program = replace(
        begun.program,
        left=left.part if left else None,
        right=right.part if right else None,
        rate_hz=next(iter(titrated.values())).rate_hz,
    )
    limits = PatientLimits(left.part.amplitude_ma if left else None, right.part.amplitude_ma if right else None)
    return replace(
        begun,
        name=name,
        title=f"{'EMULATOR: f' if emulated else 'F'}rom the session of {first['utc'][:10]}",
        notes=f"The highest amplitudes are those that were proposed; set them for the patient.{' For training only.' if emulated else ''}",
        device_model=shown(opening.get("model")),
        serial=shown(opening.get("serial")),
        patient_code=patient if isinstance(patient, str) and code_problem(patient) is None else None,
        author=shown(first.get("actor")),
        created=first["utc"][:10],
        record=record,
        validation=None,
        program=program,
        limits=limits,
        thresholds={side: found.found for side, found in titrated.items() if found.found != Thresholds()},
        sources=sources,
    )


def _amount(value: object) -> Decimal | None:
    try:
        found = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() and found >= 0 else None
