"""U12 of the fault list: two minutes without a person end what is prepared, and something that lies on the keyboard is no person."""

import asyncio
from pathlib import Path

import pytest
from textual import events

from rnprog.session.session import IDLE_LIMIT_S
from rnprog.tui.state import Phase
from rnprog.tui.stop_first import REPEAT_S
from tests.tui.stage import Stage, stage

LONG_S = IDLE_LIMIT_S - 20
AT_S = 1_000.0


def alone_for(it: Stage) -> float:
    """Seconds since somebody was there, as the session has it."""
    return it.session.clock.now_s() - it.session._input_s


def leave_alone(it: Stage, so_long_s: float) -> None:
    it.session._input_s -= so_long_s


async def key(it: Stage, name: str, at_s: float) -> None:
    """A key that the reading thread met at this time."""
    pressed = events.Key(name, name if len(name) == 1 else None)
    pressed.time = at_s
    it.app.post_message(pressed)
    await it.settled()


def test_a_key_that_is_held_down_is_one_input(tmp_path: Path) -> None:
    """It repeats after a second on the slowest keyboard, and then up to thirty times a second."""

    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            leave_alone(it, LONG_S)
            await key(it, "z", AT_S)
            assert alone_for(it) < LONG_S, "the first one is a person's"
            leave_alone(it, LONG_S)
            at_s = AT_S + 1.0
            for _ in range(40):
                await key(it, "z", at_s)
                at_s += 0.033
            for _ in range(5):
                await key(it, "z", at_s)
                at_s += 0.5
            assert alone_for(it) >= LONG_S
            leave_alone(it, IDLE_LIMIT_S - LONG_S + 1)
            await it.until(lambda state: state.phase is not Phase.CONNECTED or state.notice is not None)
            assert not it.device()["armed_channels"] and it.device()["output_state"] == "OFF"

    asyncio.run(scene())


@pytest.mark.parametrize(("name", "after_s"), [("y", 0.03), ("z", REPEAT_S + 0.1), ("z", 30.0)])
def test_another_key_or_the_same_one_later_is_a_person(tmp_path: Path, name: str, after_s: float) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            await key(it, "z", AT_S)
            leave_alone(it, LONG_S)
            await key(it, name, AT_S + after_s)
            assert alone_for(it) < LONG_S

    asyncio.run(scene())
