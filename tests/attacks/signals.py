"""Every way in which a face is told to go, or goes, while it stimulates: OFF is confirmed within 250 ms, on the disk and in the exit code.

The real command runs as a process (`rnprog titrate`), the emulator as another. SIGINT, SIGTERM, SIGHUP and a closed terminal are timed up
to the confirmed STOP in the record, `rnprog stop` from a third process up to OFF. Its output gone, a bug in the face, a laptop that slept
and a second rnprog are looked at. So is a STOP from outside while the programmer awaits an answer that never comes.

Among these are cases in which the device does not do what STOP asks for; they are in `signals_in_trouble.py`.
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from tests.attacks import signals_in_trouble
from tests.attacks.common import Broken, Find, Result, Shot, over_these
from tests.attacks.lease import LINES
from tests.attacks.processes import (
    Again,
    Emulator,
    NotBegun,
    crash,
    emulator,
    exit_code,
    lines,
    own_environment,
    pass_time,
    program,
    start,
    until_it_flows,
    wait_until,
)
from tests.attacks.troubles import woven

SHARE = 15
SOUND = 1_000
"""Cases in which the device is."""
FULL = SOUND + signals_in_trouble.FULL
JOBS = 1
AT_ONCE = 4
"""Side by side; mostly they wait."""
LIMITS_MS = {"ms to OFF confirmed": 250.0, "ms to leave": 1_000.0}
"""Of the 99th percentile."""
again = Again()
BROKEN = ""
"""What is wrong with every programmer, for a test of this attack: "no STOP", "a queue that STOP does not clear", or, of those in trouble,
`breaking.FORGETS`."""
AWAITED = "rnprog stop, an answer is awaited"
WAYS = (
    *("SIGINT", "SIGTERM", "SIGHUP", "closed terminal", "SIGINT", "SIGTERM"),
    *("output gone", "a bug in the face", "slept", "two at once", "rnprog stop", AWAITED),
)
CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "closed terminal": 129, "output gone": 141, "a bug in the face": 70}


def run(runs: int, seed: int) -> Result:
    whole = Result()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for piece in pool.map(lambda number: over_these([number], case, row=_row(number)), range(seed, seed + runs)):
            whole.join(piece)
    again.tell(whole)
    return whole


def summary(result: Result) -> Result:
    """A 99th percentile beyond the promise is a find."""
    numbers: dict[str, int] = {}
    for number in reversed(range(FULL)):
        numbers[_row(number)] = number
    for row in result.rows:
        values = sorted(row.values)
        limit_ms = LIMITS_MS.get(row.unit, math.inf)
        if values and (p99_ms := values[min(len(values) - 1, int(len(values) * 0.99))]) > limit_ms:
            row.finds += 1
            result.finds.append(Find(numbers[row.what], f"{row.what}: p99 is {p99_ms:.0f} ms, {limit_ms:.0f} ms are promised"))
    return result


def case(number: int) -> str | Shot:
    """One programmer that is told to go."""
    troubled, index = woven(number, SOUND, signals_in_trouble.FULL)
    if troubled:
        return again(lambda: signals_in_trouble.pair(index, _on_a_terminal, BROKEN))
    return again(lambda: _pair(index))


def _row(number: int) -> str:
    troubled, index = woven(number, SOUND, signals_in_trouble.FULL)
    return signals_in_trouble.row(index) if troubled else WAYS[index % len(WAYS)]


def _pair(number: int) -> str | Shot:
    way = WAYS[number % len(WAYS)]
    root = Path(tempfile.mkdtemp(prefix="rn", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        environment = own_environment(root)
        with emulator(root, environment, *LINES[number // len(WAYS) % 2]) as device:
            words = ["titrate", "--side", "left", "--observer", "simulated", "--burst", "2s", "--port", device.url]
            words += ["--record-dir", str(root / "records")]
            broken = way if way in ("output gone", "a bug in the face") else BROKEN
            os.mkfifo(root / "reader")
            reader: int | None = os.open(root / "reader", os.O_RDONLY | os.O_NONBLOCK)
            target = _on_a_terminal if way == "closed terminal" else program
            if way == AWAITED:
                device.bench({"cmd": "fault", "spec": "drop-reply=IMPEDANCE@1"})
            programmer = start(target, words, str(root), broken, environment=environment)
            try:
                if way == AWAITED:
                    return _stopped_while_waiting(device, programmer, root, device.url, environment)
                until_it_flows(device, programmer)
                if way == "output gone":
                    os.close(reader)
                    reader = None
                return _ended(way, Random(number), device, programmer, root, words, environment)
            finally:
                if reader is not None:
                    os.close(reader)
                programmer.kill()
                programmer.join(5)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _ended(
    way: str, chance: Random, device: Emulator, programmer: Any, root: Path, words: list[str], environment: dict[str, str]
) -> str | Shot:
    if way == "two at once":
        return _second(programmer, root, words, environment)
    if way == "rnprog stop":
        return _stopped_from_outside(device, root, environment)
    if way == "slept":
        return _slept(device, programmer, root)
    pass_time(chance.uniform(0.0, 0.4))
    at_s = time.monotonic()
    if way in ("SIGINT", "SIGTERM", "SIGHUP"):
        os.kill(programmer.pid, getattr(signal, way))
    elif way == "closed terminal":
        (root / "close-it").touch()
    programmer.join(10)
    if way == "closed terminal":
        at_s = float((root / "closed-at").read_text(encoding="ascii"))
    if way not in ("output gone", "a bug in the face") and not device.flowed(at_s):
        raise NotBegun("nothing flowed at that moment")
    stop = next((line for line in lines(root) if line["kind"] == "stop"), None)
    timed = stop is not None and way not in ("output gone", "a bug in the face")
    shot = Shot(way, stop["mono_ns"] / 1e6 - at_s * 1000, "ms to OFF confirmed") if timed and stop is not None else None
    code = _code(root, programmer)
    if code != CODES[way]:
        raise Broken(f"{way}: exit code {code}: {crash(root) or _said(root)}", way, shot)
    if device.flows:
        raise Broken(f"{way}: it has ended and left the output on", way, shot)
    if stop is None or not stop["data"]["confirmed"]:
        raise Broken(f"{way}: no confirmed STOP in the record", way, shot)
    return way if shot is None else shot


def _code(root: Path, programmer: Any) -> int | None:
    told = root / "code"
    return int(told.read_text(encoding="ascii")) if told.is_file() else exit_code(programmer)


def _said(root: Path) -> str:
    out = root / "programmer.out"
    return " ".join(out.read_text(encoding="utf-8", errors="replace").split())[-300:] if out.is_file() else ""


def _slept(device: Emulator, programmer: Any, root: Path) -> str:
    """Stopped for longer than the lease, then continued: off before it wakes, and its session is void afterwards."""
    at_s = time.monotonic()
    os.kill(programmer.pid, signal.SIGSTOP)
    if not device.flowed(at_s):
        raise NotBegun("nothing flowed at that moment")
    device.off_s()
    before = len(device.changes())
    os.kill(programmer.pid, signal.SIGCONT)
    programmer.join(10)
    rises = [change for change in device.changes()[before:] if change["amplitude_ua"] > 0]
    if rises or device.flows:
        raise Broken(f"slept: current flowed after it woke up: {rises[:1]}", "slept")
    if (code := exit_code(programmer)) in (0, 70, None):
        raise Broken(f"slept: exit code {code}: {_said(root)}", "slept")
    return "slept"


def _second(programmer: Any, root: Path, words: list[str], environment: dict[str, str]) -> Shot:
    """A second one on the same port leaves at once and names the first; the first goes on and can be ended."""
    second_root = root / "second"
    second_root.mkdir()
    at_s = time.monotonic()
    second = start(program, [*words[:-1], str(second_root), "--json"], str(second_root), "", environment=environment)
    second.join(10)
    took_s = time.monotonic() - at_s
    said = (second_root / "programmer.out").read_text(encoding="utf-8")
    shot = Shot("two at once", took_s * 1000, "ms to leave")
    if (code := exit_code(second)) != 75 or str(programmer.pid) not in said:
        raise Broken(f"two at once: exit code {code} after {took_s:.2f} s: {said[-200:]}", shot=shot)
    if not programmer.is_alive():
        raise Broken("two at once: the first one has ended", shot=shot)
    return shot


def _stopped_from_outside(device: Emulator, root: Path, environment: dict[str, str]) -> Shot:
    """Another process says stop while the first one holds the port: confirmed to it, and OFF."""
    at_s = _say_stop(device.url, root, environment)
    shot = Shot("rnprog stop", (device.off_s() - at_s) * 1000, "ms to OFF confirmed")
    if device.changes()[-1]["cause"] != "stop":
        raise NotBegun("it came between two bursts")
    return shot


def _stopped_while_waiting(device: Emulator, programmer: Any, root: Path, url: str, environment: dict[str, str]) -> Shot:
    """The same while the first one awaits an answer that it would wait for a second and a half: it lets go of the line at once."""
    wait_until(lambda: device.measured or not programmer.is_alive(), "a measurement")
    if not programmer.is_alive():
        raise NotBegun("the programmer has ended before it measured")
    at_s = _say_stop(url, root, environment)
    programmer.join(10)
    stop = next((line for line in lines(root) if line["kind"] == "stop"), None)
    if stop is None or not stop["data"]["confirmed"]:
        raise Broken(f"{AWAITED}: no confirmed STOP in the record: {_said(root)}", AWAITED)
    return Shot(AWAITED, stop["mono_ns"] / 1e6 - at_s * 1000, "ms to OFF confirmed")


def _say_stop(url: str, root: Path, environment: dict[str, str]) -> float:
    """`rnprog stop`, and when it was said, monotonic. Broken when it does not end well."""
    second_root = root / "second"
    second_root.mkdir()
    at_s = time.monotonic()
    second = start(program, ["stop", "--port", url], str(second_root), "", environment=environment)
    second.join(10)
    if (code := exit_code(second)) != 0:
        raise Broken(f"rnprog stop: exit code {code}: {_said(second_root)}", "rnprog stop")
    return at_s


def _on_a_terminal(words: list[str], root: str, broken: str) -> None:
    """The programmer on a pseudo-terminal of its own, which is closed when the file `close-it` appears."""
    import pty

    pid, master = pty.fork()
    if pid == 0:
        program_on_terminal(words)
    Path(root, "pid").write_text(str(pid), encoding="ascii")
    os.set_blocking(master, False)

    def asked() -> bool:
        try:
            os.read(master, 65_536)
        except (BlockingIOError, OSError):
            return Path(root, "close-it").exists()
        return Path(root, "close-it").exists()

    wait_until(asked, "being asked to close")
    Path(root, "closed-at").write_text(repr(time.monotonic()), encoding="ascii")
    os.close(master)
    _, status = os.waitpid(pid, 0)
    Path(root, "code").write_text(str(os.waitstatus_to_exitcode(status)), encoding="ascii")


def program_on_terminal(words: list[str]) -> None:
    """The command line, with the terminal that it has."""
    from rnprog import entry

    os._exit(entry.main(words))
