"""kill -9 and SIGSTOP at every call of a commit and of an appointment whose device is a process of its own, and outlives its programmer.

A programmer talks to the emulator over TCP or a pseudo-terminal and strikes itself right before its n-th call of disk or line. The ground
truth says when output went off; the memory that the emulator leaves says what its slots hold. Neither asks the programmer, nor its reader.
"""

from __future__ import annotations

import os
import shutil
import signal
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from device_emulator.device import EmulatedDevice
from device_emulator.firmware.image import Program, Side, build_image
from device_emulator.store import Store
from rnprog.protocol.opcodes import SlotState
from tests.attacks.calls_of_the_system import struck
from tests.attacks.common import Broken, Result, Shot, over_these, spread
from tests.attacks.kills import HOWS, _left_behind
from tests.attacks.processes import Again, Emulator, NotBegun, emulator, into, lines, lines_held_back, own_environment, start, wait_until

SHARE = 4
JOBS = 1
AT_ONCE = 4
"""Pairs that run side by side."""
WITHIN_S = 1.0
LINES = (("--tcp", "127.0.0.1:0"), ("--pty",))
KINDS = ("commit", "appointment")
WRITTEN = build_image(
    Program(
        (Side(0, 0b10, 0b100, 1_500, 214), Side(1, 0b10_0000, 0b100_0000, 2_000, 214)), 20_000, 2_000, 2_000, 10_000, 20_000, 1_800, 2, 0
    )
)
"""What `tests/session/desk.py` calls its program, as the device holds it; written down here a second time."""
_FLOWING = "{}, current flowing"
again = Again()
BROKEN = ""
"""What is wrong with every pair, for a test of this attack: "a lease that never ends" or "lines held back"."""
_NEVER = 1 << 30
_TOLD = struct.Struct("<qqd")
"""Calls made, lines of the record that are safe, and when it was struck (0: not yet)."""


def run(runs: int, seed: int) -> Result:
    whole = Result()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for piece in pool.map(lambda number: over_these([number], case, row=lambda n: _row(*_meaning(n)[::2])), range(seed, seed + runs)):
            whole.join(piece)
    again.tell(whole)
    return whole


_counting = threading.Lock()


def calls_in() -> dict[str, int]:
    """How many calls there are when nothing strikes: a dry run of each."""
    with _counting:
        return _counted()


@cache
def _counted() -> dict[str, int]:
    return {kind: again(lambda kind=kind: _pair(kind, _NEVER, HOWS[0], LINES[0]))[1] for kind in KINDS}  # type: ignore[misc]


@cache
def _cases(counts: tuple[int, ...]) -> list[tuple[str, int, str]]:
    return [(kind, call, how) for kind, count in zip(KINDS, counts, strict=True) for call in range(count) for how in HOWS]


def full() -> int:
    """Every call in every way, over both lines."""
    return len(LINES) * len(_cases(tuple(calls_in().values())))


def _meaning(number: int) -> tuple[str, int, str]:
    cases = _cases(tuple(calls_in().values()))
    return cases[spread(number, len(cases))]


def _row(kind: str, how: str) -> str:
    return f"{how} at a call of: {kind}"


def case(number: int) -> str | Shot:
    """One strike. In real time an answer may come late and be asked for once more, so the last calls may not be reached."""
    kind, call, how = _meaning(number)
    line = LINES[(number + number // len(_cases(tuple(calls_in().values())))) % 2]
    was_struck, _, off_ms = again(lambda: _pair(kind, call, how, line))
    if not was_struck:
        return "it ended before that call (a control)"
    return _row(kind, how) if off_ms is None else Shot(_FLOWING.format(_row(kind, how)), off_ms, "ms to OFF")


def _pair(kind: str, call: int, how: str, line: tuple[str, ...]) -> tuple[bool, int, float | None]:
    """Whether it was struck, how many calls it made, and how long current flowed on; None: none flowed."""
    root = Path(tempfile.mkdtemp(prefix="rn", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        environment = own_environment(root)
        told = root / "told"
        told.write_bytes(bytes(_TOLD.size))
        off_ms = None
        with emulator(root, environment, *line, "--state", str(root / "device.json"), broken=BROKEN) as device:
            programmer = start(_visit, kind, device.port, str(root), call, how, BROKEN, environment=environment)
            try:
                wait_until(lambda: _read(told)[2] or not programmer.is_alive(), "a strike or an end")
                made, safe, struck_s = _read(told)
                if struck_s:
                    off_ms = _struck(device, programmer, kind, how, struck_s)
                    made, safe, _ = _read(told)
                elif programmer.exitcode != 0:
                    raise NotBegun(f"it ended with {programmer.exitcode} before it was struck: {_said(root)}")
                state = device.bench({"cmd": "state"})
                if state["output_state"] != "OFF" or state["armed_channels"]:
                    raise Broken(f"12: {state['output_state']} with {state['armed_channels']} armed after {how}")
            finally:
                programmer.kill()
                programmer.join(5)
        _left_behind(root / "records", safe, ended=bool(struck_s) and how != HOWS[1])
        _whole_and_as_said(root)
        return bool(struck_s), made, off_ms
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _read(told: Path) -> tuple[int, int, float]:
    made, safe, struck_s = _TOLD.unpack(told.read_bytes())
    return made, safe, struck_s


def _said(root: Path) -> str:
    return " ".join((root / "programmer.out").read_text(encoding="utf-8", errors="replace").split())[-300:]


def _struck(device: Emulator, programmer: Any, kind: str, how: str, struck_s: float) -> float | None:
    """It is dead, or stands still. Off in time; whoever wakes up lets nothing flow that had flowed before."""
    if how == HOWS[0]:
        programmer.join(5)
    else:
        wait_until(lambda: _stands_still(programmer.pid), "standing still")
    flowed = device.flowed(struck_s)
    off_ms = None
    if flowed:
        off_ms = (device.off_s() - struck_s) * 1000
        if off_ms > WITHIN_S * 1000:
            raise Broken(f"12: off {off_ms:.0f} ms after {how}", shot=Shot(_FLOWING.format(_row(kind, how)), off_ms, "ms to OFF"))
    wait_until(lambda: not device.bench({"cmd": "state"})["armed_channels"], "disarmed", 2.0)  # a burst may be over, and the lease not yet
    if how == HOWS[1]:
        before = len(device.changes())
        os.kill(programmer.pid, signal.SIGCONT)
        programmer.join(20)
        rises = [change for change in device.changes()[before:] if change["amplitude_ua"] > 0]
        if flowed and rises:
            raise Broken(f"12: current flowed after it woke up: {rises[0]}")
    elif how == HOWS[2]:
        os.kill(programmer.pid, signal.SIGKILL)
        programmer.join(5)
    return off_ms


def _stands_still(pid: int) -> bool:
    return Path("/proc", str(pid), "stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "T"


def _whole_and_as_said(root: Path) -> None:
    """Slots hold wholly the old or wholly the new program; the new one where the record says that it was stored."""
    store = Store(root / "device.json")
    try:
        saved = store.load()
    finally:
        store.close()
    old = EmulatedDevice().rn1.core.stores.programs
    held = EmulatedDevice(saved=saved).rn1.core.stores.programs
    for slot in range(4):
        now, allowed = held.stored(slot), (old.stored(slot).image, WRITTEN if slot == 0 else b"")
        if now.state is SlotState.DAMAGED or now.image not in allowed:
            raise Broken(f"6: slot {slot} holds neither the old nor the new program: {now.state.name} {now.image[:20]!r}")
    said = [line["data"] for line in lines(root) if line["kind"] == "outcome" and line["data"]["what"] == "write program"]
    if any(data["result"] == "applied" for data in said) and held.stored(0).image != WRITTEN:
        raise Broken("6: the record calls a program stored that is not")


# the programmer, a process of its own


def _visit(kind: str, port: str, root: str, call: int, how: str, broken: str) -> None:
    """A commit, or an appointment with one; struck before the call of this number."""
    from rnprog.device.link import Link
    from rnprog.session import programs
    from rnprog.session.record import Record
    from tests.session.desk import Desk, applied, armed, given, measured, proposal

    into(Path(root, "programmer.out"))
    if broken == "lines held back":
        lines_held_back()
    strike = _Strike(Path(root, "told"), call, how)
    real_write, real_line = Record.write, Link.write

    def write(self: Record, *values: object, **named: object) -> int:
        number = real_write(self, *values, **named)  # type: ignore[arg-type]
        strike.tell(safe=self.lines)
        return number

    def on_the_line(self: Link, *values: Any, **named: Any) -> None:
        strike.ahead()
        with strike.aside():
            real_line(self, *values, **named)

    Record.write, Link.write = write, on_the_line  # type: ignore[method-assign, assignment]
    with struck(lambda _: strike.ahead()):
        strike.on = kind == "appointment"
        with Desk(Path(root, "records")).open(port) as session:
            if kind == "appointment":
                measured(session)
                stimulation = armed(session)
                given(stimulation, "0.4", duration_s="0.3")
                session.wait(0.3)
                given(stimulation, "0.6", duration_s="0.5")
                applied(stimulation.disarm())
            made = proposal(session)
            strike.on = True
            stored = applied(programs.apply(session, made, confirmed_by="the attack"))
            applied(programs.activate(session, stored, confirmed_by="the attack"))
    os._exit(0)


class _Strike:
    """Counts the calls of the main thread, and strikes."""

    def __init__(self, told: Path, call: int, how: str) -> None:
        self.on = False
        self._handle = os.open(told, os.O_RDWR)
        self._tell: Callable[[int, bytes, int], int] = os.pwrite
        self._call, self._how = call, how
        self._made = self._safe = 0

    def ahead(self) -> None:
        """A call is about to be made."""
        if not self.on or threading.current_thread() is not threading.main_thread():
            return
        if self._made == self._call:
            self.on = False
            self.tell(struck_s=time.monotonic())
            os.kill(os.getpid(), signal.SIGKILL if self._how == HOWS[0] else signal.SIGSTOP)
            self._made += 1
            return
        self._made += 1
        self.tell()

    def tell(self, safe: int | None = None, struck_s: float | None = None) -> None:
        """Say how far it is."""
        self._safe = self._safe if safe is None else safe
        if struck_s is not None:
            self._tell(self._handle, _TOLD.pack(self._made, self._safe, struck_s), 0)
        else:
            self._tell(self._handle, struct.pack("<qq", self._made, self._safe), 0)

    def aside(self) -> _Aside:
        """What is called within counts no more than once."""
        return _Aside(self)


class _Aside:
    def __init__(self, strike: _Strike) -> None:
        self._strike, self._was = strike, strike.on

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._was, self._strike.on = self._strike.on, False

    def __exit__(self, *_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            self._strike.on = self._was
