"""Non-volatile memory, written in small pages, and the two-copy record that survives a power cut at any of those writes.

Owns bytes and their order of writing; knows nothing of programs or logs.
"""

from __future__ import annotations

import struct
from zlib import crc32

PAGE_SIZE = 16
BLANK = 0xFF

_HEADER = struct.Struct("<IHHII")
"""generation, length, reserved, crc, inverse of the generation: one page, written last."""


class PowerCut(Exception):
    """The supply went away during a page write: that page holds half of the new bytes, the pages after it hold the old ones."""


class Memory:
    """Bytes that outlive a reset. `write_count` counts page writes; `cut_at` is the count at which power fails (None: never)."""

    def __init__(self, size: int, content: bytes | None = None) -> None:
        if content is not None and len(content) != size:
            raise ValueError(f"memory of {size} bytes, content of {len(content)}")
        self._bytes = bytearray(content) if content is not None else bytearray([BLANK]) * size
        self.write_count = 0
        self.cut_at: int | None = None
        self.failing = False
        """Pages take no new content: worn out, or so the bench says."""

    def __len__(self) -> int:
        return len(self._bytes)

    def read(self, offset: int, size: int) -> bytes:
        return bytes(self._bytes[offset : offset + size])

    def snapshot(self) -> bytes:
        """All of it, as a file would keep it."""
        return bytes(self._bytes)

    def write(self, offset: int, data: bytes) -> None:
        """Write page by page, in rising order. PowerCut when the supply fails on the way."""
        at = 0
        while at < len(data):
            room = PAGE_SIZE - (offset + at) % PAGE_SIZE
            self._page(offset + at, data[at : at + room])
            at += room

    def _page(self, offset: int, piece: bytes) -> None:
        index = self.write_count
        self.write_count += 1
        if self.cut_at is not None and index >= self.cut_at:
            half = len(piece) // 2
            self._bytes[offset : offset + half] = piece[:half]
            self.cut_at = None
            raise PowerCut(f"power lost at write {index}")
        if not self.failing:
            self._bytes[offset : offset + len(piece)] = piece


class TwinRecord:
    """A payload of up to `capacity` bytes in two copies. A write goes to the older copy, its header page last, so that at every moment at
    least one copy is whole: the old one until the last page is written, the new one from then on."""

    def __init__(self, memory: Memory, offset: int, capacity: int) -> None:
        self._memory = memory
        self._copy_size = self.copy_size(capacity)
        self._offsets = (offset, offset + self._copy_size)
        self._capacity = capacity

    @staticmethod
    def copy_size(capacity: int) -> int:
        """Bytes of one copy; a record takes twice that."""
        return PAGE_SIZE + -(-capacity // PAGE_SIZE) * PAGE_SIZE

    def format(self, payload: bytes = b"") -> None:
        """Generation 0, as the factory leaves it."""
        self._put(self._offsets[0], 0, payload)

    def read(self) -> tuple[int, bytes] | None:
        """(generation, payload) of the newest whole copy; None: both are damaged."""
        copies = [copy for copy in map(self._get, self._offsets) if copy is not None]
        return max(copies, key=lambda copy: copy[0]) if copies else None

    def write(self, payload: bytes) -> int:
        """Replace the payload; the new generation. PowerCut on the way leaves wholly the old or wholly the new."""
        first, second = (self._get(offset) for offset in self._offsets)
        newest = max((copy[0] for copy in (first, second) if copy is not None), default=0)
        into_second = first is not None and (second is None or second[0] < first[0])
        generation = newest + 1
        self._put(self._offsets[1 if into_second else 0], generation, payload)
        return generation

    def _put(self, offset: int, generation: int, payload: bytes) -> None:
        if len(payload) > self._capacity:
            raise ValueError(f"{len(payload)} bytes into a record of {self._capacity}")
        self._memory.write(offset + PAGE_SIZE, payload)
        check = crc32(payload, generation)
        self._memory.write(offset, _HEADER.pack(generation, len(payload), 0, check, generation ^ 0xFFFF_FFFF))

    def _get(self, offset: int) -> tuple[int, bytes] | None:
        generation, length, _, check, inverse = _HEADER.unpack(self._memory.read(offset, PAGE_SIZE))
        if inverse != generation ^ 0xFFFF_FFFF or length > self._capacity:
            return None
        payload = self._memory.read(offset + PAGE_SIZE, length)
        return (generation, payload) if crc32(payload, generation) == check else None
