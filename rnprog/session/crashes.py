"""The trace of a bug, as a file in the state directory, for whoever mends it. It holds no values."""

from __future__ import annotations

import secrets
import traceback
from datetime import UTC, datetime
from pathlib import Path

from rnprog.session.places import state_directory


def trace_of(error: BaseException, version: str) -> str:
    """The trace, with the moment and the version."""
    text = "".join(traceback.format_exception(error))
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ} rnprog {version}\n{text}\n"


def keep_trace(error: BaseException, version: str) -> str | None:
    """Where the trace was put: a new file of its own. None: nowhere."""
    from rnprog.profile.store import put  # only when there is a bug

    path = Path(state_directory(), "crashes", f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}.txt")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        put(path, trace_of(error, version).encode("utf-8", "backslashreplace"), replace=False)
    except OSError:
        return None
    return str(path)
