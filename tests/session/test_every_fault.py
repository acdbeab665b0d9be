"""Each fault switch of the emulator, met in the middle of an appointment and while connecting: what the programmer then claims is true."""

from __future__ import annotations

import pytest

from device_emulator.faults import FAULTS
from rnprog.session.appointment import Report, run
from rnprog.session.audit import audit
from rnprog.session.session import Session
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble
from tests.device.rig import truth_of
from tests.session.desk import Desk, faulty, measured, state
from tests.session.test_appointment import TEMPLATE, Guide

EXAMPLES = [pytest.param(fault.example, id=fault.name) for fault in FAULTS.values()]


@pytest.mark.parametrize("spec", EXAMPLES)
def test_in_the_middle_of_an_appointment(desk: Desk, spec: str) -> None:
    flowed, armed_at_end = None, None
    try:
        with desk.open() as session:
            bench = session.bench
            measured(session)
            faulty(session, spec)
            try:
                report = run(session, TEMPLATE, Guide())
                bench.ask({"cmd": "fault", "spec": ""})
                if report.unfinished is None:
                    _holds_what_is_claimed(session, report)
            finally:
                bench.ask({"cmd": "fault", "spec": ""})
                bench.ask({"cmd": "advance", "seconds": 3})
                flowed, armed_at_end = truth_of(bench), state(session)["armed_channels"]
    except (Trouble, Halted) as ending:
        assert str(ending).endswith(".")
    assert armed_at_end == 0
    assert flowed is not None and (flowed.off or spec == "therapy-running")  # a therapy session is the implant's own and goes on
    assert audit(desk.records()[-1]).good


def _holds_what_is_claimed(session: Session, report: Report) -> None:
    """An appointment that calls itself finished left exactly what it says in the implant."""
    status = session.status()
    assert report.stored is not None and report.schedule_enabled
    assert (status.active_slot, status.active_crc) == (report.stored.slot, report.stored.crc)
    assert status.schedule_enabled


@pytest.mark.parametrize("spec", EXAMPLES)
def test_while_connecting(desk: Desk, spec: str) -> None:
    """A session, or a sentence; never anything else, and nothing is written to the device."""
    try:
        with desk.open(f"emu://?faults={spec}") as session:
            assert session.serial
            session.status()
    except Trouble as trouble:
        assert trouble.words.happened.endswith(".") and trouble.words.now
    assert not {opcode.name for opcode in desk.tape.opcodes()} - {"IDENTIFY", "LINK_OPEN", "CAPABILITIES", "STATUS", "STOP"}
