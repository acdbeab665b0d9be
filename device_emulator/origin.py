"""Who a device and its person are: what a name keeps from one opening to the next, and what makes one device another. Knows no file.

To the person and the hardware belong scenario, seed, months and patient file; they are fixed when a device with a name is made. To the day
belong faults, clock and the scenarios that are the day's (`Scenario.day`): they are named each time.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from device_emulator.firmware.identity import serial_of
from device_emulator.scenarios import Scenario, scenario_named

USUAL = "healthy"
_SEEDS = 10_000_000
"""Seeds that a plain serial number can show."""
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"
_SIGNS = "0123456789" + _LETTERS
"""Crockford's base 32: nothing that is read as something else."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What was settled when a device was made."""

    scenario: str = USUAL
    seed: int = 0
    months: int = 0
    """Since activation, on that day."""
    patient: str = ""
    """What the patient file said, as JSON with sorted keys; empty: there was none."""
    befell: bool = False
    """It was made as usual; the scenario is what has happened to it since."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody names on opening; `None` and empty: nothing."""

    scenario: str | None = None
    seed: int | None = None
    months: int | None = None
    patient: str = ""
    """As in Origin."""


def lasting(scenario: Scenario) -> str:
    """The scenario that is left when the day is over."""
    return USUAL if scenario.day else scenario.name


def begun(asked: Asked, *, named: bool) -> Origin:
    """A new device. Without a name it has no tomorrow, so that the day's scenario is the whole of it."""
    scenario = scenario_named(asked.scenario or USUAL)
    months = scenario.months if asked.months is None else asked.months
    return Origin(lasting(scenario) if named else scenario.name, asked.seed or 0, months, asked.patient)


def differences(made: Origin, asked: Asked) -> list[tuple[str, str]]:
    """What was asked for against what the device is: pairs of words, none when they agree."""
    found = []
    if asked.scenario is not None and lasting(scenario := scenario_named(asked.scenario)) != made.scenario:
        lived = f"scenario {USUAL}, and has since lived through {made.scenario}" if made.befell else f"scenario {made.scenario}"
        found.append((lived, f"scenario {scenario.name}"))
    if asked.seed is not None and asked.seed != made.seed:
        found.append((f"seed {made.seed}", f"seed {asked.seed}"))
    if asked.months is not None and asked.months != made.months:
        found.append((f"{made.months} months", f"{asked.months} months"))
    if asked.patient and asked.patient != made.patient:
        found.append((_file_words(made.patient), _file_words(asked.patient)))
    return found


def serial_for(origin: Origin, name: str = "") -> str:
    """The serial number of a new device: RN1-E and seven signs, digits for a plain healthy one without a name (its seed), a letter first
    for any other. The name counts too: two names are two devices, whoever they are in."""
    who = {key: value for key, value in asdict(origin).items() if key != "befell"}
    if origin == Origin(seed=origin.seed) and origin.seed < _SEEDS and not name:
        return serial_of(origin.seed)
    told = json.dumps([name, who], sort_keys=True)
    number = int.from_bytes(hashlib.sha256(told.encode("ascii")).digest()[:8])
    number, first = divmod(number, len(_LETTERS))
    signs = [_LETTERS[first]]
    for _ in range(6):
        number, place = divmod(number, len(_SIGNS))
        signs.append(_SIGNS[place])
    return f"RN1-E{''.join(signs)}"


def _file_words(patient: str) -> str:
    return f"patient file of content {hashlib.sha256(patient.encode('ascii')).hexdigest()[:8]}" if patient else "no patient file"
