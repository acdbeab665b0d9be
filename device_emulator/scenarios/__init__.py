"""Named situations: what is different about a device or the person it is in. Tables; they change nothing by themselves."""

from __future__ import annotations

from device_emulator.scenarios.hardware import HARDWARE
from device_emulator.scenarios.model import Lesson, Line, Scenario, Stored
from device_emulator.scenarios.people import PEOPLE
from device_emulator.scenarios.technical import TECHNICAL

__all__ = ["ALIASES", "SCENARIOS", "Lesson", "Line", "Scenario", "Stored", "explain", "scenario_named"]

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in (*HARDWARE, *PEOPLE, *TECHNICAL)}
ALIASES = {
    "healthy-activation": "healthy",
    "one-open-contact": "left-open",
    "short": "right-short",
    "fluid-in-connector": "connector-fluid",
    "out-of-reach": "high-threshold",
    "low-discomfort": "anxious-patient",
    "stale-program": "foreign-program",
    "clamping-device": "device-clamps",
}

CAVEAT = (
    "EMULATOR. The advice is a synthesis from sacral, DBS and spinal-cord devices, not published for the multifidus; "
    "a clinician has to sign it off."
)


def scenario_named(name: str) -> Scenario:
    """The scenario of a name or another name for it; ValueError that lists the known ones."""
    try:
        return SCENARIOS[ALIASES.get(name, name)]
    except KeyError:
        raise ValueError(f"There is no scenario {name!r}. Known are {', '.join(SCENARIOS)}.") from None


def explain(name: str) -> str:
    """The text of a scenario, ready to print. ValueError for an unknown one."""
    scenario = scenario_named(name)
    parts = [f"{scenario.name}: {scenario.summary}."]
    if scenario.lesson is None:
        parts.append("A technical scenario, for tests of the programmer.")
    else:
        parts.append(f"What you see. {scenario.lesson.sees}")
        parts.append(f"What is right to do. {scenario.lesson.do}")
        parts.append(f"How the tool should help. {scenario.lesson.tool}")
        parts.append(f"Try it: rnprog session --port 'emu://?scenario={scenario.name}' --observer simulated")
        parts.append(CAVEAT)
    return "\n\n".join(parts) + "\n"
