"""What the attacks of line and device found, each as a test of its own. (A closing line that cannot be written: test_record.py.)"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rnprog.session.outcomes import Differs, Refused, StopConfirmed, StopNotConfirmed, Unknown
from rnprog.session.resolve import Settled
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.stopping import Halted
from rnprog.therapy.contacts import Side
from rnprog.therapy.titration import Answer
from tests.attacks import sessions
from tests.session.desk import Desk, applied, armed, faulty, give, given, measured, setup, state, truth


@pytest.fixture
def desk(own_place: Path) -> Desk:
    return Desk(own_place / "r")


@pytest.fixture
def session(desk: Desk) -> Iterator[Session]:
    with desk.open() as opened:
        yield opened


def test_a_line_that_doubles_the_opening_of_a_link_does_not_end_the_appointment(desk: Desk) -> None:
    with desk.open("emu://?faults=duplicate-request=LINK_OPEN@1") as session:
        given(armed(session), "0.5")


def test_nor_when_the_link_is_opened_anew_after_stop(session: Session) -> None:
    session.stop("the test")
    faulty(session, "duplicate-request=LINK_OPEN@1")
    session.reopen_link()
    measured(session)
    given(armed(session), "0.5")


@pytest.mark.parametrize("opcode", ["SET_AMPLITUDE", "BURST"])
def test_another_device_answers_after_the_command_was_sent_and_that_is_not_called_refused(session: Session, opcode: str) -> None:
    stimulation = armed(session)
    faulty(session, f"serial-change={opcode}@1")
    ending = give(stimulation, "0.5")
    assert isinstance(ending, Unknown) and ending.pending is not None
    assert ending.pending.command == opcode
    assert "Another device answers" in ending.words.happened
    assert isinstance(give(stimulation, "0.5"), Refused)


def test_a_side_whose_arming_another_device_answers_is_stopped_on_the_way_out(desk: Desk) -> None:
    with desk.open() as session:
        measured(session)
        faulty(session, "serial-change=ARM@1")
        assert isinstance(Stimulation(session, setup()).arm(), Unknown)
        assert session.armed == {Side.LEFT}
    assert isinstance(session.halted, StopNotConfirmed)
    assert [line["data"]["confirmed"] for line in desk.lines() if line["kind"] == "stop"] == [False]


def test_on_a_slow_line_a_rise_waits_from_when_current_flowed(session: Session) -> None:
    stimulation = armed(session)
    faulty(session, "drop-reply=STATUS@1")  # the set-point is read back only the second time, 0.25 s later
    given(stimulation, "0.3", duration_s="0.1")
    assert isinstance(give(stimulation, "0.6", "0.1"), Refused)
    session.wait(0.25)
    applied(give(stimulation, "0.6", "0.1"))
    first, second = truth(session).bursts(0)
    assert second["t_s"] - first["t_s"] >= 0.25


@pytest.mark.parametrize("reads", ["STATUS", "ARM", "BURST", "DISARM"])
def test_a_read_back_that_makes_no_sense_leaves_the_command_open_and_blocks_the_next(session: Session, reads: str) -> None:
    measured(session)
    stimulation = Stimulation(session, setup())
    faulty(session, f"wild-telemetry={reads}@1")
    endings = [stimulation.arm()]
    stimulation.titration = stimulation.titration.begin()
    if not isinstance(endings[-1], Unknown):
        endings += [give(stimulation, "0.5")]
    if not isinstance(endings[-1], Unknown | Differs):
        stimulation.answer(Answer.NONE, by="the test")
        endings += [stimulation.disarm()]
    assert isinstance(endings[-1], Unknown | Differs), endings
    if isinstance(endings[-1], Unknown):
        assert session.pending is not None
        assert isinstance(Stimulation(session, setup(Side.RIGHT)).arm(), Refused)


def test_a_burst_that_is_over_before_it_could_be_read_back_is_believed_only_if_the_device_says_so(session: Session) -> None:
    stimulation = armed(session)
    faulty(session, "no-effect=BURST@1,drop-reply=STATUS@2")  # answered as done, and read back only when it would be over
    assert isinstance(give(stimulation, "0.5", "0.1"), Differs)
    assert not truth(session).bursts()


def test_a_short_burst_on_a_slow_line_is_believed_when_the_device_says_that_it_is_over(session: Session) -> None:
    stimulation = armed(session)
    faulty(session, "drop-reply=STATUS@2")
    given(stimulation, "0.5", duration_s="0.1")
    assert len(truth(session).bursts()) == 1


def test_nothing_rises_while_a_burst_that_was_settled_afterwards_still_flows(session: Session) -> None:
    stimulation = armed(session)
    faulty(session, "late-reply=BURST@1")
    assert isinstance(give(stimulation, "0.1", "2"), Unknown)
    resolution = session.resolve()
    assert resolution is not None and resolution.settled is Settled.CARRIED_OUT
    refused = give(stimulation, "0.4", "2")
    assert isinstance(refused, Refused) and "starts from 0 mA" in refused.reasons[0].text
    session.wait(2)
    applied(stimulation.disarm())
    applied(stimulation.arm())
    given(stimulation, "0.4", duration_s="0.1")
    assert list(truth(session).peaks_ua(0)) == [100.0, 400.0]


def test_a_link_session_that_ended_and_a_side_that_stays_prepared_are_no_end(session: Session) -> None:
    """STOP is answered and moves the link session, and nothing else: a look after it finds the side prepared, and stops once more."""
    stimulation = armed(session)
    faulty(session, "drop-reply=SET_AMPLITUDE@1,no-effect=STOP@1")
    assert isinstance(give(stimulation, "0.5"), Unknown)
    assert isinstance(session.stop("the test"), StopNotConfirmed)
    with pytest.raises(Halted) as halted:
        session.resolve()
    assert isinstance(halted.value.outcome, StopConfirmed) and session.pending is None
    assert state(session)["output_state"] == "OFF" and state(session)["armed_channels"] == 0


@pytest.mark.parametrize("number", [39190, 10800, 9361, 97479, 6706, 20212, 39549, 67411, 74386])
def test_sessions_that_were_found_are_sound_now(number: int) -> None:
    """A refused arming that was counted as one (twice); a burst paired with a command of the same moment that did nothing; a rise; an end
    that a link session's end was taken for (five)."""
    assert sessions.case(number)
