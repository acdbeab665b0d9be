"""The method "ascending": from 0 in small steps up to the motor threshold. Owns what comes next and when to end.

It proposes; it neither delivers nor approves. It must not know a device: what may be given comes in as
`highest_allowed`. All figures here are working rules of this project, `unverified` clinically.

Climb by 0.5 mA until something is felt, then by 0.2 mA, after a flicker by 0.1 mA. A first clear contraction is never
believed alone: if steps below it were jumped over, they are tried from the last empty level upwards; then the level is
repeated until 2 of 3 agree. Never up directly after a clear contraction; after a flicker by 0.1 mA. Discomfort ends the search.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rnprog.therapy.grid import Range
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.titration import (
    CONFIRM_OF,
    CONFIRM_YES,
    MOTOR_GRADE,
    Answer,
    Burst,
    State,
    Thresholds,
    Titration,
    TitrationError,
)
from rnprog.therapy.units import Milliamps

MAX_BURSTS = 40
COARSE_MA = Decimal("0.5")
MEDIUM_MA = Decimal("0.2")
FINE_MA = Decimal("0.1")
ABOVE_THRESHOLD_MA = Decimal("0.1")
"""The proposed therapy amplitude lies this much above the motor threshold, if that is allowed. `unverified`."""

_ZERO_MA = Decimal(0)


class Outcome(StrEnum):
    THRESHOLD = "threshold"
    NOT_REACHABLE = "not_reachable"
    STOPPED = "stopped"
    TOO_MANY_BURSTS = "too_many_bursts"


@dataclass(frozen=True, slots=True)
class Next:
    """The burst to offer; the clinician confirms each one."""

    amplitude_ma: Milliamps
    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    outcome: Outcome
    thresholds: Thresholds
    proposed_amplitude_ma: Milliamps | None
    """`None`: no confirmed motor threshold below the ceiling, so nothing is proposed."""
    reason: str


@dataclass(frozen=True, slots=True)
class _Levels:
    """The log seen by levels: a level is empty, or a candidate for the threshold, or not tried."""

    candidate: Decimal | None
    """The lowest level with a contraction that was not disproved."""
    empty: Decimal
    """The highest level without a contraction, below the candidate if there is one; 0 if none."""
    again: Decimal | None
    """The level of the last burst, if its first answer there was unsure and it should be repeated."""


def next_step(titration: Titration, highest_allowed: Milliamps, amplitudes: Range = AMPLITUDE.range) -> Next | Finished:
    """What to do next. `highest_allowed` is what the safety envelope would approve now, in mA; `amplitudes` is the
    grid of the device, where it differs from rnprog's.

    Raises `TitrationError` before the titration began and while an answer is awaited.
    """
    if titration.state is State.IDLE:
        raise TitrationError("The titration has not begun. Begin it first.")
    if titration.state is State.ASKING:
        raise TitrationError("The last burst is not answered yet. Answer it first.")
    levels = _levels(titration.log)
    ended = _ended(titration, levels, highest_allowed, amplitudes)
    if ended is not None:
        return ended
    if len(titration.log) >= MAX_BURSTS:
        reason = f"{MAX_BURSTS} bursts gave no clear result. Let the patient rest and check the electrodes."
        return Finished(Outcome.TOO_MANY_BURSTS, titration.thresholds(), None, reason)
    wanted, reason = _wanted(titration, levels, amplitudes)
    allowed = amplitudes.at_or_below(_cap(titration, highest_allowed)) or _ZERO_MA
    if wanted is None or (allowed < wanted and allowed <= titration.last_delivered_ma):
        reason = (
            f"No confirmed contraction up to {AMPLITUDE.show(levels.empty)}, and no higher amplitude is allowed. "
            "Consider a longer pulse width or other electrodes, and check the impedance."
        )
        return Finished(Outcome.NOT_REACHABLE, titration.thresholds(), None, reason)
    if allowed < wanted:
        reason = f"as far as one step may go, on the way to {AMPLITUDE.show(wanted)}"
    following = Milliamps(min(wanted, allowed))
    return Next(following, f"Next {AMPLITUDE.show(following)}: {reason}.")


def _wanted(titration: Titration, levels: _Levels, amplitudes: Range) -> tuple[Decimal | None, str]:
    """The amplitude that the method asks for before any limit, and why; `None` if the grid ends here."""
    if levels.again is not None:
        return levels.again, "the last answer was unsure, so the same once more"
    if levels.candidate is not None:
        lowest_untried = amplitudes.above(levels.empty) or levels.candidate
        if lowest_untried < levels.candidate:
            return lowest_untried, f"a contraction came at {AMPLITUDE.show(levels.candidate)}, so the steps below it"
        return levels.candidate, "the same again, to confirm the contraction"
    step_ma, reason = _climb(titration.log)
    reached = amplitudes.at_or_below(levels.empty + step_ma)
    if reached is None or reached <= levels.empty:
        reached = amplitudes.above(levels.empty)
    return reached, reason


def _climb(log: tuple[Burst, ...]) -> tuple[Decimal, str]:
    answers = {burst.answer for burst in log}
    if answers & {Answer.FLICKER, Answer.CLEAR, Answer.STRONG, Answer.CONTRACTION}:
        return FINE_MA, f"the muscle answered already, so up by {FINE_MA} mA"
    if Answer.FELT in answers:
        return MEDIUM_MA, f"it was felt but nothing contracted, so up by {MEDIUM_MA} mA"
    return COARSE_MA, f"nothing was felt yet, so up by at most {COARSE_MA} mA"


def _cap(titration: Titration, highest_allowed: Milliamps) -> Decimal:
    """No step above 0.5 mA, whatever the caller allows, and nothing above the ceiling."""
    steps = (titration.last_delivered_ma + COARSE_MA, titration.highest_tolerated_ma + COARSE_MA)
    ceiling = highest_allowed if titration.ceiling_ma is None else titration.ceiling_ma
    return min(highest_allowed, ceiling, *steps)


def _levels(log: tuple[Burst, ...]) -> _Levels:
    rated: dict[Decimal, list[bool]] = {}
    unsure_at: Decimal | None = None
    for burst in log:
        if burst.answer is Answer.UNSURE and unsure_at != burst.amplitude_ma:
            unsure_at = burst.amplitude_ma
            continue
        unsure_at = None
        grade = 0 if burst.answer is Answer.UNSURE else burst.grade
        if grade is not None:
            rated.setdefault(burst.amplitude_ma, []).append(grade >= MOTOR_GRADE)
    alive = [level for level, answers in rated.items() if _alive(answers)]
    candidate = min(alive, default=None)
    empty = [level for level in rated if level not in alive and (candidate is None or level < candidate)]
    return _Levels(candidate, max(empty, default=_ZERO_MA), unsure_at)


def _alive(answers: list[bool]) -> bool:
    """Whether a level may still be the threshold: a contraction there, and not yet two answers without one."""
    latest = answers[-CONFIRM_OF:]
    return any(latest) and latest.count(False) < CONFIRM_YES


def _ended(titration: Titration, levels: _Levels, highest_allowed: Milliamps, amplitudes: Range) -> Finished | None:
    """The end of the search as the log shows it, if it is one."""
    thresholds = titration.thresholds()
    if titration.state is State.STOPPED:
        reason = "The titration was stopped. Nothing is proposed; a new one starts from 0."
        return Finished(Outcome.STOPPED, thresholds, None, reason)
    motor_ma = thresholds.motor_ma
    discomfort = thresholds.discomfort_ma is not None
    over = discomfort or titration.state is State.DONE
    if motor_ma is not None and (over or _settled(titration, levels, amplitudes)):
        return _threshold(titration, motor_ma, highest_allowed, amplitudes)
    if discomfort:
        reason = "Discomfort came before a confirmed contraction. Consider other electrodes or another pulse width."
        return Finished(Outcome.NOT_REACHABLE, thresholds, None, reason)
    if titration.state is State.DONE:
        reason = "The titration was ended before a contraction was confirmed. Nothing is proposed."
        return Finished(Outcome.STOPPED, thresholds, None, reason)
    return None


def _settled(titration: Titration, levels: _Levels, amplitudes: Range) -> bool:
    """Whether the candidate is confirmed and no step between it and the empty level below was left out."""
    if levels.candidate is None or levels.again is not None:
        return False
    return titration.confirmed(levels.candidate) and amplitudes.below(levels.candidate) in (levels.empty, None)


def _threshold(titration: Titration, motor_ma: Milliamps, highest_allowed: Milliamps, amplitudes: Range) -> Finished:
    thresholds, ceiling_ma = titration.thresholds(), titration.ceiling_ma
    found = f"Contraction confirmed at {AMPLITUDE.show(motor_ma)}"
    if ceiling_ma is not None and motor_ma > ceiling_ma:
        reason = f"{found}, but discomfort limits the amplitude to {AMPLITUDE.show(ceiling_ma)}. Nothing is proposed."
        return Finished(Outcome.THRESHOLD, thresholds, None, reason)
    limit_ma = highest_allowed if ceiling_ma is None else min(highest_allowed, ceiling_ma)
    above_ma = amplitudes.at_or_below(motor_ma + ABOVE_THRESHOLD_MA)
    proposed = motor_ma if above_ma is None or above_ma > limit_ma else max(Milliamps(above_ma), motor_ma)
    reason = f"{found}; proposed {AMPLITUDE.show(proposed)} (unverified rule)."
    return Finished(Outcome.THRESHOLD, thresholds, proposed, reason)
