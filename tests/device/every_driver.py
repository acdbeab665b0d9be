"""A bedside for each driver in the registry, all with the same few actions, so that one suite can ask the same of every device."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from device_emulator.opennerve.firmware import Timing
from rnprog.device.bench import Bench
from rnprog.device.link import Link
from rnprog.device.opennerve.driver import MODEL as OPENNERVE
from rnprog.device.registry import connect
from rnprog.device.rn1.driver import MODEL as RN1
from rnprog.protocol import messages as m
from rnprog.protocol.messages import REQUESTS
from rnprog.protocol.opcodes import Opcode, RequestClass
from rnprog.protocol.opennerve.codes import Op
from rnprog.therapy.contacts import Contact
from rnprog.therapy.envelope import ApprovedProgram
from tests.device.contract import Bedside as Rn1Bed
from tests.device.opennerve.bedside import Bedside as OpenNerveBed
from tests.device.opennerve.table import BLE, FAST, WIRED, device
from tests.device.rig import Tape, Truth, state_of, truth_of

PAIRS = ((Contact.L1, Contact.L2), (Contact.L0, Contact.CASE), (Contact.L3, Contact.L0))


class Bed(ABC):
    """`at`: the driver's own bedside, which makes approvals."""

    at: Any

    @property
    def device(self) -> Any:
        return self.at.device

    @property
    @abstractmethod
    def truth(self) -> Truth: ...

    @property
    @abstractmethod
    def writes(self) -> int:
        """How often what outlives a restart was written."""

    @abstractmethod
    def only_reads(self) -> bool:
        """Whether nothing but reads was sent since the tape was cleared."""

    @abstractmethod
    def program(self) -> ApprovedProgram: ...

    @abstractmethod
    def lose_the_link(self) -> None: ...

    @property
    def tape(self) -> Tape:
        return self.at.tape  # type: ignore[no-any-return]

    def pass_time(self, dt_s: float) -> None:
        self.at.pass_time(dt_s)

    def started(self) -> Any:
        setup = self.at.setup()
        self.device.arm(setup)
        self.device.set_amplitude(self.at.amplitude(setup, "0.5"))
        return setup


class _Rn1Bed(Rn1Bed):
    def begin_measuring(self) -> None:
        self.device.link.write(self.device._exchange.connection.send(m.MeasureImpedance((m.Pair(1, 2),))).data)

    def start_therapy(self) -> None:
        self.device._exchange.ask(m.StartTherapy())


class OfRn1(Bed):
    def __init__(self, link: Link, tape: Tape) -> None:
        self.bench = Bench(link)
        self.at = _Rn1Bed(connect(link), self.bench, tape)

    @property
    def truth(self) -> Truth:
        return truth_of(self.bench)

    @property
    def writes(self) -> int:
        return int(state_of(self.bench)["memory_writes"])

    def only_reads(self) -> bool:
        return {REQUESTS[Opcode(opcode)].CLASS for opcode in self.tape.opcodes()} <= {RequestClass.OPEN, RequestClass.READ}

    def program(self) -> ApprovedProgram:
        approved: ApprovedProgram = self.at.program(0, self.device.stored(0).revision)
        return approved

    def lose_the_link(self) -> None:
        """Nobody speaks to it any more."""


class OfOpenNerve(Bed):
    def __init__(self, timing: Timing) -> None:
        self.at = OpenNerveBed(device(timing, SP13=5.0, HP14=110.0))

    @property
    def truth(self) -> Truth:
        answer: Any = self.at.implant.bench({"cmd": "truth"})
        return Truth(answer["changes"], answer["now_s"])

    @property
    def writes(self) -> int:
        return int(self.at.implant.bench({"cmd": "state"})["memory_writes"])

    def only_reads(self) -> bool:
        reads = {Op.READ_HW, Op.READ_STIM, Op.READ_LOG, Op.READ_TIME, Op.MEASURE_BATTERY}
        return set(self.at.ops()) <= reads

    def program(self) -> ApprovedProgram:
        approved: ApprovedProgram = self.at.program()
        return approved

    def lose_the_link(self) -> None:
        self.at.implant.bench({"cmd": "disconnect"})


@contextmanager
def _rn1() -> Iterator[Bed]:
    tape = Tape()
    link = Link("emu://", trace=tape)
    try:
        yield OfRn1(link, tape)
    finally:
        link.close()


@contextmanager
def _opennerve(timing: Timing) -> Iterator[Bed]:
    bed = OfOpenNerve(timing)
    yield bed
    bed.at.device.link.close()


BEDS = {
    RN1: _rn1,
    f"{OPENNERVE} without timing": lambda: _opennerve(FAST),
    f"{OPENNERVE} over Bluetooth": lambda: _opennerve(BLE),
    f"{OPENNERVE} wired": lambda: _opennerve(WIRED),
}
"""By model, and how it is connected."""
