"""A person from a file, TOML or JSON: cohort and subject, and any number overridden. Every key is known or refused; so is every value.

Sections: [person], [nerve], [electrodes], [home]; docs/emulator.md shows one in full. Reads one file, changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from device_emulator.tissue.electrodes import CASE
from device_emulator.tissue.habits import STARTS, Habits
from device_emulator.tissue.leads import Leads, with_area, with_ohms
from device_emulator.tissue.person import Person
from device_emulator.tissue.person import person as person_of
from device_emulator.tissue.subjects import COHORTS, PERCEPTION_BELOW, Subject

_MAX_FILE = 16 * 1024
_MAX_DOTS = 40
"""In one line: a key of thousands of dotted parts costs the TOML reader seconds and gigabytes (CPython gh-149231)."""
_LONGEST_SAID = 300
_SIDES = {"left": 0, "right": 1}

NERVE = {
    "motor_left_ma": (0.05, 50.0),
    "motor_right_ma": (0.05, 50.0),
    "sigma": (0.005, 1.0),
    "miss_rate": (0.0, 0.5),
    "false_alarm_rate": (0.0, 0.5),
    "discomfort_ratio": (0.1, 10.0),
    "perception_ratio": (0.1, 1.0),
    "fatigue_per_burst": (0.0, 0.2),
    "chronaxie_us": (10.0, 1_000.0),
    "wander": (0.0, 1.0),
}
"""Least and greatest value of each number; beyond them the model means nothing."""
HOME = {
    "start_share": (0.02, 0.98),
    "floor_share": (0.02, 0.98),
    "fall_months": (0.1, 600.0),
    "spread": (0.0, 3.0),
    "still_using_at_24": (0.01, 1.0),
    "complete_share": (0.0, 1.0),
}
ELECTRODES = (
    "contact_area_cm2",
    "access_ohm",
    "capsule_ohm",
    "open_contacts",
    "loose_contacts",
    "short_pairs",
    "wet_sides",
    "shift_left_mm",
    "shift_right_mm",
)
_OHM = (1.0, 1e6)
_AREA_CM2 = (0.001, 1.0)
_SHIFT_MM = (-60.0, 60.0)


def read_person(path: Path, cohort: str = "A", index: int = 0) -> Person:
    """The person a file describes; `cohort` and `index` where it does not say. ValueError as `patient_text`."""
    return person_from(json.loads(patient_text(path)), cohort, index)


def patient_text(path: Path) -> str:
    """What a file says, as JSON with sorted keys: remarks and order do not count. ValueError with a sentence when it cannot be read or says
    something unknown."""
    import tomllib  # two milliseconds that a start without a file does not need

    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
    except OSError as error:
        raise ValueError(f"The patient file {path} cannot be read: {error.strerror}.") from error
    try:
        if len(data) > _MAX_FILE:
            raise ValueError("it is far too long")
        text = data.decode("utf-8")
        if any(line.count(".") > _MAX_DOTS for line in text.split("\n")):
            raise ValueError("a line has more dots than any number or name needs")
        document = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        person_from(document)
        return json.dumps(document, sort_keys=True)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The patient file {path} is not understood: {str(error)[:_LONGEST_SAID]}.") from error


def person_from(document: Any, cohort: str = "A", index: int = 0) -> Person:
    """The person of a parsed document; ValueError without a full stop."""
    sections = _table(document, "the file", ("person", "nerve", "electrodes", "home"))
    who = _table(sections.get("person", {}), "[person]", ("cohort", "subject"))
    group: Any = who.get("cohort", cohort)
    number: Any = who.get("subject", index)
    if group not in COHORTS:
        raise ValueError(f"cohort is one of {', '.join(COHORTS)}, not {group!r}")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**32:
        raise ValueError(f"subject is a whole number from 0 to {2**32 - 1}, not {number!r}")
    plain = person_of(number, group)
    return replace(
        plain,
        subject=_subject(plain.subject, sections.get("nerve", {})),
        leads=_leads(plain.leads, sections.get("electrodes", {})),
        habits=_habits(plain.habits, sections.get("home", {})),
    )


def _subject(subject: Subject, section: Any) -> Subject:
    values = _numbers(_table(section, "[nerve]", tuple(NERVE)), NERVE)
    left_ma, right_ma = subject.motor_ma
    motor_ma = (values.pop("motor_left_ma", left_ma), values.pop("motor_right_ma", right_ma))
    changed = replace(subject, motor_ma=motor_ma, **values)
    if changed.perception_ratio < changed.discomfort_ratio:
        return changed
    if "perception_ratio" in values:
        raise ValueError(
            f"perception_ratio {changed.perception_ratio:g} must be below discomfort_ratio {changed.discomfort_ratio:g}: what hurts is felt"
        )
    return replace(changed, perception_ratio=PERCEPTION_BELOW * changed.discomfort_ratio)


def _habits(habits: Habits, section: Any) -> Habits:
    table = dict(_table(section, "[home]", ("starts", *HOME)))
    starts = table.pop("starts", habits.starts)
    if starts not in STARTS:
        raise ValueError(f"starts is {' or '.join(STARTS)}, not {starts!r}")
    return replace(habits, starts=starts, **_numbers(table, HOME))


def _leads(leads: Leads, section: Any) -> Leads:
    table = _table(section, "[electrodes]", ELECTRODES)
    if "contact_area_cm2" in table:
        leads = with_area(leads, _number("contact_area_cm2", table["contact_area_cm2"], _AREA_CM2))
    leads = with_ohms(leads, _ohms(table, "access_ohm"), _ohms(table, "capsule_ohm"))
    pairs = [_pair(pair) for pair in _list(table, "short_pairs", lambda value: value)]
    shift_mm = tuple(_number(key, table.get(key, 0.0), _SHIFT_MM) for key in ("shift_left_mm", "shift_right_mm"))
    return replace(
        leads,
        open_contacts=tuple(_list(table, "open_contacts", _contact)),
        loose_contacts=tuple(_list(table, "loose_contacts", _contact)),
        wet_sides=tuple(_list(table, "wet_sides", _side)),
        short_pairs=tuple(pairs),
        shift_mm=(shift_mm[0], shift_mm[1]),
    )


def _table(value: Any, where: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be a table, not {value!r}")
    for key in value:
        if key not in known:
            raise ValueError(f"{where} knows no {key!r}; known are {', '.join(known)}")
    return value


def _numbers(table: dict[str, Any], bounds: dict[str, tuple[float, float]]) -> dict[str, float]:
    return {key: _number(key, value, bounds[key]) for key, value in table.items()}


def _number(key: str, value: Any, bounds: tuple[float, float]) -> float:
    low, high = bounds
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"{key} must be a number from {low:g} to {high:g}, not {value!r}")
    return float(value)


def _list(table: dict[str, Any], key: str, read: Callable[[Any], Any]) -> list[Any]:
    values = table.get(key, [])
    if not isinstance(values, list):
        raise ValueError(f"{key} must be a list, not {values!r}")
    return [read(value) for value in values]


def _ohms(table: dict[str, Any], key: str) -> list[float]:
    values = _list(table, key, lambda value: _number(key, value, _OHM))
    if values and len(values) != CASE:
        raise ValueError(f"{key} lists the eight contacts L0-L3, R0-R3; here are {len(values)} numbers")
    return values


def _pair(value: Any) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2 or value[0] == value[1]:
        raise ValueError(f"short_pairs lists pairs of different contacts such as ['R1', 'R2'], not {value!r}")
    return _contact(value[0]), _contact(value[1])


def _contact(value: Any) -> int:
    names = [*(f"L{at}" for at in range(4)), *(f"R{at}" for at in range(4))]
    if value not in names:
        raise ValueError(f"a contact is one of {', '.join(names)}, not {value!r}")
    return names.index(value)


def _side(value: Any) -> int:
    if not isinstance(value, str) or value not in _SIDES:
        raise ValueError(f"a side is left or right, not {value!r}")
    return _SIDES[value]
