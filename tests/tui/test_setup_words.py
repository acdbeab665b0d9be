"""The set-up of a side: what ended it is told in the past, and contacts that were measured well are not cautioned against."""

from __future__ import annotations

from pathlib import Path

from rnprog.session.appointment import usable_pairs
from rnprog.session.observers import Stop
from rnprog.session.outcomes import Unknown
from rnprog.session.titrate import Method
from rnprog.session.wording import tui_program, tui_titration
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.tui.screens.side_setup import _ended
from rnprog.tui.screens.titration import TitrationScreen
from tests.session.desk import Desk, faulty, measured, proposal
from tests.session.test_titrate import Person, give, run


def test_a_side_that_stop_ended_says_nothing_about_the_output_of_now(tmp_path: Path) -> None:
    with Desk(tmp_path / "r").open() as session:
        result = run(session, Person(give("0.4"), [Stop("the test")]), Method.MANUAL)
    assert result.stop is not None and "output is off" in result.reason
    assert _ended(result) == tui_titration.ENDED_BY_STOP
    assert "is off" not in _ended(result)


def test_nor_does_one_that_an_unanswered_command_ended(tmp_path: Path) -> None:
    with Desk(tmp_path / "r").open() as session:
        faulty(session, "drop-reply=BURST@1")
        result = run(session, Person(give("0.4"), []), Method.MANUAL)
    assert isinstance(result.problem, Unknown)
    assert _ended(result) == result.problem.words.happened


def test_every_pair_that_was_measured_well_may_be_picked(tmp_path: Path) -> None:
    with Desk(tmp_path / "r").open() as session:
        measured(session)
        near, every = usable_pairs(session, Side.LEFT), usable_pairs(session, Side.LEFT, neighbours=False)
    assert every[: len(near)] == near and len(near) == 6 and len(set(every)) == 12
    assert Electrodes.parse("-L0+L2") in every and Electrodes.parse("-L3+L0") in every
    assert TitrationScreen.SCROLLS == "SideSetup"


def test_the_last_question_names_what_each_side_gets(tmp_path: Path) -> None:
    with Desk(tmp_path / "r").open() as session:
        program = proposal(session).program
    told = tui_program.in_short(program)
    for side in Side:
        part = program.side(side)
        assert (f"{side.label}: NO STIMULATION." if part is None else str(part.electrodes)) in told
