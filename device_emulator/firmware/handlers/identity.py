"""Section 4.1: identity, capabilities, battery, clock, patient key."""

from __future__ import annotations

from device_emulator.firmware.core import Core
from device_emulator.firmware.identity import EMULATOR_FLAG
from rnprog.protocol.messages import (
    BatteryReply,
    CapabilitiesReply,
    Identify,
    IdentifyReply,
    ReadBattery,
    ReadCapabilities,
    ReadClock,
    ReadClockReply,
    ReadPatientKey,
    ReadPatientKeyReply,
    SetClock,
    SetClockReply,
    WritePatientKey,
    WritePatientKeyReply,
)
from rnprog.protocol.opcodes import EntryKind, Log


def identify(core: Core, request: Identify) -> IdentifyReply:
    who = core.identity
    versions = (*who.firmware, who.version_min, who.version_max)
    return IdentifyReply(who.model, who.serial, *versions, who.hardware, EMULATOR_FLAG, core.boot_count)


def capabilities(core: Core, request: ReadCapabilities) -> CapabilitiesReply:
    return core.around.can


def battery(core: Core, request: ReadBattery) -> BatteryReply:
    cell = core.around.battery
    return BatteryReply(cell.voltage_mv, cell.percent, cell.flags)


def clock_read(core: Core, request: ReadClock) -> ReadClockReply:
    return ReadClockReply(core.unix_ms)


def clock_set(core: Core, request: SetClock) -> SetClockReply:
    """The schedule goes on from the new time; sessions that a jump passes over are not made up for."""
    before_ms = core.unix_ms
    offset_ms = (core.stores.settings.now.clock_offset_ms + request.unix_ms - before_ms) % 2**64
    core.stores.settings.change(clock_offset_ms=offset_ms)
    core.log(Log.EVENTS, EntryKind.CLOCK_SET, 0, 0, before_ms // 1000, core.unix_ms // 1000)
    core.plan_schedule()
    return SetClockReply(core.unix_ms)


def patient_key_read(core: Core, request: ReadPatientKey) -> ReadPatientKeyReply:
    return ReadPatientKeyReply(core.stores.settings.now.key_hash)


def patient_key_write(core: Core, request: WritePatientKey) -> WritePatientKeyReply:
    core.stores.settings.change(key_hash=request.key_hash)
    return WritePatientKeyReply(core.stores.settings.now.key_hash)
