"""RN-1: the device's end of the line. One table says which handler answers which opcode; the endpoint says which request is new.

Bytes in, bytes out; a reset makes a new Core and a new endpoint on the same memory. Knows no port and no fault.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from device_emulator.firmware.around import Surroundings
from device_emulator.firmware.core import RESET_BROWN_OUT, RESET_POWER, Core
from device_emulator.firmware.handlers import identity, link, programs, safety, stimulation
from device_emulator.firmware.identity import Identity
from device_emulator.firmware.memory import Memory, PowerCut
from device_emulator.firmware.refusal import Refusal
from rnprog.protocol.endpoint import DeviceEndpoint, Outcome
from rnprog.protocol.frames import device_id_of
from rnprog.protocol.messages import REQUESTS, Refused, Request
from rnprog.protocol.opcodes import VERSION, FieldId, Opcode, OutputState, RefusalCode

Handler = Callable[["Rn1", Any], Outcome]


def _core(handler: Callable[[Core, Any], Outcome]) -> Handler:
    """Most handlers need the core alone."""
    return lambda device, request: handler(device.core, request)


HANDLERS: dict[Opcode, Handler] = {
    Opcode.IDENTIFY: _core(identity.identify),
    Opcode.CAPABILITIES: _core(identity.capabilities),
    Opcode.BATTERY: _core(identity.battery),
    Opcode.CLOCK_READ: _core(identity.clock_read),
    Opcode.CLOCK_SET: _core(identity.clock_set),
    Opcode.PATIENT_KEY_READ: _core(identity.patient_key_read),
    Opcode.PATIENT_KEY_WRITE: _core(identity.patient_key_write),
    Opcode.STOP: _core(safety.stop),
    Opcode.HEARTBEAT: _core(safety.heartbeat),
    Opcode.STATUS: lambda device, request: safety.status(device.core, request, device.endpoint),
    Opcode.IMPEDANCE: _core(stimulation.impedance),
    Opcode.ARM: _core(stimulation.arm),
    Opcode.SET_AMPLITUDE: _core(stimulation.set_amplitude),
    Opcode.BURST: _core(stimulation.burst),
    Opcode.DISARM: _core(stimulation.disarm),
    Opcode.SLOT_INFO: _core(programs.slot_info),
    Opcode.SLOT_READ: _core(programs.slot_read),
    Opcode.STAGE: _core(programs.stage),
    Opcode.VALIDATE: _core(programs.validate),
    Opcode.COMMIT: _core(programs.commit),
    Opcode.REVERT: _core(programs.revert),
    Opcode.ACTIVATE: _core(programs.activate),
    Opcode.SCHEDULE_SET: _core(programs.schedule_set),
    Opcode.THERAPY_START: _core(programs.therapy_start),
    Opcode.THERAPY_STOP: _core(programs.therapy_stop),
    Opcode.LOG_READ: _core(link.log_read),
    Opcode.LINK_OPEN: _core(link.link_open),
    Opcode.PING: _core(link.ping),
    Opcode.LINK_STATS: lambda device, request: link.link_stats(device.core, request, device.endpoint.counters),
}

_BY_CLASS: dict[type[Request], Handler] = {REQUESTS[opcode]: handler for opcode, handler in HANDLERS.items()}
"""The same table: a class is found much faster than a member of an enum."""
_ALWAYS = (REQUESTS[Opcode.IDENTIFY], REQUESTS[Opcode.STOP])


class Rn1:
    """A device that is on. `reset` is the only way to begin again."""

    core: Core
    endpoint: DeviceEndpoint

    def __init__(self, identity_: Identity, memory: Memory, around: Surroundings, now_us: int = 0) -> None:
        self.identity = identity_
        self.memory = memory
        self.around = around
        self.misfit: Callable[[Rn1, Request], Outcome] | None = None
        """Takes each request instead of `execute`: a fault, which no healthy device has."""
        self._boot(now_us, RESET_POWER)

    @property
    def now_us(self) -> int:
        return self.core.now_us

    def receive(self, data: bytes) -> tuple[bytes, int]:
        """(answers and events, delay in us until they may be sent). A power cut on the way answers nothing and boots."""
        answer, delay_us = self.answer(data)
        return answer + self.events() if self.core.answering.events else answer, delay_us

    def answer(self, data: bytes) -> tuple[bytes, int]:
        """As `receive`, without the events."""
        try:
            answer = self.endpoint.receive(data, self._execute)
            self.around.battery.draw_telemetry(len(data) + len(answer))
        except PowerCut:
            self.reset(RESET_BROWN_OUT)
            return b"", 0
        delay_us = self.core.answering.delay_us
        self.core.answering.delay_us = 0
        return answer, delay_us

    def run_to(self, target_us: int) -> bytes:
        """Let time pass; events that came of it."""
        core = self.core
        try:
            core.run_to(target_us)
        except PowerCut:
            self.reset(RESET_BROWN_OUT)
            self.core.run_to(target_us)
        return self.events() if self.core.answering.events else b""

    def watch(self) -> bytes:
        """Look at cell and temperature after the bench changed them; events that came of it."""
        try:
            self.core.watch()
        except PowerCut:
            self.reset(RESET_BROWN_OUT)
        return self.events()

    def remote(self, start: bool) -> bool:
        """The patient's remote; whether it did something."""
        return self._survive(lambda: self.core.remote(start))

    def magnet(self) -> bool:
        """A magnet over the device; whether it did something."""
        return self._survive(self.core.magnet)

    def _survive(self, act: Callable[[], bool]) -> bool:
        try:
            return act()
        except PowerCut:
            self.reset(RESET_BROWN_OUT)
            return False

    def reset(self, cause: int) -> None:
        """Everything volatile is gone, output is off in this instant."""
        now_us = self.core.now_us
        self.core.power_down()
        self._boot(now_us, cause)

    def rename(self, identity_: Identity) -> None:
        """Be another device from now on, with the same memory and the same conversation."""
        self.identity = self.core.identity = identity_
        self.endpoint.device_id = device_id_of(identity_.serial)

    def _boot(self, now_us: int, cause: int) -> None:
        try:
            self.core = Core(self.identity, self.memory, self.around, now_us, cause)
        except PowerCut:
            self.core = Core(self.identity, self.memory, self.around, now_us, RESET_BROWN_OUT)
        self.endpoint = DeviceEndpoint(device_id_of(self.identity.serial))

    def _execute(self, request: Request) -> Outcome:
        if not self.identity.version_min <= VERSION <= self.identity.version_max and type(request) not in _ALWAYS:
            return Refused(RefusalCode.UNKNOWN_VERSION, FieldId.NONE, self.identity.version_max, VERSION)
        return self.execute(request) if self.misfit is None else self.misfit(self, request)

    def execute(self, request: Request) -> Outcome:
        """What a healthy device makes of a request."""
        try:
            return _BY_CLASS[type(request)](self, request)
        except Refusal as refusal:
            return refusal.answer

    def events(self) -> bytes:
        """What the device has to say by itself, once."""
        events, self.core.answering.events = self.core.answering.events, []
        told = b"".join(self.endpoint.event(event) for event in events)
        if self.endpoint.link_session:  # to nobody the radio says nothing
            self.around.battery.draw_telemetry(len(told))
        return told

    @property
    def measuring(self) -> bool:
        return self.core.state is OutputState.MEASURING
