"""Virtual patients for titration methods: a population and how it answers a burst. Bit-reproducible from a seed, standard library only.

Every distribution here is an ASSUMPTION: none has been published for the multifidus. Threshold, relative spread, misses, false alarms,
discomfort and feeling are drawn apart from each other; absolute figures in mA move with them, comparisons between methods less so.

A: ordinary. B: thresholds spread evenly over 0.5 to 8 mA. C: an unsure rater. D: the threshold drifts up 0.4 % a burst. E: discomfort
before contraction. F: felt long before contraction. G: felt hardly before contraction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log
from random import Random
from statistics import NormalDist
from time import process_time

SEED = 7301
"""The seed on which the method was settled first. `UNSEEN` was not looked at then; later settings were chosen on both: docs/titration.md
says which seeds they were shown on."""
UNSEEN = 90_210_733
COHORTS = ("A", "B", "C", "D", "E", "F", "G")
FEELING = {"F": 0.55, "G": 0.93}
"""Median ratio of feeling to contraction, where it is not 0.75."""
FATIGUE = 0.004
REPORT_SPREAD = 0.06
WANDER = 0.12
"""ln-SD of a threshold from one visit to the next."""
OFFSETS = (0.0, log(1.15), log(1.35))

_NORMAL = NormalDist()
PHI, IPHI = _NORMAL.cdf, _NORMAL.inv_cdf


@dataclass(frozen=True, slots=True)
class Patient:
    """One side of one person. Amplitudes in mA; `spread` in ln units; rates as probabilities."""

    threshold: float
    spread: float
    misses: float
    false_alarms: float
    discomfort_ratio: float
    feeling_ratio: float
    drift: float
    other_side: float
    earlier: float
    """Threshold at the visit before."""

    @property
    def discomfort(self) -> float:
        return self.threshold * self.discomfort_ratio

    def other(self) -> Patient:
        """The same person's other side."""
        return replace(self, threshold=self.other_side)

    def before(self) -> Patient:
        """The same side at the visit before."""
        return replace(self, threshold=self.earlier)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a burst brought: grade 0 to 3, whether it was felt, whether it was too strong."""

    grade: int
    felt: bool
    discomfort: bool


def patient(cohort: str, index: int, seed: int = SEED) -> Patient:
    """Patient `index` of a cohort."""
    chance = Random(seed * 1_000_003 + index)
    u = [clip(chance.random(), 1e-12, 1 - 1e-12) for _ in range(8)]
    middle, wide = log(2.2), 0.55
    low, high = PHI((log(0.5) - middle) / wide), PHI((log(8) - middle) / wide)
    threshold = 0.5 + 7.5 * u[0] if cohort == "B" else exp(middle + wide * IPHI(low + (high - low) * u[0]))
    unsure = cohort == "C"
    spread = exp(log(0.10) + 0.40 * IPHI(u[1])) if unsure else exp(log(0.06) + 0.45 * IPHI(u[1]))
    return Patient(
        threshold=threshold,
        spread=clip(spread, 0.02, 0.25),
        misses=(0.15 if unsure else 0.06) * u[2],
        false_alarms=(0.10 if unsure else 0.04) * u[3],
        discomfort_ratio=0.6 + 0.4 * u[4] if cohort == "E" else min(4.0, 1.05 + 0.55 * exp(0.6 * IPHI(u[4]))),
        feeling_ratio=clip(exp(log(FEELING.get(cohort, 0.75)) + 0.15 * IPHI(u[6])), 0.4, 0.98),
        drift=FATIGUE if cohort == "D" else 0.0,
        other_side=clip(threshold * exp(0.35 * IPHI(u[5])), 0.5, 8.0),
        earlier=threshold * exp(WANDER * IPHI(u[7])),
    )


class Couch:
    """A patient being titrated: gives bursts and keeps count of what happened. Amplitudes in tenths of a mA."""

    def __init__(self, who: Patient, index: int, seed: int = SEED, stream: int = 500_000_000) -> None:
        self.who = who
        self.chance = Random(seed * 1_000_003 + stream + index)
        self.given: list[int] = []
        self.reports = 0
        self.above = 0
        self.seconds: list[float] = []
        """Processor time before each burst since the last: taking in an answer and deciding on the next."""
        self._since = process_time()

    def burst(self, tenths: int) -> Reply:
        """Three uniforms a burst: contraction, discomfort, feeling."""
        self.seconds.append(process_time() - self._since)
        who, x = self.who, tenths / 10
        a, b, c = self.chance.random(), self.chance.random(), self.chance.random()
        z = log(x / (who.threshold * (1 + who.drift * len(self.given)))) / who.spread
        grade = 0
        for offset in OFFSETS:
            floor = who.false_alarms * (1.0 if offset == 0 else 0.3)
            grade += a < floor + (1 - who.false_alarms - who.misses) * PHI(z - offset / who.spread)
        too_strong = b < PHI(log(x / who.discomfort) / REPORT_SPREAD)
        felt = c < PHI(log(x / (who.threshold * who.feeling_ratio)) / REPORT_SPREAD)
        self.given.append(tenths)
        self.reports += too_strong
        self.above += x > who.discomfort
        self._since = process_time()
        return Reply(grade, felt, too_strong)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a method's session went. `estimate` in mA; `None`: the method ended without one."""

    estimate: float
    bursts: int
    error: float
    """Of the estimate against the threshold at mid-session, absolute."""
    overshoot: float
    """Highest burst above the threshold, 0 if none was."""
    above: int
    """Bursts above the true discomfort level, reported or not."""
    largest_step: int
    """Up, in tenths of a mA, from 0 on."""
    outcome: str = ""
    within: bool = False
    """The true threshold lies within the stated tolerance."""
    in_interval: bool = False
    therapy: float = -1.0
    """True chance of contraction at the proposed therapy amplitude; below 0: none was proposed."""
    therapy_above: bool = False
    confirmed: float = -1.0
    """The same at the amplitude that was confirmed; below 0: none was."""
    more_bursts: int = 0
    """For the confirmation; not among `bursts`."""
    more_above: int = 0
    """Of these, above the true discomfort level; not in `above`."""
    seconds: tuple[float, ...] = ()
    """Of processor time, for each decision: taking in an answer and finding the next amplitude."""


def ended(couch: Couch, estimate: float, **more: object) -> Ended:
    """The figures of a session that is over."""
    who, given = couch.who, couch.given
    truth = who.threshold * (1 + who.drift * len(given) / 2)
    steps = [after - before for before, after in zip([0, *given], given, strict=False)]
    return Ended(
        estimate,
        len(given),
        abs(estimate - truth),
        max(0.0, max(given, default=0) / 10 - who.threshold),
        couch.above,
        max(steps, default=0),
        seconds=tuple(couch.seconds),
        **more,  # type: ignore[arg-type]
    )


def clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
