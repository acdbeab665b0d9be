"""Both sides together, before a program is written: at 80, 90 and 100 % of the amplitudes that each side came to alone.

Owns the order: both are approved before anything is sent, both are set, one burst flows on both, one answer stands for both. What follows
is medicine's (`therapy.threshold.bilateral`). What ends the check before 100 % leaves the last share that was tolerated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, assert_never

from rnprog.session.burst_end import wait_for_the_end
from rnprog.session.noting import noted
from rnprog.session.offers import Deliver, Finish, Moved, Observer, Offer, Proceed, Said, Stop, Switch, Undo
from rnprog.session.outcomes import Applied, Differs, Outcome, Reason, ReasonKind, Refused, StopOutcome, Unknown
from rnprog.session.record import amount
from rnprog.session.session import Session
from rnprog.session.stimulation import Delivered, Stimulation
from rnprog.session.stopping import Halted
from rnprog.session.titrated import Burst, Listener, Titrated
from rnprog.session.wording import Words
from rnprog.session.wording import bilateral as words
from rnprog.therapy.ascending import Next
from rnprog.therapy.contacts import Side
from rnprog.therapy.threshold import Checked, Rung, next_rung, rungs
from rnprog.therapy.titration import Answer, Titration, TitrationError
from rnprog.therapy.units import Milliamps

MAX_BURSTS = 60
MAX_CHOICES = 500
"""Bounds of what is given and of what is asked."""


@dataclass(frozen=True, slots=True)
class Together:
    """How the check ended. `last` None: no amplitudes for both together, and `reason` says why."""

    ending: str
    last: Rung | None
    reason: str
    answers: tuple[tuple[Rung, Answer], ...]
    stop: StopOutcome | None = None
    """Set when it ended with STOP."""
    problem: Refused | Unknown | Differs | None = None
    """Set when a command did not succeed."""
    alert: Words | None = None
    """Set when a burst did not go as it should."""


class _Ended(Exception):
    """Something other than an answer ends the check."""

    def __init__(self, together: Together) -> None:
        super().__init__(together.reason)
        self.together = together


@dataclass(slots=True)
class _Check:
    session: Session
    sides: dict[Side, Stimulation]
    goals: dict[Side, Milliamps]
    burst_s: Decimal
    observer: Observer
    listener: Listener
    given: list[tuple[Rung, Answer]] = field(default_factory=list)
    last: Delivered | None = None


def check(session: Session, found: dict[Side, Titrated], observer: Observer, listener: Listener) -> Together:
    """Check both sides together. `found`: both titrations, each with a proposed amplitude. Both sides are released at the end, however it
    ends. Trouble as `Session.tick`."""
    sides = {side: _stimulation(session, found[side]) for side in Side}
    goals = {side: _goal(found[side]) for side in Side}
    checking = _Check(session, sides, goals, found[Side.LEFT].plan.burst_s, observer, listener)
    session.note("both sides", _amounts(goals[Side.LEFT], goals[Side.RIGHT]))
    try:
        result = _run(checking)
    except Halted as halted:
        result = _stopped(checking, halted.outcome)
    result = _released(checking, result)
    last = None if result.last is None else _amounts(result.last.left_ma, result.last.right_ma)
    session.note("both sides checked", {"ending": result.ending, "last": last})
    return result


def _stimulation(session: Session, found: Titrated) -> Stimulation:
    """The side again, from 0 mA, below whatever was too strong on it alone."""
    return Stimulation(session, found.plan.setup, Titration(earlier_ceiling_ma=found.titration.ceiling_ma))


def _goal(found: Titrated) -> Milliamps:
    assert found.proposed_ma is not None  # the caller has both
    return found.proposed_ma


def _run(checking: _Check) -> Together:
    for side in checking.sides.values():
        armed = side.arm()
        if not isinstance(armed, Applied):
            return _problem(checking, armed)
        side.titration = side.titration.begin()
    ladder = rungs(checking.goals[Side.LEFT], checking.goals[Side.RIGHT])
    for _ in range(MAX_CHOICES):
        step = next_rung(ladder, [answer for _, answer in checking.given])
        if isinstance(step, Checked):
            return _checked(checking, step)
        if len(checking.given) >= MAX_BURSTS:
            break
        try:
            if not _one(checking, step):
                break
        except _Ended as ended:
            return ended.together
    tolerated = [rung for rung, answer in checking.given if rung.share_percent is not None and answer is not Answer.UNSURE]
    return _together(checking, "not finished", tolerated[-1] if tolerated else None)


def _one(checking: _Check, rung: Rung) -> bool:
    """Offer a rung, and do what was chosen. False: the person ends the check. _Ended when it cannot go on."""
    left = checking.sides[Side.LEFT]
    offer = Offer(Side.LEFT, Next(rung.left_ma, words.offer(rung)), rung.left_ma, left.titration, both=rung)
    choice = checking.observer.choose(offer)
    match choice:
        case Finish(_):
            return False
        case Stop(why):
            raise _Ended(_stopped(checking, checking.session.stop(why)))
        case Deliver(amplitude_ma, confirmed_by) if amplitude_ma == rung.left_ma:
            _deliver(checking, rung, confirmed_by)
        case Deliver():
            refused = Refused((Reason(ReasonKind.OVER, words.no_other()),))
            if not checking.observer.refused(refused):
                raise _Ended(_problem(checking, refused))
        case Undo():
            _undo(checking)
        case Proceed() | Switch() | Moved():
            pass  # none has a meaning here; the offer is made again
        case _:
            assert_never(choice)
    return True


def _deliver(checking: _Check, rung: Rung, confirmed_by: str) -> None:
    amounts_ma = {Side.LEFT: rung.left_ma, Side.RIGHT: rung.right_ma}
    outcome = _flow(checking, amounts_ma, confirmed_by)
    if not isinstance(outcome, Applied):
        raise _Ended(_problem(checking, outcome))
    delivered = outcome.readback
    alert = next((each.alert for each in delivered if each.alert is not None), None)
    if alert is not None:
        raise _Ended(_together(checking, "aborted", None, reason=str(alert), alert=alert))
    first = delivered[0]
    checking.last = Delivered(first.side, first.amplitude_ma, first.duration_s, first.status, both=rung)
    said = _ask(checking)
    checking.given.append((rung, said.answer))
    checking.listener(Burst(len(checking.given), checking.last, said.answer, None, said.elsewhere))


def _flow(checking: _Check, amounts_ma: dict[Side, Milliamps], confirmed_by: str) -> Outcome[tuple[Delivered, ...]]:
    """Approve both, set both, one burst. Nothing is sent unless both are approved."""
    session, duration_s = checking.session, checking.burst_s
    approved = []
    reasons: list[Reason] = []
    for side, stimulation in checking.sides.items():
        found = stimulation.approve(amounts_ma[side], duration_s, checking.goals[side])
        if isinstance(found, Refused):
            reasons.extend(found.reasons)
        else:
            approved.append((stimulation, found))
    if reasons:
        return Refused(tuple(reasons))
    for stimulation, each in approved:
        held = stimulation.set_to(each, confirmed_by)
        if not isinstance(held, Applied):
            return held
    both = tuple(checking.sides)
    amounts = _amounts(amounts_ma[Side.LEFT], amounts_ma[Side.RIGHT])
    intent = {"side": "both", **amounts, "duration_s": amount(duration_s), "confirmed_by": confirmed_by}
    begun = session.command("burst", intent, lambda: session.device.burst(both, duration_s), lambda output: {"output": str(output)})
    if not isinstance(begun, Applied):
        return begun
    for side, stimulation in checking.sides.items():
        stimulation.given(amounts_ma[side])
    end = wait_for_the_end(session, both, duration_s)
    return Applied(tuple(stimulation.over(amounts_ma[side], duration_s, end) for side, stimulation in checking.sides.items()))


def _ask(checking: _Check) -> Said:
    """What the burst did; one answer for both sides, noted on each. _Ended after STOP."""
    assert checking.last is not None  # there was a burst
    said = noted(checking.observer.judge(checking.last), checking.sides.values(), checking.observer.name)
    if isinstance(said, Stop):
        raise _Ended(_stopped(checking, checking.session.stop(said.why)))
    return said


def _undo(checking: _Check) -> None:
    """Ask again what the last burst did. Discomfort stays."""
    if not checking.given:
        return
    try:
        for stimulation in checking.sides.values():
            stimulation.undo(by=checking.observer.name)
    except TitrationError:
        return
    rung, _ = checking.given.pop()
    said = _ask(checking)
    checking.given.append((rung, said.answer))
    assert checking.last is not None  # it was asked about
    checking.listener(Burst(len(checking.given), checking.last, said.answer, None, said.elsewhere, corrected=True))


def _released(checking: _Check, result: Together) -> Together:
    """Both sides set to 0 and given free; STOP where that does not succeed, or is in doubt."""
    session = checking.session
    doubt = session.pending is not None or isinstance(result.problem, Differs)
    for stimulation in checking.sides.values():
        if session.halted is None and not doubt and stimulation.side in session.armed:
            doubt = not isinstance(stimulation.disarm(), Applied)
    stop = session.halted
    if stop is None and session.armed:
        stop = session.stop("a side could not be released", by_itself=True)
    return result if stop is None or result.stop is not None else _stopped(checking, stop, result.problem)


# how it ended


def _checked(checking: _Check, found: Checked) -> Together:
    return _together(checking, str(found.ending), found.last)


def _together(checking: _Check, ending: str, last: Rung | None, *, reason: str = "", alert: Words | None = None) -> Together:
    answers = [answer for rung, answer in checking.given if rung == last and answer is not Answer.UNSURE]
    contracted = bool(answers and answers[-1].grade)
    return Together(ending, last, reason or words.ended(ending, last, contracted=contracted), tuple(checking.given), alert=alert)


def _problem(checking: _Check, outcome: Outcome[Any]) -> Together:
    assert isinstance(outcome, Refused | Unknown | Differs)  # callers have taken Applied away
    reason = outcome.reasons[0].text if isinstance(outcome, Refused) else str(outcome.words)
    return Together("aborted", None, reason, tuple(checking.given), problem=outcome)


def _stopped(checking: _Check, outcome: StopOutcome, problem: Refused | Unknown | Differs | None = None) -> Together:
    for stimulation in checking.sides.values():
        stimulation.stopped()
    return Together("stopped", None, str(outcome.words), tuple(checking.given), stop=outcome, problem=problem)


def _amounts(left_ma: Milliamps, right_ma: Milliamps) -> dict[str, str]:
    return {"left_ma": amount(left_ma), "right_ma": amount(right_ma)}
