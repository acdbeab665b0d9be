"""Ctrl-C at any moment of the programmer: as its n-th function begins or returns, its own, or one of Python's that it waits or locks with.

That is where the interpreter itself looks for signals, so no case is one that could not happen. Each runs in a process of its own, because
what is looked for is also a programmer that never ends: a lock that a signal has cut off stays locked for good.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from functools import cache
from types import FrameType
from typing import Any

from rnprog.commands.exits import Exit
from tests.attacks import invariants
from tests.attacks.common import Broken, Result, over, place, spread
from tests.attacks.script import Script
from tests.attacks.watch import Watch

SHARE = 12
FULL = 3_000
PATIENCE_S = 30.0
FROM, TO = "arm", "save"
"""Phases between which it strikes: something is prepared, flows, or is stored."""
_OF_PYTHON = ("/threading.py", "/queue.py")
_ENDINGS = (Exit.INTERRUPTED, Exit.STOP_NOT_CONFIRMED)
_EVENTS = ("call", "return", "c_return")


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row="Ctrl-C at a call or a return")


def case(number: int) -> str:
    """One moment."""
    return struck(spread(number, moments()))


def struck(at: int) -> str:
    """The call or return of this number, in a child."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        told = "it was not told"
        try:
            told = json.dumps(_played(at))
        finally:
            os.write(writing, told.encode("ascii", "replace"))
            os._exit(0)
    os.close(writing)
    try:
        ready, _, _ = select.select([reading], [], [], PATIENCE_S)
        told = os.read(reading, 65_536).decode("ascii") if ready else "it never ended"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
    if not told.startswith("["):
        raise Broken(f"11: at call or return {at}: {told}")
    code, where, problem = json.loads(told)
    if problem or (code not in _ENDINGS if where else code != Exit.DONE):
        raise Broken(f"{problem or '11'} [exit code {code}, at call or return {at}: {where}]")
    return "Ctrl-C at a call or a return" if where else "it ended before that (a control)"


@cache
def moments() -> int:
    """How many there are in a sound appointment; the first one of a process loads and keeps what the second finds."""
    _, (_, count) = _Interrupted(-1).play(), _Interrupted(-1).play()
    return count


def _played(at: int) -> tuple[int, str, str]:
    """Exit code, where it struck, and what was broken."""
    interrupted = _Interrupted(at)
    with place() as root:
        watch = Watch(root / "r")
        code, _ = interrupted.play_on(watch, root)
        problem = ""
        if watch.host is not None:
            watch.afterwards()
            try:
                invariants.at_the_end(watch)
            except Broken as broken:
                problem = str(broken)
    return code, interrupted.where, problem


class _Interrupted:
    """An appointment with a Ctrl-C at the call or return of this number, counted from the phase `FROM`."""

    def __init__(self, at: int) -> None:
        self.where = ""
        self._at = at
        self._count = 0
        self._on = False

    def play(self) -> tuple[int, int]:
        """The exit code, and how many calls and returns there were."""
        with place() as root:
            return self.play_on(Watch(root / "r"), root)

    def play_on(self, watch: Watch, root: Any) -> tuple[int, int]:
        script = Script(watch, root, self._phase)
        sys.setprofile(self._event)
        try:
            return int(script.run()), self._count
        finally:
            sys.setprofile(None)

    def _phase(self, phase: str) -> None:
        self._on = phase == FROM or (self._on and phase != TO)

    def _event(self, frame: FrameType, event: str, arg: object) -> None:
        if not self._on or event not in _EVENTS:
            return
        path = frame.f_code.co_filename
        if "/tests/" in path or ("/rnprog/" not in path and not path.endswith(_OF_PYTHON)):
            return
        if self._count == self._at:
            self.where = f"{event} in {frame.f_code.co_name}, {path.rpartition('/')[2]}:{frame.f_lineno}"
            self._on = False
            sys.setprofile(None)
            raise KeyboardInterrupt
        self._count += 1
