"""The second line of the attack `calls`: a whole appointment over a real pseudo-terminal, in which one call fails once.

The emulator is a process of its own, and so is the programmer: its own opens, writes and syncs meet the error, those of the port among
them, and so does the first read after each write to the line. Afterwards the ground truth of the emulator, the memory that it leaves, the
record, the other files and the exit code are looked at. Real time: heartbeats, and reads that find nothing, are not counted as calls.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from rnprog.commands.exits import Exit
from tests.attacks.calls_of_the_system import struck
from tests.attacks.common import Broken
from tests.attacks.kills import _left_behind
from tests.attacks.kills_apart import _whole_and_as_said
from tests.attacks.processes import Again, Emulator, NotBegun, emulator, into, lines_held_back, own_environment, start, wait_until
from tests.attacks.script import Script
from tests.attacks.watch import Watch
from tests.profile.texts import GOOD

LINE = ("--pty",)
GONE_S = 1.0
NEVER = 1 << 30
OLD = "the text that was there before\n"
again = Again()
BROKEN = ""
"""What is wrong with every pair, for a test of this attack: "a lease that never ends" or "lines held back"."""
CODES = {Exit.DONE, Exit.USAGE, Exit.UNREADABLE, Exit.NO_DEVICE, Exit.RECORD, Exit.LINK, Exit.DEVICE, Exit.DENIED, Exit.REFUSED}
CODES |= {Exit.STOP_NOT_CONFIRMED}
_TOLD = struct.Struct("<qqq")
"""Calls made, lines of the record that are safe, and whether one failed."""


@cache
def calls_in() -> int:
    """How many calls there are when none fails."""
    return again(lambda: _pair(NEVER, ""))[0]


def case(call: int, way: str) -> bool:
    """One appointment; whether a call failed in it. Broken by whatever was promised and not kept."""
    return again(lambda: _pair(call, way))[1]


def _pair(call: int, way: str) -> tuple[int, bool]:
    root = Path(tempfile.mkdtemp(prefix="rn", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        environment = own_environment(root)
        (root / "told").write_bytes(bytes(_TOLD.size))
        (root / "shelf").mkdir()
        for path in _replaced(root):
            path.write_text(OLD, encoding="ascii")
        with emulator(root, environment, *LINE, "--state", str(root / "device.json"), broken=BROKEN) as device:
            programmer = start(_visit, device.url, str(root), call, way, BROKEN, environment=environment)
            try:
                wait_until(lambda: not programmer.is_alive(), "the end of the appointment", 40.0)
                _off(device, time.monotonic())
            finally:
                programmer.kill()
                programmer.join(5)
        made, safe, failed = _TOLD.unpack((root / "told").read_bytes())
        said = " ".join((root / "programmer.out").read_text(encoding="utf-8", errors="replace").split())
        _judged(root, safe, f"{way} at call {call}, exit code {programmer.exitcode}: {said[-300:]}", programmer.exitcode, bool(failed))
        return made, bool(failed)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _off(device: Emulator, gone_s: float) -> None:
    """By the emulator's own word and truth, in time."""

    def off() -> bool:
        state = device.bench({"cmd": "state"})
        return state["output_state"] == "OFF" and not state["armed_channels"]

    try:
        wait_until(off, "12: off", GONE_S + 0.5)  # asking takes its time on a busy computer; the truth below is exact
    except Broken:
        raise Broken(f"12: {device.bench({'cmd': 'state'})['output_state']} after the programmer had gone") from None
    if device.changes() and (late_s := device.off_s() - gone_s) > GONE_S:
        raise Broken(f"12: on until {late_s:.3f} s after the programmer had gone")


def _replaced(root: Path) -> tuple[Path, Path]:
    return root / "shelf" / "left-and-right.toml", root / "export.jsonl"


def _judged(root: Path, safe: int, told: str, code: int | None, failed: bool) -> None:
    if not failed and code != Exit.DONE:
        raise NotBegun(f"nothing failed, and it did not finish: {told}")  # on a busy computer an answer comes late
    if code not in CODES or (code and "." not in told):
        raise Broken(f"11: {told}")
    if code != Exit.RECORD or safe > 1 or any((root / "records").glob("*.jsonl")):  # else it was never begun, and was taken away
        _left_behind(root / "records", safe, ended=False)
    _whole_and_as_said(root)
    profile, export = (path.read_text(encoding="utf-8") for path in _replaced(root))
    if profile not in (OLD, GOOD):
        raise Broken(f"the profile is neither the old nor the new text: {told}")
    if export != OLD and not _is_of_the_record(export, root):
        raise Broken(f"the export is neither the old nor the new text: {told}")
    if code == Exit.DONE and profile == OLD:
        raise Broken(f"all is said to be well, and the profile is the old one: {told}")


def _is_of_the_record(export: str, root: Path) -> bool:
    (path,) = (root / "records").glob("*.jsonl")
    text = path.read_text(encoding="ascii")
    return text.startswith(export) and export.endswith("\n") and json.loads(export.splitlines()[-1])["kind"] == "outcome"


# the programmer, a process of its own


class _Apart(Watch):
    """Nothing sits on this line: the device is elsewhere."""

    @contextmanager
    def on_the_line(self) -> Iterator[None]:
        yield


class _Failing:
    """The n-th call of the main thread fails, once."""

    def __init__(self, told: Path, call: int, fails: Callable[[], OSError]) -> None:
        self._handle = os.open(told, os.O_RDWR)
        self._tell, self._call, self._fails = os.pwrite, call, fails
        self._made = self._safe = self._failed = 0

    def ahead(self, _: str = "") -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._made += 1
        self._failed = self._failed or int(self._made > self._call)
        self.tell()
        if self._made == self._call + 1:
            raise self._fails()

    def tell(self, safe: int | None = None) -> None:
        self._safe = self._safe if safe is None else safe
        self._tell(self._handle, _TOLD.pack(self._made, self._safe, self._failed), 0)


def _visit(url: str, root: str, call: int, way: str, broken: str) -> None:
    from rnprog.device.link import Link
    from rnprog.session.record import Record
    from tests.attacks.calls import WAYS

    into(Path(root, "programmer.out"))
    if broken == "lines held back":
        lines_held_back()
    failing, asked = _Failing(Path(root, "told"), call, dict(WAYS).get(way, OSError)), threading.local()
    real_record, real_write, real_read = Record.write, Link._put, Link._plain_read

    def record(self: Record, *values: Any, **named: Any) -> int:
        number = real_record(self, *values, **named)
        failing.tell(safe=self.lines)
        return number

    def write(self: Link, data: bytes) -> None:
        real_write(self, data)
        asked.just_now = True

    def read(self: Link, descriptor: int) -> bytes:
        if getattr(asked, "just_now", False):
            asked.just_now = False
            failing.ahead()
        return real_read(self, descriptor)

    Record.write, Link._put, Link._plain_read = record, write, read  # type: ignore[method-assign, assignment]
    script = Script(_Apart(Path(root, "records")), Path(root), lambda phase: None, url)
    with struck(failing.ahead):
        code = script.run()
    os.write(1, script.said.getvalue().encode())
    os._exit(code)
