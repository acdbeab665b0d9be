"""The set-up of a side: what ended it is told in the past, and contacts that were measured well are not cautioned against."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from rnprog.session.appointment import usable_pairs
from rnprog.session.observers import Stop
from rnprog.session.outcomes import Unknown
from rnprog.session.titrate import Method
from rnprog.session.wording import tui_program, tui_titration
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.tui.screens.side_setup import SideSetup, how_it_ended
from tests.session.desk import Desk, faulty, measured, proposal
from tests.session.test_titrate import Person, give, run
from tests.tui import scenes


def test_a_side_that_stop_ended_says_nothing_about_the_output_of_now(tmp_path: Path) -> None:
    with Desk(tmp_path / "r").open() as session:
        result = run(session, Person(give("0.4"), [Stop("the test")]), Method.MANUAL)
    assert result.stop is not None and "output is off" in result.reason
    assert how_it_ended(result) == tui_titration.ENDED_BY_STOP
    assert "is off" not in how_it_ended(result)


def test_nor_does_one_that_an_unanswered_command_ended(tmp_path: Path) -> None:
    with Desk(tmp_path / "r").open() as session:
        faulty(session, "drop-reply=BURST@1")
        result = run(session, Person(give("0.4"), []), Method.MANUAL)
    assert isinstance(result.problem, Unknown)
    assert how_it_ended(result) == result.problem.words.happened


def test_every_pair_that_was_measured_well_may_be_picked(tmp_path: Path) -> None:
    with Desk(tmp_path / "r").open() as session:
        measured(session)
        near, every = usable_pairs(session, Side.LEFT), usable_pairs(session, Side.LEFT, neighbours=False)
    assert every[: len(near)] == near and len(near) == 6 and len(set(every)) == 12
    assert Electrodes.parse("-L0+L2") in every and Electrodes.parse("-L3+L0") in every


def test_a_page_key_shows_what_lies_below_the_set_up() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=(80, 16)) as pilot:  # or a longer result
            await scenes.show(running, pilot, scenes.measured(), "titration")
            setup = running.screen.query_one(SideSetup)
            assert setup.max_scroll_y > 0, "else there is nothing to reach"
            await pilot.press("pagedown")
            await pilot.pause()
            assert setup.scroll_y == setup.max_scroll_y

    asyncio.run(scene())


def test_the_last_question_names_what_each_side_gets(tmp_path: Path) -> None:
    with Desk(tmp_path / "r").open() as session:
        program = proposal(session).program
    assert program.left is not None and program.right is not None
    told = tui_program.in_short(replace(program, right=None))
    assert told == f"Left: {AMPLITUDE.show(program.left.amplitude_ma)} on {program.left.electrodes}. Right: NO STIMULATION."
    assert str(program.right.electrodes) in tui_program.in_short(program)
