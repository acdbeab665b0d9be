"""An emulator and a programmer as processes of their own, in real time. Owns starting, watching the ground truth, and ending them.

Both are forked from a server that has everything loaded, so that a hundred pairs cost little; neither shares anything with the other but
a socket. The ground truth is a file that the emulator writes, in the monotonic time of this computer.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import Any, TypeVar

from tests.attacks.common import Broken, Result

T = TypeVar("T")

PATIENCE_S = 20.0
LOOK_S = 0.004
_pause = Event()
"""Never set: waiting for it is waiting."""

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["tests.attacks.preloaded"])


def wait_until(done: Callable[[], Any], what: str, within_s: float = PATIENCE_S) -> Any:
    """What `done` returns once it is true. Broken when that takes too long."""
    end_s = time.monotonic() + within_s
    while not (found := done()):
        if time.monotonic() > end_s:
            raise Broken(f"{what} did not happen within {within_s} s")
        _pause.wait(LOOK_S)
    return found


def pass_time(dt_s: float) -> None:
    """Let real time pass: here that is the point."""
    _pause.wait(dt_s)


class NotBegun(Exception):
    """The programmer ended before anything flowed: on a computer that is too busy an answer takes longer than it waits for."""


def until_it_flows(device: Emulator, programmer: Any) -> None:
    """Test stimulation has begun. NotBegun when it does not."""
    try:
        wait_until(lambda: device.flows or not programmer.is_alive(), "stimulation or an end")
    except Broken as broken:
        raise NotBegun(str(broken)) from broken
    if not device.flows:
        raise NotBegun("the programmer has ended, and nothing had flowed")


class Again:
    """Attempts that are begun anew until one begins at all; how often that was is told in a row of its own."""

    ROW = "begun again, because nothing had begun yet (no case of its own)"

    def __init__(self, times: int = 25) -> None:
        self._times = times
        self._lock = Lock()
        self._count = 0

    def __call__(self, attempt: Callable[[], T]) -> T:
        """What the first one that begins returns."""
        for _ in range(self._times - 1):
            try:
                return attempt()
            except NotBegun:
                with self._lock:
                    self._count += 1
        return attempt()

    def tell(self, result: Result) -> None:
        """Into the table; counting begins anew."""
        with self._lock:
            count, self._count = self._count, 0
        if count:
            result.row(self.ROW).runs += count


def start(work: Callable[..., None], *values: Any, environment: dict[str, str]) -> Any:
    """A process that does `work`."""
    process = _server.Process(target=_begin, args=(work, environment, values), daemon=True)
    process.start()
    return process


def exit_code(process: Any) -> int | None:
    """How it ended; None: it has not. NotBegun when the server of processes has lost that (it says 255, which rnprog never ends with)."""
    if process.exitcode == 255:
        raise NotBegun("its exit code was lost on the way")
    return None if process.exitcode is None else int(process.exitcode)


def _begin(work: Callable[..., None], environment: dict[str, str], values: tuple[Any, ...]) -> None:
    os.environ.update(environment)
    work(*values)


def _emulate(root: str, arguments: tuple[str, ...], broken: str) -> None:
    from device_emulator.__main__ import main

    if broken == "a lease that never ends":
        _without_lease()
    into(Path(root, "emulator.out"))
    main(["--json", *arguments, "--truth", f"{root}/truth.jsonl"])


def into(path: Path) -> None:
    """Standard output and error go into a file."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)


def _without_lease() -> None:
    from device_emulator.firmware.output import Output

    real = Output.run

    def run(self: Output, now_us: int) -> Any:
        if self.lease_end_us is not None and now_us >= self.lease_end_us:
            self._renew(now_us)
        return real(self, now_us)

    Output.run = run  # type: ignore[method-assign]


class Emulator:
    """A device that runs by itself. `broken`: what is wrong with it."""

    def __init__(self, root: Path, environment: dict[str, str], *arguments: str, broken: str = "") -> None:
        self._truth = root / "truth.jsonl"
        self._truth.touch()
        self.process = start(_emulate, str(root), arguments or ("--tcp", "127.0.0.1:0"), broken, environment=environment)
        ready = json.loads(wait_until(lambda: _first_line(root / "emulator.out"), "the emulator's start"))
        self.port: str = ready["port"]
        self.url: str = ready["url"]
        self.bench_address: str = ready["bench"]
        self.serial: str = ready["serial"]

    def changes(self) -> list[dict[str, Any]]:
        """The ground truth as far as it is written; measurements left out. `t_s` is monotonic."""
        return [change for change in self._rows() if not change["cause"].startswith("impedance")]

    @property
    def measured(self) -> bool:
        """Whether it has measured an impedance."""
        return any(change["cause"].startswith("impedance") for change in self._rows())

    def _rows(self) -> list[dict[str, Any]]:
        rows = self._truth.read_text(encoding="ascii").splitlines(keepends=True)
        found = [json.loads(row) for row in rows if row.endswith("\n")]
        return [change for change in found if "cause" in change]

    @property
    def flows(self) -> bool:
        """Whether test stimulation flows, as far as it is written."""
        changes = self.changes()
        return bool(changes) and (changes[-1]["amplitude_ua"] > 0 or changes[-1]["slope_ua_per_s"] > 0)

    def flowed(self, at_s: float) -> bool:
        """Whether test stimulation flowed at this moment. Told a little later, when all of it is written."""
        pass_time(0.03)
        before = [change for change in self.changes() if change["t_s"] <= at_s]
        return bool(before) and (before[-1]["amplitude_ua"] > 0 or before[-1]["slope_ua_per_s"] > 0)

    def off_s(self) -> float:
        """When it went off for good, monotonic. Broken when it does not."""
        wait_until(lambda: not self.flows, "output off")
        pass_time(0.25)
        if self.flows:
            raise Broken("12: output is on again")
        return float(self.changes()[-1]["t_s"])

    def bench(self, command: dict[str, Any]) -> dict[str, Any]:
        """One command of the bench channel."""
        host, _, number = self.bench_address.rpartition(":")
        with socket.create_connection((host, int(number)), 5.0) as stream:
            stream.sendall(json.dumps(command).encode("ascii") + b"\n")
            stream.settimeout(5.0)
            found = json.loads(stream.makefile("rb").readline())
            assert isinstance(found, dict)
            return found

    def end(self) -> None:
        """Switch it off."""
        self.process.terminate()
        self.process.join(5)


def _first_line(path: Path) -> str:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return text.partition("\n")[0] if "\n" in text else ""


@contextmanager
def emulator(root: Path, environment: dict[str, str], *arguments: str, broken: str = "") -> Iterator[Emulator]:
    """A device, switched off at the end."""
    made = Emulator(root, environment, *arguments, broken=broken)
    try:
        yield made
    finally:
        made.end()


def own_environment(root: Path) -> dict[str, str]:
    """Directories of its own for one pair; `root` must be short."""
    names = {"XDG_RUNTIME_DIR": "run", "RNPROG_STATE_DIR": "state", "XDG_STATE_HOME": "home", "XDG_DATA_HOME": "data"}
    for folder in names.values():
        (root / folder).mkdir(mode=0o700, parents=True)
    return {name: str(root / folder) for name, folder in names.items()}


def program(words: list[str], root: str, broken: str = "") -> None:
    """The command line, as a process. `broken`: what is wrong with its face."""
    from rnprog import entry
    from rnprog.device.link import Link

    if broken == "output gone":
        into(Path(root, "reader"))  # a pipe whose reader leaves
    else:
        into(Path(root, "programmer.out"))
    if broken == "a bug in the face":
        _with_a_bug()
    if broken == "no STOP":
        without_stop()
    if broken == "a queue that STOP does not clear":
        Link.queue_epoch = property(lambda self: 0, lambda self, number: None)  # type: ignore[assignment]
    os._exit(entry.main(words))


def _with_a_bug() -> None:
    from rnprog.session.session import Session

    real = Session.tick
    begun = time.monotonic()

    def tick(self: Session) -> None:
        real(self)
        if self.device.status().output.value == "test on" and time.monotonic() - begun > 1.0:
            raise RuntimeError("a bug in the face")

    Session.tick = tick  # type: ignore[method-assign]


def lines_held_back() -> None:
    """From here on each line of a record is written with the next one, and acknowledged before."""
    from rnprog.session.record import Record

    held = bytearray()

    def append(self: Record, handle: int, line: bytes) -> None:
        os.write(handle, held)
        held[:] = line + b"\n"
        self.head, self.lines, self._size = hashlib.sha256(line).hexdigest(), self.lines + 1, self._size + len(held)

    Record._append = append  # type: ignore[method-assign]


def without_stop() -> None:
    """From here on STOP sends nothing."""
    from rnprog.session.session import Session
    from rnprog.session.stopping import not_confirmed

    Session.stop = lambda self, cause, told=None, **named: not_confirmed("it was broken on purpose.", "0.8")  # type: ignore[method-assign]


def crash(root: Path) -> str:
    """The end of the trace that a bug has left; empty: none did."""
    traces = sorted((root / "home").rglob("crashes/*"))
    return " ".join(traces[-1].read_text(encoding="utf-8", errors="replace").split())[-900:] if traces else ""


def lines(root: Path) -> list[dict[str, Any]]:
    """The lines of the first record of a pair."""
    paths = sorted((root / "records").glob("*.jsonl"))
    return [json.loads(row) for row in paths[0].read_bytes().split(b"\n")[:-1]] if paths else []
