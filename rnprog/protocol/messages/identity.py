"""Section 4.1: who the device is and what it can do."""

from __future__ import annotations

from dataclasses import dataclass

from rnprog.protocol.fields import raw, text, u8, u16, u32, u64
from rnprog.protocol.messages.base import Reply, Request
from rnprog.protocol.opcodes import Opcode, RequestClass


@dataclass(frozen=True, slots=True)
class Identify(Request):
    """Who are you? Frozen for all protocol versions."""

    OPCODE = Opcode.IDENTIFY
    CLASS = RequestClass.OPEN


@dataclass(frozen=True, slots=True)
class IdentifyReply(Reply):
    """Answer to Identify."""

    OPCODE = Opcode.IDENTIFY
    model: str = text(16)
    serial: str = text(16)
    firmware_major: int = u8()
    firmware_minor: int = u8()
    firmware_patch: int = u8()
    version_min: int = u8()
    version_max: int = u8()
    hardware: int = u8()
    flags: int = u16()
    boot_count: int = u32()


@dataclass(frozen=True, slots=True)
class ReadCapabilities(Request):
    """What can you do, and within which limits?"""

    OPCODE = Opcode.CAPABILITIES
    CLASS = RequestClass.READ


@dataclass(frozen=True, slots=True)
class CapabilitiesReply(Reply):
    """Section 4.8, the left half and then the right half of its table."""

    OPCODE = Opcode.CAPABILITIES
    amplitude_max_ua: int = u32()
    amplitude_step_ua: int = u32()
    step_limit_ua: int = u32()
    width_min_us: int = u16()
    width_max_us: int = u16()
    width_step_us: int = u16()
    rate_min_mhz: int = u32()
    rate_max_mhz: int = u32()
    rate_step_mhz: int = u32()
    ramp_max_ms: int = u16()
    ramp_step_ms: int = u16()
    on_min_ms: int = u32()
    on_max_ms: int = u32()
    on_step_ms: int = u32()
    off_max_ms: int = u32()
    off_step_ms: int = u32()
    session_min_s: int = u16()
    session_max_s: int = u16()
    session_step_s: int = u16()
    sessions_per_day_max: int = u8()
    leads: int = u8()
    contacts_per_lead: int = u8()
    slots: int = u8()
    contact_area_um2: int = u32()
    case_area_um2: int = u32()
    compliance_mv: int = u16()
    interphase_gap_us: int = u16()
    density_limit_nc_cm2: int = u32()
    lease_ms: int = u16()
    run_on_bound_ms: int = u16()
    impedance_current_ua: int = u16()
    impedance_width_us: int = u16()
    impedance_min_ohm: int = u16()
    impedance_max_ohm: int = u16()
    max_payload: int = u16()


@dataclass(frozen=True, slots=True)
class ReadBattery(Request):
    """Battery now."""

    OPCODE = Opcode.BATTERY
    CLASS = RequestClass.READ


@dataclass(frozen=True, slots=True)
class BatteryReply(Reply):
    """`flags`: BatteryFlag."""

    OPCODE = Opcode.BATTERY
    voltage_mv: int = u16()
    percent: int = u8()
    flags: int = u8()


@dataclass(frozen=True, slots=True)
class ReadClock(Request):
    """The device's clock."""

    OPCODE = Opcode.CLOCK_READ
    CLASS = RequestClass.READ


@dataclass(frozen=True, slots=True)
class ReadClockReply(Reply):
    """Milliseconds since 1970-01-01T00:00Z."""

    OPCODE = Opcode.CLOCK_READ
    unix_ms: int = u64()


@dataclass(frozen=True, slots=True)
class SetClock(Request):
    """Set the device's clock."""

    OPCODE = Opcode.CLOCK_SET
    CLASS = RequestClass.COMMAND
    unix_ms: int = u64()


@dataclass(frozen=True, slots=True)
class SetClockReply(Reply):
    """The value now held."""

    OPCODE = Opcode.CLOCK_SET
    unix_ms: int = u64()


@dataclass(frozen=True, slots=True)
class ReadPatientKey(Request):
    """The stored hash of the patient key."""

    OPCODE = Opcode.PATIENT_KEY_READ
    CLASS = RequestClass.READ


@dataclass(frozen=True, slots=True)
class ReadPatientKeyReply(Reply):
    """All zero: none stored."""

    OPCODE = Opcode.PATIENT_KEY_READ
    key_hash: bytes = raw(16)


@dataclass(frozen=True, slots=True)
class WritePatientKey(Request):
    """Store the hash of a patient key."""

    OPCODE = Opcode.PATIENT_KEY_WRITE
    CLASS = RequestClass.COMMAND
    key_hash: bytes = raw(16)


@dataclass(frozen=True, slots=True)
class WritePatientKeyReply(Reply):
    """The value now held."""

    OPCODE = Opcode.PATIENT_KEY_WRITE
    key_hash: bytes = raw(16)
