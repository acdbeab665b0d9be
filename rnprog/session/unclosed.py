"""Sessions that never came to their closing line: killed, crashed, out of power. Owns how they are found and how a torn end is set aside.

A record that is being written is held by a flock, and has space put aside in NAME.reserve. The file is taken away behind the closing
line; when it is there while nobody holds the record (empty, where the space was used or the disk failed), the session never came to it.
What was acknowledged stays as it is; only a torn last line, which was never acknowledged, is moved to NAME.torn, and a file without one
whole line gets that name itself. All of it may be cut short anywhere, and is done to its end by the next start.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
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
    lines: int
    """Whole lines; each of them was acknowledged, or lies there as if it had been."""
    head: str
    """SHA-256 of the last whole line."""
    last: str
    """What the last whole line is about."""
    last_utc: str
    torn_bytes: int
    """Of a line that was never acknowledged, after the last whole one."""

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
        }


def unclosed(directory: Path) -> tuple[Unclosed, ...]:
    """The sessions here that were never closed and have not been put right yet, oldest first. Changes nothing; never raises."""
    found = []
    for reserve in _reserves(directory):
        path = reserve.with_suffix(".jsonl")
        with _left(path) as handle:
            each = None if handle is None else _read(path, handle)
            if each is not None:
                found.append(each)
    return tuple(found)


def put_right(directory: Path) -> None:
    """After they were told and recorded: torn ends are set aside, and the space that was put aside is given back. What cannot be put
    right now stays as it is, and is told again next time."""
    for reserve in _reserves(directory):
        path = reserve.with_suffix(".jsonl")
        with _left(path) as handle, contextlib.suppress(OSError):
            if not path.exists():
                reserve.unlink()
            elif handle is not None:
                _set_torn_end_aside(path, handle)
                reserve.unlink()
    for path in _empty(directory):
        with _left(path) as handle, contextlib.suppress(OSError):
            if handle is not None:
                _set_torn_end_aside(path, handle)


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


def _read(path: Path, handle: int) -> Unclosed | None:
    """None when nothing was begun, when it was closed after all, and when it is no record."""
    try:
        content = _content(handle)
    except OSError:
        return None
    *rows, torn = content.split(b"\n")
    first, last = (_line(rows[0]), _line(rows[-1])) if rows else (None, None)
    if first is None or last is None or (last.get("kind") == "close" and not torn):
        return None
    opening: dict[str, Any] = first["data"]
    return Unclosed(
        path=path,
        serial=_plain(opening.get("serial")),
        command=_plain(opening.get("command")),
        opened_utc=_plain(first.get("utc")),
        lines=len(rows),
        head=hashlib.sha256(rows[-1]).hexdigest(),
        last=f"{_plain(last.get('kind'))} {_plain(last['data'].get('what'))}".strip(),
        last_utc=_plain(last.get("utc")),
        torn_bytes=len(torn),
    )


def _content(handle: int) -> bytes:
    """All of it, from the beginning. OSError also for a file larger than any record."""
    if os.fstat(handle).st_size > LARGEST_BYTES:
        raise OSError("larger than any record")
    os.lseek(handle, 0, os.SEEK_SET)
    parts = []
    while part := os.read(handle, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _set_torn_end_aside(path: Path, handle: int) -> None:
    """Where no line is whole, the file as it is. OSError when it cannot be; then the record is as it was."""
    content = _content(handle)
    whole = content.rfind(b"\n") + 1
    torn = content[whole:]
    if not whole:
        os.rename(path, next(aside for aside in _asides(path) if not os.path.lexists(aside)))
    elif torn:
        _keep(path, torn)
        os.ftruncate(handle, whole)
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
