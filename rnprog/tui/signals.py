"""What reaches the app from outside its loop: the link thread's events, and signals.

A program that is ended from outside leaves as a person would: STOP first, then the record is closed.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from textual.message import Message

from rnprog.tui import events as e


class FromLink(Message):
    """An event of the link thread, on its way to the screen's loop."""

    def __init__(self, event: e.Event) -> None:
        super().__init__()
        self.event = event


def hear(leave: Callable[[], None]) -> None:
    """Call `leave` in the running loop for SIGTERM and SIGHUP. Where the system has no such thing, nothing is heard."""
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGHUP"):
        with suppress(AttributeError, NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(getattr(signal, name), leave)
