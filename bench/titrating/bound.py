"""How good any method could be with grades and feeling: a Fisher bound on virtual patients. `python -m bench.titrating.bound`

Granted to the method: it knows each patient's spread, misses and false alarms; on the way up it gives no burst more than steps of 0.5 mA
need, none is wasted on discomfort; then every burst is placed, without a grid, where grades tell most of that patient's threshold; how
often to repeat is chosen best for each patient; feeling has told the threshold to within the spread of its ratio (0.15). The error of a
normal estimate is 0.798 of its standard deviation. No real method gets there.
"""

from __future__ import annotations

from itertools import pairwise
from math import ceil, log, pi, sqrt
from statistics import fmean

from bench.titrating.patients import OFFSETS, PHI, SEED, UNSEEN, Patient, patient

FEELING_SPREAD = 0.15
_H = 1e-4


def information(who: Patient, step: float = 0.02) -> float:
    """The most that one graded burst can tell of ln threshold: the highest Fisher information from 0.8 to 1.5 thresholds."""
    return max(_information(who, log(0.8) + step * k) for k in range(int(log(1.5 / 0.8) / step) + 1))


def _information(who: Patient, above: float) -> float:
    here, shifted = _grades(who, above), _grades(who, above + _H)
    return sum(((b - a) / _H) ** 2 / a for a, b in zip(here, shifted, strict=True) if a > 0)


def _grades(who: Patient, above: float) -> list[float]:
    height = 1 - who.false_alarms - who.misses
    reached = [who.false_alarms * (1.0 if offset == 0 else 0.3) + height * PHI((above - offset) / who.spread) for offset in OFFSETS]
    edges = [1.0, *reached, 0.0]
    return [max(0.0, a - b) for a, b in pairwise(edges)]


def bound(patients: list[Patient], bursts: float) -> float:
    """The lowest mean absolute error in mA with this mean number of bursts."""
    way_up = [ceil(who.threshold / 0.5) - 1 for who in patients]
    told = [information(who) / who.threshold**2 for who in patients]
    before = [1 / (FEELING_SPREAD * who.threshold) ** 2 for who in patients]
    low, high = 1e-9, 1e3
    for _ in range(200):
        price = sqrt(low * high)
        repeats = [
            max(0.0, ((sqrt(2 / pi) * info / (2 * price)) ** (2 / 3) - known) / info) for info, known in zip(told, before, strict=True)
        ]
        if fmean(up + n for up, n in zip(way_up, repeats, strict=True)) > bursts:
            low = price
        else:
            high = price
    return sqrt(2 / pi) * fmean(1 / sqrt(known + n * info) for info, known, n in zip(told, before, repeats, strict=True))


def main() -> None:
    for seed in (SEED, UNSEEN):
        patients = [patient("A", index, seed) for index in range(1000)]
        up = fmean(ceil(who.threshold / 0.5) - 1 for who in patients)
        shown = ", ".join(f"{bursts} bursts {bound(patients, bursts):.3f} mA" for bursts in (8, 9, 10, 11, 12))
        print(f"seed {seed}: {up:.2f} bursts on the way up; at best {shown}")


if __name__ == "__main__":
    main()
