"""The device on a TCP port or a pseudo-terminal, in wall time: one thread, one select loop, no layer that buffers. Answers in the
same turn in which the bytes came.

The device lives on when a client goes; then its lease ends what was leased. One client at a time: another is closed at once.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable
from typing import Protocol

from device_emulator.address import address_text
from device_emulator.bench_line import BenchLine
from device_emulator.host import Host
from device_emulator.opennerve.host import OpenNerveHost

READ_SIZE = 65_536
PTY_SIZE = 4_096
"""A pseudo-terminal never gives more at a time; a larger buffer would only cost."""
IDLE_S = 0.5
"""The loop turns at least this often, so that a signal is never long in coming through."""


class Line(Protocol):
    """The device's end of a byte stream."""

    name: str
    opened: Callable[[], None]
    """Called when a host opens the line, as far as that can be seen."""
    closed: Callable[[], None]
    """Called when a host has gone, as far as that can be seen."""

    def waits_on(self) -> list[int]:
        """File descriptors that may become readable."""

    def ready(self, descriptor: int) -> bytes:
        """Bytes from the host; empty: none, or not for the device."""

    def send(self, data: bytes) -> None:
        """To the host, if there is one; else they are lost, as on a cable that is out."""

    def hang_up(self) -> None:
        """The cable is out: lose the host."""

    def close(self) -> None: ...


class TcpLine:
    """One client at a time."""

    def __init__(self, listener: socket.socket) -> None:
        self.name = f"socket://{address_text(listener)}"
        self.opened: Callable[[], None] = _nothing
        self.closed: Callable[[], None] = _nothing
        self._listener = listener
        self._client: socket.socket | None = None

    def waits_on(self) -> list[int]:
        return [self._listener.fileno(), *([self._client.fileno()] if self._client is not None else [])]

    def ready(self, descriptor: int) -> bytes:
        if descriptor == self._listener.fileno():
            self._accept()
            return b""
        if self._client is None or descriptor != self._client.fileno():
            return b""
        try:
            data = self._client.recv(READ_SIZE)
        except OSError:
            data = b""
        if not data:
            self.hang_up()
        return data

    def send(self, data: bytes) -> None:
        if self._client is None:
            return
        try:
            sent = self._client.send(data)
        except OSError:
            sent = 0
        if sent < len(data):  # a host that does not read for so long is gone
            self.hang_up()

    def hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
            self.closed()

    def close(self) -> None:
        self.hang_up()
        self._listener.close()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if self._client is not None:
            client.close()
            return
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        self.opened()


class PtyLine:
    """A pseudo-terminal in raw mode. Whoever opens its path is the host; opening and closing changes nothing."""

    def __init__(self) -> None:
        import pty
        import tty

        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.name = os.ttyname(self._slave)
        self.opened: Callable[[], None] = _nothing
        self.closed: Callable[[], None] = _nothing

    def waits_on(self) -> list[int]:
        return [self._master] if self._master >= 0 else []

    def ready(self, descriptor: int) -> bytes:
        try:
            return os.read(self._master, PTY_SIZE)
        except BlockingIOError:
            return b""

    def send(self, data: bytes) -> None:
        if self._master >= 0:
            try:
                os.write(self._master, data)
            except BlockingIOError:  # nobody has read for long: lost, as on a real line
                return

    def hang_up(self) -> None:
        """The path vanishes, as a pulled USB cable's does. It does not come back."""
        if self._master >= 0:
            os.close(self._slave)
            os.close(self._master)
            self._master = -1

    def close(self) -> None:
        self.hang_up()


def _nothing() -> None:
    """Nobody wants to know."""


class Server:
    """The loop. `stop` ends it, from a signal handler or another thread."""

    def __init__(self, host: Host | OpenNerveHost, line: Line, bench: socket.socket | None) -> None:
        self._host = host
        self._line = line
        self._bench = BenchLine(bench, host.bench) if bench is not None else None
        self._wake_read, self._wake_write = os.pipe() if os.name == "posix" else (-1, -1)
        self._running = True
        self._line_waits: list[int] = []
        self._watched: list[int] = []
        line.opened = host.device.opened
        if isinstance(host, OpenNerveHost):  # RN-1 notices nothing: its lease ends what was leased
            line.closed = host.closed
        self._watch()

    @property
    def bench_address(self) -> str | None:
        return self._bench.name if self._bench is not None else None

    def stop(self) -> None:
        self._running = False
        if self._wake_write >= 0:
            os.write(self._wake_write, b"x")

    def run(self) -> None:
        """Serve until `stop`. StateError when the state cannot be kept."""
        while self._running:
            self.turn()

    def turn(self) -> None:
        """Wait for bytes, a device event or the idle time, and deal with it."""
        host, device, line = self._host, self._host.device, self._line
        event_s = device.next_event_s()
        wait_s = IDLE_S if event_s is None or event_s > IDLE_S else event_s
        readable, _, _ = select.select(self._watched, (), (), wait_s)
        received = other = False
        for descriptor in readable:
            if descriptor in self._line_waits:
                data = line.ready(descriptor)
                if data:
                    received = True
                    self._send(host.receive(data))
            else:
                other = True
                self._other(descriptor)
        if received and not (other or device.stuck or device.unplugged):
            return  # the device is up to date, and the host may be asking again already
        self._send(host.catch_up())
        if device.unplugged:
            line.hang_up()
        self._watch()

    def _other(self, descriptor: int) -> None:
        if descriptor == self._wake_read:
            os.read(descriptor, READ_SIZE)
        elif self._bench is not None:
            self._bench.ready(descriptor)

    def _watch(self) -> None:
        """Look anew at what may become readable: whoever came or went, and not a device that reads nothing."""
        self._line_waits = self._line.waits_on() if not self._host.device.stuck else []
        wake = [self._wake_read] if self._wake_read >= 0 else []
        self._watched = self._line_waits + (self._bench.waits_on() if self._bench is not None else []) + wake

    def close(self) -> None:
        self._line.close()
        if self._bench is not None:
            self._bench.close()
        for descriptor in (self._wake_read, self._wake_write):
            if descriptor >= 0:
                os.close(descriptor)

    def _send(self, data: bytes) -> None:
        if data:
            self._line.send(data)
