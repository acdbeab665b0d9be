"""kill -9 and SIGSTOP at every call into the system: while a profile is saved, a text exported, a program committed, an appointment led.

A forked process kills (or stops) itself right before its n-th call of disk or port; what lies on the disk then is what a crash leaves.
Files are the old or the new one, every acknowledged line of the record is there, the implant's memory holds the old or the new program,
and the next start says what was left.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
from collections.abc import Callable
from pathlib import Path

from rnprog.commands.saving import save_text
from rnprog.profile.store import save
from rnprog.session import programs
from rnprog.session.audit import audit
from rnprog.session.record import Record
from rnprog.session.unclosed import unclosed
from tests.attacks.calls_of_the_system import struck
from tests.attacks.common import Broken, Result, over, place
from tests.attacks.script import Script
from tests.attacks.watch import Watch
from tests.profile.texts import GOOD
from tests.session.desk import Desk, program

SHARE = 40
FULL = 2_000
KINDS = ("save", "export", "commit", "appointment")
OLD = "the text that was there before\n"
NAMED = "emu://kept"
_PRIME = 37
_CALLS = {"save": 11, "export": 8, "commit": 97, "appointment": 470}
"""Roughly how many calls there are; beyond the last one it ends by itself."""


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row=lambda number: _row(*_meaning(number)))


def _meaning(number: int) -> tuple[str, int, signal.Signals]:
    """What is being done, before which call it is struck, and by what."""
    kind = KINDS[number % 4]
    at = number // 4
    stops = kind in ("save", "export") and at % 3 == 2
    return kind, at * _PRIME % _CALLS[kind], signal.SIGSTOP if stops else signal.SIGKILL


def _row(kind: str, call: int, number: signal.Signals) -> str:
    return f"{number.name} at a call of: {kind}"


def case(number: int) -> str:
    """One strike."""
    kind, call, how = _meaning(number)
    with place() as root:
        ended = _SCENES[kind](root, call, how)
    return _row(kind, call, how) if ended else "it ended before that call (a control)"


class Child:
    """A forked process that strikes itself before its n-th call, and tells how many lines of its record were acknowledged."""

    def __init__(self, work: Callable[[Child], None], call: int, how: signal.Signals) -> None:
        self._shared = mmap.mmap(-1, 8)
        self._left, self._how = call, how
        self.armed = True
        self._pid = os.fork()
        if self._pid == 0:
            code = 1
            try:
                with struck(self.ahead):
                    work(self)
                code = 0
            finally:
                os._exit(code)

    def ahead(self, call: str) -> None:
        """A call is about to be made."""
        if not self.armed:
            return
        self._left -= 1
        if self._left < 0:
            self.armed = False
            os.kill(os.getpid(), self._how)

    def acknowledge(self, lines: int) -> None:
        """So many lines are safe."""
        self._shared[:8] = struct.pack("<q", lines)

    @property
    def acknowledged(self) -> int:
        """As the process last said."""
        return int(struct.unpack("<q", self._shared[:8])[0])

    def wait(self, while_stopped: Callable[[], None] = lambda: None) -> bool:
        """Whether it was struck. A stopped one is looked at, and goes on then."""
        _, status = os.waitpid(self._pid, os.WUNTRACED)
        stopped = os.WIFSTOPPED(status)
        if stopped:
            while_stopped()
            os.kill(self._pid, signal.SIGCONT)
            _, status = os.waitpid(self._pid, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
            raise Broken(f"it ended with {os.WEXITSTATUS(status)}")
        return stopped or os.WIFSIGNALED(status)


def _one_file(path: Path, work: Callable[[], object], call: int, how: signal.Signals) -> bool:
    def old_or_new() -> None:
        if path.read_text(encoding="utf-8") not in (OLD, GOOD):
            raise Broken(f"{path.name} is neither the old nor the new text before call {call}")

    path.parent.mkdir(exist_ok=True)
    path.write_text(OLD, encoding="ascii")
    child = Child(lambda _: work(), call, how)
    ended = child.wait(old_or_new)
    old_or_new()
    if how is signal.SIGSTOP and path.read_text(encoding="utf-8") != GOOD:
        raise Broken("stopped and continued, and the new text is not there")
    work()
    if path.read_text(encoding="utf-8") != GOOD:
        raise Broken("after a kill it could not be saved again")
    return ended


def _save(root: Path, call: int, how: signal.Signals) -> bool:
    return _one_file(root / "shelf" / "left-and-right.toml", lambda: save(root / "shelf", "left-and-right", GOOD, replace=True), call, how)


def _export(root: Path, call: int, how: signal.Signals) -> bool:
    path = root / "out" / "export.txt"
    return _one_file(path, lambda: save_text(path, GOOD, replace=True), call, how)


def _commit(root: Path, call: int, how: signal.Signals) -> bool:
    return _appointment(root, call, how, from_phase="write")


def _appointment(root: Path, call: int, how: signal.Signals, from_phase: str = "connect") -> bool:
    records = root / "r"

    def work(child: Child) -> None:
        child.armed = False
        _tell_what_is_acknowledged(child)
        watch = Watch(records)

        def at(phase: str) -> None:
            child.armed = child.armed or phase == from_phase

        script = Script(watch, root, at, NAMED)

        def before(what: str, data: bytes) -> None:
            if data:
                script.sees(data)
            child.ahead(what)

        watch.before = before
        if script.run() != 0:
            raise Broken(script.said.getvalue())

    child = Child(work, call, how)
    ended = child.wait()
    _left_behind(records, child.acknowledged, ended=ended)
    _next_start(records, child.acknowledged)
    return ended


def _tell_what_is_acknowledged(child: Child) -> None:
    real = Record.write

    def write(self: Record, *values: object, **named: object) -> int:
        number = real(self, *values, **named)  # type: ignore[arg-type]
        child.acknowledge(self.lines)
        return number

    Record.write = write  # type: ignore[method-assign, assignment]


def _left_behind(records: Path, acknowledged: int, *, ended: bool) -> None:
    paths = sorted(records.glob("*.jsonl"))
    if not paths:
        if acknowledged:
            raise Broken(f"9: {acknowledged} lines were acknowledged, and there is no record")
        return
    if not paths[0].read_bytes():
        if acknowledged:
            raise Broken(f"9: {acknowledged} lines were acknowledged, and the record is empty")
        return
    found = audit(paths[0])
    if {fault.text for fault in found.faults} - {"the last line is torn: it has no end"} or found.lines < acknowledged:
        raise Broken(f"9: {acknowledged} lines were acknowledged; found {found.lines} and {found.faults[:1]}")
    told = unclosed(records)
    if ended and not found.closed and found.lines and not told:
        raise Broken("the next start does not report the session that was killed")
    if any(each.lines < acknowledged for each in told):
        raise Broken("the next start reports fewer lines than were acknowledged")


def _next_start(records: Path, acknowledged: int) -> None:
    """The same device again: off, its program the old or the new one; the record of this session is closed."""
    desk = Desk(records)
    desk.tape = None  # type: ignore[assignment]
    with desk.open(NAMED) as session:
        if session.status().armed:
            raise Broken("12: armed after a restart")
        held = programs.read_slot(session, 0)
        if held.program not in (None, program()) or held.problem not in (None, "empty"):
            raise Broken(f"6: slot 0 holds neither the old nor the new program: {held.problem}")
    if acknowledged and not audit(desk.records()[-1]).good:
        raise Broken("the session after the kill left no whole record")


_SCENES: dict[str, Callable[[Path, int, signal.Signals], bool]] = {
    "save": _save,
    "export": _export,
    "commit": _commit,
    "appointment": _appointment,
}
