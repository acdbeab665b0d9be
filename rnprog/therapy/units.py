"""Quantities as a clinician writes them. Owns the reading of a number with its unit and the exact step to integers.

It must not know any parameter, range or device. Doses are `Decimal`, never `float`. Nothing here rounds.
"""

import re
from decimal import Decimal
from typing import NewType, TypeGuard

Milliamps = NewType("Milliamps", Decimal)
Microseconds = NewType("Microseconds", Decimal)
Hertz = NewType("Hertz", Decimal)
Seconds = NewType("Seconds", Decimal)
Minutes = NewType("Minutes", Decimal)

MAX_DIGITS = 12
"""More digits than this are a slip of the keyboard, not a dose."""

_MAX_SHOWN = 24
_NUMBER_AND_UNIT = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([A-Za-z/]*)")
_DECIMAL_COMMA = re.compile(r"([0-9]+),([0-9]+) *[A-Za-z/]*")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[,' _][0-9]{3})+(?:\.[0-9]+)? *[A-Za-z/]*")
_EXPONENT = re.compile(r"[0-9.]+[eE][+-]?[0-9]+ *[A-Za-z/]*")
_HALF_POINT = re.compile(r"(?:\.[0-9]+|[0-9]+\.) *[A-Za-z/]*")

_EXAMPLES = {"mA": "2.5 mA", "us": "214 us", "Hz": "20 Hz", "s": "2 s", "min": "30 min", "/day": "2 /day"}
_MISTAKEN_FOR = {"mA": "uA", "us": "ms", "s": "min", "min": "s"}
_SCALE = {
    ("mA", "uA"): Decimal("0.001"),
    ("mA", "A"): Decimal(1000),
    ("us", "ms"): Decimal(1000),
    ("us", "s"): Decimal(1000000),
    ("s", "ms"): Decimal("0.001"),
    ("s", "min"): Decimal(60),
    ("min", "h"): Decimal(60),
    ("Hz", "mHz"): Decimal("0.001"),
    ("Hz", "kHz"): Decimal(1000),
}


class UnitError(ValueError):
    """A quantity that cannot be read or converted exactly. `reason` is a sentence for the clinician."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_quantity(text: object, unit: str, *, unit_required: bool = True) -> Decimal:
    """The number in `text`, which must be written in exactly `unit` ("2.5 mA"; "us", "µs" and "μs" are one unit).

    Accepts plain digits with an optional decimal point. Raises `UnitError` for anything else: no unit (unless
    `unit_required` is false), another unit, a sign, an exponent, separators, a decimal comma, more than 12 digits,
    other alphabets' digits, or something that is not text.
    """
    written, number, suffix = _split(text, unit)
    if not suffix:
        if unit_required:
            raise UnitError(_ask_for_unit(written, unit))
    elif suffix != unit:
        raise UnitError(_other_unit(number, suffix, unit))
    return number


def parse_number(text: object) -> Decimal:
    """The number in `text`, written without any unit (for keys that already name it). Raises `UnitError`."""
    written, number, suffix = _split(text, "")
    if suffix:
        raise UnitError(f"{written}: write the number alone, without a unit.")
    return number


def to_integer(value: Decimal, per_unit: int) -> int:
    """`value * per_unit` as an integer, for example 2.5 mA with 1000 uA per mA is 2500.

    Raises `UnitError` if anything would be lost, or if `value` is not an ordinary decimal number.
    """
    if not is_plain(value):
        raise UnitError("This value is not an ordinary decimal number.")
    numerator, denominator = value.as_integer_ratio()
    whole, rest = divmod(numerator * per_unit, denominator)
    if rest:
        raise UnitError(f"{plain(value)} cannot be sent exactly: it is finer than 1/{per_unit} of its unit.")
    return whole


def from_integer(count: int, per_unit: int) -> Decimal:
    """`count / per_unit` exactly, the way back from `to_integer`; `per_unit` is a power of ten (else `UnitError`)."""
    digits = str(per_unit)
    if digits.strip("0") != "1" or digits[0] != "1":
        raise UnitError(f"{per_unit} is not a power of ten, so the conversion would not be exact.")
    return Decimal(count).scaleb(1 - len(digits))


def is_plain(value: object) -> TypeGuard[Decimal]:
    """Whether `value` is a finite `Decimal` of at most 12 digits either side of the point, and not "minus zero"."""
    if not isinstance(value, Decimal) or not value.is_finite():
        return False
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -MAX_DIGITS or value.adjusted() >= MAX_DIGITS:
        return False
    return not (value.is_zero() and value.is_signed())


def plain(value: Decimal) -> str:
    """`value` in plain digits without exponent and without idle zeros after the point ("2.50" gives "2.5")."""
    digits = format(value, "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _split(text: object, unit: str) -> tuple[str, Decimal, str]:
    """What was written (safe to show), its number and its unit ("" if none)."""
    example = _EXAMPLES.get(unit, f"1 {unit}".strip())
    if not isinstance(text, str):
        raise UnitError(f"Write the value as text, for example {example}.")
    stripped = text.strip(" ").replace("µ", "u").replace("μ", "u")
    written = _shown(stripped)
    if not stripped:
        raise UnitError(f"No value was entered. Write it, for example {example}.")
    match = _NUMBER_AND_UNIT.fullmatch(stripped)
    if match is None:
        raise UnitError(f"{written}: {_why_not(stripped, unit)} For example {example}.")
    digits, suffix = match.group(1), match.group(2)
    if len(digits.replace(".", "")) > MAX_DIGITS:
        raise UnitError(f"{written}: this number has more than {MAX_DIGITS} digits. Check it and write it again.")
    if len(digits) > 1 and digits[0] == "0" and digits[1] != ".":
        raise UnitError(f"{written}: leave out the leading zero. For example {example}.")
    return written, Decimal(digits), suffix


def _why_not(stripped: str, unit: str) -> str:
    if not stripped.isascii():
        return "use plain digits and letters only."
    if stripped[0] in "+-":
        return "write the value without a sign."
    if _THOUSANDS.fullmatch(stripped):
        return "write the number without separators between the digits, and with a point for decimals."
    comma = _DECIMAL_COMMA.fullmatch(stripped)
    if comma is not None:
        return f"use a decimal point: {comma.group(1)}.{comma.group(2)} {unit}".rstrip() + "."
    if _EXPONENT.fullmatch(stripped):
        return "write the number out in plain digits, without an exponent."
    if _HALF_POINT.fullmatch(stripped):
        return "write digits on both sides of the decimal point."
    return "this is not a number with its unit."


def _ask_for_unit(written: str, unit: str) -> str:
    asked = f"{written}: write the unit, for example {_EXAMPLES.get(unit, f'1 {unit}')}."
    other = _MISTAKEN_FOR.get(unit)
    return f"{asked} {written} could be {unit} or {other}." if other else asked


def _other_unit(number: Decimal, suffix: str, unit: str) -> str:
    if suffix.casefold() == unit.casefold():
        return f"{plain(number)} {suffix}: write the unit as {unit}, that is {plain(number)} {unit}."
    factor = _SCALE.get((unit, suffix))
    if factor is not None:
        return f"{suffix} is not used here: write {plain(number * factor)} {unit}."
    return f"{_shown(suffix)} is not the unit of this value: write it in {unit}."


def _shown(text: str) -> str:
    """`text` cut short and free of control and foreign characters, so that it can be repeated on any screen."""
    safe = "".join(character if " " <= character <= "~" else "?" for character in text)
    return safe if len(safe) <= _MAX_SHOWN else f"{safe[:_MAX_SHOWN]}..."
