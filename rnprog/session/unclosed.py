"""Sessions that never came to their closing line: killed, crashed, out of power. Owns how they are found and how a torn end is set aside.

A record that is being written is held by a flock, and has space put aside in NAME.reserve. The file is taken away behind the closing
line; when it is there while nobody holds the record (empty, where the space was used or the disk failed), the session never came to it.
What was acknowledged stays as it is, damaged or not; only what was never acknowledged is moved to NAME.torn: a torn last line, and a last
line of which blocks were never written out (see `lasting`). A file without one line that stays gets that name itself. All of it may be
cut short anywhere, and is done to its end by the next start.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.platform == "win32":

    def hold(handle: int) -> None:
        """Not on Windows: a record there is never found to be left by a dead writer."""

    def _is_held(handle: int) -> bool:
        return True
else:
    import fcntl

    def hold(handle: int) -> None:
        """This process writes the record behind `handle`, until the handle is closed or the process ends. OSError when it cannot be had."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _is_held(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


LARGEST_BYTES = 64 << 20
_WORD = 64
_BLOCK = 512
"""The smallest that a disk writes out or does not, in bytes."""
_ZEROS = re.compile(rb"\0+")
_OURS = re.compile(r"([0-9]{8})T([0-9]{6})Z-([A-Za-z0-9-]{1,24})-[0-9a-f]{4}")
"""The name of a record: moment, serial number, chance (see `record.py`)."""
ASIDE = 9
"""So many pieces of one record may be set aside: one is the rule, more were left by a start that was cut short itself."""
_OPEN = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class Unclosed:
    """What a dead writer left. Texts hold printable ASCII only, whatever stood in the file."""

    path: Path
    serial: str
    command: str
    opened_utc: str
    """This, command and moment are in the first line. Where that is damaged, the name of the file tells serial number and moment."""
    lines: int
    """Whole lines, up to the first that is damaged; each of them was acknowledged, or lies there as if it had been."""
    head: str
    """SHA-256 of the last of these; empty: there is none."""
    last: str
    """What the last of these is about."""
    last_utc: str
    torn_bytes: int
    """Of a line that was never acknowledged, after all that stays."""
    damaged_lines: int
    """From the first damaged line on, with all behind it. They stay: each but the last was acknowledged, and the last may have been."""
    end: str
    """SHA-256 of the last line that stays."""

    def as_dict(self) -> dict[str, Any]:
        """For a record and for JSON."""
        return {
            "record": self.path.stem,
            "serial": self.serial,
            "command": self.command,
            "opened_utc": self.opened_utc,
            "lines": self.lines,
            "head": self.head,
            "last": self.last,
            "last_utc": self.last_utc,
            "torn_bytes": self.torn_bytes,
            "damaged_lines": self.damaged_lines,
            "end": self.end,
        }


def unclosed(directory: Path) -> tuple[Unclosed, ...]:
    """The sessions here that were never closed and have not been put right yet, oldest first. Changes nothing; never raises."""
    found = []
    for reserve in _reserves(directory):
        path = reserve.with_suffix(".jsonl")
        with _left(path) as handle, contextlib.suppress(OSError):
            each = None if handle is None else _read(path, _content(handle))
            if each is not None:
                found.append(each)
    return tuple(found)


def put_right(directory: Path, told: Collection[Unclosed]) -> None:
    """Torn ends are set aside, and the space that was put aside is given back: of the sessions that were told and recorded, and of those
    of which there is nothing to tell. A session that died meanwhile keeps its mark, and what cannot be put right now stays as it is: both
    are told next time."""
    for reserve in _reserves(directory):
        path = reserve.with_suffix(".jsonl")
        with _left(path) as handle, contextlib.suppress(OSError):
            if not path.exists():
                reserve.unlink()
            elif handle is not None:
                content = _content(handle)
                left = _read(path, content)
                if left is None or left in told:
                    _set_torn_end_aside(path, handle, content)
                    reserve.unlink()
    for path in _empty(directory):
        with _left(path) as handle, contextlib.suppress(OSError):
            if handle is not None:
                _set_torn_end_aside(path, handle, _content(handle))


def _empty(directory: Path) -> list[Path]:
    """Records whose writer was killed before anything stood in them."""
    try:
        return [path for path in directory.glob("*.jsonl") if not path.is_symlink() and not path.stat().st_size]
    except OSError:
        return []


def _reserves(directory: Path) -> list[Path]:
    try:
        return sorted(directory.glob("*.reserve"))
    except OSError:
        return []


@contextmanager
def _left(path: Path) -> Iterator[int | None]:
    """The record `path`, open and held; None while somebody writes it, or when it is not there."""
    try:
        handle = os.open(path, _OPEN)
    except OSError:
        yield None
        return
    try:
        yield None if _is_held(handle) else handle
    finally:
        os.close(handle)


def lasting(content: bytes, offset: int = 0) -> int:
    """How much of `content`, which lies at `offset` of a record, stays where it is when its writer died: all but a last line that was
    certainly not acknowledged.

    That is one without an end, and one of which whole blocks are zeros, though behind it a byte was written: they were never written out,
    and so the line was not synced before the power went. A line behind which another was begun had been acknowledged; and one with other
    bytes in it was written out and damaged later, so it may have been: these stay.
    """
    end = content.rfind(b"\n") + 1
    if not end or end < len(content):
        return end
    start = content.rfind(b"\n", 0, end - 1) + 1
    begins = (run.start() for run in _ZEROS.finditer(content, start))
    holed = content.find(0, start) >= 0 and all(at == start or (offset + at) % _BLOCK == 0 for at in begins)
    return start if holed else end


def _read(path: Path, content: bytes) -> Unclosed | None:
    """None when nothing was begun, when it was closed after all, and when it is no record."""
    stays = lasting(content)
    rows = content[:stays].split(b"\n")[:-1]
    lines = [_line(row) for row in rows]
    named = _OURS.fullmatch(path.stem)
    if not rows or not (named or any(lines)):
        return None
    whole = lines.index(None) if None in lines else len(lines)
    if (lines[-1] or {}).get("kind") == "close" and stays == len(content):
        return None
    first, last = lines[0] or _by_its_name(named), (lines[whole - 1] if whole else None) or {"data": {}}
    return Unclosed(
        path=path,
        serial=_plain(first["data"].get("serial")),
        command=_plain(first["data"].get("command")),
        opened_utc=_plain(first.get("utc")),
        lines=whole,
        head=hashlib.sha256(rows[whole - 1]).hexdigest() if whole else "",
        last=f"{_plain(last.get('kind'))} {_plain(last['data'].get('what'))}".strip(),
        last_utc=_plain(last.get("utc")),
        torn_bytes=len(content) - stays,
        damaged_lines=len(rows) - whole,
        end=hashlib.sha256(rows[-1]).hexdigest(),
    )


def _by_its_name(named: re.Match[str] | None) -> dict[str, Any]:
    """What the name of a record says of its first line, in the form of that."""
    if named is None:
        return {"data": {}}
    day, clock, serial = named.groups()
    moment = f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}+00:00"
    return {"utc": moment, "data": {"serial": serial}}


def _content(handle: int) -> bytes:
    """All of it, from the beginning. OSError also for a file larger than any record."""
    if os.fstat(handle).st_size > LARGEST_BYTES:
        raise OSError("larger than any record")
    os.lseek(handle, 0, os.SEEK_SET)
    parts = []
    while part := os.read(handle, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _set_torn_end_aside(path: Path, handle: int, content: bytes) -> None:
    """Where no line stays, the file as it is. OSError when it cannot be; then the record is as it was. What stays is on the disk then:
    whoever was killed had perhaps not synced the line that the next record names."""
    stays = lasting(content)
    if not stays:
        os.rename(path, next(aside for aside in _asides(path) if not os.path.lexists(aside)))
        return
    if content[stays:]:
        _keep(path, content[stays:])
        os.ftruncate(handle, stays)
    os.fsync(handle)


def _asides(path: Path) -> Iterator[Path]:
    """The names under which something of `path` may be set aside. OSError when there are no more."""
    yield path.with_suffix(".torn")
    for number in range(2, ASIDE + 1):
        yield path.with_suffix(f".{number}.torn")
    raise OSError("too much is set aside here already")


def _keep(path: Path, torn: bytes) -> None:
    """`torn` lies beside `path`: under the first name that is free, unless an earlier start, which was cut short, has put it there."""
    for aside in _asides(path):
        if not os.path.lexists(aside):
            break
        if aside.is_file() and not aside.is_symlink() and aside.stat().st_size == len(torn) and aside.read_bytes() == torn:
            return
    new = os.open(aside, _NEW, 0o600)
    try:
        view = memoryview(torn)
        while view:
            view = view[os.write(new, view) :]
        os.fsync(new)
    except OSError:
        aside.unlink()
        raise
    finally:
        os.close(new)


def _line(row: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(row)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("data"), dict) else None


def _plain(value: object) -> str:
    text = value[:_WORD] if isinstance(value, str) else ""
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)
