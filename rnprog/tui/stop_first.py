"""STOP does not wait for the screen's loop. The thread that reads the keys says it as soon as it knows the key, and a signal at once.

The key still goes to the loop as any other does: its binding is the second way, for a terminal that is read otherwise, and without a device
it tells that nothing was sent. A STOP that was said after the key had been read is not said twice.
"""

from __future__ import annotations

import math
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, cast

from textual import events
from textual.app import App
from textual.message import Message
from textual.messages import TerminalSupportsSynchronizedOutput

from rnprog.tui.keys import STOP_KEYS
from rnprog.tui.lasting import Lasting
from rnprog.tui.seen import Seen

if TYPE_CHECKING:
    from textual.driver import Driver

    from rnprog.tui.link_worker import LinkWorker

CAUSE = "the operator said stop"
PROGRAM_CLOSED = "the program is closed"
SWITCH_S = 0.0005
"""A thread with something to do waits so long for one that computes. With Python's own 5 ms a key took twice as long."""
REPEAT_S = 1.1
"""A key that follows itself so soon is one that is held: a keyboard begins to repeat after 1 s at the latest (Windows: 0.25 to 1 s)."""
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class StopsFirst(App[int]):
    """The part of the app that other threads may call while its loop is busy."""

    worker: LinkWorker | None = None
    signalled: int | None = None
    """The signal that told the program to end. The pulse does what follows, once there is a screen that can be left."""
    _hears = False
    _last_key = ("", 0.0)
    """The last key, and when it was read."""

    def hear(self) -> Callable[[], None]:
        """From now on STOP at every signal to end, between two steps of whatever the main thread does. How to undo it; nothing when it is
        heard already, where the system has no such thing, and when this is not the main thread."""
        before: dict[int, Any] = {}

        def told(number: int, _frame: object) -> None:
            self.stop_at_once(PROGRAM_CLOSED)
            self.signalled = number

        def undo() -> None:
            for number, handler in before.items():
                signal.signal(number, handler)
                self._hears = False

        for name in () if self._hears else SIGNALS:
            with suppress(AttributeError, ValueError):
                number = getattr(signal, name)
                before[number] = signal.signal(number, told)
                self._hears = True
        return undo

    def get_driver_class(self) -> type[Driver]:
        """Textual's own, with STOP heard in its reading thread where that is known (everywhere but on Windows)."""
        return heard_in(super().get_driver_class())

    def stop_at_once(self, cause: str) -> None:
        """STOP, from a signal, if a device is connected. Returns at once; what it came to is told as an event."""
        worker = self.worker
        if worker is not None and worker.connected:
            worker.stop(cause)

    def look_at_terminal(self) -> None:
        """A terminal that was closed is the same as SIGHUP, also where the system says no signal: that of the controlling terminal only."""
        fileno = getattr(self._driver, "fileno", None)
        if self.signalled is not None or fileno is None or not hasattr(select, "poll"):
            return
        looked = select.poll()
        looked.register(fileno, 0)  # a hang-up is told unasked
        if any(found & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, found in looked.poll(0)):
            self.stop_at_once(PROGRAM_CLOSED)
            self.signalled = signal.SIGHUP

    def seen_ago_s(self) -> float:
        """How long ago the terminal took what is drawn (`lasting.py`); infinite where it does not show it (`seen.py`), 0 where neither is
        known. The pulse alone asks, and only while something is prepared is the terminal asked."""
        seen_ago_s = getattr(self._driver, "seen_ago_s", None)
        return 0.0 if seen_ago_s is None else float(seen_ago_s(ask=self.worker is not None and self.worker.armed))

    def stop_ahead(self) -> None:
        """STOP from the thread that reads the keys, if a device is connected. Returns when what it came to was told."""
        worker = self.worker
        if worker is not None and worker.connected:
            worker.stop_here(CAUSE)

    async def on_event(self, event: events.Event) -> None:
        """A key and a touch say that somebody is there; a mouse that only moves does not, nor a key that repeats because it is held."""
        worker = self.worker
        somebody = isinstance(event, events.MouseDown) or (isinstance(event, events.Key) and self._is_new(event))
        if worker is not None and somebody:
            worker.input_seen()
        if worker is not None and isinstance(event, events.Key) and event.key in STOP_KEYS and worker.stop_asked_s >= event.time:
            return  # said already, after this key had been read
        await super().on_event(event)

    def _is_new(self, event: events.Key) -> bool:
        """Whether a person pressed it: it is another key than the last one, or it comes too late to be a repetition of that."""
        (key, at_s), self._last_key = self._last_key, (event.key, event.time)
        return event.key != key or event.time - at_s > REPEAT_S


def heard_in(driver: type[Driver]) -> type[Driver]:
    """The driver that says STOP itself, in place of the one it knows; any other as it is."""
    if sys.platform == "win32" or driver.__name__ != "LinuxDriver":
        return driver
    from textual.drivers.linux_driver import LinuxDriver

    class StopDriver(LinuxDriver):
        """`run_input_thread` and `process_message` are called in the reading thread, the latter with a key, or with a paste, in which the
        same bytes are no key, or with what the terminal answers."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._leaves = False
            self._drawn = Lasting(cast("IO[str]", self._file), self._ending)
            self._file: Any = self._drawn
            self._seen = Seen(self.write)

        def seen_ago_s(self, *, ask: bool) -> float:
            now_s = time.monotonic()
            return self._drawn.still_s(now_s) if self._seen.lately(now_s, ask=ask) else math.inf

        def _ending(self) -> bool:
            return self._leaves or cast("StopsFirst", self._app).signalled is not None

        def start_application_mode(self) -> None:
            self._leaves = self._drawn.skipping = self._drawn.given_up = False
            super().start_application_mode()  # type: ignore[no-untyped-call]

        def stop_application_mode(self) -> None:
            """Pictures that wait are of no use any more; what gives the terminal back is written, and not awaited for good."""
            self._leaves = self._drawn.skipping = True
            self.write("")
            super().stop_application_mode()

        def _sigcont_application(self, *given: Any) -> None:
            """Frozen and let go. Textual would begin a second thread that reads keys beside the first; and where the terminal was closed,
            for which the system says SIGCONT too, there is nothing to go on with."""
            if os.isatty(self.fileno):
                if not self._must_signal_resume:
                    self.suspend_application_mode()
                super()._sigcont_application(*given)

        def run_input_thread(self) -> None:
            sys.setswitchinterval(SWITCH_S)
            super().run_input_thread()

        def process_message(self, message: Message) -> None:
            if isinstance(message, events.Key) and message.key in STOP_KEYS:
                cast("StopsFirst", self._app).stop_ahead()
            if isinstance(message, TerminalSupportsSynchronizedOutput) and not self._seen.answered():
                return  # the app knows it since the first
            super().process_message(message)

    return StopDriver
