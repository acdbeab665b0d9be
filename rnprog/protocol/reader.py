"""Bytes in, frames and noise out. Owns the receive buffer; never swallows a byte without saying so, never holds more than one frame."""

from __future__ import annotations

from dataclasses import dataclass

from rnprog.protocol.errors import FrameError
from rnprog.protocol.frames import Frame, decode_frame
from rnprog.protocol.opcodes import MAX_ENCODED


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that were no frame, and why. `data` holds at most MAX_ENCODED of them; `size` counts all."""

    data: bytes
    size: int
    reason: str


class FrameReader:
    """Incremental reader. Feed it whatever arrived; it returns what became complete, in order."""

    def __init__(self) -> None:
        self._partial = bytearray()
        self._overrun = 0
        """Bytes of the present over-long chunk; 0: not in one."""

    @property
    def pending(self) -> int:
        """Bytes held of a frame that has not ended."""
        return len(self._partial)

    def feed(self, data: bytes) -> list[Frame | Noise]:
        """All frames and all noise that `data` completes. Raises nothing."""
        found: list[Frame | Noise] = []
        *chunks, rest = data.split(b"\x00")
        for chunk in chunks:
            self._take(chunk)
            self._end(found)
        self._take(rest)
        return found

    def abandon(self, reason: str = "frame not finished in time") -> list[Frame | Noise]:
        """Drop a frame that was begun and never ended; what is dropped is returned as noise."""
        found: list[Frame | Noise] = []
        if self._overrun or self._partial:
            found.append(Noise(bytes(self._partial), self._overrun or len(self._partial), reason))
        self._partial.clear()
        self._overrun = 0
        return found

    def _take(self, chunk: bytes) -> None:
        if self._overrun:
            self._overrun += len(chunk)
            return
        room = MAX_ENCODED - len(self._partial)
        self._partial += chunk[:room]
        if len(chunk) > room:
            self._overrun = MAX_ENCODED + len(chunk) - room

    def _end(self, found: list[Frame | Noise]) -> None:
        if self._overrun:
            found.extend(self.abandon("longer than any frame"))
        elif self._partial:
            chunk = bytes(self._partial)
            self._partial.clear()
            try:
                found.append(decode_frame(chunk))
            except FrameError as error:
                found.append(Noise(chunk, len(chunk), str(error)))
