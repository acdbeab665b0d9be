"""The therapy amplitude: proposed, confirmed, bounded, and checked on both sides."""

from decimal import Decimal as D

import pytest

from rnprog.therapy.grid import Range
from rnprog.therapy.threshold import (
    Checked,
    Ending,
    Limit,
    Nothing,
    Proposal,
    Rung,
    Verdict,
    confirm,
    next_rung,
    patient_maximum,
    propose,
    rungs,
)
from rnprog.therapy.threshold.amplitude import LEAST_PROBABILITY
from rnprog.therapy.threshold.search import posterior_of
from rnprog.therapy.titration import Answer, Titration, TitrationError
from tests.therapy.samples import ma
from tests.therapy.threshold.helpers import YES_NO, allowed, titrated

FOUND = "0.5- 0.9- 1.2- 1.5- 1.9+ 1.7+ 1.6+ 1.5- 1.6- 1.6+"


def proposed(bursts: str, limit: str = "10.0") -> Proposal:
    made = propose(titrated(bursts), ma(limit), YES_NO)
    assert isinstance(made, Proposal)
    return made


def test_the_lowest_amplitude_that_contracts_nine_times_in_ten() -> None:
    made, known = proposed(FOUND), posterior_of(titrated(FOUND), YES_NO)
    assert made.amplitude_ma == ma("1.8")
    assert made.contraction_probability >= 0.9 > known.contraction(17)
    assert (made.limited_by, made.discomfort_risk, made.ceiling_ma, made.margin_ma) == (None, 0, None, None)
    assert made.expected_discomfort_ma > made.amplitude_ma


def test_a_good_average_is_not_enough_while_a_poor_chance_is_too_likely() -> None:
    """At 1.8 mA the average is 91 %, but in one of six patients with these answers the muscle would contract in fewer than eight of ten."""
    log = "0.5- 0.9- 1.2- 1.5- 1.8+ 1.7+ 1.6+ 1.5- 1.6-"
    known = posterior_of(titrated(log), YES_NO)
    assert known.contraction(18) > 0.9 > known.dependably(18, 0.8)
    assert proposed(log).amplitude_ma == ma("1.9")
    assert known.dependably(19, 0.8) >= 0.9


def test_how_dependable_an_amplitude_is_falls_with_the_chance_that_is_asked_for() -> None:
    known = posterior_of(titrated(FOUND), YES_NO)
    asked = [known.dependably(18, chance) for chance in (0.0, 0.2, 0.5, 0.8, 0.95, 1.0)]
    assert asked == sorted(asked, reverse=True) and asked[0] == pytest.approx(1)
    assert [known.dependably(tenths, 0.8) for tenths in (10, 40)] == pytest.approx([0, 1], abs=1e-3)
    assert known.contraction(18) == pytest.approx(sum(known.dependably(18, (n + 0.5) / 1000) for n in range(1000)) / 1000, abs=2e-3)


def test_discomfort_limits_it_and_the_margin_is_shown() -> None:
    made = proposed(f"{FOUND} 1.9x")
    assert (made.amplitude_ma, made.limited_by) == (ma("1.7"), Limit.CEILING)
    assert made.contraction_probability < 0.9
    assert (made.ceiling_ma, made.margin_ma) == (D("1.7"), D("0.0"))


def test_a_limit_of_the_device_limits_it() -> None:
    assert (proposed(FOUND, "1.7").amplitude_ma, proposed(FOUND, "1.7").limited_by) == (ma("1.7"), Limit.CEILING)


def nothing(bursts: str, limit: str = "10.0", rejected: str | None = None) -> Nothing:
    made = propose(titrated(bursts), ma(limit), YES_NO, rejected_ma=ma(rejected) if rejected else None, least_probability=LEAST_PROBABILITY)
    assert isinstance(made, Nothing)
    return made


def test_where_the_muscle_contracts_less_often_than_not_nothing_is_proposed() -> None:
    """Discomfort just above the threshold: 0.8 mA at 20 % was proposed for therapy."""
    made = nothing("0.5- 0.9+ 0.8- 0.9+ 0.8- 0.9x")
    assert (made.highest_ma, made.ceiling_ma, made.limited_by) == (ma("0.8"), ma("0.8"), Limit.CEILING)
    assert 0.1 < made.contraction_probability < 0.5
    assert nothing(FOUND, "1.5").contraction_probability < 0.5


def test_far_above_what_was_tolerated_nothing_is_proposed() -> None:
    made = nothing("0.5- 0.9-")
    assert made.limited_by is Limit.DISCOMFORT_RISK
    assert made.highest_ma is not None and made.contraction_probability < 0.5


def test_where_more_would_probably_be_too_strong_what_is_likely_enough_is_proposed() -> None:
    made = proposed("0.5- 0.9- 1.2+ 1.2-")
    assert made.limited_by is Limit.DISCOMFORT_RISK and made.discomfort_risk <= 0.15
    assert 0.5 <= made.contraction_probability < 0.9


@pytest.mark.parametrize("bursts", [FOUND, f"{FOUND} 1.8+ 1.8+ 1.8-"])
def test_after_a_rejection_at_least_one_step_more_is_proposed_whatever_the_model_says(bursts: str) -> None:
    made = propose(titrated(bursts), ma("10.0"), YES_NO, rejected_ma=ma("1.9"))
    assert isinstance(made, Proposal) and made.amplitude_ma == ma("2.0")


def test_what_was_rejected_is_not_proposed_again_under_a_ceiling() -> None:
    made = nothing(f"{FOUND} 1.9x", rejected="1.7")
    assert (made.rejected_ma, made.highest_ma, made.limited_by) == (ma("1.7"), None, Limit.CEILING)
    assert nothing(FOUND, rejected="2.9").limited_by is Limit.DISCOMFORT_RISK


def test_without_any_allowed_amplitude_there_is_no_proposal() -> None:
    assert isinstance(propose(titrated(FOUND), ma("0.0"), YES_NO), Nothing)
    device = propose(titrated(FOUND), ma("10.0"), YES_NO, Range(D("2.0"), D("5.0"), D("0.1")))
    assert isinstance(device, Proposal)
    assert device.amplitude_ma == ma("2.0")


def test_discomfort_is_expected_at_the_top_where_the_threshold_is() -> None:
    high = " ".join(f"{tenths / 10}-" for tenths in range(5, 100, 5)) + " 9.9+ 9.9+ 9.8+"
    assert proposed(high).expected_discomfort_ma == D("10.0")


def confirmation(titration: Titration, since: int, amplitude: str = "1.9", limit: str = "10.0") -> tuple[Verdict, object]:
    stands = confirm(titration, ma(amplitude), YES_NO, since=since, highest_allowed=allowed(titration, limit))
    return stands.verdict, stands.next_ma


def test_three_contractions_confirm_it() -> None:
    titration = titrated(FOUND)
    since = len(titration.log)
    assert confirmation(titration, since) == (Verdict.REPEAT, ma("1.9"))
    assert confirmation(titrated("1.9+ 1.9+ 1.9?", titration), since) == (Verdict.REPEAT, ma("1.9"))
    assert confirmation(titrated("1.9+ 1.9+ 1.9+", titration), since) == (Verdict.CONFIRMED, None)
    weak = titrated("1.9+ 1.91 1.9+", titration)
    stands = confirm(weak, ma("1.9"), YES_NO, since=since, highest_allowed=allowed(weak))
    assert (stands.contracted, stands.clear, stands.given) == (3, 2, 3), "a flicker is a contraction, and is told from a clear one"


def test_a_burst_without_an_answer_confirms_nothing() -> None:
    """It counted as given, and as no miss."""
    titration = titrated(FOUND)
    asking = titration.burst_given(ma("1.9"))
    with pytest.raises(TitrationError, match="not answered"):
        confirm(asking, ma("1.9"), YES_NO, since=len(titration.log), highest_allowed=allowed(titration))
    cut_off = confirm(asking.stopped(), ma("1.9"), YES_NO, since=len(titration.log), highest_allowed=ma("1.7"))
    assert (cut_off.given, cut_off.contracted) == (0, 0)


@pytest.mark.parametrize("answers", ["1.9+ 1.9-", "1.9+ 1.9x", "1.8x"])
def test_a_miss_or_discomfort_rejects_it(answers: str) -> None:
    titration = titrated(FOUND)
    assert confirmation(titrated(answers, titration), len(titration.log)) == (Verdict.REJECTED, None)


def test_it_is_reached_by_the_ladder_also_after_a_gap() -> None:
    titration = titrated(FOUND).gap()
    since = len(titration.log)
    assert confirmation(titration, since) == (Verdict.REACH, ma("0.5"))
    assert confirmation(titrated("0.5- 1.0- 1.5-", titration), since) == (Verdict.REPEAT, ma("1.9"))


def test_above_what_was_tolerated_it_is_approached_carefully() -> None:
    titration = titrated("0.5- 0.9- 1.2+ 1.1+ 1.0- 1.1- 1.1+")
    assert confirmation(titration, len(titration.log), "1.7") == (Verdict.REACH, ma("1.3"))


def test_where_nothing_is_allowed_no_burst_is_offered() -> None:
    assert confirmation(titrated(FOUND).gap(), 10, limit="0.0") == (Verdict.REACH, None)


def test_the_patient_may_later_choose_what_was_tolerated_here() -> None:
    assert patient_maximum(titrated(FOUND), ma("10.0")) == ma("1.9")
    assert patient_maximum(titrated(FOUND), ma("1.4")) == ma("1.4")
    assert patient_maximum(titrated(f"{FOUND} 1.9x"), ma("10.0")) == ma("1.7")
    assert patient_maximum(Titration(), ma("10.0")) == ma("0.0")


LADDER = rungs(ma("2.0"), ma("0.9"))


def test_both_sides_go_up_in_small_steps_to_80_90_and_100_percent() -> None:
    assert [(str(each.left_ma), str(each.right_ma), each.share_percent) for each in LADDER] == [
        ("0.5", "0.5", None),
        ("1.0", "0.7", None),
        ("1.5", "0.7", None),
        ("1.6", "0.7", 80),
        ("1.8", "0.8", 90),
        ("2.0", "0.9", 100),
    ]


@pytest.mark.parametrize(("left", "right"), [("0.1", "10.0"), ("5.0", "5.0"), ("0.2", "0.1")])
def test_no_rung_is_high_and_each_share_has_its_burst(left: str, right: str) -> None:
    ladder = rungs(ma(left), ma(right))
    assert [each.share_percent for each in ladder if each.share_percent] == [80, 90, 100]
    assert (ladder[-1].left_ma, ladder[-1].right_ma) == (ma(left), ma(right))
    before = Rung(ma("0"), ma("0"), None)
    for rung in ladder:
        assert max(rung.left_ma - before.left_ma, rung.right_ma - before.right_ma) <= D("0.5")
        assert min(rung.left_ma, rung.right_ma) > 0
        before = rung


@pytest.mark.parametrize(("left", "right"), [("0.0", "1.0"), ("1.0", "1.05"), ("1.0", "10.5")])
def test_only_amplitudes_of_the_device_can_be_checked(left: str, right: str) -> None:
    with pytest.raises(TitrationError, match="both sides"):
        rungs(ma(left), ma(right))


def test_the_lowest_step_of_a_device_is_not_gone_below() -> None:
    ladder = rungs(ma("0.5"), ma("0.4"), Range(D("0.4"), D("5.0"), D("0.1")))
    assert {each.right_ma for each in ladder} == {ma("0.4")}


def checked(answers: str) -> Rung | Checked:
    signs = {"+": Answer.CLEAR, "?": Answer.UNSURE, "x": Answer.DISCOMFORT}
    return next_rung(LADDER, [signs[each] for each in answers])


def test_each_answer_leads_one_rung_up_and_unsure_repeats() -> None:
    assert checked("") == LADDER[0]
    assert checked("++?") == LADDER[2]
    assert checked("++++++") == Checked(Ending.TOLERATED, LADDER[-1])


def test_too_strong_together_goes_back_to_the_last_share_that_was_tolerated() -> None:
    assert checked("++++x") == Checked(Ending.REDUCED, LADDER[3])
    assert checked("+++x") == Checked(Ending.TOO_STRONG, None)
