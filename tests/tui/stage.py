"""A stage for the app: headless, on an emulator in virtual time, driven by keys; it is asked what it knows and what really flowed."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual import events
from textual.pilot import Pilot

from rnprog.session.observers import Elsewhere, Simulated, TooStrong
from rnprog.session.session import Session
from rnprog.therapy.contacts import Side
from rnprog.therapy.titration import Answer
from rnprog.tui.app import RnprogApp
from rnprog.tui.screens.connect import Choice
from rnprog.tui.screens.titration import TitrationScreen
from rnprog.tui.start import Start
from rnprog.tui.state import Phase, State
from rnprog.tui.titrating import Step

PORT = "emu://?clock=virtual&seed=1"
SMALL, MIDDLE, LARGE = (80, 24), (100, 30), (160, 50)
SIZES = (SMALL, MIDDLE, LARGE)
PASSES = 3
"""How often every queue is waited for: a message may post another, and that one another."""
_NAMES = {"\r": "enter", "\t": "tab", " ": "space"}
KEY_OF = {Answer.NONE: "0", Answer.FELT: "f", Answer.FLICKER: "1", Answer.CLEAR: "2", Answer.STRONG: "3"}


class Stage:
    """One app that runs."""

    def __init__(self, app: RnprogApp, pilot: Pilot[Any], record_dir: Path) -> None:
        self.app = app
        self.pilot = pilot
        self.record_dir = record_dir
        self.keys = 0

    @property
    def state(self) -> State:
        return self.app.state

    @property
    def session(self) -> Session:
        worker = self.app.worker
        assert worker is not None and worker._session is not None
        return worker._session

    async def press(self, *keys: str) -> None:
        """Keys one by one, each when what the one before it did is done. A pilot would wait for an idle processor, up to a second."""
        for key in keys:
            self.keys += 1
            self._key(key)
            await self.settled()

    def _key(self, key: str) -> None:
        named = _NAMES.get(key, key)
        self.app.post_message(events.Key(named, key if len(key) == 1 else None))

    async def settled(self) -> None:
        """What was posted is done, and what that posted is."""
        for _ in range(PASSES):
            await self.pilot.pause(0)

    async def strike(self, *keys: str) -> None:
        """Keys as fast as a held key or an unmarked paste sends them: none waits for what the one before it did."""
        for key in keys:
            self._key(key)
        await self.settled()

    async def until(self, holds: Callable[[State], object], timeout_s: float = 15.0) -> None:
        """Wait for the state; fails with the screen when it does not come."""
        end_s = time.monotonic() + timeout_s
        while not holds(self.state):
            assert time.monotonic() < end_s, self.text()
            await self.pilot.pause(0.01)
        await self.settled()

    async def idle(self) -> None:
        await self.until(lambda state: state.busy is None and state.phase is not Phase.CONNECTING)

    async def connected(self) -> None:
        await self.until(lambda state: state.phase is Phase.CONNECTED)

    async def measured(self) -> None:
        """Connected, on the leads screen, both measured."""
        await self.connected()
        await self.press("f3", "f5")
        await self.until(lambda state: state.judged is not None and state.busy is None)

    async def offered(self, side: Side = Side.LEFT) -> None:
        """A burst is offered."""
        await self.until(lambda state: state.side is side and state.side_of(side).step is Step.OFFERED)

    async def titrating(self) -> None:
        """Leads measured, left side prepared, the first burst offered."""
        await self.measured()
        await self.press("f4", "f5")
        await self.offered()

    async def prepared(self, tries: int = 5) -> None:
        """The same in real time. On a machine that is far too busy the loop starves and the lease does what it is for: once more."""
        await self.measured()
        await self.press("f4")
        for _ in range(tries):
            await self.press("f5")
            await self.until(lambda state: state.notice is not None or state.side_of(Side.LEFT).step is Step.OFFERED)
            await self.until(lambda state: state.notice is not None or (state.status is not None and bool(state.status.armed)))
            if self.state.notice is None:
                return
            await self.idle()
            await self.press("f8")
            await self.until(lambda state: state.notice is None and state.busy is None)
            await self.press("f3", "f5")
            await self.until(lambda state: state.sweep is not None and state.busy is None)
            await self.press("f4")
        raise AssertionError("this machine is too busy for real time")

    async def asked(self) -> None:
        """A first burst was given and its answer is awaited."""
        await self.titrating()
        await self.press("f5")
        await self.until(lambda state: state.side_of(Side.LEFT).step is Step.ASKED)

    async def titrate(self, side: Side) -> None:
        """One side to its end, answered by what a hand on the back would feel."""
        await self.press("f5")
        await self.answered(side)

    async def answered(self, side: Side) -> None:
        """Whatever is under way there, to its end."""
        await self.offered(side)
        while (now := self.state.side_of(side)).step is not Step.DONE:
            screen = self.app.screen
            assert isinstance(screen, TitrationScreen), self.text()
            if screen._answered != now.number:
                if now.step is Step.OFFERED:
                    await self.press("f5")
                elif now.step is Step.ASKED and now.delivered is not None:
                    await self.press(self.answer(now.delivered, besides=now.besides))
            await self.pilot.pause(0.005)
        await self.idle()

    def answer(self, delivered: Any, *, besides: bool = False) -> str:
        """The key that says it; `besides`: of the muscle, when it was too strong."""
        report = Simulated(self.session.bench).judge(delivered)
        if isinstance(report, TooStrong):
            return KEY_OF[report.contraction or Answer.NONE] if besides else "x"
        if isinstance(report, Elsewhere):
            return "e"
        assert isinstance(report, Answer)
        return KEY_OF[report]

    # what is seen, and what is true

    def text(self) -> str:
        """The screen as characters."""
        return "\n".join(strip.text.rstrip() for strip in self.app.screen._compositor.render_strips())

    def words(self) -> str:
        """The same without frames and line breaks."""
        return " ".join(re.sub("[^\\x20-\\x7E]", " ", self.text().replace("\n", " ")).split())

    def device(self) -> dict[str, Any]:
        """The device from inside."""
        return self.session.bench.ask({"cmd": "state"})

    def changes(self) -> list[dict[str, Any]]:
        """Every change of output there was."""
        found = self.session.bench.ask({"cmd": "truth"})["changes"]
        assert isinstance(found, list)
        return found

    def bench(self, **command: Any) -> dict[str, Any]:
        return self.session.bench.ask(command)


@asynccontextmanager
async def stage(record_dir: Path, port: str | None = PORT, size: tuple[int, int] = SMALL, **start: Any) -> AsyncIterator[Stage]:
    app = RnprogApp(Start(port=port, record_dir=record_dir, remember=False, **{"warm": False, **start}))
    app.looking = lambda: (Choice(PORT, "healthy", "everything works", "emulator"),)
    async with app.run_test(size=size) as pilot:
        yield Stage(app, pilot, record_dir)


def play(scene: Callable[[], Awaitable[None]]) -> None:
    """Run an asynchronous scene to its end."""
    asyncio.run(scene())  # type: ignore[arg-type]
