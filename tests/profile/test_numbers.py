"""No literal is rounded, and no literal in an odd form passes."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnprog.profile.fields import NUMBERS
from rnprog.profile.findings import KeyPath
from rnprog.profile.numbers import OddNumber, area_cm2, exact, kind_of, number_of, plain_number
from rnprog.profile.verify import verify_text
from rnprog.therapy.units import UnitError
from tests.profile.texts import GOOD

LITERALS = st.one_of(
    st.from_regex(r"[+-]?(0|[1-9][0-9]{0,3})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,4})?", fullmatch=True),
    st.from_regex(r"(0|[1-9][0-9]{0,2})\.[0-9]{1,3}", fullmatch=True),
    st.from_regex(r"0[xob][01]{1,8}", fullmatch=True),
    st.from_regex(r"[1-9][0-9_]{0,4}[0-9]", fullmatch=True),
    st.sampled_from(
        ["nan", "+nan", "-inf", "inf", "true", "false", '"2.5"', "'2.5 mA'", "1979-05-27", "07:32:00", "[]", "{}", "-0", "-0.0"]
    ),
    st.integers(min_value=10**11).map(str),
)


@pytest.mark.parametrize("literal", ["2.5", "0.0", "2.500", "214.0", "123456.123456"])
def test_a_plain_literal_is_its_number(literal: str) -> None:
    assert exact(literal) == Decimal(literal)


@pytest.mark.parametrize(
    "literal", ["nan", "-nan", "inf", "+inf", "1e3", "1E-999999999", "+2.5", "-0.0", "1_0.5", "2.50000000000000000001", "9" * 40 + ".0"]
)
def test_an_odd_literal_is_refused_with_what_to_do(literal: str) -> None:
    found = exact(literal)
    assert isinstance(found, OddNumber)
    assert found.reason.endswith(".")
    assert "example" not in found.reason


def test_what_is_a_number() -> None:
    assert number_of(Decimal("2.5")) == Decimal("2.5")
    assert number_of(3) == Decimal(3)
    assert isinstance(number_of(-3), OddNumber)
    assert isinstance(number_of(10**5000), OddNumber)
    assert plain_number(-3) is None
    others: list[object] = [True, "3", None, date(2026, 1, 31), [], {}]
    for value in others:
        assert number_of(value) is None


def test_kinds_have_names() -> None:
    values: list[object] = [True, 3, "x", {}, [], date(2026, 1, 31)]
    named = [kind_of(value) for value in values]
    assert named == ["true or false", "a number", "a text", "a table", "a list", "a date or time"]


@pytest.mark.parametrize("text", ["0", "12.25", "0.1225 cm2", "1e-1", "-0.1", "0.123456789", "", "0.0001"])
def test_no_area(text: str) -> None:
    with pytest.raises(UnitError):
        area_cm2(text)


def test_an_area() -> None:
    assert area_cm2("0.1225") == Decimal("0.1225")


def with_literal(path: KeyPath, literal: str) -> str:
    """The good profile with another literal for one number."""
    table = ".".join(path[:1])
    before, header, after = GOOD.partition(f"[{table}]\n")
    start = after.index(f"{path[-1]} = ") + len(path[-1]) + 3
    end = min(after.index(sign, start) for sign in ("\n", ",", " }") if sign in after[start:])
    return before + header + after[:start] + literal + after[end:]


def exactly(literal: str) -> Fraction | None:
    """What a literal means, without any code of the house; `None` if it is no plain number."""
    digits = literal.replace(".", "", 1)
    return Fraction(literal) if digits.isascii() and digits.isdigit() and len(digits) <= 12 else None


@given(st.sampled_from([path for path in NUMBERS if path[0] != "percutaneous" and path[:2] != ("right", "thresholds_ma")]), LITERALS)
@example(("left", "amplitude_ma"), "2.50000000000000000001")
@example(("left", "amplitude_ma"), "-0")
@example(("left", "thresholds_ma", "motor"), "+1")
@example(("program", "on_s"), "0x0a")
def test_no_dose_that_is_off_its_grid_passes_unnoticed(path: KeyPath, literal: str) -> None:
    """A literal without a finding on its entry is a whole number of steps inside the range, exactly."""
    found = [finding for finding in verify_text(with_literal(path, literal), "inline.toml") if finding.field == ".".join(path)]
    value, parameter = exactly(literal), NUMBERS[path]
    legal = value is not None and any(
        value == Fraction(parameter.minimum) + step * Fraction(parameter.step)
        for step in range(int((parameter.maximum - parameter.minimum) / parameter.step) + 1)
    )
    grid = [finding.rule for finding in found if finding.rule in ("RN203", "RN204", "RN205", "RN206")]
    off = value == 0 and path[-1] == "amplitude_ma"  # nothing is delivered, which is legal everywhere
    assert bool(grid) is not (legal or off), (literal, grid)
