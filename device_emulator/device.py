"""The one object all ports use: a device, the person it is in, and the line between them and a host. Bytes in, bytes out.

Joins firmware, patient and faults, and keeps time for all of them. Moves only by `advance`; knows no port, no file, no thread.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from device_emulator.bench import run_bench
from device_emulator.clock import VIRTUAL_START_UNIX_MS
from device_emulator.fault_body import FaultyLeads
from device_emulator.fault_line import FaultyLine
from device_emulator.firmware.around import Surroundings
from device_emulator.firmware.battery import NEW_CELL, Battery
from device_emulator.firmware.core import RESET_WATCHDOG
from device_emulator.firmware.identity import Identity
from device_emulator.firmware.layout import MEMORY_SIZE
from device_emulator.firmware.memory import Memory
from device_emulator.firmware.rn1 import Rn1
from device_emulator.mishaps import Mishaps, run_therapy
from device_emulator.origin import Asked, Origin, begun, serial_for
from device_emulator.people import faults_with, visit
from device_emulator.saved import Saved
from device_emulator.scenarios import Line, Scenario, scenario_named
from device_emulator.tissue.leads import LOOSE_US
from device_emulator.tissue.person_file import patient_text
from device_emulator.truth import Change, Truth
from device_emulator.wire import Wire
from rnprog.protocol.frames import Frame
from rnprog.protocol.opcodes import OutputState
from rnprog.protocol.reader import FrameReader

FRAME_END_US = 200_000
"""A frame once begun must end within this time (docs/protocol.md, section 8)."""
SCENARIO_JUNK_BYTES_PER_S = 3_200


class EmulatedDevice:
    """A device that is on, from now until it is dropped. ValueError for an unknown scenario or fault."""

    def __init__(
        self,
        scenario: str = "healthy",
        seed: int = 0,
        *,
        start_unix_ms: int = VIRTUAL_START_UNIX_MS,
        saved: Saved | None = None,
        faults: str = "",
        truth: Callable[[Change], None] | None = None,
        patient: str = "",
        months: int | None = None,
        name: str = "",
        fault_seed: int | None = None,
    ) -> None:
        """`patient`: a file that says who it is; `months` since activation, `None`: as the scenario says; `name`: of a device that is
        kept; `fault_seed`: chance of the faults, `None`: as `seed`. A saved one keeps its past, its patient and its age."""
        self.scenario: Scenario = scenario_named(scenario)
        self.seed = seed
        self.fault_seed = seed if fault_seed is None else fault_seed
        self.visits = 1 + (saved.visits if saved is not None else 0)
        self._chance = str(self.fault_seed) if self.visits == 1 else f"{self.fault_seed} visit {self.visits}"
        """Of the faults: each visit has its own."""
        self.faults = FaultyLine(faults, self._chance)
        if saved is None:
            text = patient_text(Path(patient)) if patient else ""
            self.origin: Origin = begun(Asked(scenario, seed, months, text), named=bool(name))
            self._serial = serial_for(self.origin, name)
        else:
            self.origin, self._serial = saved.origin, saved.serial
        who = self.origin.patient
        begins = visit(self.scenario, seed, self._serial, start_unix_ms, patient=who, months=months, saved=saved)
        self.patient, past = begins.patient, saved if saved is not None else begins.past
        self.patient.clock = lambda: self.now_s
        self._shakes = bool(self.patient.person.leads.loose_contacts)
        """A loose conductor may come and go while current flows."""
        self._activated_unix_ms = begins.activated_unix_ms
        self.truth = Truth(truth)
        fraction = past.battery_fraction if past is not None else NEW_CELL
        cell = Battery(fraction, self.scenario.charging)
        if self.scenario.battery_fraction is not None:
            cell.lend(self.scenario.battery_fraction)
        leads = FaultyLeads(self.patient)
        self._around = Surroundings(leads, cell, self.truth, start_unix_ms)
        identity = Identity(
            self.scenario.serial or self._serial,
            self.scenario.model,
            version_min=self.scenario.version,
            version_max=self.scenario.version,
        )
        self.rn1 = Rn1(identity, Memory(MEMORY_SIZE, past.memory if past is not None else None), self._around)
        self.unplugged = False
        """The cable is out: ports report it as they would a real one."""
        self.stuck = False
        """The device's end of the line reads nothing any more: a port lets writes block."""
        self._remainder_us = 0.0
        self._partial_since_us: int | None = None
        self._wire = Wire(self._chance)
        self._sniffer = FrameReader()
        self._timed: list[tuple[int, str]] = []
        """Faults that strike at a time."""
        self._mishaps = Mishaps(self.rn1, leads, self.fault_seed)
        self.set_faults(",".join(spec for spec in (faults_with(self.scenario, self.patient.person), faults) if spec))
        if self.scenario.therapy_running:
            run_therapy(self.rn1.core)

    @property
    def now_s(self) -> float:
        """Seconds since it was switched on."""
        return self.rn1.now_us / 1e6

    @property
    def write_count(self) -> int:
        """Page writes of the non-volatile memory; when it has moved, `saved` has news."""
        return self.rn1.memory.write_count

    def receive(self, data: bytes) -> bytes:
        """The host sends bytes now; what the host can read now."""
        if self.unplugged or self.stuck or self.scenario.line is not Line.NORMAL:
            return self.take()
        if not self.faults:
            answer, delay_us = self.rn1.receive(data)
            if delay_us or self._wire.due:
                self._answer(answer, delay_us)
            elif answer:
                self._wire.ready += answer
        else:
            data = self.faults.bytes_in(data)
            for item in self._sniffer.feed(data):
                if isinstance(item, Frame):
                    self._faulty(item)
                else:
                    self._answer(*self.rn1.receive(item.data + b"\x00"))
        self._note_partial(data)
        return self.take()

    def advance(self, dt_s: float) -> bytes:
        """Let time pass; what the host can read then. ValueError for a step back."""
        self.pass_time(dt_s)
        return self.take()

    def pass_time(self, dt_s: float) -> None:
        """As `advance`, keeping the bytes for the next `take`."""
        if dt_s < 0:
            raise ValueError(f"time does not go back: {dt_s} s")
        exact_us = dt_s * 1e6 + self._remainder_us
        whole_us = round(exact_us)
        self._remainder_us = exact_us - whole_us
        target_us = self.rn1.now_us + max(0, whole_us)
        while (next_us := self._line_next_us()) is not None and next_us <= target_us:
            self._event(self.rn1.run_to(next_us))
            self._line_events()
        self._event(self.rn1.run_to(target_us))

    def next_event_s(self) -> float | None:
        """Seconds from now to the next thing that happens by itself; None: nothing ever will."""
        line_us, core_us = self._line_next_us(), self.rn1.core.next_us()
        if line_us is None or core_us is None:
            soonest = core_us if line_us is None else line_us
        else:
            soonest = min(line_us, core_us)
        return None if soonest is None else max(0, soonest - self.rn1.core.now_us) / 1e6

    def take(self) -> bytes:
        """What the host can read now; it is handed out once."""
        if not self._wire.ready:
            return b""
        data = bytes(self._wire.ready)
        self._wire.ready.clear()
        return b"" if self.unplugged else data

    def bench(self, command: dict[str, object]) -> dict[str, object]:
        """One command of the bench channel. Never raises; what comes of time is left for `take`."""
        return run_bench(self, command)

    def set_faults(self, spec: str) -> None:
        """Replace the faults; ValueError leaves the old ones. Counting starts anew."""
        self.faults = FaultyLine(spec, self._chance)
        self._mishaps.set(self.faults)
        self.stuck = self.stuck and bool(self.faults.of("stuck"))
        junk = SCENARIO_JUNK_BYTES_PER_S if self.scenario.line is Line.JUNK else 0
        self._wire.babble(self.rn1.now_us, junk + self.faults.babble_bytes_per_s)
        timed = [trigger.fault for name in ("unplug-after", "reset-after") for trigger in self.faults.of(name)]
        self._timed = [(self.rn1.now_us + round(fault.seconds * 1e6), fault.name) for fault in timed]
        self.watch()

    def opened(self) -> None:
        """A host has opened the port. A sound device does not care."""
        if self.faults.of("reset-on-open"):
            self.reset()

    def reset(self, cause: int = RESET_WATCHDOG) -> None:
        """Output off, everything volatile gone, boot count one higher."""
        self._wire.due.clear()
        self._sniffer.abandon()
        self.rn1.reset(cause)

    def watch(self) -> None:
        """React to cell and temperature after the bench changed them."""
        self._event(self.rn1.watch())
        self._forget_measured()

    def remote(self, start: bool) -> bool:
        """The patient's remote: start or end a therapy session. Whether it did."""
        done = self.rn1.remote(start)
        self._event(self.rn1.events())
        return done

    def magnet(self) -> bool:
        """A magnet over the device ends a therapy session. Whether there was one."""
        done = self.rn1.magnet()
        self._event(self.rn1.events())
        return done

    def saved(self) -> Saved:
        """What would outlive switching it off now."""
        unix_ms = self._around.start_unix_ms - self._mishaps.skew_ms + self.rn1.now_us // 1000
        fraction = self._around.battery.kept
        return Saved(self._serial, self.rn1.memory.snapshot(), unix_ms, fraction, self._activated_unix_ms, self.origin, self.visits)

    def _faulty(self, frame: Frame) -> None:
        opcode = frame.opcode
        if self._mishaps.before(opcode):
            self.reset()
            return
        for trigger in self.faults.of("half-open"):
            trigger.on(opcode)
        for arrived in self.faults.request(frame):
            answer, delay_us = self.rn1.answer(arrived)
            for late_s, piece in self.faults.reply(opcode, answer):
                self._answer(piece, delay_us + round(late_s * 1e6), measured=delay_us > 0)
            self._event(self.rn1.events())
        if self.faults.happens("stuck", opcode):
            self.stuck = True
        if self.faults.happens("unplug", opcode):
            self.unplugged = True
        if self.faults.happens("swap-device", opcode):
            self.unplugged = True
            self._mishaps.rename()

    def _answer(self, data: bytes, delay_us: int, measured: bool | None = None) -> None:
        self._forget_measured()
        if not data:
            return
        if delay_us > 0:
            dies = True if measured is None else measured
            self._wire.later(self.rn1.now_us + delay_us, data, dies and self.rn1.measuring)
        elif (kept := next((due for due in self._wire.due if due.data == data), None)) is not None:
            self._wire.due.append(kept)  # asked again before its time: both answers come when the measurement is over
        else:
            self._wire.ready += self._wire.junk() + self._out(data)

    def _out(self, data: bytes) -> bytes:
        return self.faults.bytes_out(data) if self.faults else data

    def _forget_measured(self) -> None:
        if self._wire.due and not self.rn1.measuring:
            self._wire.forget_measured()

    def _event(self, data: bytes) -> None:
        if data and self.scenario.line is Line.NORMAL:
            self._wire.ready += self._out(self.faults.event(data))

    def _note_partial(self, data: bytes) -> None:
        if not (self.rn1.endpoint.partial or self._sniffer.pending):
            self._partial_since_us = None
        elif self._partial_since_us is None or 0 in data:
            self._partial_since_us = self.rn1.now_us

    def _line_next_us(self) -> int | None:
        if self._partial_since_us is None and not self._timed and not self._shakes:
            return self._wire.next_us()
        times = [self._wire.next_us(), *(at_us for at_us, _ in self._timed)]
        if self._partial_since_us is not None:
            times.append(self._partial_since_us + FRAME_END_US)
        if self._shakes and self.rn1.core.state in (OutputState.TEST_ON, OutputState.THERAPY_ON):
            times.append((self.rn1.now_us // LOOSE_US + 1) * LOOSE_US)
        return min((at_us for at_us in times if at_us is not None), default=None)

    def _line_events(self) -> None:
        now_us = self.rn1.now_us
        if self._shakes and now_us % LOOSE_US == 0:
            self.rn1.core.reload()
        self._wire.ready += self._out(self._wire.run(now_us))
        if self._partial_since_us is not None and now_us >= self._partial_since_us + FRAME_END_US:
            self._partial_since_us = None
            self.rn1.endpoint.abandon_partial()
            for item in self._sniffer.abandon():
                if not isinstance(item, Frame):
                    self._answer(*self.rn1.receive(item.data + b"\x00"))
        struck = [name for at_us, name in self._timed if at_us <= now_us]
        self._timed = [(at_us, name) for at_us, name in self._timed if at_us > now_us]
        if "reset-after" in struck:
            self.reset()
        if "unplug-after" in struck:
            self.unplugged = True
