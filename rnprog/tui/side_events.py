"""What the link thread tells of the titration of a side, or of both together: part of `events`, through which they are used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnprog.session.bilateral import Together
    from rnprog.session.observers import Offer
    from rnprog.session.outcomes import Refused
    from rnprog.session.stimulation import Delivered
    from rnprog.session.titrate import Burst, Plan, Titrated
    from rnprog.therapy.contacts import Side
    from rnprog.therapy.titration import Answer


@dataclass(frozen=True, slots=True)
class Began:
    """A side's titration has begun."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class BothBegan:
    """Both sides are being checked together; the left one's place on the screen stands for both."""


@dataclass(frozen=True, slots=True)
class BothDone:
    """How that ended, and each side's result bounded by it."""

    together: Together
    results: dict[Side, Titrated]


@dataclass(frozen=True, slots=True)
class Offered:
    """The person is asked to confirm a burst. `number` goes back with the answer, so that an old key answers nothing."""

    number: int
    offer: Offer
    expected: tuple[tuple[Any, Answer], ...] = ()  # amplitudes with what is more likely than not there, by the model


@dataclass(frozen=True, slots=True)
class Giving:
    """A burst was confirmed and is about to flow."""

    side: Side
    amplitude_ma: Any


@dataclass(frozen=True, slots=True)
class Asked:
    """A burst is over; what did it do?"""

    number: int
    delivered: Delivered
    besides: bool = False
    """It was too strong, which is noted; what did the muscle do?"""


@dataclass(frozen=True, slots=True)
class BurstRefused:
    """The burst was not allowed; nothing was sent."""

    refused: Refused


@dataclass(frozen=True, slots=True)
class BurstDone:
    """A burst was given and answered."""

    burst: Burst


@dataclass(frozen=True, slots=True)
class SideDone:
    """A side's titration is over, however it ended."""

    result: Titrated


SideEvent = Offered | Giving | Asked | BurstRefused | BurstDone | SideDone
TitrationEvent = Began | BothBegan | BothDone
