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


class WallClock:
    """The host's monotonic clock."""

    virtual = False

    def now_s(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def sleep(self, dt_s: float) -> None:
        """Really wait."""
        time.sleep(dt_s)
