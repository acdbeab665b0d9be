"""The set-up of a side: what ended it is told in the past, and contacts that were measured well are not cautioned against."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from rnprog.session.appointment import usable_pairs
from rnprog.session.archive import lines
from rnprog.session.observers import Stop
from rnprog.session.outcomes import Unknown
from rnprog.session.titrate import Method
from rnprog.session.wording import tui_program, tui_titration
from rnprog.therapy.capabilities import Range
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.tui import samples
from rnprog.tui.choosing import Choosing
from rnprog.tui.screens.side_setup import SideSetup, how_it_ended
from rnprog.tui.titrating import Step
from rnprog.tui.widgets.thresholds import threshold_table
from tests.session.desk import Desk, faulty, measured, proposal
from tests.session.test_titrate import Person, give, run
from tests.tui import scenes
from tests.tui.stage import stage


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


def test_how_a_contraction_is_confirmed_and_the_pulse_width_are_chosen_before_a_side(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.measured()
            await it.press("f4")
            assert "214 us 20.0 Hz 2 s by palpation" in it.words()
            await it.press("h", "h", "w")
            assert "300 us 20.0 Hz 2 s by ultrasound" in it.words()
            await it.press("r")
            assert "214 us" in it.words(), "a width is one side's"
            await it.press("l", "m", "m", "f5")
            await it.offered()
            plan = it.state.side_of(Side.LEFT).plan
            assert plan is not None and (plan.method, plan.how_confirmed) == (Method.MANUAL, "ultrasound")
            assert it.device()["armed_channels"] == 1, "the device took it"
            assert it.session.record is not None
            noted = {key: value for line in lines(it.session.record.path) for key, value in line["data"].items()}
            assert (noted["pulse_width_us"], noted["confirmed_by_means_of"]) == ("300", "ultrasound")

    asyncio.run(scene())


def test_the_pulse_width_goes_round_what_is_offered_and_the_device_can_give() -> None:
    chosen, narrow = Choosing(), replace(samples.capabilities(), pulse_width_us=Range(Decimal(150), Decimal(300), Decimal(1)))
    seen = []
    for _ in range(6):
        chosen.longer()
        seen.append(chosen.setup().pulse_width_us)
    assert seen == [300, 400, 100, 150, 214, 300]
    chosen.follow(replace(scenes.measured(), capabilities=narrow))
    chosen.longer()
    assert chosen.setup().pulse_width_us == 150, "after the longest that this device can give, the shortest"


def test_a_stop_in_a_burst_says_at_once_what_it_costs(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, size=(100, 30)) as it:
            await it.asked()
            given = it.state.side_of(Side.LEFT).delivered
            assert given is not None
            await it.press("f12")
            await it.until(lambda state: state.side_of(Side.LEFT).last is not None)
            assert "LIMIT OF TODAY" in it.words()
            told = f"{AMPLITUDE.show(given.amplitude_ma)} was stopped before anybody could say what it did: today nothing"
            assert told in it.words() and "Other electrodes start without this limit." in it.words()

    asyncio.run(scene())


def test_what_was_seen_stays_in_the_table_when_a_side_is_finished_early(tmp_path: Path) -> None:
    """`contracts` once was what had been seen, then an estimate, and after F9 nothing."""

    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            while (now := it.state.side_of(Side.LEFT)).offer is None or now.offer.titration.thresholds().motor_ma is None:
                await it.press("f5")
                await it.until(lambda state: state.side_of(Side.LEFT).step is Step.ASKED)
                delivered = it.state.side_of(Side.LEFT).delivered
                assert delivered is not None
                await it.press(it.answer(delivered))
                await it.until(lambda state: state.side_of(Side.LEFT).step is Step.OFFERED)
            before = threshold_table(it.state).plain
            await it.press("f9")
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.DONE)
            assert threshold_table(it.state).plain == before

    asyncio.run(scene())


def test_the_last_question_names_what_each_side_gets(tmp_path: Path) -> None:
    with Desk(tmp_path / "r").open() as session:
        program = proposal(session).program
    assert program.left is not None and program.right is not None
    told = tui_program.in_short(replace(program, right=None))
    assert told == f"Left: {AMPLITUDE.show(program.left.amplitude_ma)} on {program.left.electrodes}. Right: NO STIMULATION."
    assert str(program.right.electrodes) in tui_program.in_short(program)
