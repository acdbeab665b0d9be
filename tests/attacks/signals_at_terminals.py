"""The faces that a person sits before, each on a terminal of its own: told to go, left without a terminal, or standing still, while a side
is prepared or a burst flows. Off within 1 s by the emulator's ground truth, STOP in the record, and the record closed.

`rnprog session` waits for input most of the time, `rnprog tui` draws; both are driven by keys as a person would, in real time. The
emulator and the face are processes of their own, the terminal is held here.
"""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import pty
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

from rnprog.session import heartbeat
from rnprog.tui.stop_first import StopsFirst
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
    without_stop,
)
from tests.attacks.signals import program_on_terminal

SHARE = 4
FULL = 336
JOBS = 1
AT_ONCE = 2
FACES = ("session", "tui")
MOMENTS = ("a side is prepared", "a burst flows")
HANG_UP, FROZEN = "closed terminal, and no signal", "the face stands still"
WAYS = ("Ctrl-C", "SIGINT", "SIGTERM", "SIGHUP", "closed terminal", HANG_UP, FROZEN)
_CASES = [(face, moment, way) for way in WAYS for moment in MOMENTS for face in FACES]
CODES = {"Ctrl-C": 130, "SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "closed terminal": 129, HANG_UP: 129, FROZEN: 143}
"""Of both. On the screen Ctrl-C is the STOP key, and SIGTERM ends it afterwards; so does it end a face that stood still."""
OTHERWISE = {("session", HANG_UP): 141}
"""Its input has ended, and nobody reads what it says of that."""
STILL_S, GOES_ON_S = 2.0, 0.5
CTRL_C, F3, F4, F5 = b"\x03", b"\x1bOR", b"\x1bOS", b"\x1b[15~"
again = Again()
BROKEN = ""
"""What is wrong with every face, for a test of this attack: "no STOP"; "no heed of signals": the system ends it; "a heart that asks
nobody"; or "no look at the terminal"."""


def run(runs: int, seed: int) -> Result:
    whole = Result()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for piece in pool.map(lambda number: over_these([number], case, row=lambda n: _row(*_meaning(n))), range(seed, seed + runs)):
            whole.join(piece)
    again.tell(whole)
    return whole


def _meaning(number: int) -> tuple[str, str, str]:
    return _CASES[spread(number, len(_CASES))]


def _row(face: str, moment: str, way: str) -> str:
    return f"{face}: {way}, {moment}"


def case(number: int) -> Shot:
    """One face that is told to go."""
    return again(lambda: _pair(number))


def _pair(number: int) -> Shot:
    face, moment, way = _meaning(number)
    root = Path(tempfile.mkdtemp(prefix="rn", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        environment = {**own_environment(root), "TERM": "xterm-256color"}
        with emulator(root, environment, *LINES[number // len(_CASES) % 2]) as device, _terminal() as terminal:
            words = ["--record-dir", str(root / "records"), face, "--port", device.url]
            programmer = start(_at_a_terminal, words, terminal.path, BROKEN, way != HANG_UP, environment=environment)
            try:
                _driven(face, moment, device, programmer, terminal)
                pass_time(Random(number).uniform(0.0, 0.3))
                return _told_to_go(face, moment, way, device, programmer, terminal, root)
            finally:
                programmer.kill()
                programmer.join(5)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _at_a_terminal(words: list[str], path: str, broken: str, hears: bool) -> None:
    """The command line on this terminal, as the leader of its session. `hears`: the system tells it when the terminal is closed."""
    os.setsid()
    handle = os.open(path, os.O_RDWR | os.O_NOCTTY)
    if hears:
        fcntl.ioctl(handle, termios.TIOCSCTTY, 0)
    for standard in (0, 1, 2):
        os.dup2(handle, standard)
    os.close(handle)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115 - a fork's is elsewhere
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    if broken == "no STOP":
        without_stop()
    if broken == "a heart that asks nobody":
        heartbeat.FACE_S = math.inf
    if broken == "no look at the terminal":
        StopsFirst.look_at_terminal = lambda self: None  # type: ignore[method-assign]
    signal.signal(signal.SIGUSR1, lambda *_: pass_time(STILL_S))
    if broken == "no heed of signals":
        signal.signal = lambda number, handler: signal.getsignal(number)  # type: ignore[assignment]
    program_on_terminal(words)


class _Terminal:
    """The other end of a terminal: keys go in; what is drawn is read, so that nobody has to wait, and its end is kept."""

    def __init__(self, handle: int, path: str) -> None:
        self.path = path
        self.drawn = b""
        self._handle = handle
        self._closing = Event()
        self._reading = Thread(target=self._read, daemon=True)
        self._reading.start()

    def press(self, keys: bytes) -> None:
        """As typed."""
        with contextlib.suppress(OSError):  # whoever read them has gone
            os.write(self._handle, keys)

    def close(self) -> None:
        """Its window is closed. Harmless when it is."""
        self._closing.set()
        self._reading.join()

    def _read(self) -> None:
        while not self._closing.is_set():
            ready, _, _ = select.select([self._handle], [], [], 0.02)
            if ready:
                try:
                    self.drawn = (self.drawn + os.read(self._handle, 65_536))[-65_536:]
                except OSError:  # nobody has it open
                    self._closing.wait(0.02)
        os.close(self._handle)


@contextmanager
def _terminal() -> Iterator[_Terminal]:
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    terminal = _Terminal(here, os.ttyname(there))
    try:
        pass_time(0.01)
        yield terminal
    finally:
        os.close(there)
        terminal.close()


def _driven(face: str, moment: str, device: Emulator, programmer: Any, terminal: _Terminal) -> None:
    """By keys up to this moment. NotBegun when it does not come."""

    def state() -> dict[str, Any]:
        if not programmer.is_alive():
            raise NotBegun(f"it has ended: {terminal.drawn[-300:]!r}")
        return device.bench({"cmd": "state"})

    def pressed_until(keys: bytes, reached: str, every_s: float) -> None:
        last_s = 0.0

        def there() -> bool:
            nonlocal last_s
            now = state()
            if device.flows if reached == "flows" else bool(now[reached]):
                return True
            if time.monotonic() - last_s > every_s:
                last_s = time.monotonic()
                terminal.press(keys)
            return False

        wait_until(there, reached)

    try:
        if face == "tui":
            pressed_until(b"", "link_session", 1.0)
            pass_time(0.5)  # its screen is drawn
            pressed_until(F3 + F5, "changes", 2.0)
            pressed_until(F4 + F5, "armed_channels", 1.5)
        else:
            pressed_until(b"\r", "armed_channels", 0.3)
        if moment == MOMENTS[1]:
            pressed_until(F5 if face == "tui" else b"\r", "flows", 0.4)
        elif device.flows or not state()["armed_channels"]:
            raise NotBegun("it went past the moment")
    except Broken as broken:
        raise NotBegun(f"{broken}: {terminal.drawn[-300:]!r}") from broken


def _told_to_go(face: str, moment: str, way: str, device: Emulator, programmer: Any, terminal: _Terminal, root: Path) -> Shot:
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
        _goes_on(at_s, device, programmer)
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


def _goes_on(at_s: float, device: Emulator, programmer: Any) -> None:
    """The face moves again: nothing is prepared by itself, and it can be told to go."""
    pass_time(max(0.0, at_s + STILL_S + GOES_ON_S - time.monotonic()))
    if device.flows or device.bench({"cmd": "state"})["armed_channels"]:
        raise Broken("12: output is on again after the face stood still")
    os.kill(programmer.pid, signal.SIGTERM)
