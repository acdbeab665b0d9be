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
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time

from bench.pressing import SIZE, key_to_bytes
from bench.processes import HERE, LIMIT_S, SCRIPT, scratch
from bench.pulling import pulled, silenced_in_bursts
from bench.timing import Figure, at_most, pairwise

PRESSES = 100
"""STOPs in a row, each at any moment of the screen's work."""
STOP_BUDGET_MS = 50.0
BURSTS = 3
"""Answered before the curve is measured."""
PULLS = 20
GREY_BUDGET_MS = 250.0
"""A lost link greys every value within this, one pull in twenty left out: on two shared cores the slowest is the machine's."""
REDRAWS = 40


def figures(rounds: int) -> list[Figure]:
    """First picture against a Textual hello; key F12 to the bytes of STOP; a redraw of the titration screen."""
    with scratch() as environment:
        ours = first_picture([str(SCRIPT), "tui"], b"Connect a device", environment)
        hello = first_picture([sys.executable, str(HERE / "peers" / "hello_tui.py")], b"Hello, screen", environment)
        first = at_most("rnprog tui: first picture", "Textual hello", pairwise(ours, hello, rounds=max(3, rounds // 3)), 2.0)
    with tempfile.TemporaryDirectory(prefix="rnb") as directory:
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_RUNTIME_DIR"] = directory
        redraws = asyncio.run(redrawn(Path(directory)))
    plain, stops = key_to_bytes(PRESSES, "pass_on.py"), key_to_bytes(PRESSES)
    p99_ms = 1000 * _p99(stops)
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
            f"{len(stops)} presses, all laid out anew 50 times a second; p50 {1000 * median(stops):.1f} ms, "
            f"most {1000 * stops[-1]:.0f} ms; "
            f"a process with nothing else to do: p50 {1000 * median(plain):.1f} ms, p99 {1000 * _p99(plain):.0f} ms; {load}",
            "ms",
        ),
        *(_greyed(name, pulled(PULLS, silent=silent)) for name, silent in (("cable pulled", False), ("device silent", True))),
        _greyed("silent in a burst", silenced_in_bursts(PULLS)),
        *(
            Figure(f"redraw of the titration screen, {name}", "none", 1000 * cpu_s, 0.0, 1.0, "none", True, REDRAWN, "ms")
            for name, cpu_s in redraws.items()
        ),
    ]


REDRAWN = "CPU of one whole layout and redraw of 160x50, with the answers' keys and the curve"


def _greyed(name: str, found: list[float]) -> Figure:
    slow_ms, middle_ms, most_ms = (1000 * each for each in (_p99(found), median(found), found[-1]))
    note = f"{len(found)} times; median {middle_ms:.0f} ms, most {most_ms:.0f} ms; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    budget = f"{GREY_BUDGET_MS:.0f} ms"
    return Figure(
        f"{name}, to all grey, 19 of 20",
        budget,
        slow_ms,
        GREY_BUDGET_MS,
        slow_ms / GREY_BUDGET_MS,
        "at most 1x",
        slow_ms <= GREY_BUDGET_MS,
        note,
        "ms",
    )


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


def _p99(ranked: list[float]) -> float:
    """Of a hundred and fewer it is their slowest but one."""
    return ranked[-max(1, len(ranked) // 100) - 1]


async def redrawn(directory: Path) -> dict[str, float]:
    """CPU seconds of one whole layout and redraw of the titration screen, by what is going on there: on a device in virtual time, which
    waits for whoever measures, a side is prepared, a first burst given and answered, so that the curve has something to draw."""
    from rnprog.tui.app import RnprogApp
    from rnprog.tui.start import Start
    from rnprog.tui.state import Phase
    from rnprog.tui.titrating import OPEN, Step

    app = RnprogApp(Start("emu://?clock=virtual&seed=1", directory, remember=False, warm=False))
    found: dict[str, float] = {}
    async with app.run_test(size=SIZE) as pilot:

        async def until(holds: Callable[[], object]) -> None:
            end_s = perf_counter() + LIMIT_S
            while not holds():
                if perf_counter() > end_s:
                    raise TimeoutError("the screen did not come so far")
                await asyncio.sleep(0.01)

        def step() -> Step:
            return app.state.side_of(app.state.side).step if app.state.side is not None else Step.IDLE

        async def measure(name: str) -> None:
            began = thread_time()
            for _ in range(REDRAWS):
                app.screen.refresh(layout=True)
                await pilot.pause()
            found[name] = (thread_time() - began) / REDRAWS

        await until(lambda: app.state.phase is Phase.CONNECTED)
        await pilot.press("f3", "f5")
        await until(lambda: app.state.judged is not None and app.state.busy is None)
        await pilot.press("f4")
        await until(lambda: app.state.ready)
        await measure("set-up")
        await pilot.press("f5")
        for _ in range(BURSTS):
            await until(lambda: step() is Step.OFFERED)
            await pilot.press("f5")
            await until(lambda: step() is Step.ASKED)
            await pilot.press("0")
            await until(lambda: step() is not Step.ASKED)
        await until(lambda: step() is Step.OFFERED)
        await measure("burst offered")
        await pilot.press("f5")
        await until(lambda: step() is Step.ASKED)
        await measure("answer awaited")
        if step() not in OPEN:
            raise RuntimeError("the side was ended while it was measured")
    return found
