"""The emulator's bench channel, seen from here: a proof that the device is an emulator, and what a hand on the back would feel.

It is a second endpoint beside the device protocol: the emulator port object itself (`emu://`), or JSON lines over loopback TCP (an emulator
process prints the address). A device that merely says it is an emulator has no bench channel.
"""

from __future__ import annotations

import json
import socket
from typing import Any

from rnprog.device.errors import BadPort, DeviceError
from rnprog.device.link import Link
from rnprog.device.serials import is_serial

TIMEOUT_S = 2.0
_LONGEST_LINE = 1 << 20


class Bench:
    """An open bench channel."""

    def __init__(self, link: Link) -> None:
        self._port = link.port if hasattr(link.port, "bench") else None
        self._stream: socket.socket | None = None
        if self._port is None and link.bench_address:
            self._stream = _connect(link.bench_address)

    @property
    def there(self) -> bool:
        """Whether there is a channel at all."""
        return self._port is not None or self._stream is not None

    def ask(self, command: dict[str, Any]) -> dict[str, Any]:
        """One command, one answer. DeviceError when it does not answer or says no."""
        if self._port is not None:
            answer = self._port.bench(command)
        elif self._stream is not None:
            answer = self._over_tcp(self._stream, command)
        else:
            raise DeviceError("There is no bench channel: this works on the emulator only.")
        if not isinstance(answer, dict) or answer.get("ok") is not True:
            reason = answer.get("error") if isinstance(answer, dict) else None
            raise DeviceError(f"The emulator's bench channel refused: {str(reason)[:200]}")
        return answer

    def proves(self, serial: str) -> bool:
        """Whether the channel answers, and for the device with this serial number."""
        if not self.there:
            return False
        try:
            hello = self.ask({"cmd": "hello"})
        except DeviceError:
            return False
        same = hello.get("serial") == serial or (self._port is not None and not is_serial(serial))  # the very port this link is on
        return "emulator" in hello and same

    def close(self) -> None:
        """Close the channel: it is not there any more."""
        self._port = None
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    @staticmethod
    def _over_tcp(stream: socket.socket, command: dict[str, Any]) -> Any:
        line = b""
        try:
            stream.sendall(json.dumps(command).encode("ascii") + b"\n")
            while not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
                part = stream.recv(65_536)
                if not part:
                    break
                line += part
            return json.loads(line)
        except (OSError, ValueError, RecursionError) as error:
            raise DeviceError(f"The emulator's bench channel does not answer: {error}") from error


def _connect(address: str) -> socket.socket:
    host, colon, port = address.rpartition(":")
    if not colon or host not in ("127.0.0.1", "localhost", "[::1]", "::1") or not port.isdigit():
        raise BadPort(f"The bench address {address} must look like 127.0.0.1:4001: the emulator prints it when it starts.")
    try:
        return socket.create_connection((host.strip("[]"), int(port)), timeout=TIMEOUT_S)
    except OSError as error:
        raise BadPort(f"Nobody answers at the bench address {address}: {error.strerror or error}.") from error
