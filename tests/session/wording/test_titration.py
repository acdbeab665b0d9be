"""What a titration says of a lead, in words that can be acted on."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from rnprog.session.wording import impedance, titration, trend
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.titration import Answer
from rnprog.therapy.trend import PastTitration, ThresholdTrend
from rnprog.therapy.triage import Advice, Finding

NEWEST = PastTitration(Side.LEFT, Electrodes.parse("-L1+L2"), ("214", "20", "palpation"), None, D("3.2"), True, 0)
EARLIER = replace(NEWEST, motor_ma=D("2.4"), discomfort=False, age_days=183, on="2026-05-26")
ENDS = (Electrodes.parse("-L0+L1"), Electrodes.parse("-L3+L2"))
COMMAND = (
    "at either end of the lead; which way it slipped is not known: rnprog titrate --side left --electrodes=-L0+L1 or: "
    "rnprog titrate --side left --electrodes=-L3+L2."
)


def told(finding: Finding, *, ends: tuple[Electrodes, ...] = ENDS, past: ThresholdTrend | None = None, **changes: object) -> impedance.Told:
    newest = replace(NEWEST, **changes)  # type: ignore[arg-type]
    return impedance.told(Advice(finding, Side.LEFT, (), threshold=past, titration=newest), None, ends=ends, thresholds_known=True)


def test_the_wrong_place_means_an_x_ray_and_not_more_amplitude() -> None:
    said = told(Finding.WRONG_PLACE, elsewhere_ma=D("2.0"))
    assert said.title == "Left lead: felt in the wrong place, the impedance is in order."
    assert "migration" in said.likely
    assert "X-ray" in said.now and "Do not raise the amplitude" in said.now and said.now.endswith(COMMAND)
    assert "needs clinician sign-off" in said.source
    assert said.found == (
        "With -L1+L2, today, no contraction was confirmed up to 3.2 mA, before discomfort; it was felt in the wrong place from 2.0 mA on. "
        "There is no earlier titration with these electrodes and this pulse to compare with."
    )


def test_neither_end_of_the_lead_comes_before_the_other() -> None:
    """What was felt does not tell which way a lead slipped."""
    said = told(Finding.WRONG_PLACE, elsewhere_ma=D("2.0")).now
    assert "or the same with" not in said and "which way it slipped is not known" in said
    assert all(f"rnprog titrate --side left --electrodes={each}" in said for each in ENDS), "each end with its whole command"
    one = told(Finding.WRONG_PLACE, elsewhere_ma=D("2.0"), ends=ENDS[1:]).now
    assert one.endswith("at the one end of the lead that is in order: rnprog titrate --side left --electrodes=-L3+L2.")


def test_the_wrong_place_without_another_pair() -> None:
    assert told(Finding.WRONG_PLACE, ends=()).now.endswith("No other pair of the left lead can be tried now.")


def test_a_jump_shows_the_old_threshold_with_its_date() -> None:
    past = ThresholdTrend(NEWEST, D("2.4"), 1, True, (EARLIER,))
    said = told(Finding.THRESHOLD_JUMPED, past=past, motor_ma=D("4.8"))
    assert said.found == (
        "With -L1+L2, today, a contraction came at 4.8 mA. Before: at 2.4 mA (1 earlier visit, 2026-05-26, 6 months ago)."
    )
    assert said.now.endswith(COMMAND)
    several = ThresholdTrend(NEWEST, D("2.4"), 3, True, (EARLIER,))
    assert "(the median of 3 earlier visits, the last on 2026-05-26, 6 months ago)." in trend.found(
        Advice(Finding.THRESHOLD_JUMPED, Side.LEFT, threshold=several)
    )


def test_not_reached_with_and_without_discomfort() -> None:
    sore, high = told(Finding.NOT_REACHED), told(Finding.NOT_REACHED, discomfort=False)
    assert "Discomfort comes early" in sore.likely and "Believe the patient" in sore.now
    assert "migration" in high.likely and "--pulse-width" in high.now
    for said in (sore, high):
        assert COMMAND in said.now and said.now.endswith("ask for an X-ray: the lead may have moved.")
    assert "rnprog" not in told(Finding.NOT_REACHED, ends=()).now


def test_a_pair_that_a_limit_of_today_bounds_is_left_for_another() -> None:
    """A longer pulse was advised, and the same limit held for it."""
    bounded = told(Finding.NOT_REACHED, discomfort=False, bounded=True)
    assert "limit of today" in bounded.likely and "--pulse-width" not in bounded.now
    assert f"Try another pair, anew from 0 mA, {COMMAND}" in bounded.now
    assert "Try this side another day." in told(Finding.NOT_REACHED, discomfort=False, bounded=True, ends=()).now


@pytest.mark.parametrize(
    ("finding", "elsewhere_ma", "title"),
    [
        (Finding.THRESHOLD_AND_FAULT, None, "Left lead: besides, the contraction threshold jumped."),
        (Finding.TITRATION_AND_FAULT, None, "Left lead: besides, no contraction was reached."),
        (Finding.TITRATION_AND_FAULT, D("2.0"), "Left lead: besides, it was felt in the wrong place."),
    ],
)
def test_a_fault_comes_first(finding: Finding, elsewhere_ma: D | None, title: str) -> None:
    said = told(finding, elsewhere_ma=elsewhere_ma)
    assert said.title == title
    assert said.now.startswith("Deal with that fault first")


def test_only_findings_of_a_titration() -> None:
    with pytest.raises(ValueError, match="not about a titration"):
        titration.texts(Advice(Finding.SHORT, Side.LEFT, titration=NEWEST), ())


@pytest.mark.parametrize("answer", Answer)
def test_every_answer_in_words(answer: Answer) -> None:
    assert titration.answered(answer, elsewhere=False) == titration.ANSWER_WORDS[answer]


def test_answers_in_the_wrong_place() -> None:
    assert titration.answered(Answer.FELT, elsewhere=True) == "felt in the wrong place, no contraction"
    assert titration.answered(Answer.DISCOMFORT, elsewhere=True) == "TOO STRONG, in the wrong place"
