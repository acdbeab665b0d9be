"""What holds for every log: bounds of each step, coherence, replay, probabilities that stay probabilities."""

from dataclasses import replace
from decimal import Decimal as D
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.titrating.ours import OPENNERVE, OURS, Ours, highest_allowed, search
from bench.titrating.patients import COHORTS, Couch, patient
from rnprog.therapy.threshold import PROFILES, Finished, Next, Outcome, Scale, Settings, Why, broken, next_step
from rnprog.therapy.threshold.posterior import Evidence, posterior
from rnprog.therapy.threshold.priors import population
from rnprog.therapy.threshold.response import Contraction
from rnprog.therapy.threshold.search import Step, posterior_of
from rnprog.therapy.titration import Answer, State, Titration
from tests.therapy.threshold.helpers import allowed, titrated

PATIENTS = 5
answers = st.sampled_from([*Answer])
evidences = st.builds(
    Evidence, st.integers(1, 100), st.one_of(st.none(), st.sampled_from([*Contraction])), st.one_of(st.none(), st.booleans())
)


def replayed(titration: Titration) -> Titration:
    """The same log entered once more from the start."""
    again = Titration(titration.earlier_ceiling_ma).begin()
    for burst in titration.log:
        assert burst.answer is not None
        again = again.burst_given(burst.amplitude_ma).answered(burst.answer, elsewhere=burst.elsewhere, contraction=burst.contraction)
        again = again.proceed() if again.state is State.BACKING_OFF else again
    return again


class Watch:
    """Checks each step of a search against the log before it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __call__(self, titration: Titration, step: Step) -> None:
        if not isinstance(step, Next):
            return
        amplitude_ma = step.amplitude_ma
        assert amplitude_ma <= titration.last_delivered_ma + D("0.5")
        assert amplitude_ma <= titration.highest_tolerated_ma + D("0.5")
        assert titration.ceiling_ma is None or amplitude_ma <= titration.ceiling_ma
        graded = [burst for burst in titration.log if burst.rated is not None and burst.rated.grade is not None]
        if graded and graded[-1].rated is not None and graded[-1].rated.grade:
            assert amplitude_ma <= graded[-1].amplitude_ma
        for burst in titration.log:
            if burst.answer is Answer.DISCOMFORT:
                assert amplitude_ma <= burst.amplitude_ma * D("0.9")
        assert next_step(replayed(titration), highest_allowed(titration), self.settings) == step


@pytest.mark.parametrize("cohort", COHORTS)
@pytest.mark.parametrize("scale", [*Scale])
def test_every_step_of_every_search_keeps_the_rules(cohort: str, scale: Scale) -> None:
    settings = Settings(scale=scale)
    for index in range(PATIENTS):
        _, step = search(Ours(scale=scale), settings, Couch(patient(cohort, index), index), Watch(settings))
        assert isinstance(step, Finished)
        assert step.bursts <= settings.rules.most_bursts


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_every_profile_ends(profile: object) -> None:
    way = next(Ours(each) for each in PROFILES if each is profile)
    settings = Settings(way.profile)
    ends = [search(way, settings, Couch(patient("A", index), index), Watch(settings))[1] for index in range(4)]
    assert all(isinstance(step, Finished) and step.bursts >= way.profile.least_bursts for step in ends)


def test_a_device_that_ends_at_5_ma_and_begins_at_0_2() -> None:
    way = Ours(amplitudes=OPENNERVE)
    for index in range(PATIENTS):
        _, step = search(way, Settings(), Couch(patient("B", index), index))
        assert isinstance(step, Finished)
        threshold = patient("B", index).threshold
        assert step.outcome is Outcome.NOT_REACHABLE if threshold > 5.5 else step.outcome is not Outcome.NOT_REACHABLE or threshold > 4.5


@given(st.lists(answers, max_size=40), st.sampled_from([*Scale]), st.sampled_from(PROFILES))
def test_any_answers_lead_to_legal_steps_and_to_an_end(said: list[Answer], scale: Scale, profile: object) -> None:
    settings = Settings(next(each for each in PROFILES if each is profile), scale)
    titration = Titration().begin()
    for answer in said:
        step = next_step(titration, allowed(titration), settings)
        if isinstance(step, Finished):
            break
        if not isinstance(step, Next):
            titration = titration.proceed()
            continue
        assert not broken(titration, step.amplitude_ma, allowed(titration))
        assert 0 <= step.discomfort_risk <= 1
        assert step.estimate.lower_ma <= step.estimate.median_ma <= step.estimate.upper_ma
        titration = titration.burst_given(step.amplitude_ma).answered(answer)


@given(st.lists(evidences, max_size=12))
def test_a_posterior_adds_up_to_1(found: list[Evidence]) -> None:
    known = posterior(population().weights, tuple(found))
    assert sum(known.weights) == pytest.approx(1)
    assert all(isfinite(each) and each >= 0 for each in known.weights)
    assert known.quantile_ma(0.05) <= known.quantile_ma(0.5) <= known.quantile_ma(0.95)
    assert 0 <= known.contraction(20) <= known.contraction(40) <= 1


@given(st.lists(evidences, max_size=8), st.integers(1, 100))
def test_one_more_unfelt_burst_never_lowers_the_estimate(found: list[Evidence], tenths: int) -> None:
    """Exactly so without ratings: a burst that was not felt moves every ratio's feeling threshold up."""
    known = posterior(population().weights, tuple(replace(each, seen=None) for each in found if each.felt is not True))
    assert known.with_evidence(Evidence(tenths, None, felt=False)).quantile_ma(0.5) >= known.quantile_ma(0.5) - 1e-9


@pytest.mark.parametrize("cohort", COHORTS)
@pytest.mark.parametrize("scale", [*Scale])
def test_one_more_no_at_the_offered_amplitude_never_lowers_the_estimate(cohort: str, scale: Scale) -> None:
    """At what is offered. Held down by a ceiling, far below a contraction, it may by a hair: it makes the rater more reliable, and so the
    contraction."""
    settings = Settings(scale=scale)

    def watch(titration: Titration, step: Step) -> None:
        if isinstance(step, Next):
            known = posterior_of(titration, settings)
            worse = known.with_evidence(Evidence(int(step.amplitude_ma * 10), Contraction.NONE))
            assert worse.quantile_ma(0.5) >= known.quantile_ma(0.5) - (0.005 if step.why is Why.CEILING else 1e-9)

    for index in range(PATIENTS):
        search(Ours(scale=scale), settings, Couch(patient(cohort, index), index), watch)


@given(st.lists(evidences, max_size=8))
def test_kept_results_and_fresh_ones_are_the_same_to_the_last_bit(found: list[Evidence]) -> None:
    kept = posterior(population().weights, tuple(found))
    posterior.cache_clear()
    assert posterior(population().weights, tuple(found)).weights == kept.weights


@pytest.mark.parametrize("bursts", [25, 60])
def test_contradictory_answers_neither_crash_nor_vanish(bursts: int) -> None:
    clash = [Evidence(1, Contraction.STRONG, felt=True), Evidence(100, Contraction.NONE, felt=False)]
    known = posterior(population().weights, tuple(clash[k % 2] for k in range(bursts)))
    assert sum(known.weights) == pytest.approx(1)
    assert isfinite(known.quantile_ma(0.5))


def test_a_long_log_is_rescaled_without_a_change() -> None:
    """The raw products of so many answers are too small to add up; only their ratios matter."""
    many = tuple(Evidence(20, Contraction.CLEAR if k % 2 else Contraction.NONE) for k in range(400))
    known = posterior(population().weights, many[:60])
    for each in many[60:]:
        known = known.with_evidence(each)
    assert sum(known.weights) == pytest.approx(1)
    assert 1.5 < known.quantile_ma(0.5) < 2.0


@pytest.mark.parametrize("limit", ["3.0", "5.0", "10.0"])
@pytest.mark.parametrize("scale", [*Scale])
def test_a_threshold_beyond_the_device_is_not_reachable(scale: Scale, limit: str) -> None:
    titration = titrated("")
    while isinstance(step := next_step(titration, allowed(titration, limit), Settings(scale=scale)), Next):
        titration = titrated(f"{step.amplitude_ma}-", titration)
    assert isinstance(step, Finished)
    assert step.outcome is Outcome.NOT_REACHABLE
    assert step.above_ceiling is not None
    assert step.above_ceiling > 0.85
    assert step.ceiling_ma == D(limit)


def test_undo_forgets_an_answer_altogether() -> None:
    settings = Settings(scale=Scale.GRADE_FELT)
    changed = titrated("0.5- 0.9f 1.2+").undone().answered(Answer.FELT)
    assert posterior_of(changed, settings).weights == posterior_of(titrated("0.5- 0.9f 1.2f"), settings).weights


def test_the_named_ways_of_the_benchmark_end() -> None:
    for way in OURS.values():
        assert isinstance(search(way, Settings(way.profile, way.scale), Couch(patient("A", 3), 3))[1], Finished)
