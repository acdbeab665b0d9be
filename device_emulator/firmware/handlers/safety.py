"""Section 4.2: stop, heartbeat, status."""

from __future__ import annotations

from typing import Protocol

from device_emulator.firmware.core import Core
from rnprog.protocol.messages import Heartbeat, HeartbeatReply, ReadStatus, StatusReply, Stop, StopReply
from rnprog.protocol.opcodes import NO_SLOT, Cause, EntryKind, Log


class Conversation(Protocol):
    """What STATUS reports of the line, which the endpoint keeps."""

    link_session: int
    last_sequence: int
    last_command_opcode: int
    last_command_sequence: int
    last_command_result: int


def stop(core: Core, request: Stop) -> StopReply:
    """Always done. Test stimulation and therapy end at once, staged bytes are forgotten, the link session moves."""
    before = core.state
    ended = core.end_all(Cause.STOP)
    core.stores.programs.revert_all()
    link_session = core.new_link_session()
    core.log(Log.EVENTS, EntryKind.STOP, ended, before, link_session)
    return StopReply(core.state, ended, link_session, core.boot_count)


def heartbeat(core: Core, request: Heartbeat) -> HeartbeatReply:
    core.output.heartbeat(core.now_us)
    left, right = core.flowing_ua
    return HeartbeatReply(core.output.lease_remaining_ms(core.now_us), core.state, core.flags, left, right)


def status(core: Core, request: ReadStatus, line: Conversation) -> StatusReply:
    settings, logs = core.stores.settings.now, core.stores.logs
    crc = revision = 0
    if settings.active_slot != NO_SLOT:
        stored = core.stores.programs.stored(settings.active_slot)
        crc, revision = stored.crc, stored.revision
    left, right = core.output.channels
    flowing = core.flowing_ua
    return StatusReply(
        output_state=core.state,
        last_command_opcode=line.last_command_opcode,
        last_command_result=line.last_command_result,
        active_slot=settings.active_slot,
        link_session=line.link_session,
        boot_count=core.boot_count,
        last_sequence=line.last_sequence,
        last_command_sequence=line.last_command_sequence,
        lease_remaining_ms=core.output.lease_remaining_ms(core.now_us),
        flags=core.flags,
        left_setpoint_ua=left.setpoint_ua if left is not None else 0,
        right_setpoint_ua=right.setpoint_ua if right is not None else 0,
        left_output_ua=flowing[0],
        right_output_ua=flowing[1],
        active_crc=crc,
        active_revision=revision,
        schedule_enabled=int(settings.schedule_enabled),
        armed_channels=core.output.armed,
        dropped_events=logs.overwritten & 0xFFFF_FFFF,
        uptime_ms=(core.now_us - core.boot_us) // 1000 & 0xFFFF_FFFF,
    )
