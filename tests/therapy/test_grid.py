"""Ranges with a step: membership, neighbours and what is said about a bound."""

from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.grid import Range, RangeError

AMPLITUDE = Range(D(0), D("10.0"), D("0.1"))
UNEVEN = Range(D("0.2"), D("1.0"), D("0.3"))
"""0.2, 0.5, 0.8; the maximum itself is not a step."""


@pytest.mark.parametrize(
    ("lowest", "highest", "step"),
    [("0", "10", "0"), ("0", "10", "-1"), ("5", "4", "1"), ("-1", "4", "1"), ("NaN", "4", "1"), ("0", "Infinity", "1")],
)
def test_a_range_must_make_sense(lowest: str, highest: str, step: str) -> None:
    with pytest.raises(RangeError) as caught:
        Range(D(lowest), D(highest), D(step))
    assert "range" in caught.value.reason


def test_steps_count_from_the_minimum() -> None:
    assert [UNEVEN.contains(D(text)) for text in ("0.2", "0.5", "0.8", "0.3", "1.0", "1.1", "NaN")] == [
        True,
        True,
        True,
        False,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("value", "neighbours"),
    [
        ("2.47", ("2.4", "2.5")),
        ("2.5", ("2.4", "2.6")),
        ("0", ("0.1",)),
        ("10", ("9.9",)),
        ("12", ("10.0",)),
        ("-1", ("0",)),
        ("NaN", ()),
    ],
)
def test_neighbours(value: str, neighbours: tuple[str, ...]) -> None:
    assert AMPLITUDE.neighbours(D(value)) == tuple(map(D, neighbours))


def test_neighbours_near_an_uneven_maximum() -> None:
    assert UNEVEN.neighbours(D("0.9")) == (D("0.8"),)
    assert UNEVEN.neighbours(D("5")) == (D("0.8"),)
    assert UNEVEN.neighbours(D("0.1")) == (D("0.2"),)


@given(st.decimals(min_value=-5, max_value=15, places=3))
def test_neighbours_are_the_nearest_legal_values(value: D) -> None:
    legal = [D(n) / 10 for n in range(101)]
    below, above = [v for v in legal if v < value], [v for v in legal if v > value]
    assert AMPLITUDE.neighbours(value) == tuple(below[-1:] + above[:1])
    assert AMPLITUDE.contains(value) == (value in legal)
    assert AMPLITUDE.on_step(value) == ((Fraction(value) * 10).denominator == 1)


def test_shown_with_the_decimals_of_the_step() -> None:
    assert AMPLITUDE.show(D("2"), "mA") == "2.0 mA"
    assert AMPLITUDE.show(D("2.50"), "mA") == "2.5 mA"
    assert AMPLITUDE.show(D("2.475"), "mA") == "2.475 mA"
    assert Range(D("0.25"), D(9), D(1)).show(D("1.25"), "s") == "1.25 s"
    assert Range(D(0), D(9), D("0.25")).show(D("1.5"), "s") == "1.50 s"
    assert AMPLITUDE.show(D("NaN"), "mA") == "NaN mA"


def test_every_bound_is_named() -> None:
    assert AMPLITUDE.problems(D("2.5"), "mA") == ()
    high, off_step = AMPLITUDE.problems(D("12.03"), "mA")
    assert (high.bound, off_step.bound) == ("at most 10.0 mA", "steps of 0.1 mA")
    assert high.advice == "Choose 10.0 mA or less."
    (low,) = Range(D(50), D(500), D(1)).problems(D(49), "us")
    assert (low.bound, low.text, low.advice) == ("at least 50 us", "is below 50 us", "Choose 50 us or more.")
    (between,) = AMPLITUDE.problems(D("2.47"), "mA")
    assert between.advice == "Choose 2.4 mA or 2.5 mA."
    (odd,) = AMPLITUDE.problems(D("NaN"), "mA")
    assert odd.text == "is not a number"


def test_the_advice_is_legal_where_the_maximum_is_not() -> None:
    (high, _) = UNEVEN.problems(D("1.2"), "mA")
    assert (high.bound, high.advice) == ("at most 1.0 mA", "Choose 0.8 mA or less.")
