"""An OpenNerve in its bench (DVT) mode: who answers, its battery, and everything off. Asked for with `dvt=1`, for a load on a table.

It needs no key and knows no parameters. Measuring and stimulating mean switching single circuits over selectors whose numbers are not
published, so this driver does neither and says so before.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NoReturn

from rnprog.device.api import (
    ApprovedAmplitude,
    ApprovedProgram,
    ApprovedSetup,
    Battery,
    Beat,
    CommandTrace,
    Contact,
    DeviceStatus,
    FramePreview,
    Identity,
    ImpedanceReport,
    LineHealth,
    LogPage,
    Notice,
    Output,
    Program,
    Side,
    Stopped,
    StoredProgram,
    TestSetup,
)
from rnprog.device.errors import NoAnswer, ProtocolMismatch, advising
from rnprog.device.link import Link
from rnprog.device.opennerve import translate
from rnprog.device.opennerve.conversation import Conversation
from rnprog.device.opennerve.dialect import Dialect
from rnprog.device.opennerve.line import refuse
from rnprog.protocol.errors import PayloadError
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import BenchOp, Status
from rnprog.protocol.opennerve.frames import Request

_OFF = (BenchOp.STIM_OFF, BenchOp.HV_OFF, BenchOp.VDDS_OFF)
"""Stimulus circuit, high voltage, supply: there is no single command for off."""


class BenchOpenNerve:
    """A connected OpenNerve in bench mode. ProtocolMismatch when it is not in it."""

    last_status: DeviceStatus | None = None  # it tells no state of its own: `status` says what is known of it

    def __init__(self, link: Link, dialect: Dialect) -> None:
        self.link = link
        self._talk = Conversation(link, None)
        self._read(BenchOp.PING)
        sample = self._words(BenchOp.GET_SAMPLE_ID)[0]
        self.identity = Identity(translate.MODEL, f"sample {sample:04x}", "bench mode", 0, 0, claims_emulator=False, protocol_known=True)
        self.capabilities = translate.bench_capabilities(dialect)
        self.notices: tuple[Notice, ...] = (Notice.NOT_TRIED, Notice.BENCH_MODE, Notice.OUTPUT_NOT_TOLD, Notice.NO_LOG, Notice.NO_PROGRAM)
        self._link_session = 1

    def status(self, *, glance: bool = False) -> DeviceStatus:
        """Whether the high voltage is on: off, nothing can flow; on, it is not told whether anything does."""
        high_voltage = self._read(BenchOp.TEST_INFO)[:1] != b"\x00"
        nothing = dict.fromkeys(Side, Decimal(0))
        return DeviceStatus(
            output=Output.NOT_TOLD if high_voltage else Output.OFF,
            armed=(),
            setpoint_ma=nothing,
            output_ma=dict(nothing),
            lease_remaining_s=Decimal(0),
            flags=frozenset(),
            active_slot=None,
            active_crc=None,
            active_revision=None,
            schedule_enabled=None,
            dropped_events=0,
            uptime_s=None,
            boot_count=0,
            link_session=self._link_session,
            last_command=CommandTrace(0, "none", "done"),
        )

    def battery(self) -> Battery:
        """The voltage of cell A; a board on a bench may have no cell B."""
        self._read(BenchOp.BATTERY_ON)
        cell_mv = self._words(BenchOp.BATTERY)[0]
        return Battery(Decimal(cell_mv) / 1000, None, charging=False, low=False, end_of_service=False)

    def stop(self) -> Stopped | None:
        """Every circuit that drives a load off, each acknowledged; None when one is not. What was on before is not told."""
        self.link.overtake()
        if not all(self._done(op) for op in _OFF):
            return None
        self._link_session += 1
        return Stopped(Output.OFF, (), tells_ended=False)

    def resume_link(self) -> None:
        """Nothing has to be opened."""

    def clock_unix_s(self) -> Decimal | None:
        """Not in bench mode."""
        return None

    def patient_key_hash(self) -> bytes | None:
        """None here."""
        return None

    def read_log(self, log: str, cursor: int) -> LogPage:
        """No log in bench mode."""
        return LogPage((), cursor, 0, 0)

    def line_health(self) -> LineHealth:
        """Counters of this end of the line."""
        seen = self._talk.counters
        return LineHealth(seen.noise_frames, seen.noise_bytes, seen.stray_frames, seen.repeated_reads, 0)

    def heartbeat(self) -> Beat:
        """Nothing is armed, and nothing falls asleep."""
        return Beat(Decimal(0), Output.NOT_TOLD, dict.fromkeys(Side, Decimal(0)), frozenset())

    def close(self) -> None:
        """Close the port."""
        self.link.close()

    # what bench mode does not do

    def set_patient_key_hash(self, key_hash: bytes) -> bytes:
        """Refused."""
        _not_here("PATIENT_KEY_WRITE")

    def measure(self, pairs: tuple[tuple[Contact, Contact], ...]) -> ImpedanceReport:
        """Refused."""
        _not_here("MEASURE_IMPEDANCE")

    def arm(self, approved: ApprovedSetup) -> TestSetup:
        """Refused."""
        _not_here("ARM")

    def set_amplitude(self, approved: ApprovedAmplitude) -> Decimal:
        """Refused."""
        _not_here("SET_AMPLITUDE")

    def burst(self, sides: tuple[Side, ...], duration_s: Decimal) -> Output:
        """Refused."""
        _not_here("BURST")

    def end_burst(self, sides: tuple[Side, ...]) -> Output:
        """Refused."""
        _not_here("END_BURST")

    def disarm(self, sides: tuple[Side, ...]) -> Output:
        """Refused."""
        _not_here("DISARM")

    def stored(self, slot: int) -> StoredProgram:
        """Refused."""
        _not_here("SLOT_READ")

    def write(self, approved: ApprovedProgram) -> StoredProgram:
        """Refused."""
        _not_here("WRITE_PROGRAM")

    def activate(self, stored: StoredProgram) -> StoredProgram:
        """Refused."""
        _not_here("ACTIVATE")

    def set_schedule(self, enabled: bool) -> bool:
        """Refused."""
        _not_here("SCHEDULE_SET")

    def preview(self, program: Program, slot: int, base_revision: int) -> tuple[FramePreview, ...]:
        """Refused."""
        _not_here("PREVIEW")

    def _done(self, op: BenchOp) -> bool:
        for _ in range(3):  # switching off may be said any number of times
            answer = self._talk.bare(Request(op))
            if answer is not None and answer.status == Status.OK:
                return True
        return False

    def _read(self, op: BenchOp) -> bytes:
        for _ in range(3):
            answer = self._talk.bare(Request(op))
            if answer is None or answer.status == Status.CRC:
                continue
            if answer.status != Status.OK:
                raise advising(
                    ProtocolMismatch("This OpenNerve is not in bench mode. Nothing was changed."), "Leave dvt=1 out of the port."
                )
            return answer.payload
        raise NoAnswer(f"No OpenNerve in bench mode answers on {self.link.url}. Check power, jumpers and port.")

    def _words(self, op: BenchOp) -> tuple[int, ...]:
        data = self._read(op)
        try:
            return payloads.two_words(data) if op is BenchOp.BATTERY else (payloads.one_word(data),)
        except PayloadError as error:
            raise ProtocolMismatch(f"The device's answer cannot be understood: {error}.") from error


def _not_here(command: str) -> NoReturn:
    raise refuse("The bench mode does not do this: it switches single circuits. Nothing was sent.", command)
