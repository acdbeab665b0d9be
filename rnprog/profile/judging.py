"""What the therapy rules say about a profile: RN205, RN206, RN3xx, RN4xx and RN5xx, for both classes of profiles.

Every rule is one of `rnprog.therapy`; this file takes the numbers from the tables, asks, and gives each answer its rule id. Entries that
cannot be read are left out here (the format names them); rules that need several values wait until all of them can be read.
Without a measured impedance nothing is said about compliance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from rnprog.profile.compliance import compliance_sentence, drivable
from rnprog.profile.fields import AREA, CLASS, MAX_AMPLITUDE, NUMBERS, PERCUTANEOUS, PROGRAM, THRESHOLDS, THRESHOLDS_KEY, lookup, side_label
from rnprog.profile.findings import KeyPath, Problem, shown
from rnprog.profile.numbers import area_of, plain_number
from rnprog.profile.percutaneous_rules import percutaneous_problems
from rnprog.profile.reference import LEAD_AREAS_CM2, LIMITS_OF, REFERENCE_SOURCE, RN1
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.checks import device_range, side_findings
from rnprog.therapy.contacts import Electrodes, ElectrodesError, Side
from rnprog.therapy.envelope import Caution, PatientLimits, SafetyEnvelope, Source, Violation
from rnprog.therapy.parameters import AMPLITUDE, PARAMETERS, PULSE_WIDTH, RAMP_UP, RATE, SESSIONS_PER_DAY, Parameter
from rnprog.therapy.program import COMMON_PARAMETERS, ELECTRODES_KEY, SIDE_PARAMETERS, Program, SideProgram
from rnprog.therapy.rules import Dose, range_findings
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds, plain

Tables = dict[str, object]
_DEVICE_RULES = ("RN502", "RN504", "RN505")


def therapy_problems(tables: Tables, capabilities: Capabilities | None) -> list[Problem]:
    """All that the therapy rules find. `capabilities` `None`: the limits that come with rnprog for the profile's model."""
    if lookup(tables, CLASS) == PERCUTANEOUS:
        return [*percutaneous_problems(tables, capabilities), *_lead_problems(tables)]
    model = lookup(tables, ("target", "device_model"))
    limits = limits_for(tables, capabilities)
    contact_cm2 = area_of(lookup(tables, AREA))
    found = list(_target_problems(model, contact_cm2, capabilities, limits))
    judged_with = limits or RN1
    if contact_cm2 is not None:  # the smaller of the two areas: the higher density
        judged_with = replace(judged_with, contact_area_cm2=min(contact_cm2, judged_with.contact_area_cm2))
    source = REFERENCE_SOURCE if capabilities is None else f"limits reported by {shown(judged_with.model)}"
    for finding in (*_program_findings(tables, judged_with), *_patient_findings(tables)):
        problem = _problem(finding, source)
        if limits is not None or problem.rule not in _DEVICE_RULES:
            found.append(problem)
    return [*found, *_compliance_problems(tables, judged_with), *_threshold_problems(tables), *_lead_problems(tables)]


def limits_for(tables: Tables, capabilities: Capabilities | None) -> Capabilities | None:
    """The limits that a profile is judged against: those given, or those that come with rnprog; `None` if there are none for its device."""
    if lookup(tables, CLASS) == PERCUTANEOUS:
        return None
    model = lookup(tables, ("target", "device_model"))
    return capabilities or LIMITS_OF.get(model if isinstance(model, str) else RN1.model)


def _compliance_problems(tables: Tables, limits: Capabilities) -> Iterator[Problem]:
    for side in Side:
        amplitude_ma = plain_number(lookup(tables, (side.value, AMPLITUDE.key)))
        if amplitude_ma is not None and not drivable(amplitude_ma, limits):
            yield Problem("RN307", (side.value, AMPLITUDE.key), compliance_sentence(side, amplitude_ma, limits))


def _lead_problems(tables: Tables) -> Iterator[Problem]:
    lead, area_cm2 = lookup(tables, ("target", "lead_model")), area_of(lookup(tables, AREA))
    if not isinstance(lead, str) or area_cm2 is None:
        return
    known_cm2 = LEAD_AREAS_CM2.get(lead)
    if known_cm2 is None:
        text = f"rnprog knows no lead called '{shown(lead)}', so charge was judged with the area in the profile. Check its manual."
        yield Problem("RN507", ("target", "lead_model"), text)
    elif known_cm2 != area_cm2:
        text = f"A contact of the {shown(lead)} has {plain(known_cm2)} cm2, not {plain(area_cm2)} cm2. Check which lead is implanted."
        yield Problem("RN506", AREA, text)


def _target_problems(
    model: object, contact_cm2: Decimal | None, capabilities: Capabilities | None, limits: Capabilities | None
) -> Iterator[Problem]:
    model_path: KeyPath = ("target", "device_model")
    if limits is None:
        text = f"rnprog has no limits for the device model {shown(model)}. Give those of the device with --limits, or correct the model."
        yield Problem("RN501", model_path, text)
        return
    if isinstance(model, str) and model != limits.model:
        text = f"This profile is for {shown(model)}, but the limits are those of {shown(limits.model)}. Choose the profile for this device."
        yield Problem("RN501", model_path, text)
    if contact_cm2 is not None and contact_cm2 != limits.contact_area_cm2:
        reported = plain(limits.contact_area_cm2)
        text = (
            f"This profile is for contacts of {plain(contact_cm2)} cm2, but those of the device have {reported} cm2. "
            "Check which lead is implanted; charge was judged with the smaller area."
        )
        yield Problem("RN503", AREA, text, None if capabilities else REFERENCE_SOURCE)


def _program_findings(tables: Tables, capabilities: Capabilities) -> Iterator[Violation | Caution]:
    """The whole program if it can be read, otherwise what can be read of it."""
    common = {parameter.key: plain_number(lookup(tables, (PROGRAM, parameter.key))) for parameter in COMMON_PARAMETERS}
    parts = {side: _part(tables, side) for side in Side}
    patient = PatientLimits(*(_limit(tables, side) for side in Side))
    whole = all(part is not None or side.value not in tables for side, part in parts.items())
    program = _program(common, parts) if whole else None
    if program is not None:
        review = SafetyEnvelope(capabilities, patient).classify(program)
        yield from review.violations
        yield from review.cautions
        return
    rate_hz = Hertz(common[RATE.key] or RATE.minimum)  # any pulse fits at the lowest rate, so nothing is invented
    for side, part in parts.items():
        if part is not None:
            dose = Dose(side, part.electrodes, part.amplitude_ma, part.pulse_width_us, rate_hz)
            yield from side_findings(dose, capabilities, patient.highest_ma(side), None)
        else:
            values = {parameter.key: plain_number(lookup(tables, (side.value, parameter.key))) for parameter in SIDE_PARAMETERS}
            yield from _ranges(SIDE_PARAMETERS, values, capabilities, side)
    yield from _ranges(COMMON_PARAMETERS, common, capabilities, None)


def _ranges(
    parameters: tuple[Parameter, ...], values: dict[str, Decimal | None], capabilities: Capabilities, side: Side | None
) -> Iterator[Violation]:
    for parameter in parameters:
        value = values[parameter.key]
        if value is not None:
            yield from range_findings(parameter, value, device_range(parameter, capabilities), side)


def _patient_findings(tables: Tables) -> Iterator[Violation]:
    """Ranges of the patient maximum and of the thresholds: those of an amplitude in rnprog."""
    for path, parameter in NUMBERS.items():
        value = plain_number(lookup(tables, path)) if parameter not in PARAMETERS and path[0] in tuple(Side) else None
        if value is not None:
            for found in range_findings(parameter, value, parameter.range, Side(path[0])):
                if found.source is Source.PRODUCT:
                    yield replace(found, field=".".join(path[1:]))


def _threshold_problems(tables: Tables) -> Iterator[Problem]:
    for side in Side:
        found = {parameter.key: plain_number(lookup(tables, (side.value, THRESHOLDS_KEY, parameter.key))) for parameter in THRESHOLDS}
        discomfort_ma, limit_ma = found["discomfort"], _limit(tables, side)
        if discomfort_ma is None:
            continue
        shown_ma = AMPLITUDE.show(discomfort_ma)
        if limit_ma is not None and limit_ma > discomfort_ma:
            text = (
                f"{side.label} patient maximum {AMPLITUDE.show(limit_ma)} is above {shown_ma}, which caused discomfort. "
                f"Choose {shown_ma} or less."
            )
            yield Problem("RN404", (side.value, MAX_AMPLITUDE.key), text)
        for parameter in THRESHOLDS[:2]:
            value = found[parameter.key]
            if value is not None and value > discomfort_ma:
                label = side_label(parameter.label, side)
                text = (
                    f"{label} {AMPLITUDE.show(value)} is above the discomfort threshold of {shown_ma}. "
                    "Check that both were noted correctly."
                )
                yield Problem("RN405", (side.value, THRESHOLDS_KEY, parameter.key), text)


def _problem(finding: Violation | Caution, device_source: str) -> Problem:
    """A finding of the therapy rules under its rule id, at the entry it is about."""
    side = None if finding.side is None else finding.side.value
    if finding.field == "sides":
        path: KeyPath = ()
    elif finding.field == "charge":
        path = (side or PROGRAM, AMPLITUDE.key)
    elif side is None and finding.field == AMPLITUDE.key:
        path = ()
    else:
        path = (side or PROGRAM, *finding.field.split("."))
    rule = rule_of(finding)
    return Problem(rule, path, finding.sentence, _source_of(rule, path, device_source))


def _source_of(rule: str, path: KeyPath, device_source: str) -> str | None:
    if rule in _DEVICE_RULES:
        return device_source
    parameter = NUMBERS.get(path)
    return parameter.source if parameter is not None and rule in ("RN205", "RN206") else None


def rule_of(finding: Violation | Caution) -> str:
    """RN400 for a finding that has no id of its own yet, so that none is ever lost."""
    is_k = finding.bound.startswith("k ")
    match finding.source:
        case Source.CHARGE if isinstance(finding, Caution):
            return "RN305" if is_k else "RN304"
        case Source.CHARGE if finding.field == PULSE_WIDTH.key:
            return "RN303"
        case Source.CHARGE:
            return "RN302" if is_k else "RN301"
        case Source.PATIENT:
            return "RN403"
        case Source.DEVICE:
            return {"charge": "RN504", ELECTRODES_KEY: "RN505"}.get(finding.field, "RN502")
        case Source.PRODUCT if isinstance(finding, Caution):
            return "RN408"
        case Source.PRODUCT:
            return _product_rule(finding)
        case _:
            return "RN400"


def _product_rule(finding: Violation | Caution) -> str:
    if finding.field == RAMP_UP.key and finding.bound.startswith("ramps"):
        return "RN401"
    if finding.field == SESSIONS_PER_DAY.key and finding.bound.endswith("a day"):
        return "RN407"
    named = {ELECTRODES_KEY: "RN402", "sides": "RN406"}
    return named.get(finding.field) or ("RN206" if finding.bound.startswith("steps") else "RN205")


def _program(common: dict[str, Decimal | None], parts: dict[Side, SideProgram | None]) -> Program | None:
    values = {key: value for key, value in common.items() if value is not None}
    if len(values) < len(common):
        return None
    return Program(
        left=parts[Side.LEFT],
        right=parts[Side.RIGHT],
        rate_hz=Hertz(values["rate_hz"]),
        ramp_up_s=Seconds(values["ramp_up_s"]),
        ramp_down_s=Seconds(values["ramp_down_s"]),
        on_s=Seconds(values["on_s"]),
        off_s=Seconds(values["off_s"]),
        session_min=Minutes(values["session_min"]),
        sessions_per_day=values["sessions_per_day"],
    )


def _part(tables: Tables, side: Side) -> SideProgram | None:
    """One side; `None` if it is not there or cannot be read whole."""
    amplitude_ma, width_us = (plain_number(lookup(tables, (side.value, parameter.key))) for parameter in SIDE_PARAMETERS)
    if amplitude_ma is None or width_us is None:
        return None
    try:
        electrodes = Electrodes.parse(lookup(tables, (side.value, ELECTRODES_KEY)), side)
    except ElectrodesError:
        return None
    return SideProgram(electrodes, Milliamps(amplitude_ma), Microseconds(width_us))


def _limit(tables: Tables, side: Side) -> Milliamps | None:
    value = plain_number(lookup(tables, (side.value, MAX_AMPLITUDE.key)))
    return None if value is None else Milliamps(value)
