"""What the link thread tells the screens: one frozen value each, in the order in which things happened. Knows no widget and no port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rnprog.tui.side_events import SideEvent, TitrationEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rnprog.device.api import Battery, Beat, DeviceStatus, Identity, StoredProgram
    from rnprog.session.archive import History, Measured
    from rnprog.session.audit import Audit
    from rnprog.session.basis import Basis
    from rnprog.session.beginning import Beginning
    from rnprog.session.mode import Mode
    from rnprog.session.outcomes import Differs, Refused, StopOutcome, Unknown
    from rnprog.session.programs import Proposal
    from rnprog.session.resolve import Resolution
    from rnprog.session.triage import Judged
    from rnprog.session.wording import Words
    from rnprog.therapy.capabilities import Capabilities
    from rnprog.therapy.contacts import Electrodes, Side
    from rnprog.therapy.envelope import PatientLimits
    from rnprog.therapy.impedance import ImpedanceSweep
    from rnprog.therapy.program import Program


@dataclass(frozen=True, slots=True)
class Connecting:
    """A port is being opened. Connecting only reads."""

    port: str


@dataclass(frozen=True, slots=True)
class Connected:
    """Everything that was read when the device answered."""

    port: str
    mode: Mode
    identity: Identity
    capabilities: Capabilities
    status: DeviceStatus
    battery: Battery
    stored: tuple[StoredProgram, ...]
    beginning: Beginning
    last_visit: Measured | None
    record: Path | None
    off_within_s: str
    notices: tuple[str, ...]
    """What has to be said about this device before it is used."""
    not_possible: Refused | None
    """Why nothing is measured or titrated on this device; None: nothing known stands in the way."""
    another_patient: str | None
    """The patient code, when the implant carries the fingerprint of another one: nothing is begun before that is settled."""
    at_s: float


@dataclass(frozen=True, slots=True)
class NotConnected:
    """It could not be had; nothing was started."""

    words: Words


@dataclass(frozen=True, slots=True)
class Polled:
    """The state was read."""

    status: DeviceStatus
    battery: Battery | None  # None: not read this time
    at_s: float


@dataclass(frozen=True, slots=True)
class Beaten:
    """The device answered a heartbeat."""

    beat: Beat
    at_s: float


@dataclass(frozen=True, slots=True)
class Unheard:
    """Whether the port is gone or an answer is overdue, as the screen's own loop has seen it. What was read counts as old while it is."""

    unheard: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """The link is gone for good. Every value shown is from before."""

    words: Words


@dataclass(frozen=True, slots=True)
class Busy:
    """A task has begun in the link thread; None: it is over."""

    what: str | None


@dataclass(frozen=True, slots=True)
class LeadsMeasured:
    """Impedance of the leads, judged against the past."""

    sweep: ImpedanceSweep
    judged: Judged
    usable: dict[Side, tuple[Electrodes, ...]]
    at_s: float


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody in front of this screen asked for STOP; it is being sent."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """STOP was sent and read back, or not."""

    outcome: StopOutcome
    at_s: float
    why: Words | None = None  # what made it necessary, where no person asked for it; told instead of the outcome's own words


@dataclass(frozen=True, slots=True)
class Reopened:
    """A new link session after STOP, read only."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something that did not succeed, in words."""

    words: Words
    passing: bool = False
    """It is no longer true as soon as the device answers again."""
    urgent: bool = False
    """It answers a STOP that could not be sent, so it takes the place of whatever stood there."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command did not succeed."""

    what: str
    outcome: Refused | Unknown | Differs


@dataclass(frozen=True, slots=True)
class Settled:
    """An unanswered command was settled by a read."""

    resolution: Resolution


@dataclass(frozen=True, slots=True)
class PatientSettled:
    """Somebody went on with an implant that carries the fingerprint of another patient code; the record says who."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What writing a program would mean. `refused` None: it may be written."""

    proposal: Proposal
    refused: Refused | None


@dataclass(frozen=True, slots=True)
class ProfileTaken:
    """A profile's program is to be looked at, and its limits hold from now on. `basis` None: it was not read from a device."""

    name: str
    program: Program
    limits: PatientLimits
    basis: Basis | None


@dataclass(frozen=True, slots=True)
class ProfileLeft:
    """The program is made from the titrations again. The profile's limits stay."""


@dataclass(frozen=True, slots=True)
class ProgramsRead:
    """All slots."""

    stored: tuple[StoredProgram, ...]
    at_s: float


@dataclass(frozen=True, slots=True)
class Wrote:
    """A program is in the device, read back. `basis`: of the profile that it came from, which is this slot now."""

    stored: StoredProgram
    schedule_enabled: bool
    basis: Basis | None


@dataclass(frozen=True, slots=True)
class LinesRead:
    """What the record holds so far, oldest first."""

    lines: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class PastRead:
    """What the records of earlier visits hold."""

    past: History


@dataclass(frozen=True, slots=True)
class Closed:
    """The link was closed on purpose. `audit` None: there was no record, or it could not be read."""

    record: Path | None
    audit: Audit | None


LinkEvent = Connecting | Connected | NotConnected | Unheard | Lost | Closed
ReadEvent = Polled | Beaten | LeadsMeasured | ProgramsRead | LinesRead | PastRead
StopEvent = StopAsked | Stopped | Reopened
TaskEvent = Busy | Told | Ended | Settled | PatientSettled | Proposed | ProfileTaken | ProfileLeft | Wrote
Event = LinkEvent | ReadEvent | SideEvent | TitrationEvent | StopEvent | TaskEvent
