"""How each event changes what the screens know. Pure: from a state and an event to the next state."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, assert_never

from rnprog.device.api import Output
from rnprog.session.outcomes import Refused, StopConfirmed, StopNotConfirmed, StopOutcome, Unknown
from rnprog.session.wording import patient
from rnprog.session.wording import tui as say
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.tui import events as e
from rnprog.tui import side_events as of_side
from rnprog.tui.notices import Call, Notice, Weight, weightier
from rnprog.tui.state import Phase, State
from rnprog.tui.titrating import Step, Titrating

if TYPE_CHECKING:
    from rnprog.session.titrate import Plan


def after(state: State, event: e.Event) -> State:
    """The state after an event."""
    match event:
        case e.Connecting(port):
            return _connecting(state, port)
        case e.Connected():
            return _connected(event, state.visit + 1)
        case e.NotConnected(words):
            if state.lost is not None:
                failed = replace(state.lost, more=(*state.lost.more, say.not_again(words.happened)))
                return replace(state, busy=None, notice=failed)
            return State(port=state.port, visit=state.visit, notice=Notice(Weight.CAUTION, words))
        case e.Polled(status, battery, at_s):
            notice = None if state.notice is not None and state.notice.passing else state.notice
            seen = replace(state, status=status, status_at_s=at_s, notice=notice, unheard=False)
            return seen if battery is None else replace(seen, battery=battery, battery_at_s=at_s)
        case e.Beaten(beat, at_s):
            if state.status is None:
                return state
            beaten = replace(state.status, output=beat.output, output_ma=beat.output_ma, flags=beat.flags)
            return replace(state, status=replace(beaten, lease_remaining_s=beat.lease_remaining_s), status_at_s=at_s, unheard=False)
        case e.Unheard(unheard):
            return replace(state, unheard=unheard)
        case e.Lost(words):
            weight = Weight.ALARM if _was_on(state) else Weight.UNKNOWN
            gone = replace(state, phase=Phase.LOST, busy=None, stopping=False, titrating=_all_ended(state, known=False))
            told = Notice(weight, words, Call.CONNECT, more=_went_on(state))
            return replace(gone, notice=told, lost=told)
        case e.Busy(what):
            return replace(state, busy=what)
        case e.LeadsMeasured(sweep, judged, usable, at_s):
            return replace(state, sweep=sweep, judged=judged, usable=usable, measured_at_s=at_s)
        case e.StopAsked():
            return replace(state, stopping=state.live)
        case e.Stopped():
            return _stopped(state, event)
        case e.Reopened():
            return replace(state, doubtful=False, halt=None, notice=None, sweep=None)
        case e.Told(words, _, True):
            calm = state.phase in (Phase.AWAY, Phase.CONNECTING, Phase.CLOSED) and not _was_on(state)
            call = Call.NONE if state.lost is None else Call.CONNECT
            return replace(state, notice=Notice(Weight.CAUTION if calm else Weight.ALARM, words, call))
        case e.Told(words, passing):
            return state if weightier(state.notice) else replace(state, notice=Notice(Weight.CAUTION, words, passing=passing))
        case e.Ended(what, outcome):
            return _ended(state, what, outcome)
        case e.Settled(resolution):
            words = say.settled(resolution.what, str(resolution.settled))
            return replace(state, doubtful=False, notice=Notice(Weight.NOTE, words))
        case e.Proposed(proposal, refused):
            return replace(state, proposed=proposal, not_allowed=refused)
        case e.ProfileLeft():
            return replace(state, taken=None, basis=None, proposed=None, not_allowed=None)
        case e.ProfileTaken(name, program, limits, basis):
            return replace(state, taken=(name, program), limits=limits, basis=basis)
        case e.ProgramsRead(stored, at_s):
            return replace(state, stored=stored, stored_at_s=at_s)
        case e.Wrote(stored, enabled, basis):
            return replace(state, wrote=stored, schedule_enabled=enabled, proposed=None, not_allowed=None, basis=basis)
        case e.PastRead(past):
            return replace(state, past=past)
        case e.LinesRead(lines):
            return replace(state, lines=lines)
        case e.Closed(record, audited):
            closed = replace(state, phase=Phase.CLOSED, busy=None, stopping=False, record=record, audit=audited)
            if state.another_patient is None:
                return closed
            return replace(closed, notice=Notice(Weight.CAUTION, patient.left_alone(state.another_patient)))
        case e.PatientSettled():
            return replace(state, another_patient=None)
        case of_side.Began(plan):
            side = plan.setup.side
            return replace(state, side=side, together=None, titrating={**state.titrating, side: _begun(state.side_of(side), plan)})
        case of_side.BothBegan():
            left = Titrating(Step.STARTING, state.side_of(Side.LEFT).plan, result=state.side_of(Side.LEFT).result, together=True)
            return replace(state, side=Side.LEFT, together=None, titrating={**state.titrating, Side.LEFT: left})
        case of_side.BothDone(together, results):
            ended = _all_ended(state, known=_is_known(together.stop, together.problem))
            sides = {side: replace(each, result=results.get(side, each.result)) for side, each in ended.items()}
            return replace(state, together=together, titrating=sides)
        case of_side.Offered() | of_side.Giving() | of_side.Asked() | of_side.BurstRefused() | of_side.BurstDone() | of_side.SideDone():
            if state.side is None:
                return state
            moved = replace(state, titrating={**state.titrating, state.side: _moved(state.side_of(state.side), event)})
            found = isinstance(event, of_side.SideDone) and event.result.proposed_ma is not None
            return replace(moved, taken=None, basis=None) if found else moved  # the newer one is what the program is made from
        case other:
            assert_never(other)


def _connecting(state: State, port: str) -> State:
    """A lost device stays on the screen, with all that is doubtful about it, until one is connected."""
    if state.lost is not None:
        return replace(state, busy=say.CONNECTING_AGAIN)
    return State(phase=Phase.CONNECTING, port=port, visit=state.visit)


def _connected(event: e.Connected, visit: int) -> State:
    return State(
        phase=Phase.CONNECTED,
        visit=visit,
        port=event.port,
        mode=event.mode,
        identity=event.identity,
        capabilities=event.capabilities,
        off_within_s=event.off_within_s,
        notices=event.notices,
        notice=_said_first(event),
        status=event.status,
        status_at_s=event.at_s,
        battery=event.battery,
        battery_at_s=event.at_s,
        stored=event.stored,
        stored_at_s=event.at_s,
        beginning=event.beginning,
        last_visit=event.last_visit,
        record=event.record,
        another_patient=event.another_patient,
        schedule_enabled=event.status.schedule_enabled,
    )


def _said_first(event: e.Connected) -> Notice | None:
    """Before anything else on this device: what cannot be done on it. Whose it is, is asked (`whose.py`)."""
    if event.not_possible is None:
        return None
    first, *others = [reason.text for reason in event.not_possible.reasons]
    return Notice(Weight.REFUSED, say.refused(say.MEASURE_AND_TITRATE, first), more=tuple(others))


def _stopped(state: State, event: e.Stopped) -> State:
    if event.outcome is state.halt:  # another thread tells it once more
        return replace(state, stopping=False)
    state = replace(state, halt=event.outcome)
    match event.outcome:
        case StopConfirmed(words, _, _):
            status = (
                None
                if state.status is None
                else replace(state.status, output=Output.OFF, armed=(), output_ma=dict.fromkeys(Side, Decimal(0)))
            )
            seen = replace(
                state, status=status, status_at_s=event.at_s, stopping=False, doubtful=False, titrating=_all_ended(state, known=True)
            )
            weight = Weight.NOTE if event.why is None else Weight.CAUTION
            return replace(seen, notice=Notice(weight, event.why or words, Call.REOPEN if state.live else Call.NONE))
        case StopNotConfirmed(words, _):
            told = Notice(Weight.ALARM, words, Call.STOP_AGAIN)
            return replace(state, stopping=False, doubtful=True, titrating=_all_ended(state, known=False), notice=told)
        case other:
            assert_never(other)


def _ended(state: State, what: str, outcome: Any) -> State:
    match outcome:
        case Refused(reasons) as refused:
            first, *others = [reason.text for reason in reasons]
            if weightier(state.notice):
                return state
            call = Call.REOPEN if refused.link_over and state.live else Call.NONE
            return replace(state, notice=Notice(Weight.REFUSED, say.refused(what, first), call, more=tuple(others)))
        case Unknown(pending, words):
            call = Call.RESOLVE if pending is not None else Call.NONE
            return replace(state, doubtful=True, titrating=_all_ended(state, known=False), notice=Notice(Weight.UNKNOWN, words, call))
        case _:
            return replace(state, notice=Notice(Weight.CAUTION, outcome.words))


def _was_on(state: State) -> bool:
    status = state.status
    on = status is not None and (bool(status.armed) or status.output is not Output.OFF)
    return on or state.prepared or state.doubtful


def _went_on(state: State) -> tuple[str, ...]:
    """What flowed when contact was lost and does not end with it."""
    if state.status is None or state.status.output is not Output.THERAPY_ON:
        return ()
    amounts = [f"{side} {AMPLITUDE.show(given)}" for side, given in state.status.output_ma.items() if given]
    return (say.session_goes_on(", ".join(amounts)),)


def _begun(before: Titrating, plan: Plan) -> Titrating:
    """The side is titrated, perhaps once more."""
    return Titrating(Step.STARTING, plan, result=before.result)


def _moved(now: Titrating, event: of_side.SideEvent) -> Titrating:
    """After an event of this side."""
    match event:
        case of_side.Offered(number, offer, expected):
            return replace(now, step=Step.OFFERED, number=number, offer=offer, expected=expected, giving_ma=None)
        case of_side.Giving(_, amplitude_ma):
            return replace(now, step=Step.GIVING, giving_ma=amplitude_ma, refused=None)
        case of_side.Asked(number, delivered, besides):
            return replace(now, step=Step.ASKED, number=number, delivered=delivered, besides=besides, giving_ma=None)
        case of_side.BurstRefused(refused):
            return replace(now, refused=refused)
        case of_side.BurstDone(burst):
            return replace(now, bursts=(*(now.bursts[:-1] if burst.corrected else now.bursts), burst))
        case of_side.SideDone(result):
            found = result if result.titration.log or now.result is None else now.result
            return replace(now.ended(known=_is_known(result.stop, result.problem)), step=Step.DONE, result=found, last=result)


def _all_ended(state: State, *, known: bool) -> dict[Side, Titrating]:
    """No question is open any more. `known`: what the output is."""
    return {side: each.ended(known=known) for side, each in state.titrating.items()}


def _is_known(stop: StopOutcome | None, problem: object) -> bool:
    """Whether the output is, after a titration that has ended so."""
    return not isinstance(stop, StopNotConfirmed) and (isinstance(stop, StopConfirmed) or not isinstance(problem, Unknown))
