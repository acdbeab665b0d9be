"""The small record of a STOP that no running session recorded. Best effort: it comes after STOP, and its failure changes nothing."""

from __future__ import annotations

import getpass
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path

from rnprog.commands.version import version
from rnprog.session.mode import Mode
from rnprog.session.places import record_directory
from rnprog.session.record import Record, RecordLost, Times
from rnprog.session.wording import Words, safety


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
        return f"This STOP was not recorded: {error}"
    return None


def _times() -> Times:
    return Times(time.monotonic_ns(), datetime.now(UTC), time.monotonic())


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in the system's list
        return "unknown"
