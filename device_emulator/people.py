"""Who is on the table, and with what behind them: a scenario, a seed and perhaps a file made into a patient and a device's past."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from device_emulator.home import MONTHS_MAX
from device_emulator.home_past import FOREIGN, Past, days_of, lived, usual_program
from device_emulator.saved import Saved
from device_emulator.scenarios import Scenario, Stored
from device_emulator.tissue.patient import Patient
from device_emulator.tissue.person import Person
from device_emulator.tissue.person import person as person_of
from device_emulator.tissue.person_file import person_from

CLAMP_UA = 1_500
"""What a device that clamps holds at most."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a device with its patient begins with."""

    patient: Patient
    past: Past | None
    """`None`: nothing behind it; the memory is that of the factory, or the one that was saved."""
    activated_unix_ms: int


def parse_months(text: str) -> int:
    """Whole months since activation; ValueError otherwise."""
    if not text.isascii() or not text.isdigit() or int(text) > MONTHS_MAX:
        raise ValueError(f"Months since activation are a whole number from 0 to {MONTHS_MAX}, not {text!r}.")
    return int(text)


def cast(scenario: Scenario, seed: int, patient: str = "") -> Person:
    """The person of a scenario. What a patient file says (its text as JSON, empty: none) comes before seed and cohort; what the
    scenario does to leads and thresholds is added."""
    someone = person_from(json.loads(patient), scenario.cohort, seed) if patient else person_of(seed, scenario.cohort)
    leads = someone.leads
    shift_mm = (leads.shift_mm[0] + scenario.shift_mm[0], leads.shift_mm[1] + scenario.shift_mm[1])
    leads = replace(
        leads,
        open_contacts=(*leads.open_contacts, *scenario.open_contacts),
        loose_contacts=(*leads.loose_contacts, *scenario.loose_contacts),
        short_pairs=(*leads.short_pairs, *scenario.short_pairs),
        wet_sides=(*leads.wet_sides, *scenario.wet_sides),
        shift_mm=shift_mm,
    )
    habits = someone.habits if scenario.starts is None else replace(someone.habits, starts=scenario.starts)
    subject = someone.subject.scaled(scenario.threshold_factor).left_at_least(scenario.left_at_least_ma)
    return replace(someone, subject=subject, leads=leads, habits=habits)


def faults_with(scenario: Scenario, someone: Person) -> str:
    """The faults that a scenario brings, as a spec."""
    if not scenario.clamps_below_left:
        return scenario.faults
    clamp_ua = min(CLAMP_UA, int(10 * scenario.clamps_below_left * someone.subject.motor_ma[0]) * 100)
    return ",".join(spec for spec in (scenario.faults, f"clamp={clamp_ua}") if spec)


def visit(
    scenario: Scenario,
    seed: int,
    serial: str,
    now_unix_ms: int,
    *,
    patient: str = "",
    months: int | None = None,
    saved: Saved | None = None,
) -> Visit:
    """Who comes, and what their device has been through. `saved`: the device is an old acquaintance, and only the patient is made: as old
    as when it was switched off, whatever the calendar shows now."""
    someone = cast(scenario, seed, patient)
    if saved is not None:
        return Visit(Patient(someone, saved.lived_ms / 86_400_000, saved.visits), None, now_unix_ms - saved.lived_ms)
    days = days_of(scenario.months if months is None else months)
    body = Patient(someone, days)
    if days == 0 and scenario.stored is Stored.NONE:
        return Visit(body, None, now_unix_ms)
    foreign = scenario.stored is Stored.FOREIGN
    # what is broken now was whole then: the past has healthy readings to compare with
    before = replace(someone, leads=replace(someone.leads, open_contacts=(), loose_contacts=(), short_pairs=(), wet_sides=()))
    program = FOREIGN if foreign else usual_program(someone.subject)
    return Visit(body, lived(before, serial, program, now_unix_ms, days, foreign), now_unix_ms - days * 86_400_000)
