"""The one object all ports use: a device, the person it is in, and the line between them and a host. Bytes in, bytes out.

Owns what takes time on the line (late answers, half frames, noise). Moves only by `advance`; knows no port, no file, no thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from device_emulator.bench import run_bench
from device_emulator.clock import VIRTUAL_START_UNIX_MS
from device_emulator.faults import FaultyLine
from device_emulator.firmware.battery import Battery
from device_emulator.firmware.core import RESET_WATCHDOG, START_PROGRAMMER, Surroundings
from device_emulator.firmware.identity import Identity, serial_of
from device_emulator.firmware.image import Program, Side, build_image
from device_emulator.firmware.layout import MEMORY_SIZE
from device_emulator.firmware.memory import Memory
from device_emulator.firmware.rn1 import Rn1
from device_emulator.saved import Saved
from device_emulator.scenarios import Line, Scenario, scenario_named
from device_emulator.tissue.electrodes import healthy_electrodes
from device_emulator.tissue.nerve import cohort_a
from device_emulator.tissue.patient import Patient
from device_emulator.truth import Change, Truth
from rnprog.protocol.frames import Frame, encode_frame
from rnprog.protocol.reader import FrameReader

FRAME_END_US = 200_000
"""A frame once begun must end within this time (docs/protocol.md, section 8)."""
JUNK_EVERY_US, JUNK_SIZE = 10_000, 32

_RUNNING = Program(
    (Side(0, 0b0010, 0b0100, 1_500, 214), Side(1, 0b0010_0000, 0b0100_0000, 1_500, 214)), 20_000, 2_000, 2_000, 10_000, 20_000, 1_800, 2, 0
)


@dataclass(frozen=True, slots=True)
class Due:
    """Bytes on their way to the host."""

    at_us: int
    data: bytes
    while_measuring: bool
    """An answer that dies with its measurement."""


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
    ) -> None:
        self.scenario: Scenario = scenario_named(scenario)
        self.seed = seed
        self.faults = FaultyLine(faults, seed)
        self.patient = _patient(self.scenario, seed)
        self.truth = Truth(truth)
        fraction = self.scenario.battery_fraction
        if saved is not None and self.scenario.battery_fraction == Scenario("", "").battery_fraction:
            fraction = saved.battery_fraction
        self._serial = saved.serial if saved is not None else serial_of(seed)
        self._around = Surroundings(self.patient, Battery(fraction, self.scenario.charging), self.truth, start_unix_ms)
        identity = Identity(
            self.scenario.serial or self._serial,
            self.scenario.model,
            version_min=self.scenario.version,
            version_max=self.scenario.version,
        )
        self.rn1 = Rn1(identity, Memory(MEMORY_SIZE, saved.memory if saved is not None else None), self._around)
        self.unplugged = False
        """The cable is out: ports report it as they would a real one."""
        self._remainder_us = 0.0
        self._partial_since_us: int | None = None
        self._due: list[Due] = []
        self._ready = bytearray()
        self._sniffer = FrameReader()
        self._junk = Random(f"junk {seed}")
        self._junk_us = 0
        self.set_faults(faults)
        if self.scenario.therapy_running:
            self._run_therapy()

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
        if self.unplugged or self.scenario.line is not Line.NORMAL:
            return self.take()
        if not self.faults:
            self._answer(*self.rn1.receive(data))
        else:
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
        times = [self._line_next_us(), self.rn1.core.next_us()]
        soonest = min((at_us for at_us in times if at_us is not None), default=None)
        return None if soonest is None else max(0, soonest - self.rn1.now_us) / 1e6

    def take(self) -> bytes:
        """What the host can read now; it is handed out once."""
        data = bytes(self._ready)
        self._ready.clear()
        return b"" if self.unplugged else data

    def bench(self, command: dict[str, object]) -> dict[str, object]:
        """One command of the bench channel. Never raises; what comes of time is left for `take`."""
        return run_bench(self, command)

    def set_faults(self, spec: str) -> None:
        """Replace the faults of the line; ValueError leaves the old ones. Counting starts anew."""
        self.faults = FaultyLine(spec, self.seed)
        self.rn1.nak_stop = self.faults.nak_stop
        cut = self.faults.power_cut
        self.rn1.memory.cut_at = None if cut is None else self.rn1.memory.write_count + cut - 1

    def reset(self) -> None:
        """A watchdog reset: output off, everything volatile gone, boot count one higher."""
        self._due.clear()
        self._sniffer.abandon()
        self.rn1.reset(RESET_WATCHDOG)

    def watch(self) -> None:
        """React to cell and temperature after the bench changed them."""
        self._event(self.rn1.watch())
        self._drop_measured()

    def saved(self) -> Saved:
        """What would outlive switching it off now."""
        unix_ms = self._around.start_unix_ms + self.rn1.now_us // 1000
        return Saved(self._serial, self.rn1.memory.snapshot(), unix_ms, self._around.battery.fraction)

    def _faulty(self, frame: Frame) -> None:
        reaches, resets = self.faults.request(frame.opcode)
        if resets:
            self.reset()
        elif reaches:
            answer, delay_us = self.rn1.receive(encode_frame(frame))
            for late_s, piece in self.faults.reply(frame.opcode, answer):
                self._answer(piece, delay_us + round(late_s * 1e6), measured=delay_us > 0)
        if self.faults.unplugged:
            self.unplugged = True

    def _answer(self, data: bytes, delay_us: int, measured: bool | None = None) -> None:
        self._drop_measured()
        if not data:
            return
        if delay_us <= 0:
            self._ready += data
        else:
            dies = delay_us > 0 if measured is None else measured
            self._due.append(Due(self.rn1.now_us + delay_us, data, dies and self.rn1.measuring))

    def _drop_measured(self) -> None:
        """The answer of a measurement that was cut short never comes."""
        if not self.rn1.measuring:
            self._due = [due for due in self._due if not due.while_measuring]

    def _event(self, data: bytes) -> None:
        if data and self.scenario.line is Line.NORMAL:
            self._ready += self.faults.event(data)

    def _note_partial(self, data: bytes) -> None:
        if not (self.rn1.endpoint.partial or self._sniffer.pending):
            self._partial_since_us = None
        elif self._partial_since_us is None or 0 in data:
            self._partial_since_us = self.rn1.now_us

    def _line_next_us(self) -> int | None:
        times = [due.at_us for due in self._due]
        if self._partial_since_us is not None:
            times.append(self._partial_since_us + FRAME_END_US)
        if self.scenario.line is Line.JUNK:
            times.append(self._junk_us + JUNK_EVERY_US)
        return min(times, default=None)

    def _line_events(self) -> None:
        now_us = self.rn1.now_us
        for due in sorted(self._due, key=lambda due: due.at_us):
            if due.at_us <= now_us:
                self._ready += due.data
        self._due = [due for due in self._due if due.at_us > now_us]
        if self._partial_since_us is not None and now_us >= self._partial_since_us + FRAME_END_US:
            self._partial_since_us = None
            self.rn1.endpoint.abandon_partial()
            for item in self._sniffer.abandon():
                if not isinstance(item, Frame):
                    self._answer(*self.rn1.receive(item.data + b"\x00"))
        if self.scenario.line is Line.JUNK and now_us >= self._junk_us + JUNK_EVERY_US:
            self._junk_us += JUNK_EVERY_US
            self._ready += self._junk.randbytes(JUNK_SIZE)

    def _run_therapy(self) -> None:
        core = self.rn1.core
        core.stores.programs.install(0, build_image(_RUNNING))
        core.stores.settings.change(active_slot=0)
        core.start_session(START_PROGRAMMER)


def _patient(scenario: Scenario, seed: int) -> Patient:
    electrodes = healthy_electrodes(seed)
    for contact in scenario.open_contacts:
        electrodes = electrodes.with_open(contact)
    for first, second in scenario.short_pairs:
        electrodes = electrodes.with_short(first, second)
    return Patient(seed, cohort_a(seed).scaled(scenario.threshold_factor), electrodes)
