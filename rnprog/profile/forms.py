"""The form of each entry of the profile format: strict, and each with a sentence for what is wrong. Judges no dose, knows no pydantic."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial

from rnprog.profile.fields import (
    AREA,
    CLASS,
    DRAFT,
    FROM_DEVICE,
    FROM_EMULATOR,
    IMPLANTED,
    KEYS,
    MODE,
    ORIGIN,
    PERCUTANEOUS,
    STATE,
    VALIDATED,
    VALIDATION,
)
from rnprog.profile.findings import KeyPath
from rnprog.profile.names import code_problem, name_problem
from rnprog.profile.numbers import OddNumber, area_cm2, kind_of, number_of
from rnprog.profile.unseen import UNSEEN
from rnprog.therapy.contacts import Electrodes, ElectrodesError, Side
from rnprog.therapy.program import ELECTRODES_KEY
from rnprog.therapy.units import UnitError


class Fault(ValueError):
    """What a validator of an entry found: the rule, and a sentence to follow the name of the entry."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule
        self.reason = reason


def dose(value: object) -> Decimal:
    number = number_of(value)
    if isinstance(value, str):
        raise Fault("RN203", "write the number alone, without quotes and without a unit: the key names the unit.")
    if number is None:
        raise Fault("RN203", f"write a number here, not {kind_of(value)}.")
    if isinstance(number, OddNumber):
        raise Fault("RN204", number.reason)
    return number


def text(longest: int, lines: bool, value: object) -> str:
    if not isinstance(value, str):
        raise Fault("RN203", f"write a text in quotes here, not {kind_of(value)}.")
    if not (lines or value.strip()):
        raise Fault("RN207", "this text is empty. Write it, or remove the entry if it may be left out.")
    if len(value) > longest:
        raise Fault("RN207", f"this text has more than {longest} characters. Shorten it.")
    if not (value.replace("\n", "") if lines else value).isprintable() or UNSEEN.search(value):
        raise Fault("RN207", "this text has control or invisible characters. Remove them.")
    return value


def _checked(rule: str, problem: Callable[[str], str | None], value: object) -> str:
    written = text(100, False, value)
    reason = problem(written)
    if reason is not None:
        raise Fault(rule, reason)
    return written


def area(value: object) -> Decimal:
    if not isinstance(value, str):
        raise Fault("RN203", f'write the area in quotes, for example "0.1225", not {kind_of(value)}.')
    try:
        return area_cm2(value)
    except UnitError as error:
        raise Fault("RN210", error.reason) from error


def electrodes(side: Side, value: object) -> str:
    """The canonical form of a usable set."""
    written = text(100, False, value)
    try:
        return str(Electrodes.parse(written, side))
    except ElectrodesError as error:
        raise Fault("RN402", error.reason) from error


def whole(highest: int, value: object) -> int:
    """A whole number that is no dose: a slot, a revision. `true` is none, and neither is 3.0."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | OddNumber):
        raise Fault("RN203", f"write a whole number here, not {kind_of(value)}.")
    if not isinstance(value, int) or not 0 <= value <= highest:
        raise Fault("RN213", f"write a whole number from 0 to {highest}, as the device tells it.")
    return value


def truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise Fault("RN203", f"write true or false here, without quotes, not {kind_of(value)}.")
    return value


def _serial_problem(written: str) -> str | None:
    if SERIAL.fullmatch(written):
        return None
    return "this is no serial number: letters, digits, hyphen, dot and underscore, at most 32. Copy it from `rnprog status`."


def _checksum_problem(written: str) -> str | None:
    if CHECKSUM.fullmatch(written):
        return None
    return 'a checksum has 8 characters, each 0 to 9 or a to f, as in "0a1b2c3d". `rnprog program show` tells it.'


def _date_problem(written: str) -> str | None:
    try:
        real = date.fromisoformat(written).isoformat() == written
    except ValueError:
        real = False
    return None if real else "Write the date as year-month-day, for example 2026-01-31."


def _state_problem(written: str) -> str | None:
    if written in (DRAFT, VALIDATED):
        return None
    return 'A profile is a draft or validated. Write state = "draft"; rnprog profile validate signs it off.'


def _class_problem(written: str) -> str | None:
    if written in (IMPLANTED, PERCUTANEOUS):
        return None
    return f'rnprog knows two classes of profiles. Write class = "{IMPLANTED}" or class = "{PERCUTANEOUS}".'


def _mode_problem(written: str) -> str | None:
    if written in (FROM_DEVICE, FROM_EMULATOR):
        return None
    return f'Values come from a device or from an emulator. Write mode = "{FROM_DEVICE}" or mode = "{FROM_EMULATOR}".'


def _digest_problem(written: str) -> str | None:
    if len(written) == 64 and not written.strip("0123456789abcdef"):
        return None
    return "This is not a digest of 64 characters. Validate the profile again: rnprog profile validate."


HIGHEST_SLOT, HIGHEST_REVISION = 0xFF, 0xFFFF_FFFF
"""What the protocols have room for."""
SERIAL = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
CHECKSUM = re.compile("[0-9a-f]{8}")

one_line = partial(text, 100, False)
source = partial(text, 300, True)
notes = partial(text, 2000, True)
name = partial(_checked, "RN208", name_problem)
code = partial(_checked, "RN208", code_problem)
real_date = partial(_checked, "RN209", _date_problem)
state = partial(_checked, "RN211", _state_problem)
kind = partial(_checked, "RN212", _class_problem)
mode = partial(_checked, "RN214", _mode_problem)
digest = partial(_checked, "RN207", _digest_problem)
serial = partial(_checked, "RN213", _serial_problem)
checksum = partial(_checked, "RN213", _checksum_problem)
slot = partial(whole, HIGHEST_SLOT)
revision = partial(whole, HIGHEST_REVISION)
left_electrodes = partial(electrodes, Side.LEFT)
right_electrodes = partial(electrodes, Side.RIGHT)

_SOURCES: KeyPath = ("provenance", "sources")
TEXTS: dict[KeyPath, Callable[[object], object]] = {
    ("profile", "name"): name,
    ("profile", "title"): one_line,
    CLASS: kind,
    ("profile", "notes"): notes,
    STATE: state,
    ("target", "device_model"): one_line,
    ("target", "lead_model"): one_line,
    AREA: area,
    ("target", "serial"): one_line,
    (ORIGIN, "serial"): serial,
    (ORIGIN, "checksum"): checksum,
    (ORIGIN, "on"): real_date,
    ("patient", "code"): code,
    ("left", ELECTRODES_KEY): left_electrodes,
    ("right", ELECTRODES_KEY): right_electrodes,
    ("provenance", "author"): one_line,
    ("provenance", "created"): real_date,
    ("provenance", "record"): one_line,
    MODE: mode,
    (VALIDATION, "by"): one_line,
    (VALIDATION, "on"): real_date,
    (VALIDATION, "limits"): one_line,
    (VALIDATION, "limits_digest"): digest,
    (VALIDATION, "digest"): digest,
    **{(*table, key): source for table, keys in KEYS.items() if table[:2] == _SOURCES for key in keys if (*table, key) not in KEYS},
}
"""The form of every entry that is a text. Each raises `Fault` for what cannot stand there."""

OTHERS: dict[KeyPath, Callable[[object], object]] = {
    (ORIGIN, "slot"): slot,
    (ORIGIN, "active"): truth,
    (ORIGIN, "revision"): revision,
}
"""The form of every entry that is neither a text nor a dose."""
