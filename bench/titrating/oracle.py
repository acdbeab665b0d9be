"""What a search could reach that is told everything but the threshold. `python -m bench.titrating.oracle` (needs numpy)

The oracle uses grades and feeling and the same rules of safety as rnprog, but knows each patient's own spread, misses and false alarms, and
the true distributions of threshold, discomfort and feeling. Whatever it cannot do is not to be expected of a method that is told nothing.
"""

from __future__ import annotations

from itertools import pairwise
from math import erfc, exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from bench.titrating.patients import OFFSETS, REPORT_SPREAD, SEED, UNSEEN, Couch, Patient, patient

PATIENTS, CAP, LEAST = 2000, 25, 5
AIM, CONFIDENCE = 1.12, 0.85
Array = NDArray[np.float64]

LOGS = log(0.2) + 0.025 * np.arange(167)
LEVELS = np.exp(LOGS)
_Z = np.linspace(-40, 40, 80_001)
_PHI = np.array([0.5 * erfc(-z / sqrt(2)) for z in _Z])
RATIOS = np.arange(log(0.4), log(0.98), 0.05)
_BELL = np.exp(-0.5 * ((RATIOS - log(0.75)) / 0.15) ** 2)
RATIO_WEIGHTS = _BELL / _BELL.sum()
_INSIDE = (LEVELS >= 0.5) & (LEVELS <= 8)
PRIOR = np.exp(-0.5 * ((LOGS - log(2.2)) / 0.55) ** 2) * _INSIDE


def phi(z: Array) -> Array:
    return np.interp(z, _Z, _PHI)


def grades(who: Patient, tenths: int) -> list[Array]:
    """Likelihood of each grade over the thresholds."""
    height, z = 1 - who.false_alarms - who.misses, (log(tenths / 10) - LOGS) / who.spread
    floors = [who.false_alarms * (1.0 if offset == 0 else 0.3) for offset in OFFSETS]
    reached = [floor + height * phi(z - offset / who.spread) for floor, offset in zip(floors, OFFSETS, strict=True)]
    return [np.maximum(a - b, 1e-4) for a, b in pairwise([np.ones(167), *reached, np.zeros(167)])]


def felt(tenths: int) -> Array:
    """Chance of feeling it, for each ratio and threshold."""
    return phi((log(tenths / 10) - LOGS[None, :] - RATIOS[:, None]) / REPORT_SPREAD)


def discomfort(tenths: int) -> Array:
    """Chance that it is above the discomfort level, over the thresholds."""
    ratio = tenths / 10 / LEVELS
    return np.where(ratio > 1.05, phi(np.log(np.maximum(ratio - 1.05, 1e-9) / 0.55) / 0.6), 0.0)


FELT = {tenths: np.clip(felt(tenths), 1e-6, 1 - 1e-6) for tenths in range(1, 101)}
DISCOMFORT = np.array([discomfort(tenths) if tenths else np.zeros(167) for tenths in range(101)])


def search(who: Patient, couch: Couch, risk: float, tolerance: tuple[float, float]) -> float:
    """One session; the estimate in mA."""
    seen, by_ratio = np.ones(167), np.ones((len(RATIOS), 167))
    tolerated = last = contracted = 0
    ceiling, highest = 100, 100
    while True:
        weights = PRIOR * seen * (RATIO_WEIGHTS @ by_ratio)
        weights = weights / weights.sum()
        median = _median(weights)
        near = weights[np.abs(LEVELS - median) <= max(tolerance[0], tolerance[1] * median)].sum()
        given = len(couch.given)
        if given >= CAP or (given >= LEAST and contracted and near >= CONFIDENCE):
            return median
        above = DISCOMFORT @ weights
        allowed = [
            up
            for up in range(tolerated + 1, min(tolerated + 5, 100) + 1)
            if above[up] - above[tolerated] <= risk * max(1 - above[tolerated], 1e-9)
        ]
        level = min(int(median * AIM * 10 + 0.5), max(allowed, default=tolerated + 1) if given else 5, last + 5, ceiling, highest)
        level = max(1, level)
        reply = couch.burst(level)
        seen = seen * grades(who, level)[reply.grade]
        by_ratio = by_ratio * (FELT[level] if reply.felt else 1 - FELT[level])
        contracted, last = contracted + (reply.grade > 0), level
        highest = level if reply.grade else 100
        if reply.discomfort:
            ceiling = min(ceiling, max(1, min(level - 1, level * 9 // 10)))
        else:
            tolerated = max(tolerated, level)


def _median(weights: Array) -> float:
    edges = np.cumsum(weights)
    cell = int(np.searchsorted(edges, 0.5))
    return exp(LOGS[cell] + 0.025 * ((0.5 - edges[cell] + weights[cell]) / weights[cell] - 0.5))


def main() -> None:
    for seed in (SEED, UNSEEN):
        for risk, tolerance in ((0.01, (0.12, 0.05)), (0.01, (0.11, 0.046)), (0.03, (0.12, 0.05))):
            bursts, errors, exceed = 0, 0.0, 0
            for index in range(PATIENTS):
                who = patient("A", index, seed)
                couch = Couch(who, index, seed)
                errors += abs(search(who, couch, risk, tolerance) - who.threshold)
                bursts, exceed = bursts + len(couch.given), exceed + (couch.above > 0)
            shown = f"{bursts / PATIENTS:.2f} bursts, {errors / PATIENTS:.4f} mA, {100 * exceed / PATIENTS:.2f} % exceed"
            print(f"seed {seed}, risk {risk:g}, within {tolerance[0]:g} mA or {100 * tolerance[1]:g} %: {shown}", flush=True)


if __name__ == "__main__":
    main()
