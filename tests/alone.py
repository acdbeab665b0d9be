"""Out of reach of the user's own programs: `rnprog stop` without a port looks wherever an rnprog of this user may have its door, and a test
that says it must not end what somebody is doing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from rnprog.device import runtime

_everywhere = runtime.other_runtime_dirs
USERS = (f"/run/user/{os.getuid()}/rnprog", f"/tmp/rnprog-{os.getuid()}") if hasattr(os, "getuid") else ()
"""Where the user's own programs have their doors."""


@contextmanager
def alone() -> Iterator[None]:
    """Only what was begun with directories of its own is found meanwhile."""
    before = runtime.other_runtime_dirs
    runtime.other_runtime_dirs = lambda: [path for path in _everywhere() if path not in USERS]
    try:
        yield
    finally:
        runtime.other_runtime_dirs = before
