"""The link's clock. Real ports run on the monotonic clock; the emulator inside this process brings its own, which may be virtual."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds that never go back."""

    @property
    def virtual(self) -> bool:
        """Time moves only when somebody waits on this clock."""

    def now_s(self) -> float:
        """Now."""

    def sleep(self, dt_s: float) -> None:
        """Let time pass."""

    def slept_s(self) -> float:
        """How long this computer has been asleep since some moment, which `now_s` leaves out. Only its growth means something; always 0
        where the system does not tell."""


class WallClock:
    """The host's monotonic clock."""

    virtual = False

    def now_s(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def sleep(self, dt_s: float) -> None:
        """Really wait."""
        time.sleep(dt_s)

    def slept_s(self) -> float:
        """Linux tells: its boot time goes on in a suspend, its monotonic time stands still."""
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return 0.0 if boot is None else time.clock_gettime(boot) - time.monotonic()
