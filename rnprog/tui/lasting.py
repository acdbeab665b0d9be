"""The terminal's file as the thread that draws writes to it. Owns what counts as a terminal that takes what is drawn; knows no app.

A terminal can stay open and take nothing more: Ctrl-S, a line that hangs, a window that is stopped. Nobody sees the screen then, so it must
not keep a lease alive, and it must not hold up the end of the program.

What counts is progress, not how long a picture takes: a whole one may take seconds over a slow line, and somebody is reading it while it
comes. So a face counts as seen when its terminal took a byte last, or while there is nothing for it to take. It is never ended for being
slow; it only keeps nothing alive while it stands still. What the system itself buffers (some 20 KB for a
pseudo-terminal on Linux) cannot be seen from here: a terminal stands still once that is full. `seen.py` asks sooner, where it is answered.
"""

from __future__ import annotations

import math
import os
import select
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

LOOK_S = 0.05
"""A terminal that takes nothing is looked at so often."""
GIVE_UP_S = 1.0
"""At the end of the program a terminal may stand still for so long (a choice of this project, `unverified`); then it is left as it is."""
AT_ONCE = 4096
_NO_ROOM_S = 0.005


class Lasting:
    """Can still be written when the terminal is gone. What is drawn then nobody sees; but the thread that draws would end of it, and
    whoever draws on would wait for that thread for ever. No write of it can block for good, and none holds a lock of Python's own files,
    for which an ending interpreter would wait."""

    def __init__(self, file: IO[str], ending: Callable[[], bool]) -> None:
        """`ending`: whether the program is about to end, so that nobody needs what is still to be drawn. Asked from the drawing thread."""
        self._of_terminal = file
        self._ending = ending
        self._encoding: str = getattr(file, "encoding", None) or "utf-8"
        self._handle: int | None = None
        with suppress(OSError, ValueError):  # a file that is no terminal's may have none; Windows can wait for none
            self._handle = None if sys.platform == "win32" else file.fileno()
        self._waits = False
        self._taken_s = 0.0
        self.skipping = False
        """What is not begun yet is dropped, until an empty text is written."""
        self.given_up = False
        """It stood still at the end, and everything is dropped."""

    def still_s(self, now_s: float) -> float:
        """For how long the terminal has taken nothing of what waits, monotonic; 0: nothing waits; infinite: it was given up."""
        if self.given_up:
            return math.inf
        return max(0.0, now_s - self._taken_s) if self._waits else 0.0

    def write(self, text: str) -> None:
        """Until the terminal has taken it, is gone, or was given up."""
        if not text:
            self.skipping = False
            return
        if self._handle is None:
            self._of_terminal.write(text)
            return
        left = memoryview(text.encode(self._encoding, "replace"))
        whole, still_since_s = len(left), None
        self._taken_s, self._waits = time.monotonic(), True
        try:
            while left and not self.given_up and not (self.skipping and len(left) == whole):
                taken = _put(self._handle, left[:AT_ONCE])
                left = left[taken:]
                self._taken_s = time.monotonic() if taken else self._taken_s
                if taken or not self._ending():
                    still_since_s = None
                    continue
                still_since_s = time.monotonic() if still_since_s is None else still_since_s
                self.given_up = time.monotonic() - still_since_s >= GIVE_UP_S
        except (OSError, ValueError):  # it is gone; ValueError: it was closed
            pass
        finally:
            self._waits = False

    def flush(self) -> None:
        """Nothing is kept back here."""
        if self._handle is None:
            self._of_terminal.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of_terminal, name)


def _put(handle: int, data: memoryview) -> int:
    """How much of it was taken, within LOOK_S. A terminal that says it has room may have too little, so it is made not to block for this
    one write: never longer, because whoever started this program shares that with it."""
    if not select.select([], [handle], [], LOOK_S)[1]:
        return 0
    try:
        os.set_blocking(handle, False)
        return os.write(handle, data)
    except BlockingIOError:
        time.sleep(_NO_ROOM_S)
        return 0
    finally:
        os.set_blocking(handle, True)


def leave_behind(file: IO[str], text: str) -> None:
    """Write it, unless the terminal takes nothing; waits no longer than GIVE_UP_S without progress."""
    with suppress(OSError, ValueError):
        Lasting(file, lambda: True).write(text)
