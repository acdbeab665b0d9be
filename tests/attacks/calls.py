"""Every call of disk, port and output of a whole appointment fails once, in every way in which it can: a full disk, a broken one, an
interruption, a closed pipe, a time-out. The real command runs (`rnprog demo`, in virtual time), then a profile is saved and a text
exported. A burst that STOP cuts short meets the same, since the demo has no STOP, and so does a shorter appointment over a real
pseudo-terminal (`calls_on_a_terminal.py`).

Each number is a call and a way to fail, in an order that spreads any few of them. Afterwards: exit code as documented, all invariants,
the record whole or honestly lost, every other file the old or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

from serial import SerialException, SerialTimeoutException

from rnprog import entry
from rnprog.commands.exits import Ended, Exit, applied
from rnprog.commands.saving import save_text
from rnprog.profile.store import StoreError, save
from rnprog.session import sweep
from rnprog.session.outcomes import Refused, StopConfirmed
from rnprog.session.record import Record
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.therapy.contacts import Side
from rnprog.therapy.units import Milliamps
from tests.attacks import calls_on_a_terminal, invariants
from tests.attacks.calls_of_the_system import struck
from tests.attacks.common import Broken, Result, over, place, spread
from tests.attacks.script import Script
from tests.attacks.steps import Steps
from tests.attacks.watch import Watch
from tests.profile.texts import GOOD
from tests.session.desk import setup

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
"""Indices beyond the last call of each place: nothing may fail there."""
STOP = ", with STOP"
PLACES = ("disk", "port", "output", f"disk{STOP}", f"port{STOP}")
SHARE = 14
TERMINAL = "on a pseudo-terminal"
CODES = {Exit.DONE, Exit.USAGE, Exit.FINDINGS, Exit.NO_DEVICE, Exit.RECORD, Exit.LINK, Exit.DEVICE, Exit.DENIED, Exit.STOP_NOT_CONFIRMED}
UNTOLD = {Exit.DONE, Exit.PIPE}
"""Where it could not be told."""
OLD = "the text that was there before\n"


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row=lambda number: f"{_meaning(number)[0]}: {_meaning(number)[2][0]}")


@cache
def calls_in() -> dict[str, int]:
    """How many calls there are in each place when nothing fails."""
    counts = dict.fromkeys(PLACES, 0)
    for scene in ("", STOP):

        def ahead(call: str, scene: str = scene) -> None:
            if _kind(call) + scene in counts:
                counts[_kind(call) + scene] += 1

        with place() as root:
            replaced = _to_be_replaced(root)
            watch = Watch(root / "r", before=lambda what, data, ahead=ahead: ahead(what))  # type: ignore[misc]
            with struck(ahead):
                code, said = _SCENES[scene](watch, root, ahead)
                _saved(*replaced)
        assert code == Exit.DONE, said
    return counts


def _kind(call: str) -> str:
    return "port" if call.startswith("port.") else "output" if call == "output" else "disk"


def full() -> int:
    """Every call in every way, and the controls, on both lines."""
    return _here() + (calls_on_a_terminal.calls_in() + CONTROLS) * len(WAYS)


def _here() -> int:
    return sum(count + CONTROLS for count in calls_in().values()) * len(WAYS)


def _meaning(number: int) -> tuple[str, int, tuple[str, Callable[[], OSError]]]:
    """Where, or on a terminal; which call, and how it fails."""
    call, way = divmod(spread(number, full()), len(WAYS))
    for where, count in calls_in().items():
        if call < count + CONTROLS:
            return where, call, (PORT_WAYS if where.startswith("port") else WAYS)[way]
        call -= count + CONTROLS
    return TERMINAL, call, WAYS[way]


class _Failing:
    """The n-th call of a place fails, once."""

    def __init__(self, where: str, call: int, fails: Callable[[], OSError]) -> None:
        self._kind, self._left, self._fails = where.removesuffix(STOP), call, fails
        self.struck = ""
        self._looked_at = False

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Who looks on reads the record, too."""
        self._looked_at = True
        try:
            yield
        finally:
            self._looked_at = False

    def ahead(self, call: str) -> None:
        if _kind(call) != self._kind or self.struck or self._looked_at:
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
                with failing.aside():
                    steps.look(data)
            failing.ahead(what)

        def ahead(call: str) -> None:
            failing.ahead(call)
            steps.call(call)

        watch.before = before
        with struck(ahead):
            code, said = _SCENES[STOP if where.endswith(STOP) else ""](watch, root, ahead)
            _saved(shelf, export)
        if bool(failing.struck) is not (call < calls_in()[where]):
            raise Broken(f"{failing.struck or 'nothing'} failed as call {call} of {calls_in()[where]}")
        if not failing.struck and code != Exit.DONE:
            raise Broken(f"nothing failed, and the exit code is {code}: {said}")
        if code not in (UNTOLD if where == "output" else CODES) or (code not in UNTOLD and "." not in said):
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


class _Said(io.StringIO):
    """What is told, each piece of it a call."""

    def __init__(self, ahead: Callable[[str], None]) -> None:
        super().__init__()
        self._ahead = ahead

    def write(self, text: str) -> int:
        self._ahead("output")
        return super().write(text)


def _demo(watch: Watch, _: Path, ahead: Callable[[str], None]) -> tuple[int, str]:
    """`rnprog demo` in this process, watched: its exit code and what it said."""
    said = _Said(ahead)
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


class _Stopped(Script):
    """A burst that STOP cuts short."""

    def _appointment(self, session: Session) -> None:
        applied(sweep.measure(session, (Side.LEFT, Side.RIGHT)))
        stimulation = Stimulation(session, setup())
        applied(stimulation.arm())
        stimulation.titration = stimulation.titration.begin()
        dose_ma, duration_s = Milliamps(Decimal("0.4")), Decimal(2)
        approved = stimulation.approve(dose_ma, duration_s)
        assert not isinstance(approved, Refused), approved
        applied(stimulation.set_to(approved, "the script"))
        intent = {"side": "left", "amplitude_ma": "0.4", "duration_s": "2", "confirmed_by": "the script"}
        device = session.device
        applied(session.command("burst", intent, lambda: device.burst((Side.LEFT,), duration_s), lambda output: {"output": str(output)}))
        stimulation.given(dose_ma)
        session.wait(0.5)
        outcome = session.stop("the script")
        stimulation.stopped()
        if not isinstance(outcome, StopConfirmed):
            raise Ended(Exit.STOP_NOT_CONFIRMED, words=outcome.words)


def _with_stop(watch: Watch, root: Path, _: Callable[[str], None]) -> tuple[int, str]:
    script = _Stopped(watch, root, lambda phase: None)
    return script.run(), " ".join(script.said.getvalue().split())


_SCENES: dict[str, Callable[[Watch, Path, Callable[[str], None]], tuple[int, str]]] = {"": _demo, STOP: _with_stop}


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
