"""Methods that others use, written from their published definitions. Each takes a couch and gives back an estimate in mA.

After a report of discomfort every method stays at least 0.1 mA below. None goes above 10 mA or below 0.1 mA. Amplitudes in tenths.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import log
from statistics import NormalDist, fmean

from bench.titrating.patients import Couch

TOP = 100
LONGEST = 200
"""Bursts after which a method without an end of its own is stopped."""
_NORMAL = NormalDist()


def ascending(step: int, need: int, of: int, coarse: int = 0) -> Callable[[Couch], float]:
    """Up by `step` until `need` of `of` bursts at a level contract; with `coarse`, up by that to the first contraction before."""

    def method(couch: Couch) -> float:
        level = _after_coarse(couch, coarse, step) if coarse else step
        while level <= TOP:
            yes = no = 0
            while yes < need and no <= of - need:
                reply = couch.burst(level)
                if reply.discomfort:
                    return (level - step / 2) / 10
                yes, no = yes + (reply.grade > 0), no + (reply.grade == 0)
            if yes >= need:
                break
            level += step
        return (min(level, TOP) - step / 2) / 10

    return method


def staircase(reversals: int, last: int) -> Callable[[Couch], float]:
    """Down after a contraction or discomfort, up otherwise; 0.5, 0.2, then 0.1 mA; the mean of the last reversals."""

    def method(couch: Couch) -> float:
        level, ceiling, direction = 5, TOP, 0
        turns: list[int] = []
        while len(couch.given) < LONGEST:
            reply = couch.burst(level)
            if reply.discomfort:
                ceiling = min(ceiling, max(1, level - 1))
            towards = -1 if reply.grade or reply.discomfort else 1
            if direction and towards != direction:
                turns.append(level)
                if len(turns) == reversals:
                    break
            direction = towards
            level = _held(level + towards * (5, 2, 1)[min(len(turns), 2)], ceiling)
        return fmean(turns[-last:] or [level]) / 10

    return method


def five_of_ten(couch: Couch) -> float:
    """Up by 0.5 mA to the first contraction, then down by 0.1 mA while at least 5 of 10 contract; half a step below the last that did."""
    level = lowest = _first(couch)
    while level >= 1:
        yes = no = 0
        while yes < 5 and no < 6:
            reply = couch.burst(level)
            yes, no = yes + (reply.grade > 0), no + (reply.grade == 0)
            if reply.discomfort:
                break
        if no >= 6:
            break
        lowest, level = level, level - 1
    return (lowest - 0.5) / 10


def ml_pest(bursts: int, capped: bool = False) -> Callable[[Couch], float]:
    """Best-PEST: the maximum of a likelihood of fixed shape, each burst there; `capped`: from 0.5 mA and never more than 0.5 mA up."""

    def method(couch: Couch) -> float:
        likelihood = list(_pest(131 * 10, True))
        level, ceiling = (5 if capped else 22), TOP
        for _ in range(bursts):
            reply = couch.burst(level)
            if reply.discomfort:
                ceiling = min(ceiling, max(1, level - 1))
            likelihood = [have + new for have, new in zip(likelihood, _pest(level * 10, reply.grade > 0), strict=True)]
            wanted = int(10 * _best(likelihood) + 0.5)
            level = _held(min(wanted, level + 5) if capped else wanted, ceiling)
        return _best(likelihood)

    return method


def _best(likelihood: list[float]) -> float:
    """Where it is highest, in mA; in the middle where it is flat. Below 1e-9 a difference is the rounding of sums."""
    top = max(likelihood)
    flat = [k for k, each in enumerate(likelihood) if each >= top - 1e-9]
    return 0.05 * (1 + (flat[0] + flat[-1]) / 2)


@cache
def _pest(hundredths: int, yes: bool) -> tuple[float, ...]:
    x = 13.05 if hundredths > 10 * TOP else hundredths / 100
    chances = (_NORMAL.cdf((x - t) / (0.07 * t)) for t in (0.05 * k for k in range(1, 260)))
    return tuple(log(max(1e-12, each if yes else 1 - each)) for each in chances)


def samt(bursts: int) -> Callable[[Couch], float]:
    """Stochastic approximation: up by 0.5 mA to the first contraction, then steps of 0.42 mA over one more than the changes of sign."""

    def method(couch: Couch) -> float:
        at = _first(couch) / 10
        ceiling, changes, before = TOP, 0, 1
        at -= 0.42
        while len(couch.given) < bursts:
            level = _held(int(at * 10 + 0.5), ceiling)
            reply = couch.burst(level)
            if reply.discomfort:
                ceiling = min(ceiling, max(1, level - 1))
            sign = 1 if reply.grade else -1
            changes += sign != before
            before = sign
            at = max(0.1, at - sign * 0.42 / (1 + changes))
        return at

    return method


def _first(couch: Couch) -> int:
    """Up by 0.5 mA until something contracts or is too strong; the level reached."""
    level = 5
    while True:
        reply = couch.burst(level)
        if reply.discomfort:
            return max(1, level - 1)
        if reply.grade or level >= TOP:
            return level
        level += 5


def _after_coarse(couch: Couch, coarse: int, fine: int) -> int:
    level = coarse
    while level <= TOP:
        reply = couch.burst(level)
        if reply.grade or reply.discomfort:
            break
        level += coarse
    return max(1, level - coarse + fine)


def _held(level: int, ceiling: int) -> int:
    return max(1, min(level, ceiling))


PEERS: dict[str, Callable[[Couch], float]] = {
    "ascending 0.1, first yes": ascending(1, 1, 1),
    "ascending 0.1, 2 of 3": ascending(1, 2, 3),
    "ascending 0.2, 2 of 3": ascending(2, 2, 3),
    "coarse-fine 0.5/0.1, first yes": ascending(1, 1, 1, 5),
    "coarse-fine 0.5/0.1, 2 of 3": ascending(1, 2, 3, 5),
    "coarse-fine 0.5/0.2, 2 of 3": ascending(2, 2, 3, 5),
    "staircase 4 reversals, last 2": staircase(4, 2),
    "staircase 6 reversals, last 4": staircase(6, 4),
    "staircase 6 reversals, last 2": staircase(6, 2),
    "staircase 8 reversals, last 2": staircase(8, 2),
    "5-of-10": five_of_ten,
    "ML-PEST 12": ml_pest(12),
    "ML-PEST 17": ml_pest(17),
    "ML-PEST 17, at most 0.5 mA up": ml_pest(17, capped=True),
    "SAMT-like 15": samt(15),
    "SAMT-like 20": samt(20),
    "SAMT-like 25": samt(25),
}
BEST_PEER = "staircase 6 reversals, last 2"
