"""The time between two visits: the same person comes back, days or years later, perhaps after something has happened to the hardware.

A device that is off stands still: no time passes for it but what is asked for here.
"""

from __future__ import annotations

import re
from dataclasses import replace

from device_emulator.firmware.schedule import DAY_MS
from device_emulator.home_past import lived_on
from device_emulator.origin import USUAL
from device_emulator.people import cast
from device_emulator.saved import Saved
from device_emulator.scenarios import SCENARIOS, scenario_named
from device_emulator.tissue.patient import DAYS_PER_MONTH

_UNITS = {"d": 1.0, "wk": 7.0, "mo": DAYS_PER_MONTH, "y": 12 * DAYS_PER_MONTH}
DAYS_MAX = round(60 * DAYS_PER_MONTH)


def parse_later(text: str) -> int:
    """Whole days of a text such as `6mo`; ValueError otherwise."""
    found = re.fullmatch(r"([0-9]{1,4})(d|wk|mo|y)", text)
    days = round(int(found[1]) * _UNITS[found[2]]) if found else 0
    if not 1 <= days <= DAYS_MAX:
        raise ValueError(f"The time until the next visit is a whole number with d, wk, mo or y, such as 6mo, at most 5y; not {text!r}.")
    return days


def befalls(saved: Saved, scenario: str | None) -> str | None:
    """The event that a scenario is for this person; `None`: it is none, or has happened before."""
    event = scenario_named(scenario) if scenario is not None else None
    return event.name if event is not None and event.event and saved.origin.scenario == USUAL else None


def come_back(saved: Saved, days: int, scenario: str | None = None) -> Saved:
    """The device after `days` at home. An event happens at the end of them, and lasts; the serial number and the person stay."""
    origin = saved.origin
    past = lived_on(cast(SCENARIOS[origin.scenario], origin.seed, origin.patient), saved, days)
    if event := befalls(saved, scenario):
        origin = replace(origin, scenario=event, befell=True)
    return replace(
        saved,
        memory=past.memory,
        battery_fraction=past.battery_fraction,
        unix_ms=saved.unix_ms + days * DAY_MS,
        activated_unix_ms=saved.unix_ms - saved.lived_ms,
        origin=origin,
    )
