"""The terms of a titration: how it is planned, what is told after each burst, and how it ended. Plain values; it moves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from rnprog.session.archive import CLEAR_CONFIRMED, HALF_OF_BURSTS
from rnprog.session.outcomes import Differs, Refused, StopOutcome, Unknown
from rnprog.session.stimulation import Delivered
from rnprog.session.triage import Judged
from rnprog.session.wording import Words
from rnprog.therapy import threshold
from rnprog.therapy.ascending import Next
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.threshold import Confirmation, Estimate, Modality, Prior, Profile, Proposal, Scale, Screened, Settings, population
from rnprog.therapy.titration import Answer, Thresholds, Titration
from rnprog.therapy.units import Milliamps

WAYS_TO_CONFIRM = ("palpation", "sight", "ultrasound", "EMG")
"""How a contraction can be confirmed, as records write it."""


class Method(StrEnum):
    """How the next amplitude is found."""

    ASCENDING = "ascending"
    MANUAL = "manual"
    ASSISTED = "assisted"


@dataclass(frozen=True, slots=True)
class Plan:
    """One side's titration."""

    setup: TestSetup
    method: Method = Method.ASCENDING
    burst_s: Decimal = Decimal(2)
    how_confirmed: str = WAYS_TO_CONFIRM[0]
    """How a contraction is confirmed; recorded, and never mixed within one titration."""
    profile: Profile = threshold.STANDARD
    """How exactly a threshold is wanted, and how carefully it is searched for."""
    answers: Scale = Scale.GRADE_FELT
    """What is asked after each burst."""
    prior: Prior = field(default_factory=population)
    """What is believed before the first burst."""
    begun_from: str = ""
    """The prior as a sentence; empty: nothing is known of this patient."""
    to_therapy: bool = True
    """Whether a threshold that was found is followed by a therapy amplitude and its confirmation (the method assisted only)."""
    rivals: tuple[Screened, ...] = ()
    """Electrode pairs that were screened before, in a comparison: a search that is clearly worse than one of them ends (assisted only)."""

    @property
    def settings(self) -> Settings:
        """The same for `therapy.threshold`."""
        return Settings(self.profile, self.answers, Modality(self.how_confirmed.lower()), self.prior)


@dataclass(frozen=True, slots=True)
class Burst:
    """Told to the face after each burst."""

    number: int
    delivered: Delivered
    answer: Answer
    proposal: Next | None
    elsewhere: bool = False
    """In the wrong place."""
    remarks: tuple[str, ...] = ()
    """Sentences that stood with the offer: a face whose observer asked a person has said them already."""
    corrected: bool = False
    """The answer of the burst before was taken back: this one stands in its place."""


@dataclass(frozen=True, slots=True)
class Titrated:
    """How a side's titration ended. `proposed_ma` None: nothing is proposed, and `reason` says why."""

    plan: Plan
    ending: str
    thresholds: Thresholds
    """After the method assisted, `motor_ma` is the lowest step of the device at or above the estimate."""
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
    estimate: Estimate | None = None
    """Of the motor threshold, from whatever was answered, however the amplitudes were found; None: nothing was rated."""
    finished: threshold.Finished | None = None
    """How the search of the method assisted ended; None: another method, or it was cut short."""
    proposal: Proposal | None = None
    """The therapy amplitude with its figures; None: none was proposed. `proposed_ma` is set only when bursts confirmed it."""
    confirmation: Confirmation | None = None
    """Where the confirmation of `proposal` stood at the end."""
    limit_ma: Milliamps | None = None
    """The most that charge, compliance, device and patient limit allow on these electrodes; None: it was not asked for."""
    maximum_ma: Milliamps | None = None
    """The highest amplitude that the patient may later choose alone; None: nothing was confirmed."""
    bound: str = ""
    """What was too strong today on these electrodes, and what that bounds, as a sentence; empty: nothing, or an amplitude is proposed."""

    @property
    def motor_definition(self) -> str:
        """What `thresholds.motor_ma` means; values of two definitions are never compared."""
        return HALF_OF_BURSTS if self.finished is not None else CLEAR_CONFIRMED

    @property
    def found(self) -> bool:
        """Whether the threshold was found, however the amplitudes were chosen. If not, no number is shown as one."""
        return self.ending == "threshold"


Listener = Callable[[Burst], None]
