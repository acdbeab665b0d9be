"""Off within 1.0 s of kill -9, of a freeze, of the cable pulled out, of a face that hangs, in real time: the emulator times it.

A programmer stimulates; at a random moment it is killed or stopped, its cable is unplugged, or its main thread hangs. The ground truth of
the emulator, a process of its own, says when the output went off. A frozen programmer is woken again and must find its session void:
it says STOP within VOID_S, and nothing rises any more. A killed one leaves a record that the next start tells of.
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random

from rnprog.session.audit import audit
from rnprog.session.unclosed import unclosed
from tests.attacks.common import Broken, Result, Shot, over_these
from tests.attacks.processes import Again, Emulator, NotBegun, emulator, into, own_environment, pass_time, start, until_it_flows, wait_until

SHARE = 8
FULL = 1_336
"""A quarter of them each: kill -9, freeze and unplug together are 1,002."""
JOBS = 1
AT_ONCE = 4
"""Pairs that run side by side."""
WITHIN_S = 1.0
UNIT = "ms to OFF"
VOID_S = 5.0
"""A burst that was cut short by a freeze would have gone on for longer."""
LINES = (("--tcp", "127.0.0.1:0"), ("--pty",))
again = Again()
BROKEN = ""
"""What is wrong with the programmer, for a test of this attack: `BEATS_ON` or `NEVER_ASKS`."""
BEATS_ON = "a heart that asks nobody"
NEVER_ASKS = "a programmer that never asks whether it stood still"
ENDS = ("kill -9", "freeze", "unplug", "frozen face")


def run(runs: int, seed: int) -> Result:
    whole = Result()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for piece in pool.map(lambda number: over_these([number], case, row=ENDS[number % 4]), range(seed, seed + runs)):
            whole.join(piece)
    again.tell(whole)
    return whole


def case(number: int) -> Shot:
    """One pair."""
    return again(lambda: _pair(number))


def _pair(number: int) -> Shot:
    chance = Random(number)
    root = Path(tempfile.mkdtemp(prefix="rn", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        environment = own_environment(root)
        with emulator(root, environment, *LINES[number // 4 % 2]) as device:
            programmer = start(_stimulate, device.port, str(root), BROKEN, environment=environment)
            try:
                until_it_flows(device, programmer)
                pass_time(chance.uniform(0.0, 0.7))
                took_s = _end(number % 4, device, programmer.pid, root)
                _left_behind(number % 4, root)
                return Shot(ENDS[number % 4], took_s * 1000, UNIT)
            finally:
                programmer.kill()
                programmer.join(5)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _end(how: int, device: Emulator, pid: int, root: Path) -> float:
    """Seconds from the end of the programmer, or of its cable, to OFF. NotBegun when nothing flowed at that moment."""
    at_s = time.monotonic()
    if how == 2:
        device.bench({"cmd": "flags", "set": {"unplugged": True}})
    else:
        os.kill(pid, (signal.SIGKILL, signal.SIGSTOP, None, signal.SIGUSR1)[how] or 0)
    if not device.flowed(at_s):
        raise NotBegun("nothing flowed at that moment")
    took_s = device.off_s() - at_s
    if took_s > WITHIN_S:
        raise Broken(f"12: off {took_s:.3f} s after {ENDS[how]}", shot=Shot(ENDS[how], took_s * 1000, UNIT))
    if how == 1:
        os.kill(pid, signal.SIGCONT)
        wait_until(lambda: b'"kind":"stop"' in next((root / "records").glob("*.jsonl")).read_bytes(), "12: STOP after it woke up", VOID_S)
        pass_time(0.6)
        if device.flows:
            raise Broken("12: output is on again after the programmer woke up", shot=Shot(ENDS[how], took_s * 1000, UNIT))
    return took_s


def _left_behind(how: int, root: Path) -> None:
    """What was killed left a record that is whole up to a torn line, and the next start would tell of it."""
    if how == 0:
        (path,) = (root / "records").glob("*.jsonl")
        faults = {fault.text for fault in audit(path).faults} - {"the last line is torn: it has no end"}
        if faults or not unclosed(root / "records"):
            raise Broken(f"9: after a kill: {faults}", ENDS[how])


def _freeze_the_face(*_: object) -> None:
    """The main thread stands still; every other one goes on."""
    pass_time(5.0)


def _stimulate(port: str, root: str, broken: str) -> None:
    """One burst after another, as long as it lasts."""
    from rnprog.session import heartbeat, standing_still
    from rnprog.session.stopping import Halted
    from tests.session.desk import Desk, armed, give

    into(Path(root, "programmer.out"))
    heartbeat.FACE_S = math.inf if broken == BEATS_ON else heartbeat.FACE_S
    if broken == NEVER_ASKS:
        standing_still._unkept_s = lambda *_: None
    signal.signal(signal.SIGUSR1, _freeze_the_face)
    with suppress(Halted), Desk(Path(root, "records")).open(port) as session:
        stimulation = armed(session)
        while True:
            give(stimulation, "0.5", "3" if broken == BEATS_ON else "20")
