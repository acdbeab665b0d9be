"""Named situations: what is different about a device or the person it is in. Tables; they change nothing by themselves."""

from __future__ import annotations

from device_emulator.scenarios.hardware import HARDWARE
from device_emulator.scenarios.model import Lesson, Line, Scenario, Stored
from device_emulator.scenarios.people import PEOPLE
from device_emulator.scenarios.technical import TECHNICAL

__all__ = ["ALIASES", "SCENARIOS", "Lesson", "Line", "Scenario", "Stored", "also_called", "explain", "scenario_named"]

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
        known = ", ".join(other_names(known) for known in SCENARIOS)
        raise ValueError(f"There is no scenario {name!r}. Known are {known}.") from None


def other_names(name: str) -> str:
    """A scenario's name, with what else it is called in brackets."""
    also = also_called(name)
    return f"{name} (or {', '.join(also)})" if also else name


def also_called(name: str) -> list[str]:
    """Other names of a scenario."""
    return [alias for alias, meant in ALIASES.items() if meant == name]


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
        if scenario.event:
            parts.append(
                f"Try it between two visits of one person: open --port emu://NAME first, then --port "
                f"'emu://NAME?scenario={scenario.name}&later=6mo'"
            )
        parts.append(CAVEAT)
    return "\n\n".join(parts) + "\n"
