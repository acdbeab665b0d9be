"""The app on a real terminal, in this process: keys are bytes written to the terminal's other end, read by the app's own reading thread."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import termios
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from rnprog.protocol.connection import STOP_FRAME
from rnprog.tui.app import RnprogApp
from rnprog.tui.screens.connect import Choice
from rnprog.tui.start import Start
from rnprog.tui.state import Phase, State
from rnprog.tui.titrating import Step
from tests.tui.stage import PORT, Side

KEYS = {
    "f1": b"\x1bOP",
    "f2": b"\x1bOQ",
    "f3": b"\x1bOR",
    "f4": b"\x1bOS",
    "f5": b"\x1b[15~",
    "f6": b"\x1b[17~",
    "f7": b"\x1b[18~",
    "f8": b"\x1b[19~",
    "f10": b"\x1b[21~",
    "f12": b"\x1b[24~",
    "ctrl+c": b"\x03",
    "ctrl+p": b"\x10",
    "enter": b"\r",
    "tab": b"\t",
    "down": b"\x1b[B",
    "escape": b"\x1b",
}
CHOICES = (Choice(PORT, "healthy", "everything works", "emulator"),)
_pause = threading.Event()
"""Never set: waiting for it lets the loop and the threads go on."""
PASTE = b"\x1b[200~%b\x1b[201~"


class Terminal:
    """One app and the other end of its terminal."""

    def __init__(self, app: RnprogApp, other_end: int, stop_sent: threading.Event) -> None:
        self.app = app
        self.stop_sent = stop_sent
        """STOP has gone out on the line."""
        self.shown = bytearray()
        """Every byte that the app wrote to its terminal."""
        self._other_end = other_end

    def type(self, *keys: str) -> None:
        self.send(b"".join(KEYS[key] for key in keys))

    def send(self, data: bytes) -> None:
        os.write(self._other_end, data)

    def paste(self, text: str) -> None:
        """As a terminal marks it; without the ESC that would end it."""
        self.send(PASTE % text.replace("\x1b", "").encode("utf-8", "replace"))

    async def until(self, holds: Callable[[State], object], timeout_s: float = 20.0) -> None:
        end_s = time.monotonic() + timeout_s
        while not holds(self.app.state):
            assert time.monotonic() < end_s, self.app.state
            await asyncio.to_thread(_pause.wait, 0.01)

    async def drawn(self) -> None:
        """Until two looks at what was drawn are alike."""
        before = -1
        while before != len(self.shown):
            before = len(self.shown)
            await asyncio.to_thread(_pause.wait, 0.02)

    async def titrating(self) -> None:
        """The left side is prepared, the first burst offered."""
        await self.until(lambda state: state.phase is Phase.CONNECTED)
        self.type("f3", "f5")
        await self.until(lambda state: state.judged is not None and state.busy is None)
        self.type("f4", "f5")
        await self.until(lambda state: state.side_of(Side.LEFT).step is Step.OFFERED)

    def device(self) -> dict[str, Any]:
        """The device from inside."""
        worker = self.app.worker
        assert worker is not None and worker._session is not None
        found: dict[str, Any] = worker._session.bench.ask({"cmd": "state"})
        return found


@asynccontextmanager
async def terminal(
    record_dir: Path, monkeypatch: pytest.MonkeyPatch, port: str | None = PORT, choices: tuple[Choice, ...] = CHOICES, **start: Any
) -> AsyncIterator[Terminal]:
    """On an emulator in virtual time: no lease runs out, so only STOP ends what is prepared."""
    stop_sent = threading.Event()

    def trace(_: float, direction: str, data: bytes) -> None:
        if direction == ">" and STOP_FRAME.strip(b"\0") in data:
            stop_sent.set()

    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    with open(there, "r+b", buffering=0, closefd=False) as raw, open(there, "w", encoding="utf-8", closefd=False) as drawn:
        monkeypatch.setattr("sys.__stdin__", raw)
        monkeypatch.setattr("sys.__stderr__", drawn)
        monkeypatch.setenv("TERM", "xterm-256color")
        app = RnprogApp(Start(port, record_dir, remember=False, warm=False, trace=trace, **start))
        app.looking = lambda: choices
        made = Terminal(app, here, stop_sent)
        reader = threading.Thread(target=_drain, args=(here, made.shown))
        reader.start()
        running = asyncio.create_task(app.run_async())
        try:
            yield made
        finally:
            app.exit(0)
            await asyncio.wait([running])
            os.close(there)
            reader.join()
            os.close(here)


def _drain(other_end: int, shown: bytearray) -> None:
    """What is drawn, until nobody has the terminal open."""
    try:
        while found := os.read(other_end, 65_536):
            shown += found
    except OSError:
        return
