"""Where a side's titration stands on the screen. Pure; the titration itself is the session's. How events move it: `after.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnprog.session.observers import Offer
    from rnprog.session.outcomes import Refused
    from rnprog.session.stimulation import Delivered
    from rnprog.session.titrate import Burst, Plan, Titrated
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
    besides: bool = False
    """What is asked is what the muscle did: that the burst was too strong is noted."""
    giving_ma: Decimal | None = None
    bursts: tuple[Burst, ...] = ()
    refused: Refused | None = None
    result: Titrated | None = None
    """What the side came to. It stays while the side is titrated again, and until something was given in that attempt."""
    last: Titrated | None = None
    """The newest attempt, also one in which nothing was given."""
    together: bool = False
    """Both sides are checked together, and this place stands for both: what is answered is no answer of this side."""
    cut: Step | None = None
    """Where it stood when contact was lost or the output became unknown: what was last known then is still shown, as such."""

    @property
    def last_known(self) -> Titrating:
        """As it stood before it was cut."""
        return self if self.cut is None else replace(self, step=self.cut)

    def ended(self, *, known: bool) -> Titrating:
        """No question is open any more. `known`: what the output is."""
        if self.step not in OPEN:
            return self
        return replace(self, step=Step.DONE, giving_ma=None) if known else replace(self, step=Step.DONE, cut=self.step)
