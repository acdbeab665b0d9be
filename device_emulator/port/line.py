"""The device and its buffer behind an `emu://` port, safe to use from several threads. Owns waiting: in virtual time a read moves
the device's clock instead of waiting, in wall time a driver thread moves it and readers wait.
"""

from __future__ import annotations

import threading
import time

from device_emulator.clock import VirtualClock, WallClock
from device_emulator.host import Host
from device_emulator.opennerve.host import OpenNerveHost
from device_emulator.store import StateError

DRIVE_EVERY_S = 0.005
TICK_S = 1e-6
"""The device's own resolution."""
FOREVER_S = 3_600.0
"""A read without a timeout that nothing answers within this much virtual time never will be answered."""


class LineClock:
    """The clock a port offers its user."""

    def __init__(self, line: EmuLine, virtual: bool) -> None:
        self._line = line
        self._time: VirtualClock | WallClock = VirtualClock() if virtual else WallClock()

    @property
    def virtual(self) -> bool:
        """Whether time moves only when somebody waits."""
        return self._time.virtual

    def now_s(self) -> float:
        return self._line.now_s() if self.virtual else self._time.now_s()

    def sleep(self, dt_s: float) -> None:
        """Virtual: the device lives through `dt_s` at once. Wall: really wait."""
        if self.virtual:
            self._line.pass_time(max(0.0, dt_s))
        else:
            time.sleep(max(0.0, dt_s))

    def slept_s(self) -> float:
        """0: a device inside this process sleeps with it."""
        return 0.0


class EmuLine:
    """Bytes to and from one device."""

    def __init__(self, host: Host | OpenNerveHost) -> None:
        self._host = host
        self._buffer = bytearray()
        self._changed = threading.Condition(threading.RLock())
        self._closed = False
        self._failed: StateError | None = None
        """Why the driver ended: what the device holds can no longer be kept."""
        self.clock = LineClock(self, host.virtual)
        self._driver: threading.Thread | None = None
        if not host.virtual:
            self._driver = threading.Thread(target=self._drive, name="emu-driver", daemon=True)
            self._driver.start()

    @property
    def unplugged(self) -> bool:
        return self._host.device.unplugged

    @property
    def waiting(self) -> int:
        with self._changed:
            return len(self._buffer)

    def now_s(self) -> float:
        """Device time."""
        with self._changed:
            return self._host.device.now_s

    def write(self, data: bytes) -> bool:
        """False: the device's end reads nothing, so that the bytes cannot leave."""
        with self._changed:
            self._check()
            if self._host.device.stuck:
                return False
            self._take(self._host.receive(data))
            return True

    def read(self, size: int, timeout_s: float | None) -> bytes:
        """Up to `size` bytes; fewer when the time is up (None: never) or the line is closed or unplugged. StateError when the device's
        state cannot be kept."""
        with self._changed:
            self._check()
            if self._host.virtual:
                self._move_until(size, timeout_s)
            else:
                self._changed.wait_for(lambda: len(self._buffer) >= size or self._ended, timeout_s)
            data = bytes(self._buffer[:size])
            del self._buffer[:size]
            return data

    def blocked(self, timeout_s: float | None) -> None:
        """A write that cannot be done waits for so long (None: as long as the line lives)."""
        if self._host.virtual:
            self.pass_time(FOREVER_S if timeout_s is None else timeout_s)
            return
        with self._changed:
            self._changed.wait_for(lambda: self._ended, timeout_s)

    def opened(self) -> None:
        """The port was opened."""
        with self._changed:
            self._host.device.opened()

    def forget(self) -> None:
        """Drop what has arrived and was not read."""
        with self._changed:
            self._buffer.clear()

    def pass_time(self, dt_s: float) -> None:
        """Virtual time only: live through `dt_s`."""
        with self._changed:
            self._take(self._host.advance(dt_s))

    def bench(self, command: dict[str, object]) -> dict[str, object]:
        with self._changed:
            answer = self._host.bench(command)
            self._take(self._host.device.take())
            return answer

    def cancel(self) -> None:
        """Wake a reader, which then returns what it has."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """End the driver, switch the device off."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
        if self._driver is not None and self._driver is not threading.current_thread():
            self._driver.join()
        self._host.close()

    def _move_until(self, size: int, timeout_s: float | None) -> None:
        device = self._host.device
        deadline_s = device.now_s + (FOREVER_S if timeout_s is None else timeout_s)
        while len(self._buffer) < size and not device.unplugged:
            left_s = deadline_s - device.now_s
            if left_s < TICK_S:
                return
            event_s = device.next_event_s()
            self._take(self._host.advance(left_s if event_s is None else min(left_s, event_s)))

    @property
    def _ended(self) -> bool:
        return self._closed or self.unplugged or self._failed is not None

    def _check(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _take(self, data: bytes) -> None:
        if data:
            self._buffer += data
        if data or self.unplugged:
            self._changed.notify_all()

    def _drive(self) -> None:
        with self._changed:
            while not self._closed:
                try:
                    self._take(self._host.catch_up())
                except StateError as error:
                    self._failed = error
                    self._changed.notify_all()
                    return
                self._changed.wait(DRIVE_EVERY_S)
