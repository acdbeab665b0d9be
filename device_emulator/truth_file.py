"""The ground truth as JSON Lines: a head for each run, its changes, and what was done over the bench. Owns the file; knows no device."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from stat import S_ISREG

from device_emulator.holder import locker_of
from device_emulator.store import StateBusy, StateUnwritable
from device_emulator.truth import Change, json_line

FORMAT = "rnprog-emulator.truth/1"
_TORN_HEAD = f'{{"schema":"{FORMAT}"'.encode()
"""How every file begins."""
_TAIL = 65_536
"""Longer than any line."""


class TruthFile:
    """Appends to one file, until `close` or until writing fails: then `failed` says why, and nothing more is written."""

    def __init__(self, path: Path) -> None:
        """StateUnwritable when it cannot be written or holds something else, StateBusy when another emulator writes to it."""
        self.path = path
        self.failed: StateUnwritable | None = None
        self.run = 1
        """Number of this run in the file, from 1."""
        self._then = "No device was started."
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o666)
        except OSError as error:
            raise StateUnwritable(self._cannot(error)) from error
        try:
            self._join()
        except BaseException:
            self.close()
            raise

    def begin(self, head: dict[str, object]) -> None:
        """The line that says what follows. StateUnwritable when it cannot be written."""
        self._write(json.dumps({"schema": FORMAT, "run": self.run, **head}, separators=(",", ":")) + "\n")
        if self.failed is not None:
            raise self.failed
        self._then = "The emulated device was switched off: its output is off."

    def tell(self, change: Change, start_s: float) -> None:
        """One change. Never raises: look at `failed`."""
        self._write(json_line(change, start_s, self.run))

    def note(self, command: dict[str, object], t_s: float, device_s: float) -> None:
        """Something done to the device over its bench channel: a line with `event` and without `cause`. Never raises, as `tell`."""
        line = {"run": self.run, "t_s": round(t_s, 6), "device_s": device_s, "event": command["cmd"], "command": command}
        self._write(json.dumps(line, separators=(",", ":")) + "\n")

    def close(self) -> None:
        """Harmless when closed."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _join(self) -> None:
        """Find out what the file holds, and which run this is."""
        if not S_ISREG(os.fstat(self._handle).st_mode):
            return  # a terminal or a pipe holds nothing
        if not _locked(self._handle):
            pid = locker_of(self._handle)
            by = f"process {pid}" if pid is not None else "another emulator"
            raise StateBusy(f"The ground truth file {self.path} is being written by {by}: name another file", pid)
        size = os.fstat(self._handle).st_size
        os.lseek(self._handle, max(0, size - _TAIL), os.SEEK_SET)
        tail = os.read(self._handle, _TAIL)
        told = [record for record in map(_record, tail.splitlines()) if record is not None]
        if size and not told and _TORN_HEAD.startswith(tail[: len(_TORN_HEAD)]) and b"\n" not in tail.rstrip():
            raise StateUnwritable(
                f"The first line of {self.path} is cut off: a run ended while it began to write, and no change of output is in it. It was "
                "left as it is; remove it or name another file."
            )
        if size and not told:
            raise StateUnwritable(f"{self.path} holds something else than ground truth. It was left as it is; name another file.")
        self.run = 1 + max((run for record in told if isinstance(run := record.get("run"), int)), default=0)
        if tail and not tail.endswith(b"\n"):
            self._write("\n")  # a run was cut off in the middle of a line

    def _write(self, text: str) -> None:
        data = text.encode("utf-8")
        try:
            while data and self._handle >= 0:
                data = data[os.write(self._handle, data) :]
        except OSError as error:
            self.failed = StateUnwritable(self._cannot(error))
            self.close()

    def _cannot(self, error: OSError) -> str:
        return f"The ground truth cannot be written to {self.path}: {error.strerror}. {self._then}"


def _record(line: bytes) -> dict[str, object] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and (record.get("schema") == FORMAT or "cause" in record or "event" in record) else None


if sys.platform == "win32":

    def _locked(handle: int) -> bool:
        """A lock would keep readers out here: nothing is locked."""
        return True

else:
    import fcntl

    def _locked(handle: int) -> bool:
        """Whether nobody else has it."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
