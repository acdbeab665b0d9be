"""Every call of disk and port of a whole appointment fails once, in every way in which it can: a full disk, a broken one, an interruption,
a closed pipe, a time-out. The real command runs (`rnprog demo`, in virtual time), then a profile is saved and a text exported. A shorter
appointment meets the same over a real pseudo-terminal: `calls_on_a_terminal.py`.

Each number is a call and a way to fail, in an order that spreads any few of them. Afterwards: exit code as documented, all invariants,
the record whole or honestly lost, every other file the old or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from serial import SerialException, SerialTimeoutException

from rnprog import entry
from rnprog.commands.exits import Ended, Exit
from rnprog.commands.saving import save_text
from rnprog.profile.store import StoreError, save
from rnprog.session.record import Record
from tests.attacks import calls_on_a_terminal, invariants
from tests.attacks.calls_of_the_system import struck
from tests.attacks.common import Broken, Result, over, place, spread
from tests.attacks.steps import Steps
from tests.attacks.watch import Watch
from tests.profile.texts import GOOD

WAYS: tuple[tuple[str, Callable[[], OSError]], ...] = (
    ("ENOSPC", lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))),
    ("EIO", lambda: OSError(errno.EIO, os.strerror(errno.EIO))),
    ("EINTR", lambda: InterruptedError(errno.EINTR, os.strerror(errno.EINTR))),
    ("EPIPE", lambda: BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))),
    ("time-out", lambda: TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))),
)
PORT_WAYS: tuple[tuple[str, Callable[[], OSError]], ...] = (
    ("ENOSPC", lambda: SerialException(errno.ENOSPC, os.strerror(errno.ENOSPC))),  # Linux, when USB has no bandwidth left
    ("EIO", lambda: SerialException(errno.EIO, os.strerror(errno.EIO))),
    ("EINTR", lambda: InterruptedError(errno.EINTR, os.strerror(errno.EINTR))),
    ("EPIPE", lambda: BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))),
    ("time-out", lambda: SerialTimeoutException("Write timeout")),
)
CONTROLS = 4
"""Indices beyond the last call, of disk and of port: nothing may fail there."""
SHARE = 24
TERMINAL = "on a pseudo-terminal"
CODES = {Exit.DONE, Exit.USAGE, Exit.FINDINGS, Exit.NO_DEVICE, Exit.RECORD, Exit.LINK, Exit.DEVICE, Exit.DENIED, Exit.STOP_NOT_CONFIRMED}
OLD = "the text that was there before\n"


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row=lambda number: f"{_meaning(number)[0]}: {_meaning(number)[2][0]}")


@cache
def calls_in() -> dict[str, int]:
    """How many calls of disk and of port there are when nothing fails."""
    counts = {"disk": 0, "port": 0}

    def ahead(call: str) -> None:
        counts["port" if call.startswith("port.") else "disk"] += 1

    with place() as root:
        replaced = _to_be_replaced(root)
        watch = Watch(root / "r", before=lambda what, data: ahead(what))
        with struck(ahead):
            code, said = _appointment(watch)
            _saved(*replaced)
    assert code == Exit.DONE, said
    return counts


def full() -> int:
    """Every call in every way, and the controls, on both lines."""
    return _here() + (calls_on_a_terminal.calls_in() + CONTROLS) * len(WAYS)


def _here() -> int:
    return (calls_in()["disk"] + CONTROLS) * len(WAYS) + (calls_in()["port"] + CONTROLS) * len(PORT_WAYS)


def _meaning(number: int) -> tuple[str, int, tuple[str, Callable[[], OSError]]]:
    """Disk or port, or on a terminal; which call, and how it fails."""
    at = spread(number, full())
    if at >= _here():
        call, way = divmod(at - _here(), len(WAYS))
        return TERMINAL, call, WAYS[way]
    disk = (calls_in()["disk"] + CONTROLS) * len(WAYS)
    if at < disk:
        call, way = divmod(at, len(WAYS))
        return "disk", call, WAYS[way]
    call, way = divmod(at - disk, len(PORT_WAYS))
    return "port", call, PORT_WAYS[way]


class _Failing:
    """The n-th call of disk or port fails, once."""

    def __init__(self, where: str, call: int, fails: Callable[[], OSError]) -> None:
        self._where, self._left, self._fails = where, call, fails
        self.struck = ""

    def ahead(self, call: str) -> None:
        if call.startswith("port.") is not (self._where == "port") or self.struck:
            return
        self._left -= 1
        if self._left < 0:
            self.struck = call
            raise self._fails()


def case(number: int) -> str:
    """One call, one way."""
    where, call, (name, fails) = _meaning(number)
    if where == TERMINAL:
        return f"{where}: {name}" if calls_on_a_terminal.case(call, name) else "nothing (a control)"
    failing = _Failing(where, call, fails)
    with place() as root:
        shelf, export = _to_be_replaced(root)
        watch = Watch(root / "r")
        steps = Steps(watch)

        def before(what: str, data: bytes) -> None:
            if data:
                steps.look(data)
            failing.ahead(what)

        def ahead(call: str) -> None:
            failing.ahead(call)
            steps.call(call)

        watch.before = before
        with struck(ahead):
            code, said = _appointment(watch)
            _saved(shelf, export)
        if bool(failing.struck) is not (call < calls_in()[where]):
            raise Broken(f"{failing.struck or 'nothing'} failed as call {call} of {calls_in()[where]}")
        if not failing.struck and code != Exit.DONE:
            raise Broken(f"nothing failed, and the exit code is {code}: {said}")
        if code not in CODES or (code and "." not in said):
            raise Broken(f"11: {name} at {failing.struck} ({call}): exit code {code}: {said[-200:]}")
        for path, new in ((shelf / "left-and-right.toml", GOOD), (export, GOOD)):
            if path.read_text(encoding="utf-8") not in (OLD, new):
                raise Broken(f"{path.name} is neither the old nor the new text after {name} at {failing.struck}")
        if list(shelf.glob(".*.tmp")) and failing.struck != "unlink":
            raise Broken("a temporary file was left behind")
        if watch.host is not None:
            _judged(watch, steps, code, f"{name} at {failing.struck} ({call}), exit code {code}")
    return f"{where}: {name}" if failing.struck else "nothing (a control)"


def _to_be_replaced(root: Path) -> tuple[Path, Path]:
    """A shelf with a profile and an exported text that are there already."""
    shelf, export = root / "shelf", root / "export.txt"
    shelf.mkdir()
    (shelf / "left-and-right.toml").write_text(OLD, encoding="ascii")
    export.write_text(OLD, encoding="ascii")
    return shelf, export


def _appointment(watch: Watch) -> tuple[int, str]:
    """`rnprog demo` in this process, watched: its exit code and what it said."""
    said = io.StringIO()
    real = Record.create

    def create(*values: object, **named: object) -> Record:
        watch.record = real(*values, **named)  # type: ignore[arg-type]
        return watch.record

    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), watch.on_the_line():
        Record.create = create  # type: ignore[method-assign, assignment]
        try:
            code = entry.main(["demo", "--fast", "--record-dir", str(watch.root)])
        finally:
            Record.create = real  # type: ignore[method-assign]
    return code, " ".join(said.getvalue().split())


def _saved(shelf: Path, export: Path) -> None:
    with contextlib.suppress(StoreError):
        save(shelf, "left-and-right", GOOD, replace=True)
    with contextlib.suppress(Ended):
        save_text(export, GOOD, replace=True)


def _judged(watch: Watch, steps: Steps, code: int, told: str) -> None:
    watch.afterwards()
    try:
        steps.judge()
        invariants.at_the_end(watch)
        if watch.record is not None and watch.record.lost is not None and code == Exit.DONE:
            raise Broken("9: the record is lost, and the exit code says that all is well")
    except Broken as broken:
        raise Broken(f"{broken} [{told}]") from broken
