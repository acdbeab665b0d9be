"""A program that is ended from outside leaves as a person would: STOP first, then the record is closed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress


def hear(leave: Callable[[], None]) -> None:
    """Call `leave` in the running loop for SIGTERM and SIGHUP. Where the system has no such thing, nothing is heard."""
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGHUP"):
        with suppress(AttributeError, NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(getattr(signal, name), leave)
