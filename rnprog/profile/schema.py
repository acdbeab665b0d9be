"""The profile format as pydantic models, strict, and the way from a text to a `Profile`.

pydantic stays in this file. It owns names, kinds and forms of entries (RN2xx except ranges and steps) and judges no dose.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rnprog.profile.fields import SOURCED, label_of, lookup
from rnprog.profile.findings import Problem, ProfileError
from rnprog.profile.model import Profile, Thresholds
from rnprog.profile.names import code_problem, name_problem
from rnprog.profile.numbers import OddNumber, area_cm2, kind_of, number_of
from rnprog.profile.reading import plain_lines, read_tables, read_text
from rnprog.profile.wording import form_problem, odd_literals, placed
from rnprog.therapy.contacts import Electrodes, ElectrodesError, Side
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.proposals import PatientLimits
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds, UnitError


def load(path: Path) -> Profile:
    """The profile in a file. Raises `ProfileError` if it cannot be read or an entry is missing, unknown or of the wrong kind.

    Ranges, charge and sources are not judged here: `rnprog.profile.verify` does, and the safety envelope before anything is sent.
    """
    return parse(read_text(path), path)


def parse(text: str, origin: str | os.PathLike[str]) -> Profile:
    """The same from a text; `origin` names it in findings."""
    text = plain_lines(text)
    tables = read_tables(text, origin)
    found = structure(tables, text)
    if found:
        raise ProfileError(placed(found, text, origin))
    return _profile(Document.model_validate(tables))


def structure(tables: dict[str, object], text: str) -> list[Problem]:
    """Every entry that is missing, unknown or of the wrong kind or form."""
    try:
        Document.model_validate(tables)
    except ValidationError as error:
        found = [
            _problem(fault["type"], fault["loc"], fault.get("ctx", {}).get("error"), fault["input"])
            for fault in error.errors(include_url=False)
        ]
    else:
        found = []
    return [*found, *odd_literals(tables, text)]


class Fault(ValueError):
    """What a validator of an entry found: the rule, and a sentence to follow the name of the entry."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule
        self.reason = reason


def _problem(kind: str, loc: tuple[int | str, ...], error: object, value: object) -> Problem:
    path = tuple(str(part) for part in loc)
    if isinstance(error, Fault):
        return Problem(error.rule, path, f"{label_of(path)}: {error.reason}")
    return form_problem(kind, path, value)


def _dose(value: object) -> Decimal:
    number = number_of(value)
    if isinstance(value, str):
        raise Fault("RN203", "write the number alone, without quotes and without a unit: the key names the unit.")
    if number is None:
        raise Fault("RN203", f"write a number here, not {kind_of(value)}.")
    if isinstance(number, OddNumber):
        raise Fault("RN204", number.reason)
    return number


def _text(longest: int, lines: bool, value: object) -> str:
    if not isinstance(value, str):
        raise Fault("RN203", f"write a text in quotes here, not {kind_of(value)}.")
    if not (lines or value.strip()):
        raise Fault("RN207", "this text is empty. Write it, or remove the entry if it may be left out.")
    if len(value) > longest:
        raise Fault("RN207", f"this text has more than {longest} characters. Shorten it.")
    if not all(character.isprintable() or (lines and character == "\n") for character in value):
        raise Fault("RN207", "this text has control or invisible characters. Remove them.")
    return value


def _checked(rule: str, problem: Callable[[str], str | None], value: object) -> str:
    text = _text(100, False, value)
    reason = problem(text)
    if reason is not None:
        raise Fault(rule, reason)
    return text


def _area(value: object) -> Decimal:
    if not isinstance(value, str):
        raise Fault("RN203", f'write the area in quotes, for example "0.1225", not {kind_of(value)}.')
    try:
        return area_cm2(value)
    except UnitError as error:
        raise Fault("RN210", error.reason) from error


def _electrodes(side: Side, value: object) -> str:
    """The canonical form of a usable set."""
    text = _text(100, False, value)
    try:
        return str(Electrodes.parse(text, side))
    except ElectrodesError as error:
        raise Fault("RN402", error.reason) from error


def _date_problem(text: str) -> str | None:
    try:
        real = date.fromisoformat(text).isoformat() == text
    except ValueError:
        real = False
    return None if real else "Write the date as year-month-day, for example 2026-01-31."


def _state_problem(text: str) -> str | None:
    return None if text == "draft" else 'This rnprog knows drafts only. Write state = "draft".'


Dose = Annotated[Decimal, BeforeValidator(_dose)]
Text = Annotated[str, BeforeValidator(partial(_text, 100, False))]
Source = Annotated[str, BeforeValidator(partial(_text, 300, True))]
Notes = Annotated[str, BeforeValidator(partial(_text, 2000, True))]
Name = Annotated[str, BeforeValidator(partial(_checked, "RN208", name_problem))]
Code = Annotated[str, BeforeValidator(partial(_checked, "RN208", code_problem))]
Date = Annotated[str, BeforeValidator(partial(_checked, "RN209", _date_problem))]
State = Annotated[str, BeforeValidator(partial(_checked, "RN211", _state_problem))]
Area = Annotated[Decimal, BeforeValidator(_area)]
LeftElectrodes = Annotated[str, BeforeValidator(partial(_electrodes, Side.LEFT))]
RightElectrodes = Annotated[str, BeforeValidator(partial(_electrodes, Side.RIGHT))]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ProfileTable(_Table):
    name: Name
    title: Text
    notes: Notes = ""
    state: State


class TargetTable(_Table):
    device_model: Text
    lead_model: Text
    contact_area_cm2: Area
    serial: Text | None = None


class SideSourcesTable(_Table):
    electrodes: Source | None = None
    amplitude_ma: Source | None = None
    pulse_width_us: Source | None = None
    max_amplitude_ma: Source | None = None
    thresholds_ma: Source | None = None


class SourcesTable(_Table):
    contact_area_cm2: Source | None = None
    rate_hz: Source | None = None
    ramp_up_s: Source | None = None
    ramp_down_s: Source | None = None
    on_s: Source | None = None
    off_s: Source | None = None
    session_min: Source | None = None
    sessions_per_day: Source | None = None
    left: SideSourcesTable | None = None
    right: SideSourcesTable | None = None


class ProvenanceTable(_Table):
    author: Text
    created: Date
    sources: SourcesTable


class ProgramTable(_Table):
    rate_hz: Dose
    ramp_up_s: Dose
    ramp_down_s: Dose
    on_s: Dose
    off_s: Dose
    session_min: Dose
    sessions_per_day: Dose


class ThresholdsTable(_Table):
    perception: Dose | None = None
    motor: Dose | None = None
    discomfort: Dose | None = None


class SideTable(_Table):
    electrodes: str
    amplitude_ma: Dose
    pulse_width_us: Dose
    max_amplitude_ma: Dose
    thresholds_ma: ThresholdsTable | None = None


class LeftTable(SideTable):
    electrodes: LeftElectrodes


class RightTable(SideTable):
    electrodes: RightElectrodes


class PatientTable(_Table):
    code: Code


class Document(_Table):
    schema_: Literal["rnprog.profile/1"] = Field(alias="schema")
    profile: ProfileTable
    target: TargetTable
    provenance: ProvenanceTable
    program: ProgramTable
    left: LeftTable | None = None
    right: RightTable | None = None
    patient: PatientTable | None = None


def _profile(document: Document) -> Profile:
    sides = {Side.LEFT: document.left, Side.RIGHT: document.right}
    profile, target, common = document.profile, document.target, document.program
    written = document.provenance.sources.model_dump(exclude_none=True)
    sources = {".".join(place): source for place in SOURCED.values() if isinstance(source := lookup(written, place), str)}
    return Profile(
        name=profile.name,
        title=profile.title,
        notes=profile.notes,
        state=profile.state,
        device_model=target.device_model,
        lead_model=target.lead_model,
        contact_area_cm2=target.contact_area_cm2,
        serial=target.serial,
        patient_code=document.patient.code if document.patient else None,
        author=document.provenance.author,
        created=document.provenance.created,
        program=Program(
            left=_side(document.left),
            right=_side(document.right),
            rate_hz=Hertz(common.rate_hz),
            ramp_up_s=Seconds(common.ramp_up_s),
            ramp_down_s=Seconds(common.ramp_down_s),
            on_s=Seconds(common.on_s),
            off_s=Seconds(common.off_s),
            session_min=Minutes(common.session_min),
            sessions_per_day=common.sessions_per_day,
        ),
        limits=PatientLimits(*(None if part is None else Milliamps(part.max_amplitude_ma) for part in sides.values())),
        thresholds={side: _thresholds(part.thresholds_ma) for side, part in sides.items() if part and part.thresholds_ma},
        sources=sources,
    )


def _side(part: SideTable | None) -> SideProgram | None:
    if part is None:
        return None
    return SideProgram(Electrodes.parse(part.electrodes), Milliamps(part.amplitude_ma), Microseconds(part.pulse_width_us))


def _thresholds(found: ThresholdsTable) -> Thresholds:
    values = (None if value is None else Milliamps(value) for value in (found.perception, found.motor, found.discomfort))
    return Thresholds(*values)
