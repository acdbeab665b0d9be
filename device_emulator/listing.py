"""What `rnprog-emulator --list` and `--explain` print, for people (as wide as the terminal) or as JSON. Words only."""

from __future__ import annotations

import json
import shutil
import textwrap
from dataclasses import asdict

from device_emulator.catalogue import rows
from device_emulator.faults import FAULTS
from device_emulator.scenarios import SCENARIOS, Scenario, also_called, explain

WIDEST = 120
_KINDS = (("training", "scenarios to learn from (--explain NAME)"), ("technical", "scenarios for tests of the programmer"))


def list_text() -> str:
    """All scenarios and faults, a line break at the end."""
    widest = max(map(len, SCENARIOS))
    lines = []
    for kind, title in _KINDS:
        lines.append(title)
        for scenario in SCENARIOS.values():
            if _kind(scenario) == kind:
                also = also_called(scenario.name)
                lines += _hanging(f"  {scenario.name:{widest}}  ", scenario.summary + (f" (also {', '.join(also)})" if also else ""))
    lines.append("faults: how it is written, what it does, (its id in the catalogue)")
    for fault in FAULTS.values():
        told = f"{fault.summary} ({fault.ids.replace(' ', ', ')})"
        lines += [f"  {fault.example}", *_hanging("      ", told)]
        if fault.limit:
            lines += _hanging("      but ", fault.limit)
    return "\n".join(lines) + "\n"


def list_json() -> str:
    """The same and the fault catalogue, for programs."""
    scenarios = [
        {"name": one.name, "also": also_called(one.name), "summary": one.summary, "kind": _kind(one), "day": one.day, "event": one.event}
        for one in SCENARIOS.values()
    ]
    faults = [
        {"name": kind.name, "id": kind.ids.replace(" ", ", "), "summary": kind.summary, "example": kind.example, "limit": kind.limit}
        for kind in FAULTS.values()
    ]
    return json.dumps({"schema": "rnprog-emulator.list/1", "scenarios": scenarios, "faults": faults, "catalogue": rows()}, indent=2) + "\n"


def explain_text(scenario: Scenario) -> str:
    """What a scenario teaches. What is to be copied stays in one line."""
    return "\n".join(line for part in explain(scenario.name).split("\n") for line in _paragraph(part)) + "\n"


def explain_json(scenario: Scenario) -> str:
    """The same for programs; `lesson` null: a technical scenario."""
    lesson = None if scenario.lesson is None else asdict(scenario.lesson)
    told = {
        "name": scenario.name,
        "also": also_called(scenario.name),
        "summary": scenario.summary,
        "kind": _kind(scenario),
        "day": scenario.day,
    }
    return json.dumps({"schema": "rnprog-emulator.explain/1", **told, "lesson": lesson, "text": explain(scenario.name)}, indent=2) + "\n"


def _kind(scenario: Scenario) -> str:
    return "technical" if scenario.lesson is None else "training"


def _columns() -> int:
    return max(40, min(WIDEST, shutil.get_terminal_size().columns))


def _hanging(first: str, text: str) -> list[str]:
    return textwrap.wrap(text, _columns(), initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False)


def _paragraph(text: str) -> list[str]:
    if not text or text.startswith("Try it"):
        return [text]
    return textwrap.wrap(text, _columns(), break_on_hyphens=False)
