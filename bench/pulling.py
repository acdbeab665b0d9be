"""A lost link on a real terminal: from the moment at which the cable is pulled, or nothing passes any more, until the greyed screen stands.

The real program on the titration screen; screen and emulator are processes of their own, this one holds the terminal and the line.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import tempfile
import termios
from random import Random
from time import perf_counter

from bench.pressing import SIZE, Line, emulator, line
from bench.processes import LIMIT_S, SCRIPT, scratch

F4, F5, F8 = b"\x1bOS", b"\x1b[15~", b"\x1b[19~"
CONNECTED, TITRATION = (b"Next: ",), (b"Measure the leads",)
LAST_ROW = b"too strong"
"""The head of the table of thresholds, the last of the values on the screen. It is drawn again only when its colour changes."""
LOST, OLD = (b"LINK LOST", LAST_ROW), (b"OLD: read", LAST_ROW)
APART_S = (0.3, 0.6)
"""Between a screen that stands and the pull, by chance: at any moment between two reads."""
REPAIRED = 12
"""Questions that went well after a cut before the next one."""


def pulled(times: int, *, silent: bool, seed: int = 1) -> list[float]:
    """Seconds from each pull until the greyed screen stands, ranked. `silent`: the port stays, and nothing passes."""
    with scratch() as environment, emulator(environment) as device, line(device) as carried, tempfile.TemporaryDirectory() as records:
        desk = _Desk(carried, records, environment)
        try:
            return sorted(_all(desk, times, Random(seed), silent=silent))
        finally:
            desk.close()


def _all(desk: _Desk, times: int, chance: Random, *, silent: bool) -> list[float]:
    found = []
    desk.until(CONNECTED)
    for number in range(times):
        if number and not silent:
            desk.type(F8)
            desk.until(CONNECTED)
        if number == 0 or not silent:
            desk.type(F4)
            desk.until(TITRATION)
        desk.rest(chance.uniform(*APART_S))
        began_s = perf_counter()
        if silent:
            desk.line.cut = True
        else:
            desk.line.pull()
        found.append(desk.until(OLD if silent else LOST) - began_s)
        if silent:
            desk.line.cut = False
            desk.repaired()
    return found


def silenced_in_bursts(times: int, seed: int = 1) -> list[float]:
    """The same for silence while a burst flows. Each time STOP follows, and the side is prepared anew."""
    chance, found = Random(seed), []
    with scratch() as environment, emulator(environment) as device, line(device) as carried, tempfile.TemporaryDirectory() as records:
        desk = _Desk(carried, records, environment)
        try:
            desk.until(CONNECTED)
            desk.type(F4)
            desk.until(TITRATION)
            for _ in range(times):
                for mark in (b"Titrate the left", b"Give 0.5", b"FLOWING NOW"):
                    desk.rest(0.6)
                    desk.type(F5)
                    desk.until((mark,))
                desk.rest(chance.uniform(0.1, 0.6))
                began_s = perf_counter()
                carried.cut = True
                found.append(desk.until((b"OLD: read", b"too strong")) - began_s)
                carried.cut = False
                desk.until((b"Read the device and go on",))
                desk.rest(0.3)
                desk.type(F8)
                desk.until(TITRATION)
        finally:
            desk.close()
    return sorted(found)


class _Desk:
    """The program at its terminal, and the line beside it."""

    def __init__(self, carried: Line, records: str, environment: dict[str, str]) -> None:
        self.line = carried
        self._here, there = pty.openpty()
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        command = [str(SCRIPT), "tui", "--port", carried.url, "--record-dir", records]
        self._process = subprocess.Popen(command, stdin=there, stdout=there, stderr=there, env={**environment, "TERM": "xterm-256color"})
        os.close(there)

    def close(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.wait()
        os.close(self._here)

    def type(self, key: bytes) -> None:
        """A key."""
        os.write(self._here, key)

    def rest(self, seconds: float) -> None:
        """Only carry, for a while."""
        self._carry(perf_counter() + seconds)

    def repaired(self) -> None:
        """Carry until the line has served for a while."""
        enough, end_s = self.line.asked + REPAIRED, perf_counter() + LIMIT_S
        while self.line.asked < enough:
            if perf_counter() > end_s:
                raise TimeoutError("the screen asks nothing any more")
            self._carry(perf_counter() + 0.1)

    def until(self, marks: tuple[bytes, ...]) -> float:
        """When all of them had been drawn, from now on."""
        seen, end_s = b"", perf_counter() + LIMIT_S
        while perf_counter() < end_s:
            seen = (seen + self._carry(perf_counter() + 0.1, at_once=True))[-400_000:]
            if all(mark in seen for mark in marks):
                return perf_counter()
        raise TimeoutError(f"the screen did not come so far: {marks!r}")

    def _carry(self, end_s: float, *, at_once: bool = False) -> bytes:
        """What is drawn by then; `at_once`: or what is drawn first."""
        drawn = b""
        while (left_s := end_s - perf_counter()) > 0:
            for each in select.select([self._here, *self.line.ends()], [], [], left_s)[0]:
                if each is self._here:
                    drawn += os.read(self._here, 65_536)
                elif each in self.line.ends():
                    self._pass(each)
            if drawn and at_once:
                break
        return drawn

    def _pass(self, each: object) -> None:
        try:
            self.line.carry(each)  # type: ignore[arg-type]
        except ConnectionError:
            self.line.pull()  # the screen has closed its end
