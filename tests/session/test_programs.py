"""Writing the program the implant runs by itself: looked at first, never over a change, and only what reads back is written."""

from decimal import Decimal

import pytest

from rnprog.protocol.messages import REQUESTS
from rnprog.protocol.opcodes import Opcode, RequestClass
from rnprog.session import programs
from rnprog.session.outcomes import Applied, ReasonKind, Refused, Unknown
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.therapy.envelope import PatientLimits
from rnprog.therapy.units import Hertz
from tests.device.rig import rigged
from tests.session.desk import Desk, applied, armed, faulty, ma, measured, program, proposal, setup, truth, written

D = Decimal
COMMANDS = {opcode for opcode, kind in REQUESTS.items() if kind.CLASS is RequestClass.COMMAND}


def test_proposing_and_looking_send_nothing(session: Session, desk: Desk) -> None:
    base = programs.read_slot(session, 0)
    measured(session)
    desk.tape.clear()
    made = programs.propose(session, program(), base)
    previews = programs.preview(session, made)
    programs.approve(session, made)
    assert not desk.tape.entries
    assert not isinstance(previews, Refused)
    assert [preview.command for preview in previews] == ["STAGE", "VALIDATE", "COMMIT"]
    assert made.review.violations == ()


def test_a_written_program_is_what_reads_back(session: Session, desk: Desk) -> None:
    made = proposal(session)
    stored = applied(programs.apply(session, made, confirmed_by="RN1-E0000000"))
    assert stored.program == made.program and stored.revision == made.base.revision + 1
    outcome = desk.lines()[-1]["data"]
    assert outcome["program"] == made.program.as_dict() and outcome["revision"] == stored.revision
    intent = next(line["data"] for line in desk.lines() if line["data"].get("what") == "write program")
    assert (intent["digest"], intent["confirmed_by"]) == (made.program.digest(), "RN1-E0000000")


def test_a_second_proposal_shows_what_changes(session: Session) -> None:
    written(session)
    again = proposal(session, rate_hz=Hertz(D(30)))
    assert [change.path for change in again.changes] == ["rate_hz"]
    assert proposal(session).changes == ()


def test_over_a_slot_that_changed_since_it_was_read_nothing_is_written(session: Session, desk: Desk) -> None:
    old = proposal(session, rate_hz=Hertz(D(30)))
    held = written(session)
    desk.tape.clear()
    refused = programs.apply(session, old, confirmed_by="the test")
    assert isinstance(refused, Refused) and refused.reasons[0].kind is ReasonKind.STALE
    assert not set(desk.tape.opcodes()) & COMMANDS
    assert programs.read_slot(session, 0) == held


def test_a_slot_that_changes_between_the_look_and_the_commit_is_refused_by_the_device(session: Session) -> None:
    made = proposal(session)
    approved = programs.approve(session, made)
    assert not isinstance(approved, Refused)
    held = written(session, rate_hz=Hertz(D(30)))
    outcome = session.command("write program", {}, lambda: session.device.write(approved), programs.stored_data)
    assert isinstance(outcome, Refused) and outcome.reasons[0].kind is ReasonKind.DEVICE
    assert programs.read_slot(session, 0) == held


def test_while_a_side_is_armed_no_program_is_written(session: Session) -> None:
    armed(session)
    refused = programs.apply(session, proposal(session), confirmed_by="the test")
    assert isinstance(refused, Refused) and "Test stimulation is prepared" in refused.reasons[0].text


@pytest.mark.parametrize("changes", [{"rate_hz": Hertz(D("50.1"))}, {"sessions_per_day": D(7)}, {"on_s": D("0.5")}])
def test_a_program_outside_the_bounds_is_refused_with_every_reason(session: Session, desk: Desk, changes: dict[str, Decimal]) -> None:
    made = proposal(session, **changes)
    desk.tape.clear()
    refused = programs.apply(session, made, confirmed_by="the test")
    assert isinstance(refused, Refused) and {reason.kind for reason in refused.reasons} == {ReasonKind.ENVELOPE}
    assert all(reason.text and reason.bound for reason in refused.reasons)
    assert not desk.tape.entries
    assert isinstance(programs.preview(session, made), Refused)


def test_the_patients_own_limit_holds(desk: Desk) -> None:
    with desk.open(limits=PatientLimits(left_max_ma=ma("1.0"))) as session:
        refused = programs.apply(session, proposal(session), confirmed_by="the test")
        assert isinstance(refused, Refused) and refused.reasons[0].side == "left"


def test_without_a_fresh_impedance_no_program_is_written(session: Session) -> None:
    made = programs.propose(session, program(), programs.read_slot(session, 0))
    refused = programs.apply(session, made, confirmed_by="the test")
    assert isinstance(refused, Refused) and "impedance" in refused.reasons[0].text.lower()


def test_activating_and_scheduling_read_back(session: Session) -> None:
    stored = written(session, 2)
    active = applied(programs.activate(session, stored, confirmed_by="the test"))
    assert active.active and session.status().active_slot == 2
    assert applied(programs.enable_schedule(session, True, confirmed_by="the test")) is True
    assert session.status().schedule_enabled
    assert not truth(session).bursts()


def test_a_device_without_room_in_its_memory_says_so(session: Session) -> None:
    made = proposal(session)
    session.bench.ask({"cmd": "flags", "set": {"memory_failing": True}})
    outcome = programs.apply(session, made, confirmed_by="the test")
    assert isinstance(outcome, Refused | Unknown), outcome
    session.bench.ask({"cmd": "flags", "set": {"memory_failing": False}})
    assert programs.read_slot(session, 0).program is None


@pytest.mark.parametrize("cut", range(1, 9))
def test_after_a_power_cut_in_a_write_the_slot_holds_the_old_or_the_new_program_and_the_tool_says_which(desk: Desk, cut: int) -> None:
    with desk.open("emu://") as session:
        old = written(session)
        new = proposal(session, rate_hz=Hertz(D(30)))
        faulty(session, f"power-cut@{cut}")
        outcome = programs.apply(session, new, confirmed_by="the test")
        faulty(session, "")
        if isinstance(outcome, Unknown):
            session.resolve()
            session.reopen_link()
        held = programs.read_slot(session, 0)
        assert held.program in (old.program, new.program) and held.problem is None
        if isinstance(outcome, Applied):
            assert held.program == new.program
        if isinstance(outcome, Refused):
            assert held.program == old.program


def test_a_damaged_reading_of_a_slot_is_repeated_and_a_silent_one_is_trouble(session: Session) -> None:
    written(session)
    faulty(session, "corrupt-reply=SLOT_READ@1")
    assert programs.read_slot(session, 0).program == program()


def test_a_program_survives_to_the_next_session(desk: Desk) -> None:
    with desk.open("emu://bob") as session:
        stored = written(session, 1)
    with desk.open("emu://bob") as session:
        assert programs.read_slot(session, 1) == stored
    first, second = (path.read_bytes().splitlines() for path in desk.records()[:2])
    assert first[0] != second[0]


def test_nothing_about_a_program_arms_or_delivers(session: Session) -> None:
    before = len(truth(session).changes)
    measured(session)
    measuring = len(truth(session).changes)
    stored = written(session)
    applied(programs.activate(session, stored, confirmed_by="the test"))
    assert len(truth(session).changes) == measuring > before
    applied(Stimulation(session, setup()).arm())
    with rigged() as other:
        assert other.device.stored(0).program is None
    assert Opcode.COMMIT in COMMANDS
