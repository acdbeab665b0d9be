"""What an observer is asked and what it may say: offers, choices, reports. Plain values and the protocol; nobody observes here.

For a face that asks a person: `choose` is asked before each burst, `judge` after it. What a face need not know it may leave aside, with
one exception: an offer with `agree` set wants `Proceed` (a person agreed to go on after discomfort), `Finish` or `Stop`; any burst is
refused until then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rnprog.session.outcomes import Refused
from rnprog.session.stimulation import Delivered
from rnprog.session.titrated import Method
from rnprog.therapy.ascending import Next
from rnprog.therapy.contacts import Side
from rnprog.therapy.threshold import Confirm, Estimate, Rung
from rnprog.therapy.titration import Answer, Titration
from rnprog.therapy.units import Milliamps


@dataclass(frozen=True, slots=True)
class Offer:
    """What the observer is asked to confirm."""

    side: Side
    proposal: Next | None
    """None: the method leaves the amplitude to the observer (manual), or `agree` is wanted first."""
    highest_allowed_ma: Milliamps
    """The most that guards and envelope let pass now."""
    titration: Titration
    method: Method = Method.ASCENDING
    """Of this offer; `Switch` changes it."""
    estimate: Estimate | None = None
    """What is known of the threshold; None before anything was rated. Show all of it or nothing."""
    end_first: str = ""
    """Set when ending this side is advised before going higher: why, as a sentence. `proposal` is None then, so a rise has to be chosen by
    naming it; an observer without a person ends."""
    agree: Confirm | None = None
    """Set after discomfort: a clinician has to agree, with `Proceed`, before anything else is given."""
    target_ma: Milliamps | None = None
    """Set while a chosen amplitude is brought up, as in the confirmation of a therapy amplitude: bursts go up to it and no further."""
    remarks: tuple[str, ...] = ()
    """Sentences that belong to this offer besides the proposal's reason."""
    both: Rung | None = None
    """Set when both sides are given together; `proposal` then names the left side's amplitude, and no other is taken."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Give this burst. `confirmed_by` goes into the record."""

    amplitude_ma: Milliamps
    confirmed_by: str


@dataclass(frozen=True, slots=True)
class Finish:
    """End the titration of this side with what is known."""

    why: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop now."""

    why: str


@dataclass(frozen=True, slots=True)
class Undo:
    """Take the last answer back and give it again. A report of discomfort stays."""


@dataclass(frozen=True, slots=True)
class Proceed:
    """After discomfort: the clinician, with the patient, agreed that bursts below the ceiling may follow."""

    confirmed_by: str


@dataclass(frozen=True, slots=True)
class Switch:
    """Go on with another way of finding the amplitude. The log stays, and so do all guards."""

    method: Method
    by: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The patient moved, or something else came between: the next burst starts from 0 again. What was answered stays."""

    by: str


Choice = Deliver | Finish | Stop | Undo | Proceed | Switch | Moved


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Felt, or something contracts, in the wrong place: never a contraction of the multifidus."""

    answer: Answer = Answer.FELT
    """`FELT`, or `DISCOMFORT`."""


@dataclass(frozen=True, slots=True)
class TooStrong:
    """Discomfort, with what the muscle did besides: without that, a burst that hurt says nothing about the threshold."""

    contraction: Answer | None
    """None, flicker, clear or strong; `None`: nobody looked."""


@dataclass(frozen=True, slots=True)
class Hurts:
    """Discomfort, which is noted at once. What the muscle did is asked for after that."""

    besides: Callable[[], Answer | Stop | None]
    """Ask: none, flicker, clear or strong; `None`: nobody looked."""


Given = Answer | Elsewhere | TooStrong | Hurts
Report = Given | Stop


@dataclass(frozen=True, slots=True)
class Said:
    """A report as the log takes it."""

    answer: Answer
    elsewhere: bool = False
    contraction: Answer | None = None


def said_of(report: Given) -> Said:
    """What an observer said."""
    match report:
        case Elsewhere(answer):
            return Said(answer, elsewhere=True)
        case TooStrong(contraction):
            return Said(Answer.DISCOMFORT, contraction=contraction)
        case Hurts(_):
            return Said(Answer.DISCOMFORT)
        case _:
            return Said(report)


class Observer(Protocol):
    """Confirms each burst and reports what it did."""

    name: str

    def choose(self, offer: Offer) -> Choice:
        """Confirm the proposal, choose an amplitude, end, or stop."""

    def judge(self, delivered: Delivered) -> Report:
        """What the burst did."""

    def refused(self, refused: Refused) -> bool:
        """The burst was not allowed and nothing was sent. Whether to be asked again; otherwise the titration ends here."""
