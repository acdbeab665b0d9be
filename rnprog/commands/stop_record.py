"""The small record of a STOP that no running session recorded. Best effort: it comes after STOP, and its failure changes nothing."""

from __future__ import annotations

import getpass
import os
import platform
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rnprog.commands.exits import Ended
from rnprog.commands.tracing import tracing
from rnprog.commands.version import version
from rnprog.session.mode import Mode
from rnprog.session.places import record_directory
from rnprog.session.record import Record, RecordLost, Times
from rnprog.session.wording import Words, safety
from rnprog.session.wording import command_line as say

if TYPE_CHECKING:
    from rnprog.commands.stop import Asked, Found

WORDS_WAIT_S = 0.5
"""So long the words wait at most for the record."""
RECORD_WAIT_S = 5.0
"""So long the end of `rnprog stop`, once it was told, waits at most for a disk. What is not written then, never is."""

Work = tuple[str, Callable[[], str | None]]
"""What is missing when a work does not come to its end, in words; and the work, which returns a sentence when it fails."""


class Afterwards:
    """Recording and tracing, under way beside the words."""

    def __init__(self, *works: Work) -> None:
        self._works = works
        self._problems: list[str | None] = []
        self._under_way = threading.Thread(target=self._do, daemon=True)  # a disk that hangs keeps no process from its end
        if works:
            self._under_way.start()
            self._under_way.join(WORDS_WAIT_S)

    def problems(self) -> list[str | None]:
        """What came of it, when it is done or no longer waited for."""
        if self._works:
            self._under_way.join(RECORD_WAIT_S)
        done = list(self._problems)
        return done + [say.disk_is_slow(missing, RECORD_WAIT_S) for missing, _ in self._works[len(done) :]]

    def _do(self) -> None:
        for _, work in self._works:
            self._problems.append(work())


def of_one(asked: Asked, found: Found, words: Words) -> Afterwards:
    """Record and trace of a STOP that this process has said."""
    return Afterwards(
        (say.NO_STOP_RECORD, lambda: recorded(asked, asked.port or "", found, words)),
        (say.trace_not_complete(asked.trace or ""), lambda: traced(asked, found)),
    )


def of_silent(asked: Asked, nothing: Found, silent: Sequence[tuple[str, str]]) -> Afterwards:
    """The records of holders that have not answered, each with its process and its port: what they recorded, nobody knows."""
    return Afterwards(
        *((say.NO_STOP_RECORD, partial(recorded, asked, port, nothing, say.holder_silent(pid, port))) for pid, port in silent)
    )


def recorded(asked: Asked, port: str, found: Found, words: Words) -> str | None:
    """Write the record. A sentence on failure."""
    identity = found.identity
    return record_stop(
        port=port,
        directory=Path(asked.record_dir) if asked.record_dir else None,
        identity=None if identity is None else (identity.model, identity.serial, identity.boot_count, bool(identity.flags & 1)),
        proven=found.emulator_proven,
        confirmed=found.confirmed,
        words=words,
    )


def traced(asked: Asked, found: Found) -> str | None:
    """Append what passed to the trace file. A sentence on failure."""
    if not asked.trace:
        return None
    try:
        with tracing(Path(asked.trace)) as trace:
            for now_s, way, data in found.line:
                if trace is not None:
                    trace(now_s, way, data)
    except Ended as ending:
        return str(ending)
    return None


def record_stop(
    *,
    port: str,
    directory: Path | None,
    identity: tuple[str, str, int, bool] | None,
    proven: bool,
    confirmed: bool,
    words: Words,
) -> str | None:
    """Write it. `identity`: model, serial, boot count, says it is an emulator; None: the device was not heard. A sentence on failure."""
    model, serial, boot_count, claims = identity or ("unknown", "unknown", 0, False)
    mode = Mode.EMULATOR if proven else Mode.CLAIMED if claims else Mode.DEVICE
    opening = {
        "tool": f"rnprog {version()}",
        "command": "stop",
        "host": platform.node(),
        "user": _user(),
        "pid": os.getpid(),
        "port": port,
        "mode": str(mode),
        "model": model,
        "serial": serial,
        "boot_count": boot_count,
        "authentication": "none",
        "notice": safety.RESEARCH,
    }
    try:
        record = Record.create(record_directory(directory), serial, _times, actor=_user(), opening=opening)
        try:
            record.write("stop", {"cause": "rnprog stop", "confirmed": confirmed, "words": words.happened})
            record.close({"output_left": "off" if confirmed else "unknown"})
        finally:
            record.abandon()
    except RecordLost as error:
        return f"{say.NO_STOP_RECORD}: {error}"
    return None


def _times() -> Times:
    return Times(time.monotonic_ns(), datetime.now(UTC), time.monotonic())


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in the system's list
        return "unknown"
