"""The search for a threshold: what comes next, and how it ended. It proposes; it neither delivers nor approves.

    following = next_step(titration, highest_allowed, settings)

`titration` is the same value that manual titration uses, so its log may have begun by hand and may go on by hand. Nothing else is kept:
the same log gives the same answer. Texts are made elsewhere; here a `Why` and the numbers that belong to it.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from rnprog.therapy.grid import Range
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.threshold.evidence import TENTHS_PER_MA, contractions, evidence, rated, report
from rnprog.therapy.threshold.guards import Guard, ceiling_ma, limits
from rnprog.therapy.threshold.posterior import Evidence, Posterior, posterior, roughly
from rnprog.therapy.threshold.profiles import Profile, Settings
from rnprog.therapy.threshold.response import Contraction
from rnprog.therapy.titration import Answer, State, Titration, TitrationError
from rnprog.therapy.units import Milliamps

NOT_REACHABLE_PROBABILITY = 0.85
BEYOND_CEILING_MA = 0.05
REPORTS_TO_END = 2
_HUNDREDTH = Decimal("0.01")
_ONE_STEP_MA = Decimal("0.1")


class Outcome(StrEnum):
    THRESHOLD = "threshold"
    NOT_REACHABLE = "not reachable"
    STOPPED = "stopped by the patient"
    TOO_MANY_BURSTS = "too many bursts"
    ABORTED = "aborted"
    WORSE = "worse than another pair"
    """Ended early in a comparison of electrode pairs (`pairs.outdone`); `next_step` never says it."""


class Why(StrEnum):
    """What decided the next amplitude."""

    FIRST = "first"
    """From 0, or from 0 again after a gap."""
    AGAIN = "again"
    """The last answer was unsure: the same once more."""
    RISK = "risk"
    """The largest step whose chance of discomfort stays within the profile's."""
    SMALLEST = "smallest step"
    """Even the smallest step up carries more risk than that; `discomfort_risk` says how much."""
    STEP = "step limit"
    """0.5 mA, the most that one step may go up."""
    AFTER_CONTRACTION = "after contraction"
    CEILING = "ceiling"
    ESTIMATE = "estimate"
    """At the present estimate, or a little above it where grades tell more."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known of the threshold. Never show one of these without the others. Amplitudes are rounded to 0.01 mA: not doses."""

    median_ma: Decimal
    lower_ma: Decimal
    """5 % of the probability lies below."""
    upper_ma: Decimal
    """5 % lies above."""
    within_ma: Decimal
    """The tolerance of the profile at this median."""
    probability: float
    """That the threshold lies within `within_ma` of the median. Assumes at most 15 % misses and 10 % false alarms, and mostly far less."""


@dataclass(frozen=True, slots=True)
class Next:
    """The burst to offer; the clinician confirms each one."""

    amplitude_ma: Milliamps
    why: Why
    estimate: Estimate
    discomfort_risk: float
    """By the model, 0 to 1; a working figure, not a clinical rate."""
    bursts: int
    """Given so far."""
    warn: bool
    """So many were given that it should be said."""
    disagrees: bool = False
    """The last six answers and the first six point to different thresholds, and no one threshold explains both: fatigue, or the patient
    moved."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Discomfort was reported. Nothing is offered until the clinician has confirmed that bursts below the ceiling may follow."""

    ceiling_ma: Milliamps
    reports: int
    suggest_end: bool
    """It was reported twice or more."""
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Finished:
    """How it ended, with what is known."""

    outcome: Outcome
    estimate: Estimate
    bursts: int
    contractions: int
    settings: Settings
    ceiling_ma: Milliamps | None = None
    """`None`: no limit showed itself."""
    above_ceiling: float | None = None
    """Probability that the threshold lies above the ceiling; `None` without one."""


Step = Next | Confirm | Finished


def next_step(titration: Titration, highest_allowed: Milliamps, settings: Settings, amplitudes: Range = AMPLITUDE.range) -> Step:
    """What to do next. `highest_allowed` is what the safety envelope would approve now, in mA; `amplitudes` is the grid of the device.

    Raises `TitrationError` before the titration began, while an answer is awaited, and for amplitudes finer than 0.1 mA in the log.
    """
    if titration.state is State.IDLE:
        raise TitrationError("The titration has not begun. Begin it first.")
    if titration.state is State.ASKING:
        raise TitrationError("The last burst is not answered yet. Answer it first.")
    found = evidence(titration, settings.scale)
    known = _known(titration, found, settings)
    estimate = estimate_of(known, settings.rules)
    ended = _ended(titration, found, known, estimate, highest_allowed, settings)
    if ended is not None:
        return _finished(ended, titration, found, known, estimate, highest_allowed, settings)
    if titration.state is State.BACKING_OFF and titration.ceiling_ma is not None:
        reports = sum(burst.answer is Answer.DISCOMFORT for burst in titration.log)
        return Confirm(titration.ceiling_ma, reports, reports >= REPORTS_TO_END, estimate)
    placed = _placed(titration, found, known, highest_allowed, settings, amplitudes)
    if placed is None:
        return _finished(Outcome.ABORTED, titration, found, known, estimate, highest_allowed, settings)
    amplitude_ma, why = placed
    risk = known.discomfort(int(amplitude_ma * TENTHS_PER_MA), _tenths(titration.highest_tolerated_ma))
    bursts = len(titration.log)
    return Next(amplitude_ma, why, estimate, risk, bursts, bursts >= settings.rules.warn_bursts, _disagrees(settings, found))


def posterior_of(titration: Titration, settings: Settings) -> Posterior:
    """What is known of the threshold after this log. Raises `TitrationError` for amplitudes finer than 0.1 mA."""
    return _known(titration, evidence(titration, settings.scale), settings)


def _known(titration: Titration, found: tuple[Evidence, ...], settings: Settings) -> Posterior:
    known, reported = posterior(settings.prior.weights, found, settings.believed), report(titration)
    return known if reported is None else known.with_report(reported)


def estimate_of(known: Posterior, profile: Profile) -> Estimate:
    """The summary of a posterior that a profile asks for."""
    median_ma = known.quantile_ma(0.5)
    within_ma = profile.within_ma(median_ma)
    return Estimate(
        _shown(median_ma),
        _shown(known.quantile_ma(0.05)),
        _shown(known.quantile_ma(0.95)),
        _shown(within_ma),
        known.within(median_ma, within_ma),
    )


def _ended(
    titration: Titration,
    found: tuple[Evidence, ...],
    known: Posterior,
    estimate: Estimate,
    highest_allowed: Milliamps,
    settings: Settings,
) -> Outcome | None:
    """The end of the search as the log shows it, if it is one."""
    profile = settings.rules
    if titration.state is State.STOPPED:
        return Outcome.STOPPED
    yes, all_rated = contractions(found), rated(found)
    both = yes >= 2 and all_rated > yes
    if both and all_rated >= settings.least_bursts and estimate.probability >= profile.confidence:
        return Outcome.THRESHOLD
    limit_ma = ceiling_ma(titration, highest_allowed)
    if limit_ma is not None and titration.highest_tolerated_ma >= limit_ma and (highest_allowed > 0 or titration.ceiling_ma == 0):
        if known.above(float(limit_ma) + BEYOND_CEILING_MA) > NOT_REACHABLE_PROBABILITY:
            return Outcome.NOT_REACHABLE
    if titration.state is State.DONE or highest_allowed <= 0:  # nothing is allowed now: no fresh impedance, or another fault
        return Outcome.ABORTED
    return Outcome.TOO_MANY_BURSTS if len(titration.log) >= profile.most_bursts else None


def _finished(
    outcome: Outcome,
    titration: Titration,
    found: tuple[Evidence, ...],
    known: Posterior,
    estimate: Estimate,
    highest_allowed: Milliamps,
    settings: Settings,
) -> Finished:
    limit_ma = ceiling_ma(titration, highest_allowed)
    above = None if limit_ma is None else known.above(float(limit_ma) + BEYOND_CEILING_MA)
    return Finished(outcome, estimate, len(titration.log), contractions(found), settings, limit_ma, above)


def _placed(
    titration: Titration,
    found: tuple[Evidence, ...],
    known: Posterior,
    highest_allowed: Milliamps,
    settings: Settings,
    amplitudes: Range,
) -> tuple[Milliamps, Why] | None:
    """The next amplitude on the grid of the device and what decided it; `None`: nothing above 0 is allowed."""
    wanted: list[tuple[Decimal, Why]] = [_aim(titration, known, settings)]
    if titration.last_delivered_ma == 0:
        wanted.append((settings.first_ma, Why.FIRST))
    elif wanted[0][1] is Why.ESTIMATE:
        wanted.append(step_up(known, titration.highest_tolerated_ma, settings.step_risk(contractions(found) > 0)))
    held_ma = _held_ma(found) if settings.rules.holds else None
    if held_ma is not None:
        wanted.append((held_ma, Why.AFTER_CONTRACTION))
    for guard, bound_ma in limits(titration, highest_allowed):
        wanted.append((bound_ma, _BECAUSE.get(guard, Why.CEILING)))
    amplitude_ma, why = min(wanted, key=lambda each: each[0])
    lowest_ma = amplitudes.minimum if amplitudes.minimum > 0 else amplitudes.step
    legal = amplitudes.at_or_below(amplitude_ma)
    if legal is not None and legal > 0:
        return Milliamps(legal), why
    allowed_ma = min(bound_ma for _, bound_ma in limits(titration, highest_allowed))
    return (Milliamps(lowest_ma), Why.ESTIMATE) if lowest_ma <= allowed_ma else None


_BECAUSE = {
    Guard.STEP_ABOVE_LAST: Why.STEP,
    Guard.STEP_ABOVE_TOLERATED: Why.STEP,
    Guard.AFTER_CONTRACTION: Why.AFTER_CONTRACTION,
}


def _aim(titration: Titration, known: Posterior, settings: Settings) -> tuple[Decimal, Why]:
    """Where the next burst would tell most: the estimate, half up to 0.1 mA; or the last amplitude if its first answer was unsure."""
    unsure = [burst.amplitude_ma for burst in titration.log[-2:] if burst.answer is Answer.UNSURE]
    if titration.log and titration.log[-1].answer is Answer.UNSURE and unsure.count(unsure[-1]) == 1 and not titration.interrupted:
        return unsure[-1], Why.AGAIN
    aim_ma = Decimal(known.quantile_ma(0.5) * settings.aim_at).quantize(_ONE_STEP_MA, rounding=ROUND_HALF_UP)
    return max(aim_ma, _ONE_STEP_MA), Why.ESTIMATE


def _held_ma(found: tuple[Evidence, ...]) -> Decimal | None:
    """The lowest amplitude that contracted, unless one there or above it did not; `None`: nothing holds the search down."""
    contracted = [each.tenths for each in found if each.seen]
    if not contracted or any(each.seen is Contraction.NONE and each.tenths >= min(contracted) for each in found):
        return None
    return Decimal(min(contracted)) / TENTHS_PER_MA


def highest_risk(titration: Titration, settings: Settings) -> float:
    """The most that a step up may carry after this log."""
    return settings.step_risk(contractions(evidence(titration, settings.scale)) > 0)


def step_up(known: Posterior, tolerated_ma: Decimal, highest: float) -> tuple[Decimal, Why]:
    """How far above the highest tolerated amplitude the risk of discomfort, at most `highest`, lets one step go; at least 0.1 mA."""
    tolerated = _tenths(tolerated_ma)
    for more in (5, 4, 3, 2, 1):
        if known.discomfort(tolerated + more, tolerated) <= highest:
            return Decimal(tolerated + more) / TENTHS_PER_MA, Why.STEP if more == 5 else Why.RISK
    return Decimal(tolerated + 1) / TENTHS_PER_MA, Why.SMALLEST


def _disagrees(settings: Settings, found: tuple[Evidence, ...]) -> bool:
    """Whether the 90 % intervals that the first six and the last six ratings give, each alone, lie apart, and the answers contradict each
    other. Mere climbing without a contraction does not: each burst says "higher", and all of them are right."""
    ratings = tuple(each for each in found if each.seen is not None)
    if len(ratings) < 12 or not _contradict(ratings[:6] + ratings[-6:]):
        return False
    early, late = (roughly(settings.prior.weights, part) for part in (ratings[:6], ratings[-6:]))
    return early[0] > late[1] or late[0] > early[1]


def _contradict(ratings: tuple[Evidence, ...]) -> bool:
    """Whether something contracted at an amplitude at or below one that did not."""
    contracted = [each.tenths for each in ratings if each.seen]
    empty = [each.tenths for each in ratings if not each.seen]
    return bool(contracted and empty) and min(contracted) <= max(empty)


def _tenths(amplitude_ma: Decimal) -> int:
    return int(amplitude_ma * TENTHS_PER_MA)


def _shown(value_ma: float) -> Decimal:
    return Decimal(value_ma).quantize(_HUNDREDTH, rounding=ROUND_HALF_UP)
