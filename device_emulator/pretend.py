"""Answers of a device that says "done" and does nothing (fault no-effect). A table; it changes no state but the link session's number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from device_emulator.firmware.core import Core
from rnprog.protocol.endpoint import Outcome
from rnprog.protocol.messages import (
    Activate,
    ActivateReply,
    Arm,
    ArmReply,
    Burst,
    BurstReply,
    Commit,
    CommitReply,
    Disarm,
    DisarmReply,
    Heartbeat,
    HeartbeatReply,
    Request,
    SetAmplitude,
    SetAmplitudeReply,
    SetClock,
    SetClockReply,
    SetSchedule,
    SetScheduleReply,
    StartTherapy,
    StartTherapyReply,
    Stop,
    StopReply,
    StopTherapy,
    StopTherapyReply,
    WritePatientKey,
    WritePatientKeyReply,
)
from rnprog.protocol.opcodes import OutputState

_OFF, _TEST_ON, _THERAPY_ON = OutputState.OFF, OutputState.TEST_ON, OutputState.THERAPY_ON

_ANSWERS: dict[type[Request], Callable[[Core, Any], Outcome]] = {
    Stop: lambda core, r: StopReply(_OFF, core.output.armed, core.new_link_session(), core.boot_count),
    Heartbeat: lambda core, r: HeartbeatReply(core.around.can.lease_ms, core.state, core.flags, *core.flowing_ua),
    Arm: lambda core, r: ArmReply(
        r.channel, r.cathodes, r.anodes, r.width_us, r.rate_mhz, r.ramp_up_ms, r.ramp_down_ms, core.around.can.lease_ms
    ),
    SetAmplitude: lambda core, r: SetAmplitudeReply(r.channel, r.amplitude_ua),
    Burst: lambda core, r: BurstReply(r.channels, _TEST_ON, r.duration_ms),
    Disarm: lambda core, r: DisarmReply(core.output.armed & ~r.channels, _OFF),
    Commit: lambda core, r: CommitReply(r.slot, r.base_revision + 1, r.crc),
    Activate: lambda core, r: ActivateReply(r.slot, r.crc),
    SetSchedule: lambda core, r: SetScheduleReply(r.enabled),
    SetClock: lambda core, r: SetClockReply(r.unix_ms),
    WritePatientKey: lambda core, r: WritePatientKeyReply(r.key_hash),
    StartTherapy: lambda core, r: StartTherapyReply(_THERAPY_ON, 1_800),
    StopTherapy: lambda core, r: StopTherapyReply(_OFF),
}


def pretended(core: Core, request: Request) -> Outcome | None:
    """What the device claims; None: this request does nothing anyway."""
    answer = _ANSWERS.get(type(request))
    return None if answer is None else answer(core, request)
