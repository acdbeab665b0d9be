"""A connected OpenNerve with the envelope's approvals, for tests of its driver."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from device_emulator.opennerve.device import OpenNerveDevice
from rnprog.device.opennerve.dialect import Dialect
from rnprog.device.opennerve.driver import OpenNerve
from rnprog.device.opennerve.key import Key
from rnprog.protocol.opennerve.codes import Op, Role
from rnprog.therapy.contacts import Contact, Electrodes, Side
from rnprog.therapy.envelope import ApprovedAmplitude, ApprovedProgram, ApprovedSetup, Ladder, SafetyEnvelope, TestSetup
from rnprog.therapy.impedance import ImpedanceSweep
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds
from tests.device.opennerve.table import KEYS, link_to, sent
from tests.device.rig import Tape

D = Decimal
PAIR = (Contact.L1, Contact.L2)
STATED = Dialect(contact_cm2=D("0.1225"), case_cm2=D(10))


class Bedside:
    """`device`: the driver; `implant`: what is behind it."""

    def __init__(self, implant: OpenNerveDevice, role: Role = Role.ADMIN, dialect: Dialect = STATED) -> None:
        self.implant, self.tape = implant, Tape()
        self.device: Any = OpenNerve(link_to(implant, self.tape), Key(KEYS[role]), dialect)
        self.envelope = SafetyEnvelope(self.device.capabilities)
        self.sweep: ImpedanceSweep | None = None

    @property
    def here(self) -> dict[str, Any]:
        return {"serial": self.device.identity.serial, "link_session": self.device.status().link_session, "now_ms": 1_000}

    @property
    def held(self) -> dict[str, int]:
        """Every parameter as the device has it."""
        return dict(self.implant.bench({"cmd": "state"})["parameters"])  # type: ignore[call-overload]

    @property
    def on(self) -> bool:
        return bool(self.implant.bench({"cmd": "state"})["stimulating"])

    def measure(self) -> ImpedanceSweep:
        report = self.device.measure((PAIR,))
        self.sweep = ImpedanceSweep(report.readings, self.device.identity.serial, self.here["link_session"], 500)
        return self.sweep

    def setup(self, electrodes: str = "-L1+L2") -> ApprovedSetup:
        wanted = TestSetup(Side.LEFT, Electrodes.parse(electrodes), Microseconds(D(200)), Hertz(D(20)), Seconds(D(0)), Seconds(D(0)))
        approved = self.envelope.approve_setup(wanted, self.sweep or self.measure(), **self.here)
        assert isinstance(approved, ApprovedSetup), approved
        return approved

    def amplitude(self, setup: ApprovedSetup, amplitude_ma: str, last_ma: str = "0") -> ApprovedAmplitude:
        ladder = Ladder(Milliamps(D(last_ma)), Milliamps(D(last_ma)))
        approved = self.envelope.approve_amplitude(setup, Milliamps(D(amplitude_ma)), ladder, self.sweep, **self.here)
        assert isinstance(approved, ApprovedAmplitude), approved
        return approved

    def program(self, amplitude_ma: str = "1.5", electrodes: str = "-L1+L2", minutes: int = 30) -> ApprovedProgram:
        part = SideProgram(Electrodes.parse(electrodes), Milliamps(D(amplitude_ma)), Microseconds(D(200)))
        times = (Seconds(D(2)), Seconds(D(2)), Seconds(D(10)), Seconds(D(20)), Minutes(D(minutes)))
        program = Program(part, None, Hertz(D(20)), *times, D(0))
        approved = self.envelope.approve(program, slot=0, base_revision=0, sweep=self.sweep or self.measure(), **self.here)
        assert isinstance(approved, ApprovedProgram), approved
        return approved

    def armed(self, amplitude_ma: str = "0.5", last_ma: str = "0") -> ApprovedSetup:
        setup = self.setup()
        self.device.arm(setup)
        self.device.set_amplitude(self.amplitude(setup, amplitude_ma, last_ma))
        return setup

    def started(self, amplitude_ma: str = "0.5") -> None:
        self.armed(amplitude_ma)
        self.device.burst((Side.LEFT,), D(2))

    def ops(self) -> list[Op]:
        return [Op(request.op) for request in sent(self.tape)]

    def pass_time(self, dt_s: float) -> None:
        self.device.link.clock.sleep(dt_s)
