"""What can happen to the programmer's own computer, as strikes: one function for each host fault, called at a moment of an appointment."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from rnprog.session import wiring
from rnprog.session.trouble import Trouble, TroubleKind
from rnprog.session.wiring import connected
from tests.attacks.calls_of_the_system import Died
from tests.attacks.common import Broken
from tests.attacks.watch import Watch


class Host:
    """The computer of one appointment. `ahead` is called before every call of disk and port."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.dead = False
        self.failing: Callable[[str], None] | None = None
        """What every further call of this kind meets."""
        self.met = False
        """Whether anything came of it."""

    def ahead(self, call: str) -> None:
        if self.dead:
            raise Died
        if self.failing is not None:
            self.failing(call)

    def restore(self) -> None:
        """The clock is right again."""
        wiring.datetime = datetime  # type: ignore[misc]


def died(host: Host) -> None:
    """kill -9: nothing more happens in this process."""
    host.dead = True
    if host.watch.host is not None:
        host.watch._left()
    raise Died


def disk_full(host: Host) -> None:
    def full(call: str) -> None:
        if call in ("write", "posix_fallocate"):
            host.met = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    host.failing = full


def cannot_sync(host: Host) -> None:
    def fails(call: str) -> None:
        if call == "fsync":
            host.met = True
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    host.failing = fails


def directory_gone(host: Host) -> None:
    host.watch.desk.record_dir.write_text("here was a directory", encoding="ascii")


def clock_jumps(host: Host) -> None:
    days = 1 if host.watch.host is None or int(host.watch.now_s * 10) % 2 else -1
    wiring.datetime = SimpleNamespace(now=lambda zone=UTC: datetime.now(zone) + timedelta(days=days))  # type: ignore[misc, assignment]


def second_rnprog(host: Host) -> None:
    try:
        with connected(host.watch.desk.wish("emu://both", trace=None)):
            raise Broken("H7: two programmers hold one port")
    except Trouble as refused:
        if refused.kind is not TroubleKind.BUSY or str(os.getpid()) not in str(refused):
            raise Broken(f"H7: the holder is not named: {refused}") from refused


def signalled(number: signal.Signals) -> Callable[[Host], None]:
    return lambda host: signal.raise_signal(number)


def asleep(dt_s: float) -> Callable[[Host], None]:
    """The programmer stands still, and the device does not."""

    def strike(host: Host) -> None:
        assert host.watch.host is not None
        host.watch.host.device.pass_time(dt_s)
        if any(host.watch.truth_now().flowing()) and not host.watch.therapy_runs:
            raise Broken(f"12: output is on after {dt_s} s without a programmer")

    return strike


def bug(host: Host) -> None:
    raise MemoryError("out of memory")


def unplugged(host: Host) -> None:
    assert host.watch.host is not None
    host.watch.host.device.unplugged = True


def pipe_closed(host: Host) -> None:
    raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def old_files(host: Host) -> None:
    """A record of another version as the newest one."""
    host.watch.desk.record_dir.mkdir(parents=True, exist_ok=True)
    old = host.watch.desk.record_dir / "20991231T235959Z-OLD-0000.jsonl"
    old.write_bytes(b'{"v":99,"kind":"open"}\n{"torn')


def another_locale(host: Host) -> None:
    os.environ.update({"COLUMNS": "40", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Pacific/Kiritimati", "TERM": "dumb"})


STRIKES: dict[str, Callable[[Host], None]] = {
    "H1": died,
    "H2": died,
    "H3": disk_full,
    "H4": directory_gone,
    "H5": cannot_sync,
    "H6": clock_jumps,
    "H7": second_rnprog,
    "H8": signalled(signal.SIGHUP),
    "H9": signalled(signal.SIGTERM),
    "H10": signalled(signal.SIGINT),
    "H11": signalled(signal.SIGINT),
    "H12": asleep(5.0),
    "H14": bug,
    "H15": unplugged,
    "H16": pipe_closed,
    "H17": old_files,
    "H18": another_locale,
}
LATER = ("H3", "H5")
"""They are met only when the disk is used again."""
AT_THE_FACE = ("H4", "H14", "H16", "H17", "H18")
"""They strike at the beginning of a phase, in the face; the others at a call of disk or port within it."""
