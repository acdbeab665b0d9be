"""The device behind `emu://NAME`, as a file: who it is, its non-volatile memory, its clock and its cell, under a lock.

A checksum covers every field. A save is a temporary file, fsync, rename: the old file or the new one, never a mix. A file that does not
check out is refused and left as it is. Knows no device; it keeps what it is given.
"""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import json
import os
import re
import sys
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from platformdirs import user_state_dir

from device_emulator.origin import Origin
from device_emulator.saved import Saved
from device_emulator.scenarios import SCENARIOS
from device_emulator.tissue.person_file import person_from

FORMAT, OLD_FORMAT = "rnprog-emulator-state/2", "rnprog-emulator-state/1"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MAX_FILE = 4 * 1024 * 1024
_MAX_MEMORY = 1024 * 1024


class StateError(OSError):
    """The state cannot be used; the text says which file and what to do. Nothing was changed."""


class StateBusy(StateError):
    """Somebody else has it. `pid`: who, if it can be told."""

    def __init__(self, text: str, pid: int | None) -> None:
        super().__init__(text)
        self.pid = pid


class StateDiffers(StateError):
    """It is of another device or person than was asked for."""


class StateUnwritable(StateError):
    """What has to be kept cannot be written."""


def state_file(name: str) -> Path:
    """Where the state of `emu://NAME` lives: under RNPROG_STATE_DIR if that is set, else under the user's state directory. ValueError for a
    name that is none."""
    if not NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no name for an emulated device: small letters, digits, - and _, at most 64, a letter or digit first."
        )
    base = os.environ.get("RNPROG_STATE_DIR") or user_state_dir("rnprog")
    return Path(base) / "emulator" / f"{name}.json"


def home_of(path: Path) -> Path:
    """Make the directory of a device with a name, and give its path back. StateError when that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StateError(f"The state of the emulated device cannot be kept at {path}: {error.strerror}.") from error
    return path


class _TooOld(Exception):
    """The file is whole, but of a form that is no longer read."""


class Store:
    """One state file, held until `close`."""

    def __init__(self, path: Path) -> None:
        """StateBusy when another process or port has it, StateError when the lock cannot be made."""
        self.path = path
        if not path.parent.is_dir():
            raise StateError(
                f"The state of the emulated device cannot be kept at {path}: there is no directory {path.parent}. Make it first."
            )
        try:
            self._lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise StateError(f"The state of the emulated device cannot be kept at {path}: {error.strerror}.") from error
        try:
            _lock(self._lock)
        except OSError as error:
            pid = _holder(self._lock)
            os.close(self._lock)
            if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                raise StateError(f"The state of the emulated device at {path} cannot be locked: {error.strerror}.") from error
            by = f"process {pid}" if pid is not None else "another process"
            raise StateBusy(f"The emulated device {path.stem} is in use by {by}", pid) from error
        self.makings = _makings(self._lock)
        """How often a device was made here, and its state removed again: the lock file remembers."""
        self._new = False
        self._sign()

    def _sign(self) -> None:
        """Into the lock file: who has it, and how often a device was made here."""
        os.ftruncate(self._lock, 0)
        os.lseek(self._lock, 0, os.SEEK_SET)
        os.write(self._lock, f"{os.getpid()}\nmade {self.makings}\n".encode())

    def load(self) -> Saved | None:
        """What was saved last; None: nothing yet. StateError for a damaged file; it stays, and is kept under a second name too."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            self._new = True
            return None
        except OSError as error:
            raise StateError(f"The state file {self.path} cannot be read: {error.strerror}.") from error
        try:
            return _decode(data)
        except _TooOld:
            raise StateError(
                f"The state file {self.path} is of an older form ({OLD_FORMAT}) that does not say who the person is. It was left as it is; "
                "move it away to begin with a new device."
            ) from None
        except (ValueError, KeyError, TypeError, binascii.Error, zlib.error, RecursionError) as error:
            kept = _keep_aside(self.path, data)
            raise StateError(
                f"The state file {self.path} is damaged ({error}). It was left as it is{kept}; move it away to begin with a new device."
            ) from error

    def save(self, saved: Saved) -> None:
        """Replace the file. StateError when it cannot be written; then the old one is still there."""
        temporary = self.path.with_name(f"{self.path.name}.tmp")
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(_encode(saved))
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, self.path)
            if self._new:
                self._new, self.makings = False, self.makings + 1
                self._sign()
        except OSError as error:
            raise StateUnwritable(f"The state file {self.path} cannot be written: {error.strerror}.") from error

    def close(self) -> None:
        """Give it free. The lock file stays; the lock does not."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _keep_aside(path: Path, data: bytes) -> str:
    """A copy of a damaged file beside it, once for each content; what to say of it."""
    aside = path.with_name(f"{path.name}.damaged-{zlib.crc32(data):08x}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(data)
    except FileExistsError:
        return f" and kept as {aside.name}"
    except OSError:
        return ""
    return f" and kept as {aside.name}"


def _encode(saved: Saved) -> bytes:
    memory = zlib.compress(saved.memory, 1)
    document = {
        "format": FORMAT,
        "serial": saved.serial,
        "unix_ms": saved.unix_ms,
        "battery_fraction": saved.battery_fraction,
        "activated_unix_ms": saved.activated_unix_ms,
        "origin": asdict(saved.origin),
        "visits": saved.visits,
        "memory_size": len(saved.memory),
        "memory": base64.b64encode(memory).decode("ascii"),
    }
    return (json.dumps({**document, "sha256": _checksum(document)}, indent=1) + "\n").encode()


def _decode(data: bytes) -> Saved:
    if len(data) > _MAX_FILE:
        raise ValueError("it is far too long")
    document: Any = json.loads(data)
    if isinstance(document, dict) and document.get("format") == OLD_FORMAT:
        raise _TooOld
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"it is not of the form {FORMAT}")
    if document.pop("sha256") != _checksum(document):
        raise ValueError("its checksum differs")
    size, serial = document["memory_size"], document["serial"]
    unix_ms, fraction = document["unix_ms"], document["battery_fraction"]
    whole = isinstance(size, int) and isinstance(unix_ms, int) and 0 <= size <= _MAX_MEMORY and unix_ms >= 0
    if not whole or not isinstance(serial, str) or not isinstance(fraction, float) or not 0 <= fraction <= 1:
        raise ValueError("a value is missing or out of range")
    unpacker = zlib.decompressobj()
    memory = unpacker.decompress(base64.b64decode(document["memory"], validate=True), size + 1)
    if len(memory) != size:
        raise ValueError("its memory has another size")
    if not 1 <= len(serial) <= 16 or not serial.isascii():
        raise ValueError("its serial number is none")
    activated_unix_ms = document.get("activated_unix_ms")
    if activated_unix_ms is not None and not isinstance(activated_unix_ms, int):
        raise ValueError("its day of activation is none")
    visits = document.get("visits", 0)
    if isinstance(visits, bool) or not isinstance(visits, int) or visits < 0:
        raise ValueError("its number of visits is none")
    return Saved(serial, memory, unix_ms, fraction, activated_unix_ms, _origin(document["origin"]), visits)


def _origin(values: Any) -> Origin:
    origin, numbers = Origin(**values), (values["seed"], values["months"])
    whole = all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in numbers)
    whole = whole and isinstance(origin.befell, bool)
    if origin.scenario not in SCENARIOS or not whole or not isinstance(origin.patient, str):
        raise ValueError("who it is cannot be told")
    if origin.patient:
        person_from(json.loads(origin.patient))
    return origin


def _checksum(document: dict[str, Any]) -> str:
    """SHA-256 over all fields as JSON with sorted keys and no blanks."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def _holder(handle: int) -> int | None:
    os.lseek(handle, 0, os.SEEK_SET)
    pid, _, _ = os.read(handle, 64).partition(b"\n")
    return int(pid) if pid.isdigit() else None


def _makings(handle: int) -> int:
    os.lseek(handle, 0, os.SEEK_SET)
    _, _, text = os.read(handle, 64).partition(b"\nmade ")
    return int(text) if text.strip().isdigit() else 0


if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 20

    def _lock(handle: int) -> None:
        """A byte far behind the text is locked, so that the holder's number stays readable."""
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
