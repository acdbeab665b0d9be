"""Titration of one side from arm to disarm. Owns the order of a burst: offer, confirm, deliver, judge, note. Which amplitude comes next is
decided by a method of `therapy`, or by the observer; whether it may, by the envelope.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import assert_never

from rnprog.session import triage
from rnprog.session.course import Course, known
from rnprog.session.doubts import wrong_place
from rnprog.session.noting import noted
from rnprog.session.offers import Deliver, Finish, Moved, Observer, Proceed, Said, Stop, Switch, Undo
from rnprog.session.outcomes import Applied, Differs, Outcome, ReasonKind, Refused, StopConfirmed, StopOutcome, Unknown
from rnprog.session.recheck import recheck
from rnprog.session.renewal import Renewal, expired, unusable
from rnprog.session.session import Session
from rnprog.session.stimulation import Delivered, Stimulation
from rnprog.session.stopping import Halted
from rnprog.session.titrated import Burst, Listener, Method, Plan, Titrated
from rnprog.session.titration_notes import begun_data, titrated_data
from rnprog.session.wording import Words, titration
from rnprog.therapy.ascending import Outcome as Ending
from rnprog.therapy.impedance import ImpedanceSweep
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.titration import TitrationError
from rnprog.therapy.trend import PastTitration
from rnprog.therapy.units import plain

__all__ = ["LEAD_CHANGED", "MAX_BURSTS", "Burst", "Listener", "Method", "Plan", "Titrated", "titrate"]

LEAD_CHANGED = "lead changed"
_AMPLITUDE_REASONS = ((ReasonKind.OVER, ""), (ReasonKind.ENVELOPE, AMPLITUDE.key))

MAX_BURSTS = 60
"""Bound of what is given, for every method; the methods end earlier by themselves."""
MAX_CHOICES = 500
"""Bound of what is asked, refusals, switches and corrections included: an observer that never comes to an end is ended."""


def titrate(session: Session, plan: Plan, observer: Observer, listener: Listener) -> Titrated:
    """Titrate one side. The side is released at the end, however it ends; Trouble as `Session.tick`."""
    result = _titrated(session, plan, observer, listener)
    found = session.ceilings.binding(plan.setup)
    if found is None or result.proposed_ma is not None:
        return result
    setup = (str(found.electrodes), found.amplitude_ma, found.pulse_width_us, found.ceiling_ma)
    return replace(result, bound=titration.bound(*setup, cut_off=found.cut_off, where=found.record))


def _titrated(session: Session, plan: Plan, observer: Observer, listener: Listener) -> Titrated:
    stimulation, before = Stimulation(session, plan.setup), session.sweep
    armed = stimulation.arm()
    if not isinstance(armed, Applied):
        problem = _problem(plan, stimulation, armed)
        return _judged(session, problem) if isinstance(armed, Refused) else _made_sure(session, problem)
    stimulation.titration = stimulation.titration.begin()
    session.note("titration", begun_data(plan, observer.name, stimulation.titration))
    try:
        result = _bursts(session, plan, stimulation, observer, listener)
        trusted = session.pending is None and not isinstance(result.problem, Differs)
        if session.halted is None and session.armed and trusted:
            released = stimulation.disarm()
            if not isinstance(released, Applied):
                result = _problem(plan, stimulation, released)
        result = _made_sure(session, result)
    except Halted as halted:
        result = _stopped(plan, stimulation, halted.outcome)
        if session.record is not None and session.record.lost is None:
            session.note("titrated", titrated_data(result))
        return result
    result = _rechecked(session, result, before)
    session.note("titrated", titrated_data(result))
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
        return replace(_without_threshold(result), ending=LEAD_CHANGED, proposed_ma=None, reason=titration.lead_changed(outcome.readback))
    return result


def _without_threshold(result: Titrated) -> Titrated:
    """No number stands as the threshold unless the search came to one by itself; the bursts and the interval stay."""
    return replace(result, thresholds=replace(result.thresholds, motor_ma=None))


def _judged(session: Session, result: Titrated) -> Titrated:
    """With what it says of the lead, unless it ended in a way that leaves something else to be done first. Trouble as `Session.note`."""
    if result.stop is not None or session.halted is not None or isinstance(result.problem, Unknown | Differs):
        return result
    in_vain = result.finished is not None and result.ending == "aborted" and wrong_place(result.titration)
    found = triage.judge_titration(session, _as_past(result), str(Ending.NOT_REACHABLE) if in_vain else result.ending)
    if found is not None and found.advice:
        triage.note(session, found)
    return replace(result, judged=found)


def _as_past(result: Titrated) -> PastTitration:
    """As a later visit will see it."""
    setup, thresholds = result.plan.setup, result.thresholds
    return PastTitration(
        setup.side,
        setup.electrodes,
        (plain(setup.pulse_width_us), plain(setup.rate_hz), result.plan.how_confirmed),
        thresholds.motor_ma,
        max((burst.amplitude_ma for burst in result.titration.log if burst.answer is not None), default=Decimal(0)),
        thresholds.discomfort_ma is not None,
        age_days=0,
        elsewhere_ma=result.titration.elsewhere_ma,
        definition=result.motor_definition,
        bounded=result.titration.earlier_ceiling_ma is not None,
    )


def _made_sure(session: Session, result: Titrated) -> Titrated:
    """A side that could not be released is in doubt, and nothing else may be sent now: STOP ends it. What STOP found out about the
    output then replaces what was not known before."""
    stop = session.halted
    if stop is None and result.plan.setup.side in session.armed:
        stop = session.stop("the side could not be released", by_itself=True)
    problem = result.problem
    if isinstance(stop, StopConfirmed) and isinstance(problem, Unknown | Differs):
        found = "" if stop.found in problem.words.happened else stop.found
        now = stop.words.now if isinstance(problem, Unknown) else problem.words.now if problem.cut_off else titration.NOT_HELD
        problem = replace(problem, words=replace(stop.words, happened=f"{problem.words.happened} {found}".strip(), now=now))
        result = replace(result, reason=str(problem.words))
    return replace(result, stop=stop or result.stop, problem=problem)


def _bursts(session: Session, plan: Plan, stimulation: Stimulation, observer: Observer, listener: Listener) -> Titrated:
    last: Delivered | None = None
    course, renewal = Course(plan, stimulation), Renewal(stimulation)
    for _ in range(MAX_CHOICES):
        if len(stimulation.titration.log) >= MAX_BURSTS:
            break
        lead = renewal.carry_out() if renewal.due() else unusable(stimulation)
        if lead is not None and not isinstance(lead, Applied):
            return _problem(plan, stimulation, lead)
        offer = course.following()
        if isinstance(offer, Titrated):
            return offer
        offer = renewal.told(offer)
        choice = observer.choose(offer)
        match choice:
            case Finish(_):
                break
            case Stop(why):
                return _stopped(plan, stimulation, session.stop(why))
            case Proceed(by):
                if offer.agree is not None:
                    stimulation.proceed(by=by)
            case Switch(method, by):
                course.switched(method)
                session.note("method", {"side": str(plan.setup.side), "method": str(method), "by": by})
            case Moved(by):
                _from_zero_again(stimulation, by)
            case Deliver(amplitude_ma, confirmed_by):
                outcome = stimulation.deliver(amplitude_ma, plan.burst_s, confirmed_by=confirmed_by, target_ma=offer.target_ma)
                if isinstance(outcome, Refused) and expired(session):
                    continue  # nothing was sent; the leads are measured first
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
                listener(Burst(len(stimulation.titration.log), last, said.answer, offer.proposal, said.elsewhere, offer.remarks))
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
                course.taken_back()
                listener(Burst(len(stimulation.titration.log), last, said.answer, None, said.elsewhere, corrected=True))
            case _:
                assert_never(choice)
    return course.finished()


def _from_zero_again(stimulation: Stimulation, by: str) -> None:
    stimulation.titration = stimulation.titration.gap()
    stimulation.session.input_seen()
    stimulation.session.note("from 0 again", {"side": str(stimulation.side), "by": by})


def _ask(stimulation: Stimulation, observer: Observer, delivered: Delivered) -> Said | Stop:
    """Ask what a burst did, and note it."""
    return noted(observer.judge(delivered), (stimulation,), observer.name)


def _only_the_amplitude(refused: Refused) -> bool:
    """Whether another amplitude could be allowed: nothing was sent, and nothing else stands in the way."""
    return all((reason.kind, reason.field) in _AMPLITUDE_REASONS for reason in refused.reasons)


def _problem(plan: Plan, stimulation: Stimulation, outcome: Outcome[object]) -> Titrated:
    assert isinstance(outcome, Refused | Unknown | Differs)  # callers have taken Applied away
    return _ended(plan, stimulation, "aborted", _reason_of(outcome), problem=outcome)


def _reason_of(outcome: Refused | Unknown | Differs) -> str:
    return outcome.reasons[0].text if isinstance(outcome, Refused) else str(outcome.words)


def _alerted(plan: Plan, stimulation: Stimulation, alert: Words) -> Titrated:
    return _ended(plan, stimulation, "aborted", str(alert), alert=alert)


def _stopped(plan: Plan, stimulation: Stimulation, outcome: StopOutcome) -> Titrated:
    stimulation.stopped()
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
    found = stimulation.titration
    thresholds, estimate = replace(found.thresholds(), motor_ma=None), known(found, plan)
    return Titrated(plan, ending, thresholds, None, reason, found, stop=stop, problem=problem, alert=alert, estimate=estimate)
