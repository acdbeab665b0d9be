"""Which records a new one follows. Owns what its first line names: the last line of each that no other record names as it is now.

So the end of every record is kept by the first that begins after it, also where several were written at once. How that is checked is in
`audit_chain.py`, which shares no code with this file.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from rnprog.session import archive
from rnprog.session.opened import opened
from rnprog.session.unclosed import lasting

NO_PREDECESSOR = "0" * 64
MOST = 64
"""So many are named beside the newest; where more wait for it, as in a folder into which others were moved, the next record goes on."""
_LARGEST_OPENING = 1 << 20
_TAIL = 1 << 14
"""Bytes in which the last line of most records lies."""


@dataclass(frozen=True, slots=True)
class Predecessors:
    """SHA-256 of last whole lines."""

    newest: str
    """Of the newest record that no other one names; zeros when there is none."""
    others: dict[str, str]
    """By name: of each besides that no other one names as it is now. It was written, or went on, while another was begun."""


def predecessors(directory: Path) -> Predecessors:
    """What a record that begins now follows. A clock that was wrong once takes none out of the chain. What does not open as a record, as a
    file whose writer was killed before its first line, is nobody's predecessor."""
    named: set[str] = set()
    ends: dict[str, str] = {}
    for path in archive.records(directory):
        found = _looked_at(path)
        if found is not None:
            named |= found[0]
            if found[1] is not None:
                ends[path.stem] = found[1]
    waiting = {name: head for name, head in ends.items() if head not in named}
    if not waiting:  # without a single record; or each is named by another one, which no writer of ours leaves
        return Predecessors(next(iter(ends.values()), NO_PREDECESSOR), {})
    newest = next(iter(waiting))
    return Predecessors(waiting.pop(newest), dict(list(waiting.items())[:MOST]))


def _looked_at(path: Path) -> tuple[set[str], str | None] | None:
    """The heads that a record names, and its own; that is None for a file larger than any. None: no record, or it cannot be read."""
    try:
        with opened(path) as file:
            row = file.readline(_LARGEST_OPENING)
            first = json.loads(row) if row.endswith(b"\n") else None
            if not isinstance(first, dict) or first.get("kind") != "open" or not isinstance(first.get("prev"), str):
                return None
            last = _last_whole_line(file)
    except (OSError, ValueError, RecursionError):
        return None
    return {first["prev"], *_also(first.get("data"))}, None if last is None else hashlib.sha256(last).hexdigest()


def _also(data: Any) -> set[str]:
    others = data.get("also_before") if isinstance(data, dict) else None
    return {head for head in others.values() if isinstance(head, str)} if isinstance(others, dict) else set()


def _last_whole_line(file: BinaryIO) -> bytes | None:
    """The last that stays, whoever wrote it died. None when there is none (it was emptied meanwhile), and in a file larger than any record.
    Read from its end, where that is near."""
    size = file.seek(0, os.SEEK_END)
    reach = _TAIL
    while size <= archive.LARGEST_BYTES:
        start = max(0, size - reach)
        file.seek(start)
        tail = file.read(size - start)
        rows = tail[: lasting(tail, start)].split(b"\n")[:-1]
        whole = [row for row in (rows[1:] if start else rows) if row]  # away from the beginning, the first may be a piece
        if whole:
            return whole[-1]
        if not start:
            break
        reach *= 8
    return None
