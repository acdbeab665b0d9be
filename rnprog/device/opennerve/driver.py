"""OpenNerve's driver: each promise of `Stimulator` as far as the device can keep it, with guards where it cannot.

It has no dead-man: HP14 is set to its least before anything can flow, and a heartbeat keeps the device from falling asleep meanwhile. It
has one set of parameters for tests and for the stored program: what a test changes is journaled first and put back. It cannot tell its
output: what is known of it is what it acknowledged. It has no live amplitude and times no burst: `end_burst` does.
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
    CommandTrace,
    Contact,
    DeviceFlag,
    DeviceStatus,
    FramePreview,
    Identity,
    ImpedanceReading,
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
from rnprog.device.errors import DeviceError, DeviceRefused, NoAnswer, ProtocolMismatch, ReadBackDiffers, Superseded
from rnprog.device.link import Link
from rnprog.device.opennerve import log_pages, translate
from rnprog.device.opennerve.conversation import Conversation
from rnprog.device.opennerve.dialect import Dialect
from rnprog.device.opennerve.journal import Journal
from rnprog.device.opennerve.key import Key
from rnprog.device.opennerve.settings import Settings, refuse
from rnprog.protocol.errors import PayloadError
from rnprog.protocol.fields import printable
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import Op, Role, Status
from rnprog.protocol.opennerve.frames import Request, encode_request
from rnprog.protocol.opennerve.parameters import SETTINGS

STAY_AWAKE_S = 4.0
"""An armed device is spoken to this often: at HP14 = 10 s it would fall asleep, which also is what ends a lost link."""
_LOW_MV = 3_300
_ENDED_MV = 3_200
"""HP26 and HP27 as they leave the factory: below, the battery is low, or at its end."""
UNTOLD = "not told to this key"


class OpenNerve:
    """A connected OpenNerve. Made by `device.registry.connect`; making it authenticates and reads, and changes nothing."""

    def __init__(self, link: Link, key: Key | None, dialect: Dialect) -> None:
        self.link = link
        self._dialect = dialect
        self._talk = Conversation(link, key)
        self._settings = Settings(self._talk)
        self.role = self._talk.authenticate()
        admin = self.role is Role.ADMIN
        self.identity = self._identity() if admin else _nameless()
        highest = self._settings.steps("SP13") if self.role in (Role.ADMIN, Role.CLINICIAN) else translate.TEST_STEPS
        self.capabilities = translate.capabilities(dialect, self.role, highest)
        self._journal = Journal(self.identity.serial) if admin else None
        self._link_session, self._over = 1, False
        self._armed: TestSetup | None = None
        self._setpoint_steps: int | None = None
        self._output = Output.NOT_TOLD
        self._doubt: str | None = None
        """The command that may have started something and was not answered; None: there is none."""
        self._commands = 0
        self._last = CommandTrace(0, "none", "done")
        self._log: list[bytes] = []
        self.notices = self._notices()

    # reading

    def status(self) -> DeviceStatus:
        """A read that shows that the device is there, and what is known of it. NoAnswer while a start is in doubt: the device cannot tell."""
        if self._doubt is not None:
            raise NoAnswer(f"Whether the device carried out '{self._doubt}' cannot be read from it. Say STOP: that settles it.")
        held = self._settings.steps("SP02") if self.capabilities.has_program_store else None
        side, zero = translate.side_of(self._dialect), Decimal(0)
        setpoint = translate.amplitude(self._setpoint_steps) if self._setpoint_steps else zero
        flowing = setpoint if self._output is Output.TEST_ON else zero
        flags = {DeviceFlag.TO_PUT_BACK} if self._journal is not None and self._journal.open and self._armed is None else set()
        return DeviceStatus(
            output=self._output,
            armed=(side,) if self._armed is not None else (),
            setpoint_ma={each: setpoint if each is side else zero for each in Side},
            output_ma={each: flowing if each is side else zero for each in Side},
            lease_remaining_s=zero,
            flags=frozenset(flags),
            active_slot=None if held is None else 0,
            active_crc=None,
            active_revision=None,
            schedule_enabled=False,
            dropped_events=0,
            uptime_s=None,
            boot_count=0,
            link_session=self._link_session,
            last_command=self._last,
        )

    def battery(self) -> Battery:
        """Both cells' voltage, the lower one; an Admin's key is needed, and without one nothing is known. The device knows no percentage."""
        if self.role is not Role.ADMIN:
            return Battery(None, None, charging=False, low=False, end_of_service=False)
        try:
            cells = payloads.two_words(self._talk.read(Request(Op.MEASURE_BATTERY)))
        except PayloadError as error:
            raise ProtocolMismatch(f"The device's answer about its battery cannot be understood: {error}.") from error
        lowest_mv = min(cells)
        volts = Decimal(lowest_mv) / 1000
        return Battery(volts, None, charging=False, low=lowest_mv <= _LOW_MV, end_of_service=lowest_mv <= _ENDED_MV)

    def patient_key_hash(self) -> bytes | None:
        """It has no patient key of rnprog's kind."""
        return None

    def stored(self, slot: int) -> StoredProgram:
        """The parameters as a program. They are the only one, and always the active one."""
        self._slot(slot)
        held = self._held()
        crc = translate.fingerprint(held)
        try:
            return StoredProgram(0, translate.program(held, self._dialect), crc, 0, True)
        except ProtocolMismatch as error:
            return StoredProgram(0, None, crc, 0, True, str(error))

    def read_log(self, log: str, cursor: int) -> LogPage:
        """Entries of the one log, walked from the first on; `therapy` and `impedance` are in it too. Slow: one entry a read."""
        if log != "events":
            return LogPage((), cursor, 0, 0)
        return log_pages.page(self._talk, self._log, cursor)

    def line_health(self) -> LineHealth:
        """Counters of this end of the line."""
        seen = self._talk.counters
        return LineHealth(seen.noise_frames, seen.noise_bytes, seen.stray_frames, seen.repeated_reads, 0)

    # impedance

    def measure(self, pairs: tuple[tuple[Contact, Contact], ...]) -> ImpedanceReport:
        """Measure pairs, in order, at 0.5 mA: SP13 is lowered to it and put back, with the electrodes, whatever happens."""
        journal = self._ready("MEASURE_IMPEDANCE")
        if self._armed is not None:
            raise refuse("Test stimulation is prepared on this device. End it first, then measure.", "MEASURE_IMPEDANCE")
        numbers = [(translate.number_of(a, self._dialect), translate.number_of(b, self._dialect)) for a, b in pairs]
        try:
            self._settings.change(journal, "SP13", translate.TEST_STEPS)
            found = [self._pair(journal, pair, number) for pair, number in zip(pairs, numbers, strict=True)]
        except DeviceError:
            with suppress(DeviceError):  # what could not be put back now stays in the journal
                self._put_back()
            raise
        self._put_back()
        test_ma, test_us = self.capabilities.impedance_test_ma, self.capabilities.impedance_test_us
        return ImpedanceReport(test_ma, test_us, tuple(found))

    def _pair(self, journal: Journal, pair: tuple[Contact, Contact], numbers: tuple[int, int]) -> ImpedanceReading:
        for identity, number in zip(("SP09", "SP10"), numbers, strict=True):
            if self._settings.steps(identity) != number:
                self._settings.change(journal, identity, number)
        request = Request(Op.MEASURE_IMPEDANCE)
        payload = self._talk.change(request)
        if payload is None:
            raise NoAnswer("The device did not answer (measure impedance); the measurement ends by itself.", self._pending(request))
        self._did(request)
        try:
            return translate.reading(*pair, payloads.one_word(payload))
        except PayloadError as error:
            raise ProtocolMismatch(f"The device's impedance cannot be understood: {error}.") from error

    # test stimulation

    def arm(self, approved: ApprovedSetup) -> TestSetup:
        """Bound the run-on first, then write the set-up with the least amplitude. Nothing flows: there is no start in this."""
        journal = self._ready("ARM")
        steps = translate.setup_steps(approved.setup, self._dialect)
        self._settings.change(journal, "HP14", translate.RUN_ON_STEPS)
        for identity, number in {"SP02": translate.PARK_STEPS, **steps}.items():
            self._settings.change(journal, identity, number)
        self._armed, self._setpoint_steps = approved.setup, 0
        self._trace("ARM")
        return approved.setup

    def set_amplitude(self, approved: ApprovedAmplitude) -> Decimal:
        """Write the amplitude of the next start; 0 writes nothing and lets nothing start. Refused while something flows."""
        journal = self._ready("SET_AMPLITUDE")
        if self._armed is None or self._output is Output.TEST_ON:
            text = "The amplitude of this device can be set between bursts only, after the side was prepared. Nothing was sent."
            raise refuse(text, "SET_AMPLITUDE")
        if approved.amplitude_ma == 0:
            self._setpoint_steps = 0
            return Decimal(0)
        steps = translate.amplitude_steps(approved.amplitude_ma)
        if steps > (highest := self._highest()):
            raise refuse(
                f"The device lowers to {translate.amplitude(highest)} mA whatever is above (its setting SP13). Nothing was sent.", "SET"
            )
        self._settings.change(journal, "SP02", steps)
        self._setpoint_steps = steps
        self._trace("SET_AMPLITUDE")
        return translate.amplitude(steps)

    def _highest(self) -> int:
        return self._settings.steps("SP13")

    def burst(self, sides: tuple[Side, ...], duration_s: Decimal) -> Output:
        """Start, once and never again. The device does not end it: `end_burst` has to be called after `duration_s`."""
        self._ready("BURST")
        if self._armed is None or sides != (self._armed.side,) or not self._setpoint_steps:
            raise refuse("The side is not prepared with an amplitude above 0 mA. Nothing was started.", "BURST")
        if self._settings.steps("HP14") != translate.RUN_ON_STEPS:
            raise refuse("The bound on running on (HP14) is not set any more. Nothing was started; prepare the side again.", "BURST")
        request = Request(Op.START_MANUAL)
        self._doubt = "burst"  # before the bytes; only an answer takes it away
        answer = self._talk.once(request)
        if answer is None or answer.status == Status.CRC:
            raise NoAnswer("The device did not answer (start). It is not asked again: it may be stimulating.", self._pending(request))
        self._doubt = None
        if answer.status != Status.OK:
            raise self._start_refused(answer.status)
        self._output = Output.TEST_ON
        self._did(request)
        return Output.TEST_ON

    def _start_refused(self, status: int) -> DeviceRefused:
        if status == Status.USER_CLASS:
            return refuse("The device had ended the session before the start came. Nothing was started; deliver the burst again.", "BURST")
        return refuse(log_pages.why_no_start(self._talk), "BURST")

    def end_burst(self, sides: tuple[Side, ...]) -> Output:
        """End what `burst` has started, then read what it ran with. ReadBackDiffers when the device had corrected it in silence."""
        if self._output is Output.TEST_ON:
            self._stop_output()
            steps, width = self._settings.steps("SP02"), self._settings.steps("SP03")
            wanted = translate.setup_steps(self._armed, self._dialect)["SP03"] if self._armed is not None else width
            if (steps, width) != (self._setpoint_steps, wanted):
                read = f"{translate.amplitude(steps)} mA, {width * 50} us"
                written = f"{translate.amplitude(self._setpoint_steps or 0)} mA, {wanted * 50} us"
                self._setpoint_steps = 0
                text = f"The device corrected the burst by itself: it ran with {read} and not with {written}."
                raise ReadBackDiffers(text, written=written, read=read)
        return self._output

    def disarm(self, sides: tuple[Side, ...]) -> Output:
        """End what runs, and put back what the test has changed."""
        self._ready("DISARM", settled=False)
        if self._output is not Output.OFF:
            self._stop_output()
        self._armed, self._setpoint_steps = None, None
        self._put_back()
        self._trace("DISARM")
        return self._output

    def heartbeat(self) -> Beat:
        """Keep an armed device awake; it is asked only as often as that needs. There is no lease to renew."""
        if self._armed is not None and self._output is not Output.TEST_ON and self._talk.idle_s > STAY_AWAKE_S:
            self._settings.steps("SP02")
        side, zero = translate.side_of(self._dialect), Decimal(0)
        flowing = translate.amplitude(self._setpoint_steps or 0) if self._output is Output.TEST_ON else zero
        return Beat(zero, self._output, {each: flowing if each is side else zero for each in Side}, frozenset())

    def stop(self) -> Stopped | None:
        """STOP, ahead of everything; None when it was not acknowledged. What a test changed is put back later (`disarm`, `close`)."""
        was_on = self._output is Output.TEST_ON or self._doubt is not None
        self._over = True
        if not self._talk.stop():
            self._output = Output.NOT_TOLD
            return None
        ended = (self._armed.side,) if was_on and self._armed is not None else ()
        self._output, self._doubt = Output.OFF, None
        self._armed, self._setpoint_steps = None, None
        self._link_session += 1
        return Stopped(Output.OFF, ended)

    def resume_link(self) -> None:
        """Begin anew after STOP. Reads only."""
        self._talk.authenticate()
        self._over = False

    # the program

    def write(self, approved: ApprovedProgram) -> StoredProgram:
        """Write what differs, the amplitude parked first and written last, each read back. ReadBackDiffers when it then holds another."""
        self._slot(approved.slot)
        if self.role is Role.ADMIN:
            self._ready("WRITE_PROGRAM")
        held = self._held()
        wanted = translate.program_steps(approved.program, self._dialect, held["start"])
        if wanted["SP02"] > (highest := self._highest()):
            raise refuse(f"The device would lower the amplitude to {translate.amplitude(highest)} mA at the start (SP13).", "WRITE_PROGRAM")
        names = self._names()
        changes = [identity for identity in translate.PROGRAM if held[identity] != wanted[identity]]
        if [*changes, *([names["stop"]] if held["stop"] != wanted["stop"] else [])] not in ([], ["SP02"]):
            self._settings.write("SP02", translate.PARK_STEPS)  # cut off in between, it holds the least amplitude
            changes = [*[identity for identity in changes if identity != "SP02"], "SP02"]
        if held["stop"] != wanted["stop"]:
            self._settings.write(names["stop"], wanted["stop"])
        for identity in changes:
            self._settings.write(identity, wanted[identity])
        self._trace("WRITE_PROGRAM")
        found = self.stored(0)
        if found.program != approved.program:
            text = "The device holds something else than what was written."
            raise ReadBackDiffers(text, written=str(approved.program), read=f"{found.program} {found.problem or ''}")
        return found

    def activate(self, stored: StoredProgram) -> StoredProgram:
        """There is one program and it is always the active one: this only reads it. DeviceRefused when it is not the one that was read."""
        found = self.stored(stored.slot)
        if found.crc != stored.crc:
            raise refuse("The program is not the one that was read: read it again and look at the difference.", "ACTIVATE")
        return found

    def set_schedule(self, enabled: bool) -> bool:
        """Disarm the device's schedule. DeviceRefused for arming it: it is forgotten at a restart, and maybe at the next self-test."""
        if enabled:
            text = "This device's daily schedule is not relied on: it forgets it when it restarts, and perhaps after each hour. Nothing was sent."
            raise refuse(text, "SCHEDULE_SET")
        if self._talk.change(Request(Op.END_SCHEDULED)) is None:
            raise NoAnswer("The device did not answer (end schedule).", self._pending(Request(Op.END_SCHEDULED)))
        return False

    def preview(self, program: Program, slot: int, base_revision: int) -> tuple[FramePreview, ...]:
        """The frames that would write all of a program. Sends nothing but a read of where its session begins."""
        held = self._held()
        steps = translate.program_steps(program, self._dialect, held["start"])
        named = {self._names()["stop"]: steps["stop"], **{identity: steps[identity] for identity in translate.PROGRAM}}
        return tuple(
            FramePreview("WRITE_STIM", {"id": identity, "steps": str(number)}, encode_request(payloads.write(identity, number)).hex())
            for identity, number in named.items()
        )

    def close(self) -> None:
        """End what runs and put back what a test has changed, as far as the device still answers; then close the port."""
        if self.link.lost is None and self._journal is not None and (self._armed is not None or (self._journal.open and self._over)):
            with suppress(DeviceError):  # the journal keeps what could not be put back
                if self._output is not Output.OFF:
                    self._stop_output()
                self._put_back()
        self.link.close()

    # what they share

    def _ready(self, command: str, *, settled: bool = True) -> Journal:
        """Before anything is changed: an Admin, a link session, nothing in doubt, and what an earlier run left is put back."""
        if self._journal is None:
            raise refuse(f"This needs the Admin's key ({command.replace('_', ' ').lower()}). Nothing was sent.", command)
        if self._over:
            raise Superseded("The link session is over; nothing was sent. Open the link again first.")
        if settled and self._doubt is not None:
            raise NoAnswer("Whether an earlier start was carried out is not known. Say STOP first.")
        if self._journal.open and self._armed is None:
            self._put_back()
        return self._journal

    def _put_back(self) -> None:
        if self._journal is None:
            return
        foreign = self._settings.put_back(self._journal)
        if foreign:
            text = f"Not put back, because the device holds values that rnprog did not write: {', '.join(foreign)}. Look at them."
            raise ReadBackDiffers(text, written="the values before the test", read="others")

    def _stop_output(self) -> None:
        if not self._talk.stop():
            self._output = Output.NOT_TOLD
            raise NoAnswer("The device did not acknowledge the stop.", self._pending(Request(Op.STOP_MANUAL)))
        self._output, self._doubt = Output.OFF, None

    def _held(self) -> dict[str, int]:
        """Everything a program is made of, in steps; the session's times as `start` and `stop`."""
        held = {identity: self._settings.steps(identity) for identity in translate.PROGRAM}
        return {**held, **{name: self._settings.steps(identity) for name, identity in self._names().items()}}

    def _names(self) -> dict[str, str]:
        number = self._settings.steps("SP01")
        if not 1 <= number <= 6:
            raise ProtocolMismatch(f"The device uses session {number}; it has 1 to 6.")
        return {"start": f"ST{number}1", "stop": f"ST{number}2"}

    @staticmethod
    def _slot(slot: int) -> None:
        if slot != 0:
            raise refuse(f"This device has one program, in slot 0; there is no slot {slot}.", "SLOT", "SLOT")

    def _pending(self, request: Request):  # type: ignore[no-untyped-def]
        return self._talk.pending(request, self._link_session)

    def _did(self, request: Request) -> None:
        self._trace(Op(request.op).name)

    def _trace(self, command: str) -> None:
        self._last = CommandTrace(self._talk.sent, command, "done")

    def _identity(self) -> Identity:
        serial, firmware = (printable(self._settings.text(name).rstrip(b"\x00")) for name in ("HP01", "HP05"))
        return Identity(translate.MODEL, serial or "without a serial number", firmware, 0, 0, claims_emulator=False, protocol_known=True)

    def _notices(self) -> tuple[Notice, ...]:
        found = [Notice.NOT_TRIED, Notice.NOT_AFFILIATED, Notice(f"role {self.role.name.lower()}"), Notice(f"lead {self._dialect.lead}")]
        found += [Notice.RUN_ON, Notice.OUTPUT_NOT_TOLD, Notice.HOST_TIMED, Notice.SHARED_PROGRAM, Notice.ONE_CONTACT, Notice.NO_SCHEDULE]
        found += [Notice.NO_AREA] if self._dialect.contact_cm2 is None else []
        found += [Notice.SLOW] if self._talk.short_sessions else []
        found += [Notice.TO_PUT_BACK] if self._journal is not None and self._journal.open else []
        return tuple(found)


def _nameless() -> Identity:
    return Identity(translate.MODEL, UNTOLD, UNTOLD, 0, 0, claims_emulator=False, protocol_known=True)


def run_on_now_s(settings: Settings) -> int:
    """HP14 as it stands, in s."""
    return SETTINGS["HP14"].value(settings.steps("HP14")) // 1000
