"""Where time comes from: a number that is moved by hand, or the machine's monotonic clock. Knows no device and never sleeps."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

VIRTUAL_START_UNIX_MS = 1_767_603_600_000
"""What a device's clock shows when virtual time begins: Monday, 2026-01-05T09:00:00Z. Fixed, so that a run can be repeated."""


class Clock(Protocol):
    """What a port tells of its time."""

    @property
    def virtual(self) -> bool: ...

    def now_s(self) -> float: ...


@dataclass(slots=True)
class VirtualClock:
    """Stands still until it is moved."""

    elapsed_s: float = 0.0

    @property
    def virtual(self) -> bool:
        return True

    def now_s(self) -> float:
        return self.elapsed_s

    def move(self, dt_s: float) -> None:
        """Forward by `dt_s`; ValueError for a step back."""
        if dt_s < 0:
            raise ValueError(f"time does not go back: {dt_s} s")
        self.elapsed_s += dt_s


class WallClock:
    """Real time, counted from when the clock was made."""

    def __init__(self) -> None:
        self._start_s = time.monotonic()

    @property
    def virtual(self) -> bool:
        return False

    @property
    def started_s(self) -> float:
        """What the machine's monotonic clock showed when this one began."""
        return self._start_s

    def now_s(self) -> float:
        return time.monotonic() - self._start_s


def wall_unix_ms() -> int:
    """The machine's calendar time."""
    return time.time_ns() // 1_000_000
