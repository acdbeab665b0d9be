"""How answers depend on the amplitude: the response model, as likelihoods over a grid of thresholds. Pure arithmetic.

A threshold is the amplitude at which the muscle contracts in half of the bursts. All shapes and figures here are assumptions: no
distribution of threshold, slope, feeling or discomfort has been published for the multifidus. Logarithms are natural, of mA.

Contraction: P(at least grade k at x) = f_k + (1 - f - m) * Phi((ln x - L - offset_k) / spread), with f false alarms, m misses.
Feeling: P(felt at x) = f + (1 - f - m) * Phi((ln x - S) / spread), S = L + ln(ratio), the ratio at most 1: felt below contraction.
Discomfort: P(too strong at x) = Phi((ln x - L - ln 1.6) / 0.30), more pessimistic than what the patients of the benchmark are.
A report of discomfort says where that level lies, and so something of L; a tenth of the belief is that it has nothing to do with L.

What keeps the stated probability honest for ordinary raters is that worse ones are thought possible than are usual. (Serrano-Pedraza 2020,
PLoS ONE 0226822, advises to assume a spread in the upper part of the population; `REFERENCE` does.)
"""

from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from math import erfc, exp, log, sqrt

CELLS = 167
STEP = 0.025
LOGS: tuple[float, ...] = tuple(log(0.20) + STEP * j for j in range(CELLS))
"""ln of the thresholds of the grid: 0.2 to 12.7 mA. Each stands for a cell of this width around it."""
LEVELS_MA: tuple[float, ...] = tuple(exp(each) for each in LOGS)
"""The same in mA. An estimate, never a dose."""

Classes = tuple[tuple[float, float, float, float], ...]
"""(spread in ln units, false alarms, misses, weight): kinds of muscle with kinds of rater. The weights add up to 1."""

CLASSES: Classes = (
    (0.03, 0.01, 0.03, 0.108),
    (0.03, 0.06, 0.12, 0.052),
    (0.06, 0.01, 0.03, 0.147),
    (0.06, 0.03, 0.06, 0.210),
    (0.06, 0.06, 0.12, 0.095),
    (0.06, 0.10, 0.15, 0.170),
    (0.10, 0.01, 0.03, 0.138),
    (0.10, 0.06, 0.12, 0.023),
    (0.16, 0.01, 0.03, 0.030),
    (0.16, 0.03, 0.06, 0.027),
)
"""What the search believes: an ordinary muscle with any rater, a wide one rather with a good rater, because answers that contradict each
other are explained by one of the two. Nothing beyond 10 % false alarms and 15 % misses is expected; say so beside a stated probability.
Settled on simulated patients (docs/titration.md), `unverified`."""
GRADED_CLASSES: Classes = (
    (0.03, 0.005, 0.015, 0.090),
    (0.03, 0.02, 0.05, 0.015),
    (0.06, 0.005, 0.015, 0.250),
    (0.06, 0.02, 0.05, 0.110),
    (0.06, 0.04, 0.085, 0.065),
    (0.06, 0.10, 0.15, 0.065),
    (0.10, 0.005, 0.015, 0.140),
    (0.10, 0.02, 0.05, 0.190),
    (0.16, 0.005, 0.015, 0.035),
    (0.16, 0.02, 0.05, 0.040),
)
"""The same where contractions are graded. A grade tells a misread burst from a weak contraction better than yes and no do, so good raters
may be believed more without growing too sure of bad ones. Settled on simulated patients, `unverified`."""
REFERENCE: Classes = tuple(
    (spread, false, miss, weight * share)
    for spread, weight in ((0.03, 0.20), (0.06, 0.40), (0.10, 0.28), (0.16, 0.12))
    for false, miss, share in ((0.01, 0.03, 0.5), (0.03, 0.06, 0.3), (0.06, 0.12, 0.2))
)
"""Every kind of muscle with every kind of rater: the classes whose figures were worked out apart from this code."""
ORDINARY: Classes = ((0.06, 0.03, 0.06, 1.0),)
"""One class alone, for quick comparisons."""

GRADE_OFFSETS: tuple[float, ...] = (0.0, log(1.15), log(1.35))
"""Grades 1, 2, 3 are reached in half of the bursts at 1, 1.15 and 1.35 times the threshold."""
HIGH_GRADE_FALSE = 0.3
"""Share of the false alarms that are called clear or strong."""
LEAST = 1e-4
"""No answer is impossible."""

FEEL_LOG_MEAN, FEEL_LOG_SPREAD = log(0.75), 0.18
"""ln of the ratio feeling / contraction. Wider than the benchmark's patients on purpose."""
FEEL_SLOPE, FEEL_FALSE, FEEL_MISS = 0.08, 0.02, 0.02
FEEL_STEP_CELLS = 4
FEEL_STEPS = 10
"""Ratios 1, 0.905, 0.819, ... 0.407: a whole number of cells apart, so one vector serves all of them by a shift."""

DISCOMFORT_LOG_RATIO, DISCOMFORT_SPREAD = log(1.6), 0.30
REPORT_SHARE = 0.9
"""Belief that discomfort scales with the threshold, as it does with that of evoked potentials in spinal cord stimulation (Pilitsis 2021:
r = 0.93 over posture and pulse width). The rest holds it to be anywhere, even in ln mA over `ANYWHERE_LOGS`. Not measured on the
multifidus: `unverified`."""
ANYWHERE_LOGS = log(20.0)
"""0.5 to 10 mA."""

Vector = tuple[float, ...]


class Contraction(IntEnum):
    """What was rated. `SOME`: a contraction, not graded."""

    NONE = 0
    FLICKER = 1
    CLEAR = 2
    STRONG = 3
    SOME = 4


def phi(z: float) -> float:
    """The normal distribution function."""
    return 0.5 * erfc(-z / _SQRT2)


_SQRT2 = sqrt(2.0)


def log_of(tenths: int) -> float:
    """ln of an amplitude given in tenths of a milliampere (1 or more)."""
    return log(tenths / 10)


@lru_cache(maxsize=512)
def contraction(tenths: int, seen: Contraction, classes: Classes = CLASSES) -> Vector:
    """Likelihood of what was seen at this amplitude: for each class in turn, for each threshold of the grid."""
    if seen is Contraction.SOME:
        return _at_least(tenths, 1, classes)
    if seen is Contraction.NONE:
        return tuple([1.0 - each for each in _at_least(tenths, 1, classes)])
    reached = _at_least(tenths, seen, classes)
    beyond = _at_least(tenths, seen + 1, classes) if seen < Contraction.STRONG else (0.0,) * len(reached)
    return tuple([max(here - above, LEAST) for here, above in zip(reached, beyond, strict=True)])


@lru_cache(maxsize=512)
def _at_least(tenths: int, grade: int, classes: Classes) -> Vector:
    values: list[float] = []
    share = 1.0 if grade == 1 else HIGH_GRADE_FALSE
    curves = dict(zip(spreads_of(classes), true_contraction(tenths, grade, classes), strict=True))
    for spread, false, miss, _ in classes:
        floor, height = share * false, 1.0 - false - miss
        values.extend([floor + height * each for each in curves[spread]])
    return tuple(values)


@lru_cache(maxsize=256)
def feeling(tenths: int, felt: bool) -> Vector:
    """Likelihood of "felt" or "not felt" at this amplitude, for feeling thresholds from the lowest ratio of the lowest cell up."""
    x = log_of(tenths)
    below = FEEL_STEP_CELLS * (FEEL_STEPS - 1)
    height = 1.0 - FEEL_FALSE - FEEL_MISS
    logs = [LOGS[0] + STEP * (j - below) for j in range(CELLS + below)]
    said = [FEEL_FALSE + height * phi((x - each) / FEEL_SLOPE) for each in logs]
    return tuple(said) if felt else tuple([1.0 - each for each in said])


def _ratio_weights() -> Vector:
    logs = [-STEP * FEEL_STEP_CELLS * k for k in range(FEEL_STEPS)]
    bell = [exp(-0.5 * ((each - FEEL_LOG_MEAN) / FEEL_LOG_SPREAD) ** 2) for each in logs]
    total = sum(bell)
    return tuple(each / total for each in bell)


RATIO_WEIGHTS = _ratio_weights()
"""Weight of the ratio 1, of the next lower one, and so on."""


def feeling_by_threshold(by_feeling: Sequence[float]) -> list[float]:
    """From a likelihood over feeling thresholds to one over motor thresholds: averaged over the ratios."""
    top = FEEL_STEP_CELLS * (FEEL_STEPS - 1)
    whole = [0.0] * CELLS
    for k, weight in enumerate(RATIO_WEIGHTS):
        start = top - FEEL_STEP_CELLS * k
        whole = [have + weight * each for have, each in zip(whole, by_feeling[start : start + CELLS], strict=True)]
    return whole


@lru_cache(maxsize=256)
def discomfort(tenths: int) -> Vector:
    """Chance that this amplitude is too strong, for each threshold of the grid. 0 tenths: never."""
    if tenths == 0:
        return (0.0,) * CELLS
    start = log_of(tenths) - DISCOMFORT_LOG_RATIO
    return tuple([phi((start - each) / DISCOMFORT_SPREAD) for each in LOGS])


@lru_cache(maxsize=256)
def reported(tenths: int, tolerated_tenths: int) -> Vector:
    """Likelihood, for each threshold of the grid, that discomfort begins between what was tolerated (below `tenths`; 0: nothing was) and
    `tenths`, which was too strong."""
    anywhere = (1.0 - REPORT_SHARE) * log(tenths / max(tolerated_tenths, 0.5)) / ANYWHERE_LOGS
    between = zip(discomfort(tenths), discomfort(tolerated_tenths), strict=True)
    return tuple([REPORT_SHARE * (upper - lower) + anywhere for upper, lower in between])


@lru_cache(maxsize=256)
def true_contraction(tenths: int, grade: int = 1, classes: Classes = CLASSES) -> tuple[Vector, ...]:
    """Chance that the muscle itself reaches this grade, misses and false alarms apart: for each spread, for each threshold."""
    start = log_of(tenths) - GRADE_OFFSETS[grade - 1]
    return tuple(tuple([phi((start - each) / spread) for each in LOGS]) for spread in spreads_of(classes))


@lru_cache(maxsize=8)
def spreads_of(classes: Classes) -> tuple[float, ...]:
    """The different spreads, the smallest first."""
    return tuple(sorted({spread for spread, *_ in classes}))
