"""Which therapy amplitudes were proposed for a side, and which of them failed. Owns this list; it chooses no amplitude.

Each trial knows how long the log was when it was proposed and when it failed, so an answer that is taken back takes back what followed
from it, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rnprog.therapy.threshold import Proposal
from rnprog.therapy.units import Milliamps


@dataclass(frozen=True, slots=True)
class Trial:
    """One amplitude on trial. Lengths are numbers of bursts in the log."""

    proposal: Proposal
    since: int
    """Length of the log when it was proposed."""
    failed_at: int | None = None
    """Length when it failed; `None`: it stands."""
    missed: bool = False
    """It failed because a burst did not contract, not because one was too strong."""


@dataclass(frozen=True, slots=True)
class Trials:
    """All trials of a side, in their order. Each change is a new value."""

    all: tuple[Trial, ...] = ()

    @property
    def current(self) -> Trial | None:
        """The one that stands; `None`: none was proposed, or the last one failed."""
        return self.all[-1] if self.all and self.all[-1].failed_at is None else None

    @property
    def rejected_ma(self) -> Milliamps | None:
        """The highest at which a burst did not contract: nothing up to there is proposed again. `None`: none."""
        return max((each.proposal.amplitude_ma for each in self.all if each.missed), default=None)

    def proposed(self, proposal: Proposal, since: int) -> Trials:
        return Trials((*self.all, Trial(proposal, since)))

    def failed(self, at: int, *, missed: bool) -> Trials:
        """The last one failed, or another method took over."""
        return Trials((*self.all[:-1], replace(self.all[-1], failed_at=at, missed=missed))) if self.all else self

    def taken_back(self, length: int) -> Trials:
        """The answer of burst number `length`, the last in the log, was taken back."""
        before = [each for each in self.all if each.since < length]
        return Trials(tuple(replace(each, failed_at=None, missed=False) if each.failed_at == length else each for each in before))
