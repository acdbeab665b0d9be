"""kill -9 and SIGSTOP at every call into the system: while a profile is saved, a text exported, a program committed, an appointment led.

A forked process kills itself right before its n-th call of disk or port, or stops itself there and is continued or killed; what lies on
the disk then is what a crash leaves. (Here the emulator lives in the process that is killed; in `kills_apart.py` it goes on.)
A power cut besides takes blocks of what had not been synced: they are zeros then, as the longest lines have more than one.
Files are the old or the new one, every acknowledged line of the record is there, the implant's memory holds the old or the new program,
and the next start says what was left. The records, that of an earlier visit among them, follow from one another before and after it.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from random import Random

from rnprog.commands.saving import save_text
from rnprog.profile.store import save
from rnprog.session import programs
from rnprog.session.audit import Unreadable, audit
from rnprog.session.audit_chain import Chain, chain
from rnprog.session.record import Record, Times
from rnprog.session.unclosed import unclosed
from tests.attacks.calls_of_the_system import struck
from tests.attacks.common import Broken, Result, over, place, spread
from tests.attacks.script import Script
from tests.attacks.watch import Watch
from tests.profile.texts import GOOD
from tests.session.desk import Desk, program

SHARE = 40
AT_LEAST = 2_000
"""Of these are SIGKILLs: every third, less the controls."""
KINDS = ("save", "export", "commit", "appointment")
HOWS = ("SIGKILL", "SIGSTOP, then SIGCONT", "SIGSTOP, then SIGKILL")
POWER_CUT = "SIGKILL, then a power cut,"
"""Only where a record is written: a file that is saved anew is synced before it gets its name."""
BLOCK = 512
"""What a disk writes out or does not."""
OLD = "the text that was there before\n"
NAMED = "emu://kept"
EARLIER = "EARLIER"
CONTROLS = 2
"""Indices beyond the last call of each kind: there it ends by itself."""
_NEVER = 1 << 30


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row=lambda number: _row(*_meaning(number)))


@cache
def calls_in() -> dict[str, int]:
    """How many calls there are when nothing strikes."""
    counts = {}
    for kind in KINDS:
        with place() as root:
            counts[kind] = _SCENES[kind](root, _NEVER, HOWS[0]).made
    return counts


@cache
def _cases(kinds: tuple[str, ...]) -> list[tuple[str, int, str]]:
    return [(kind, call, how) for kind in kinds for call in range(calls_in()[kind] + CONTROLS) for how in hows(kind)]


def hows(kind: str) -> tuple[str, ...]:
    """In which ways it is struck."""
    return HOWS if kind in ("save", "export") else (*HOWS, POWER_CUT)


def full() -> int:
    """Every call of each in every way, and the controls, and so many that enough of them are SIGKILLs; whoever has fewer calls is gone
    through again meanwhile."""
    cases = max(2 * len(_cases(KINDS[:3])), 2 * len(_cases(KINDS[3:])))
    killed = 0
    for number in count():
        kind, call, how = _meaning(number)
        killed += how == HOWS[0] and call < calls_in()[kind]
        if killed >= AT_LEAST:
            return max(cases, number + 1)
    raise AssertionError("never")


def _meaning(number: int) -> tuple[str, int, str]:
    """What is being done, before which call it is struck, and how. Every second number is an appointment."""
    cases = _cases(KINDS[3:] if number % 2 else KINDS[:3])
    return cases[spread(number // 2, len(cases))]


def _row(kind: str, call: int, how: str) -> str:
    return f"{how} at a call of: {kind}"


def case(number: int) -> str:
    """One strike."""
    kind, call, how = _meaning(number)
    with place() as root:
        child = _SCENES[kind](root, call, how)
    if child.struck is not (call < calls_in()[kind]):
        raise Broken(f"{'struck' if child.struck else 'not struck'} before call {call} of {calls_in()[kind]}")
    return _row(kind, call, how) if child.struck else "it ended before that call (a control)"


class Child:
    """A forked process that strikes itself before its n-th call, and tells how many lines of its record were acknowledged."""

    def __init__(self, work: Callable[[Child], None], call: int, how: str) -> None:
        self._shared = mmap.mmap(-1, 16)
        self._call, self.how = call, how
        self.armed = True
        self.struck = False
        """After `wait`: whether it was struck."""
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
        made = self.made
        self._shared[8:] = struct.pack("<q", made + 1)
        if made == self._call:
            self.armed = False
            os.kill(os.getpid(), signal.SIGKILL if self.how in (HOWS[0], POWER_CUT) else signal.SIGSTOP)

    def acknowledge(self, lines: int) -> None:
        """So many lines are safe."""
        self._shared[:8] = struct.pack("<q", lines)

    @property
    def acknowledged(self) -> int:
        """As the process last said."""
        return int(struct.unpack("<q", self._shared[:8])[0])

    @property
    def made(self) -> int:
        """How many calls it has made, or was about to."""
        return int(struct.unpack("<q", self._shared[8:])[0])

    @property
    def killed(self) -> bool:
        """After `wait`: it went without a word."""
        return self.struck and self.how != HOWS[1]

    def wait(self, while_stopped: Callable[[], None] = lambda: None) -> Child:
        """Wait for its end. A stopped one is looked at, and goes on or is killed then."""
        _, status = os.waitpid(self._pid, os.WUNTRACED)
        self.struck = os.WIFSTOPPED(status) or os.WIFSIGNALED(status)
        if os.WIFSTOPPED(status):
            try:
                while_stopped()
            finally:
                os.kill(self._pid, signal.SIGCONT if self.how == HOWS[1] else signal.SIGKILL)
                _, status = os.waitpid(self._pid, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
            raise Broken(f"it ended with {os.WEXITSTATUS(status)}")
        return self


def _one_file(path: Path, work: Callable[[], object], call: int, how: str) -> Child:
    def old_or_new() -> None:
        if path.read_text(encoding="utf-8") not in (OLD, GOOD):
            raise Broken(f"{path.name} is neither the old nor the new text before call {call}")

    path.parent.mkdir(exist_ok=True)
    path.write_text(OLD, encoding="ascii")
    child = Child(lambda _: work(), call, how).wait(old_or_new)
    old_or_new()
    if not child.killed and path.read_text(encoding="utf-8") != GOOD:
        raise Broken("it ended by itself, and the new text is not there")
    work()
    if path.read_text(encoding="utf-8") != GOOD:
        raise Broken("after a kill it could not be saved again")
    return child


def _save(root: Path, call: int, how: str) -> Child:
    return _one_file(root / "shelf" / "left-and-right.toml", lambda: save(root / "shelf", "left-and-right", GOOD, replace=True), call, how)


def _export(root: Path, call: int, how: str) -> Child:
    path = root / "out" / "export.txt"
    return _one_file(path, lambda: save_text(path, GOOD, replace=True), call, how)


def _commit(root: Path, call: int, how: str) -> Child:
    return _appointment(root, call, how, from_phase="write")


def _appointment(root: Path, call: int, how: str, from_phase: str = "connect") -> Child:
    records = root / "r"
    earlier(records)

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
    child.wait(lambda: _left_behind(records, child.acknowledged, ended=False))
    if child.struck and how == POWER_CUT:
        _lose(records, child.acknowledged, Random(call))
    _left_behind(records, child.acknowledged, ended=child.killed)
    _next_start(records, child.acknowledged)
    return child


def _lose(records: Path, acknowledged: int, rng: Random) -> None:
    """Blocks of what was not acknowledged are zeros: the first, or any. What was acknowledged had been synced. A line that was under way is
    made longer than a block, as one with readings is, and as its writing would have gone on."""
    for path in records.glob("*.jsonl"):
        content = path.read_bytes()
        safe = sum(len(row) for row in content.splitlines(keepends=True)[:acknowledged])
        if EARLIER in path.name or safe == len(content):
            continue
        content = content[: safe + 1] + b"x" * 3 * BLOCK + content[safe + 1 :]
        blocks = range(safe // BLOCK, -(-len(content) // BLOCK))
        for block in {blocks[0], *rng.sample(blocks, rng.randrange(len(blocks)))} if rng.random() < 0.5 else {rng.choice(blocks)}:
            begin, end = max(safe, block * BLOCK), min((block + 1) * BLOCK, len(content))
            content = content[:begin] + bytes(end - begin) + content[end:]
        path.write_bytes(content)


def earlier(records: Path) -> None:
    """An earlier visit, which has a record that is closed."""
    Record.create(records, EARLIER, lambda: Times(0, datetime(2020, 1, 5, 9, tzinfo=UTC), 0.0), actor="nurse", opening={}).close({})


def _tell_what_is_acknowledged(child: Child) -> None:
    real = Record.write

    def write(self: Record, *values: object, **named: object) -> int:
        number = real(self, *values, **named)  # type: ignore[arg-type]
        child.acknowledge(self.lines)
        return number

    Record.write = write  # type: ignore[method-assign, assignment]


def _left_behind(records: Path, acknowledged: int, *, ended: bool) -> None:
    paths = [path for path in sorted(records.glob("*.jsonl")) if EARLIER not in path.name]
    told = unclosed(records)
    if missed := _missed(records):
        raise Broken(f"9: the records do not follow from one another: {missed}")
    if not paths or not paths[0].read_bytes():
        if acknowledged:
            raise Broken(f"9: {acknowledged} lines were acknowledged, and {'the record is empty' if paths else 'there is no record'}")
        if told:
            raise Broken(f"the next start reports a session that began nothing: {told}")
        return
    try:
        found = audit(paths[0])
    except Unreadable as said:
        if acknowledged or told:
            raise Broken(f"9: {acknowledged} lines were acknowledged, {len(told)} sessions told: {said}") from said
        return
    if not all(fault.torn for fault in found.faults) or found.lines < acknowledged:
        raise Broken(f"9: {acknowledged} lines were acknowledged; found {found.lines} and {found.faults[:1]}")
    if ended and not found.closed and found.lines and not told:
        raise Broken("the next start does not report the session that was killed")
    if any(each.lines < acknowledged or each.damaged_lines for each in told):
        raise Broken("the next start reports fewer lines than were acknowledged, or damaged ones")


def _missed(records: Path) -> Chain | None:
    """What is wrong with how the records follow from one another."""
    found = chain(sorted(records.glob("*.jsonl")))
    return found if found.broken or found.moved else None


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
    paths = sorted(records.glob("*.jsonl"))
    if not all(path.read_bytes().endswith(b"\n") and audit(path).good for path in paths):
        raise Broken("after the next start a record is not whole")
    if missed := _missed(records):
        raise Broken(f"9: after the next start the records do not follow from one another: {missed}")
    if told := unclosed(records):
        raise Broken(f"the next start but one is told again: {told}")


_SCENES: dict[str, Callable[[Path, int, str], Child]] = {
    "save": _save,
    "export": _export,
    "commit": _commit,
    "appointment": _appointment,
}
