"""A terminal of a face's own, held by its test: keys go in, what is drawn is read, or not read any more. And a face on it, driven as by a
person.
"""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from rnprog.session import heartbeat
from rnprog.tui.stop_first import StopsFirst
from tests.attacks.breaking import NEVER_ENDS, never_ends, on_a_signal
from tests.attacks.common import Broken
from tests.attacks.processes import Emulator, NotBegun, pass_time, wait_until, without_stop
from tests.attacks.signals import program_on_terminal

MOMENTS = ("a side is prepared", "a burst flows")
STILL_S = 2.0
CTRL_C, F3, F4, F5 = b"\x03", b"\x1bOR", b"\x1bOS", b"\x1b[15~"
QUESTION, ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
SIZES = ((30, 100), (60, 200))
"""Rows and columns. The first is the one it begins with."""
NO_SCREEN = b"\x1b[?1049l"
"""The screen is left: what follows stands behind it."""


def at_a_terminal(words: list[str], path: str, broken: str, hears: bool) -> None:
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
    if broken == NEVER_ENDS:
        never_ends()
    on_a_signal(broken)
    if broken == "no look at the terminal":
        StopsFirst.look_at_terminal = lambda self: None  # type: ignore[method-assign]
    signal.signal(signal.SIGUSR1, lambda *_: pass_time(STILL_S))
    if broken == "no heed of signals":
        signal.signal = lambda number, handler: signal.getsignal(number)  # type: ignore[assignment]
    program_on_terminal(words)


class Terminal:
    """The other end of a terminal: keys go in; what is drawn is read, so that nobody has to wait, and its end is kept."""

    def __init__(self, handle: int, face: int) -> None:
        """`handle`: this end; `face`: the other one, which stays open here, too."""
        self.path = os.ttyname(face)
        self.drawn = b""
        self.answers = True
        """What mode it is in, as terminals do."""
        self.slow = 0
        """It is read so many bytes at a time from now on, 20 times a second at most. 0: as they come."""
        self.held = False
        """It takes nothing from now on, and stays open: Ctrl-S, or a line that hangs."""
        self._handle, self._face = handle, face
        self._count = 0
        self._closing, self._full = Event(), Event()
        self.resize(0)
        self._reading = Thread(target=self._read, daemon=True)
        self._reading.start()

    def press(self, keys: bytes) -> None:
        """As typed."""
        with contextlib.suppress(OSError):  # whoever read them has gone
            os.write(self._handle, keys)

    @property
    def mark(self) -> int:
        """How much was drawn up to now, for `since`."""
        return self._count

    def since(self, mark: int) -> str:
        """What was drawn since then, at most the last 64 KiB. Ask when nobody draws any more."""
        pass_time(0.05)
        new = self._count - mark
        return self.drawn[-new:].decode("utf-8", "replace") if new else ""

    def behind(self) -> str:
        """What stands behind the screen, when it was left."""
        pass_time(0.05)
        return self.drawn.rpartition(NO_SCREEN)[2].decode("utf-8", "replace") if NO_SCREEN in self.drawn else ""

    def resize(self, size: int) -> None:
        """To one of `SIZES`. Whoever draws on it is told, and draws all anew."""
        fcntl.ioctl(self._face, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZES[size], 0, 0))

    def take_nothing(self) -> float:
        """From now on nothing is read. Returns when it is full, so that whoever draws has to wait: since then, monotonic."""
        self._full.set()
        looked = select.poll()
        looked.register(self._face, select.POLLOUT)
        turn = 0

        def full() -> bool:
            nonlocal turn
            turn += 1
            if turn % 10 == 1:
                self.resize(turn // 10 % 2)
            return not looked.poll(0)

        wait_until(full, "a full terminal", 5.0)
        at_s = time.monotonic()
        self.resize((turn // 10 + 1) % 2)  # there is something that cannot be drawn
        return at_s

    def close(self) -> None:
        """Its window is closed. Harmless when it is."""
        self._closing.set()
        self._reading.join()

    def _read(self) -> None:
        while not self._closing.is_set():
            if self.held or self.slow:
                self._closing.wait(0.05)
            ready, _, _ = select.select([] if self.held else [self._handle], [], [], 0.02)
            if self._full.is_set():
                self._closing.wait()
            elif ready:
                try:
                    new = os.read(self._handle, self.slow or 65_536)
                    if self.answers and QUESTION in self.drawn[1 - len(QUESTION) :] + new:
                        self.press(ANSWER)
                    self.drawn, self._count = (self.drawn + new)[-65_536:], self._count + len(new)
                except OSError:  # nobody has it open
                    self._closing.wait(0.02)
        os.close(self._handle)


@contextmanager
def terminal() -> Iterator[Terminal]:
    here, there = pty.openpty()
    made = Terminal(here, there)
    try:
        pass_time(0.01)
        yield made
    finally:
        os.close(there)
        made.close()


def driven(face: str, moment: str, device: Emulator, programmer: Any, terminal: Terminal) -> None:
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
