"""A face whose device does not do what STOP asks for, one with a bug in it, and a screen on a terminal that takes nothing: the other half
of `signals_at_terminals`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from tests.attacks import troubles
from tests.attacks.breaking import BUG
from tests.attacks.common import Broken, Shot, spread
from tests.attacks.lease import LINES, UNIT, WITHIN_S
from tests.attacks.processes import (
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
from tests.attacks.terminals import MOMENTS, Terminal, at_a_terminal, driven
from tests.attacks.terminals import terminal as a_terminal

CLOSED, TAKES_NOTHING = "closed terminal", "the terminal takes nothing"
CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, CLOSED: 129, BUG: 70}
"""Where a STOP is confirmed."""
_TAKES_NOTHING_TIMES = 4
CASES = [
    *((face, moment, way, trouble) for way in CODES for trouble in troubles.TROUBLES for moment in MOMENTS for face in ("session", "tui")),
    *((face, moment, BUG, troubles.SOUND) for moment in MOMENTS for face in ("session", "tui")),
    *[("tui", moment, TAKES_NOTHING, troubles.SOUND) for moment in MOMENTS] * _TAKES_NOTHING_TIMES,
]
FULL = len(CASES)


def meaning(number: int) -> tuple[str, str, str, str]:
    """Face, moment, way and trouble."""
    return CASES[spread(number, len(CASES))]


def row(number: int) -> str:
    """Of the table."""
    face, moment, way, trouble = meaning(number)
    return f"{face}: {way}, {moment}" + (f", {trouble}" if trouble != troubles.SOUND else "")


def pair(number: int, broken: str = "") -> str | Shot:
    """One face and one device. `broken`: what is wrong with every face."""
    face, moment, way, trouble = meaning(number)
    root = Path(tempfile.mkdtemp(prefix="rn", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        environment = {**own_environment(root), "TERM": "xterm-256color"}
        line = (*LINES[number // 2 % 2], *troubles.arguments(trouble))
        with emulator(root, environment, *line) as device, a_terminal() as terminal:
            words = ["--record-dir", str(root / "records"), face, "--port", device.url, *troubles.consent(trouble)]
            programmer = start(at_a_terminal, words, terminal.path, broken or way, True, environment=environment)
            try:
                driven(face, moment, device, programmer, terminal)
                pass_time(Random(number).uniform(0.0, 0.3))
                if way == TAKES_NOTHING:
                    return _takes_nothing(row(number), moment, device, programmer, terminal, root)
                return _told_to_go(number, device, programmer, terminal, root)
            finally:
                programmer.kill()
                programmer.join(5)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _told_to_go(number: int, device: Emulator, programmer: Any, terminal: Terminal, root: Path) -> str:
    (face, moment, way, trouble), name, chance = meaning(number), row(number), Random(-number)
    mark, befallen_s = terminal.mark, time.monotonic()
    troubles.befall(device, trouble)
    if moment == MOMENTS[1] and not device.flowed(befallen_s):
        raise NotBegun("nothing flowed at that moment")
    pass_time(chance.choice((0.0, chance.uniform(0.0, 0.5))))
    at_s = time.monotonic()
    if way == CLOSED:
        terminal.close()
    else:
        with contextlib.suppress(ProcessLookupError):  # it has noticed by itself, and ended
            os.kill(programmer.pid, signal.SIGUSR2 if way == BUG else getattr(signal, way))
    _ends(name, programmer)
    armed, told, code = troubles.armed(device), lines(root), exit_code(programmer)
    said = None if way == CLOSED else troubles.plain(terminal.behind() if face == "tui" else terminal.since(mark))
    found = troubles.wrong(code, CODES[way], told, said, armed=armed)
    found += troubles.off_in_time(device, trouble, befallen_s if trouble in troubles.HEARS_NOTHING else at_s)
    if told[-1]["kind"] != "close":
        found.append(f"the record was not closed: {[line['kind'] for line in told[-3:]]}")
    return troubles.told(name, found, " ".join(crash(root).split()[-12:]) or said or "")


def _takes_nothing(name: str, moment: str, device: Emulator, programmer: Any, terminal: Terminal, root: Path) -> Shot:
    """Nobody reads what the screen draws, so that a person sees an old one: that keeps nothing alive. It is told to go afterwards."""
    at_s = terminal.take_nothing()
    if not troubles.armed(device) or (moment == MOMENTS[1] and not device.flowed(at_s)):
        raise NotBegun("nothing was prepared, or flowed, at that moment")
    found = []
    with contextlib.suppress(Broken):
        wait_until(lambda: not troubles.armed(device), "off", 2.0 * WITHIN_S)
    off_s = time.monotonic()
    if moment == MOMENTS[1] and not device.flows:
        off_s = max(at_s, device.off_s()) if not troubles.armed(device) else off_s
    shot = Shot(name, (off_s - at_s) * 1000, UNIT)
    if off_s - at_s > WITHIN_S:
        found.append(f"12: off {off_s - at_s:.3f} s after nothing was taken any more, or later")
    os.kill(programmer.pid, signal.SIGTERM)
    _ends(f"{name}: {'; '.join(found)}", programmer, shot)
    told = lines(root)
    found += troubles.wrong(exit_code(programmer), CODES["SIGTERM"], told, None, armed=troubles.armed(device))
    if told[-1]["kind"] != "close":
        found.append(f"the record was not closed: {[line['kind'] for line in told[-3:]]}")
    if found:
        raise Broken(f"{name}: {'; '.join(found)}", shot=shot)
    return shot


def _ends(name: str, programmer: Any, shot: Shot | None = None) -> None:
    programmer.join(troubles.END_S)
    if programmer.exitcode is None:
        raise Broken(f"{name}: it has not ended within {troubles.END_S} s", name, shot)
