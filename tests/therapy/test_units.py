"""Quantities: what is read, what is refused and with which words, and exact integers."""

from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.units import MAX_DIGITS, UnitError, from_integer, is_plain, parse_number, parse_quantity, plain, to_integer


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2.5mA", "mA", "2.5"),
        ("2.5 mA", "mA", "2.5"),
        ("  2.50   mA ", "mA", "2.5"),
        ("0 mA", "mA", "0"),
        ("214us", "us", "214"),
        ("214 µs", "us", "214"),
        ("214 μs", "us", "214"),
        ("12.5 Hz", "Hz", "12.5"),
        ("30 min", "min", "30"),
        ("2 /day", "/day", "2"),
    ],
)
def test_reads(text: str, unit: str, value: str) -> None:
    assert parse_quantity(text, unit) == D(value)


def test_a_labelled_field_needs_no_unit() -> None:
    assert parse_quantity("2.5", "mA", unit_required=False) == D("2.5")
    assert parse_quantity("2.5 mA", "mA", unit_required=False) == D("2.5")


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        ("2500", "mA", "2500: write the unit, for example 2.5 mA. 2500 could be mA or uA."),
        ("20", "Hz", "20: write the unit, for example 20 Hz."),
        ("5", "ohm", "5: write the unit, for example 1 ohm."),
        ("2500 uA", "mA", "uA is not used here: write 2.5 mA."),
        ("2500µA", "mA", "uA is not used here: write 2.5 mA."),
        ("0.2 ms", "us", "ms is not used here: write 200 us."),
        ("2.5 ma", "mA", "write the unit as mA, that is 2.5 mA"),
        ("2.5 MA", "mA", "write the unit as mA, that is 2.5 mA"),
        ("2.5 V", "mA", "V is not the unit of this value: write it in mA."),
        ("2,5 mA", "mA", "use a decimal point: 2.5 mA."),
        ("1,000 mA", "mA", "without separators"),
        ("1_000 mA", "mA", "without separators"),
        ("1 000 mA", "mA", "without separators"),
        ("-2.5 mA", "mA", "without a sign"),
        ("+2.5 mA", "mA", "without a sign"),
        ("-0 mA", "mA", "without a sign"),
        ("1e3 mA", "mA", "without an exponent"),
        ("2.5E-1mA", "mA", "without an exponent"),
        (".5 mA", "mA", "both sides of the decimal point"),
        ("5. mA", "mA", "both sides of the decimal point"),
        ("02.5 mA", "mA", "leave out the leading zero"),
        ("nan mA", "mA", "not a number with its unit"),
        ("inf", "mA", "not a number with its unit"),
        ("2.5.1 mA", "mA", "not a number with its unit"),
        ("٢ mA", "mA", "plain digits and letters"),
        ("−2 mA", "mA", "plain digits and letters"),
        ("2.5\tmA", "mA", "not a number with its unit"),
        ("2.5 mA\n", "mA", "not a number with its unit"),
        ("1234567890123 mA", "mA", "more than 12 digits"),
        ("", "mA", "No value was entered"),
        ("   ", "mA", "No value was entered"),
    ],
)
def test_refuses_with_words_that_help(text: str, unit: str, words: str) -> None:
    with pytest.raises(UnitError) as caught:
        parse_quantity(text, unit)
    assert words in caught.value.reason
    assert str(caught.value) == caught.value.reason


@pytest.mark.parametrize("text", [True, False, None, 2, 2.5, D("2.5"), b"2.5 mA", ["2.5 mA"]])
def test_only_text_is_a_quantity(text: object) -> None:
    with pytest.raises(UnitError, match="Write the value as text, for example"):
        parse_quantity(text, "mA")


def test_what_is_repeated_is_short_and_harmless() -> None:
    with pytest.raises(UnitError) as caught:
        parse_quantity("\x1b]0;title\x07" * 50, "mA")
    assert caught.value.reason.isprintable()
    assert len(caught.value.reason) < 150


def test_a_number_without_unit() -> None:
    assert parse_number("2.5") == D("2.5")
    with pytest.raises(UnitError, match="without a unit"):
        parse_number("2.5 mA")
    with pytest.raises(UnitError, match=r"use a decimal point: 2\.5\."):
        parse_number("2,5")


plain_numbers = st.decimals(min_value=0, max_value=99999, places=3)


@given(plain_numbers, st.sampled_from(["mA", "us", "Hz", "s", "min", "/day"]), st.integers(0, 3))
def test_what_is_shown_is_read_back(value: D, unit: str, spaces: int) -> None:
    assert parse_quantity(plain(value) + " " * spaces + unit, unit) == value


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        value = parse_quantity(text, "mA", unit_required=False)
    except UnitError as error:
        assert error.reason.isascii()
    else:
        assert is_plain(value)
        assert value >= 0


@given(plain_numbers, st.sampled_from([1, 10, 1000, 1_000_000]))
def test_integers_are_exact_or_refused(value: D, per_unit: int) -> None:
    exact = Fraction(value) * per_unit
    if exact.denominator == 1:
        count = to_integer(value, per_unit)
        assert count == exact
        assert from_integer(count, per_unit) == value
    else:
        with pytest.raises(UnitError, match="cannot be sent exactly"):
            to_integer(value, per_unit)


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-0", "1e12", "1e-13", "1e999999", "0E+99"])
def test_odd_decimals_are_not_plain(text: str) -> None:
    assert not is_plain(D(text))
    with pytest.raises(UnitError, match="not an ordinary decimal"):
        to_integer(D(text), 1000)


def test_plain_is_about_decimals_only() -> None:
    assert is_plain(D("-2.5"))
    assert is_plain(D("9" * MAX_DIGITS))
    assert not is_plain(2.5)
    assert not is_plain(2)


@pytest.mark.parametrize("per_unit", [0, 3, 20, 101, -10])
def test_the_way_back_is_by_powers_of_ten(per_unit: int) -> None:
    with pytest.raises(UnitError, match="power of ten"):
        from_integer(5, per_unit)


def test_plain_digits() -> None:
    assert [plain(D(text)) for text in ("2.50", "1E+1", "100", "0.0", "1E-3")] == ["2.5", "10", "100", "0", "0.001"]
