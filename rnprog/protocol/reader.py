"""Bytes in, frames and noise out. Owns the receive buffer; never swallows a byte without saying so, never holds more than one frame."""

from __future__ import annotations

from dataclasses import dataclass

from rnprog.protocol.errors import FrameError
from rnprog.protocol.frames import DELIMITER, Frame, decode_frame
from rnprog.protocol.opcodes import MAX_ENCODED


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that were no frame, and why. `data` holds at most MAX_ENCODED of them; `size` counts all, without the delimiter."""

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
        *ended, rest = data.split(DELIMITER)
        for chunk in ended:
            if self._partial or len(chunk) > MAX_ENCODED:
                self._take(chunk)
                chunk = self._whole(found)
            if chunk:
                found.append(_frame_or_noise(chunk))
        if rest:
            self._take(rest)
        return found

    def abandon(self, reason: str = "frame not finished in time") -> list[Noise]:
        """Drop a frame that was begun and never ended; what is dropped is returned as noise."""
        found = [Noise(bytes(self._partial), self._overrun or len(self._partial), reason)] if self._partial else []
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

    def _whole(self, found: list[Frame | Noise]) -> bytes:
        """What was held, now that its delimiter has come; nothing when it was too long, which is said in `found`."""
        if self._overrun:
            found += self.abandon("longer than any frame")
            return b""
        chunk = bytes(self._partial)
        self._partial.clear()
        return chunk


def _frame_or_noise(chunk: bytes) -> Frame | Noise:
    try:
        return decode_frame(chunk)
    except FrameError as error:
        return Noise(chunk, len(chunk), str(error))
