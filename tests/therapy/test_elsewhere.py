"""What is felt, or contracts, in the wrong place is noted with the burst and never counts as a contraction of the multifidus."""

from decimal import Decimal as D

import pytest

from rnprog.therapy.ascending import Finished, Next, Outcome, next_step
from rnprog.therapy.titration import Answer, State, Titration, TitrationError
from rnprog.therapy.units import Milliamps


def ma(text: str) -> Milliamps:
    return Milliamps(D(text))


def given(*bursts: tuple[str, Answer, bool]) -> Titration:
    titration = Titration().begin()
    for amplitude, answer, elsewhere in bursts:
        titration = titration.burst_given(ma(amplitude)).answered(answer, elsewhere=elsewhere)
    return titration


@pytest.mark.parametrize("answer", [each for each in Answer if each not in (Answer.FELT, Answer.DISCOMFORT)])
def test_a_contraction_elsewhere_is_none(answer: Answer) -> None:
    asked = Titration().begin().burst_given(ma("1.0"))
    with pytest.raises(TitrationError, match="does not count as a contraction"):
        asked.answered(answer, elsewhere=True)
    assert asked.state is State.ASKING, "unchanged"


def test_felt_elsewhere_is_felt_and_never_a_contraction() -> None:
    titration = given(*[("1.0", Answer.FELT, True)] * 3)
    assert not titration.confirmed(D("1.0"))
    assert (titration.thresholds().perception_ma, titration.thresholds().motor_ma) == (D("1.0"), None)
    step = next_step(titration, ma("10"))
    assert isinstance(step, Next) and step.amplitude_ma == D("1.2"), "as after something felt, not by the coarse step"


def test_discomfort_elsewhere_sets_the_ceiling_and_ends_the_search() -> None:
    titration = given(("1.0", Answer.FELT, True), ("1.2", Answer.DISCOMFORT, True))
    assert titration.ceiling_ma == D("1.0")
    ended = next_step(titration, ma("10"))
    assert isinstance(ended, Finished) and ended.outcome is Outcome.NOT_REACHABLE


def test_the_lowest_amplitude_elsewhere() -> None:
    assert given(("1.0", Answer.FELT, False)).elsewhere_ma is None
    assert given(("1.5", Answer.FELT, True), ("1.2", Answer.FELT, True), ("1.0", Answer.FELT, False)).elsewhere_ma == D("1.2")


def test_an_answer_that_is_taken_back_takes_the_place_with_it() -> None:
    again = given(("1.0", Answer.FELT, True)).undone()
    assert again.elsewhere_ma is None
    assert again.answered(Answer.CLEAR).elsewhere_ma is None
