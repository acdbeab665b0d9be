"""Sections 4.5 and 4.6: program slots, schedule, therapy sessions."""

from __future__ import annotations

from device_emulator.firmware.battery import COMMIT_MV
from device_emulator.firmware.core import START_PROGRAMMER, Core
from device_emulator.firmware.refusal import Refusal
from rnprog.protocol.messages import (
    Activate,
    ActivateReply,
    Commit,
    CommitReply,
    ReadSlot,
    ReadSlotInfo,
    ReadSlotReply,
    Revert,
    RevertReply,
    SetSchedule,
    SetScheduleReply,
    SlotInfoReply,
    Stage,
    StageReply,
    StartTherapy,
    StartTherapyReply,
    StopTherapy,
    StopTherapyReply,
    Validate,
    ValidateReply,
)
from rnprog.protocol.opcodes import Cause, EntryKind, FieldId, Log, OutputState, RefusalCode

READ_MAX = 512


def slot_info(core: Core, request: ReadSlotInfo) -> SlotInfoReply:
    stored = core.stores.programs.stored(request.slot)
    active = int(core.stores.settings.now.active_slot == request.slot)
    return SlotInfoReply(request.slot, stored.state, active, len(stored.image), stored.crc, stored.revision)


def slot_read(core: Core, request: ReadSlot) -> ReadSlotReply:
    if request.length > READ_MAX:
        raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.LENGTH, READ_MAX, request.length)
    data = core.stores.programs.read(request.slot, request.offset, request.length)
    return ReadSlotReply(request.slot, request.offset, data)


def stage(core: Core, request: Stage) -> StageReply:
    received = core.stores.programs.stage(request.slot, request.offset, request.total, request.data)
    return StageReply(request.slot, received)


def validate(core: Core, request: Validate) -> ValidateReply:
    core.stores.programs.validate(request.slot, request.crc)
    return ValidateReply(request.slot, request.crc)


def commit(core: Core, request: Commit) -> CommitReply:
    _idle(core)
    battery = core.around.battery
    if battery.voltage_mv < COMMIT_MV and not battery.charging:
        raise Refusal(RefusalCode.LOW_BATTERY, FieldId.BATTERY_MV, COMMIT_MV, battery.voltage_mv)
    stored = core.stores.programs.commit(request.slot, request.base_revision, request.crc)
    core.log(Log.EVENTS, EntryKind.COMMIT, 0, request.slot, stored.crc, stored.revision)
    core.plan_schedule()
    return CommitReply(request.slot, stored.revision, stored.crc)


def revert(core: Core, request: Revert) -> RevertReply:
    core.stores.programs.revert(request.slot)
    return RevertReply(request.slot)


def activate(core: Core, request: Activate) -> ActivateReply:
    _idle(core)
    stored = core.stores.programs.readable(request.slot)
    if stored.crc != request.crc:
        raise Refusal(RefusalCode.BAD_CRC, FieldId.CRC, stored.crc, request.crc)
    core.stores.settings.change(active_slot=request.slot)
    core.log(Log.EVENTS, EntryKind.ACTIVATE, 0, request.slot, stored.crc)
    core.plan_schedule()
    return ActivateReply(request.slot, stored.crc)


def schedule_set(core: Core, request: SetSchedule) -> SetScheduleReply:
    core.stores.settings.change(schedule_enabled=bool(request.enabled))
    core.plan_schedule()
    return SetScheduleReply(int(core.stores.settings.now.schedule_enabled))


def therapy_start(core: Core, request: StartTherapy) -> StartTherapyReply:
    program = core.start_session(START_PROGRAMMER)
    return StartTherapyReply(core.state, program.session_s)


def therapy_stop(core: Core, request: StopTherapy) -> StopTherapyReply:
    """Without a session there is nothing to end, and that is no error."""
    core.end_session(Cause.THERAPY_STOPPED)
    return StopTherapyReply(core.state)


def _idle(core: Core) -> None:
    if core.session is not None:
        raise Refusal(RefusalCode.THERAPY_RUNNING)
    if core.output.state is not OutputState.OFF:
        raise Refusal(RefusalCode.BUSY)
