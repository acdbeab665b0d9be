"""A pulled cable and a silent device: every value is grey by the first failed read or look, wherever somebody is, and before any repetition
is through. In terms of what was sent and told, not of time; the figures are in docs/tui.md."""

import asyncio
from pathlib import Path

import pytest

from rnprog.tui import events as e
from rnprog.tui.screens.dialogs import Confirm, ConfirmSerial
from rnprog.tui.screens.frame import SafeModal
from rnprog.tui.state import Call, Phase
from rnprog.tui.titrating import Step
from tests.tui.places import DIALOGS, PLACES, go_to
from tests.tui.stage import PORT, Side, Stage, stage
from tests.tui.test_looks import GREY, drawn

WALL = "emu://?clock=wall&seed=1"


class Line:
    """What was sent, told by the trace; and, for each frame, whether the screen would have been told by then."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.awaited: list[float | None] = []
        self.it: Stage | None = None

    def __call__(self, _: float, way: str, data: bytes) -> None:
        worker = self.it.app.worker if self.it is not None else None
        session = worker._session if worker is not None else None
        if way == ">" and session is not None:
            self.sent.append(data.strip(b"\0"))
            self.awaited.append(session.line.awaited_since_s)


def seen(it: Stage) -> list[e.Event]:
    """Every event that the screen takes in from now on."""
    found: list[e.Event] = []
    see = it.app.see

    def watching(event: e.Event) -> None:
        found.append(event)
        see(event)

    it.app.see = watching  # type: ignore[method-assign]
    return found


@pytest.mark.parametrize("place", [*PLACES, *DIALOGS])
def test_a_pulled_cable_greys_every_value(tmp_path: Path, place: str) -> None:
    """On each screen and below each dialog; it is found by a look at the port, so nothing has to be asked for it."""
    line = Line()

    async def scene() -> None:
        async with stage(tmp_path, trace=line) as it:
            line.it = it
            await go_to(it, place)
            before = len(line.sent)
            assert it.bench(cmd="flags", set={"unplugged": True})["unplugged"]
            await it.until(lambda state: state.phase is Phase.LOST)
            assert len(line.sent) - before <= 1, "at most the read that was under way"
            assert it.state.stale(it.app.now_s())
            assert "LINK LOST: OUTPUT UNKNOWN" in it.text() and "OLD: read" in it.text()
            assert it.state.notice is not None and it.state.notice.call is Call.CONNECT
            below = it.app.screen_stack[1]
            assert isinstance(it.app.screen, SafeModal) is (place in DIALOGS and place != "whose?"), "whose a lost one is asks nobody"
            if getattr(below, "FROM_DEVICE", False):
                assert getattr(below, "old", False)
                if place in PLACES:
                    inks = [(words, ink) for words, ink in drawn(it.app, below.query_one("#body")) if any(map(str.isalnum, words))]
                    assert {ink for _, ink in inks} <= GREY, inks

    asyncio.run(scene())


def test_a_read_that_is_not_answered_is_known_to_be_before_it_is_repeated(tmp_path: Path) -> None:
    """What the screen looks at says so already when the first repetition goes out; repetitions do not move it."""
    line = Line()

    async def scene() -> None:
        async with stage(tmp_path, trace=line) as it:
            line.it = it
            await it.connected()
            it.bench(cmd="fault", spec="half-open@1")
            await it.until(lambda state: state.notice is not None)
            again = [at for at in range(1, len(line.sent)) if line.sent[at] == line.sent[at - 1]]
            assert len(again) >= 3, "a read is repeated three times"
            first = again[0] - 1
            assert line.awaited[first] is not None
            assert {line.awaited[at] for at in (first, *again[:3])} == {line.awaited[first]}
            it.bench(cmd="fault", spec="")
            await it.until(lambda state: state.notice is None and not state.unheard)
            assert it.session.line.awaited_since_s is None

    asyncio.run(scene())


def test_a_silent_device_is_grey_before_its_read_is_given_up(tmp_path: Path) -> None:
    """In real time, in the order of things: grey first; that the device does not answer is told after the last repetition."""

    async def scene() -> None:
        async with stage(tmp_path, WALL) as it:
            await it.measured()
            found = seen(it)
            it.bench(cmd="fault", spec="half-open@1")
            await it.until(lambda state: state.unheard)
            assert it.state.phase is Phase.CONNECTED and getattr(it.app.screen, "old", False) and "OLD: read" in it.text()
            inks = {ink for words, ink in drawn(it.app, it.app.screen.query_one("#body")) if any(map(str.isalnum, words))}
            assert inks <= GREY
            await it.until(lambda state: state.notice is not None)
            kinds = [type(event) for event in found if isinstance(event, e.Unheard | e.Told)]
            assert kinds[0] is e.Unheard and e.Told in kinds
            it.bench(cmd="fault", spec="")
            await it.until(lambda state: not state.unheard and state.notice is None)
            assert not getattr(it.app.screen, "old", True)

    asyncio.run(scene())


def test_the_screens_own_clock_says_when_silence_counts(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, PORT) as it:
            await it.connected()
            line = it.session.line
            line.awaited_since_s = 100.0
            assert not line.unheard(100.1, 0.1) and line.unheard(100.11, 0.1)
            line.awaited_since_s = None
            assert not line.unheard(1e9, 0.1)
            line.lost = "the cable is out"
            assert line.unheard(0.0, 0.1)
            line.lost = None

    asyncio.run(scene())


def test_a_cable_pulled_in_a_burst_greys_what_flows(tmp_path: Path) -> None:
    """In real time. The heart finds it, STOP does not leave, and no value stays in colour through all of that."""

    async def scene() -> None:
        async with stage(tmp_path, WALL) as it:
            await it.prepared()
            await it.press("f5")
            await it.until(lambda state: state.side_of(Side.LEFT).step in (Step.GIVING, Step.ASKED))
            found = seen(it)
            it.bench(cmd="flags", set={"unplugged": True})
            await it.until(lambda state: state.stale(it.app.now_s()))
            assert getattr(it.app.screen, "old", False)
            await it.until(lambda state: state.phase is Phase.LOST)
            assert "ALARM" in it.text() and "LINK LOST: OUTPUT UNKNOWN" in it.text()
            assert all(event.unheard for event in found if isinstance(event, e.Unheard)), "never in colour again in between"

    asyncio.run(scene())


def test_a_dialog_that_was_open_is_answered_and_nothing_is_begun(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await go_to(it, "write?")
            assert isinstance(it.app.screen, ConfirmSerial)
            serial = it.session.serial
            it.bench(cmd="flags", set={"unplugged": True})
            await it.until(lambda state: state.phase is Phase.LOST)
            await it.press(*serial[-4:], "enter")
            await it.settled()
            assert not isinstance(it.app.screen, ConfirmSerial | Confirm) and it.state.wrote is None and it.state.busy is None

    asyncio.run(scene())


@pytest.mark.parametrize("where", ["leads", "titration"])
def test_a_device_that_restarted_while_nothing_was_prepared_is_read_again_with_one_key(tmp_path: Path, where: str) -> None:
    """Every command was answered with "the device did not answer" and "do first what the message calls for"; nothing led out of it."""

    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.measured()
            assert it.bench(cmd="reset")["ok"]
            await it.press("f3" if where == "leads" else "f4", "f5")
            await it.until(lambda state: state.notice is not None and state.notice.call is Call.REOPEN)
            assert not it.state.doubtful and "Nothing was sent" in it.text()
            await it.press("f8")
            await it.until(lambda state: state.notice is None and state.sweep is None)
            await it.press("f3", "f5")
            await it.until(lambda state: state.sweep is not None)

    asyncio.run(scene())
