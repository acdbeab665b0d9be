"""The limits of a device as JSON: the key "capabilities" of `rnprog status --json`, written and read back (`profile verify --limits`).

Every decimal is a string, every unit stands in its key, a range is {"minimum", "maximum", "step"}. Exact in both directions, strict on the
way in: nothing is assumed, and a key that is not known is refused. It must not know any device.
"""

from __future__ import annotations

import dataclasses
import json
import os
import stat
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, cast

from rnprog.profile.findings import shown, shown_path
from rnprog.therapy.capabilities import Capabilities, CapabilitiesError
from rnprog.therapy.contacts import Side
from rnprog.therapy.grid import Range, RangeError
from rnprog.therapy.units import UnitError, parse_number, plain

STATUS_SCHEMA = "rnprog.status/1"
KEY = "capabilities"
LARGEST_BYTES = 1024 * 1024

_RANGE_KEYS = ("minimum", "maximum", "step")
_RANGES = ("amplitude_ma", "pulse_width_us", "rate_hz", "ramp_s", "on_s", "off_s", "session_min", "sessions_per_day")
_DECIMALS = (
    "step_limit_ma",
    "contact_area_cm2",
    "case_area_cm2",
    "compliance_v",
    "charge_density_limit_uc_cm2",
    "run_on_bound_s",
    "impedance_test_ma",
    "impedance_test_us",
)
_INTEGERS = ("contacts_per_lead", "interphase_gap_us", "slots", "impedance_min_ohm", "impedance_max_ohm", "contacts_per_pole")
_FLAGS = ("has_impedance", "has_live_amplitude", "has_program_store", "ends_bursts", "tells_output")


class LimitsError(ValueError):
    """Limits that cannot be read. `reason` is a sentence for the clinician; `missing` says that there is no such file."""

    def __init__(self, reason: str, *, missing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.missing = missing


def capabilities_as_dict(capabilities: Capabilities) -> dict[str, object]:
    """The JSON form, with the keys in the order of `Capabilities`."""
    return {field.name: _as_json(getattr(capabilities, field.name)) for field in dataclasses.fields(capabilities)}


def capabilities_from_dict(written: object) -> Capabilities:
    """The inverse of `capabilities_as_dict`. Raises `LimitsError` naming the key."""
    if not isinstance(written, Mapping):
        raise LimitsError(f'There are no limits here: the key "{KEY}" is missing. Write them with rnprog status --json.')
    names = [field.name for field in dataclasses.fields(Capabilities)]
    for name in names:
        if name not in written:
            raise LimitsError(f"{KEY}.{name} is missing. Write the limits again with rnprog status --json.")
    for name in written:
        if name not in names:
            raise LimitsError(f"{KEY}.{shown(name)} is not known to this rnprog. Write the limits with the same version.")
    values: dict[str, Any] = {name: _from_json(name, written[name]) for name in names}
    try:
        return Capabilities(**values)
    except CapabilitiesError as error:
        raise LimitsError(error.reason) from error


def capabilities_from_status(status: object) -> Capabilities:
    """The limits in the output of `rnprog status --json`. Raises `LimitsError`."""
    if not isinstance(status, Mapping):
        raise LimitsError("These are not limits. Write them with rnprog status --json.")
    schema = status.get("schema")
    if schema != STATUS_SCHEMA:
        raise LimitsError(f'The limits must be of the kind "{STATUS_SCHEMA}", not {shown(schema)}. Write them with rnprog status --json.')
    return capabilities_from_dict(status.get(KEY))


def capabilities_from_file(path: Path) -> Capabilities:
    """The same from a file. Raises `LimitsError`, whatever the file holds."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise LimitsError(f"{shown_path(path)} is not an ordinary file. Name the output of rnprog status --json.", missing=True)
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, LimitsError):
            raise
        raise LimitsError(f"The limits {shown_path(path)} cannot be read. Check the name and its permissions.", missing=True) from error
    if len(content) > LARGEST_BYTES:
        raise LimitsError(f"{shown_path(path)} is too large to be limits. Name the output of rnprog status --json.")
    try:
        status = json.loads(content.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once)
    except LimitsError:
        raise
    except (ValueError, RecursionError) as error:
        raise LimitsError(f"{shown_path(path)} is not JSON. Name the output of rnprog status --json.") from error
    return capabilities_from_status(status)


def _as_json(value: object) -> object:
    if isinstance(value, Range):
        return {key: plain(getattr(value, key)) for key in _RANGE_KEYS}
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, tuple):
        return [str(part) for part in value]
    return value


def _from_json(name: str, value: object) -> object:
    if name in _RANGES:
        return _range(name, value)
    if name in _DECIMALS:
        return _decimal(name, value)
    if name == "lease_s":
        return None if value is None else _decimal(name, value)
    if name == "leads":
        return _leads(value)
    if name in _INTEGERS and isinstance(value, int) and not isinstance(value, bool):
        return value
    if name in _FLAGS and isinstance(value, bool):
        return value
    if name == "model" and isinstance(value, str) and value:
        return value
    raise _wrong(name)


def _range(name: str, value: object) -> Range:
    if not isinstance(value, Mapping) or set(value) != set(_RANGE_KEYS):
        raise _wrong(name)
    try:
        return Range(*(_decimal(f"{name}.{key}", value[key]) for key in _RANGE_KEYS))
    except RangeError as error:
        raise LimitsError(f"{KEY}.{name}: {error.reason}") from error


def _decimal(name: str, value: object) -> Decimal:
    try:
        return parse_number(value)
    except UnitError as error:
        raise _wrong(name) from error


def _leads(value: object) -> tuple[Side, ...]:
    if not isinstance(value, list) or any(part not in tuple(Side) for part in value):
        raise _wrong("leads")
    return tuple(Side(part) for part in cast("list[str]", value))


def _wrong(name: str) -> LimitsError:
    return LimitsError(f"{KEY}.{name} cannot be read. Write the limits again with rnprog status --json.")


def _refuse(constant: str) -> NoReturn:
    raise LimitsError(f"{constant} is not a limit. Write the limits again with rnprog status --json.")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise LimitsError(f"{shown(name)} stands twice in one table. Write the limits again with rnprog status --json.")
        found[name] = value
    return found
