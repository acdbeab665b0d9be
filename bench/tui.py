"""The screen: its first picture, STOP while it has its hands full, and what one redraw costs."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time

from bench.processes import HERE, LIMIT_S, SCRIPT, scratch
from bench.timing import Figure, at_most, pairwise

SIZE = (160, 50)
PRESSES = 60
"""STOPs in a row. The p99 of so few is their slowest but one."""
STOP_BUDGET_MS = 50.0
REDRAWS = 40


def figures(rounds: int) -> list[Figure]:
    """First picture against a Textual hello; key F12 to the bytes of STOP; a redraw of the titration screen."""
    with scratch() as environment:
        ours = first_picture([str(SCRIPT), "tui"], b"Connect a device", environment)
        hello = first_picture([sys.executable, str(HERE / "peers" / "hello_tui.py")], b"Hello, screen", environment)
        first = at_most("rnprog tui: first picture", "Textual hello", pairwise(ours, hello, rounds=max(3, rounds // 3)), 2.0)
    with tempfile.TemporaryDirectory(prefix="rnb") as directory:
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_RUNTIME_DIR"] = directory
        stops, redraw_s = asyncio.run(under_load(Path(directory)))
    ranked = sorted(stops)
    p99_ms, p50_ms = 1000 * ranked[-max(1, len(ranked) // 100) - 1], 1000 * median(ranked)
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return [
        first,
        Figure(
            "F12 to STOP bytes, p99",
            "50 ms",
            p99_ms,
            STOP_BUDGET_MS,
            p99_ms / STOP_BUDGET_MS,
            "at most 1x",
            p99_ms <= STOP_BUDGET_MS,
            f"{len(stops)} presses, all laid out anew 50 times a second; p50 {p50_ms:.1f} ms, most {1000 * ranked[-1]:.0f} ms; {load}",
            "ms",
        ),
        Figure(
            "redraw of the titration screen", "none", 1000 * redraw_s, 0.0, 1.0, "none", True, "CPU of one whole layout and redraw", "ms"
        ),
    ]


def first_picture(command: list[str], marker: bytes, environment: dict[str, str]) -> Callable[[], float]:
    """Seconds from the start of a process on a terminal of 160x50 until `marker` is drawn."""

    def timed() -> float:
        here, there = pty.openpty()
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        began = perf_counter()
        process = subprocess.Popen(command, stdin=there, stdout=there, stderr=there, env={**environment, "TERM": "xterm-256color"})
        os.close(there)
        seen = b""
        try:
            while marker not in seen:
                if not select.select([here], [], [], LIMIT_S)[0]:
                    raise TimeoutError(f"{command[0]} drew nothing")
                seen += os.read(here, 65_536)
            return perf_counter() - began
        finally:
            process.kill()
            process.wait()
            os.close(here)

    return timed


async def under_load(directory: Path) -> tuple[list[float], float]:
    """Seconds from each F12 to the STOP frame on the line, and the CPU seconds of one redraw."""
    from rnprog.protocol.connection import STOP_FRAME
    from rnprog.tui.app import RnprogApp
    from rnprog.tui.start import Start
    from rnprog.tui.state import Phase

    sent = threading.Event()
    at: list[float] = []

    def trace(_: float, direction: str, data: bytes) -> None:
        if direction == ">" and STOP_FRAME.strip(b"\0") in data:
            at.append(perf_counter())
            sent.set()

    app = RnprogApp(Start("emu://?clock=wall&seed=1", directory, remember=False, trace=trace))
    found: list[float] = []
    async with app.run_test(size=SIZE) as pilot:

        async def until(holds: Callable[[], object]) -> None:
            end_s = perf_counter() + LIMIT_S
            while not holds():
                if perf_counter() > end_s:
                    raise TimeoutError("the screen did not come so far")
                await asyncio.sleep(0.01)

        await until(lambda: app.state.phase is Phase.CONNECTED)
        await pilot.press("f3", "f5")
        await until(lambda: app.state.judged is not None and app.state.busy is None)
        await pilot.press("f4")
        load = app.set_interval(0.02, lambda: app.screen.refresh(layout=True))
        for _ in range(PRESSES):
            await until(lambda: app.state.ready)
            sent.clear()
            began = perf_counter()
            app.simulate_key("f12")
            await until(sent.is_set)
            found.append(at[-1] - began)
            await until(lambda: app.state.halt is not None and not app.state.stopping and app.state.notice is not None)
            app.simulate_key("f8")
        load.stop()
        await until(lambda: app.state.ready)
        began = thread_time()
        for _ in range(REDRAWS):
            app.screen.refresh(layout=True)
            await pilot.pause()
        redraw_s = (thread_time() - began) / REDRAWS
    return found, redraw_s
