"""What a log says, and how honest the stated probability is on patients that the model does not know."""

import pytest

from bench.titrating.methods import sessions
from bench.titrating.report import Line, line
from rnprog.therapy.threshold import Scale
from rnprog.therapy.threshold.evidence import evidence
from rnprog.therapy.threshold.posterior import Evidence
from rnprog.therapy.threshold.response import Contraction
from rnprog.therapy.titration import Answer, State, Titration, TitrationError
from tests.therapy.samples import ma
from tests.therapy.threshold.helpers import titrated

SEEN = 100


def read(bursts: str, scale: Scale) -> list[tuple[int, Contraction | None, bool | None]]:
    return [(each.tenths, each.seen, each.felt) for each in evidence(titrated(bursts), scale)]


def test_yes_and_no_are_two_answers_and_grades_are_four() -> None:
    none, flicker, clear, strong, some = (Contraction(k) for k in range(5))
    assert read("0.5f 0.9- 1.0+ 0.8? 0.7x", Scale.YES_NO) == [(5, none, None), (9, none, None), (10, some, None)]
    assert read("0.5- 0.9+ 0.93", Scale.GRADE) == [(5, none, None), (9, clear, None), (9, strong, None)]
    assert read("0.5f 0.8- 0.91 0.9?", Scale.GRADE_FELT) == [(5, none, True), (8, none, False), (9, flicker, None)]


def test_a_contraction_that_nobody_graded_is_no_grade_on_any_scale() -> None:
    yes = Titration().begin().burst_given(ma("0.9")).answered(Answer.CONTRACTION)
    assert [evidence(yes, scale)[-1] for scale in Scale] == [Evidence(9, Contraction.SOME, None)] * 3


def test_what_contracted_besides_discomfort_is_read_and_feeling_is_not() -> None:
    hurt = titrated("0.5-").burst_given(ma("0.9")).answered(Answer.DISCOMFORT, contraction=Answer.NONE)
    assert evidence(hurt, Scale.GRADE_FELT)[-1] == Evidence(9, Contraction.NONE, None)


@pytest.mark.parametrize(
    ("answer", "contraction", "elsewhere"),
    [
        (Answer.CLEAR, Answer.CLEAR, False),
        (Answer.DISCOMFORT, Answer.UNSURE, False),
        (Answer.DISCOMFORT, Answer.DISCOMFORT, False),
        (Answer.DISCOMFORT, Answer.CLEAR, True),
    ],
)
def test_only_discomfort_is_rated_twice(answer: Answer, contraction: Answer, elsewhere: bool) -> None:
    asking = Titration().begin().burst_given(ma("0.5"))
    with pytest.raises(TitrationError, match="rated twice"):
        asking.answered(answer, contraction=contraction, elsewhere=elsewhere)
    assert asking.state is State.ASKING


def test_a_rating_besides_discomfort_stays_with_it() -> None:
    hurt = Titration().begin().burst_given(ma("0.5")).answered(Answer.DISCOMFORT, contraction=Answer.FLICKER)
    assert (hurt.log[-1].answer, hurt.log[-1].contraction, hurt.log[-1].rated) == (Answer.DISCOMFORT, Answer.FLICKER, Answer.FLICKER)
    assert hurt.log[-1].grade is None
    assert hurt.ceiling_ma == ma("0.4")


def figures(cohort: str, answers: str = "yesno") -> Line:
    return line(cohort, "rnprog", list(sessions("rnprog", cohort, SEEN, 7301, answers)), answers)


@pytest.mark.slow
@pytest.mark.parametrize("cohort", ["A", "B", "D"])
@pytest.mark.parametrize("answers", ["yesno", "grade+felt"])
def test_the_stated_probability_holds_for_ordinary_raters(cohort: str, answers: str) -> None:
    """Stated are 85 %; over 2,000 patients 90 % or more hold. Here, with few, two standard errors are allowed below 88 %."""
    found = figures(cohort, answers)
    assert found.within >= 81
    assert found.interval >= 84
    assert found.largest_step <= 0.5


@pytest.mark.slow
def test_a_bad_rater_makes_the_stated_probability_optimistic_and_by_how_much() -> None:
    """A rater who is unsure throughout, on a wide muscle: 75 % of 2,000 instead of the stated 85 % (docs/titration.md). These hundred
    patients are always the same, and 75 % of them hold: the bounds are a few patients wide, and well below what is stated."""
    found = figures("C")
    assert 71 <= found.within <= 79
    assert found.exceed <= 8


@pytest.mark.slow
def test_where_discomfort_comes_first_it_ends_early_without_a_threshold() -> None:
    found = figures("E")
    assert found.not_reachable >= 93
    assert found.bursts <= 8.5
    assert found.above <= 1.7
