"""The profile format as JSON Schema (draft 2020-12), for completion and checks in editors. Made from the layout; nothing is declared twice.

It is looser than `profile verify`: steps are left out on purpose (many checkers compute them with binary fractions and call 0.3 no multiple
of 0.1), and so is all that needs more than one entry.
"""

from __future__ import annotations

import json
from pathlib import Path

from rnprog.profile.fields import (
    AREA,
    CLASS,
    DRAFT,
    FROM_DEVICE,
    FROM_EMULATOR,
    IMPLANTED,
    KEYS,
    MODE,
    NUMBERS,
    OPTIONAL,
    ORIGIN,
    PERCUTANEOUS,
    PROGRAM,
    STATE,
    VALIDATED,
    label_of,
)
from rnprog.profile.findings import KeyPath
from rnprog.profile.forms import CHECKSUM, HIGHEST_REVISION, HIGHEST_SLOT, OTHERS, SERIAL
from rnprog.profile.names import SCHEMA_NAME
from rnprog.profile.reading import SCHEMA

FILE = Path(__file__).with_name(SCHEMA_NAME)
"""The published copy, part of the wheel; a test keeps it equal."""

_SOURCES: KeyPath = ("provenance", "sources")
_NAME = "^[a-z0-9][a-z0-9_-]{0,63}$"
_ABOUT: dict[KeyPath, dict[str, object]] = {
    ("schema",): {"const": SCHEMA, "description": "The version of the profile format."},
    ("profile", "name"): {"pattern": _NAME, "description": "As the file is called: lower-case letters, digits, hyphen, underscore."},
    CLASS: {"enum": [IMPLANTED, PERCUTANEOUS], "description": "Implanted device, or leads through the skin for some weeks."},
    STATE: {"enum": [DRAFT, VALIDATED], "description": "rnprog profile validate signs a draft off; any change makes it a draft again."},
    ("profile", "notes"): {"maxLength": 2000},
    AREA: {"pattern": r"^(0|[1-9][0-9]*)(\.[0-9]+)?$", "description": 'Area of one contact in cm2, in quotes: "0.1225".'},
    (ORIGIN, "serial"): {"pattern": f"^{SERIAL.pattern}$", "description": "Of the device that it was read from."},
    (ORIGIN, "slot"): {"type": "integer", "minimum": 0, "maximum": HIGHEST_SLOT, "description": "The slot that it was read from."},
    (ORIGIN, "active"): {"type": "boolean", "description": "Whether the implant ran that slot then."},
    (ORIGIN, "revision"): {
        "type": "integer",
        "minimum": 0,
        "maximum": HIGHEST_REVISION,
        "description": "The slot's revision then; 0 where a device counts none. rnprog program rebase brings it up to date.",
    },
    (ORIGIN, "checksum"): {"pattern": f"^{CHECKSUM.pattern}$", "description": "Of what the slot held then."},
    (ORIGIN, "on"): {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "When it was read."},
    ("patient", "code"): {"pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$", "description": "A pseudonym, never a name."},
    ("provenance", "created"): {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    MODE: {"enum": [FROM_DEVICE, FROM_EMULATOR], "description": "What the values come from. Those of an emulator are never signed off."},
    ("provenance", "record"): {"description": "The session record that the profile was made from."},
    ("validation", "on"): {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    ("validation", "limits_digest"): {"pattern": "^[0-9a-f]{64}$"},
    ("validation", "digest"): {"pattern": "^[0-9a-f]{64}$"},
    ("left", "electrodes"): {"pattern": "^([+-](L[0-3]|case) *){2,}$", "description": "- cathode, + anode; contacts count from the tip."},
    ("right", "electrodes"): {"pattern": "^([+-](R[0-3]|case) *){2,}$", "description": "- cathode, + anode; contacts count from the tip."},
}


def schema() -> dict[str, object]:
    """The schema of a whole profile."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rnprog profile",
        "description": "Settings of a stimulation program and where they come from. Research software; not a clinical recommendation.",
        **_table(()),
        "allOf": [
            _for_class(IMPLANTED, (PROGRAM,), (PERCUTANEOUS,)),
            _for_class(PERCUTANEOUS, (PERCUTANEOUS,), (PROGRAM, "left", "right", ORIGIN)),
        ],
    }


def written() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), indent=2) + "\n"


def _table(path: KeyPath) -> dict[str, object]:
    sourced = path[:2] == _SOURCES
    required = [key for key in KEYS[path] if (*path, key) not in OPTIONAL and not sourced]
    found: dict[str, object] = {"type": "object", "additionalProperties": False}
    found["properties"] = {key: _entry((*path, key)) for key in KEYS[path]}
    return {**found, "required": required} if required else found


def _entry(path: KeyPath) -> dict[str, object]:
    if path in KEYS:
        return _table(path)
    if path in NUMBERS:
        parameter = NUMBERS[path]
        minimum, maximum = (json.loads(str(value)) for value in (parameter.minimum, parameter.maximum))
        about = f"{label_of(path)} in {parameter.unit}, in steps of {parameter.show(parameter.step)}. Range: {parameter.source}."
        return {"type": "number", "minimum": minimum, "maximum": maximum, "description": about}
    if path[:2] == _SOURCES:
        return {"type": "string", "minLength": 1, "maxLength": 300, "description": 'Where the value comes from, or "unverified".'}
    if path in OTHERS:
        return _ABOUT[path]
    return {"type": "string", "minLength": 1, "maxLength": 100, **_ABOUT.get(path, {})}


def _for_class(kind: str, needed: tuple[str, ...], foreign: tuple[str, ...]) -> dict[str, object]:
    of_this_class = {"properties": {"profile": {"properties": {"class": {"const": kind}}, "required": ["class"]}}, "required": ["profile"]}
    return {"if": of_this_class, "then": {"required": list(needed), "properties": dict.fromkeys(foreign, False)}}
