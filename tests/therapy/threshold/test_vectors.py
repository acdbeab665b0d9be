"""Figures worked out apart from this code, with the classes and the profile they belong to: the population's check values, the estimate's
after known answers, whole traces. Then the ladder and the traces of the search as it is."""

from dataclasses import replace

import pytest

from bench.titrating.ours import Ours, search
from bench.titrating.patients import Couch, patient
from rnprog.therapy.threshold import STANDARD, Finished, Next, Outcome, Settings, next_step
from rnprog.therapy.threshold.response import REFERENCE
from rnprog.therapy.threshold.search import posterior_of
from rnprog.therapy.titration import Titration
from tests.therapy.samples import ma
from tests.therapy.threshold.helpers import YES_NO, allowed, titrated

APART = Settings(replace(STANDARD, name="apart", least_bursts=6, most_bursts=25, discomfort_risk=0.03), classes=REFERENCE)


def test_patient_0_of_cohort_a() -> None:
    who = patient("A", 0)
    assert (round(who.threshold, 6), round(who.spread, 6), round(who.misses, 6)) == (2.458388, 0.091252, 0.051087)
    assert (round(who.false_alarms, 6), round(who.discomfort_ratio, 6), round(who.other_side, 6)) == (0.012081, 1.243954, 1.205300)


@pytest.mark.parametrize(
    ("cohort", "field", "total"),
    [
        ("A", "threshold", 4962.864458),
        ("A", "spread", 130.988346),
        ("A", "misses", 58.873185),
        ("A", "false_alarms", 39.955167),
        ("A", "discomfort_ratio", 3429.242263),
        ("B", "threshold", 8454.293729),
        ("C", "spread", 213.120973),
        ("E", "discomfort_ratio", 1603.383992),
    ],
)
def test_the_population_is_the_one_that_was_defined(cohort: str, field: str, total: float) -> None:
    assert sum(getattr(patient(cohort, index), field) for index in range(2000)) == pytest.approx(total, abs=1e-6)


@pytest.mark.parametrize(
    ("bursts", "interval", "following"),
    [
        ("", (0.687, 1.997, 5.754), "0.5"),
        ("0.5-", (0.7487, 2.0232, 5.7827), "0.9"),
        ("0.5- 0.9-", (1.0172, 2.1774, 5.9523), "1.2"),
        ("0.5- 0.9- 1.2-", (1.2797, 2.3778, 6.1766), "1.5"),
        ("0.5- 0.9- 1.2- 1.5+", (1.1083, 1.3737, 3.0209), "1.4"),
    ],
)
def test_the_estimate_after_known_answers(bursts: str, interval: tuple[float, float, float], following: str) -> None:
    titration = titrated(bursts)
    known = posterior_of(titration, APART)
    for share, expected in zip((0.05, 0.5, 0.95), interval, strict=True):
        assert known.quantile_ma(share) == pytest.approx(expected, abs=5.1e-4 if not bursts else 5.1e-5)
    step = next_step(titration, allowed(titration), APART)
    assert isinstance(step, Next)
    assert step.amplitude_ma == ma(following)


@pytest.mark.parametrize(
    ("settings", "rungs"),
    [
        (APART, "0.5 0.9 1.2 1.5 1.9 2.3 2.7 3.1 3.6 4.1 4.6 5.1"),
        (YES_NO, "0.5 0.9 1.2 1.5 1.8 2.1 2.4 2.8 3.2 3.6 4.1 4.6"),
    ],
    ids=["apart", "as it is"],
)
def test_only_no_answers_make_a_readable_ladder(settings: Settings, rungs: str) -> None:
    titration, ladder = titrated(""), []
    for _ in range(12):
        step = next_step(titration, allowed(titration), settings)
        assert isinstance(step, Next)
        ladder.append(str(step.amplitude_ma))
        titration = titrated(f"{step.amplitude_ma}-", titration)
    assert ladder == rungs.split()


@pytest.mark.parametrize(
    ("index", "trace", "median", "interval"),
    [
        (0, "0.5- 0.9- 1.2- 1.5- 1.9- 2.3+ 2.1+ 2.0- 2.1- 2.1- 2.2- 2.2+ 2.2- 2.2+ 2.2-", 2.210, (2.075, 2.417)),
        (1, "0.5- 0.9+ 0.8- 0.9+ 0.8+ 0.8-", 0.814, None),
        (2, "0.5- 0.9- 1.2+ 1.1+ 1.0- 1.1- 1.1+", 1.072, None),
        (5, "0.5- 0.9- 1.2- 1.5- 1.9+ 1.7+ 1.6+ 1.5- 1.6- 1.6+", 1.577, None),
    ],
)
def test_whole_searches(index: int, trace: str, median: float, interval: tuple[float, float] | None) -> None:
    """Patient 0 is an honest miss: the true threshold is 2.458, outside the interval, after one early "no"."""
    titration, step = search(Ours(), APART, Couch(patient("A", index), index))
    assert written(titration) == trace
    assert isinstance(step, Finished)
    assert step.outcome is Outcome.THRESHOLD
    known = posterior_of(titration, APART)
    assert known.quantile_ma(0.5) == pytest.approx(median, abs=5.1e-4)
    if interval is not None:
        assert (known.quantile_ma(0.05), known.quantile_ma(0.95)) == pytest.approx(interval, abs=5.1e-4)


@pytest.mark.parametrize(
    ("index", "trace", "median"),
    [
        (0, "0.5- 0.9- 1.2- 1.5- 1.8- 2.1- 2.4+ 2.3- 2.4+ 2.3- 2.4- 2.4+ 2.4- 2.4+ 2.4+", 2.351),
        (1, "0.5- 0.9+ 0.8- 0.9+ 0.8+ 0.8- 0.8-", 0.833),
        (2, "0.5- 0.9- 1.2+ 1.1+ 1.0- 1.1- 1.1+", 1.071),
        (5, "0.5- 0.9- 1.2- 1.5- 1.8+ 1.7+ 1.6+ 1.5-", 1.5623),
    ],
)
def test_the_same_patients_as_it_is(index: int, trace: str, median: float) -> None:
    titration, step = search(Ours(), Settings(), Couch(patient("A", index), index))
    assert written(titration) == trace
    assert isinstance(step, Finished)
    assert step.outcome is Outcome.THRESHOLD
    assert posterior_of(titration, Settings()).quantile_ma(0.5) == pytest.approx(median, abs=5.1e-4)


def written(titration: Titration) -> str:
    """The log as amplitudes with + where something contracted."""
    return " ".join(f"{burst.amplitude_ma}{'+' if burst.grade else '-'}" for burst in titration.log)


def test_the_first_burst_of_patient_0() -> None:
    """Its three uniforms are 0.189500, 0.830177, 0.209213: nothing at 0.5 mA, and a burst of 10 mA is too strong."""
    assert not Couch(patient("A", 0), 0).burst(5).grade
    assert Couch(patient("A", 0), 0).burst(100).discomfort
