"""Observers that need no person: for the emulator only, and never guessing."""

from pathlib import Path

import pytest

from rnprog.session.observers import Deliver, Finish, ObserverError, Offer, Scripted, Simulated, Stop
from rnprog.session.session import Session
from rnprog.therapy.ascending import Next
from rnprog.therapy.contacts import Side
from rnprog.therapy.titration import Answer, Titration
from tests.session.desk import armed, give, given, ma


def offer(proposal: str | None = "0.5", allowed: str = "0.5", titration: Titration | None = None) -> Offer:
    wanted = Next(ma(proposal), "because") if proposal else None
    return Offer(Side.LEFT, wanted, ma(allowed), titration or Titration().begin())


def script(tmp_path: Path, session: Session, text: str) -> Scripted:
    path = tmp_path / "answers.txt"
    path.write_text(text)
    return Scripted(path, session.bench)


@pytest.mark.parametrize(
    "text, words",
    [
        ("maybe\n", "Line 1 of the script is not an answer"),
        ("clear\n\n# comment\n1.2mA clear twice\n", "Line 4"),
        ("2500 clear\n", "Line 1"),
        ("1.25mA clear\n", "Line 1"),
        ("-1mA clear\n", "Line 1"),
        ("\x1b[31m\n", "Line 1"),
    ],
)
def test_a_script_that_cannot_be_read_names_its_line(tmp_path: Path, session: Session, text: str, words: str) -> None:
    with pytest.raises(ObserverError, match=words) as error:
        script(tmp_path, session, text)
    assert "\x1b" not in str(error.value)


def test_a_script_that_is_not_there_or_not_text(tmp_path: Path, session: Session) -> None:
    with pytest.raises(ObserverError):
        Scripted(tmp_path / "none", session.bench)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ObserverError):
        Scripted(tmp_path / "binary", session.bench)


def test_a_script_takes_the_proposal_or_its_own_amplitude(tmp_path: Path, session: Session) -> None:
    observer = script(tmp_path, session, "none  # first\n0.7mA felt\n")
    assert observer.choose(offer()) == Deliver(ma("0.5"), "script:answers.txt line 1")
    delivered = given_burst(session)
    assert observer.judge(delivered) is Answer.NONE
    assert observer.choose(offer()) == Deliver(ma("0.7"), "script:answers.txt line 2")
    assert observer.judge(delivered) is Answer.FELT
    assert isinstance(observer.choose(offer()), Finish)


def given_burst(session: Session):  # type: ignore[no-untyped-def]
    return given(armed(session), "0.5")


def test_a_script_without_an_amplitude_where_one_is_needed(tmp_path: Path, session: Session) -> None:
    with pytest.raises(ObserverError, match="names no amplitude"):
        script(tmp_path, session, "clear\n").choose(offer(None))


def test_a_script_can_stop_and_finish(tmp_path: Path, session: Session) -> None:
    observer = script(tmp_path, session, "stop\nfinish\n")
    assert observer.choose(offer()) == Stop("script:answers.txt line 1")
    assert isinstance(observer.choose(offer()), Finish)


def test_the_simulated_observer_asks_the_tissue_and_not_the_device(session: Session) -> None:
    observer = Simulated(session.bench)
    assert observer.choose(offer()) == Deliver(ma("0.5"), "simulated")
    stimulation = armed(session)
    answers = []
    for amplitude in ("0.5", "1.0", "1.5", "2.0", "2.5", "3.0"):
        outcome = give(stimulation, amplitude)
        answers.append(observer.judge(outcome.readback))  # type: ignore[union-attr]
        stimulation.answer(Answer.NONE, by="the test")
        session.wait(0.3)
    assert answers[0] is Answer.NONE
    assert {Answer.CLEAR, Answer.STRONG, Answer.DISCOMFORT} & set(answers)


def test_left_to_itself_the_simulated_observer_goes_one_step_at_a_time(session: Session) -> None:
    observer = Simulated(session.bench)
    assert observer.choose(offer(None)) == Deliver(ma("0.1"), "simulated")
    assert isinstance(observer.choose(offer(None, "0.0")), Finish)
