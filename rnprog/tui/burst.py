"""A burst in words and points: from where a titration stands to what its screen shows. No widget, no key, no decision."""

from __future__ import annotations

from decimal import Decimal

from textual.content import Content

from rnprog.session.wording import tui_titration as say
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.threshold import Estimate, Rung
from rnprog.therapy.titration import Answer, Titration
from rnprog.tui.keys import keyed
from rnprog.tui.state import State
from rnprog.tui.titrating import Step, Titrating
from rnprog.tui.view_device import shown
from rnprog.tui.view_model import Tone
from rnprog.tui.widgets.curve import Point


def told_step(state: State, now: Titrating, wanted_ma: Decimal | None) -> tuple[Content, bool]:
    """The side and what the number beside it is; and whether it flows."""
    side = now.plan.setup.side if now.plan is not None else state.side
    rung = rung_of(now)
    name = say.both_at(rung) if rung is not None else side.label.upper() if side is not None else ""
    if now.cut is not None:
        return Content.styled(say.last_known(name, _WAS[now.cut]), f"bold {Tone.STALE}"), False
    match now.step:
        case Step.STARTING:
            return Content.styled(f"{name}  {say.PREPARING}", Tone.QUIET), False
        case Step.GIVING:
            return Content.assemble((f"{name}  ", "bold"), (_flow(state, now), f"bold {Tone.RUNNING}")), True
        case Step.ASKED:
            return Content.assemble((f"{name}  ", "bold"), (say.GIVEN, f"bold {Tone.OK}")), False
        case _:
            own = now.offer is not None and now.offer.proposal is not None and now.offer.proposal.amplitude_ma == wanted_ma
            return Content.assemble((f"{name}  ", "bold"), ("PROPOSED" if own else say.YOUR_CHOICE, f"bold {Tone.CAUTION}")), False


_WAS = {Step.STARTING: say.WAS_PREPARED, Step.OFFERED: say.WAS_PROPOSED, Step.GIVING: say.WAS_FLOWING, Step.ASKED: say.WAS_GIVEN}
"""What the number was before contact was lost."""


def rung_of(now: Titrating) -> Rung | None:
    """The burst on both sides together; `None`: one side is titrated."""
    return now.offer.both if now.offer is not None else None


def large_ma(now: Titrating, wanted_ma: Decimal | None) -> Decimal | None:
    """The number of the burst that is offered, flows or was given; of both sides together the higher, and the word says each."""
    now = now.last_known
    rung = rung_of(now)
    if rung is not None and now.step in (Step.GIVING, Step.ASKED, Step.OFFERED):
        return max(rung.left_ma, rung.right_ma)
    match now.step:
        case Step.GIVING:
            return now.giving_ma
        case Step.ASKED:
            return now.delivered.amplitude_ma if now.delivered is not None else None
        case Step.OFFERED:
            return wanted_ma
        case _:
            return None


def _flow(state: State, now: Titrating) -> str:
    """As the device said last: a ramp is no plateau."""
    given = max(state.status.output_ma.values(), default=Decimal(0)) if state.status is not None else Decimal(0)
    if now.offer is not None and now.offer.both is None and state.status is not None and state.side is not None:
        given = state.status.output_ma.get(state.side, Decimal(0))
    if not given:
        return say.BEGINS
    return say.ramping(AMPLITUDE.show(given)) if now.giving_ma is not None and given < now.giving_ma else say.FLOWING


def key_hint(now: Titrating) -> str:
    """Which keys mean something now."""
    if now.cut is not None:
        return say.F8_ABOVE
    if now.step is Step.ASKED:
        return say.ASK_BESIDES if now.besides else say.PRESS_ONE
    if now.step is not Step.OFFERED or now.offer is None:
        return say.STOPS_AT_ONCE
    if now.offer.agree is not None:
        return say.AGREE_KEYS
    if now.offer.both is not None:
        return say.both_keys(tolerated_together(now), undo=bool(now.bursts))
    return say.offer_keys(shown(now.offer.highest_allowed_ma), undo=bool(now.offer.titration.log))


def tolerated_together(now: Titrating) -> Rung | None:
    """The highest share of the check of both sides that was answered, and not by being too strong or unsure."""
    found = [burst.delivered.both for burst in now.bursts if burst.answer not in (Answer.UNSURE, Answer.DISCOMFORT)]
    return next((rung for rung in reversed(found) if rung is not None and rung.share_percent is not None), None)


def first_wanted(now: Titrating, step_ma: Decimal) -> Decimal | None:
    """What is proposed; without a proposal the last amplitude, or the first step."""
    offer = now.offer
    if offer is None or offer.agree is not None:
        return None
    if offer.proposal is not None:
        return offer.proposal.amplitude_ma
    last = offer.titration.last_delivered_ma or step_ma
    return last if last <= offer.highest_allowed_ma else (offer.highest_allowed_ma or None)


def give_label(now: Titrating, wanted_ma: Decimal | None, *, agree: bool) -> str:
    """On the button."""
    if now.cut is not None:
        return keyed(say.F8_ABOVE)
    if now.step is Step.GIVING:
        return say.FLOWS
    if now.step is Step.ASKED:
        return say.ANSWER_FIRST
    if agree and now.offer is not None and now.offer.agree is not None:
        return say.go_on_below(shown(now.offer.agree.ceiling_ma))
    rung = rung_of(now)
    if rung is not None:
        return keyed(say.give_both(rung))
    return keyed(say.give_label(shown(wanted_ma)) if wanted_ma is not None else "F5")


def points(titration: Titration) -> tuple[Point, ...]:
    """Every answered burst."""
    return tuple(Point(burst.amplitude_ma, burst.answer, burst.elsewhere) for burst in titration.log if burst.answer is not None)


def estimate_of(now: Titrating) -> Estimate | None:
    """What is known of the threshold."""
    return now.offer.estimate if now.offer is not None else None
