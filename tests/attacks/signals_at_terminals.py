"""The faces that a person sits before, each on a terminal of its own: told to go, left without a terminal, or standing still, while a side
is prepared or a burst flows. Off within 1 s by the emulator's ground truth, STOP in the record, and the record closed.

`rnprog session` waits for input most of the time, `rnprog tui` draws; both are driven by keys as a person would, in real time. The
emulator and the face are processes of their own, the terminal is held by `terminals.py`.

Among these are cases in which the device, or the terminal, does not do its part; they are in `terminals_in_trouble.py`.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from tests.attacks import terminals_in_trouble
from tests.attacks.common import Broken, Result, Shot, over_these, spread
from tests.attacks.lease import LINES, UNIT, WITHIN_S
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
    start,
    wait_until,
)
from tests.attacks.terminals import CTRL_C, MOMENTS, STILL_S, Terminal, at_a_terminal, driven
from tests.attacks.terminals import terminal as a_terminal
from tests.attacks.troubles import woven

SHARE = 6
SOUND = 224
"""Cases in which the device and the terminal do their part: eight of each."""
FULL = SOUND + terminals_in_trouble.FULL
JOBS = 1
AT_ONCE = 2
FACES = ("session", "tui")
HANG_UP, FROZEN = "closed terminal, and no signal", "the face stands still"
WAYS = ("Ctrl-C", "SIGINT", "SIGTERM", "SIGHUP", "closed terminal", HANG_UP, FROZEN)
_CASES = [(face, moment, way) for way in WAYS for moment in MOMENTS for face in FACES]
CODES = {"Ctrl-C": 130, "SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "closed terminal": 129, HANG_UP: 129, FROZEN: 143}
"""Of both. On the screen Ctrl-C is the STOP key, and SIGTERM ends it afterwards; so does it end a face that stood still."""
OTHERWISE = {("session", HANG_UP): 141, ("session", FROZEN): 1}
"""Its input has ended, and nobody reads what it says of that. One that stood still for longer than the lease says STOP when it wakes, and
ends by itself (H12)."""
GOES_ON_S = 0.5
again = Again()
BROKEN = ""
"""What is wrong with every face, for a test of this attack: "no STOP"; "no heed of signals": the system ends it; "a heart that asks
nobody"; "no look at the terminal"; or, of those in trouble, `breaking.NEVER_ENDS`."""


def run(runs: int, seed: int) -> Result:
    whole = Result()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for piece in pool.map(lambda number: over_these([number], case, row=_row_of), range(seed, seed + runs)):
            whole.join(piece)
    again.tell(whole)
    return whole


def _meaning(number: int) -> tuple[str, str, str]:
    return _CASES[spread(number, len(_CASES))]


def _row(face: str, moment: str, way: str) -> str:
    return f"{face}: {way}, {moment}"


def _row_of(number: int) -> str:
    troubled, index = woven(number, SOUND, terminals_in_trouble.FULL)
    return terminals_in_trouble.row(index) if troubled else _row(*_meaning(index))


def case(number: int) -> str | Shot:
    """One face that is told to go."""
    troubled, index = woven(number, SOUND, terminals_in_trouble.FULL)
    if troubled:
        return again(lambda: terminals_in_trouble.pair(index, BROKEN))
    return again(lambda: _pair(index))


def _pair(number: int) -> Shot:
    face, moment, way = _meaning(number)
    root = Path(tempfile.mkdtemp(prefix="rn", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        environment = {**own_environment(root), "TERM": "xterm-256color"}
        with emulator(root, environment, *LINES[number // len(_CASES) % 2]) as device, a_terminal() as terminal:
            words = ["--record-dir", str(root / "records"), face, "--port", device.url]
            programmer = start(at_a_terminal, words, terminal.path, BROKEN, way != HANG_UP, environment=environment)
            try:
                driven(face, moment, device, programmer, terminal)
                pass_time(Random(number).uniform(0.0, 0.3))
                return _told_to_go(face, moment, way, device, programmer, terminal, root)
            finally:
                programmer.kill()
                programmer.join(5)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _told_to_go(face: str, moment: str, way: str, device: Emulator, programmer: Any, terminal: Terminal, root: Path) -> Shot:
    row = _row(face, moment, way)
    if not device.bench({"cmd": "state"})["armed_channels"]:
        raise NotBegun("nothing was prepared at that moment")
    at_s = time.monotonic()
    if way == "Ctrl-C":
        terminal.press(CTRL_C)
    elif way in ("closed terminal", HANG_UP):
        terminal.close()
    else:
        os.kill(programmer.pid, signal.SIGUSR1 if way == FROZEN else getattr(signal, way))
    wait_until(lambda: not device.bench({"cmd": "state"})["armed_channels"], "off", 2.0 * WITHIN_S)
    off_s = time.monotonic()
    if moment == MOMENTS[1]:
        if not device.flowed(at_s):
            raise NotBegun("nothing flowed at that moment")
        off_s = device.off_s()
    shot = Shot(row, (off_s - at_s) * 1000, UNIT)
    if off_s - at_s > WITHIN_S:
        raise Broken(f"12: off {off_s - at_s:.3f} s after {way}", shot=shot)
    if way == FROZEN:
        _goes_on(face, at_s, device, programmer)
    if face == "tui" and way == "Ctrl-C":
        wait_until(lambda: any(line["kind"] == "stop" for line in lines(root)), "a STOP in the record", 5.0)
        os.kill(programmer.pid, signal.SIGTERM)
    programmer.join(10)
    expected = OTHERWISE.get((face, way), CODES["SIGTERM" if face == "tui" and way == "Ctrl-C" else way])
    if (code := exit_code(programmer)) != expected:
        raise Broken(f"{way}: exit code {code}, not {expected}: {crash(root) or terminal.drawn[-300:]!r}", shot=shot)
    kinds = [line["kind"] for line in lines(root)]
    if way != FROZEN and not any(line["kind"] == "stop" and line["data"]["confirmed"] for line in lines(root)):
        raise Broken(f"{way}: no confirmed STOP in the record: {kinds[-4:]}", shot=shot)
    if kinds[-1] != "close":
        raise Broken(f"{way}: the record was not closed: {kinds[-4:]}", shot=shot)
    return shot


def _goes_on(face: str, at_s: float, device: Emulator, programmer: Any) -> None:
    """The face moves again: nothing is prepared by itself, and the screen can be told to go."""
    pass_time(max(0.0, at_s + STILL_S + GOES_ON_S - time.monotonic()))
    if device.flows or device.bench({"cmd": "state"})["armed_channels"]:
        raise Broken("12: output is on again after the face stood still")
    if face == "tui":
        os.kill(programmer.pid, signal.SIGTERM)
