"""What the core of the firmware stands in: the world that outlives a reset, and what hangs on the present request. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field

from device_emulator.firmware.battery import Battery
from device_emulator.firmware.body import Body
from device_emulator.firmware.identity import CAPABILITIES
from device_emulator.truth import Truth, Why
from rnprog.protocol.messages import CapabilitiesReply, OutputEvent
from rnprog.protocol.opcodes import Cause

WHY: dict[Cause, Why] = {
    Cause.LEASE_EXPIRED: Why.LEASE_EXPIRED,
    Cause.STOP: Why.STOP,
    Cause.BURST_DONE: Why.BURST_DONE,
    Cause.DISARMED: Why.DISARMED,
    Cause.MAGNET: Why.MAGNET,
    Cause.PATIENT_REMOTE: Why.PATIENT_REMOTE,
    Cause.LOW_BATTERY: Why.LOW_BATTERY,
    Cause.OVER_TEMPERATURE: Why.OVER_TEMPERATURE,
    Cause.RESET: Why.RESET,
    Cause.SESSION_COMPLETE: Why.SESSION_COMPLETE,
    Cause.THERAPY_STOPPED: Why.THERAPY_STOPPED,
}


@dataclass(slots=True)
class Surroundings:
    """What outlives a reset: the body, the cell, the record of truth, and the calendar time at which the emulation began."""

    body: Body
    battery: Battery
    truth: Truth
    start_unix_ms: int
    over_temperature: bool = False
    can: CapabilitiesReply = CAPABILITIES
    """What the device says it can do. Its limits stay those of RN-1; lease and test current follow this."""


@dataclass(slots=True)
class Answering:
    """What the answer to the present request needs beyond its payload."""

    delay_us: int = 0
    events: list[OutputEvent] = field(default_factory=list)
