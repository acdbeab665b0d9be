"""Titration on the screen: keys, what they send, and what really flowed."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import ContentSwitcher

from rnprog.therapy.titration import Answer
from rnprog.tui.screens.titration import TitrationScreen
from rnprog.tui.titrating import Step
from rnprog.tui.widgets.amplitude import Amplitude
from rnprog.tui.widgets.answers import Answers
from tests.tui.stage import LARGE, Side, Stage, stage

D = Decimal


def bursts(it: Stage) -> int:
    """How often a burst really began."""
    return sum(change["cause"] == "burst" for change in it.changes())


def test_a_burst_needs_its_key_and_its_answer(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            assert it.app.screen.query_one(Amplitude).value == "0.5" and bursts(it) == 0
            await it.press("0", "2", "enter", "space", "g")
            assert bursts(it) == 0, "no other key gives a burst"
            await it.press("f5")
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.ASKED)
            assert bursts(it) == 1 and "What did it do?" in it.text()
            await it.press("f5", "f5")
            assert bursts(it) == 1, "the giving key is not an answering key"
            await it.press("0")
            await it.offered()
            assert it.state.side_of(Side.LEFT).bursts[0].answer is Answer.NONE
            assert it.app.screen.query_one(Amplitude).value == "1.0"

    asyncio.run(scene())


@pytest.mark.parametrize("clock", ["virtual", "wall"])
def test_a_burst_that_the_device_cannot_drive_ends_before_its_time(tmp_path: Path, clock: str) -> None:
    """The heart beats in a thread of its own: what it hears reaches the one that waits for the end of the burst."""

    async def scene() -> None:
        async with stage(tmp_path, f"emu://?clock={clock}&seed=1") as it:
            await it.prepared()
            it.bench(cmd="fault", spec="impedance-jump=40@1")
            await it.press("f5")
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.DONE)
            result = it.state.side_of(Side.LEFT).result
            assert result is not None and result.alert is not None and "could not drive" in result.alert.happened
            assert bursts(it) == 1 and it.changes()[-1]["cause"] == "disarmed" and it.device()["armed_channels"] == 0
            assert it.session.sweep is None and "could not drive the set current" in it.words()

    asyncio.run(scene())


def test_its_place_is_drawn_before_a_side_is_prepared(tmp_path: Path) -> None:
    """The first drawing takes longer than a heartbeat may wait, so it is over when the device is told to prepare."""

    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.measured()
            await it.press("f4")
            found: list[tuple[str | None, bool, bool]] = []
            submit, drawn = it.app.submit, it.app.screen.query_one(Amplitude)

            def told(priority: Any, what: str, task: Any) -> bool:
                found.append((it.app.screen.query_one(ContentSwitcher).current, bool(drawn.size), bool(it.device()["armed_channels"])))
                return submit(priority, what, task)

            it.app.submit = told  # type: ignore[method-assign]
            await it.press("f5")
            await it.offered()
            assert found == [("running", True, False)]

    asyncio.run(scene())


def test_a_key_that_repeats_gives_one_burst(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            await it.strike(*["f5"] * 30)
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.ASKED)
            await it.strike(*["f5"] * 10)
            assert bursts(it) == 1
            await it.strike(*["0"] * 30)
            await it.offered()
            assert bursts(it) == 1 and len(it.state.side_of(Side.LEFT).bursts) == 1

    asyncio.run(scene())


def test_ten_thousand_pasted_signs_change_no_dose(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    times = 10 if request.config.getoption("--soak") else 1

    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            wanted = it.app.screen.wanted_ma if isinstance(it.app.screen, TitrationScreen) else None
            it.app.post_message(events.Paste("0f123exu+-b \n\r" * 770))
            await it.settled()
            await it.pilot.pause(0.05)
            screen = it.app.screen
            assert isinstance(screen, TitrationScreen) and screen.wanted_ma == wanted and bursts(it) == 0
            given = len(it.changes())
            for _ in range(times):  # a thousand of them from a terminal that does not mark what is pasted: each sign is a key
                await it.strike(*("++-0f123exub cklrmphtw\t \r" * 40))
            assert bursts(it) == 0 and len(it.changes()) == given and it.device()["output_state"] == "ARMED"
            assert screen.wanted_ma is not None and screen.wanted_ma <= it.state.side_of(Side.LEFT).offer.highest_allowed_ma

    asyncio.run(scene())


def test_plus_stays_below_what_is_allowed_and_nothing_flows(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            await it.strike(*["+"] * 40)
            screen = it.app.screen
            assert isinstance(screen, TitrationScreen)
            assert screen.wanted_ma == D("0.5")
            await it.press("-", "-")
            assert screen.wanted_ma == D("0.3") and "YOUR CHOICE" in it.text()
            await it.press("f5")
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.ASKED)
            assert (
                max(change["amplitude_ua"] for change in it.changes() if change["channel"] == 0 and change["cause"] != "impedance") <= 300
            )

    asyncio.run(scene())


def test_too_strong_is_two_keys_and_wants_an_agreement(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.asked()
            await it.press("x")
            await it.until(lambda state: state.side_of(Side.LEFT).besides)
            assert "TOO STRONG is noted" in it.words()
            record = it.session.record
            assert record is not None and '"kind":"ceiling"' in record.path.read_text(), "and so it is"
            await it.strike("x", "e", "f", "x")
            assert it.state.side_of(Side.LEFT).besides, "a key that is held says nothing of the muscle"
            await it.press("2")
            await it.offered()
            log = it.state.side_of(Side.LEFT).offer
            assert log is not None and log.titration.log[0].answer is Answer.DISCOMFORT
            assert log.titration.log[0].contraction is Answer.CLEAR
            assert "Go on below 0.4 mA" in it.text()
            await it.press("+", "+", "f5", "f5", "enter")
            assert log.agree is not None and it.state.side_of(Side.LEFT).offer == log, "agreeing has a key of its own"
            await it.press("c")
            await it.until(lambda state: (offer := state.side_of(Side.LEFT).offer) is not None and offer.agree is None)
            assert bursts(it) == 1, "agreeing gives nothing"

    asyncio.run(scene())


def test_the_wrong_place_is_no_contraction(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.asked()
            await it.press("e")
            await it.offered()
            burst = it.state.side_of(Side.LEFT).bursts[0]
            assert burst.elsewhere and burst.answer is Answer.FELT

    asyncio.run(scene())


def test_an_answer_can_be_taken_back_and_a_side_finished(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.asked()
            await it.press("0")
            await it.offered()
            await it.press("b")
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.ASKED)
            await it.press("f")
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.OFFERED)
            offer = it.state.side_of(Side.LEFT).offer
            assert offer is not None and [burst.answer for burst in offer.titration.log] == [Answer.FELT]
            await it.press("f9")
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.DONE and state.busy is None)
            assert it.device()["output_state"] == "OFF" and "NO PROPOSAL" in it.text()

    asyncio.run(scene())


def test_by_touch_and_by_hand(tmp_path: Path) -> None:
    """The method by hand, everything by touch, on a large screen."""

    async def scene() -> None:
        async with stage(tmp_path, size=LARGE) as it:
            await it.measured()
            await it.press("f4", "m", "m")
            await it.pilot.click("#begin")
            await it.offered()
            assert "You choose the amplitude" in it.text()
            await it.press("+")
            await it.pilot.click("#give")
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.ASKED)
            await it.pilot.click(Answers, offset=(3, 1))
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.OFFERED)
            assert it.state.side_of(Side.LEFT).bursts[0].answer is Answer.NONE

    asyncio.run(scene())


def test_contacts_are_picked_by_key_and_judged_by_the_session(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, "emu://?clock=virtual&scenario=left-open") as it:
            await it.measured()
            await it.press("f4")
            assert "does not allow -L1+L2" in it.words()
            await it.press("f5")
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.DONE and state.busy is None)
            assert it.device()["armed_channels"] == 0
            assert "L1" in it.text() and "open" in it.text()
            await it.press("f8", "k", "1", "1", "3")  # L1 was cathode: anode, off; L3 becomes cathode beside the anode L2
            await it.press("f5")
            await it.offered()
            assert it.device()["armed_channels"] == 1

    asyncio.run(scene())
