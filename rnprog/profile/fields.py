"""The layout of a profile: which entries hold numbers, which entries need a source, and what people call them.

Ranges and steps are those of `rnprog.therapy.parameters`; nothing is declared twice. It must not know TOML or pydantic.
"""

from __future__ import annotations

from dataclasses import replace

from rnprog.profile import percutaneous as pns
from rnprog.profile.findings import KeyPath, shown
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE, Parameter
from rnprog.therapy.program import COMMON_PARAMETERS, ELECTRODES_KEY, SIDE_PARAMETERS

PROGRAM = "program"
MAX_AMPLITUDE = replace(AMPLITUDE, key="max_amplitude_ma", label="Patient maximum")
THRESHOLDS_KEY = "thresholds_ma"
THRESHOLDS: tuple[Parameter, ...] = tuple(
    replace(AMPLITUDE, key=key, label=label)
    for key, label in (("perception", "Perception threshold"), ("motor", "Motor threshold"), ("discomfort", "Discomfort threshold"))
)
"""Amplitudes found in an appointment, which were all set-points, so they lie on the amplitude grid."""

AREA: KeyPath = ("target", "contact_area_cm2")
CLASS: KeyPath = ("profile", "class")
STATE: KeyPath = ("profile", "state")
VALIDATION = "validation"
MODE: KeyPath = ("provenance", "mode")
"""What the values come from, as a record says it; only in a profile that rnprog made of a record or of what a device holds."""
FROM_DEVICE, FROM_EMULATOR = "device", "emulator"
ORIGIN = "origin"
"""Of which implant's slot it is a reading, and in what state that was then; only in a profile that was read from a device."""
IMPLANTED, PERCUTANEOUS = "implanted", "percutaneous"
"""The classes of profiles: a program of an implant, or a treatment of some weeks with leads through the skin."""
DRAFT, VALIDATED = "draft", "validated"

KEYS: dict[KeyPath, tuple[str, ...]] = {
    (): ("schema", "profile", "target", ORIGIN, "patient", PROGRAM, "left", "right", pns.TABLE, "provenance", VALIDATION),
    ("profile",): ("name", "title", "class", "notes", "state"),
    ("target",): ("device_model", "lead_model", "contact_area_cm2", "serial"),
    (ORIGIN,): ("serial", "slot", "active", "revision", "checksum", "on"),
    ("patient",): ("code",),
    (PROGRAM,): tuple(parameter.key for parameter in COMMON_PARAMETERS),
    (pns.TABLE,): (*(parameter.key for parameter in pns.COMMON), *Side),
    ("provenance",): ("author", "created", "record", "mode", "sources"),
    ("provenance", "sources"): ("contact_area_cm2", *(parameter.key for parameter in COMMON_PARAMETERS), *Side, pns.TABLE),
    ("provenance", "sources", pns.TABLE): (*(parameter.key for parameter in pns.COMMON), *Side),
    (VALIDATION,): ("by", "on", "limits", "limits_digest", "digest"),
}
"""What each table may hold: an allow-list. Identity, calibration and safety ceilings of a device are never among it."""

OPTIONAL: frozenset[KeyPath] = frozenset(
    {
        ("profile", "notes"),
        AREA,
        ("target", "serial"),
        (ORIGIN,),
        (ORIGIN, "serial"),
        ("patient",),
        (PROGRAM,),
        ("left",),
        ("right",),
        (pns.TABLE,),
        (pns.TABLE, "left"),
        (pns.TABLE, "right"),
        ("provenance", "record"),
        MODE,
        (VALIDATION,),
        *((side.value, THRESHOLDS_KEY) for side in Side),
        *((side.value, THRESHOLDS_KEY, parameter.key) for side in Side for parameter in THRESHOLDS),
    }
)
"""What may be left out; which of these a class of profiles needs is said in `schema`. No source is optional for an entry that is there."""

_SIDE_KEYS = (ELECTRODES_KEY, *(parameter.key for parameter in SIDE_PARAMETERS), MAX_AMPLITUDE.key, THRESHOLDS_KEY)
for _side in Side:
    KEYS[(_side.value,)] = KEYS["provenance", "sources", _side.value] = _SIDE_KEYS
    KEYS[_side.value, THRESHOLDS_KEY] = tuple(parameter.key for parameter in THRESHOLDS)
    KEYS[pns.TABLE, _side.value] = KEYS["provenance", "sources", pns.TABLE, _side.value] = tuple(each.key for each in pns.OF_SIDE)

NUMBERS: dict[KeyPath, Parameter] = {
    **{(PROGRAM, parameter.key): parameter for parameter in COMMON_PARAMETERS},
    **{(side.value, parameter.key): parameter for side in Side for parameter in (*SIDE_PARAMETERS, MAX_AMPLITUDE)},
    **{(side.value, THRESHOLDS_KEY, parameter.key): parameter for side in Side for parameter in THRESHOLDS},
    **{(pns.TABLE, parameter.key): parameter for parameter in pns.COMMON},
    **{(pns.TABLE, side.value, parameter.key): parameter for side in Side for parameter in pns.OF_SIDE},
}
"""Every entry that is a dose or a time, in the order of the file."""

SOURCED: dict[KeyPath, KeyPath] = {
    AREA: ("contact_area_cm2",),
    **{(PROGRAM, parameter.key): (parameter.key,) for parameter in COMMON_PARAMETERS},
    **{(side.value, key): (side.value, key) for side in Side for key in _SIDE_KEYS},
    **{path: path for path in NUMBERS if path[0] == pns.TABLE},
}
"""Every clinical entry, and where its source stands below [provenance.sources]."""

_OTHER_LABELS = {(ELECTRODES_KEY,): "Electrodes", (THRESHOLDS_KEY,): "Thresholds", AREA[-1:]: "Contact area"}


def label_of(path: KeyPath) -> str:
    """What a sentence calls the entry: "Left amplitude", "Rate", or the dotted key."""
    parameter = NUMBERS.get(path)
    label = _OTHER_LABELS.get(path[-1:]) if parameter is None else parameter.label
    if label is None or path not in {*NUMBERS, *SOURCED}:
        return shown(".".join(path))
    return side_label(label, path[-2] if path[0] == pns.TABLE else path[0])


def side_label(label: str, table: str) -> str:
    """ "Amplitude" in the table "left" is "Left amplitude"."""
    return f"{Side(table).label} {label.lower()}" if table in tuple(Side) else label


def lookup(tables: object, path: KeyPath) -> object:
    """The value at `path`; `None` if it is not there (TOML has no null)."""
    for key in path:
        if not isinstance(tables, dict):
            return None
        tables = tables.get(key)
    return tables
