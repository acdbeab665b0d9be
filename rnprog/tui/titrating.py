"""Where a side's titration stands on the screen, and how each event moves it. Pure; the titration itself is the session's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from rnprog.tui import events as e

if TYPE_CHECKING:
    from rnprog.session.observers import Offer
    from rnprog.session.outcomes import Refused
    from rnprog.session.stimulation import Delivered
    from rnprog.session.titrate import Burst, Plan, Titrated
    from rnprog.therapy.contacts import Side
    from rnprog.therapy.titration import Answer


class Step(Enum):
    """Where a side's titration stands."""

    IDLE = "idle"
    STARTING = "starting"
    OFFERED = "offered"
    GIVING = "giving"
    ASKED = "asked"
    DONE = "done"


OPEN = (Step.STARTING, Step.OFFERED, Step.GIVING, Step.ASKED)
"""While the side is prepared."""


@dataclass(frozen=True, slots=True)
class Titrating:
    """One side, as it is being titrated."""

    step: Step = Step.IDLE
    plan: Plan | None = None
    number: int = 0
    """Of the open question."""
    offer: Offer | None = None
    expected: tuple[tuple[Decimal, Answer], ...] = ()
    """Amplitudes with what is more likely than not there, by the model; empty before anything was rated."""
    delivered: Delivered | None = None
    giving_ma: Decimal | None = None
    bursts: tuple[Burst, ...] = ()
    refused: Refused | None = None
    result: Titrated | None = None
    """What the side came to. It stays while the side is titrated again, and until something was given in that attempt."""
    last: Titrated | None = None
    """The newest attempt, also one in which nothing was given."""


Event = e.Offered | e.Giving | e.Asked | e.BurstRefused | e.BurstDone | e.SideDone


def begun(before: Titrating, plan: Plan) -> Titrating:
    """The side is titrated, perhaps once more."""
    return Titrating(Step.STARTING, plan, result=before.result)


def moved(now: Titrating, event: Event) -> Titrating:
    """After an event of this side."""
    match event:
        case e.Offered(number, offer, expected):
            return replace(now, step=Step.OFFERED, number=number, offer=offer, expected=expected, giving_ma=None)
        case e.Giving(_, amplitude_ma):
            return replace(now, step=Step.GIVING, giving_ma=amplitude_ma, refused=None)
        case e.Asked(number, delivered):
            return replace(now, step=Step.ASKED, number=number, delivered=delivered, giving_ma=None)
        case e.BurstRefused(refused):
            return replace(now, refused=refused)
        case e.BurstDone(burst):
            return replace(now, bursts=(*(now.bursts[:-1] if burst.corrected else now.bursts), burst))
        case e.SideDone(result):
            found = result if result.titration.log or now.result is None else now.result
            return replace(now, step=Step.DONE, result=found, last=result, giving_ma=None)


def all_ended(sides: Mapping[Side, Titrating]) -> dict[Side, Titrating]:
    """No question is open any more."""
    return {side: replace(each, step=Step.DONE, giving_ma=None) if each.step in OPEN else each for side, each in sides.items()}
