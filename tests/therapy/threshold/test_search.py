"""What comes next and why, and how a search ends."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from rnprog.therapy.grid import Range
from rnprog.therapy.threshold import QUICK, STANDARD, Confirm, Finished, Next, Outcome, Profile, Scale, Settings, Why, next_step
from rnprog.therapy.threshold.evidence import report
from rnprog.therapy.threshold.posterior import Evidence, Report
from rnprog.therapy.threshold.response import LEVELS_MA, REFERENCE, Contraction
from rnprog.therapy.threshold.search import highest_risk, posterior_of
from rnprog.therapy.titration import Answer, Titration, TitrationError
from tests.therapy.samples import ma
from tests.therapy.threshold.helpers import FELT, GRADED, YES_NO, allowed, titrated

FOUND = "0.5- 0.9+ 0.8- 1.0+ 0.9+ 0.8- 0.9+"


def following(titration: Titration, settings: Settings = YES_NO, limit: str = "10.0") -> Next:
    step = next_step(titration, allowed(titration, limit), settings)
    assert isinstance(step, Next)
    return step


def ended(titration: Titration, settings: Settings = YES_NO, limit: str = "10.0") -> Finished:
    step = next_step(titration, allowed(titration, limit), settings)
    assert isinstance(step, Finished)
    return step


def test_nothing_comes_before_it_began_or_while_an_answer_is_awaited() -> None:
    with pytest.raises(TitrationError, match="not begun"):
        next_step(Titration(), ma("0.5"), YES_NO)
    with pytest.raises(TitrationError, match="not answered"):
        next_step(Titration().begin().burst_given(ma("0.5")), ma("0.5"), YES_NO)


def test_the_first_burst_is_half_a_milliampere() -> None:
    assert (following(titrated("")).amplitude_ma, following(titrated("")).why) == (ma("0.5"), Why.FIRST)


def test_after_a_gap_it_starts_from_0_again() -> None:
    step = following(titrated("0.5- 0.9- 1.2-").gap())
    assert (step.amplitude_ma, step.why) == (ma("0.5"), Why.FIRST)
    assert following(titrated("0.5-", titrated("0.5- 0.9- 1.2-").gap())).amplitude_ma == ma("1.0")


@pytest.mark.parametrize(
    ("bursts", "settings", "amplitude", "why"),
    [
        ("0.5-", YES_NO, "0.9", Why.RISK),
        ("0.5-", FELT, "1.0", Why.STEP),
        ("0.5- 0.9- 1.2- 1.5+", YES_NO, "1.4", Why.ESTIMATE),
        ("0.5?", YES_NO, "0.5", Why.AGAIN),
        ("0.5? 0.5?", YES_NO, "0.8", Why.RISK),
        ("0.5- 0.9? 0.9-", YES_NO, "1.2", Why.RISK),
    ],
)
def test_what_comes_next_and_why(bursts: str, settings: Settings, amplitude: str, why: Why) -> None:
    step = following(titrated(bursts), settings)
    assert (step.amplitude_ma, step.why) == (ma(amplitude), why)


def test_a_step_that_is_riskier_than_wanted_is_the_smallest_and_says_so() -> None:
    afraid = Settings(replace(YES_NO.profile, discomfort_risk=0.001))
    step = following(titrated("0.5- 1.0-"), afraid)
    assert (step.amplitude_ma, step.why) == (ma("1.1"), Why.SMALLEST)
    assert step.discomfort_risk > 0.001


def test_an_early_false_alarm_does_not_lead_up() -> None:
    """The estimate still lies far above, but directly after a contraction nothing goes up."""
    step = following(titrated("0.5+"))
    assert step.amplitude_ma == ma("0.5")
    assert step.why is Why.AFTER_CONTRACTION


def test_unsure_after_a_contraction_does_not_lead_up_either() -> None:
    assert following(titrated("0.5- 0.9+ 0.6? 0.6?")).amplitude_ma <= ma("0.9")


def test_the_same_again_is_not_asked_after_a_gap() -> None:
    assert following(titrated("0.5- 0.9?").gap()).why is Why.FIRST


def test_feeling_below_contraction_shortens_the_steps() -> None:
    unfelt, felt = following(titrated("0.5- 0.9-"), FELT), following(titrated("0.5- 0.9f"), FELT)
    assert unfelt.amplitude_ma > felt.amplitude_ma
    assert unfelt.estimate.median_ma > felt.estimate.median_ma


def test_where_feeling_is_not_asked_it_says_nothing() -> None:
    assert following(titrated("0.5- 0.9f"), GRADED) == following(titrated("0.5- 0.9-"), GRADED)


def test_what_is_felt_elsewhere_says_nothing_of_feeling() -> None:
    elsewhere = titrated("0.5-").burst_given(ma("0.9")).answered(Answer.FELT, elsewhere=True)
    unasked, unfelt, felt = (following(each, FELT).estimate.median_ma for each in (elsewhere, titrated("0.5- 0.9-"), titrated("0.5- 0.9f")))
    assert felt < unasked < unfelt


def test_discomfort_waits_for_the_clinician_and_leaves_a_ceiling() -> None:
    hurt = titrated("0.5-").burst_given(ma("0.9")).answered(Answer.DISCOMFORT)
    step = next_step(hurt, allowed(hurt), YES_NO)
    assert isinstance(step, Confirm)
    assert (step.ceiling_ma, step.reports, step.suggest_end) == (ma("0.8"), 1, False)
    after = following(hurt.proceed())
    assert (after.amplitude_ma, after.why) == (ma("0.8"), Why.CEILING)
    twice = hurt.proceed().burst_given(ma("0.8")).answered(Answer.DISCOMFORT)
    again = next_step(twice, allowed(twice), YES_NO)
    assert isinstance(again, Confirm)
    assert again.suggest_end


def test_a_rating_given_besides_discomfort_counts_besides_it() -> None:
    before = titrated("0.5- 0.9-")
    alone = before.burst_given(ma("1.2")).answered(Answer.DISCOMFORT).proceed()
    rated = before.burst_given(ma("1.2")).answered(Answer.DISCOMFORT, contraction=Answer.CLEAR).proceed()
    assert following(rated).estimate.median_ma < following(alone).estimate.median_ma < following(before).estimate.median_ma
    assert following(rated).amplitude_ma <= ma("1.0")


def test_too_strong_says_where_the_threshold_may_lie_and_changes_no_chance_of_it() -> None:
    """Discomfort scales with the threshold, so it lies lower than was thought; the next step's risk and whether the threshold can be
    reached are judged without that."""
    before = titrated("0.5- 0.9- 1.2-")
    hurt = titrated("1.5x", before)
    known, unhurt = posterior_of(hurt, YES_NO), posterior_of(before, YES_NO)
    assert known.quantile_ma(0.95) < unhurt.quantile_ma(0.95)
    assert known.discomfort(14, 12) == unhurt.discomfort(14, 12)
    assert known.above(1.35) == unhurt.above(1.35) > sum(w for w, level in zip(known.weights, LEVELS_MA, strict=True) if level > 1.35)
    assert known.contraction(13) > unhurt.contraction(13)
    more = known.with_evidence(Evidence(13, Contraction.SOME))
    assert more.quantile_ma(0.5) < known.quantile_ma(0.5) and more.reported == known.reported


def test_what_is_too_strong_in_the_wrong_place_says_nothing_of_this_muscle() -> None:
    before = titrated("0.5- 0.9-")
    astray = before.burst_given(ma("1.2")).answered(Answer.DISCOMFORT, elsewhere=True).proceed()
    assert report(astray) is None
    assert posterior_of(astray, YES_NO).weights == posterior_of(before, YES_NO).weights


@pytest.mark.parametrize(
    ("bursts", "found"),
    [("0.5-", None), ("0.5x", Report(5, 0)), ("0.5- 0.9x 0.8-", Report(9, 8)), ("0.5- 1.0- 1.4? 1.0x 0.9x", Report(9, 5))],
)
def test_where_discomfort_begins(bursts: str, found: Report | None) -> None:
    assert report(titrated(bursts)) == found


def test_discomfort_at_the_lowest_step_leaves_nothing() -> None:
    hurt = Titration().begin().burst_given(ma("0.1")).answered(Answer.DISCOMFORT)
    assert ended(hurt).outcome is Outcome.NOT_REACHABLE


def test_a_limit_below_the_threshold_is_approached_and_then_it_is_not_reachable() -> None:
    assert following(titrated("0.5- 0.9-"), limit="1.0").why is Why.CEILING
    assert ended(titrated("0.5- 0.9- 1.0-"), limit="1.0").outcome is Outcome.NOT_REACHABLE


def test_a_limit_that_may_still_be_above_the_threshold_is_tried_again() -> None:
    step = following(titrated("0.5- 0.9- 1.0+ 1.0-"), limit="1.0")
    assert step.amplitude_ma <= ma("1.0")


def test_when_nothing_at_all_is_allowed_it_is_aborted() -> None:
    step = next_step(titrated(""), ma("0.0"), YES_NO)
    assert isinstance(step, Finished)
    assert step.outcome is Outcome.ABORTED


def test_an_impedance_that_grew_old_during_the_search_aborts_it_and_says_nothing_of_the_threshold() -> None:
    step = next_step(titrated("0.5-"), ma("0.0"), YES_NO)
    assert isinstance(step, Finished)
    assert step.outcome is Outcome.ABORTED


def test_the_lowest_step_of_a_device_is_offered_where_the_estimate_lies_below_it() -> None:
    coarse = Range(D("0.4"), D("5.0"), D("0.1"))
    quiet = titrated("0.4+ 0.4+ 0.4+ 0.4+")
    step = next_step(quiet, allowed(quiet), YES_NO, coarse)
    assert isinstance(step, Next)
    assert step.amplitude_ma == ma("0.4")
    nothing = next_step(titrated(""), ma("0.3"), YES_NO, coarse)
    assert isinstance(nothing, Finished)
    assert nothing.outcome is Outcome.ABORTED


def test_a_threshold_is_told_with_its_probability_and_interval() -> None:
    end = ended(titrated(FOUND))
    assert end.outcome is Outcome.THRESHOLD
    estimate = end.estimate
    assert (estimate.median_ma, estimate.within_ma) == (D("0.84"), D("0.13"))
    assert estimate.lower_ma < estimate.median_ma < estimate.upper_ma
    assert estimate.probability >= 0.85
    assert (end.bursts, end.contractions, end.ceiling_ma, end.above_ceiling) == (7, 4, None, None)


@pytest.mark.parametrize(("scale", "bursts"), [(Scale.YES_NO, 7), (Scale.GRADE, 6), (Scale.GRADE_FELT, 5)])
def test_answers_that_say_more_are_needed_less_often(scale: Scale, bursts: int) -> None:
    settings, titration = Settings(scale=scale), titrated("0.4- 0.5+ 0.4-")
    while len(titration.log) < bursts - 1:
        titration = titrated("0.51", titration)
    assert isinstance(next_step(titration, allowed(titration), settings), Next)
    assert ended(titrated("0.51", titration), settings).outcome is Outcome.THRESHOLD


@pytest.mark.parametrize(
    ("profile", "threshold", "within"),
    [(STANDARD, 1.0, 0.12), (STANDARD, 4.0, 0.2), (QUICK, 1.0, 0.18), (QUICK, 4.0, 0.345)],
)
def test_a_tolerance_is_the_larger_of_an_amount_and_a_share(profile: Profile, threshold: float, within: float) -> None:
    assert profile.within_ma(threshold) == pytest.approx(within)


def test_the_worst_rater_thought_possible_is_the_same_whatever_is_asked() -> None:
    assert {Settings(scale=scale).worst_rater for scale in Scale} == {(0.15, 0.10)}
    assert Settings(classes=REFERENCE).worst_rater == (0.12, 0.06)


@pytest.mark.parametrize("scale", [*Scale])
def test_the_weights_of_all_classes_add_up_to_1(scale: Scale) -> None:
    assert sum(weight for *_, weight in Settings(scale=scale).believed) == pytest.approx(1)


def test_only_with_feeling_may_a_step_carry_more_than_the_profile_says() -> None:
    assert [Settings(scale=scale).step_risk() for scale in Scale] == pytest.approx([0.025, 0.025, 0.035])


def test_with_yes_and_no_a_step_carries_less_risk_after_the_first_contraction() -> None:
    assert [Settings(scale=scale).step_risk(contracted=True) for scale in Scale] == pytest.approx([0.022, 0.025, 0.035])
    assert [highest_risk(titrated(bursts), YES_NO) for bursts in ("0.5- 0.9-", "0.5- 0.9+ 0.8-")] == pytest.approx([0.025, 0.022])
    assert Settings(QUICK).step_risk(contracted=True) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("bursts", "amplitude", "why"),
    [
        ("0.5- 0.9+ 0.8-", "0.9", Why.AFTER_CONTRACTION),
        ("0.5- 0.9+ 0.8- 0.8-", "0.9", Why.AFTER_CONTRACTION),
        ("0.5- 0.9+ 0.8- 0.9-", "1.0", Why.RISK),
    ],
)
def test_after_a_contraction_nothing_is_higher_until_a_burst_there_was_without(bursts: str, amplitude: str, why: Why) -> None:
    step = following(titrated(bursts))
    assert (step.amplitude_ma, step.why) == (ma(amplitude), why)


def test_that_holds_for_the_standard_profile_with_yes_and_no_alone() -> None:
    another = following(titrated("0.5- 0.9+ 0.8-"), Settings(replace(STANDARD, name="another")))
    assert (another.amplitude_ma, another.why) == (ma("1.0"), Why.ESTIMATE)


@pytest.mark.parametrize(
    ("titration", "outcome"),
    [
        (titrated("0.5- 0.9-").stopped(), Outcome.STOPPED),
        (titrated(FOUND).stopped(), Outcome.STOPPED),
        (titrated("0.5- 0.9-").finished(), Outcome.ABORTED),
        (titrated(FOUND).finished(), Outcome.THRESHOLD),
        (titrated("0.5- " * 31), Outcome.TOO_MANY_BURSTS),
    ],
)
def test_the_other_endings(titration: Titration, outcome: Outcome) -> None:
    assert ended(titration).outcome is outcome


def test_it_says_when_there_were_many_bursts() -> None:
    assert not following(titrated("0.5- " * 19)).warn
    assert following(titrated("0.5- " * 20)).warn


def test_it_says_when_late_answers_disagree_with_early_ones() -> None:
    tired = "0.5- 1.0- 1.5+ 1.2+ 1.2+ 1.2+ " + "1.2- 1.4- 1.5- 1.6- 1.7- 1.9- "
    eager = "0.5- 1.0- 1.5- 2.0- 2.4- 2.4- " + "1.6+ 1.5+ 1.5+ 1.4+ 1.4+ 1.4+ "
    assert following(titrated(tired)).disagrees
    assert following(titrated(eager)).disagrees
    assert not following(titrated("0.5- 0.9- 1.2- 1.5- 1.9- 2.3+ 2.1+ 2.0- 2.1- 2.1- 2.2- 2.2+ 2.2-")).disagrees


def test_a_climb_in_vain_is_no_disagreement() -> None:
    """Twenty times nothing, one step higher each time, was explained as a muscle that tires."""
    climb = [f"{tenths // 10}.{tenths % 10}" for tenths in range(5, 100, 5)]
    assert not following(titrated(" ".join(f"{each}-" for each in climb))).disagrees
    mixed = [f"{each}{'+' if tenths >= 8 else '-'}" for tenths, each in enumerate(climb)]
    assert not following(titrated(" ".join(mixed))).disagrees, "one threshold explains all of it"


def test_an_amplitude_finer_than_a_tenth_is_refused() -> None:
    with pytest.raises(TitrationError, match="finer"):
        next_step(titrated("0.25-"), ma("0.7"), YES_NO)


def test_a_log_that_began_by_hand_is_gone_on_with() -> None:
    by_hand = titrated("0.3- 0.6- 1.0f 1.3f 1.5+")
    step = following(by_hand, Settings(scale=Scale.GRADE_FELT))
    assert ma("1.0") < step.amplitude_ma <= ma("1.5")
