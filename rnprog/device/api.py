"""What every stimulator offers to the floors above, whatever its wire. Values are medicine's (mA, us, Hz); no opcode is known here.

A driver takes what `therapy.envelope` approved, reads back what it wrote, raises `device.errors`; `Capabilities` say what it cannot do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from rnprog.device.notices import Notice
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Contact, Side
from rnprog.therapy.envelope import ApprovedAmplitude, ApprovedProgram, ApprovedSetup, TestSetup
from rnprog.therapy.impedance import ImpedanceReading
from rnprog.therapy.program import Program


class Output(StrEnum):
    """What the device says about its output."""

    OFF = "off"
    NOT_TOLD = "not told by the device"
    """It cannot be asked, and nothing was acknowledged yet: to be treated as on."""
    ARMED = "armed"
    """Test stimulation prepared; nothing flows."""
    TEST_ON = "test on"
    MEASURING = "measuring"
    THERAPY_ON = "therapy on"


class DeviceFlag(StrEnum):
    """Conditions a status can report."""

    AT_LIMIT_LEFT = "left at compliance limit"
    AT_LIMIT_RIGHT = "right at compliance limit"
    CHARGING = "charging"
    OVER_TEMPERATURE = "over-temperature"
    LOW_BATTERY = "low battery"
    EVENTS_DROPPED = "log entries lost"
    SCHEDULE_SUSPENDED = "schedule suspended"
    END_OF_SERVICE = "end of service"
    LEASE_EXPIRED = "output ended by the lease"
    TO_PUT_BACK = "settings of an interrupted test not put back yet"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the device says it is. Text is printable ASCII, nothing else passes the decoder."""

    model: str
    serial: str
    firmware: str
    hardware: int
    boot_count: int
    claims_emulator: bool
    """The device says it is an emulator: a label, never a proof."""
    protocol_known: bool
    """False: another protocol version; identity only."""


@dataclass(frozen=True, slots=True)
class CommandTrace:
    """The last command the device accepted in this link session; `sequence` 0: none."""

    sequence: int
    command: str
    result: str
    """`done`, `errors.PARTLY`, or the reason of the refusal."""


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """One reading of the device's state."""

    output: Output
    armed: tuple[Side, ...]
    setpoint_ma: dict[Side, Decimal]
    output_ma: dict[Side, Decimal]
    lease_remaining_s: Decimal
    flags: frozenset[DeviceFlag]
    active_slot: int | None
    active_crc: int | None
    active_revision: int | None
    schedule_enabled: bool | None
    """`None`: the device does not tell."""
    dropped_events: int
    uptime_s: Decimal | None
    """`None`: the device does not tell."""
    boot_count: int
    """0: the device does not count."""
    link_session: int
    last_command: CommandTrace


@dataclass(frozen=True, slots=True)
class Battery:
    """Battery now."""

    voltage_v: Decimal | None
    """`None`: not told to whoever asks."""
    percent: int | None
    """`None`: the device does not know it."""
    charging: bool
    low: bool
    end_of_service: bool


@dataclass(frozen=True, slots=True)
class ImpedanceReport:
    """What a measurement used, and found, pair by pair."""

    test_ma: Decimal
    test_us: Decimal
    readings: tuple[ImpedanceReading, ...]


@dataclass(frozen=True, slots=True)
class StoredProgram:
    """One slot as read. `program` None: empty or damaged (`problem` says which)."""

    slot: int
    program: Program | None
    crc: int
    revision: int
    active: bool
    problem: str | None = None
    alike: tuple[Program, ...] = ()
    """What the device may hold as well: it tells less than it holds."""

    @property
    def candidates(self) -> dict[str, Program]:
        """All that it may hold, by digest, `program` first."""
        return {} if self.program is None else {each.digest(): each for each in (self.program, *self.alike)}


@dataclass(frozen=True, slots=True)
class Beat:
    """Answer to a heartbeat."""

    lease_remaining_s: Decimal
    output: Output
    output_ma: dict[Side, Decimal]
    flags: frozenset[DeviceFlag]


@dataclass(frozen=True, slots=True)
class Stopped:
    """The device's own word after STOP; `output` OFF means confirmed."""

    output: Output
    ended: tuple[Side, ...]
    tells_ended: bool = True
    """False: an earlier STOP may have ended something, or the device cannot be asked. An empty `ended` then tells nothing."""


@dataclass(frozen=True, slots=True)
class LineHealth:
    """Noise and strays seen on the line, from this end."""

    noise_frames: int
    noise_bytes: int
    stray_frames: int
    repeated_reads: int
    events_missed: int


@dataclass(frozen=True, slots=True)
class FramePreview:
    """One request that a write would send, decoded, for `--dry-run`."""

    command: str
    fields: dict[str, str]
    wire_hex: str


@dataclass(frozen=True, slots=True)
class LogRow:
    """One entry of a device log, in words."""

    number: int
    unix_s: int
    what: str
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries from a cursor on. `lost`: how many were overwritten before they could be read."""

    rows: tuple[LogRow, ...]
    next_cursor: int
    newest: int
    lost: int


class Stimulator(Protocol):
    """A connected device. Reading never changes it; connecting never writes."""

    identity: Identity
    capabilities: Capabilities
    notices: tuple[Notice, ...]  # what has to be said before anything is done with it
    last_status: DeviceStatus | None  # as read last, by `status` or to read a command back; None: the device itself tells none

    def status(self, *, glance: bool = False) -> DeviceStatus:
        """Read the state, in the link session: what was sent before can no longer be executed. `glance`: once, NoAnswer after 0.1 s."""

    def battery(self) -> Battery:
        """Read the battery."""

    def clock_unix_s(self) -> Decimal | None:
        """Read the device's clock, seconds since 1970 UTC; None when it has none."""

    def patient_key_hash(self) -> bytes | None:
        """The stored hash of the patient key; None when the device holds none."""

    def set_patient_key_hash(self, key_hash: bytes) -> bytes:
        """Store the hash of the patient key, 16 bytes; returns what the device holds. ReadBackDiffers when that is something else."""

    def measure(self, pairs: tuple[tuple[Contact, Contact], ...]) -> ImpedanceReport:
        """Measure pairs, in order. This is stimulation within the bounds the capabilities state."""

    def arm(self, approved: ApprovedSetup) -> TestSetup:
        """Prepare a side at amplitude 0; returns what the device holds."""

    def set_amplitude(self, approved: ApprovedAmplitude) -> Decimal:
        """Move the set-point; returns the mA the device holds."""

    def burst(self, sides: tuple[Side, ...], duration_s: Decimal) -> Output:
        """Let the set-points flow for a while. Where the capabilities say that the host ends bursts, `end_burst` has to follow."""

    def end_burst(self, sides: tuple[Side, ...]) -> Output:
        """The burst's time is over: end it where the device does not, and say what the output is. Starts nothing and prepares nothing."""

    def disarm(self, sides: tuple[Side, ...]) -> Output:
        """Set sides to 0 and release them."""

    def heartbeat(self) -> Beat:
        """Renew the lease."""

    def stop(self) -> Stopped | None:
        """STOP, ahead of everything. None: sent but not confirmed. DeviceRefused: answered, with a refusal. LinkLost: the port is gone."""

    def resume_link(self) -> None:
        """Open a new link session after STOP. Reads only."""

    def stored(self, slot: int) -> StoredProgram:
        """Read a slot."""

    def write(self, approved: ApprovedProgram) -> StoredProgram:
        """Stage, validate, commit, read back. ReadBackDiffers when the device holds something else."""

    def activate(self, stored: StoredProgram) -> StoredProgram:
        """Choose the slot the implant runs; the slot as it is read afterwards."""

    def set_schedule(self, enabled: bool) -> bool:
        """Enable or disable the scheduled sessions; returns what the device holds."""

    def preview(self, program: Program, slot: int, base_revision: int) -> tuple[FramePreview, ...]:
        """The frames `write` would send for a program. Sends nothing, so it needs no approval."""

    def read_log(self, log: str, cursor: int) -> LogPage:
        """Entries of `therapy`, `events` or `impedance` from a cursor on."""

    def line_health(self) -> LineHealth:
        """Counters of this end of the line."""

    def close(self) -> None:
        """Close the port."""


__all__ = [
    "ApprovedAmplitude",
    "ApprovedProgram",
    "ApprovedSetup",
    "Battery",
    "Beat",
    "Capabilities",
    "CommandTrace",
    "Contact",
    "DeviceFlag",
    "DeviceStatus",
    "FramePreview",
    "Identity",
    "ImpedanceReading",
    "ImpedanceReport",
    "LineHealth",
    "LogPage",
    "LogRow",
    "Notice",
    "Output",
    "Program",
    "Side",
    "Stimulator",
    "Stopped",
    "StoredProgram",
    "TestSetup",
]
