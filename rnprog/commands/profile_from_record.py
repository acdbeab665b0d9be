"""`rnprog profile from-session`: a draft made of what an appointment found. Owns which line of a record becomes which entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from os.path import isfile
from pathlib import Path
from typing import Annotated, Any

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Exit, simply
from rnprog.commands.profile import TEMPLATE, origin_for, saved
from rnprog.commands.profile_files import load_profile
from rnprog.commands.record import unreadable
from rnprog.profile.fields import FROM_DEVICE, FROM_EMULATOR
from rnprog.profile.findings import shown
from rnprog.profile.model import UNVERIFIED, Profile, Thresholds
from rnprog.profile.names import code_problem, name_problem
from rnprog.session import archive
from rnprog.session.audit import Unreadable, audit
from rnprog.session.mode import Mode
from rnprog.session.places import record_directory
from rnprog.session.wording import emulated as words
from rnprog.session.wording.record import no_number
from rnprog.therapy.contacts import Electrodes, ElectrodesError, Side
from rnprog.therapy.parameters import AMPLITUDE, PULSE_WIDTH, RATE, Parameter
from rnprog.therapy.program import SideProgram
from rnprog.therapy.proposals import PatientLimits
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, UnitError, parse_number

_SIDE_ENTRIES = ("electrodes", "amplitude_ma", "pulse_width_us", "max_amplitude_ma")


@dataclass(frozen=True, slots=True)
class Titrated:
    """What one side's last titration came to."""

    part: SideProgram
    rate_hz: Hertz
    found: Thresholds
    maximum_ma: Milliamps | None
    """The most that was tolerated, below every limit; None: the record tells none."""


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

    Electrodes, thresholds and amplitude are those of the last titration of each side, lowered to what both sides together tolerated;
    schedule and ramps those of the profile --from. The highest amplitude is the patient maximum of the record, or where there is none the
    amplitude itself: raise it only by decision. The record must be whole and unchanged. If both sides together were too strong, or not
    checked to the end, no profile is made.
    """
    face = face_of(ctx)
    path = archive.find(record_directory(face.options.record_dir), record)
    rows = _rows(path)
    try:
        titrated, refused_together = _found(rows)
    except _NoNumber as odd:
        raise simply(Exit.UNREADABLE, no_number(path.stem, odd.entry)) from odd
    if refused_together:
        raise simply(Exit.UNREADABLE, _no_amplitude_for_both(path.stem))
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
    face.line(str(target))
    if made.mode == FROM_EMULATOR:
        face.say(words.DRAFT_OF_AN_EMULATOR)
        face.say(f"Check it: rnprog profile verify {target}")
    else:
        face.say(f"A draft. Check it, then: rnprog profile validate {target}")
    return Exit.DONE


def _rows(path: Path) -> list[dict[str, Any]]:
    """The lines of a record that is whole. Ended (66 not there, 65 not to be relied on)."""
    if not isfile(path):
        raise simply(Exit.MISSING, f"There is no record {path}. `rnprog record list` shows them.")
    try:
        if not audit(path).good:
            said = f"The record {path.stem} is not whole or was changed, so no profile is made from it. `rnprog record verify` says where."
            raise simply(Exit.UNREADABLE, said)
        rows = list(archive.lines(path))
    except (OSError, Unreadable) as error:
        raise unreadable(path, error) from error
    if not rows or rows[0].get("kind") != "open":
        raise simply(Exit.UNREADABLE, f"{path} is no session record. `rnprog record list` shows those that are.")
    return rows


def _found(rows: list[dict[str, Any]]) -> tuple[dict[Side, Titrated], bool]:
    """Each side's last titration that came to an amplitude, with the electrodes that were armed for it and with what the check of both
    sides left of it; and whether that check was begun for these amplitudes and left none. A later titration makes an earlier check void.
    """
    armed: dict[Side, Mapping[str, Any]] = {}
    found: dict[Side, Titrated] = {}
    refused = False
    for row in rows:
        kind, data = row.get("kind"), row["data"]
        side = next((each for each in Side if each.value == data.get("side")), None)
        if kind == "both sides":
            refused = True
        elif kind == "both sides checked":
            together = _together(found, data.get("last"))
            found, refused = together or found, together is None
        elif side is not None and kind == "outcome" and (data.get("what"), data.get("result")) == ("arm", "applied"):
            armed[side] = data
        elif side in armed and kind == "titrated" and (one := _titrated(armed[side], data, side)) is not None:
            found[side] = one
            refused = refused and data.get("after") == archive.AFTER_BOTH
    return found, refused


def _together(found: Mapping[Side, Titrated], last: object) -> dict[Side, Titrated] | None:
    """Both sides as far as they were tolerated together. None: not at all, or the line does not tell it of both. Raises _NoNumber."""
    if not isinstance(last, Mapping):
        return None
    lowered = {}
    for side, one in found.items():
        tolerated_ma = _amount(last, f"{side}_ma", AMPLITUDE)
        if tolerated_ma is None:
            return None
        amplitude_ma = Milliamps(min(one.part.amplitude_ma, tolerated_ma))
        maximum_ma = None if one.maximum_ma is None else Milliamps(min(one.maximum_ma, tolerated_ma))
        lowered[side] = replace(one, part=replace(one.part, amplitude_ma=amplitude_ma), maximum_ma=maximum_ma)
    return lowered


def _no_amplitude_for_both(record: str) -> str:
    return (
        f"In the record {record} both sides together were too strong, or were not checked to the end, so it holds no amplitudes for "
        "both. No profile was made. Titrate a side again with a lower amplitude and check both together, or choose another record."
    )


def _titrated(armed: Mapping[str, Any], data: Mapping[str, Any], side: Side) -> Titrated | None:
    amplitude_ma = _amount(data, "proposed_ma", AMPLITUDE)
    width_us, rate_hz = _amount(armed, PULSE_WIDTH.key, PULSE_WIDTH), _amount(armed, RATE.key, RATE)
    if amplitude_ma is None or width_us is None or rate_hz is None:
        return None
    try:
        electrodes = Electrodes.parse(armed.get("electrodes"), side)
    except ElectrodesError:
        return None
    perception, motor, discomfort = (_amount(data, f"{key}_ma", AMPLITUDE) for key in ("perception", "motor", "discomfort"))
    part = SideProgram(electrodes, Milliamps(amplitude_ma), Microseconds(width_us))
    thresholds = Thresholds(*(None if value is None else Milliamps(value) for value in (perception, motor, discomfort)))
    maximum_ma = _amount(data, "patient_maximum_ma", AMPLITUDE)
    return Titrated(part, Hertz(rate_hz), thresholds, None if maximum_ma is None else Milliamps(maximum_ma))


def _profile(begun: Profile, name: str, record: str, first: dict[str, Any], titrated: Mapping[Side, Titrated]) -> Profile:
    opening = first["data"]
    sources = {entry: source for entry, source in begun.sources.items() if entry.partition(".")[0] not in tuple(Side)}
    sources[RATE.key] = f"session record {record}: the rate of the titration"
    for side, found in titrated.items():
        source = f"session record {record}: titration of the {side} side"
        sources |= {f"{side}.{entry}": source for entry in _SIDE_ENTRIES}
        told = found.maximum_ma is not None
        sources[f"{side}.max_amplitude_ma"] = f"session record {record}: the most that was tolerated" if told else UNVERIFIED
        if found.found != Thresholds():
            sources[f"{side}.thresholds_ma"] = source
    emulated = opening.get("mode") != Mode.DEVICE
    patient = opening.get("patient")
    left, right = titrated.get(Side.LEFT), titrated.get(Side.RIGHT)
    program = replace(
        begun.program,
        left=left.part if left else None,
        right=right.part if right else None,
        rate_hz=next(iter(titrated.values())).rate_hz,
    )
    limits = PatientLimits(*(_highest_ma(each) for each in (left, right)))
    return replace(
        begun,
        name=name,
        title=f"{'EMULATOR: f' if emulated else 'F'}rom the session of {first['utc'][:10]}",
        notes=f"The highest amplitudes are the most that was tolerated, or else proposed. Check them.{' For training only.' * emulated}",
        device_model=shown(opening.get("model")),
        serial=shown(opening.get("serial")),
        origin=origin_for(begun.origin, shown(opening.get("serial"))),
        patient_code=patient if isinstance(patient, str) and code_problem(patient) is None else None,
        author=shown(first.get("actor")),
        created=first["utc"][:10],
        record=record,
        mode=FROM_EMULATOR if emulated else FROM_DEVICE,
        validation=None,
        program=program,
        limits=limits,
        thresholds={side: found.found for side, found in titrated.items() if found.found != Thresholds()},
        sources=sources,
    )


def _highest_ma(found: Titrated | None) -> Milliamps | None:
    """The patient maximum; the amplitude itself where the record tells none."""
    return None if found is None else found.part.amplitude_ma if found.maximum_ma is None else found.maximum_ma


def _amount(data: Mapping[str, Any], entry: str, kind: Parameter) -> Decimal | None:
    """A number of the record; None: it tells none. Raises _NoNumber for what is none, or more than rnprog ever gives of this kind."""
    if data.get(entry) is None:
        return None
    try:
        found = parse_number(data[entry])
    except UnitError as error:
        raise _NoNumber(entry) from error
    if found > kind.maximum:
        raise _NoNumber(entry)
    return found


class _NoNumber(ValueError):
    """`entry` of a line holds something else than a number that can be given."""

    def __init__(self, entry: str) -> None:
        super().__init__(entry)
        self.entry = entry
