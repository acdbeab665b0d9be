"""How long rnprog takes for a decision: from an answer to the next proposed amplitude. `python -m bench.titrating.decisions`

Processor time is not the same on a machine that others use too: the same decision takes up to twice as long. So each search is repeated
from the start with nothing in memory, and of each decision the least time counts; the other figure is what all runs took.
"""

from __future__ import annotations

import os

from bench.titrating.ours import ANSWERS, Ours, search
from bench.titrating.patients import SEED, Couch, patient
from bench.titrating.report import percentile
from rnprog.therapy.threshold import Scale, Settings
from rnprog.therapy.threshold.posterior import posterior

PATIENTS, RUNS = 40, 9


def times(scale: Scale, patients: int = PATIENTS, runs: int = RUNS) -> tuple[list[float], list[float]]:
    """Seconds: the least of each decision, and all of them."""
    least: dict[tuple[int, int], float] = {}
    every: list[float] = []
    for _ in range(runs):
        for index in range(patients):
            posterior.cache_clear()
            couch = Couch(patient("A", index), index)
            search(Ours(scale=scale), Settings(scale=scale), couch)
            every.extend(couch.seconds)
            for number, second in enumerate(couch.seconds):
                least[index, number] = min(least.get((index, number), second), second)
    return list(least.values()), every


def p99_s(patients: int = PATIENTS) -> float:
    """The worst of the three kinds of answers."""
    return max(percentile(times(scale, patients)[0], 0.99) for scale in ANSWERS.values())


def main() -> None:
    print(f"seed {SEED}, {PATIENTS} patients, {RUNS} runs; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; milliseconds")
    for name, scale in ANSWERS.items():
        least, every = times(scale)
        shown = (f"{1000 * percentile(seconds, share):.2f}" for seconds in (least, every) for share in (0.5, 0.99))
        print("{}: least median {}, P99 {}; all runs median {}, P99 {}".format(name, *shown), flush=True)


if __name__ == "__main__":
    main()
