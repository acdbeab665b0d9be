"""STOP works from every screen, dialog, focus and state, by both keys and by touch, and no keymap takes it away."""

import asyncio
from pathlib import Path

import pytest

from rnprog.session.outcomes import StopConfirmed
from rnprog.tui.keymap import KeymapError, read_keymap
from rnprog.tui.state import Call
from rnprog.tui.titrating import Step
from rnprog.tui.widgets.stop_bar import StopBar
from tests.tui.stage import LARGE, Side, Stage, stage

SCREENS = ("f2", "f3", "f4", "f6", "f7")
KEYED = SCREENS
DIALOGS = (("f2", "f1"), ("f3", "ctrl+p"), ("f4", "f10"), ("f6", "f1"), ("f7", "f5"), ("profiles", "f10"), ("frames", "ctrl+p"))
"""Help, palette, leaving, and closing the record, each over the screens."""


async def stopped(it: Stage) -> None:
    """The device says OFF, nothing is armed, and the screen says so."""
    await it.until(lambda state: state.notice is not None and state.notice.call is Call.REOPEN)
    assert isinstance(it.session.halted, StopConfirmed)
    assert it.device()["output_state"] == "OFF" and it.device()["armed_channels"] == 0
    assert "OUTPUT OFF" in it.text()


@pytest.mark.parametrize("key", ["f12", "ctrl+c"])
def test_while_a_burst_is_offered(tmp_path: Path, key: str) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            assert it.device()["armed_channels"]
            await it.press(key)
            await stopped(it)
            assert it.state.side_of(Side.LEFT).step is Step.DONE

    asyncio.run(scene())


def test_while_an_answer_is_awaited(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.asked()
            await it.press("f12")
            await stopped(it)

    asyncio.run(scene())


def test_during_a_burst_in_real_time(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, "emu://?clock=wall&seed=1") as it:
            await it.prepared()
            for _ in range(5):  # a busy computer may come too late for a burst of two seconds
                await it.press("f5")
                await it.until(lambda state: state.side_of(Side.LEFT).step in (Step.GIVING, Step.ASKED))
                await it.press("ctrl+c")
                await stopped(it)
                if it.changes()[-1]["cause"] == "stop":
                    break
                await it.press("f8")
                await it.until(lambda state: state.ready)
                await it.prepared()
            assert it.changes()[-1]["cause"] == "stop", it.changes()[-1]

    asyncio.run(scene())


@pytest.mark.soak
def test_from_every_screen_and_over_every_dialog(tmp_path: Path) -> None:
    """Help, palette and the question before leaving lie on top of every screen, and STOP below each of them."""

    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            stops = 0
            places = [*((screen, None) for screen in (*SCREENS, "profiles", "frames")), *DIALOGS]
            for screen, dialog in places:
                if screen in KEYED:
                    await it.press(screen)
                else:
                    it.app.go(screen)
                await it.settled()
                await it.press(*([dialog] if dialog else []))
                await it.settled()
                assert len(it.app.screen_stack) == (3 if dialog else 2), (screen, dialog)
                bar = it.app.screen.query_one(StopBar)
                assert bar.region.bottom == it.app.size.height and bar.region.size == (it.app.size.width, 3), (screen, dialog)
                await it.press("f12" if stops % 2 else "ctrl+c")
                await stopped(it)
                stops += 1
                await it.press(*(["escape"] if dialog else []), "f8")
                await it.until(lambda state: state.notice is None and state.busy is None)
            assert stops == len(places)
            record = it.session.record
            assert record is not None
            assert record.path.read_text().count('"kind":"stop"') == stops

    asyncio.run(scene())


def test_with_the_focus_in_a_field(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            await it.press("f7", "tab")
            await it.press("a", "b")
            await it.press("ctrl+c")
            await stopped(it)

    asyncio.run(scene())


def test_by_touching_the_bar_anywhere(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, size=LARGE) as it:
            await it.titrating()
            await it.pilot.click(StopBar, offset=(3, 2))
            await stopped(it)

    asyncio.run(scene())


def test_said_by_another_process(tmp_path: Path) -> None:
    """The stop socket ends in the same place: the screen tells it."""

    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.connected()
            session = it.session
            await asyncio.to_thread(session.stop, "another process asked for it")
            await stopped(it)

    asyncio.run(scene())


def test_no_keymap_takes_it(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            for taken in ({"stop": "f9"}, {"main": "f11,ctrl+c,f12"}, {"help": "f12"}):
                with pytest.raises(KeymapError, match="took a key from STOP"):
                    it.app.set_keymap(taken)
            it.app.set_keymap({"main": "f11"})
            await it.press("f12")
            await stopped(it)

    asyncio.run(scene())
    path = tmp_path / "keys.toml"
    path.write_text('[keys]\nstop = "f9"\n')
    with pytest.raises(KeymapError, match="STOP keeps its keys"):
        read_keymap(path)


def test_without_a_device_it_says_that_nothing_was_sent(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, None) as it:
            await it.press("f12")
            await it.until(lambda state: state.notice is not None)
            assert "STOP WAS NOT SENT" in it.text()

    asyncio.run(scene())


def test_a_refused_stop_is_an_alarm_and_is_said_again_until_it_is_confirmed(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            it.bench(cmd="fault", spec="nak-stop")
            await it.press("f12")
            await it.until(lambda state: state.notice is not None and state.notice.call is Call.STOP_AGAIN)
            assert "OUTPUT UNKNOWN: TREAT AS ON" in it.text() and "ALARM" in it.text()
            it.bench(cmd="fault", spec="")
            await stopped(it)

    asyncio.run(scene())


def test_going_on_after_it_starts_from_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.asked()
            await it.press("f12")
            await stopped(it)
            await it.press("f5")
            await it.pilot.pause(0.05)
            assert it.device()["armed_channels"] == 0, "nothing begins before the device was read again"
            await it.press("f8")
            await it.until(lambda state: state.notice is None and state.busy is None)
            assert it.state.sweep is None and "Measure the leads first" in it.text()

    asyncio.run(scene())
