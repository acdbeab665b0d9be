"""The device on a TCP port or a pseudo-terminal, in wall time: one thread, one select loop, no layer that buffers. Answers in the
same turn in which the bytes came.

The device lives on when a client goes; then its lease ends what was leased. One client at a time: another is closed at once.
"""

from __future__ import annotations

import json
import os
import select
import socket
from collections.abc import Callable
from typing import Protocol

from device_emulator.host import Host

READ_SIZE = 65_536
LONGEST_LINE = 65_536
IDLE_S = 0.5
"""The loop turns at least this often, so that a signal is never long in coming through."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Line(Protocol):
    """The device's end of a byte stream."""

    name: str
    opened: Callable[[], None]
    """Called when a host opens the line, as far as that can be seen."""

    def waits_on(self) -> list[int]:
        """File descriptors that may become readable."""

    def ready(self, descriptor: int) -> bytes:
        """Bytes from the host; empty: none, or not for the device."""

    def send(self, data: bytes) -> None:
        """To the host, if there is one; else they are lost, as on a cable that is out."""

    def hang_up(self) -> None:
        """The cable is out: lose the host."""

    def close(self) -> None: ...


def parse_address(text: str) -> tuple[str, int]:
    """HOST:PORT on this machine. ValueError with a sentence otherwise."""
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not colon or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f"An address is HOST:PORT, for example 127.0.0.1:7411, not {text!r}.")
    if host not in _LOOPBACK:
        raise ValueError(f"The emulator listens on this computer only (127.0.0.1), not on {host!r}: nobody is authenticated on this line.")
    return host, int(port)


def listen(address: tuple[str, int]) -> socket.socket:
    """A listening socket; OSError when the port is in use."""
    family = socket.AF_INET6 if address[0] == "::1" else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(4)
    except OSError:
        listener.close()
        raise
    return listener


def address_text(listener: socket.socket) -> str:
    """HOST:PORT of a listener."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class TcpLine:
    """One client at a time."""

    def __init__(self, listener: socket.socket) -> None:
        self.name = f"socket://{address_text(listener)}"
        self.opened: Callable[[], None] = _nothing
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

    def waits_on(self) -> list[int]:
        return [self._master] if self._master >= 0 else []

    def ready(self, descriptor: int) -> bytes:
        try:
            return os.read(self._master, READ_SIZE)
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


class BenchLine:
    """The bench channel: JSON lines, any number of clients."""

    def __init__(self, listener: socket.socket, ask: Callable[[dict[str, object]], dict[str, object]]) -> None:
        self.name = address_text(listener)
        self._listener = listener
        self._ask = ask
        self._clients: dict[int, tuple[socket.socket, bytearray]] = {}

    def waits_on(self) -> list[int]:
        return [self._listener.fileno(), *self._clients]

    def ready(self, descriptor: int) -> None:
        if descriptor == self._listener.fileno():
            client, _ = self._listener.accept()
            client.settimeout(IDLE_S)
            self._clients[client.fileno()] = (client, bytearray())
        elif descriptor in self._clients:
            client, pending = self._clients[descriptor]
            try:
                alive = self._serve(client, pending)
            except OSError:
                alive = False
            if not alive:
                client.close()
                del self._clients[descriptor]

    def close(self) -> None:
        for client, _ in self._clients.values():
            client.close()
        self._clients.clear()
        self._listener.close()

    def _serve(self, client: socket.socket, pending: bytearray) -> bool:
        data = client.recv(READ_SIZE)
        pending += data
        while b"\n" in pending:
            line, _, rest = bytes(pending).partition(b"\n")
            pending[:] = rest
            client.sendall(json.dumps(self._answer(line)).encode("ascii") + b"\n")
        return bool(data) and len(pending) <= LONGEST_LINE

    def _answer(self, line: bytes) -> dict[str, object]:
        try:
            command = json.loads(line)
        except (ValueError, RecursionError):
            return {"ok": False, "error": "not a line of JSON"}
        if not isinstance(command, dict):
            return {"ok": False, "error": "not a JSON object"}
        return self._ask(command)


class Server:
    """The loop. `stop` ends it, from a signal handler or another thread."""

    def __init__(self, host: Host, line: Line, bench: socket.socket | None) -> None:
        self._host = host
        self._line = line
        self._bench = BenchLine(bench, host.bench) if bench is not None else None
        self._wake_read, self._wake_write = os.pipe() if os.name == "posix" else (-1, -1)
        self._wake = [self._wake_read] if self._wake_read >= 0 else []
        self._running = True
        line.opened = host.device.opened

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
        device, line = self._host.device, self._line
        bench_waits = self._bench.waits_on() if self._bench is not None else []
        line_waits = line.waits_on() if not device.stuck else []
        event_s = device.next_event_s()
        wait_s = IDLE_S if event_s is None or event_s > IDLE_S else event_s
        readable, _, _ = select.select(line_waits + bench_waits + self._wake, [], [], wait_s)
        received = False
        for descriptor in readable:
            if descriptor in line_waits:
                data = line.ready(descriptor)
                if data:
                    received = True
                    self._send(self._host.receive(data))
            elif descriptor in bench_waits and self._bench is not None:
                self._bench.ready(descriptor)
            else:
                os.read(descriptor, READ_SIZE)
        if not received:  # else the device is up to date already, and the host may be asking again
            self._send(self._host.catch_up())
        if device.unplugged:
            line.hang_up()

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
