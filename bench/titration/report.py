"""The benchmark's figures and its table. Owns sums, bootstrap and layout, no method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from statistics import fmean

from bench.titration.patients import Ended

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One method on one cohort. Amplitudes in mA, shares in percent."""

    cohort: str
    method: str
    patients: int
    bursts: float
    bursts_p95: int
    error: float
    error_p95: float
    overshoot: float
    exceed: float
    """Sessions with any burst above the true discomfort level."""
    above: float
    """Bursts above it per session."""
    largest_step: float
    threshold: float
    """Sessions that ended with a threshold; the next two are of these, and of all."""
    within: float
    interval: float
    not_reachable: float
    therapy: float
    """Patients whose true chance of contraction at the proposed amplitude is 0.8 or more, of those it was proposed to."""
    therapy_above: float
    confirmed: float
    """The same after confirmation bursts, of those with a confirmed amplitude."""
    more_bursts: float
    p50_ms: float
    p99_ms: float


def line(cohort: str, method: str, sessions: Sequence[Ended]) -> Line:
    """The figures of one method."""
    found = [each for each in sessions if each.outcome == "threshold"]
    proposed = [each for each in sessions if each.therapy >= 0]
    seconds = sorted(second for each in sessions for second in each.seconds)
    return Line(
        cohort,
        method,
        len(sessions),
        fmean(each.bursts for each in sessions),
        int(percentile([each.bursts for each in sessions], 0.95)),
        fmean(each.error for each in sessions),
        percentile([each.error for each in sessions], 0.95),
        fmean(each.overshoot for each in sessions),
        percent([each.above > 0 for each in sessions]),
        fmean(each.above for each in sessions),
        max(each.largest_step for each in sessions) / 10,
        percent([each.outcome == "threshold" for each in sessions]),
        percent([each.within for each in found]),
        percent([each.in_interval for each in sessions]),
        percent([each.outcome == "not reachable" for each in sessions]),
        percent([each.therapy >= 0.8 for each in proposed]),
        percent([each.therapy_above for each in proposed]),
        percent([each.confirmed >= 0.8 for each in sessions if each.confirmed >= 0]),
        fmean(each.more_bursts for each in proposed) if proposed else 0.0,
        1000 * percentile(seconds, 0.5),
        1000 * percentile(seconds, 0.99),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """By linear interpolation between neighbours; 0 of nothing."""
    if not values:
        return 0.0
    ordered, at = sorted(values), share * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def percent(truths: Sequence[bool]) -> float:
    return 100 * fmean(truths) if truths else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of paired differences, ours minus theirs, with its 95 % bootstrap interval."""

    cohort: str
    ours: str
    theirs: str
    figure: str
    mean: float
    low: float
    high: float


def differences(cohort: str, names: tuple[str, str], ours: Sequence[Ended], theirs: Sequence[Ended]) -> list[Difference]:
    """Error, bursts and sessions above discomfort, patient by patient."""
    figures = {
        "error mA": [a.error - b.error for a, b in zip(ours, theirs, strict=True)],
        "bursts": [float(a.bursts - b.bursts) for a, b in zip(ours, theirs, strict=True)],
        "exceed points": [100.0 * ((a.above > 0) - (b.above > 0)) for a, b in zip(ours, theirs, strict=True)],
    }
    return [Difference(cohort, *names, figure, fmean(values), *_bootstrap(values)) for figure, values in figures.items()]


def _bootstrap(values: Sequence[float]) -> tuple[float, float]:
    chance = Random(len(values))
    means = sorted(fmean(chance.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]


HEAD = (
    f"{'':<2}{'method':<34} {'bursts (P95)':>13} {'error':>7} {'P95':>6} {'over':>6} {'exceed':>7} {'step':>5} "
    f"{'found':>6} {'within':>7} {'90% int':>8} {'unreach':>8} {'therapy':>8} {'confirmed':>13} {'P99 ms':>7}"
)


def row(of: Line) -> str:
    """One line of the table, 130 columns. The right half is empty for methods that state no confidence."""
    left = (
        f"{of.cohort:<2}{of.method:<34} {of.bursts:>8.2f} ({of.bursts_p95:>2}) {of.error:>7.4f} {of.error_p95:>6.3f} {of.overshoot:>6.3f} "
        f"{of.exceed:>6.2f}% {of.largest_step:>5.1f}"
    )
    if not of.p99_ms and not of.threshold and not of.not_reachable:
        return left
    right = (
        f"{of.threshold:>5.1f}% {of.within:>6.1f}% {of.interval:>7.1f}% {of.not_reachable:>7.1f}% "
        f"{of.therapy:>7.1f}% {of.confirmed:>6.1f}% +{of.more_bursts:>3.1f}b {of.p99_ms:>7.2f}"
    )
    return f"{left} {right}"


def show(of: Difference) -> str:
    return f"{of.cohort:<2}{of.ours} minus {of.theirs}: {of.figure} {of.mean:+.4f} [{of.low:+.4f}, {of.high:+.4f}]"


def as_object(lines: Sequence[Line], paired: Sequence[Difference]) -> dict[str, object]:
    return {
        "schema": "rnprog.bench.titration/1",
        "lines": [asdict(each) for each in lines],
        "differences": [asdict(each) for each in paired],
    }
