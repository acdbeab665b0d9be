"""Three ring logs in non-volatile memory (docs/protocol.md, 4.7). Owns numbering and what was overwritten; knows no meaning of an entry."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from zlib import crc32

from device_emulator.firmware.memory import BLANK, Memory
from rnprog.protocol.fields import pack, unpack
from rnprog.protocol.messages import LogEntry
from rnprog.protocol.opcodes import EntryKind, Log

CELL_SIZE = 32
CAPACITIES = {Log.THERAPY: 2048, Log.EVENTS: 1024, Log.IMPEDANCE: 512}
"""Entries held. A year of two sessions a day fills 1,460 of the therapy log."""

_ENTRY_SIZE = 20
_CHECK = struct.Struct("<I")
_NUMBER = struct.Struct(f"<I{CELL_SIZE - 4}x")
_NO_NUMBER = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Window:
    """Entries from a cursor on."""

    entries: tuple[LogEntry, ...]
    next: int
    newest: int
    lost: int
    """How many numbers from the cursor on are gone."""


class RingLog:
    """One log. The oldest entry gives way to the newest; what gave way is counted, never hidden."""

    def __init__(self, memory: Memory, offset: int, capacity: int) -> None:
        self._memory = memory
        self._offset = offset
        self._capacity = capacity
        self.overwritten = 0
        """Entries lost since boot."""
        self.oldest, self.newest = self._scan()

    def append(self, unix_s: int, kind: EntryKind, channels: int = 0, code: int = 0, value: int = 0, extra: int = 0) -> None:
        """Write the next entry. PowerCut on the way costs this entry and the one whose place it took."""
        number = self.newest + 1
        lost = max(0, number - self.oldest + 1 - self._capacity) if self.newest >= self.oldest else 0
        body = pack(LogEntry(number, unix_s, kind, channels, code, value & 0xFFFF_FFFF, extra & 0xFFFF_FFFF))
        self.oldest += lost
        self.overwritten += lost
        self._memory.write(self._at(number), body + _CHECK.pack(crc32(body)))
        self.newest = number

    def window(self, cursor: int, limit: int) -> Window:
        """At most `limit` entries from `cursor` on."""
        start = max(cursor, self.oldest, 1)
        stop = min(self.newest + 1, start + limit)
        entries = tuple(entry for entry in map(self._read, range(start, stop)) if entry is not None)
        return Window(entries, max(stop, start), self.newest, start - max(cursor, 1))

    def _at(self, number: int) -> int:
        return self._offset + (number - 1) % self._capacity * CELL_SIZE

    def _read(self, number: int) -> LogEntry | None:
        cell = self._memory.read(self._at(number), CELL_SIZE)
        body, check = cell[:_ENTRY_SIZE], cell[_ENTRY_SIZE : _ENTRY_SIZE + 4]
        if crc32(body) != _CHECK.unpack(check)[0]:
            return None
        entry = unpack(LogEntry, body)
        return entry if entry.number == number else None

    def _scan(self) -> tuple[int, int]:
        """(oldest, newest) number that can be read; (1, 0): empty. A torn last entry is as if it had never been."""
        area = self._memory.read(self._offset, self._capacity * CELL_SIZE)
        if area.count(BLANK) == len(area):
            return 1, 0
        numbers = sorted({number for (number,) in _NUMBER.iter_unpack(area) if number != _NO_NUMBER}, reverse=True)
        newest = next((number for number in numbers if self._read(number) is not None), 0)
        oldest = max(1, newest - self._capacity + 1)
        while oldest < newest and self._read(oldest) is None:
            oldest += 1
        return oldest, newest


class Logs:
    """The three logs, one after the other in memory."""

    def __init__(self, memory: Memory, offset: int) -> None:
        self.rings: dict[Log, RingLog] = {}
        for log, capacity in CAPACITIES.items():
            self.rings[log] = RingLog(memory, offset, capacity)
            offset += capacity * CELL_SIZE
        self._all = tuple(self.rings.values())

    @staticmethod
    def size() -> int:
        """Bytes of memory the logs take."""
        return sum(CAPACITIES.values()) * CELL_SIZE

    @property
    def overwritten(self) -> int:
        """Entries of any log lost since boot."""
        therapy, events, impedance = self._all
        return therapy.overwritten + events.overwritten + impedance.overwritten
