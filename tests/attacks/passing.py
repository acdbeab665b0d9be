"""What passes between programmer and emulator: frames as they were seen, and the two ends at which somebody may meddle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rnprog.protocol.errors import PayloadError
from rnprog.protocol.fields import unpack
from rnprog.protocol.frames import Frame
from rnprog.protocol.messages import REPLIES, REQUESTS, Reply
from rnprog.protocol.opcodes import Flag, Opcode, RequestClass

COMMANDS = {opcode for opcode, kind in REQUESTS.items() if kind.CLASS is RequestClass.COMMAND}
EPS_S = 2e-3
"""Times of record, frames and ground truth are at most this far apart."""


NOTHING_S = 0.02
"""Looks that found nothing are noted no closer together than this."""


@dataclass(frozen=True)
class Seen:
    """A frame that passed. `acknowledged`: how many lines of the record were safe on the disk then; `lost`: the record was lost by then."""

    at_s: float
    sent: bool
    frame: Frame
    acknowledged: int
    lost: bool = False

    @property
    def opcode(self) -> int:
        return self.frame.opcode

    @property
    def answers(self) -> bool:
        """The device said yes to a request of this opcode."""
        return not self.sent and bool(self.frame.flags & Flag.REPLY) and not self.frame.flags & Flag.REFUSED

    def reply(self) -> Reply | None:
        """The answer's content; None when it has none that makes sense."""
        try:
            return unpack(REPLIES[Opcode(self.frame.opcode)], self.frame.payload)
        except PayloadError:
            return None


class Tamper:
    """Around a port. This one changes nothing."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    @property
    def in_waiting(self) -> int:
        return int(self._port.in_waiting)

    def read(self, size: int = 1, /) -> bytes:
        return bytes(self._port.read(size))

    def write(self, data: bytes, /) -> int | None:
        return self.deliver(data)

    def deliver(self, data: bytes) -> int:
        """Bytes reach the device."""
        return int(self._port.write(data))

    def close(self) -> None:
        self._port.close()


class Tap:
    """The programmer's end of the line: what it really wrote and read. `before` may strike."""

    def __init__(self, port: Any, note: Callable[[float, str, bytes], None], before: Callable[[str, bytes], None]) -> None:
        self._port, self._note, self._before = port, note, before
        self._nothing_s = -1.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    @property
    def in_waiting(self) -> int:
        self._before("port.in_waiting", b"")
        waiting = int(self._port.in_waiting)
        if not waiting:
            self._nothing()
        return waiting

    def read(self, size: int = 1, /) -> bytes:
        self._before("port.read", b"")
        data = bytes(self._port.read(size))
        if data:
            self._note(self._port.clock.now_s(), "<", data)
        else:
            self._nothing()
        return data

    def _nothing(self) -> None:
        """A look that found nothing: after it a frame that has been waiting for its rest may be given up. Noted now and then."""
        now_s = self._port.clock.now_s()
        if now_s - self._nothing_s >= NOTHING_S:
            self._nothing_s = now_s
            self._note(now_s, "<", b"")

    def write(self, data: bytes, /) -> int | None:
        self._before("port.write", data)
        written = self._port.write(data)
        self._note(self._port.clock.now_s(), ">", data)
        return int(written)

    def close(self) -> None:
        self._before("port.close", b"")
        self._port.close()
