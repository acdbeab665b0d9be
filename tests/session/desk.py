"""A place to open sessions at, and what a test wants to know about them afterwards: the record, the frames, the ground truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from rnprog.device.api import StoredProgram
from rnprog.protocol.opcodes import Opcode
from rnprog.session import archive, programs, sweep
from rnprog.session.outcomes import Applied, Outcome
from rnprog.session.session import Session
from rnprog.session.stimulation import Delivered, Stimulation
from rnprog.session.wiring import Wish, connected
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.impedance import ImpedanceSweep
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.titration import Answer
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds
from tests.device.rig import Tape, Truth, fault, state_of, truth_of

D = Decimal
BOTH = (Side.LEFT, Side.RIGHT)


class Desk:
    """Opens sessions with records in one directory."""

    def __init__(self, record_dir: Path) -> None:
        self.record_dir = record_dir
        self.tape = Tape()

    def wish(self, port: str = "emu://", **wishes: Any) -> Wish:
        given = {"port": port, "command": "test", "writes": True, "record_dir": self.record_dir, "trace": self.tape, "version": "0"}
        return Wish(**{**given, **wishes})

    @contextmanager
    def open(self, port: str = "emu://", **wishes: Any) -> Iterator[Session]:
        with connected(self.wish(port, **wishes)) as session:
            yield session

    def records(self) -> list[Path]:
        """Oldest first. A name holds whole seconds and a random end: by itself it does not tell which of two quick sessions came first."""
        return archive.records(self.record_dir)[::-1]

    def lines(self) -> list[dict[str, Any]]:
        """The lines of the newest record."""
        return lines_of(self.records()[-1])

    def kinds(self) -> list[str]:
        return [line["kind"] for line in self.lines()]


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(row) for row in path.read_bytes().split(b"\n") if row]


def faulty(session: Session, spec: str) -> None:
    fault(session.bench, spec)


def truth(session: Session) -> Truth:
    return truth_of(session.bench)


def state(session: Session) -> dict[str, Any]:
    return state_of(session.bench)


def applied(outcome: Outcome[Any]) -> Any:
    """The read-back; fails for any other ending."""
    assert isinstance(outcome, Applied), outcome
    return outcome.readback


def measured(session: Session) -> ImpedanceSweep:
    found = applied(sweep.measure(session, BOTH))
    assert isinstance(found, ImpedanceSweep)
    return found


def setup(side: Side = Side.LEFT, **changes: Any) -> TestSetup:
    electrodes = Electrodes.parse("-L1+L2" if side is Side.LEFT else "-R1+R2")
    usual = TestSetup(side, electrodes, Microseconds(D(214)), Hertz(D(20)), Seconds(D(0)), Seconds(D(0)))
    return replace(usual, **changes)


def armed(session: Session, side: Side = Side.LEFT, **changes: Any) -> Stimulation:
    """Measured, armed, titration begun."""
    if session.sweep is None:
        applied(sweep.measure(session, BOTH if session.clock.virtual else (side,)))  # 20 ms a pair are long in real time
    stimulation = Stimulation(session, setup(side, **changes))
    applied(stimulation.arm())
    stimulation.titration = stimulation.titration.begin()
    return stimulation


def give(stimulation: Stimulation, amplitude_ma: str, duration_s: str = "0.3") -> Outcome[Delivered]:
    return stimulation.deliver(ma(amplitude_ma), D(duration_s), confirmed_by="the test")


def given(stimulation: Stimulation, amplitude_ma: str, answer: Answer = Answer.FELT, duration_s: str = "0.3") -> Delivered:
    """A burst that was delivered and answered; the next one may follow."""
    delivered = applied(give(stimulation, amplitude_ma, duration_s))
    assert isinstance(delivered, Delivered) and delivered.alert is None, delivered
    stimulation.answer(answer, by="the test")
    return delivered


def ma(text: str) -> Milliamps:
    return Milliamps(D(text))


def program(**changes: Any) -> Program:
    left = SideProgram(Electrodes.parse("-L1+L2"), ma("1.5"), Microseconds(D(214)))
    right = SideProgram(Electrodes.parse("-R1+R2"), ma("2.0"), Microseconds(D(214)))
    times = (Seconds(D(2)), Seconds(D(2)), Seconds(D(10)), Seconds(D(20)), Minutes(D(30)))
    return replace(Program(left, right, Hertz(D(20)), *times, D(2)), **changes)


def proposal(session: Session, slot: int = 0, **changes: Any) -> programs.Proposal:
    if session.sweep is None:
        measured(session)
    return programs.propose(session, program(**changes), programs.read_slot(session, slot))


def written(session: Session, slot: int = 0, **changes: Any) -> StoredProgram:
    stored = applied(programs.apply(session, proposal(session, slot, **changes), confirmed_by="the test"))
    assert isinstance(stored, StoredProgram)
    return stored


def sent_after(tape: Tape, opcode: Opcode) -> int:
    """How often an opcode was sent."""
    return tape.opcodes().count(opcode)
