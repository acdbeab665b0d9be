"""Electrode pairs screened and ranked, and the data to draw a search."""

from dataclasses import replace
from decimal import Decimal as D
from itertools import pairwise

import pytest

from rnprog.therapy.contacts import Electrodes
from rnprog.therapy.threshold import (
    SCREENING,
    Finished,
    Margin,
    MixedModalities,
    Modality,
    Outcome,
    PriorKind,
    Scale,
    Screened,
    Settings,
    closer_look,
    curves,
    next_step,
    outdone,
    rank,
    rivals,
    screening_settings,
)
from rnprog.therapy.titration import Titration, TitrationError
from rnprog.therapy.units import Hertz, Microseconds
from tests.therapy.samples import ma
from tests.therapy.threshold.helpers import GRADED, YES_NO, allowed, titrated

WIDTH, RATE = Microseconds(D(214)), Hertz(D(20))
USUAL = Settings(SCREENING)
LOW = "0.5- 0.9- 1.2+ 1.1+ 1.0- 1.1- 1.1+"
HIGH = "0.5- 0.9- 1.2- 1.5- 1.9- 2.3+ 2.1+ 2.0- 2.1-"


def screened(pair: str, bursts: str, settings: Settings = USUAL, limit: str = "10.0") -> Screened:
    titration = titrated(bursts)
    step = next_step(titration, allowed(titration), settings)
    finished = step if isinstance(step, Finished) else next_step(titration.finished(), allowed(titration), settings)
    assert isinstance(finished, Finished)
    return Screened(Electrodes.parse(pair), titration, settings, finished, WIDTH, RATE, "RN1-0042", ma(limit))


LOWER, HIGHER = screened("-L1+L2", LOW), screened("-L2+L3", HIGH)


def outdone_by_another(pair: Screened) -> Screened:
    """The same pair, ended early."""
    return replace(pair, finished=replace(pair.finished, outcome=Outcome.WORSE))


def test_the_first_pair_is_screened_from_the_population_and_the_next_around_the_first() -> None:
    pair = Electrodes.parse("-L0+L1")
    first = screening_settings(pair, [], YES_NO, serial="RN1-0042", pulse_width_us=WIDTH)
    assert (first.profile, first.prior.kind) == (SCREENING, PriorKind.POPULATION)
    then = screening_settings(pair, [LOWER, HIGHER], YES_NO, serial="RN1-0042", pulse_width_us=WIDTH)
    assert then.prior.kind is PriorKind.OTHER_PAIR
    assert then.prior.centre_ma is not None
    assert D("1.4") < then.prior.centre_ma < D("1.6")


def test_a_pair_is_not_screened_twice_nor_with_another_modality() -> None:
    with pytest.raises(TitrationError, match="already"):
        screening_settings(LOWER.electrodes, [LOWER], YES_NO, serial="RN1-0042", pulse_width_us=WIDTH)
    with pytest.raises(MixedModalities):
        screening_settings(HIGHER.electrodes, [LOWER], replace(YES_NO, modality=Modality.EMG), serial="RN1-0042", pulse_width_us=WIDTH)


def test_the_lower_threshold_is_first_with_its_charge() -> None:
    best, second = rank([HIGHER, LOWER])
    assert (best.screened, second.screened) == (LOWER, HIGHER)
    assert best.proposal is not None
    assert best.charge_uc == best.proposal.amplitude_ma * 214 / 1000
    assert best.charge_uc_s == best.charge_uc * 20
    assert best.lowest_probability > 0.98
    assert best.lowest_probability + second.lowest_probability == pytest.approx(1)
    assert closer_look((best, second)) == ()


def test_a_low_threshold_with_little_room_stands_behind_a_higher_one_with_room() -> None:
    tight = screened("-L1+L2", f"{LOW} 1.6x")
    best, second = rank([tight, HIGHER])
    assert (best.screened, best.margin) == (HIGHER, Margin.UNTESTED)
    assert second.margin is Margin.NARROW


@pytest.mark.parametrize(
    ("more", "margin"),
    [("", Margin.UNTESTED), ("1.6+", Margin.UNTESTED), ("1.6+ 1.8+", Margin.AMPLE), ("2.3x", Margin.AMPLE), ("1.6x", Margin.NARROW)],
)
def test_the_room_is_what_was_tried_not_a_constant_of_the_model(more: str, margin: Margin) -> None:
    (found,) = rank([screened("-L1+L2", f"{LOW} {more}")])
    assert found.proposal is not None and found.proposal.amplitude_ma in (ma("1.3"), ma("1.2")) and found.margin is margin


def test_a_pair_that_was_tried_higher_is_not_better_for_that() -> None:
    tried = screened("-L2+L3", "0.5- 0.9- 1.2- 1.5- 1.9- 2.3+ 2.1+ 2.0- 2.1- 2.6+ 3.1+ 3.6+")
    best, second = rank([tried, LOWER])
    assert (best.margin, second.margin) == (Margin.UNTESTED, Margin.AMPLE)


def test_a_pair_held_down_by_a_limit_has_no_margin_and_one_without_threshold_no_amplitude() -> None:
    held = screened("-L1+L2", LOW, limit="1.1")
    missing = screened("-L0+L1", "0.5- 0.9-")
    ranking = rank([missing, held, HIGHER])
    assert [each.screened for each in ranking] == [HIGHER, held, missing]
    assert [each.margin for each in ranking] == [Margin.UNTESTED, Margin.NONE, Margin.NONE]
    assert ranking[2].proposal is None
    assert ranking[2].charge_uc is None
    assert closer_look(ranking) == ()
    assert closer_look(ranking[2:]) == ()


def test_two_pairs_that_can_hardly_be_told_apart_deserve_a_closer_look() -> None:
    ranking = rank([LOWER, screened("-L0+L1", LOW)])
    assert ranking[0].lowest_probability == pytest.approx(0.5)
    assert closer_look(ranking) == ranking
    assert [str(each.screened.electrodes) for each in ranking] == ["-L0+L1", "-L1+L2"]


@pytest.mark.parametrize(("bursts", "clear"), [("0.5- 0.9-", False), ("0.5- 0.9- 1.2-", True), ("0.5- 0.9- 1.2+", False)])
def test_a_pair_that_is_clearly_worse_is_known_after_few_bursts(bursts: str, clear: bool) -> None:
    found = outdone(titrated(bursts), USUAL, rivals([LOWER]))
    assert (found is not None) is clear
    if found is not None:
        assert found[0] is LOWER and found[1] >= 0.95
        assert len(bursts.split()) < len(HIGH.split())


def test_a_pair_that_ended_early_stands_last_without_an_amplitude() -> None:
    ranking = rank([outdone_by_another(HIGHER), LOWER])
    assert [each.screened.electrodes for each in ranking] == [LOWER.electrodes, HIGHER.electrodes]
    assert ranking[1].proposal is None and closer_look(ranking) == ()


def test_only_a_pair_with_an_amplitude_and_room_can_be_clearly_better() -> None:
    tight, missing = screened("-L0+L1", f"{LOW} 1.6x"), screened("-L0+L2", "0.5- 0.9-")
    assert rivals([tight, missing]) == rivals([]) == ()
    assert rivals([tight, HIGHER, LOWER]) == (LOWER, HIGHER)
    assert outdone(titrated("0.5- 0.9- 1.2- 1.5- 1.8-"), USUAL, ()) is None
    strongest = outdone(titrated("0.5- 0.9- 1.2- 1.5- 1.8- 2.1- 2.4- 2.8-"), USUAL, (HIGHER, LOWER))
    assert strongest is not None and strongest[0] is LOWER


def test_only_like_is_compared_with_like() -> None:
    with pytest.raises(TitrationError, match="no electrode pair"):
        rank([])
    with pytest.raises(MixedModalities):
        rank([LOWER, replace(HIGHER, settings=replace(USUAL, modality=Modality.SIGHT))])
    for change in ({"serial": "RN1-0043"}, {"rate_hz": Hertz(D(30))}, {"pulse_width_us": Microseconds(D(300))}):
        with pytest.raises(TitrationError, match="same device"):
            rank([LOWER, replace(HIGHER, **change)])


def test_the_posterior_can_be_drawn() -> None:
    drawn = curves(titrated(f"{LOW} 1.1?"), GRADED)
    area = sum(point.per_ma * point.level_ma * 0.025 for point in drawn.density)
    assert area == pytest.approx(1)
    peak = max(drawn.density, key=lambda point: point.per_ma)
    assert 0.9 < peak.level_ma < 1.2
    assert drawn.graded
    assert not curves(titrated(""), Settings(scale=Scale.YES_NO)).graded
    assert [(each.level_ma, str(each.answer)) for each in drawn.bursts][-1] == (1.1, "unsure")


def test_the_recruitment_curve_rises_from_grade_to_grade() -> None:
    points = curves(titrated(LOW), GRADED).recruitment
    assert (points[0].level_ma, points[-1].level_ma) == (0.1, 10.0)
    assert all(point.strong <= point.clear <= point.contraction for point in points)
    assert all(before.contraction <= after.contraction + 1e-12 for before, after in pairwise(points))
    assert points[11].discomfort == 0
    assert points[30].discomfort > 0.5


def test_the_curve_of_too_strong_knows_what_was_reported() -> None:
    """After discomfort at 1.5 mA it gave 50 % at 4.2 mA."""
    reported = [point.discomfort for point in curves(titrated(f"{LOW} 1.5x"), GRADED).recruitment]
    assert reported[14] == reported[99] == 1.0 and reported[13] < 1.0
    assert reported == sorted(reported) and max(reported[:13]) < 1.0
    before = [point.discomfort for point in curves(titrated(LOW), GRADED).recruitment]
    assert all(after >= without for after, without in zip(reported, before, strict=True))


def test_a_ceiling_from_before_bounds_the_curve_as_well() -> None:
    held = curves(titrated("0.5-", Titration(ma("0.7")).begin()), GRADED).recruitment
    assert held[6].discomfort == 1.0 and held[4].discomfort == 0.0 < held[5].discomfort < 1.0
    assert curves(Titration(ma("0.0")), GRADED).recruitment[0].discomfort == 1.0
