"""Whole processes: how long until it did its work, from the moment it was started."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import tempfile
import tty
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from bench.timing import Figure, at_most, pairwise
from rnprog.protocol.connection import STOP_FRAME

HERE = Path(__file__).parent
SCRIPT = Path(sys.executable).with_name("rnprog")
LIMIT_S = 60.0


def figures(rounds: int) -> list[Figure]:
    """Start-up of `stop`, `--help` and the demo."""
    bare = run([sys.executable, "-c", "pass"])
    hello = run([sys.executable, str(HERE / "peers" / "hello.py"), "--help"])
    with scratch() as environment:
        demo = run([str(SCRIPT), "demo", "--fast"], environment)
        return [
            at_most("rnprog stop: start to STOP bytes", "python -c pass", pairwise(stop_bytes(environment), bare, rounds=rounds), 2.5),
            at_most("rnprog --help", "Typer hello --help", pairwise(run([str(SCRIPT), "--help"], environment), hello, rounds=rounds), 1.15),
            at_most("rnprog demo --fast, cold", "python -c pass", pairwise(demo, bare, rounds=max(5, rounds // 2)), 60),
        ]


@contextmanager
def scratch():  # type: ignore[no-untyped-def]
    """An environment whose records, state and runtime files go to a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="rnb") as directory:
        yield {**os.environ, "XDG_STATE_HOME": directory, "XDG_RUNTIME_DIR": directory}


def run(command: list[str], environment: dict[str, str] | None = None) -> Callable[[], float]:
    """Seconds from start to exit. A process that fails is an error, not a figure."""

    def timed() -> float:
        began = perf_counter()
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT_S)
        return perf_counter() - began

    return timed


def stop_bytes(environment: dict[str, str]) -> Callable[[], float]:
    """Seconds from process start until the whole STOP frame stands on the line (a pseudo-terminal nobody answers on)."""

    def timed() -> float:
        master, slave = pty.openpty()
        tty.setraw(slave)
        began = perf_counter()
        process = subprocess.Popen(
            [str(SCRIPT), "stop", "--port", os.ttyname(slave)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            seen = b""
            while STOP_FRAME not in seen:
                if not select.select([master], [], [], LIMIT_S)[0]:
                    raise TimeoutError("rnprog stop sent nothing")
                seen += os.read(master, 4096)
            return perf_counter() - began
        finally:
            process.kill()
            process.wait()
            os.close(master)
            os.close(slave)

    return timed
