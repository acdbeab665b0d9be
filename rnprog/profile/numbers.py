"""Numbers in a profile, exactly as they are written. Owns the way from a TOML literal to a `Decimal`, or to the reason why not.

A dose is never a `float`: the TOML reader hands every literal with a point, an exponent, nan or inf to `exact`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rnprog.therapy.capabilities import UM2_PER_CM2
from rnprog.therapy.units import MAX_DIGITS, UnitError, parse_number, to_integer

SMALLEST_AREA_CM2, LARGEST_AREA_CM2 = Decimal("0.001"), Decimal(1)
"""A contact of a lead is some mm2; a value outside is a slip of the unit (12.25 mm2 is 0.1225 cm2)."""

_EXAMPLE = " For example 1."


@dataclass(frozen=True, slots=True)
class OddNumber:
    """A number in a form that no dose has. `reason` begins with the number and says what to do."""

    literal: str
    reason: str


def exact(literal: str) -> Decimal | OddNumber:
    """The number as it is written; plain digits only, at most 12 of them. Never raises."""
    if literal.lstrip("+-") in ("nan", "inf"):
        return OddNumber(literal, f"{literal}: this is not a number. Write it in plain digits.")
    try:
        return parse_number(literal)
    except UnitError as error:
        return OddNumber(literal, error.reason.removesuffix(_EXAMPLE))


def number_of(value: object) -> Decimal | OddNumber | None:
    """A value from the TOML reader as an exact number; `None` if it is no number at all (true and false are none)."""
    if isinstance(value, Decimal | OddNumber):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    if abs(value) >= 10**MAX_DIGITS:
        return OddNumber("", f"This number has more than {MAX_DIGITS} digits. Check it and write it again.")
    return exact(str(value))


def plain_number(value: object) -> Decimal | None:
    """The same, and `None` for an odd number too."""
    number = number_of(value)
    return number if isinstance(number, Decimal) else None


def kind_of(value: object) -> str:
    """What a value is, for a sentence: "a text", "true or false", ..."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | Decimal | OddNumber):
        return "a number"
    for kind, name in ((str, "a text"), (dict, "a table"), (list, "a list")):
        if isinstance(value, kind):
            return name
    return "a date or time"


def area_cm2(text: str) -> Decimal:
    """A contact area as it is written. Raises `UnitError` if it is no plain number, finer than 1 um2, or no area of a contact."""
    try:
        value = parse_number(text)
        to_integer(value, UM2_PER_CM2)
    except UnitError as error:
        raise UnitError(error.reason.removesuffix(_EXAMPLE)) from error
    if not SMALLEST_AREA_CM2 <= value <= LARGEST_AREA_CM2:
        raise UnitError(f"{text.strip()} cm2 cannot be the area of a contact. Write it in cm2: 12.25 mm2 is 0.1225 cm2.")
    return value


def area_of(value: object) -> Decimal | None:
    """The same from a value in a file; `None` if it is not there or cannot be right."""
    try:
        return area_cm2(value) if isinstance(value, str) else None
    except UnitError:
        return None
