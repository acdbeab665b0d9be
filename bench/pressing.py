"""STOP by its key, on a real terminal: from the byte that the keyboard sends to the STOP frame on the line, while the screen is laid
out anew 50 times a second. Screen and emulator are processes of their own; this one holds the terminal, and the line between the two."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import socket
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from bench.processes import HERE, LIMIT_S, scratch
from rnprog.protocol.connection import STOP_FRAME

SIZE = (160, 50)
F12 = b"\x1b[24~"
FRAME = STOP_FRAME.strip(b"\0")
APART_S = (0.05, 0.25)
"""Between ready and the key, by chance: at any moment of the screen's work."""


def key_to_bytes(presses: int, peer: str = "loaded_tui.py", *, seed: int = 1) -> list[float]:
    """Seconds from each F12 to its STOP frame, ranked. `peer`: the program at the terminal."""
    with scratch() as environment, emulator(environment) as device, line(device) as carried, tempfile.TemporaryDirectory() as records:
        return sorted(_pressed(presses, Random(seed), peer, carried, records, environment))


def _pressed(presses: int, chance: Random, peer: str, line: Line, records: str, environment: dict[str, str]) -> list[float]:
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    ready, told = os.pipe()
    command = [sys.executable, str(HERE / "peers" / peer), line.url, records, str(told)]
    process = subprocess.Popen(
        command, stdin=there, stdout=there, stderr=there, env={**environment, "TERM": "xterm-256color"}, pass_fds=(told,), cwd=HERE.parent
    )
    os.close(there)
    os.close(told)
    found: list[float] = []
    shown = b""
    press_s = pressed_s = 0.0
    end_s = perf_counter() + LIMIT_S
    try:
        while len(found) < presses:
            if perf_counter() > end_s:
                raise TimeoutError("the screen did not come so far")
            wait_s = max(press_s - perf_counter(), 0.0) if press_s else 1.0
            for each in select.select([here, ready, *line.ends()], [], [], wait_s)[0]:
                if each is here:
                    drawn = _read(here)
                    if not drawn:
                        raise RuntimeError(f"the screen has ended: {shown.decode(errors='replace')}")
                    shown = (shown + drawn)[-2_000:]
                elif each is ready:
                    os.read(ready, 1)
                    press_s, end_s = perf_counter() + chance.uniform(*APART_S), perf_counter() + LIMIT_S
                elif line.carry(each) and pressed_s:
                    found.append(perf_counter() - pressed_s)
                    pressed_s = 0.0
            if press_s and perf_counter() >= press_s:
                press_s, pressed_s = 0.0, perf_counter()
                os.write(here, F12)
    finally:
        process.kill()
        process.wait()
        os.close(here)
        os.close(ready)
    return found


def _read(terminal: int) -> bytes:
    """Empty when nobody has its other end open."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


@dataclass
class Line:
    """Carries bytes between the screen, which connects to `url`, and the device."""

    listening: socket.socket
    device: socket.socket
    screen: socket.socket | None = None
    seen: bytes = field(default=b"", repr=False)
    cut: bool = False
    """Nothing passes, and nobody is told."""
    asked: int = 0
    """Pieces that came from the screen."""

    @property
    def url(self) -> str:
        return f"socket://127.0.0.1:{self.listening.getsockname()[1]}"

    def ends(self) -> list[socket.socket]:
        return [self.listening, self.device, *([self.screen] if self.screen is not None else [])]

    def pull(self) -> None:
        """The screen's end of the cable is pulled: its port says so."""
        if self.screen is not None:
            self.screen.close()
            self.screen = None

    def carry(self, end: socket.socket) -> bool:
        """What stands at this end. True: a STOP frame from the screen was among it."""
        if end is self.listening:
            self.screen = self.listening.accept()[0]
            self.screen.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return False
        data = end.recv(65_536)
        if not data:
            raise ConnectionError("the line has ended")
        if end is self.device:
            if self.screen is not None and not self.cut:
                self.screen.sendall(data)
            return False
        self.asked += 1
        if self.cut:
            return False
        self.device.sendall(data)
        self.seen = (self.seen + data)[-256:]
        if FRAME not in self.seen:
            return False
        self.seen = b""
        return True


@contextmanager
def line(device: str) -> Iterator[Line]:
    host, _, number = device.removeprefix("socket://").rpartition(":")
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection((host, int(number)), LIMIT_S) as far:
        far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        carried = Line(listening, far)
        try:
            yield carried
        finally:
            if carried.screen is not None:
                carried.screen.close()


@contextmanager
def emulator(environment: dict[str, str]) -> Iterator[str]:
    """The address of a device that runs by itself."""
    command = [sys.executable, "-m", "device_emulator", "--tcp", "127.0.0.1:0", "--seed", "1", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=HERE.parent)
    assert process.stdout is not None
    try:
        yield str(json.loads(process.stdout.readline())["port"])
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.stdout.close()
