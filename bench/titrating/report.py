"""The benchmark's figures and its table. Owns sums, bootstrap and layout, no method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from statistics import fmean, stdev

from bench.titrating.patients import Ended

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One method on one cohort. Amplitudes in mA, shares in percent."""

    cohort: str
    method: str
    answers: str
    patients: int
    bursts: float
    bursts_se: float
    """Standard error, as in the other two."""
    bursts_p95: int
    error: float
    error_se: float
    error_p95: float
    overshoot: float
    exceed: float
    """Sessions with any burst above the true discomfort level."""
    exceed_se: float
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
    bursts_confirmed: float
    """With the bursts that confirm the therapy amplitude, over all sessions; so the next."""
    exceed_confirmed: float
    p50_ms: float
    """Of a decision, in processor time."""
    p99_ms: float

    @property
    def states(self) -> bool:
        """Whether the method says how sure it is."""
        return self.threshold > 0 or self.not_reachable > 0


def line(cohort: str, method: str, sessions: Sequence[Ended], answers: str = "yesno") -> Line:
    """The figures of one method."""
    found = [each for each in sessions if each.outcome == "threshold"]
    proposed = [each for each in sessions if each.therapy >= 0]
    seconds = sorted(second for each in sessions for second in each.seconds)
    return Line(
        cohort,
        method,
        answers,
        len(sessions),
        fmean(each.bursts for each in sessions),
        standard_error([each.bursts for each in sessions]),
        int(percentile([each.bursts for each in sessions], 0.95)),
        fmean(each.error for each in sessions),
        standard_error([each.error for each in sessions]),
        percentile([each.error for each in sessions], 0.95),
        fmean(each.overshoot for each in sessions),
        percent([each.above > 0 for each in sessions]),
        100 * standard_error([each.above > 0 for each in sessions]),
        fmean(each.above for each in sessions),
        max(each.largest_step for each in sessions) / 10,
        percent([each.outcome == "threshold" for each in sessions]),
        percent([each.within for each in found]),
        percent([each.in_interval for each in sessions]),
        percent([each.outcome == "not reachable" for each in sessions]),
        percent([each.therapy >= 0.8 for each in proposed]),
        percent([each.therapy_above for each in proposed]),
        percent([each.confirmed >= 0.8 for each in sessions if each.confirmed >= 0]),
        fmean(each.bursts + each.more_bursts for each in sessions),
        percent([each.above + each.more_above > 0 for each in sessions]),
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


def standard_error(values: Sequence[float]) -> float:
    """Of the mean; 0 of a single value."""
    return stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0


def percent(truths: Sequence[bool]) -> float:
    return 100 * fmean(truths) if truths else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of paired differences, ours minus theirs, with its 95 % bootstrap interval."""

    cohort: str
    ours: tuple[str, str]
    """Method and answers."""
    theirs: tuple[str, str]
    patients: int
    figure: str
    mean: float
    low: float
    high: float


def differences(
    cohort: str, names: tuple[tuple[str, str], tuple[str, str]], ours: Sequence[Ended], theirs: Sequence[Ended]
) -> list[Difference]:
    """Error, bursts and sessions above discomfort, patient by patient."""
    figures = {
        "mae_ma": [a.error - b.error for a, b in zip(ours, theirs, strict=True)],
        "bursts": [float(a.bursts - b.bursts) for a, b in zip(ours, theirs, strict=True)],
        "exceed_discomfort": [float((a.above > 0) - (b.above > 0)) for a, b in zip(ours, theirs, strict=True)],
    }
    return [Difference(cohort, *names, len(ours), figure, fmean(values), *_bootstrap(values)) for figure, values in figures.items()]


def _bootstrap(values: Sequence[float]) -> tuple[float, float]:
    chance = Random(len(values))
    means = sorted(fmean(chance.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]


HEAD = (
    f"{'':<2}{'method':<31}{'answers':<11} {'bursts (P95)':>12} {'error':>7} {'P95':>6} {'over':>6} {'exceed':>7} {'step':>5} "
    f"{'found':>7} {'within':>7} {'90% int':>8} {'unreach':>8} {'therapy':>8} {'confirmed':>9} {'all bursts, exceed':>19} {'P99 ms':>7}"
)


def row(of: Line) -> str:
    """One line of the table. The right half is empty for methods that state no confidence and propose nothing."""
    left = (
        f"{of.cohort:<2}{of.method:<31}{of.answers:<11} {of.bursts:>7.2f} ({of.bursts_p95:>2}) {of.error:>7.4f} {of.error_p95:>6.3f} "
        f"{of.overshoot:>6.3f} {of.exceed:>6.2f}% {of.largest_step:>5.1f}"
    )
    right = (
        f"{of.threshold:>6.1f}% {of.within:>6.1f}% {of.interval:>7.1f}% {of.not_reachable:>7.1f}% {of.therapy:>7.1f}% "
        f"{of.confirmed:>8.1f}% {of.bursts_confirmed:>11.1f} {of.exceed_confirmed:>6.2f}%"
    )
    return f"{left} {right if of.states else '':<79} {of.p99_ms:>7.2f}"


def show(of: Difference) -> str:
    ours, theirs = (f"{method} ({answers})" for method, answers in (of.ours, of.theirs))
    return f"{of.cohort:<2}{ours} minus {theirs}: {of.figure} {of.mean:+.4f} [{of.low:+.4f}, {of.high:+.4f}]"


def as_row(of: Line) -> dict[str, object]:
    """For JSON: shares are fractions, and `null` stands where a method states nothing."""

    def share(percent: float) -> float:
        return percent / 100

    stated = of.states
    return {
        "cohort": of.cohort,
        "method": of.method,
        "answers": of.answers,
        "subjects": of.patients,
        "bursts": of.bursts,
        "bursts_se": of.bursts_se,
        "bursts_p95": of.bursts_p95,
        "mae_ma": of.error,
        "mae_se_ma": of.error_se,
        "p95_error_ma": of.error_p95,
        "overshoot_ma": of.overshoot,
        "exceed_discomfort": share(of.exceed),
        "exceed_discomfort_se": share(of.exceed_se),
        "bursts_above_discomfort": of.above,
        "largest_step_ma": of.largest_step,
        "coverage": share(of.within) if of.threshold else None,
        "interval_coverage": share(of.interval) if stated else None,
        "threshold_found": share(of.threshold) if stated else None,
        "not_reachable": share(of.not_reachable) if stated else None,
        "therapy_good": share(of.therapy) if of.threshold else None,
        "therapy_above_discomfort": share(of.therapy_above) if of.threshold else None,
        "therapy_good_confirmed": share(of.confirmed) if of.threshold else None,
        "bursts_confirmed": of.bursts_confirmed if stated else None,
        "exceed_discomfort_confirmed": share(of.exceed_confirmed) if stated else None,
        "decision_ms_p50": of.p50_ms,
        "decision_ms_p99": of.p99_ms,
    }


def as_object(what: dict[str, object], lines: Sequence[Line], paired: Sequence[Difference]) -> dict[str, object]:
    """`what`: with what it was run."""
    return {
        "schema": "rnprog.bench.titration/1",
        **what,
        "rows": [as_row(each) for each in lines],
        "differences": [asdict(each) for each in paired],
    }
