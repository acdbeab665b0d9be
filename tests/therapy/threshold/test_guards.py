"""The hard guards, for bursts by hand and for proposed ones."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.grid import Range
from rnprog.therapy.threshold import Guard, broken
from rnprog.therapy.threshold.guards import after_contraction_ma, ceiling_ma
from rnprog.therapy.titration import Answer, Titration
from rnprog.therapy.units import Milliamps
from tests.therapy.samples import ma
from tests.therapy.threshold.helpers import allowed, titrated


def guards(titration: Titration, amplitude: str, limit: str = "10.0", target: str | None = None) -> set[Guard]:
    found = broken(titration, ma(amplitude), allowed(titration, limit), target_ma=None if target is None else ma(target))
    return {each.guard for each in found}


@pytest.mark.parametrize(
    ("bursts", "amplitude", "expected"),
    [
        ("", "0.5", set()),
        ("", "0.6", {Guard.STEP_ABOVE_LAST, Guard.STEP_ABOVE_TOLERATED, Guard.ENVELOPE}),
        ("0.5- 1.0-", "1.5", set()),
        ("0.5- 1.0- 0.3-", "0.9", {Guard.STEP_ABOVE_LAST, Guard.ENVELOPE}),
        ("0.5- 1.0+", "1.0", set()),
        ("0.5- 1.0+", "1.1", {Guard.AFTER_CONTRACTION}),
        ("0.5- 1.0+ 0.9?", "1.1", {Guard.AFTER_CONTRACTION}),
        ("0.5- 1.0+ 0.9-", "1.1", set()),
        ("0.5- 1.0x", "1.0", {Guard.CEILING, Guard.ENVELOPE}),
        ("0.5- 1.0x", "0.9", set()),
    ],
)
def test_what_a_burst_breaks(bursts: str, amplitude: str, expected: set[Guard]) -> None:
    assert guards(titrated(bursts), amplitude) == expected


def test_each_guard_says_how_far_it_would_let_go() -> None:
    found = broken(titrated("0.5- 1.0+"), ma("2.0"), ma("1.2"))
    assert {each.guard: each.highest_ma for each in found} == {
        Guard.STEP_ABOVE_LAST: D("1.5"),
        Guard.STEP_ABOVE_TOLERATED: D("1.5"),
        Guard.ENVELOPE: D("1.2"),
        Guard.AFTER_CONTRACTION: D("1.0"),
    }


def test_after_a_gap_the_next_burst_starts_from_0() -> None:
    assert guards(titrated("0.5- 1.0-").gap(), "0.6") == {Guard.STEP_ABOVE_LAST, Guard.ENVELOPE}


def test_a_ceiling_found_earlier_holds_from_the_first_burst() -> None:
    assert Guard.CEILING in guards(Titration(ma("0.4")).begin(), "0.5")


@pytest.mark.parametrize(
    "titration",
    [
        Titration(),
        titrated("0.5-").burst_given(ma("0.5")),
        Titration().begin().burst_given(ma("0.5")).answered(Answer.DISCOMFORT),
        titrated("0.5-").stopped(),
        titrated("0.5-").finished(),
    ],
)
def test_nothing_passes_unless_a_burst_may_be_given(titration: Titration) -> None:
    assert Guard.NOT_READY in guards(titration, "0.1")


@pytest.mark.parametrize("amplitude", ["0", "0.25", "-0.5", "NaN", "10.1"])
def test_what_is_no_step_is_refused_and_never_rounded(amplitude: str) -> None:
    assert [each.guard for each in broken(titrated(""), ma(amplitude), ma("0.5"))] == [Guard.NOT_A_STEP]


def test_the_grid_of_the_device_counts() -> None:
    coarse = Range(D("0.2"), D("5.0"), D("0.2"))
    assert [each.guard for each in broken(titrated(""), ma("0.5"), ma("0.5"), amplitudes=coarse)] == [Guard.NOT_A_STEP]


def test_a_chosen_amplitude_is_reached_after_a_contraction_but_not_passed() -> None:
    assert guards(titrated("0.5- 1.0+"), "1.2", target="1.2") == set()
    assert guards(titrated("0.5- 1.0+"), "1.3", target="1.2") == {Guard.ABOVE_TARGET}


def test_a_contraction_rated_besides_discomfort_counts_as_one() -> None:
    hurt = titrated("0.5-").burst_given(ma("1.0")).answered(Answer.DISCOMFORT, contraction=Answer.STRONG)
    assert after_contraction_ma(hurt) == ma("1.0")
    assert after_contraction_ma(titrated("0.5?")) is None


def test_the_limit_that_stays_is_told_apart_from_the_next_step() -> None:
    assert ceiling_ma(titrated("0.5-"), ma("1.0")) is None
    assert ceiling_ma(titrated("0.5-"), ma("0.8")) == ma("0.8")
    assert ceiling_ma(titrated("0.5- 1.0x"), ma("0.9")) == ma("0.9")


@given(st.lists(st.tuples(st.integers(1, 60), st.sampled_from("-f+?x")), max_size=20), st.integers(1, 100))
def test_whatever_passes_is_small_below_the_ceiling_and_not_up_after_a_contraction(bursts: list[tuple[int, str]], tenths: int) -> None:
    titration = Titration().begin()
    for amplitude, sign in bursts:
        if not broken(titration, Milliamps(D(amplitude) / 10), allowed(titration)):
            titration = titrated(f"{D(amplitude) / 10}{sign}", titration)
    amplitude_ma = Milliamps(D(tenths) / 10)
    if not broken(titration, amplitude_ma, allowed(titration)):
        assert amplitude_ma <= min(titration.last_delivered_ma, titration.highest_tolerated_ma) + D("0.5")
        hurt = [burst.amplitude_ma for burst in titration.log if burst.answer is Answer.DISCOMFORT]
        assert all(amplitude_ma <= min(each * D("0.9"), each - D("0.1")) for each in hurt)
        contracted = after_contraction_ma(titration)
        assert contracted is None or amplitude_ma <= contracted
