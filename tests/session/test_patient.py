"""Whose implant it is: with a patient code, nothing is commanded on an implant with another one's fingerprint before that is settled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rnprog.protocol.messages import REQUESTS
from rnprog.protocol.opcodes import Opcode, RequestClass
from rnprog.session import patient, programs, sweep
from rnprog.session.outcomes import Applied, Outcome, ReasonKind, Refused, StopConfirmed
from rnprog.session.patient import Match
from rnprog.session.session import Session
from rnprog.session.trouble import Trouble
from tests.session.desk import BOTH, Desk, applied

FOREIGN = "emu://?scenario=foreign-program"
SENT = {opcode for opcode, kind in REQUESTS.items() if kind.CLASS is RequestClass.COMMAND} | {Opcode.IMPEDANCE}

COMMANDS: dict[str, Callable[[Session], Outcome[object]]] = {
    "impedance": lambda session: sweep.measure(session, BOTH),
    "activate slot": lambda session: programs.activate(session, programs.read_slot(session, 0), confirmed_by="the test"),
    "schedule": lambda session: programs.enable_schedule(session, False, confirmed_by="the test"),
    "patient fingerprint": lambda session: patient.store(session, "P-017", confirmed_by="the test"),
}


@pytest.mark.parametrize("what", COMMANDS)
def test_nothing_is_commanded_on_another_patients_implant_before_that_is_settled(desk: Desk, what: str) -> None:
    with desk.open(FOREIGN, patient="P-017") as session:
        assert session.whose.match is Match.ANOTHER and session.whose.open
        desk.tape.clear()
        outcome = COMMANDS[what](session)
        assert isinstance(outcome, Refused) and outcome.reasons[0].kind is ReasonKind.IDENTITY
        assert "another patient code than P-017" in outcome.reasons[0].text
        assert not set(desk.tape.opcodes()) & SENT
    assert desk.kinds() == ["open", "close"], "nothing was even intended"


def test_the_end_of_the_serial_number_settles_it_and_is_in_the_record(desk: Desk) -> None:
    with desk.open(FOREIGN, patient="P-017") as session:
        last = session.serial[-4:]
        assert patient.settle(session, last)
        assert not session.whose.open and session.whose.match is Match.ANOTHER
        assert isinstance(sweep.measure(session, BOTH), Applied)
    line = next(line for line in desk.lines() if line["kind"] == "patient")
    assert line["data"] == {"fingerprint": "another", "confirmed_by": f"{last}, typed by the operator"}
    assert desk.kinds().index("patient") < desk.kinds().index("intent")


@pytest.mark.parametrize("typed", ["", "0", "yes", "000", "P-017"])
def test_anything_else_settles_nothing_and_that_is_in_the_record_too(desk: Desk, typed: str) -> None:
    with desk.open(FOREIGN, patient="P-017") as session:
        assert not patient.settle(session, typed)
        assert session.whose.open and isinstance(sweep.measure(session, BOTH), Refused)
    assert [line["data"] for line in desk.lines() if line["kind"] == "patient"] == [{"fingerprint": "another", "confirmed_by": None}]


def test_an_implant_without_a_serial_number_is_not_settled_by_an_empty_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with desk.open(FOREIGN, patient="P-017") as session:
        monkeypatch.setattr(Session, "serial", "")
        assert not patient.settle(session, "")


def test_it_is_settled_once_for_the_appointment_also_after_stop(desk: Desk) -> None:
    with desk.open(FOREIGN, patient="P-017") as session:
        assert patient.settle(session, session.serial[-4:])
        assert isinstance(session.stop("the test"), StopConfirmed)
        session.reopen_link()
        assert isinstance(sweep.measure(session, BOTH), Applied)
    with desk.open(FOREIGN, patient="P-017") as session:
        assert session.whose.open, "the next connection asks anew"


def test_stop_needs_nobody_to_have_settled_it(desk: Desk) -> None:
    with desk.open(FOREIGN, patient="P-017") as session:
        assert isinstance(session.stop("the test"), StopConfirmed)
        session.reopen_link()
        assert session.whose.open and isinstance(sweep.measure(session, BOTH), Refused)


def test_the_same_patient_a_new_implant_and_no_code_need_nothing(desk: Desk) -> None:
    port = "emu://whose?seed=1"
    with desk.open(port, patient="P-017") as session:
        assert session.whose.match is Match.NONE_STORED
        assert isinstance(sweep.measure(session, BOTH), Applied)
        applied(patient.store(session, "P-017", confirmed_by="the test"))
    with desk.open(port, patient="P-017") as session:
        assert session.whose.match is Match.SAME and isinstance(sweep.measure(session, BOTH), Applied)
    with desk.open(port) as session:
        assert session.whose.match is None and isinstance(sweep.measure(session, BOTH), Applied)
    with desk.open(port, patient="P-018") as session:
        assert session.whose.open
    assert desk.kinds() == ["open", "close"]


def test_a_fingerprint_that_does_not_come_back_ends_the_connection_before_there_is_a_record(desk: Desk) -> None:
    silent = ",".join(f"drop-reply=PATIENT_KEY_READ@{number}" for number in range(1, 6))
    with pytest.raises(Trouble), desk.open(f"emu://?scenario=foreign-program&faults={silent}", patient="P-017"):
        pass
    assert not desk.records()
