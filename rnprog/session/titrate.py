"""Titration of one side from arm to disarm. Owns the order of a burst: offer, confirm, deliver, judge, note. Which amplitude comes next is
decided by a method of `therapy`, or by the observer; whether it may, by the envelope.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from rnprog.session import triage
from rnprog.session.observers import Deliver, Elsewhere, Finish, Observer, Offer, Stop, Undo
from rnprog.session.outcomes import Applied, Differs, Outcome, ReasonKind, Refused, StopConfirmed, StopOutcome, Unknown
from rnprog.session.recheck import recheck
from rnprog.session.record import amount
from rnprog.session.session import Session
from rnprog.session.stimulation import Delivered, Stimulation
from rnprog.session.stopping import Halted
from rnprog.session.triage import Judged
from rnprog.session.wording import Words, titration
from rnprog.therapy.ascending import Finished, Next, next_step
from rnprog.therapy.ascending import Outcome as Ending
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.impedance import ImpedanceSweep
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.titration import Answer, State, Thresholds, Titration, TitrationError
from rnprog.therapy.trend import PastTitration
from rnprog.therapy.units import Milliamps

LEAD_CHANGED = "lead changed"
_AMPLITUDE_REASONS = ((ReasonKind.OVER, ""), (ReasonKind.ENVELOPE, AMPLITUDE.key))

MAX_BURSTS = 60
"""Bound of the loop, for every method; the methods end earlier by themselves."""


class Method(StrEnum):
    """How the next amplitude is found."""

    ASCENDING = "ascending"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Plan:
    """One side's titration."""

    setup: TestSetup
    method: Method = Method.ASCENDING
    burst_s: Decimal = Decimal(2)
    how_confirmed: str = "palpation"
    """How a contraction is confirmed; recorded, and never mixed within one titration."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Told to the face after each burst."""

    number: int
    delivered: Delivered
    answer: Answer
    proposal: Next | None
    elsewhere: bool = False
    """In the wrong place."""


@dataclass(frozen=True, slots=True)
class Titrated:
    """How a side's titration ended. `proposed_ma` None: nothing is proposed, and `reason` says why."""

    plan: Plan
    ending: str
    thresholds: Thresholds
    proposed_ma: Milliamps | None
    reason: str
    titration: Titration
    stop: StopOutcome | None = None
    """Set when it ended with STOP."""
    problem: Refused | Unknown | Differs | None = None
    """Set when a command did not succeed."""
    alert: Words | None = None
    """Set when a burst did not go as it should."""
    judged: Judged | None = None
    """What it says of the lead; None: it was not judged."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the observer said of a burst."""

    answer: Answer
    elsewhere: bool = False


Listener = Callable[[Burst], None]


def titrate(session: Session, plan: Plan, observer: Observer, listener: Listener) -> Titrated:
    """Titrate one side. The side is released at the end, however it ends; Trouble as `Session.tick`."""
    stimulation, before = Stimulation(session, plan.setup), session.sweep
    armed = stimulation.arm()
    if not isinstance(armed, Applied):
        problem = _problem(plan, stimulation, armed)
        return _judged(session, problem) if isinstance(armed, Refused) else _made_sure(session, problem)
    stimulation.titration = stimulation.titration.begin()
    session.note(
        "titration",
        {
            "side": str(plan.setup.side),
            "method": str(plan.method),
            "observer": observer.name,
            "confirmed_by_means_of": plan.how_confirmed,
        },
    )
    try:
        result = _bursts(session, plan, stimulation, observer, listener)
        trusted = session.pending is None and not isinstance(result.problem, Differs)
        if session.halted is None and session.armed and trusted:
            released = stimulation.disarm()
            if not isinstance(released, Applied):
                result = _problem(plan, stimulation, released)
        result = _made_sure(session, result)
    except Halted as halted:
        return _stopped(plan, stimulation, halted.outcome)
    result = _rechecked(session, result, before)
    _note_result(session, plan, result)
    return _judged(session, result)


def _rechecked(session: Session, result: Titrated, before: ImpedanceSweep | None) -> Titrated:
    """Whether the lead has stayed as it was, where nothing else has gone wrong: a threshold found on a changing lead proposes nothing."""
    if result.stop is not None or result.problem is not None or result.alert is not None or not result.titration.log:
        return result
    setup = result.plan.setup
    outcome = recheck(session, setup.side, setup.electrodes, before)
    if not isinstance(outcome, Applied):
        return _made_sure(session, replace(result, proposed_ma=None, problem=outcome, reason=_reason_of(outcome)))
    if outcome.readback:
        return replace(result, ending=LEAD_CHANGED, proposed_ma=None, reason=titration.lead_changed(outcome.readback))
    return result


def _judged(session: Session, result: Titrated) -> Titrated:
    """With what it says of the lead, unless it ended in a way that leaves something else to be done first. Trouble as `Session.note`."""
    if result.stop is not None or session.halted is not None or isinstance(result.problem, Unknown | Differs):
        return result
    found = triage.judge_titration(session, _as_past(result), result.ending)
    if found is not None and found.advice:
        triage.note(session, found)
    return replace(result, judged=found)


def _as_past(result: Titrated) -> PastTitration:
    """As a later visit will see it."""
    setup, thresholds = result.plan.setup, result.thresholds
    return PastTitration(
        setup.side,
        setup.electrodes,
        (amount(setup.pulse_width_us), amount(setup.rate_hz), result.plan.how_confirmed),
        thresholds.motor_ma,
        max((burst.amplitude_ma for burst in result.titration.log if burst.answer is not None), default=Decimal(0)),
        thresholds.discomfort_ma is not None,
        age_days=0,
        elsewhere_ma=result.titration.elsewhere_ma,
    )


def _made_sure(session: Session, result: Titrated) -> Titrated:
    """A side that could not be released is in doubt, and nothing else may be sent now: STOP ends it. What STOP found out about the
    output then replaces what was not known before."""
    stop = session.halted
    if stop is None and result.plan.setup.side in session.armed:
        stop = session.stop("the side could not be released")
    problem = result.problem
    if isinstance(stop, StopConfirmed) and isinstance(problem, Unknown | Differs):
        now = titration.NOT_HELD if isinstance(problem, Differs) else stop.words.now
        problem = replace(problem, words=replace(stop.words, happened=problem.words.happened, now=now))
        result = replace(result, reason=str(problem.words))
    return replace(result, stop=stop or result.stop, problem=problem)


def _bursts(session: Session, plan: Plan, stimulation: Stimulation, observer: Observer, listener: Listener) -> Titrated:
    last: Delivered | None = None
    for number in range(1, MAX_BURSTS + 1):
        step = _step(plan, stimulation)
        if isinstance(step, Finished):
            return _finished(plan, stimulation, step)
        choice = observer.choose(Offer(plan.setup.side, step, stimulation.highest_allowed(), stimulation.titration))
        match choice:
            case Finish(_):
                break
            case Stop(why):
                return _stopped(plan, stimulation, session.stop(why))
            case Deliver(amplitude_ma, confirmed_by):
                outcome = stimulation.deliver(amplitude_ma, plan.burst_s, confirmed_by=confirmed_by)
                if isinstance(outcome, Refused) and _only_the_amplitude(outcome) and observer.refused(outcome):
                    continue
                if not isinstance(outcome, Applied):
                    return _problem(plan, stimulation, outcome)
                if outcome.readback.alert is not None:
                    return _alerted(plan, stimulation, outcome.readback.alert)
                last = outcome.readback
                said = _ask(stimulation, observer, last)
                if isinstance(said, Stop):
                    return _stopped(plan, stimulation, session.stop(said.why))
                listener(Burst(number, last, said.answer, step, said.elsewhere))
            case Undo():
                if last is None:
                    continue
                try:
                    stimulation.undo(by=observer.name)
                except TitrationError:  # discomfort stays; the offer is made again
                    continue
                said = _ask(stimulation, observer, last)
                if isinstance(said, Stop):
                    return _stopped(plan, stimulation, session.stop(said.why))
            case _:
                assert_never(choice)
    if stimulation.titration.state in (State.STEPPING, State.BACKING_OFF):
        stimulation.titration = stimulation.titration.finished()
    ended = next_step(stimulation.titration, stimulation.highest_allowed())
    assert isinstance(ended, Finished)  # a finished titration proposes nothing more
    return _finished(plan, stimulation, ended)


def _ask(stimulation: Stimulation, observer: Observer, delivered: Delivered) -> Said | Stop:
    """Ask what a burst did, and note it."""
    report = observer.judge(delivered)
    if isinstance(report, Stop):
        return report
    said = Said(report.answer, True) if isinstance(report, Elsewhere) else Said(report)
    stimulation.answer(said.answer, by=observer.name, elsewhere=said.elsewhere)
    return said


def _only_the_amplitude(refused: Refused) -> bool:
    """Whether another amplitude could be allowed: nothing was sent, and nothing else stands in the way."""
    return all((reason.kind, reason.field) in _AMPLITUDE_REASONS for reason in refused.reasons)


def _step(plan: Plan, stimulation: Stimulation) -> Next | Finished | None:
    if plan.method is Method.ASCENDING:
        return next_step(stimulation.titration, stimulation.highest_allowed())
    if stimulation.titration.state is State.BACKING_OFF:
        stimulation.titration = stimulation.titration.proceed()
    return None


def _finished(plan: Plan, stimulation: Stimulation, ended: Finished) -> Titrated:
    return Titrated(plan, str(ended.outcome), ended.thresholds, ended.proposed_amplitude_ma, ended.reason, stimulation.titration)


def _problem(plan: Plan, stimulation: Stimulation, outcome: Outcome[object]) -> Titrated:
    assert isinstance(outcome, Refused | Unknown | Differs)  # callers have taken Applied away
    return _ended(plan, stimulation, "aborted", _reason_of(outcome), problem=outcome)


def _reason_of(outcome: Refused | Unknown | Differs) -> str:
    return outcome.reasons[0].text if isinstance(outcome, Refused) else str(outcome.words)


def _alerted(plan: Plan, stimulation: Stimulation, alert: Words) -> Titrated:
    return _ended(plan, stimulation, "aborted", str(alert), alert=alert)


def _stopped(plan: Plan, stimulation: Stimulation, outcome: StopOutcome) -> Titrated:
    stimulation.titration = stimulation.titration.stopped()
    stimulation.lost()
    return _ended(plan, stimulation, str(Ending.STOPPED), str(outcome.words), stop=outcome)


def _ended(
    plan: Plan,
    stimulation: Stimulation,
    ending: str,
    reason: str,
    *,
    stop: StopOutcome | None = None,
    problem: Refused | Unknown | Differs | None = None,
    alert: Words | None = None,
) -> Titrated:
    return Titrated(
        plan, ending, stimulation.titration.thresholds(), None, reason, stimulation.titration, stop=stop, problem=problem, alert=alert
    )


def _note_result(session: Session, plan: Plan, result: Titrated) -> None:
    session.note(
        "titrated",
        {
            "side": str(plan.setup.side),
            "ending": result.ending,
            **{
                name: amount(value) if value is not None else None
                for name, value in (
                    ("perception_ma", result.thresholds.perception_ma),
                    ("motor_ma", result.thresholds.motor_ma),
                    ("discomfort_ma", result.thresholds.discomfort_ma),
                    ("elsewhere_ma", result.titration.elsewhere_ma),
                    ("proposed_ma", result.proposed_ma),
                )
            },
        },
    )
