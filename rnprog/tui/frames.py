"""The last frames on the line, kept in memory and decoded when somebody looks. Owns the buffer; knows the wire and no medicine."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rnprog.session.wording import tui_screens as words

if TYPE_CHECKING:
    from rnprog.device.link import Trace
    from rnprog.protocol.frames import Frame
    from rnprog.protocol.reader import FrameReader, Noise

KEPT = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One frame, or noise. `direction`: ">" sent, "<" received."""

    at_s: float
    direction: str
    name: str
    detail: str


class Frames:
    """Give `trace` to the link. Appending to a deque is atomic, so the link thread writes while the screen reads."""

    def __init__(self, also: Trace | None = None) -> None:
        """`also`: told the same bytes, a trace file for instance."""
        self._also = also
        self._lines: deque[Line] = deque(maxlen=KEPT)
        self._readers: dict[str, FrameReader] = {}
        self.count = 0
        """How many there were, kept or not."""

    def trace(self, now_s: float, direction: str, data: bytes) -> None:
        """A piece of bytes."""
        if self._also is not None:
            self._also(now_s, direction, data)
        from rnprog.protocol.reader import FrameReader  # the first picture does without the protocol

        for item in self._readers.setdefault(direction, FrameReader()).feed(data):
            self._lines.append(_shown(now_s, direction, item))
            self.count += 1

    def newest(self, most: int = KEPT) -> list[Line]:
        """Oldest first."""
        return list(self._lines.copy())[-most:]


def _shown(now_s: float, direction: str, item: Frame | Noise) -> Line:
    from rnprog.protocol.opcodes import Flag, Opcode
    from rnprog.protocol.reader import Noise

    if isinstance(item, Noise):
        return Line(now_s, direction, "noise", f"{item.size} bytes")
    name = Opcode(item.opcode).name if item.opcode in Opcode._value2member_map_ else f"opcode {item.opcode}"
    flags = " ".join(flag.name or "" for flag in Flag if item.flags & flag) or "request"
    payload = item.payload.hex()
    return Line(now_s, direction, name, words.frame_detail(flags.lower(), item.sequence, len(item.payload), payload[:48]))
