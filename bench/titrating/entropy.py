"""QUEST+: each burst where it is expected to tell most, however high that is. Needs numpy; two of its forms.

*QUEST+* has the grid and prior of rnprog and its first classes (`REFERENCE` in the product), and minimises the expected entropy of the
threshold. *questplus* is the package of that name, used as it comes: it knows no ceiling and no rates that go together, so false alarms and
misses are the middle ones, and it minimises the entropy of threshold and spread together. It is no dependency of the project;
bench/peers/titration.txt says how to get it. Both stay below a report of discomfort, and neither is held back otherwise: they jump.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import erfc, exp, log, sqrt
from typing import Any

from bench.titrating.patients import Couch

TOP = 100
CELLS, LOWEST, STEP = 167, log(0.2), 0.025
SPREADS = {0.03: 0.20, 0.06: 0.40, 0.10: 0.28, 0.16: 0.12}
RATERS = {(0.01, 0.03): 0.5, (0.03, 0.06): 0.3, (0.06, 0.12): 0.2}
MIDDLE, WIDE = log(2.0), 0.65


def quest_plus(bursts: int) -> Callable[[Couch], float]:
    """Our own, with the median as its estimate."""

    def method(couch: Couch) -> float:
        import numpy as np

        yes_by_level, known = _tables()
        ceiling = TOP
        for _ in range(bursts):
            if_yes = np.einsum("xnj,nj->xj", yes_by_level[:ceiling], known)
            if_no = np.maximum(known.sum(axis=0) - if_yes, 0.0)
            level = 1 + int(np.argmin(_uncertain(if_yes) + _uncertain(if_no)))
            reply = couch.burst(level)
            likelihood = yes_by_level[level - 1]
            known = known * (likelihood if reply.grade else 1 - likelihood)
            known /= known.sum()
            if reply.discomfort:
                ceiling = min(ceiling, max(1, level - 1))
        return _median(known.sum(axis=0))

    return method


def package(bursts: int) -> Callable[[Couch], float]:
    """The package questplus."""

    def method(couch: Couch) -> float:
        quest = _package()
        quest.posterior, ceiling = quest.prior, TOP
        for _ in range(bursts):
            level = min(ceiling, round(10 * exp(quest.next_stim["intensity"])))
            reply = couch.burst(level)
            quest.update(stim={"intensity": _logs_of_levels()[level - 1]}, outcome={"response": "Yes" if reply.grade else "No"})
            if reply.discomfort:
                ceiling = min(ceiling, max(1, level - 1))
        return exp(quest.param_estimate["mean"])

    return method


@cache
def _package() -> Any:
    from questplus import QuestPlus
    from xarray import DataArray

    quest = QuestPlus(
        stim_domain={"intensity": _logs_of_levels()},
        param_domain={"mean": _logs(), "sd": list(SPREADS), "lower_asymptote": [0.03], "lapse_rate": [0.06]},
        outcome_domain={"response": ["Yes", "No"]},
        func="norm_cdf",
        stim_scale="linear",
    )
    weights = [[[[bell * share]] for share in SPREADS.values()] for bell in _bell()]
    prior = DataArray(weights, dims=quest.prior.dims, coords=quest.prior.coords)
    quest.prior = prior / prior.sum()
    return quest


@cache
def _tables() -> tuple[Any, Any]:
    """Chance of a contraction by level, class and threshold; prior weight by class and threshold."""
    import numpy as np

    classes = [(spread, *rater, a * b) for spread, a in SPREADS.items() for rater, b in RATERS.items()]
    chances = [
        [
            [alarms + (1 - alarms - misses) * 0.5 * erfc((cell - x) / spread / sqrt(2)) for cell in _logs()]
            for spread, alarms, misses, _ in classes
        ]
        for x in _logs_of_levels()
    ]
    weights = np.array([[share * bell for bell in _bell()] for *_, share in classes])
    return np.array(chances), weights / weights.sum()


def _uncertain(weights: Any) -> Any:
    """Entropy of each row times its sum."""
    import numpy as np

    sums = weights.sum(axis=1)
    return np.log(np.maximum(sums, 1e-300)) * sums - (weights * np.log(np.maximum(weights, 1e-300))).sum(axis=1)


def _median(weights: Any) -> float:
    before = 0.0
    for cell, weight in enumerate(weights):
        if before + weight >= 0.5:
            return exp(LOWEST + STEP * (cell - 0.5 + (0.5 - before) / weight))
        before += weight
    return exp(LOWEST + STEP * CELLS)


@cache
def _logs() -> list[float]:
    return [LOWEST + STEP * cell for cell in range(CELLS)]


@cache
def _logs_of_levels() -> list[float]:
    return [log(level / 10) for level in range(1, TOP + 1)]


def _bell() -> list[float]:
    return [exp(-0.5 * ((each - MIDDLE) / WIDE) ** 2) for each in _logs()]


PEERS: dict[str, Callable[[Couch], float]] = {
    **{f"QUEST+ {bursts}": quest_plus(bursts) for bursts in (10, 12, 15, 25)},
    **{f"questplus {bursts}": package(bursts) for bursts in (10, 15)},
}
NEEDS = {name: "questplus" if name.startswith("questplus") else "numpy" for name in PEERS}
"""The package without which a method cannot run."""
