"""How a therapy command can end. A face matches on these and may forget none (`assert_never`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from rnprog.device.errors import Pending
from rnprog.session.wording import Words
from rnprog.therapy.envelope import Refusal, Violation

T = TypeVar("T")


class ReasonKind(StrEnum):
    """Who refused, so that a face can choose its exit code."""

    ENVELOPE = "safety"
    DEVICE = "device"
    RECORD = "record"
    UNRESOLVED = "unresolved"
    IDENTITY = "identity"
    STALE = "stale"
    OVER = "over"
    LINK = "link"
    """The link session is over, or nothing could be asked before it: nothing was sent."""
    PROFILE = "profile"
    """A profile that is not there, cannot be read or breaks a rule."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why nothing was sent, or why the device said no. Value, bound and source are empty where they mean nothing."""

    kind: ReasonKind
    text: str
    field: str = ""
    side: str = ""
    value: str = ""
    bound: str = ""
    source: str = ""
    rule: str = ""
    """Of the verification of profiles: "RN206"."""


@dataclass(frozen=True, slots=True)
class Applied(Generic[T]):
    """Done, and read back: `readback` is what the device holds, not what was asked."""

    readback: T


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed. Every reason is here."""

    reasons: tuple[Reason, ...]

    @property
    def link_over(self) -> bool:
        """Nothing will be taken before the link was opened again."""
        return any(reason.kind is ReasonKind.LINK for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Sent, and no answer came: nothing more is sent until a read settles it, except STOP."""

    pending: Pending | None
    words: Words


@dataclass(frozen=True, slots=True)
class Differs:
    """Carried out, and the device holds something else than was sent."""

    words: Words
    written: str
    read: str
    cut_off: bool = False
    """Test stimulation ended in between (a restart, another programmer, silence): the device itself does what it should."""


Outcome = Applied[T] | Refused | Unknown | Differs


@dataclass(frozen=True, slots=True)
class StopConfirmed:
    """The device was read after STOP and says OFF."""

    words: Words
    ended: tuple[str, ...]
    schedule_enabled: bool | None
    """None: not read."""
    found: str = ""
    """What ended the stimulation before STOP did, in a sentence: a restart, another programmer. Empty: nothing."""
    stored: str = ""
    """What the slot holds that was being changed, in a sentence. Empty: none was."""


@dataclass(frozen=True, slots=True)
class StopNotConfirmed:
    """STOP was sent or could not be sent; nobody knows whether output is off. Alarmed as if it were on."""

    words: Words
    off_within_s: str
    """The time after which the device ends test stimulation by itself."""
    cut_off: bool = False
    """Somebody did not wait for what it came to."""


StopOutcome = StopConfirmed | StopNotConfirmed


def refused(refusal: Refusal) -> Refused:
    """The envelope's refusal as an outcome: every bound, its value and its source."""
    return Refused(tuple(_reason(violation) for violation in refusal.violations))


def _reason(violation: Violation) -> Reason:
    side = str(violation.side) if violation.side else ""
    source = str(violation.source)
    return Reason(ReasonKind.ENVELOPE, violation.sentence, violation.field, side, violation.value, violation.bound, source)
