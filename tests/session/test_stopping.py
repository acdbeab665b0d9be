"""What is told when STOP, an interruption or a lost answer cuts across something else: never more than is known, and never less."""

from __future__ import annotations

import os
import threading

import pytest

from rnprog.session import programs, sweep
from rnprog.session.outcomes import Applied, Differs, Refused, StopConfirmed, StopNotConfirmed, Unknown
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.stopping import Halted
from rnprog.session.titrate import Method, Plan, titrate
from rnprog.session.trouble import Trouble
from rnprog.therapy.contacts import Side
from rnprog.therapy.envelope import ApprovedAmplitude
from tests.device.rig import state_of
from tests.session.desk import BOTH, D, Desk, applied, armed, faulty, given, ma, measured, proposal, setup, state, truth
from tests.session.test_titrate import Person, give


class Pressed(KeyboardInterrupt):
    """Ctrl-C."""


def press_once(session: Session, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The next call of a device command is carried out, and Ctrl-C comes before its answer is taken."""
    device = session.device
    whole = getattr(device, name)

    def cut(*given: object) -> object:
        monkeypatch.setattr(device, name, whole)
        whole(*given)
        raise Pressed

    monkeypatch.setattr(device, name, cut)


def test_a_stop_that_is_interrupted_is_recorded_as_not_confirmed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Pressed), desk.open() as session:
        armed(session)
        press_once(session, monkeypatch, "stop")
        session.stop("the test")
    stops = [line["data"] for line in desk.lines() if line["kind"] == "stop"]
    assert stops[0]["confirmed"] is False
    assert desk.lines()[-1]["data"]["output_left"] == "unknown"


@pytest.mark.parametrize("command", ["write", "activate"])
def test_ctrl_c_in_a_program_command_tells_what_is_stored_now(desk: Desk, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    with desk.open() as session:
        stored = programs.apply(session, proposal(session, slot=1), confirmed_by="the test")
        assert isinstance(stored, Applied)
        press_once(session, monkeypatch, command)
        with pytest.raises(Pressed):
            if command == "write":
                programs.apply(session, proposal(session, slot=2), confirmed_by="the test")
            else:
                programs.activate(session, stored.readback, confirmed_by="the test")
        stop = session.stop("interrupted")
    assert isinstance(stop, StopConfirmed)
    told = {"write": "slot 2 now holds revision 1, and the implant runs no program", "activate": "the implant runs slot 1"}
    assert told[command] in stop.words.happened
    during = [line["data"]["during"] for line in desk.lines() if line["kind"] == "stop"]
    assert during[0] == {"write": "write program", "activate": "activate slot"}[command]


def test_ctrl_c_waits_for_no_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between Ctrl-C and STOP nothing is written: a disk that fails in that moment neither delays STOP nor hides the Ctrl-C."""
    with pytest.raises(Pressed), desk.open() as session:
        stimulation = armed(session)
        whole = session.device.set_amplitude

        def cut(*given: object) -> object:
            whole(*given)  # type: ignore[arg-type]
            monkeypatch.setattr(os, "fsync", failing)
            raise Pressed

        monkeypatch.setattr(session.device, "set_amplitude", cut)
        bench = session.bench
        try:
            stimulation.deliver(ma("0.5"), D(1), confirmed_by="the test")
        except Pressed:
            assert isinstance(session.stop("interrupted"), StopConfirmed)
            assert state_of(bench)["armed_channels"] == 0
            raise


def failing(handle: int) -> None:
    raise OSError(5, "Input/output error")


def test_a_cable_pulled_in_a_commit_does_not_say_that_nothing_was_changed(session: Session) -> None:
    ready = proposal(session)
    faulty(session, "unplug=COMMIT@1")
    outcome = programs.apply(session, ready, confirmed_by="the test")
    assert isinstance(outcome, Unknown)
    assert "(write program) was carried out is not known" in outcome.words.stimulation
    assert "not changed" not in outcome.words.stimulation and "program show" in outcome.words.now


@pytest.mark.parametrize("fault", ["no-effect=SET_AMPLITUDE@1", "no-effect=BURST@1"])
def test_what_never_flowed_is_not_noted_as_given(session: Session, fault: str) -> None:
    measured(session)
    faulty(session, fault)
    result = titrate(session, Plan(setup(), Method.MANUAL, D(1)), Person(give("0.5")), lambda burst: None)
    assert isinstance(result.problem, Differs) and isinstance(result.stop, StopConfirmed)
    assert result.titration.log == ()
    assert result.problem.words.stimulation == result.stop.words.stimulation
    assert state(session)["armed_channels"] == 0 and truth(session).off


def test_a_schedule_that_was_not_enabled_is_not_called_enabled(session: Session) -> None:
    faulty(session, "no-effect=SCHEDULE_SET@1")
    assert isinstance(programs.enable_schedule(session, True, confirmed_by="the test"), Differs)


def test_a_lost_answer_in_a_titration_ends_with_what_stop_found_out(session: Session) -> None:
    measured(session)
    faulty(session, "drop-reply=SET_AMPLITUDE@1")
    result = titrate(session, Plan(setup(), Method.MANUAL, D(1)), Person(give("0.5")), lambda burst: None)
    assert isinstance(result.problem, Unknown) and isinstance(result.stop, StopConfirmed)
    assert "The output is off" in result.problem.words.stimulation
    assert "may be on" not in str(result.problem.words)


def test_a_stop_that_is_not_confirmed_leaves_the_alarm_in_the_words(session: Session) -> None:
    measured(session)
    faulty(session, "unplug=SET_AMPLITUDE@1")
    result = titrate(session, Plan(setup(), Method.MANUAL, D(1)), Person(give("0.5")), lambda burst: None)
    assert isinstance(result.stop, StopNotConfirmed) and isinstance(result.problem, Unknown)
    assert "within 1 s" in result.problem.words.stimulation


def test_a_device_without_a_lease_needs_consent(desk: Desk) -> None:
    with desk.open("emu://?faults=no-lease") as session:
        measured(session)
        refused = Stimulation(session, setup()).arm()
        assert isinstance(refused, Refused) and "it may go on for 60 s" in refused.reasons[0].text
        assert "ARM" not in {opcode.name for opcode in desk.tape.opcodes()}
    with desk.open("emu://?faults=no-lease", run_on_accepted=True) as session:
        measured(session)
        assert isinstance(Stimulation(session, setup()).arm(), Applied)


def test_a_measurement_that_might_be_felt_is_not_made(desk: Desk) -> None:
    with desk.open("emu://?faults=strong-impedance=1500") as session:
        refused = sweep.measure(session, BOTH)
        assert isinstance(refused, Refused) and "1.5 mA" in refused.reasons[0].text
        assert "IMPEDANCE" not in {opcode.name for opcode in desk.tape.opcodes()}


def test_a_command_that_stop_from_elsewhere_overtakes_ends_in_that_stop(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as something unknown: whoever said STOP has read the device, and what it found holds."""
    stimulation = armed(session)
    whole = session.device.set_amplitude

    def overtaken(*given: object) -> object:
        visitor = threading.Thread(target=session.stop, args=("another process asked for it",))
        visitor.start()
        visitor.join(10)
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(session.device, "set_amplitude", overtaken)
    with pytest.raises(Halted, match="The output is off"):
        stimulation.deliver(ma("0.5"), D(1), confirmed_by="the test")
    assert session.pending is None and state(session)["armed_channels"] == 0
    assert truth(session).peaks_ua(0) == []


def test_a_limit_that_was_met_asks_for_a_new_measurement(session: Session) -> None:
    stimulation = armed(session)
    faulty(session, "impedance-jump=200@1")
    delivered = applied(stimulation.deliver(ma("0.5"), D(1), confirmed_by="the test"))
    assert delivered.alert is not None and "Measure the leads again: `rnprog impedance`" in delivered.alert.now
    assert state(session)["armed_channels"] == 0
    faulty(session, "")
    again = Stimulation(session, setup()).arm()
    assert isinstance(again, Refused) and "impedance" in again.reasons[0].text
    measured(session)
    assert isinstance(Stimulation(session, setup()).arm(), Applied)


def test_who_waits_for_a_stop_is_told_before_it_is_recorded(session: Session, desk: Desk) -> None:
    armed(session)
    seen: list[tuple[bool, list[str]]] = []
    outcome = session.stop("another process asked for it", lambda told: seen.append((isinstance(told, StopConfirmed), desk.kinds())))
    assert isinstance(outcome, StopConfirmed)
    (confirmed, kinds), *more = seen
    assert confirmed and "stop" not in kinds and not more
    assert desk.kinds()[-1] == "stop"


def test_a_device_that_restarted_within_a_burst_is_told_so(session: Session) -> None:
    """D2 of the fault list: that the output is off is not all there is to say."""
    stimulation = armed(session)
    faulty(session, "reset-after=0.1")
    with pytest.raises((Halted, Trouble), match="The device has restarted by itself") as told:
        stimulation.deliver(ma("0.5"), D("0.15"), confirmed_by="the test")
    assert "The output is off" in str(told.value)


def test_another_programmer_that_connected_at_the_end_of_a_burst_is_told(session: Session) -> None:
    stimulation = armed(session)
    faulty(session, "other-host=STATUS@3")
    with pytest.raises((Halted, Trouble), match="Another programmer has connected"):
        stimulation.deliver(ma("0.5"), D("0.15"), confirmed_by="the test")


def test_a_stop_without_any_such_thing_says_nothing_of_it(session: Session) -> None:
    given(armed(session), "0.5")
    first, second = session.stop("the test"), session.stop("again")
    assert isinstance(first, StopConfirmed) and isinstance(second, StopConfirmed)
    assert (first.found, second.found) == ("", "")
    session.reopen_link()
    third = session.stop("once more")
    assert isinstance(third, StopConfirmed) and third.found == ""


def test_another_device_is_told_by_serial_number_and_not_by_its_number_on_the_wire(session: Session) -> None:
    measured(session)
    faulty(session, "serial-change@1")
    with pytest.raises(Trouble, match=f"Another device answers on this port, and not {session.serial}; whose it is was not read") as told:
        session.status()
        session.status()
    assert "id " not in str(told.value)


def test_after_a_lost_contact_the_cable_comes_first_and_after_a_restart_it_does_not(session: Session) -> None:
    stimulation = armed(session)
    faulty(session, "drop-reply=HEARTBEAT@1")
    with pytest.raises(Trouble) as lost:
        stimulation.deliver(ma("0.5"), D(2), confirmed_by="the test")
    assert lost.value.words.now.startswith("Check the cable") and "start again from 0 mA" in lost.value.words.now
    session.reopen_link()
    stimulation = armed(session)
    faulty(session, "reset=HEARTBEAT@1")
    with pytest.raises(Trouble) as restarted:
        stimulation.deliver(ma("0.5"), D(2), confirmed_by="the test")
    assert "cable" not in restarted.value.words.now


def test_a_command_that_was_not_answered_names_the_cable_and_the_command_that_reads(session: Session) -> None:
    faulty(session, "drop-reply=IMPEDANCE@1")
    ended = sweep.measure(session, BOTH)
    assert isinstance(ended, Unknown) and "Check the cable" in ended.words.now and "rnprog status" in ended.words.now


@pytest.mark.parametrize("flowing", [False, True], ids=["prepared", "flowing"])
def test_off_is_not_believed_from_the_answer_alone(session: Session, flowing: bool) -> None:
    """The device says OFF and does nothing, as a late copy of an earlier answer to STOP would: what it says when it is read counts."""
    stimulation = armed(session)
    if flowing:
        applied(stimulation.set_to(approved(stimulation), "the test"))
        session.device.burst((Side.LEFT,), D(2))
    faulty(session, "no-effect=STOP@1")
    outcome = session.stop("the test")
    assert state(session)["armed_channels"] == 1, "else it shows nothing"
    assert isinstance(outcome, StopNotConfirmed) and "the device answered, but says that its output is" in outcome.words.happened
    assert isinstance(session.stop("once more"), StopConfirmed)


def approved(stimulation: Stimulation) -> ApprovedAmplitude:
    found = stimulation.approve(ma("0.4"), D(2))
    assert isinstance(found, ApprovedAmplitude)
    return found
