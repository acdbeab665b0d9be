"""Section 4.2: stop, heartbeat, status."""

from __future__ import annotations

from dataclasses import dataclass, field

from rnprog.protocol.fields import u8, u16, u32, zeros
from rnprog.protocol.messages.base import Reply, Request
from rnprog.protocol.opcodes import Opcode, RequestClass


@dataclass(frozen=True, slots=True)
class Stop(Request):
    """End all output now. Accepted always; moves the link session."""

    OPCODE = Opcode.STOP
    CLASS = RequestClass.OPEN


@dataclass(frozen=True, slots=True)
class StopReply(Reply):
    """`link_session` is the number that is now taken; no session is open under it."""

    OPCODE = Opcode.STOP
    output_state: int = u8()
    ended_channels: int = u8()
    link_session: int = u32()
    boot_count: int = u32()


@dataclass(frozen=True, slots=True)
class Heartbeat(Request):
    """Renew the lease."""

    OPCODE = Opcode.HEARTBEAT
    CLASS = RequestClass.LEASE


@dataclass(frozen=True, slots=True)
class HeartbeatReply(Reply):
    """`lease_remaining_ms` 0: nothing armed. `flags`: StatusFlag."""

    OPCODE = Opcode.HEARTBEAT
    lease_remaining_ms: int = u16()
    output_state: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    flags: int = u16()
    left_output_ua: int = u32()
    right_output_ua: int = u32()


@dataclass(frozen=True, slots=True)
class ReadStatus(Request):
    """Everything that settles what happened."""

    OPCODE = Opcode.STATUS
    CLASS = RequestClass.OPEN


@dataclass(frozen=True, slots=True)
class StatusReply(Reply):
    """Section 4.2. `active_slot` 255: none. `flags`: StatusFlag. No value is out of range here: a strange state must be readable."""

    OPCODE = Opcode.STATUS
    output_state: int = u8()
    last_command_opcode: int = u8()
    last_command_result: int = u8()
    active_slot: int = u8()
    link_session: int = u32()
    boot_count: int = u32()
    last_sequence: int = u32()
    last_command_sequence: int = u32()
    lease_remaining_ms: int = u16()
    flags: int = u16()
    left_setpoint_ua: int = u32()
    right_setpoint_ua: int = u32()
    left_output_ua: int = u32()
    right_output_ua: int = u32()
    active_crc: int = u32()
    active_revision: int = u32()
    schedule_enabled: int = u8()
    armed_channels: int = u8()
    dropped_events: int = u32()
    uptime_ms: int = u32()
