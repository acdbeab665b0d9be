"""Virtual people: cohorts A to E of the project's titration benchmark (bench/titration, SEED 7301), number by number, so that a check value
there is one here. NO distribution of motor threshold, slope, discomfort or perception has been published for the multifidus: all are
assumptions.

A: ordinary. B: thresholds spread evenly over 0.5 to 8 mA. C: an unsure hand on the back (wide spread, many misses and false alarms). D: the
muscle tires, 0.4 % a burst. E: discomfort comes before contraction. What all of this is drawn from: docs/emulator.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log
from random import Random
from statistics import NormalDist

SEED = 7301
CHRONAXIE_US = 150.0
COHORTS = ("A", "B", "C", "D", "E")
FATIGUE_D = 0.004
"""Cohort D: share of the threshold added by each burst already given."""
PERCEPTION_BELOW = 0.95
"""Perception begins at most at this share of discomfort, so that what hurts is felt. Draws of cohorts A to D lie below it anyway."""
WANDER = 0.12
"""ln-SD of the threshold from one visit to the next; an assumption as well."""

_NORMAL = NormalDist()
_LOW_MA, _HIGH_MA = 0.5, 8.0


@dataclass(frozen=True, slots=True)
class Subject:
    """One virtual person. Amplitudes in mA at the reference pair and width."""

    motor_ma: tuple[float, float]
    """50 % motor threshold, left and right."""
    sigma: float
    """Relative spread of the contraction, in ln units."""
    miss_rate: float
    """How often the hand on the back misses a contraction that is there."""
    false_alarm_rate: float
    discomfort_ratio: float
    perception_ratio: float
    fatigue_per_burst: float = 0.0
    chronaxie_us: float = CHRONAXIE_US
    wander: float = WANDER

    def scaled(self, factor: float) -> Subject:
        """The same person with all thresholds moved by a factor."""
        left, right = self.motor_ma
        return replace(self, motor_ma=(left * factor, right * factor))

    def left_at_least(self, floor_ma: float) -> Subject:
        """The same person with a left threshold that is no lower."""
        left, right = self.motor_ma
        return replace(self, motor_ma=(max(left, floor_ma), right))

    def tired_ma(self, side: int, bursts_before: int) -> float:
        """Motor threshold after some bursts of that side. Feeling and discomfort do not tire."""
        return self.motor_ma[side] * (1 + self.fatigue_per_burst * bursts_before)

    def at_visit(self, seed: int, month: int) -> Subject:
        """The same person some months after activation: both thresholds have wandered, each on its own. Month 0 changes nothing."""
        if month <= 0:
            return self
        chance = Random(f"visit {seed} {month}")
        left, right = (motor_ma * exp(self.wander * _NORMAL.inv_cdf(_uniform(chance))) for motor_ma in self.motor_ma)
        return replace(self, motor_ma=(left, right))


def subject(cohort: str, index: int) -> Subject:
    """Subject `index` of a cohort; ValueError when there is no such cohort."""
    if cohort not in COHORTS:
        raise ValueError(f"There is no cohort {cohort!r}. Known are {', '.join(COHORTS)}.")
    chance = Random(SEED * 1_000_003 + index)
    u = [_uniform(chance) for _ in range(8)]
    unsure = cohort == "C"
    middle, spread = log(2.2), 0.55
    low, high = (_NORMAL.cdf((log(edge) - middle) / spread) for edge in (_LOW_MA, _HIGH_MA))
    left = 0.5 + 7.5 * u[0] if cohort == "B" else exp(middle + spread * _NORMAL.inv_cdf(low + (high - low) * u[0]))
    sigma = exp(log(0.10) + 0.40 * _NORMAL.inv_cdf(u[1])) if unsure else exp(log(0.06) + 0.45 * _NORMAL.inv_cdf(u[1]))
    discomfort_ratio = 0.6 + 0.4 * u[4] if cohort == "E" else min(4.0, 1.05 + 0.55 * exp(0.6 * _NORMAL.inv_cdf(u[4])))
    perception_ratio = _clip(exp(log(0.75) + 0.15 * _NORMAL.inv_cdf(u[6])), 0.4, 0.98)
    return Subject(
        motor_ma=(left, _clip(left * exp(0.35 * _NORMAL.inv_cdf(u[5])), _LOW_MA, _HIGH_MA)),
        sigma=_clip(sigma, 0.02, 0.25),
        miss_rate=(0.15 if unsure else 0.06) * u[2],
        false_alarm_rate=(0.10 if unsure else 0.04) * u[3],
        discomfort_ratio=discomfort_ratio,
        perception_ratio=min(perception_ratio, PERCEPTION_BELOW * discomfort_ratio),
        fatigue_per_burst=FATIGUE_D if cohort == "D" else 0.0,
    )


def cohort_a(index: int) -> Subject:
    """Subject `index` of cohort A."""
    return subject("A", index)


def _uniform(chance: Random) -> float:
    return min(max(chance.random(), 1e-12), 1 - 1e-12)


def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
