"""One boot of RN-1: its parts, its time, and what it does by itself. What it does when asked is in handlers/ and rn1.py.

Knows no bytes of the line. Time is whole microseconds since the emulation began and moves only by `run_to`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from device_emulator.firmware.battery import LOW_MV, Battery
from device_emulator.firmware.body import Body
from device_emulator.firmware.identity import Identity
from device_emulator.firmware.image import Program
from device_emulator.firmware.layout import Stores
from device_emulator.firmware.memory import Memory
from device_emulator.firmware.output import Output
from device_emulator.firmware.refusal import Refusal
from device_emulator.firmware.schedule import next_session_ms
from device_emulator.firmware.therapy import TherapySession
from device_emulator.truth import Truth, Why
from rnprog.protocol.messages import OutputEvent
from rnprog.protocol.opcodes import (
    NO_SLOT,
    Cause,
    EntryKind,
    FieldId,
    Log,
    OutputState,
    RefusalCode,
    StatusFlag,
)

RESET_POWER, RESET_WATCHDOG, RESET_BROWN_OUT = 0, 1, 2
START_SCHEDULE, START_REMOTE, START_PROGRAMMER = 0, 1, 2

WHY = {
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


@dataclass(slots=True)
class Answering:
    """What the answer to the present request needs beyond its payload."""

    delay_us: int = 0
    events: list[OutputEvent] = field(default_factory=list)


class Core:
    """A device between two resets. Making one is booting: output off, boot count one higher."""

    def __init__(self, identity: Identity, memory: Memory, around: Surroundings, now_us: int = 0, reset_cause: int = RESET_POWER) -> None:
        self.identity = identity
        self.around = around
        self.now_us = self.boot_us = self._drawn_us = now_us
        self.stores = Stores(memory)
        self.boot_count = self.stores.count_boot()
        self.output = Output(around.body, around.truth, around.battery.draw_output)
        self.session: TherapySession | None = None
        self.link_number = 0
        self.max_payload = 1004
        self.event_counter = 0
        self.answering = Answering()
        self._next_session_ms: int | None = None
        self.log(Log.EVENTS, EntryKind.BOOT, 0, reset_cause, self.boot_count, 0)
        self.plan_schedule()

    @property
    def unix_ms(self) -> int:
        """The device's clock."""
        return self.around.start_unix_ms + self.now_us // 1000 + self.stores.settings.now.clock_offset_ms

    @property
    def state(self) -> OutputState:
        return OutputState.THERAPY_ON if self.session is not None else self.output.state

    @property
    def flags(self) -> StatusFlag:
        battery = self.around.battery
        pairs = (
            (self.at_limit & 1, StatusFlag.AT_LIMIT_LEFT),
            (self.at_limit & 2, StatusFlag.AT_LIMIT_RIGHT),
            (battery.charging, StatusFlag.CHARGING),
            (self.around.over_temperature, StatusFlag.OVER_TEMPERATURE),
            (battery.low, StatusFlag.LOW_BATTERY),
            (self.stores.logs.overwritten, StatusFlag.EVENTS_DROPPED),
            (self.output.armed, StatusFlag.SCHEDULE_SUSPENDED),
            (battery.end_of_service, StatusFlag.END_OF_SERVICE),
            (self.output.lease_expired, StatusFlag.LEASE_EXPIRED),
        )
        flags = StatusFlag.NONE
        for holds, flag in pairs:
            if holds:
                flags |= flag
        return flags

    @property
    def at_limit(self) -> int:
        """Channels at the compliance limit, in test stimulation or therapy."""
        return self.output.at_limit | (self.session.at_limit if self.session is not None else 0)

    def new_link_session(self) -> int:
        """A number that was never given before. Which session is open is the endpoint's to know."""
        self.link_number += 1
        return (self.boot_count * 65_536 + self.link_number) & 0xFFFF_FFFF

    def log(self, log: Log, kind: EntryKind, channels: int = 0, code: int = 0, value: int = 0, extra: int = 0) -> None:
        self.stores.logs.rings[log].append(self.unix_ms // 1000 & 0xFFFF_FFFF, kind, channels, code, value, extra)

    def tell(self, cause: Cause, channels: int) -> None:
        """Queue an event for the host."""
        self.event_counter += 1
        self.answering.events.append(OutputEvent(self.state, cause, channels & 3, self.event_counter))

    def check_fit(self) -> None:
        """Refuse stimulation the cell or the temperature does not allow."""
        battery = self.around.battery
        if battery.charging:
            raise Refusal(RefusalCode.CHARGING)
        if self.around.over_temperature:
            raise Refusal(RefusalCode.OVER_TEMPERATURE)
        if battery.low:
            raise Refusal(RefusalCode.LOW_BATTERY, FieldId.BATTERY_MV, LOW_MV, battery.voltage_mv)

    def active_program(self) -> Program:
        """What therapy would run; Refusal when there is none."""
        slot = self.stores.settings.now.active_slot
        if slot == NO_SLOT:
            raise Refusal(RefusalCode.SLOT_EMPTY, FieldId.SLOT, 0, slot)
        return self.stores.programs.program(slot)

    def start_session(self, who: int) -> Program:
        """Begin a therapy session of the active program. Refusal when the state, the cell or the memory do not allow it."""
        if self.session is not None:
            raise Refusal(RefusalCode.THERAPY_RUNNING)
        if self.output.state is not OutputState.OFF:
            raise Refusal(RefusalCode.BUSY)
        program = self.active_program()
        self.check_fit()
        self.session = TherapySession(self.now_us, program, self.output.flows, self.output.drivable_ua)
        revision = self.stores.programs.stored(self.stores.settings.now.active_slot).revision
        self.log(Log.THERAPY, EntryKind.THERAPY_START, program.channels, who, program.crc, revision)
        return program

    def end_session(self, cause: Cause) -> int:
        """End the running session at once; the channels it had, 0: none ran."""
        session, self.session = self.session, None
        if session is None:
            return 0
        session.end(self.now_us, WHY[cause])
        planned_s = session.program.session_s
        self.log(Log.THERAPY, EntryKind.THERAPY_END, session.program.channels, cause, session.delivered_s(self.now_us), planned_s)
        self.tell(cause, session.program.channels)
        return session.program.channels

    def end_test(self, cause: Cause) -> int:
        """End test stimulation and measurement at once and disarm; the channels concerned."""
        ended = self.output.abort(self.now_us, WHY[cause])
        if ended:
            self._note_end(cause, ended)
        return ended

    def end_all(self, cause: Cause) -> int:
        """Everything off."""
        return self.end_test(cause) | self.end_session(cause)

    def plan_schedule(self) -> None:
        """Work out the next scheduled session: after boot, and when clock, schedule or active program change."""
        self._next_session_ms = None
        if self.stores.settings.now.schedule_enabled:
            try:
                self._next_session_ms = next_session_ms(self.unix_ms, self.active_program().sessions_per_day)
            except Refusal:
                return

    def next_us(self) -> int | None:
        """When something happens by itself next; never before now."""
        times = [self.output.next_us()]
        if self.session is not None:
            times.append(self.session.next_us())
        if self._next_session_ms is not None:
            times.append(self.now_us + (self._next_session_ms - self.unix_ms) * 1000 - self.now_us % 1000)
        soonest = min((at_us for at_us in times if at_us is not None), default=None)
        return None if soonest is None else max(soonest, self.now_us)

    def run_to(self, target_us: int) -> None:
        """Let time pass, from event to event."""
        while (event_us := self.next_us()) is not None and event_us <= target_us:
            self.now_us = event_us
            self._run()
        self.now_us = max(self.now_us, target_us)
        self.output.settle(self.now_us)
        self._draw()

    def watch(self) -> None:
        """End output that cell or temperature no longer allow."""
        if self.around.over_temperature:
            self.end_all(Cause.OVER_TEMPERATURE)
        elif self.around.battery.low and not self.around.battery.charging:
            self.end_all(Cause.LOW_BATTERY)

    def _run(self) -> None:
        ended = self.output.run(self.now_us)
        if ended is not None:
            why, channels = ended
            self._note_end(Cause.LEASE_EXPIRED if why is Why.LEASE_EXPIRED else Cause.BURST_DONE, channels)
        if self.session is not None:
            self._draw()
            if self.session.run(self.now_us):
                self.end_session(Cause.SESSION_COMPLETE)
            elif self.around.battery.low:
                self.end_session(Cause.LOW_BATTERY)
        if self._next_session_ms is not None and self.unix_ms >= self._next_session_ms:
            self._scheduled()

    def _scheduled(self) -> None:
        try:
            self.start_session(START_SCHEDULE)
        except Refusal as refusal:
            self.log(Log.THERAPY, EntryKind.THERAPY_MISSED, 0, refusal.answer.code)
        self.plan_schedule()

    def _note_end(self, cause: Cause, channels: int) -> None:
        self.log(Log.EVENTS, EntryKind.OUTPUT_ENDED, channels, cause)
        self.tell(cause, channels)

    def _draw(self) -> None:
        self.around.battery.draw_time((self.now_us - self._drawn_us) / 1e6)
        self._drawn_us = self.now_us
