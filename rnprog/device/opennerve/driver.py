"""OpenNerve's driver: each promise of `Stimulator` as far as the device can keep it. What it cannot is said in `notices`, before.

Test stimulation is in `trial.py`, the program in `programs.py`, what they share in `core.py`; here is what is read, and the way out.
"""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

from rnprog.device.api import (
    ApprovedAmplitude,
    ApprovedProgram,
    ApprovedSetup,
    Battery,
    Beat,
    Contact,
    DeviceFlag,
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
from rnprog.device.errors import DeviceError, DeviceRefused, NoAnswer, ProtocolMismatch
from rnprog.device.link import Link
from rnprog.device.opennerve import log_pages, translate
from rnprog.device.opennerve.bench_driver import BenchOpenNerve
from rnprog.device.opennerve.conversation import Conversation
from rnprog.device.opennerve.core import Core
from rnprog.device.opennerve.dialect import Dialect
from rnprog.device.opennerve.exact import Exact
from rnprog.device.opennerve.journal import Journal
from rnprog.device.opennerve.key import Key, load
from rnprog.device.opennerve.line import refuse
from rnprog.device.opennerve.programs import Programs
from rnprog.device.opennerve.trial import Trial
from rnprog.device.serials import UNNUMBERED, UNTOLD
from rnprog.protocol.errors import PayloadError
from rnprog.protocol.fields import printable
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import Op, Role
from rnprog.protocol.opennerve.frames import Request
from rnprog.protocol.opennerve.parameters import SETTINGS

MODEL = translate.MODEL
_READERS = (Role.ADMIN, Role.CLINICIAN)


def connect(link: Link, dialect: Dialect, *, stop_first: bool = False) -> OpenNerve | BenchOpenNerve:
    """The driver for the OpenNerve on a link. `stop_first`: a STOP goes ahead of everything that is read, where the key may send one; a
    `stop` has to follow, which finds out whether it was acknowledged. BadPort or PortDenied for a key file that will not do; DeviceRefused
    for another's key, and for a journal that cannot be read (but not with `stop_first`: a file here withholds no STOP, and no word about
    one); ProtocolMismatch when it is in the other mode than was said."""
    if dialect.bench:
        return BenchOpenNerve(link, dialect)
    return OpenNerve(link, load(dialect.key) if dialect.key is not None else None, dialect, stop_first=stop_first)


class OpenNerve:
    """A connected OpenNerve. Made by `device.registry.connect`; making it authenticates and reads, and changes nothing."""

    last_status: DeviceStatus | None = None  # it tells no state of its own: `status` says what is known of it

    def __init__(self, link: Link, key: Key | None, dialect: Dialect, *, stop_first: bool = False) -> None:
        self.link = link
        talk = Conversation(link, key)
        self._core = core = Core(talk, dialect, talk.authenticate())
        if stop_first and core.role is Role.ADMIN:
            talk.stop()
        admin, reader = core.role is Role.ADMIN, core.role in _READERS
        self.identity = self._who() if admin else Identity(translate.MODEL, UNTOLD, UNTOLD, 0, 0, False, True)
        self._notes_damaged = False
        if admin:
            core.journal = self._journal(only_to_stop=stop_first)
            core.settings.remember(Exact(self.identity.serial))
        highest = core.settings.steps("SP13") if reader else translate.TEST_STEPS
        if core.journal is not None and (lowered := core.journal.entries.get("SP13")) is not None:
            highest = lowered.before  # a test of an earlier run still holds it down
        self.capabilities = translate.capabilities(dialect, core.role, highest)
        self._trial, self._programs = Trial(core), Programs(core)
        self._log: list[bytes] = []
        self._bounds_mv: tuple[int, ...] = ()
        self.notices = self._what_it_cannot()

    # reading

    def status(self, *, glance: bool = False) -> DeviceStatus:
        """A read that shows that the device is there, and what is known of it. NoAnswer while a start is in doubt: it cannot be asked."""
        core = self._core
        if core.doubt is not None:
            raise NoAnswer(f"Whether the device carried out '{core.doubt}' cannot be read from it. Say STOP: that settles it.")
        if core.role in _READERS:
            core.settings.steps("SP02")
        side, zero = translate.side_of(core.dialect), Decimal(0)
        waiting = core.journal is not None and core.journal.open and core.armed is None
        return DeviceStatus(
            output=Output.ARMED if core.output is Output.OFF and core.armed is not None else core.output,
            armed=(side,) if core.armed is not None else (),
            setpoint_ma={each: translate.amplitude(core.setpoint_steps) if each is side else zero for each in Side},
            output_ma=self._trial.flowing(),
            lease_remaining_s=zero,
            flags=frozenset({DeviceFlag.TO_PUT_BACK}) if waiting else frozenset(),
            active_slot=0 if core.role in _READERS else None,
            active_crc=None,
            active_revision=None,
            schedule_enabled=None,
            dropped_events=0,
            uptime_s=None,
            boot_count=0,
            link_session=core.link_session,
            last_command=core.last,
        )

    def battery(self) -> Battery:
        """The voltage of the weaker cell. The device knows no percentage; to another key than the Admin's it tells nothing."""
        if self._core.role is not Role.ADMIN:
            return Battery(None, None, charging=False, low=False, end_of_service=False)
        try:
            cells_mv = payloads.two_words(self._core.talk.read(Request(Op.MEASURE_BATTERY)))
        except PayloadError as error:
            raise ProtocolMismatch(f"The device's answer about its battery cannot be understood: {error}.") from error
        weaker_mv = min(cells_mv)
        low, ended = (weaker_mv <= bound_mv for bound_mv in self._battery_bounds())
        return Battery(Decimal(weaker_mv) / 1000, None, charging=False, low=low, end_of_service=ended)

    def _battery_bounds(self) -> tuple[int, ...]:
        """mV at which the device calls its battery low, and at its end: its own settings, read once. Where one is told like its factory
        value, which is told one step too low, the factory value counts: it is the higher one."""
        if not self._bounds_mv:
            rows = [(SETTINGS[name], self._core.settings.steps(name)) for name in ("HP26", "HP27")]
            self._bounds_mv = tuple(row.default if told == row.default_told else row.value(told) for row, told in rows)
        return self._bounds_mv

    def clock_unix_s(self) -> Decimal | None:
        """Its clock, taken as UTC. None for another key than the Admin's, and for a time there is not."""
        if self._core.role is not Role.ADMIN:
            return None
        try:
            clock = payloads.clock_of(self._core.talk.read(Request(Op.READ_TIME)))
        except PayloadError:
            return None
        return Decimal(log_pages.unix_s(clock))

    def set_patient_key_hash(self, key_hash: bytes) -> bytes:
        """It has none."""
        raise refuse("This device keeps no patient key of rnprog's kind. Nothing was sent.", "PATIENT_KEY_WRITE")

    def patient_key_hash(self) -> bytes | None:
        """It has no patient key of rnprog's kind."""
        return None

    def read_log(self, log: str, cursor: int) -> LogPage:
        """Entries of its one log, walked from the first on, one read each; `therapy` and `impedance` are in it too."""
        if log != "events":
            return LogPage((), cursor, 0, 0)
        return log_pages.page(self._core.talk, self._log, cursor)

    def line_health(self) -> LineHealth:
        """Counters of this end of the line."""
        seen = self._core.talk.counters
        return LineHealth(seen.noise_frames, seen.noise_bytes, seen.stray_frames, seen.repeated_reads, 0)

    # test stimulation

    def measure(self, pairs: tuple[tuple[Contact, Contact], ...]) -> ImpedanceReport:
        """Measure pairs, in order, at 0.5 mA."""
        with self._core.talk.order.command():
            return self._trial.measure(pairs)

    def arm(self, approved: ApprovedSetup) -> TestSetup:
        """Prepare; nothing flows. Overwrites the stored program until `disarm` or `close`."""
        with self._core.talk.order.command():
            return self._trial.arm(approved)

    def set_amplitude(self, approved: ApprovedAmplitude) -> Decimal:
        """Write the amplitude of the next burst."""
        with self._core.talk.order.command():
            return self._trial.set_amplitude(approved)

    def burst(self, sides: tuple[Side, ...], duration_s: Decimal) -> Output:
        """Start. `end_burst` has to follow."""
        with self._core.talk.order.command():
            return self._trial.burst(sides, duration_s)

    def end_burst(self, sides: tuple[Side, ...]) -> Output:
        """End what was started."""
        with self._core.talk.order.command():
            return self._trial.end_burst(sides)

    def disarm(self, sides: tuple[Side, ...]) -> Output:
        """End what runs, and put back the stored program."""
        with self._core.talk.order.command():
            return self._trial.disarm(sides)

    def heartbeat(self) -> Beat:
        """Keep an armed device awake."""
        return self._trial.heartbeat()

    def stop(self) -> Stopped | None:
        """STOP."""
        return self._trial.stop()

    def resume_link(self) -> None:
        """Begin anew after STOP. Reads only."""
        self._core.talk.authenticate()
        self._core.over = False

    # the program

    def stored(self, slot: int) -> StoredProgram:
        """The program."""
        return self._programs.stored(slot)

    def write(self, approved: ApprovedProgram) -> StoredProgram:
        """Write the program."""
        with self._core.talk.order.command():
            return self._programs.write(approved)

    def activate(self, stored: StoredProgram) -> StoredProgram:
        """It is active already."""
        with self._core.talk.order.command():
            return self._programs.activate(stored)

    def set_schedule(self, enabled: bool) -> bool:
        """Disarm the schedule; arming is refused."""
        with self._core.talk.order.command():
            return self._programs.set_schedule(enabled)

    def preview(self, program: Program, slot: int, base_revision: int) -> tuple[FramePreview, ...]:
        """The frames that would write a program."""
        return self._programs.preview(program)

    def close(self) -> None:
        """End what runs and put back what a test has changed, as far as the device still answers; then close the port."""
        core = self._core
        if self.link.lost is None and core.journal is not None and core.touched and core.journal.open:
            with suppress(DeviceError):  # the journal keeps what could not be put back
                if core.output is not Output.OFF:
                    core.stop_output()
                core.put_back()
        self.link.close()

    def _who(self) -> Identity:
        settings = self._core.settings
        serial, firmware = (printable(settings.text(name).rstrip(b"\x00")) for name in ("HP01", "HP05"))
        return Identity(translate.MODEL, serial or UNNUMBERED, firmware, 0, 0, claims_emulator=False, protocol_known=True)

    def _journal(self, *, only_to_stop: bool) -> Journal | None:
        """The journal of this device. One that cannot be read is told as a notice to whoever only wants to stop, and changes nothing."""
        try:
            return Journal(self.identity.serial)
        except DeviceRefused:
            if not only_to_stop:
                raise
            self._notes_damaged = True
            return None

    def _what_it_cannot(self) -> tuple[Notice, ...]:
        core = self._core
        whose = Notice[f"{'ROLE' if core.talk.key_checked else 'OPEN'}_{core.role.name}"]
        found = [Notice.NOT_TRIED, whose, Notice(f"lead {core.dialect.lead}")]
        found += [Notice.RUN_ON, Notice.OUTPUT_NOT_TOLD, Notice.HOST_TIMED, Notice.SHARED_PROGRAM, Notice.ONE_CONTACT, Notice.NO_SCHEDULE]
        found += [Notice.ONE_LOG] if core.role is Role.ADMIN else [Notice.NO_LOG]
        found += [] if core.role in _READERS else [Notice.NO_PROGRAM]
        found += [Notice.NO_AREA] if core.dialect.contact_cm2 is None else []
        found += [Notice.SLOW] if core.talk.short_sessions else []
        found += [Notice.TO_PUT_BACK] if core.journal is not None and core.journal.open else []
        found += [Notice.NOTES_DAMAGED] if self._notes_damaged else []
        return tuple(found)
