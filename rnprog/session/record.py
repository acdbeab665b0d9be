"""The write-ahead record of an appointment. Owns the file: one JSON object a line, each carrying the SHA-256 of the line before it.

A line is acknowledged only after it was fsynced. After any failure to write, the record is lost from that line on and every further
write raises RecordLost: nothing may start or rise then. How a record is checked is in `audit.py`, which shares no code with this file.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from rnprog.session.predecessors import predecessors
from rnprog.session.unclosed import hold

FORMAT = 1
RESERVE_BYTES = 1 << 20
"""Disk space put aside before anything is armed, given back when the record closes or the disk is full."""
DRAWS = 8
"""A record is named by moment, serial number and chance: so often is another name drawn, where one is taken."""
CLOCK_STEP_S = 2.0
"""When the wall clock moves by more than this against the monotonic one, the record says so (a project choice, `unverified`)."""

_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_MEDDLED = "another program has written into its file"


class RecordLost(Exception):
    """The record cannot be written. The text says why; nothing was started because of it."""


@dataclass(frozen=True, slots=True)
class Times:
    """The three clocks of a line. `link_s` is the link's own, which may be virtual."""

    mono_ns: int
    utc: datetime
    link_s: float


class Record:
    """An open record. Use `create`."""

    def __init__(self, path: Path, handle: int, session_id: str, times: Callable[[], Times], actor: str, previous_head: str) -> None:
        self.path = path
        self.session_id = session_id
        self.opening: dict[str, Any] = {}
        """What stands in line 0."""
        self.lines = 0
        self.head = previous_head
        """SHA-256 of the last acknowledged line; before the first line that of the predecessor's last."""
        self.lost: str | None = None
        self.begun = ""
        """The kind of the line that was begun last: where the record is lost, the first one that is missing."""
        self.tight = False
        """The disk is full and the space put aside is being used: enough to wind down, not to go on."""
        self._last: Times | None = None
        self._handle: int | None = handle
        self._times = times
        self._actor = actor
        self._under_way: tuple[int, int, bytes] | None = None
        """Number, offset and bytes of the line that is being written: a signal may cut its writing short anywhere."""
        self._size = 0
        self._aside: int | None = None
        """The file that puts space aside: what bears its name later may be another one, or a link to one."""
        self._reserve = path.with_suffix(".reserve")
        self._writing = threading.Lock()

    @classmethod
    def create(cls, directory: Path, serial: str, times: Callable[[], Times], *, actor: str, opening: dict[str, Any]) -> Record:
        """Make the file, put disk space aside, write line 0 and sync file and directory. RecordLost when any of it fails."""
        before = predecessors(directory)
        moment = times().utc
        plain = "".join(letter if letter in _SAFE else "-" for letter in serial)[:24] or "unknown"
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            path, handle = _new_file(directory, f"{moment:%Y%m%dT%H%M%SZ}-{plain}")
        except OSError as error:
            raise RecordLost(f"The record cannot be written in {directory}: {error.strerror}.") from error
        record = cls(path, handle, path.stem, times, actor, before.newest)
        try:
            hold(handle)
            path.lstat()  # before it was held, another start may have taken it for one that was left, and set it aside
            record._put_space_aside()
            record.opening = opening
            record.write("open", {"format": FORMAT, **opening, **({"also_before": before.others} if before.others else {})})
            _sync_directory(directory)
        except (OSError, RecordLost) as error:
            record.withdraw()
            with contextlib.suppress(OSError):  # nothing was begun: it must not stand there as the newest record
                path.unlink()
            raise RecordLost(f"The record cannot be written in {directory}: {getattr(error, 'strerror', None) or error}") from error
        return record

    def write(self, kind: str, data: dict[str, Any], *, actor: str | None = None) -> int:
        """Append a line and sync it; returns its number. RecordLost when the disk did not take it."""
        with self._writing:
            if self.lost is not None or self._handle is None:
                raise RecordLost(self.lost or "The record is closed.")
            self.begun = kind
            self._settle(self._handle)
            times = self._times()
            step_s = _stepped(self._last, times)
            self._last = times
            if abs(step_s) > CLOCK_STEP_S:
                self._append(self._handle, self._line("clock stepped", {"by_s": f"{step_s:.3f}"}, None, times))
            self._append(self._handle, self._line(kind, data, actor, times))
            return self.lines - 1

    def _line(self, kind: str, data: dict[str, Any], actor: str | None, times: Times) -> bytes:
        return json.dumps(
            {
                "v": FORMAT,
                "session": self.session_id,
                "seq": self.lines,
                "mono_ns": times.mono_ns,
                "utc": times.utc.isoformat(timespec="milliseconds"),
                "link_s": f"{times.link_s:.3f}",
                "actor": actor or self._actor,
                "kind": kind,
                "data": data,
                "prev": self.head,
            },
            sort_keys=True,
            separators=(",", ":"),
            allow_nan=False,
        ).encode("ascii")

    def _append(self, handle: int, line: bytes) -> None:
        self._under_way = (self.lines, self._size, line)
        try:
            if os.fstat(handle).st_size != self._size:
                raise self._lost(_MEDDLED)
            try:
                _write_all(handle, line + b"\n")
            except OSError as error:
                if error.errno not in _NO_SPACE or self.tight:
                    raise
                self._use_space_put_aside(handle)
                _write_all(handle, line + b"\n")
            os.fsync(handle)
        except OSError as error:
            raise self._lost(error.strerror or str(error)) from error
        self._settle(handle)
        if self.head != hashlib.sha256(line).hexdigest():  # synced, and yet it is not there
            raise self._lost(_MEDDLED)

    def _use_space_put_aside(self, handle: int) -> None:
        """The disk is full: give back what was put aside, and take away what there is of the line."""
        self.tight = True
        self._give_space_back()
        os.ftruncate(handle, self._size)
        os.lseek(handle, self._size, os.SEEK_SET)

    def _settle(self, handle: int) -> None:
        """Acknowledge the line under way if it lies there whole, else take away what there is of it. Every step may be repeated."""
        if self._under_way is None:
            return
        number, offset, line = self._under_way
        try:
            status = os.fstat(handle)
            if status.st_nlink == 0:
                raise self._lost("its file was taken away")
            if status.st_size == offset + len(line) + 1:
                self.head = hashlib.sha256(line).hexdigest()
                self.lines = number + 1
                self._size = offset + len(line) + 1
            else:
                os.ftruncate(handle, offset)
                os.lseek(handle, offset, os.SEEK_SET)
        except OSError as error:
            raise self._lost(error.strerror or str(error)) from error
        self._under_way = None

    def _lost(self, why: str) -> RecordLost:
        self.lost = f"The record cannot be written any more: {why}."
        self._give_space_back()
        return RecordLost(self.lost)

    def close(self, data: dict[str, Any]) -> None:
        """Write the closing line and close the file. RecordLost when the line could not be written; the file is closed all the same."""
        try:
            self.write("close", data)
        finally:
            self.abandon()
        self._nothing_is_left_over()

    def abandon(self) -> None:
        """Close the file without a closing line: the next start tells of it. Harmless when closed."""
        handle, self._handle = self._handle, None  # closing it twice would close what has its number then
        with contextlib.ExitStack() as whatever_happens:
            whatever_happens.callback(self._give_space_back)
            if handle is not None:
                os.close(handle)

    def withdraw(self) -> None:
        """Close the file of a session that began nothing: there is nothing to tell of."""
        self.abandon()
        self._nothing_is_left_over()

    def _put_space_aside(self) -> None:
        self._aside = os.open(self._reserve, _FLAGS, 0o600)
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(self._aside, 0, RESERVE_BYTES)
        else:
            _write_all(self._aside, bytes(RESERVE_BYTES))
        os.fsync(self._aside)

    def _give_space_back(self) -> None:
        """The file stays, empty: it marks a session that has not come to its closing line (see `unclosed.py`)."""
        aside, self._aside = self._aside, None
        if aside is None:  # it was never made, or was given back already
            return
        with contextlib.suppress(OSError):  # a left-over reserve harms nobody
            try:
                os.ftruncate(aside, 0)
            finally:
                os.close(aside)

    def _nothing_is_left_over(self) -> None:
        with contextlib.suppress(OSError):
            self._reserve.unlink()


def _stepped(before: Times | None, now: Times) -> float:
    """By how many seconds the wall clock has moved against the monotonic one: it was set, or the computer slept."""
    return 0.0 if before is None else (now.utc - before.utc).total_seconds() - (now.mono_ns - before.mono_ns) / 1e9


def _new_file(directory: Path, begins: str) -> tuple[Path, int]:
    """A file that was not there, and its handle. OSError."""

    def drawn() -> tuple[Path, int]:
        path = directory / f"{begins}-{secrets.token_hex(2)}.jsonl"
        return path, os.open(path, _FLAGS, 0o600)

    for _ in range(DRAWS - 1):
        with contextlib.suppress(FileExistsError):
            return drawn()
    return drawn()


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _sync_directory(directory: Path) -> None:
    if os.name == "nt":  # Windows has no directory handles to sync
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def amount(value: Decimal) -> str:
    """A decimal as a line holds it: plain digits, no exponent."""
    return format(value, "f")
