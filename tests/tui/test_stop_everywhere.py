"""STOP from every dialog, focus and state. The device is asked first, from inside: something runs there, and after the key nothing does.

Where a state lasts a moment only (a burst, a measurement, a command that writes), the link thread is held in it until STOP has left, so
that the key meets it on any machine.
"""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rnprog.protocol.connection import STOP_FRAME
from rnprog.protocol.frames import Frame
from rnprog.protocol.opcodes import Opcode
from rnprog.protocol.reader import FrameReader
from rnprog.session.outcomes import StopConfirmed
from rnprog.tui.screens.frame import SafeModal
from rnprog.tui.state import Call
from rnprog.tui.titrating import Step
from rnprog.tui.widgets.stop_bar import StopBar
from tests.tui.places import DIALOGS, PLACES, both_done, go_to
from tests.tui.stage import MIDDLE, Side, Stage, stage

KEYS = ("f12", "ctrl+c")
LONG_S = 20.0
"""Until a test that fails gives up."""

FOCUSES: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "record": ((("tab",), "note"),),
    "connect": (((), "choices"), (("shift+tab",), "patient")),
    "program to write": ((("tab",), ""), (("tab", "tab"), "")),
    "profiles": ((("tab",), "profile-list"),),
    "palette": (((), "palette-input"),),
    "help": (((), "keys-list"),),
    "leave?": (((), "cancel"), (("tab",), "yes")),
    "write?": (((), "cancel"), (("tab",), "typed"), (("9", "Z"), "typed")),
    "whose?": (((), "cancel"), (("tab",), "typed"), (("9", "Z"), "typed")),
    "close?": ((("tab",), "yes"),),
    "again?": ((("tab",), "yes"),),
}
"""At each place, one after the other: the keys, and what has the focus then."""


async def therapy(it: Stage) -> None:
    """The implant runs by itself: there is something to stop wherever somebody is."""
    it.bench(cmd="fault", spec="therapy-running")
    await it.until(lambda state: state.status is not None and str(state.status.output) != "off")
    assert it.device()["output_state"] == "THERAPY_ON"


async def stopped(it: Stage) -> None:
    """By the device's own word first; then as it is said."""
    await it.until(lambda state: state.halt is not None and not state.stopping)
    assert it.device()["output_state"] == "OFF" and it.device()["armed_channels"] == 0 and it.device()["output_ua"] == [0, 0]
    assert isinstance(it.state.halt, StopConfirmed)
    assert it.state.notice is not None and it.state.notice.call is Call.REOPEN
    assert "OUTPUT OFF" in it.text()


async def again(it: Stage) -> None:
    """The link is opened again, and nothing runs by itself."""
    it.bench(cmd="fault", spec="")
    it.app.answer(Call.REOPEN)
    await it.until(lambda state: state.halt is None and state.busy is None)


@pytest.mark.parametrize(("number", "place"), list(enumerate([*PLACES, *DIALOGS])))
def test_from_every_screen_and_dialog(tmp_path: Path, number: int, place: str, request: pytest.FixtureRequest) -> None:
    """By key (both in the soak), and by a touch on the bar, which lies below every dialog."""
    keys = KEYS if request.config.getoption("--soak") else (KEYS[number % 2],)

    async def scene() -> None:
        async with stage(tmp_path, size=MIDDLE) as it:
            await go_to(it, place)
            for way in (*keys, "touch"):
                await therapy(it)
                bar = it.app.screen.query_one(StopBar)
                assert bar.region.bottom == it.app.size.height and isinstance(it.app.screen, SafeModal) is (place in DIALOGS)
                if way == "touch":
                    await it.pilot.click(StopBar, offset=(5, 1))
                else:
                    await it.press(way)
                await stopped(it)
                await again(it)

    asyncio.run(scene())


@pytest.mark.parametrize("place", FOCUSES)
def test_with_every_kind_of_focus(tmp_path: Path, place: str) -> None:
    async def scene() -> None:
        async with stage(tmp_path, size=MIDDLE) as it:
            await go_to(it, place)
            for keys, focus in FOCUSES[place]:
                await it.press(*keys)
                focused = it.app.focused
                assert focused is not None and (not focus or focused.id == focus), (focused, focus)
                await therapy(it)
                await it.press("ctrl+c")
                await stopped(it)
                await again(it)

    asyncio.run(scene())


class Held:
    """Holds the link thread behind the first frame of an opcode, until STOP has left. Give it to the app as its trace."""

    def __init__(self, opcode: Opcode) -> None:
        self._opcode, self._reader = opcode, FrameReader()
        self.wanted = False
        self.there, self.stop_sent = threading.Event(), threading.Event()
        self.last: list[Opcode] = []

    def __call__(self, _: float, way: str, data: bytes) -> None:
        if way != ">":
            return
        if STOP_FRAME.strip(b"\0") in data:
            self.stop_sent.set()
            return
        for item in self._reader.feed(data):
            if isinstance(item, Frame) and self.wanted and not self.there.is_set() and item.opcode == self._opcode:
                self.there.set()
                self.stop_sent.wait(LONG_S)


async def _measuring(it: Stage) -> None:
    await it.press("f3", "f5")


async def _writing(it: Stage) -> None:
    await it.press("f5")
    await it.settled()
    await it.press(*it.session.serial[-4:], "enter")


async def _prepares(it: Stage) -> None:
    await it.press("f4", "f5")


async def _gives(it: Stage) -> None:
    await it.press("f4", "f5")
    await it.offered()
    await it.press("f5")


async def _gives_both(it: Stage) -> None:
    await it.press("f5")
    await it.until(lambda state: state.side_of(Side.LEFT).together and state.side_of(Side.LEFT).step is Step.OFFERED)
    await it.press("f5")


Act = Callable[[Stage], Awaitable[None]]
STATES: dict[str, tuple[str, Act, Opcode]] = {
    "measuring": ("leads", _measuring, Opcode.IMPEDANCE),
    "a side is prepared": ("leads", _prepares, Opcode.ARM),
    "a burst flows": ("leads", _gives, Opcode.BURST),
    "both sides flow": ("both done", _gives_both, Opcode.BURST),
    "writing begins": ("program to write", _writing, Opcode.STAGE),
    "the write is committed": ("program to write", _writing, Opcode.COMMIT),
    "the slot is chosen": ("program to write", _writing, Opcode.ACTIVATE),
    "the schedule is set": ("program to write", _writing, Opcode.SCHEDULE_SET),
}


@pytest.mark.parametrize(("name", "key"), [(name, KEYS[number % 2]) for number, name in enumerate(STATES)])
def test_in_every_state_of_the_device(tmp_path: Path, name: str, key: str) -> None:
    place, act, opcode = STATES[name]
    held = Held(opcode)

    async def scene() -> None:
        async with stage(tmp_path, size=MIDDLE, trace=held) as it:
            await go_to(it, place)
            held.wanted = True
            await act(it)
            await it.until(lambda _: held.there.is_set())
            await it.press(key)
            await stopped(it)
            await it.idle()
            assert not it.app.state.doubtful
            record = it.session.record
            assert record is not None
            lines = [json.loads(line) for line in record.path.read_text().splitlines()]
            stops = [line["data"] for line in lines if line["kind"] == "stop"]
            assert len(stops) == 1 and stops[0]["confirmed"] and stops[0]["cause"] == "the operator said stop"
            before = it.device()["output_state"]
            await it.press("f5")
            await it.pilot.pause(0.05)
            assert before == it.device()["output_state"] == "OFF", "nothing goes on after it"

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("key", "asked"), [pytest.param("f12", False, marks=pytest.mark.soak), ("ctrl+c", True)], ids=["offered", "answer awaited"]
)
def test_in_the_check_of_both_sides(tmp_path: Path, key: str, asked: bool) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await both_done(it)
            await it.press("f5")
            await it.until(lambda state: state.side_of(Side.LEFT).together and state.side_of(Side.LEFT).step is Step.OFFERED)
            if asked:
                await it.press("f5")
                await it.until(lambda state: state.side_of(Side.LEFT).step is Step.ASKED)
            assert it.device()["armed_channels"] == 3, "both are prepared"
            await it.press(key)
            await stopped(it)

    asyncio.run(scene())
