"""What is known of one threshold after a list of answers. Owns the joint posterior and its summaries; it proposes nothing.

Contractions depend on the threshold and on the class of muscle and rater; feeling depends on the threshold and on its ratio to it.
Given the threshold the two are independent, so the joint posterior is the product of two small tables and no product space is needed:
p(L) ~ prior(L) * [sum over classes of weight * likelihoods] * [sum over ratios of weight * likelihoods]. That is exact. Where discomfort
was reported, one more factor of L says so; what asks for the chance of discomfort, or whether the threshold can be reached at all, leaves
it out: the first counts the report itself, and the second must not rest on the belief that discomfort comes after contraction.

The list of answers is the source of truth. The same list gives the same figures, bit for bit; what is kept in memory only saves time.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import exp
from operator import mul, neg

from rnprog.therapy.threshold.response import (
    CELLS,
    CLASSES,
    FEEL_STEP_CELLS,
    FEEL_STEPS,
    LEVELS_MA,
    LOGS,
    ORDINARY,
    STEP,
    Classes,
    Contraction,
    Vector,
    contraction,
    discomfort,
    feeling,
    feeling_by_threshold,
    reported,
    spreads_of,
    true_contraction,
)

_TINY = 1e-100
_UNFELT: Vector = (1.0,) * (CELLS + FEEL_STEP_CELLS * (FEEL_STEPS - 1))
_UNREPORTED: Vector = (1.0,) * CELLS


@dataclass(frozen=True, slots=True)
class Evidence:
    """One burst as the posterior sees it. `tenths`: the amplitude in 0.1 mA, 1 or more."""

    tenths: int
    seen: Contraction | None
    """`None`: the contraction was not rated."""
    felt: bool | None = None
    """`None`: the patient was not asked, or it was felt elsewhere."""


@dataclass(frozen=True, slots=True)
class Report:
    """Where discomfort begins, as far as it was reported, in tenths of a mA."""

    tenths: int
    """The lowest that was too strong."""
    tolerated_tenths: int
    """The highest below it that was not; 0: none."""


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Probabilities over the grid of thresholds; they add up to 1. Make one with `posterior`."""

    prior: Vector
    by_class: Sequence[float]
    """Likelihood times class weight, class by class, without the prior."""
    by_feeling: Sequence[float]
    """Likelihood over feeling thresholds."""
    from_feeling: Sequence[float]
    """The same seen from the motor threshold."""
    weights: Sequence[float]
    """The marginal of the threshold, all told."""
    edges: Sequence[float]
    """Its cumulative at the upper edge of each cell."""
    unreported: Sequence[float]
    """The marginal without the report of discomfort; without one the same as `weights`."""
    classes: Classes = CLASSES
    reported: Vector = _UNREPORTED
    """Likelihood of the report."""

    def with_evidence(self, new: Evidence) -> "Posterior":
        """After one more burst."""
        by_class, by_feeling, from_feeling = self.by_class, self.by_feeling, self.from_feeling
        if new.seen is not None:
            by_class = list(map(mul, by_class, contraction(new.tenths, new.seen, self.classes)))
        if new.felt is not None:
            by_feeling = list(map(mul, by_feeling, feeling(new.tenths, new.felt)))
            from_feeling = feeling_by_threshold(by_feeling)
        return _made(self.prior, by_class, by_feeling, from_feeling, self.classes, self.reported)

    def with_report(self, report: Report) -> "Posterior":
        """With where discomfort begins, in place of what was known of that."""
        likelihood = reported(report.tenths, report.tolerated_tenths)
        return _made(self.prior, self.by_class, self.by_feeling, self.from_feeling, self.classes, likelihood)

    def quantile_ma(self, share: float) -> float:
        """The threshold in mA below which this share (0 to 1) of the probability lies; linear within a cell, in ln mA."""
        cell = min(bisect_left(self.edges, share), CELLS - 1)
        below, upto = self.edges[cell - 1] if cell else 0.0, self.edges[cell]
        return exp(LOGS[cell] + STEP * ((share - below) / (upto - below) - 0.5))

    def within(self, middle_ma: float, distance_ma: float) -> float:
        """Probability of a threshold at most `distance_ma` away from `middle_ma`."""
        return sum([weight for weight, level in zip(self.weights, LEVELS_MA, strict=True) if abs(level - middle_ma) <= distance_ma])

    def above(self, level_ma: float) -> float:
        """Probability of a threshold above this, whatever was too strong."""
        return sum([weight for weight, level in zip(self.unreported, LEVELS_MA, strict=True) if level > level_ma])

    def discomfort(self, tenths: int, tolerated_tenths: int = 0) -> float:
        """Chance that this amplitude is too strong for a patient who tolerated `tolerated_tenths`; 0 up to there."""
        if tenths <= tolerated_tenths:
            return 0.0
        known: float = sum(map(mul, self.unreported, discomfort(tolerated_tenths)))
        whole: float = sum(map(mul, self.unreported, discomfort(tenths)))
        return max(0.0, (whole - known) / max(1.0 - known, _TINY))

    def contraction(self, tenths: int, grade: int = 1) -> float:
        """Chance that the muscle itself contracts at this amplitude, at least with this grade (1 to 3)."""
        curves = true_contraction(tenths, grade, self.classes)
        chance = sum([sum(map(mul, weights, curve)) for weights, curve in zip(_by_spread(self), curves, strict=True)])
        return min(1.0, chance)

    def dependably(self, tenths: int, chance: float) -> float:
        """Probability that the muscle's own chance of a contraction at this amplitude is `chance` (0 to 1) or more."""
        spreads = zip(_by_spread(self), true_contraction(tenths, 1, self.classes), strict=True)
        return sum([sum(weights[: bisect_right(curve, -chance, key=neg)]) for weights, curve in spreads])


@lru_cache(maxsize=64)
def posterior(prior: Vector, evidence: tuple[Evidence, ...] = (), classes: Classes = CLASSES) -> Posterior:
    """The posterior from a prior (`priors`) and the answers in their order."""
    if not evidence:
        start = tuple(weight for *_, weight in classes for _ in range(CELLS))
        return _made(prior, start, _UNFELT, (1.0,) * CELLS, classes)
    return posterior(prior, evidence[:-1], classes).with_evidence(evidence[-1])


@lru_cache(maxsize=64)
def roughly(prior: Vector, evidence: tuple[Evidence, ...]) -> tuple[float, float]:
    """The 90 % interval in mA from what was rated in a few bursts, for an ordinary muscle and rater: quick, for comparisons only."""
    weights = list(prior)
    for tenths, seen in ((each.tenths, each.seen) for each in evidence if each.seen is not None):
        weights = list(map(mul, weights, contraction(tenths, seen, ORDINARY)))
    edges = list(accumulate(weights))
    low = sum(edge < 0.05 * edges[-1] for edge in edges)
    high = sum(edge < 0.95 * edges[-1] for edge in edges)
    return LEVELS_MA[low], LEVELS_MA[high]


def _made(
    prior: Vector,
    by_class: Sequence[float],
    by_feeling: Sequence[float],
    from_feeling: Sequence[float],
    classes: Classes,
    report: Vector = _UNREPORTED,
) -> Posterior:
    raw = _unscaled(prior, by_class, from_feeling, len(classes))
    if sum(raw) < _TINY:  # long before the numbers vanish; only ratios matter
        highest, highest_felt = max(by_class), max(by_feeling)
        by_class = [each / highest for each in by_class]
        by_feeling = [each / highest_felt for each in by_feeling]
        from_feeling = feeling_by_threshold(by_feeling)
        raw = _unscaled(prior, by_class, from_feeling, len(classes))
    unreported = _shares(raw)
    weights = unreported if report is _UNREPORTED else _shares(list(map(mul, unreported, report)))
    return Posterior(prior, by_class, by_feeling, from_feeling, weights, list(accumulate(weights)), unreported, classes, report)


def _shares(raw: list[float]) -> list[float]:
    total = sum(raw)
    return [each / total for each in raw]


def _unscaled(prior: Vector, by_class: Sequence[float], from_feeling: Sequence[float], classes: int) -> list[float]:
    over_classes = map(sum, zip(*[by_class[n * CELLS : (n + 1) * CELLS] for n in range(classes)], strict=True))
    return list(map(mul, map(mul, prior, over_classes), from_feeling))


@lru_cache(maxsize=8)
def _by_spread(known: Posterior) -> tuple[list[float], ...]:
    """The joint probability of spread and threshold."""
    rows = [(spread, known.by_class[n * CELLS : (n + 1) * CELLS]) for n, (spread, *_) in enumerate(known.classes)]
    outside = list(map(mul, map(mul, known.prior, known.from_feeling), known.reported))
    alike = [[row for each, row in rows if each == spread] for spread in spreads_of(known.classes)]
    spreads = [list(map(mul, map(sum, zip(*rows_of_one, strict=True)), outside)) for rows_of_one in alike]
    total = sum(map(sum, spreads))
    return tuple([each / total for each in row] for row in spreads)
