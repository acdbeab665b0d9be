"""The profile format as pydantic models, strict, and the way from a text to a `Profile`.

pydantic stays in this file and in `entries`. What is wrong with a text is said by `structure`; this comes after it and judges no dose.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rnprog.profile.entries import (
    Area,
    Checksum,
    Class,
    Code,
    Date,
    Digest,
    Dose,
    LeftElectrodes,
    Mode,
    Name,
    Notes,
    Revision,
    RightElectrodes,
    Serial,
    Slot,
    Source,
    State,
    Text,
    Truth,
)
from rnprog.profile.fields import CLASS, DRAFT, IMPLANTED, SOURCED, VALIDATED, lookup
from rnprog.profile.findings import Problem, ProfileError
from rnprog.profile.model import Origin, Profile, Thresholds, Validation
from rnprog.profile.reading import plain_lines, read_tables, read_text
from rnprog.profile.signing import holds
from rnprog.profile.structure import structure
from rnprog.profile.wording import placed
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.proposals import PatientLimits
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds


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
    if not found and lookup(tables, CLASS) != IMPLANTED:
        said = "This profile is for a percutaneous stimulator. rnprog can verify and show it, but has no such device to write it to."
        found = [Problem("RN410", CLASS, said)]
    if found:
        raise ProfileError(placed(found, text, origin))
    return _profile(Document.model_validate(tables), VALIDATED if holds(tables) else DRAFT)


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ProfileTable(_Table):
    name: Name
    title: Text
    class_: Class = Field(alias="class")
    notes: Notes = ""
    state: State


class TargetTable(_Table):
    device_model: Text
    lead_model: Text
    contact_area_cm2: Area | None = None
    serial: Text | None = None


class OriginTable(_Table):
    serial: Serial | None = None
    slot: Slot
    active: Truth
    revision: Revision
    checksum: Checksum
    on: Date


class SideSourcesTable(_Table):
    electrodes: Source | None = None
    amplitude_ma: Source | None = None
    pulse_width_us: Source | None = None
    max_amplitude_ma: Source | None = None
    thresholds_ma: Source | None = None


class PercutaneousSideSourcesTable(_Table):
    amplitude_ma: Source | None = None
    pulse_width_us: Source | None = None
    max_amplitude_ma: Source | None = None


class PercutaneousSourcesTable(_Table):
    duration_days: Source | None = None
    hours_per_day: Source | None = None
    rate_hz: Source | None = None
    left: PercutaneousSideSourcesTable | None = None
    right: PercutaneousSideSourcesTable | None = None


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
    percutaneous: PercutaneousSourcesTable | None = None


class ProvenanceTable(_Table):
    author: Text
    created: Date
    record: Text | None = None
    mode: Mode | None = None
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


class PercutaneousSideTable(_Table):
    amplitude_ma: Dose
    pulse_width_us: Dose
    max_amplitude_ma: Dose


class PercutaneousTable(_Table):
    duration_days: Dose
    hours_per_day: Dose
    rate_hz: Dose
    left: PercutaneousSideTable | None = None
    right: PercutaneousSideTable | None = None


class PatientTable(_Table):
    code: Code


class ValidationTable(_Table):
    by: Text
    on: Date
    limits: Text
    limits_digest: Digest
    digest: Digest


class Document(_Table):
    schema_: Literal["rnprog.profile/2"] = Field(alias="schema")
    profile: ProfileTable
    target: TargetTable
    origin: OriginTable | None = None
    patient: PatientTable | None = None
    program: ProgramTable | None = None
    left: LeftTable | None = None
    right: RightTable | None = None
    percutaneous: PercutaneousTable | None = None
    provenance: ProvenanceTable
    validation: ValidationTable | None = None


def _profile(document: Document, state: str) -> Profile:
    """Of a document whose structure is that of an implanted profile."""
    sides = {Side.LEFT: document.left, Side.RIGHT: document.right}
    profile, target, common, signed = document.profile, document.target, document.program, document.validation
    if common is None or target.contact_area_cm2 is None:
        raise ValueError("a profile without program or contact area has no structure of its class")
    written = document.provenance.sources.model_dump(exclude_none=True)
    sources = {".".join(place): source for place in SOURCED.values() if isinstance(source := lookup(written, place), str)}
    return Profile(
        name=profile.name,
        title=profile.title,
        notes=profile.notes,
        state=state,
        device_model=target.device_model,
        lead_model=target.lead_model,
        contact_area_cm2=target.contact_area_cm2,
        serial=target.serial,
        patient_code=document.patient.code if document.patient else None,
        author=document.provenance.author,
        created=document.provenance.created,
        record=document.provenance.record,
        mode=document.provenance.mode,
        validation=None if signed is None else Validation(signed.by, signed.on, signed.limits, signed.limits_digest, signed.digest),
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
        origin=None if (read := document.origin) is None else Origin(**read.model_dump()),
        sources=sources,
    )


def _side(part: SideTable | None) -> SideProgram | None:
    if part is None:
        return None
    return SideProgram(Electrodes.parse(part.electrodes), Milliamps(part.amplitude_ma), Microseconds(part.pulse_width_us))


def _thresholds(found: ThresholdsTable) -> Thresholds:
    values = (None if value is None else Milliamps(value) for value in (found.perception, found.motor, found.discomfort))
    return Thresholds(*values)
