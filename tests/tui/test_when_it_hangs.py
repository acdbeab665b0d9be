"""What the device does when the screen does not answer any more, and what the screen shows when the device does not."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events

from rnprog.tui.state import Phase, Weight
from rnprog.tui.titrating import Step
from rnprog.tui.widgets.stop_bar import StopBar
from tests.tui.stage import Side, stage

WALL = "emu://?clock=wall&seed=1"


def test_a_loop_that_hangs_lets_the_lease_run_out(tmp_path: Path) -> None:
    """The loop is blocked while a side is prepared: the link thread goes on, and no heartbeat is sent for it."""

    async def scene() -> None:
        async with stage(tmp_path, WALL) as it:
            await it.prepared()
            began_s = time.monotonic()
            while it.device()["output_state"] != "OFF" and time.monotonic() < began_s + 5:
                pass  # this holds the loop: no pulse, no key, no drawing
            took_s = time.monotonic() - began_s
            assert it.device()["output_state"] == "OFF"
            assert took_s <= 1.3, f"off {took_s:.2f} s after the loop began to hang"
            assert took_s >= 0.5, "a heartbeat is worth 0.8 s, so it was not ended by something else"
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.DONE and state.notice is not None)
            await it.until(lambda state: state.busy is None)
            await it.pilot.pause(0.3)  # whoever tells of that STOP once more does not hide its cause
            assert "OUTPUT OFF" in it.text() and "by itself" in it.words() and "nothing was running" not in it.words()
            assert it.state.notice is not None and it.state.notice.weight is Weight.CAUTION

    asyncio.run(scene())


def test_a_loop_that_hangs_ends_a_burst_before_its_time(tmp_path: Path) -> None:
    """A burst lasts 2 s and a heartbeat is worth 0.8 s. A busy machine may see the burst too late for that: then it is another's turn."""

    async def scene() -> None:
        async with stage(tmp_path, WALL) as it:
            await it.prepared()
            for _ in range(5):
                began_s = time.monotonic()
                it.app.post_message(events.Key("f5", None))  # a pilot would wait until the processor is idle
                while it.device()["output_state"] != "TEST_ON" and time.monotonic() < began_s + 5:
                    await it.pilot.pause(0)
                seen_s = time.monotonic()
                while it.device()["output_state"] == "TEST_ON" and time.monotonic() < seen_s + 5:
                    pass
                took_s, output_state = time.monotonic() - seen_s, it.device()["output_state"]
                if output_state == "OFF":
                    break
                await it.until(lambda state: state.side_of(Side.LEFT).step is Step.ASKED)
                await it.press("0")
                await it.offered()
            assert output_state == "OFF" and took_s <= 1.3
            assert "lease" in it.changes()[-1]["cause"], "and not at its end, which comes after 2 s"

    asyncio.run(scene())


def test_a_loop_that_lives_keeps_the_side_prepared(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, WALL) as it:
            await it.prepared()
            beats = []
            until_s = time.monotonic() + 1.6  # twice the lease
            while it.device()["output_state"] == "ARMED" and time.monotonic() < until_s:
                beats.append(it.session.heart.last)
                await it.pilot.pause(0.02)
            assert len({id(beat) for beat in beats if beat is not None}) >= 2, "the loop's pulse lets the heart beat"

    asyncio.run(scene())


def test_a_cable_pulled_while_a_side_is_prepared_is_an_alarm_until_it_is_known_to_be_off(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            it.bench(cmd="flags", set={"unplugged": True})
            await it.until(lambda state: state.phase is Phase.LOST)
            assert "ALARM" in it.text() and "OUTPUT UNKNOWN" in it.text()
            assert "ends by itself within 1 s" in it.words()
            assert it.state.side_of(Side.LEFT).step is Step.DONE
            assert "stops at once" not in it.words(), "no key does any more"
            for way in ("f12", "ctrl+c", "touch"):
                await (it.pilot.click(StopBar, offset=(5, 1)) if way == "touch" else it.press(way))
                await it.until(lambda state: state.notice is not None and "STOP WAS NOT SENT" in state.notice.words.happened)
                assert "the link is lost" in it.words() and "magnet" in it.words()
                it.app.state = replace(it.app.state, notice=it.app.state.lost)
            await it.press("f8")
            await it.connected()
            assert it.state.side is None and it.state.sweep is None, "nothing is taken up again"

    asyncio.run(scene())


def test_a_silent_device_is_said_and_forgotten_when_it_answers_again(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.connected()
            it.bench(cmd="fault", spec="half-open@1")
            await it.until(lambda state: state.notice is not None)
            assert it.state.phase is Phase.CONNECTED
            it.bench(cmd="fault", spec="")
            await it.until(lambda state: state.notice is None)

    asyncio.run(scene())


def test_a_fault_of_the_program_prints_no_patient(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def scene() -> None:
        async with stage(tmp_path, patient="P-SECRET-17") as it:
            await it.titrating()
            it.app.call_later(_break)
            with pytest.raises(ZeroDivisionError):
                await it.until(lambda _: it.app._exception is not None)
                raise it.app._exception or AssertionError("it did not break")

    with pytest.raises(ZeroDivisionError):
        asyncio.run(scene())
    out, err = capsys.readouterr()
    assert "P-SECRET-17" not in out + err
    lines = (next(iter(tmp_path.glob("*.jsonl")))).read_text()
    assert '"cause":"the program is closed"' in lines and '"kind":"close"' in lines


def _break() -> None:
    raise ZeroDivisionError("a fault made by a test")
