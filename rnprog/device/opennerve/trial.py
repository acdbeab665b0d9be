"""Test stimulation and impedance on a device without a dead-man, a live amplitude or a burst of its own.

HP14 is set to its least before anything can flow. What a test changes is journaled first and put back. Each start is sent once; whatever
ran is stopped by the host, and then the device is asked what it ran with, because it corrects in silence.
"""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

from rnprog.device.api import (
    ApprovedAmplitude,
    ApprovedSetup,
    Beat,
    Contact,
    ImpedanceReading,
    ImpedanceReport,
    Output,
    Side,
    Stopped,
    TestSetup,
)
from rnprog.device.errors import DeviceError, DeviceRefused, NoAnswer, ProtocolMismatch, ReadBackDiffers, Superseded
from rnprog.device.opennerve import log_pages, translate
from rnprog.device.opennerve.core import Core
from rnprog.device.opennerve.journal import Journal
from rnprog.device.opennerve.line import refuse
from rnprog.protocol.errors import PayloadError
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import Op, Role, Status
from rnprog.protocol.opennerve.frames import Request

STAY_AWAKE_S = 4.0
"""An armed device is spoken to this often: with HP14 at 10 s it would fall asleep, which also is what ends a lost link."""


class Trial:
    """See the file's docstring."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def measure(self, pairs: tuple[tuple[Contact, Contact], ...]) -> ImpedanceReport:
        """Measure pairs, in order, at 0.5 mA: SP13 is lowered to it and put back, with the electrodes, whatever happens."""
        core = self._core
        journal = core.ready("MEASURE_IMPEDANCE")
        if core.armed is not None:
            raise refuse("Test stimulation is prepared on this device. End it first, then measure.", "MEASURE_IMPEDANCE")
        numbers = [tuple(translate.number_of(contact, core.dialect) for contact in pair) for pair in pairs]
        try:
            with core.steps("MEASURE_IMPEDANCE"):
                core.settings.change(journal, "SP13", translate.TEST_STEPS)
                found = [self._pair(journal, pair, number) for pair, number in zip(pairs, numbers, strict=True)]
        except Superseded:
            raise  # STOP has the line; what has to be put back stays in the journal until it is over
        except DeviceError:
            with suppress(DeviceError):  # what could not be put back now stays in the journal
                core.put_back()
            raise
        with core.steps("MEASURE_IMPEDANCE", begun=True):
            core.put_back()
        return translate.report(tuple(found))

    def _pair(self, journal: Journal, pair: tuple[Contact, Contact], numbers: tuple[int, ...]) -> ImpedanceReading:
        core = self._core
        for identity, number in zip(("SP09", "SP10"), numbers, strict=True):
            core.settings.change(journal, identity, number)
        request = Request(Op.MEASURE_IMPEDANCE)
        payload = core.talk.change(request)
        core.output = Output.OFF if payload is not None else core.output  # the test ends whatever ran, and then itself
        if payload is None:
            raise NoAnswer("The device did not answer (measure impedance); a test that began ends by itself.", core.pending(request))
        core.did("MEASURE_IMPEDANCE")
        try:
            return translate.reading(*pair, payloads.one_word(payload))
        except PayloadError as error:
            raise ProtocolMismatch(f"The device's impedance cannot be understood: {error}.") from error

    def arm(self, approved: ApprovedSetup) -> TestSetup:
        """Bound the run-on first, then write the set-up with the least amplitude. Nothing flows: there is no start in this."""
        core = self._core
        journal = core.ready("ARM")
        steps = translate.setup_steps(approved.setup, core.dialect)
        with core.steps("ARM"):
            core.settings.change(journal, "HP14", translate.RUN_ON_STEPS)
            for identity, number in {"SP02": translate.PARK_STEPS, **steps}.items():
                core.settings.change(journal, identity, number)
        core.armed, core.setpoint_steps = approved.setup, 0
        core.did("ARM")
        return approved.setup

    def set_amplitude(self, approved: ApprovedAmplitude) -> Decimal:
        """Write the amplitude of the next start; 0 writes nothing and lets nothing start. Refused while something flows."""
        core = self._core
        journal = core.ready("SET_AMPLITUDE")
        if core.armed is None or core.output is Output.TEST_ON:
            text = "The amplitude of this device can be set between bursts only, after the side was prepared. Nothing was sent."
            raise refuse(text, "SET_AMPLITUDE")
        steps = translate.amplitude_steps(approved.amplitude_ma) if approved.amplitude_ma else 0
        if steps:
            highest = core.settings.steps("SP13")
            if steps > highest:
                text = f"The device lowers whatever is above {translate.amplitude(highest)} mA, its highest safe amplitude (SP13)."
                raise refuse(f"{text} Nothing was sent.", "SET_AMPLITUDE")
            with core.steps("SET_AMPLITUDE"):
                core.settings.change(journal, "SP02", steps)
        core.setpoint_steps = steps
        core.did("SET_AMPLITUDE")
        return translate.amplitude(steps)

    def burst(self, sides: tuple[Side, ...], duration_s: Decimal) -> Output:
        """Start, once and never again. The device does not end it: `end_burst` has to be called after `duration_s`."""
        core = self._core
        core.ready("BURST")
        if core.armed is None or sides != (core.armed.side,) or not core.setpoint_steps:
            raise refuse("The side is not prepared with an amplitude above 0 mA. Nothing was started.", "BURST")
        if core.settings.steps("HP14") != translate.RUN_ON_STEPS:
            raise refuse("The bound on running on (HP14) is not set any more. Nothing was started; prepare the side again.", "BURST")
        request = Request(Op.START_MANUAL)
        core.talk.make_room()  # an error up to here: nothing was started
        core.doubt = "burst"  # before the bytes; only an answer takes it away
        try:
            answer = core.talk.once(request)
        except Superseded as dropped:
            if dropped.pending is None:  # it never left
                core.doubt = None
            raise
        if answer is None or answer.status == Status.CRC:
            raise NoAnswer("The device did not answer (start). It is not asked again: it may be stimulating.", core.pending(request))
        core.doubt = None
        if answer.status != Status.OK:
            raise self._not_started(answer.status)
        core.output = Output.TEST_ON
        core.did("START_MANUAL")
        return Output.TEST_ON

    def _not_started(self, status: int) -> DeviceRefused:
        if status == Status.USER_CLASS:
            return refuse("The device had ended the session before the start came. Nothing was started; deliver the burst again.", "BURST")
        return refuse(log_pages.why_no_start(self._core.talk), "BURST")

    def end_burst(self, sides: tuple[Side, ...]) -> Output:
        """End what `burst` has started, then read what it ran with. ReadBackDiffers when the device had corrected it in silence."""
        core = self._core
        if core.output is Output.TEST_ON:
            core.stop_output()
            self._as_it_ran()
        return Output.ARMED if core.output is Output.OFF and core.armed is not None else core.output

    def _as_it_ran(self) -> None:
        core = self._core
        if core.armed is None:
            return
        held = (core.settings.steps("SP02"), core.settings.steps("SP03"))
        wanted = (core.setpoint_steps, translate.setup_steps(core.armed, core.dialect)["SP03"])
        if held != wanted:
            core.setpoint_steps = 0
            read, written = translate.pulse(*held), translate.pulse(*wanted)
            text = f"The device corrected the burst in silence: it ran with {read}, and not with {written}."
            raise ReadBackDiffers(text, written=written, read=read)

    def disarm(self, sides: tuple[Side, ...]) -> Output:
        """End what runs, and put back what the test has changed."""
        core = self._core
        core.ready("DISARM", settled=False)
        if core.output is not Output.OFF:
            core.stop_output()
        core.armed, core.setpoint_steps = None, 0
        with core.steps("DISARM", begun=True):
            core.put_back()
        core.did("DISARM")
        return core.output

    def heartbeat(self) -> Beat:
        """Keep an armed device awake; it is asked only as often as that needs. There is no lease to renew."""
        core = self._core
        if core.armed is not None and core.talk.idle_s > STAY_AWAKE_S:
            core.settings.steps("SP02")
        return Beat(Decimal(0), core.output, self.flowing(), frozenset())

    def flowing(self) -> dict[Side, Decimal]:
        """What flows, as far as it is known."""
        core = self._core
        side = translate.side_of(core.dialect)
        on = core.output is Output.TEST_ON
        return {each: translate.amplitude(core.setpoint_steps) if on and each is side else Decimal(0) for each in Side}

    def stop(self) -> Stopped | None:
        """STOP, ahead of everything; None when it was not acknowledged. What a test changed is put back later (`disarm`, `close`)."""
        core = self._core
        if core.role is not Role.ADMIN:
            raise refuse("Only the Admin's key can stop this device. The magnet does: 3 s over the device, then away.", "STOP")
        was_on = core.output is Output.TEST_ON
        known = core.doubt is None and core.output is not Output.NOT_TOLD  # the device cannot be asked what it did before this connection
        core.over = True
        if not core.talk.stop():
            core.output = Output.NOT_TOLD
            return None
        core.output, core.doubt = Output.OFF, None
        core.armed, core.setpoint_steps = None, 0
        core.link_session += 1
        return Stopped(Output.OFF, (translate.side_of(core.dialect),) if was_on else (), tells_ended=known)
