"""Measuring two things in turn, so that a machine whose speed drifts drifts for both. Owns figures and the table, no subject."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. Times in seconds unless `unit` says otherwise; `ratio` is the median of the pairwise ratios."""

    name: str
    reference: str
    ours_s: float
    reference_s: float
    ratio: float
    budget: str
    kept: bool
    note: str = ""
    unit: str = "s"


def pairwise(
    ours: Callable[[], float], reference: Callable[[], float], *, rounds: int, warmup: int = 1, within_s: float = math.inf
) -> tuple[float, float, float]:
    """(median of ours, median of the reference, median of the ratios) over `rounds` turns. Each callable returns its own seconds.

    No turn begins after `within_s`, but one is always taken.
    """
    until = perf_counter() + within_s
    for _ in range(warmup):
        ours()
        reference()
    pairs = [(ours(), reference())]
    while len(pairs) < rounds and perf_counter() < until:
        pairs.append((ours(), reference()))
    return median(a for a, _ in pairs), median(b for _, b in pairs), median(a / b for a, b in pairs)


def loop(action: Callable[[], object], count: int) -> Callable[[], float]:
    """Seconds for one `action`, as the mean over `count` of them."""

    def timed() -> float:
        began = perf_counter()
        for _ in range(count):
            action()
        return (perf_counter() - began) / count

    return timed


def at_most(name: str, reference: str, measured: tuple[float, float, float], budget: float, note: str = "", unit: str = "s") -> Figure:
    """A figure that must not exceed `budget` times its reference."""
    ours_s, reference_s, ratio = measured
    return Figure(name, reference, ours_s, reference_s, ratio, f"at most {budget:g}x", ratio <= budget, note, unit)


def faster_by(name: str, reference: str, measured: tuple[float, float, float], budget: float, note: str = "") -> Figure:
    """A figure that must be at least `budget` times faster than its reference."""
    ours_s, reference_s, ratio = measured
    return Figure(name, reference, ours_s, reference_s, ratio, f"{budget:g}x faster", ratio * budget <= 1, note)


def unbudgeted(name: str, reference: str, measured: tuple[float, float, float], note: str) -> Figure:
    """A figure to know, without a budget."""
    return Figure(name, reference, *measured, "none", True, note)


def table(figures: list[Figure]) -> str:
    """The figures as text, 100 columns wide."""
    rows = [f"{'what':<34} {'ours':>9} {'reference':>9} {'ratio':>8}  {'budget':<14} {'':<4} against"]
    for f in figures:
        rows.append(row(f))
        if f.note:
            rows.append(f"{'':<34} {f.note}")
    return "\n".join(rows)


def row(f: Figure) -> str:
    """A figure in one line."""
    speed = f"{f.ratio:.2f}x" if f.ratio >= 0.1 else f"1/{1 / f.ratio:.0f}"
    kept = "" if f.budget == "none" else "kept" if f.kept else "OVER"
    ours, reference = _show(f.ours_s, f.unit), _show(f.reference_s, f.unit)
    return f"{f.name:<34} {ours:>9} {reference:>9} {speed:>8}  {f.budget:<14} {kept:<4} {f.reference}"


def _show(seconds: float, unit: str) -> str:
    if unit != "s":
        return f"{seconds:.3g} {unit}".rstrip()
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} us"
