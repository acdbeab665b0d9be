"""Who says STOP: a thread of its own for whoever may not wait, and any thread that may. Owns what was asked for and not yet told."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from rnprog.session.session import Session
from rnprog.session.wording import safety
from rnprog.session.wording import tui as say
from rnprog.tui import events as e
from rnprog.tui.beats import Post


class Stopper:
    """`ask` and `say_here` may be called from anywhere. Every STOP is told to have been asked for before it is told what it came to."""

    def __init__(self, post: Post, session: Callable[[], Session | None]) -> None:
        """`session`: the open one, now."""
        self._post = post
        self._session = session
        self._wanted: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        """Causes; None: another thread says STOP, and that is to be told. A signal's handler may put into it, whatever it interrupts."""
        self._settled = threading.Condition()
        self._asked = 0
        self._closing = False
        self.asked_s = 0.0
        """When STOP was asked for last, monotonic."""
        self._thread = threading.Thread(target=self._run, name="rnprog-stop", daemon=True)
        self._thread.start()

    @property
    def under_way(self) -> bool:
        """Whether what a STOP came to has still to be told."""
        return self._asked > 0

    def ask(self, cause: str) -> None:
        """STOP by the thread of its own. Returns at once."""
        self._note()
        with self._settled:
            self._wanted.put(cause)
            self._post(e.StopAsked())

    def say_here(self, cause: str) -> None:
        """STOP by the calling thread. The bytes go first, before any other thread has a turn; returns when it is told what it came to."""
        self._note()
        self._wanted.put(None)
        self._say(cause, 1)

    def wait(self, timeout_s: float) -> None:
        """Until nothing is under way."""
        with self._settled:
            self._settled.wait_for(lambda: not self.under_way, timeout_s)

    def close(self, timeout_s: float) -> None:
        """End the thread."""
        self._closing = True
        self._wanted.put(None)
        self._thread.join(timeout_s)

    def _note(self) -> None:
        self.asked_s = time.monotonic()
        with self._settled:
            self._asked += 1

    def _run(self) -> None:
        while not self._closing:
            asked = [self._wanted.get()]
            with suppress(queue.Empty):
                while True:  # a touch again and again: one STOP answers all that was asked before it
                    asked.append(self._wanted.get_nowait())
            causes = [cause for cause in asked if cause is not None]
            if causes:
                self._say(causes[0], len(causes))
                continue
            with self._settled:
                if self.under_way:
                    self._post(e.StopAsked())

    def _say(self, cause: str, answers: int) -> None:
        """Say it, and tell what it came to. `answers`: how often it was asked for."""
        session = self._session()
        if session is not None:
            found: e.Event = e.Stopped(session.stop(cause), time.monotonic())
        else:
            found = e.Told(safety.stop_not_sent(say.NO_DEVICE_WHY), urgent=True)
        with self._settled:
            self._post(found)
            self._asked -= answers
            self._settled.notify_all()
