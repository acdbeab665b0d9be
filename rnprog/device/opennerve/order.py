"""Who may send next on the line: STOP before everything, and nothing more of a command that it has overtaken."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rnprog.device.errors import Pending, Superseded
from rnprog.device.link import Link


class Order:
    """Numbers of the link, moved by each STOP. What was begun under an earlier one is dropped."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._of_thread = threading.local()

    @contextmanager
    def command(self) -> Iterator[None]:
        """All that this thread sends until its end is one command: after a STOP nothing more of it is sent."""
        self._of_thread.number = self._link.queue_epoch
        try:
            yield
        finally:
            self._of_thread.number = None

    @property
    def number(self) -> int:
        """Under which this thread may send: that of its command, if it is in one."""
        mine: int | None = getattr(self._of_thread, "number", None)
        return self._link.queue_epoch if mine is None else mine

    def overtake(self, *, within: bool) -> None:
        """A STOP. `within`: it is a step of this thread's own command, which goes on after it if nobody else has said STOP."""
        mine, before = getattr(self._of_thread, "number", None), self._link.overtake()
        if within and mine == before:
            self._of_thread.number = before + 1

    def check(self, number: int | None, pending: Pending | None = None) -> None:
        """Superseded when a STOP came since. None: this is STOP itself."""
        if number is not None and self._link.queue_epoch != number:
            raise Superseded("STOP came first; this command was dropped.", pending)
