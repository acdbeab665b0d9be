"""Ctrl-C, SIGTERM and SIGHUP. Owns when they are heard: always, but for the moment after a STOP, whose outcome must reach the person.

A signal during the STOP itself is heard once more: the command ends at once then, with STOP NOT CONFIRMED.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NUMBERS = [number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]


class Signalled(BaseException):
    """SIGTERM or SIGHUP."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Hearing:
    """Whether a signal is still heard."""

    def __init__(self) -> None:
        self.deaf = False
        self.last = False
        """STOP is under way: the next signal is the last one that is heard."""

    def arrived(self, number: int, frame: FrameType | None) -> None:
        """A signal. KeyboardInterrupt or Signalled, or nothing when deaf."""
        if self.deaf:
            return
        self.deaf = self.last
        raise KeyboardInterrupt if number == signal.SIGINT else Signalled(number)


@contextmanager
def hearing() -> Iterator[Hearing]:
    """All three leave by the same way. Changes nothing in other threads than the main one, and nothing about an ignored Ctrl-C."""
    heard = Hearing()
    if threading.current_thread() is not threading.main_thread():
        yield heard
        return
    numbers = [number for number in _NUMBERS if number != signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN]
    earlier = [(number, signal.signal(number, heard.arrived)) for number in numbers]
    try:
        yield heard
    finally:
        for number, handler in earlier:
            signal.signal(number, handler)


@contextmanager
def unheard() -> Iterator[None]:
    """While an ending is told: a second Ctrl-C must not take the place of what the first one led to."""
    with hearing() as heard:
        heard.deaf = True
        yield
