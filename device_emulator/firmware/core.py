"""One boot of RN-1: its parts, its time, and what it does by itself. What it does when asked is in handlers/ and rn1.py.

Knows no bytes of the line. Time is whole microseconds since the emulation began and moves only by `run_to`.
"""

from __future__ import annotations

from device_emulator.firmware.around import WHY, Answering, Surroundings
from device_emulator.firmware.battery import END_OF_SERVICE_MV, LOW_MV
from device_emulator.firmware.identity import Identity
from device_emulator.firmware.image import Program
from device_emulator.firmware.layout import Stores
from device_emulator.firmware.memory import Memory
from device_emulator.firmware.output import Output
from device_emulator.firmware.refusal import Refusal
from device_emulator.firmware.schedule import next_session_ms
from device_emulator.firmware.therapy import TherapySession
from device_emulator.truth import Why
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
CELL_CHECK_US = 1_000_000
# Plain numbers: members of a flag cost more than all the rest of a STATUS when they are looked up for each one.
_CHARGING, _OVER_TEMPERATURE, _LOW_BATTERY = int(StatusFlag.CHARGING), int(StatusFlag.OVER_TEMPERATURE), int(StatusFlag.LOW_BATTERY)
_EVENTS_DROPPED, _SCHEDULE_SUSPENDED = int(StatusFlag.EVENTS_DROPPED), int(StatusFlag.SCHEDULE_SUSPENDED)
_END_OF_SERVICE, _LEASE_EXPIRED = int(StatusFlag.END_OF_SERVICE), int(StatusFlag.LEASE_EXPIRED)
START_SCHEDULE, START_REMOTE, START_PROGRAMMER = 0, 1, 2


class Core:
    """A device between two resets. Making one is booting: output off, boot count one higher."""

    def __init__(self, identity: Identity, memory: Memory, around: Surroundings, now_us: int = 0, reset_cause: int = RESET_POWER) -> None:
        self.identity = identity
        self.around = around
        self.now_us = self.boot_us = self._drawn_us = now_us
        self.stores = Stores(memory)
        self.boot_count = self.stores.count_boot()
        self.output = Output(around.body, around.truth, around.battery.draw_output)
        self.output.can = around.can
        self.session: TherapySession | None = None
        self.link_number = 0
        self.max_payload = 1004
        self.event_counter = 0
        self.answering = Answering()
        self._next_session_ms: int | None = None
        self._cell_check_us: int | None = None
        self.log(Log.EVENTS, EntryKind.BOOT, 0, reset_cause, self.boot_count, 0)
        self.plan_schedule()

    @property
    def unix_ms(self) -> int:
        """The device's clock."""
        return (self.around.start_unix_ms + self.now_us // 1000 + self.stores.settings.now.clock_offset_ms) % 2**64

    @property
    def state(self) -> OutputState:
        return OutputState.THERAPY_ON if self.session is not None else self.output.state

    @property
    def flowing_ua(self) -> tuple[int, int]:
        """What flows now, left and right, in whole microamperes."""
        session = self.session
        if session is not None:
            return round(session.value_ua(0, self.now_us)), round(session.value_ua(1, self.now_us))
        left, right = self.output.flows
        return left.value_ua(self.now_us), right.value_ua(self.now_us)

    @property
    def flags(self) -> int:
        """StatusFlag, as a plain number."""
        around, battery, output = self.around, self.around.battery, self.output
        flags = self.at_limit
        if battery.charging:
            flags |= _CHARGING
        if around.over_temperature:
            flags |= _OVER_TEMPERATURE
        voltage_mv = battery.voltage_mv
        if voltage_mv < LOW_MV:
            flags |= _LOW_BATTERY | (_END_OF_SERVICE if voltage_mv < END_OF_SERVICE_MV else 0)
        if self.stores.logs.overwritten:
            flags |= _EVENTS_DROPPED
        if output.armed:
            flags |= _SCHEDULE_SUSPENDED
        if output.lease_expired:
            flags |= _LEASE_EXPIRED
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
        self.session = TherapySession(self.now_us, program, self.output.drivable_ua)
        self.around.truth.later(self.session)
        self._plan_cell()
        revision = self.stores.programs.stored(self.stores.settings.now.active_slot).revision
        self.log(Log.THERAPY, EntryKind.THERAPY_START, program.channels, who, program.crc, revision)
        return program

    def end_session(self, cause: Cause) -> int:
        """End the running session at once; the channels it had, 0: none ran."""
        session, self.session = self.session, None
        if session is None:
            return 0
        self._close(session, WHY[cause])
        planned_s = session.program.session_s
        self.log(Log.THERAPY, EntryKind.THERAPY_END, session.program.channels, cause, session.delivered_s(self.now_us), planned_s)
        self.tell(cause, session.program.channels)
        return session.program.channels

    def remote(self, start: bool) -> bool:
        """The patient presses the button of the remote; whether it did something. It ends a session, never test stimulation."""
        if not start:
            return self.end_session(Cause.PATIENT_REMOTE) != 0
        try:
            program = self.start_session(START_REMOTE)
        except Refusal as refusal:
            self.log(Log.THERAPY, EntryKind.THERAPY_MISSED, 0, refusal.answer.code)
            return False
        self.tell(Cause.PATIENT_REMOTE, program.channels)
        return True

    def magnet(self) -> bool:
        """A magnet is held over the device: a session ends; whether there was one."""
        return self.end_session(Cause.MAGNET) != 0

    def power_down(self) -> None:
        """Output off in this instant, without a word."""
        for flow in self.output.flows:
            flow.close(self.now_us, Why.RESET)
        if self.session is not None:
            self._close(self.session, Why.RESET)
            self.session = None

    def reload(self) -> None:
        """The load of the electrodes has changed."""
        self.output.reload(self.now_us)
        if self.session is not None:
            self._draw()
            self.session.reload(self.now_us)

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
        if self.session is None and self._next_session_ms is None:
            next_us = self.output.next_us()
            return None if next_us is None else max(next_us, self.now_us)
        times = [self.output.next_us()]
        if self.session is not None:
            times += [self.session.end_us, self._cell_check_us]
            if self.around.truth.listener is not None:
                times.append(self.session.next_change_us)
        if self._next_session_ms is not None:
            times.append(self.now_us + (self._next_session_ms - self.unix_ms) * 1000 - self.now_us % 1000)
        soonest = min((at_us for at_us in times if at_us is not None), default=None)
        return None if soonest is None else max(soonest, self.now_us)

    def run_to(self, target_us: int) -> None:
        """Let time pass, from event to event."""
        while (event_us := self.next_us()) is not None and event_us <= target_us:
            self.now_us = self.around.truth.now_us = event_us
            self._run()
        self.now_us = self.around.truth.now_us = max(self.now_us, target_us)
        if self.session is None and self.output.idle:
            self._draw()
            return
        self.output.settle(self.now_us)
        self._draw()
        if self.around.battery.low and self.state is not OutputState.OFF:
            self.watch()

    def watch(self) -> None:
        """End output that cell or temperature no longer allow."""
        if self.around.over_temperature:
            self.end_all(Cause.OVER_TEMPERATURE)
        elif self.around.battery.low:
            self.end_all(Cause.LOW_BATTERY)
        else:
            self._plan_cell()

    def _run(self) -> None:
        ended = self.output.run(self.now_us)
        if ended is not None:
            why, channels = ended
            self._note_end(Cause.LEASE_EXPIRED if why is Why.LEASE_EXPIRED else Cause.BURST_DONE, channels)
        if self.session is not None:
            self._draw()
            if self.now_us >= self.session.end_us:
                self.end_session(Cause.SESSION_COMPLETE)
            elif self.around.battery.low:
                self.end_session(Cause.LOW_BATTERY)
            else:
                self._plan_cell()
                if self.around.truth.listener is not None:
                    self.around.truth.write_out()
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

    def _close(self, session: TherapySession, why: Why) -> None:
        self._draw()
        session.end(self.now_us, why)
        if why is not Why.STOP:
            self.output.at_limit |= session.at_limit
        if self.around.truth.listener is not None:
            self.around.truth.write_out()

    def _plan_cell(self) -> None:
        """A session the cell may not last through is watched second by second; any other one runs in one step."""
        self._cell_check_us = None
        session = self.session
        if session is not None:
            charge_uc = session.charge_uc(self.now_us, session.end_us)
            if self.around.battery.low_after(charge_uc, (session.end_us - self.now_us) / 1e6):
                self._cell_check_us = self.now_us + CELL_CHECK_US

    def _draw(self) -> None:
        if self.session is not None:
            self.around.battery.draw_output(self.session.drawn_uc(self.now_us))
        self.around.battery.draw_time((self.now_us - self._drawn_us) / 1e6)
        self._drawn_us = self.now_us
