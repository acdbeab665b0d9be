"""One open port: bytes out, bytes in, on one clock. Owns the lock, the trace and the promise that STOP gets the line within 20 ms.

Nothing here knows what the bytes mean. Writes from any thread are whole; reading is done by whoever holds `turn`.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Callable
from typing import Any

from rnprog.device.clock import Clock, WallClock
from rnprog.device.errors import LinkLost
from rnprog.device.lock import PortLock
from rnprog.device.opennerve import ble, dialect
from rnprog.device.ports import READ_SLICE_S, UNPLUGGED, check_cable, descriptor_of, open_port, resolved, split_bench

_MOST = 4096
READ_SLICE_MS = int(READ_SLICE_S * 1000)

Trace = Callable[[float, str, bytes], None]
"""(seconds on the link's clock, ">" sent or "<" received, bytes)"""


class Link:
    """An open, locked port."""

    def __init__(self, url: str, *, trace: Trace | None = None, lock_needed: bool = True) -> None:
        """`lock_needed`: as `PortLock`."""
        self.dialect, plain = dialect.split(url)
        """What the operator says about an OpenNerve; None: a device that says who it is itself."""
        self.slow = self.dialect is not None
        """An answer takes seconds on this device, and so does STOP."""
        self.url, self.bench_address = split_bench(plain)
        self.url = resolved(self.url)
        self._trace = trace
        self._lock = PortLock(self.url, needed=lock_needed)
        self.unlocked = self._lock.missing
        """Why the port is not locked against a second programmer; None: it is, or nobody else can reach it."""
        try:
            self.port: Any = ble.BlePort(self.url.removeprefix(ble.PREFIX)) if self.url.startswith(ble.PREFIX) else open_port(self.url)
        except BaseException:
            self._lock.release()
            raise
        self.clock: Clock = getattr(self.port, "clock", None) or WallClock()
        self.turn = threading.RLock()
        """Held during one exchange."""
        self.queue_epoch = 0
        """Moved by STOP (`overtake`): what waited for its turn under an earlier number is dropped."""
        self.lost: str | None = None
        """Why the link is gone; None while it stands."""
        self.awaited_since_s: float | None = None
        """Since when an answer is awaited that the device owes at once, on the machine's own clock; repeating the question does not move
        it. None: none is. Set and cleared by whoever asks."""
        self._writing = threading.Lock()
        self._counting = threading.RLock()
        self._descriptor = descriptor_of(self.port)
        if self._descriptor is not None:
            self._poll = select.poll()
            self._poll.register(self._descriptor, select.POLLIN)

    def overtake(self) -> int:
        """STOP goes ahead of all that waits for its turn. The number that held until now."""
        with self._counting:  # re-entrant: a signal may say STOP in the middle of a STOP
            before = self.queue_epoch
            self.queue_epoch = before + 1
            return before

    def write(self, data: bytes, *, shown: bytes | None = None) -> None:
        """Put bytes on the line, whole. LinkLost when the port fails or does not take them in time. `shown`: what the trace gets instead of
        bytes that nobody may see."""
        if self.lost:
            raise LinkLost(self.lost)
        try:
            with self._writing:
                if self.lost:  # while this write waited for another one that failed
                    raise LinkLost(self.lost)
                self._put(data)
        except OSError as error:
            raise self._gone(error) from error
        if self._trace:
            self._trace(self.clock.now_s(), ">", data if shown is None else shown)

    def read(self) -> bytes:
        """What has arrived; waits one read slice at most, then returns empty. LinkLost when the port fails."""
        if self.lost:
            raise LinkLost(self.lost)
        try:
            data = self._plain_read(self._descriptor) if self._descriptor is not None else self.port.read(self.port.in_waiting or 1)
        except (OSError, TypeError, ValueError) as error:  # TypeError and ValueError: the port was closed under a waiting read
            raise self._gone(error) from error
        if data and self._trace:
            self._trace(self.clock.now_s(), "<", data)
        return data

    def look(self) -> None:
        """LinkLost when the port is gone. Sends nothing and takes nothing: for times in which nobody asks anything."""
        if self.lost:
            raise LinkLost(self.lost)
        try:
            check_cable(self.port, self._descriptor)
        except (OSError, TypeError, ValueError) as error:  # TypeError and ValueError: as in `read`
            raise self._gone(error) from error

    def unheard(self, now_s: float, patience_s: float) -> bool:
        """Whether the port is gone, or an answer overdue by the machine's clock. Touches no port; for any thread."""
        since_s = self.awaited_since_s
        return self.lost is not None or (since_s is not None and now_s - since_s > patience_s)

    def _put(self, data: bytes) -> None:
        """All bytes: at one go where the line takes them at once, and by pyserial, with its time-out, for what is left."""
        sent = 0
        if self._descriptor is not None:
            with contextlib.suppress(BlockingIOError):
                sent = os.write(self._descriptor, data)
        if sent < len(data):
            self.port.write(data[sent:])

    def _plain_read(self, descriptor: int) -> bytes:
        """One wait and one read: pyserial's own loop takes three system calls more for the same bytes (bench: roundtrip)."""
        if not self._poll.poll(READ_SLICE_MS):
            return b""
        data = os.read(descriptor, _MOST)
        if not data:
            raise OSError(UNPLUGGED)
        return data

    def close(self) -> None:
        """Close the port and give it free; from then on the link is lost. Harmless when closed."""
        self.lost = self.lost or f"the connection to {self.url} was closed"
        leaked = getattr(self.port, "_socket", None)  # pyserial's socket:// forgets it unclosed when the other end went first
        with contextlib.suppress(OSError):  # it is given up either way
            self.port.close()
        if isinstance(leaked, socket.socket):
            leaked.close()
        self._lock.release()

    def _gone(self, error: Exception) -> LinkLost:
        reason = (isinstance(error, OSError) and error.strerror) or error
        self.lost = self.lost or f"the connection to {self.url} failed: {reason}"
        return LinkLost(self.lost)
