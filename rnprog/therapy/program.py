"""The program of an implant as a value: what it holds, its fingerprint, its written form and how two of them differ.

It must not know whether a program is safe (`envelope` does) nor how it travels. A program read from a device may lie
outside every limit and is still representable, as long as its numbers are ordinary decimals.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from rnprog.therapy.contacts import Electrodes, ElectrodesError, Side
from rnprog.therapy.parameters import (
    AMPLITUDE,
    OFF,
    ON,
    PULSE_WIDTH,
    RAMP_DOWN,
    RAMP_UP,
    RATE,
    SESSION_LENGTH,
    SESSIONS_PER_DAY,
    Parameter,
)
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds, UnitError, is_plain, parse_number

COMMON_PARAMETERS: tuple[Parameter, ...] = (
    RATE,
    RAMP_UP,
    RAMP_DOWN,
    ON,
    OFF,
    SESSION_LENGTH,
    SESSIONS_PER_DAY,
)
"""What both sides share. Each `key` is a field of `Program`."""

SIDE_PARAMETERS: tuple[Parameter, ...] = (AMPLITUDE, PULSE_WIDTH)
"""What each side has of its own. Each `key` is a field of `SideProgram`."""

ELECTRODES_KEY = "electrodes"
_OFF_TEXT = "not stimulated"


class ProgramError(ValueError):
    """A program that cannot be read. `key` names the entry ("left.amplitude_ma"), `reason` is a sentence."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SideProgram:
    """One side. `amplitude_ma` 0 means that nothing is delivered. Raises `ProgramError` for a non-number."""

    electrodes: Electrodes
    amplitude_ma: Milliamps
    pulse_width_us: Microseconds

    def __post_init__(self) -> None:
        _check_numbers((AMPLITUDE, self.amplitude_ma), (PULSE_WIDTH, self.pulse_width_us))

    def value(self, parameter: Parameter) -> Decimal:
        """The value of one of `SIDE_PARAMETERS`."""
        return {AMPLITUDE.key: self.amplitude_ma, PULSE_WIDTH.key: self.pulse_width_us}[parameter.key]


@dataclass(frozen=True, slots=True)
class Program:
    """Both sides and what they share. Raises `ProgramError` if a number is not an ordinary `Decimal`."""

    left: SideProgram | None
    """`None`: this side is not stimulated."""
    right: SideProgram | None
    """`None`: this side is not stimulated."""
    rate_hz: Hertz
    ramp_up_s: Seconds
    ramp_down_s: Seconds
    on_s: Seconds
    off_s: Seconds
    session_min: Minutes
    sessions_per_day: Decimal
    """0: the schedule starts no session."""

    def __post_init__(self) -> None:
        _check_numbers(*((parameter, self.value(parameter)) for parameter in COMMON_PARAMETERS))

    def side(self, side: Side) -> SideProgram | None:
        """The program of one side; `None` if that side is not stimulated."""
        return self.left if side is Side.LEFT else self.right

    def value(self, parameter: Parameter) -> Decimal:
        """The value of one of `COMMON_PARAMETERS`."""
        values: dict[str, Decimal] = {
            RATE.key: self.rate_hz,
            RAMP_UP.key: self.ramp_up_s,
            RAMP_DOWN.key: self.ramp_down_s,
            ON.key: self.on_s,
            OFF.key: self.off_s,
            SESSION_LENGTH.key: self.session_min,
            SESSIONS_PER_DAY.key: self.sessions_per_day,
        }
        return values[parameter.key]

    def as_dict(self) -> dict[str, object]:
        """A JSON-able form: unit in each key, every number a decimal string with the decimals of its step."""
        written: dict[str, object] = {side.value: _side_as_dict(self.side(side)) for side in Side}
        written.update((parameter.key, _canonical(parameter, self.value(parameter))) for parameter in COMMON_PARAMETERS)
        return written

    def digest(self) -> str:
        """SHA-256 (hex) of the canonical JSON of `as_dict`: equal programs have equal digests, "2.50" like "2.5"."""
        text = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry in which two programs differ, with both values as they are shown."""

    path: str
    label: str
    a_text: str
    b_text: str


def program_from_dict(written: Mapping[str, object]) -> Program:
    """The inverse of `Program.as_dict`. Strict: numbers are strings without a unit, every key is present, no other
    key is. Raises `ProgramError` naming the key. Ranges are not judged here.
    """
    expected = (*(side.value for side in Side), *(parameter.key for parameter in COMMON_PARAMETERS))
    _check_keys(written, expected, "")
    numbers = {parameter.key: _number(written, parameter, "") for parameter in COMMON_PARAMETERS}
    return Program(
        left=_side_from(written[Side.LEFT.value], Side.LEFT),
        right=_side_from(written[Side.RIGHT.value], Side.RIGHT),
        rate_hz=Hertz(numbers[RATE.key]),
        ramp_up_s=Seconds(numbers[RAMP_UP.key]),
        ramp_down_s=Seconds(numbers[RAMP_DOWN.key]),
        on_s=Seconds(numbers[ON.key]),
        off_s=Seconds(numbers[OFF.key]),
        session_min=Minutes(numbers[SESSION_LENGTH.key]),
        sessions_per_day=numbers[SESSIONS_PER_DAY.key],
    )


def differences(a: Program, b: Program) -> tuple[Difference, ...]:
    """What changes from `a` to `b`, in the order of the program. Empty exactly if they are equal."""
    rows = zip(_rows(a), _rows(b), strict=True)
    return tuple(Difference(path, label, text, other) for (path, label, text), (_, _, other) in rows if text != other)


def _rows(program: Program) -> Iterator[tuple[str, str, str]]:
    """Path, label and text of every entry, the same paths for every program."""
    for side in Side:
        part = program.side(side)
        electrodes = _OFF_TEXT if part is None else str(part.electrodes)
        yield f"{side}.{ELECTRODES_KEY}", f"{side.label} electrodes", electrodes
        for parameter in SIDE_PARAMETERS:
            text = _OFF_TEXT if part is None else parameter.show(part.value(parameter))
            yield f"{side}.{parameter.key}", f"{side.label} {parameter.label.lower()}", text
    for parameter in COMMON_PARAMETERS:
        yield parameter.key, parameter.label, parameter.show(program.value(parameter))


def _canonical(parameter: Parameter, value: Decimal) -> str:
    return parameter.show(value).removesuffix(f" {parameter.unit}")


def _side_as_dict(part: SideProgram | None) -> dict[str, str] | None:
    if part is None:
        return None
    written = {ELECTRODES_KEY: str(part.electrodes)}
    written.update((parameter.key, _canonical(parameter, part.value(parameter))) for parameter in SIDE_PARAMETERS)
    return written


def _side_from(written: object, side: Side) -> SideProgram | None:
    if written is None:
        return None
    if not isinstance(written, Mapping):
        raise ProgramError(side.value, "this must be the settings of the side, or empty for no stimulation.")
    prefix = f"{side}."
    _check_keys(written, (ELECTRODES_KEY, *(parameter.key for parameter in SIDE_PARAMETERS)), prefix)
    try:
        electrodes = Electrodes.parse(written[ELECTRODES_KEY], side)
    except ElectrodesError as error:
        raise ProgramError(f"{prefix}{ELECTRODES_KEY}", error.reason) from error
    amplitude_ma, pulse_width_us = (_number(written, parameter, prefix) for parameter in SIDE_PARAMETERS)
    return SideProgram(electrodes, Milliamps(amplitude_ma), Microseconds(pulse_width_us))


def _check_keys(written: Mapping[str, object], expected: tuple[str, ...], prefix: str) -> None:
    for key in expected:
        if key not in written:
            raise ProgramError(f"{prefix}{key}", "this entry is missing. Add it; nothing is assumed.")
    for key in written:
        if key not in expected:
            raise ProgramError(f"{prefix}{key}", "this entry is not known. Remove it or correct its name.")


def _number(written: Mapping[str, object], parameter: Parameter, prefix: str) -> Decimal:
    value = written[parameter.key]
    if not isinstance(value, str):
        example = _canonical(parameter, parameter.maximum)
        raise ProgramError(f"{prefix}{parameter.key}", f'write the number as text in quotes, for example "{example}".')
    try:
        return parse_number(value)
    except UnitError as error:
        raise ProgramError(f"{prefix}{parameter.key}", error.reason) from error


def _check_numbers(*values: tuple[Parameter, object]) -> None:
    for parameter, value in values:
        if not is_plain(value):
            raise ProgramError(parameter.key, "this is not an ordinary decimal number.")
