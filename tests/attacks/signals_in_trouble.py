"""A command line that is told to go, or goes, while its device does not do what STOP asks for: the other half of `signals`."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import IO, Any

from tests.attacks import troubles
from tests.attacks.breaking import BUG, BUG_AFTER_STOP, ON_A_SIGNAL, OUTPUT_GONE, RECORD_LOST, STDOUT_GONE, program_in_trouble
from tests.attacks.common import Broken, spread
from tests.attacks.lease import LINES
from tests.attacks.processes import NotBegun, crash, emulator, exit_code, lines, own_environment, pass_time, start, until_it_flows

CLOSED = "closed terminal"
CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, CLOSED: 129, OUTPUT_GONE: 141, BUG: 70, BUG_AFTER_STOP: 70, RECORD_LOST: 73}
"""Where a STOP is confirmed."""
CASES = [(way, trouble) for way in CODES for trouble in troubles.TROUBLES]
FULL = 8 * len(CASES)
FINDS_OUT_S = 3.0
"""What nobody reads, and what no disk takes, shows with the next line: at the end of a burst."""


def meaning(number: int) -> tuple[str, str]:
    """The way, and the trouble."""
    return CASES[spread(number, len(CASES))]


def row(number: int) -> str:
    """Of the table."""
    return ", ".join(meaning(number))


def pair(number: int, on_a_terminal: Callable[..., None], broken: str = "") -> str:
    """One programmer and one device. `on_a_terminal`: does its work on a terminal that is closed when it is asked for; `broken`: what is
    wrong with every programmer."""
    way, trouble = meaning(number)
    root = Path(tempfile.mkdtemp(prefix="rn", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        environment = own_environment(root)
        with emulator(root, environment, *LINES[number // len(CASES) % 2], *troubles.arguments(trouble)) as device:
            words = ["titrate", "--side", "left", "--observer", "simulated", "--burst", "2s", "--port", device.url]
            words += ["--record-dir", str(root / "records"), *troubles.consent(trouble)]
            os.mkfifo(root / "reader")
            reader = open(os.open(root / "reader", os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0)  # noqa: SIM115 - closed within, or below
            target = on_a_terminal if way == CLOSED else program_in_trouble
            gone = STDOUT_GONE if trouble in troubles.HEARS_NOTHING else OUTPUT_GONE  # the former shows only where it ends by itself
            programmer = start(target, words, str(root), broken or (gone if way == OUTPUT_GONE else way), environment=environment)
            try:
                until_it_flows(device, programmer)
                return _told_to_go(way, trouble, Random(number), device, programmer, root, reader)
            finally:
                programmer.kill()
                programmer.join(5)
                _end_who_is_left(root)
                reader.close()  # harmless when it is: its number may be another file's by now
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _told_to_go(way: str, trouble: str, chance: Random, device: Any, programmer: Any, root: Path, reader: IO[bytes]) -> str:
    name = f"{way}, {trouble}"
    pass_time(chance.uniform(0.0, 0.4))
    befallen_s = time.monotonic()
    troubles.befall(device, trouble)
    if not device.flowed(befallen_s):
        raise NotBegun("nothing flowed at that moment")
    pass_time(chance.choice((0.0, chance.uniform(0.0, 0.5))))
    at_s = time.monotonic()
    if way == OUTPUT_GONE:
        reader.close()
    elif way == CLOSED:
        (root / "close-it").touch()
    else:
        with contextlib.suppress(ProcessLookupError):  # it has noticed by itself, and ended
            os.kill(programmer.pid, signal.SIGUSR2 if way in ON_A_SIGNAL else getattr(signal, way))
    within_s = troubles.END_S + (FINDS_OUT_S if way in (OUTPUT_GONE, RECORD_LOST) else 0.0)
    programmer.join(within_s)
    if programmer.exitcode is None:
        raise Broken(f"{name}: it has not ended within {within_s} s", name)
    ended_s, armed = time.monotonic(), troubles.armed(device)
    told = lines(root)
    stop_s = next((line["mono_ns"] / 1e9 for line in told if line["kind"] == "stop"), ended_s)
    begun_s = befallen_s if trouble in troubles.HEARS_NOTHING else at_s if hasattr(signal, way) else stop_s
    nobody_reads = way == CLOSED or (way == OUTPUT_GONE and trouble not in troubles.HEARS_NOTHING)
    said = None if nobody_reads else (root / "programmer.out").read_text(encoding="utf-8", errors="replace")
    code = int((root / "code").read_text(encoding="ascii")) if way == CLOSED else exit_code(programmer)
    found = troubles.wrong(code, CODES[way], told, None if said is None else troubles.plain(said), armed=armed)
    found += troubles.off_in_time(device, trouble, begun_s)
    return troubles.told(name, found, " ".join(crash(root).split()[-12:]) or troubles.plain(said or ""))


def _end_who_is_left(root: Path) -> None:
    """Of a programmer on a terminal of its own, when it has outlived the process that watched it."""
    written = root / "pid"
    if written.is_file() and not (root / "code").is_file():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(written.read_text(encoding="ascii")), signal.SIGKILL)
