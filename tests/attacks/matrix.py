"""Every link, device and host fault in every phase of an appointment; all twelve invariants against the emulator's ground truth.

A cell is a fault and a phase. Its runs go through every way in which the fault can strike there: every opcode that is said in the phase,
or the first, second, third ... call of disk or port. What cannot occur is listed with its reason in `cells.py`.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random

from rnprog.commands.exits import Exit
from rnprog.protocol.opcodes import Flag, Opcode
from rnprog.session.audit import audit
from rnprog.session.unclosed import unclosed
from tests.attacks import invariants
from tests.attacks.calls_of_the_system import Died, struck
from tests.attacks.cells import CELLS, FAULTS, IMPOSSIBLE, STOP_WITHOUT_EFFECT, reason, specs
from tests.attacks.common import Broken, Result, Row, over, place, spread
from tests.attacks.explained import unexplained
from tests.attacks.hosts import AT_THE_FACE, LATER, STRIKES, Host, signalled
from tests.attacks.sayings import is_true
from tests.attacks.script import PHASES, Script
from tests.attacks.steps import Steps
from tests.attacks.watch import Watch

TIMES = 20
SHARE = 80
FULL = len(CELLS) * TIMES
_INTERRUPTED = signalled(signal.SIGINT)
"""So that there is a STOP for a device to refuse."""


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row=lambda number: _name(*_cell(number)[:2]))


def _cell(number: int) -> tuple[str, str, int]:
    at = number // len(CELLS)
    return *CELLS[spread(number, len(CELLS))], at % TIMES


def _name(fault: str, phase: str) -> str:
    return f"{fault} {phase}"


def case(number: int) -> str:
    """One cell once."""
    fault, phase, turn = _cell(number)
    environment = dict(os.environ)
    with place() as root:
        watch = Watch(root / "r")
        played = _Played(watch, fault, phase, turn)
        try:
            code = played.play(root)
        finally:
            played.host.restore()
            for name in ("COLUMNS", "LC_ALL", "LANG", "TZ", "TERM"):
                os.environ.pop(name, None)
                if name in environment:
                    os.environ[name] = environment[name]
        if not played.struck:
            raise Broken(f"nothing struck [{played.told}]", _name(fault, phase))
        if watch.host is not None:
            watch.afterwards(61.0 if "no-lease" in watch.spec else 3.0)
            try:
                played.steps.judge()
                _judged(watch, code)
                is_true(watch, played.said)
            except Broken as broken:
                raise Broken(f"{broken} [{played.told}: {code}]", _name(fault, phase)) from broken
    return _name(fault, phase)


@cache
def calls_in() -> dict[str, int]:
    """How many calls of disk and port each phase of a sound appointment makes."""
    counts = dict.fromkeys(PHASES, 0)
    now = [PHASES[0]]
    with place() as root:
        watch = Watch(root / "r")
        script = Script(watch, root, lambda phase: now.__setitem__(0, phase))

        def event(call: str) -> None:
            counts[now[0]] += call != "port.in_waiting"

        def before(call: str, data: bytes) -> None:
            if data:
                script.sees(data)
            event(call)

        watch.before = before
        with struck(event):
            assert script.run() == Exit.DONE
    counts["connect"] = counts["connect"] or counts["identify"]  # no call is made before the first frame
    return counts


@cache
def _sound() -> list[tuple[object, ...]]:
    """What passes on the line in an appointment in which nothing goes wrong."""
    with place() as root:
        watch = Watch(root / "r")
        assert Script(watch, root, lambda phase: None).run() == Exit.DONE
    return _passed(watch)


def _passed(watch: Watch) -> list[tuple[object, ...]]:
    """Every frame with its time, but for numbers that are drawn by lot, and how many bytes the programmer read."""
    told: list[tuple[object, ...]] = [
        (round(seen.at_s, 6), seen.sent, seen.opcode, seen.frame.flags, b"" if seen.opcode == Opcode.LINK_OPEN else seen.frame.payload)
        for seen in watch.frames
    ]
    return [*told, (watch.bytes_read,)]


class _Played:
    """One appointment with one fault."""

    def __init__(self, watch: Watch, fault: str, phase: str, turn: int) -> None:
        self.watch, self.fault, self.phase = watch, fault, phase
        self.host = Host(watch)
        self.steps = Steps(watch)
        self.begun = False
        self.done = False
        self.said = ""
        """What a terminal was told, in one line; of a programmer that was killed nothing counts."""
        self._boots_then: int | None = None
        """How often the device had booted when the next phase began."""
        self._left_over = 0
        ways = specs(fault, phase) if fault not in STRIKES else []
        self._spec = ways[turn % len(ways)] if ways else ""
        once = (fault in LATER and phase == "close") or (fault, phase) == (
            "H7",
            "connect",
        )  # no disk is used; one port is opened
        most = 1 if once else calls_in()[phase]
        self._count = 1 + (turn if most <= TIMES else Random(turn).randrange(most)) % most
        self.told = f"{fault} {phase} {self._spec or self._count}"

    def play(self, root: Path) -> int | None:
        """The exit code; None when the fault killed the programmer."""
        early = self._spec and self.phase == "connect"
        url = f"emu://?faults={self._spec}" if early else "emu://both" if self.fault == "H7" else "emu://"
        self.watch.spec = self._spec if early else ""
        script = Script(self.watch, root, self._at, url)

        def before(call: str, data: bytes) -> None:
            if data:
                script.sees(data)
                self.steps.look(data)
            self._event(call)

        self.watch.before = before
        try:
            with struck(self._event):
                code = script.run()
        except Died:
            return None
        self.said = said = " ".join(script.said.getvalue().split())
        if (code == Exit.BUG) != (self.fault == "H14" and self.done) or (code and code != Exit.PIPE and "." not in said):
            raise Broken(f"11: exit code {code}, told: {said[-300:]} [{self.told}]", _name(self.fault, self.phase))
        return code

    @property
    def struck(self) -> bool:
        """Whether the fault was met. One of the emulator's that is no event is met when anything on the line is other than without it."""
        if self.fault in STRIKES:
            return self.done and (self.fault not in LATER or self.host.met)
        if self.fault == "D11":
            return any(not seen.sent and seen.opcode == Opcode.STOP and seen.frame.flags & Flag.REFUSED for seen in self.watch.frames)
        if "power-cut" in self._spec:
            return (self._boots_then or self._boots()) > 1
        spec = self._spec.partition(",")[0]
        name = spec.partition("=")[0].partition("@")[0]
        if "@" not in spec or name in ("noise", "impedance-jump"):
            return self.begun and (self.watch.host is None or _passed(self.watch) != _sound())
        return self.begun and self.watch.host is not None and self.watch.host.device.faults.struck.get(name, 0) > 0

    def _boots(self) -> int:
        return self.watch.host.device.rn1.core.boot_count if self.watch.host is not None else 1

    def _at(self, phase: str) -> None:
        if self.begun and phase != self.phase and self._boots_then is None:
            self._boots_then = self._boots()
        if phase != self.phase or self.begun:
            return
        self.begun = True
        self._left_over = self._count
        if self._spec and phase != "connect":
            self.watch.faults(self._spec)
        elif self.fault in AT_THE_FACE:
            self.done = True
            STRIKES[self.fault](self.host)

    def _event(self, call: str) -> None:
        """A call of disk or port."""
        self._strikes(call)
        self.steps.call(call)

    def _strikes(self, call: str) -> None:
        self.host.ahead(call)
        if not self.begun or self.done or call == "port.in_waiting":
            return
        strike = _INTERRUPTED if self.fault == "D11" or self._spec == STOP_WITHOUT_EFFECT else STRIKES.get(self.fault)
        if strike is None or (self.fault == "H7" and self.phase == "connect" and call != "port.open"):
            return  # the port is held from just before it is opened
        self._left_over -= 1
        if self._left_over <= 0:
            self.done = True
            strike(self.host)
            self.host.ahead(call)


def _judged(watch: Watch, code: int | None) -> None:
    if code is not None:
        invariants.at_the_end(watch)
        return
    for invariant in invariants.HISTORY:
        if invariant not in (invariants.nine_record, invariants.ten_explained):
            invariant(watch)
    own_end = "the record does not say why it ended (lease-expired)"  # whoever is dead writes nothing: the unclosed record says it
    if (problem := unexplained(watch)) is not None and not problem.startswith(own_end):
        raise Broken(f"10: {problem}")
    if watch.record is None:
        return
    faults = {fault.text for fault in audit(watch.record.path).faults}
    if faults - {"the last line is torn: it has no end"} or audit(watch.record.path).lines < watch.record.lines:
        raise Broken(f"9: after a kill: {faults}")
    left = [each for each in unclosed(watch.desk.record_dir) if each.path == watch.record.path]
    closed = audit(watch.record.path).closed
    if bool(left) == closed or any(each.lines < watch.record.lines for each in left):
        raise Broken("9: the next start does not report the session that was killed")


def summary(result: Result) -> Result:
    """Sums by kind of fault, and the matrix itself below."""
    counts: Counter[tuple[str, str]] = Counter()
    finds: Counter[tuple[str, str]] = Counter()
    told = Result(finds=result.finds)
    kinds = {"L": Row("link faults, cell by cell"), "D": Row("device faults, cell by cell"), "H": Row("host faults, cell by cell")}
    for row in result.rows:
        fault, _, phase = row.what.partition(" ")
        counts[fault, phase] += row.runs
        finds[fault, phase] += row.finds
        kinds[fault[0]].runs += row.runs
        kinds[fault[0]].finds += row.finds
    told.rows = list(kinds.values())
    told.document = _document(counts, finds)
    return told


def _document(counts: Counter[tuple[str, str]], finds: Counter[tuple[str, str]]) -> str:
    lines = [
        f"Fault by phase: runs of each cell, `!n` finds, letters for what cannot occur. {len(CELLS)} cells, {len(IMPOSSIBLE)} excluded.\n"
    ]
    reasons = sorted({why for fault in FAULTS for phase in PHASES if (why := reason(fault, phase))})
    letters = {why: chr(ord("a") + at) for at, why in enumerate(reasons)}
    lines += ["| | " + " | ".join(PHASES) + " |", "|---|" + "---:|" * len(PHASES)]
    for fault in FAULTS:
        row = []
        for phase in PHASES:
            why = reason(fault, phase)
            bad = f" !{finds[fault, phase]}" if finds[fault, phase] else ""
            row.append(letters[why] if why else f"{counts[fault, phase]}{bad}")
        lines.append(f"| {fault} | " + " | ".join(row) + " |")
    lines += ["", *(f"- {letter}: {why}" for why, letter in letters.items())]
    return "\n".join(lines) + "\n"
