"""The bench channel on a socket: a JSON object a line, an answer a line. Knows no command; it hands them on."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

from device_emulator.address import address_text

READ_SIZE = 65_536
LONGEST_LINE = 65_536
PATIENCE_S = 0.5
"""A client that does not read for so long is gone."""


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
            client.settimeout(PATIENCE_S)
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
