"""Bytes on their way from the device to the host: what can be read now, what comes later, and junk. Knows no frame."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

JUNK_EVERY_US = 10_000


@dataclass(frozen=True, slots=True)
class Due:
    """Bytes that arrive at a time."""

    at_us: int
    data: bytes
    while_measuring: bool
    """An answer that dies with its measurement."""


class Wire:
    """The device's sending side."""

    def __init__(self, seed: int | str) -> None:
        self.ready = bytearray()
        """What the host can read now."""
        self.due: list[Due] = []
        self._junk = Random(f"junk {seed}")
        self._junk_us = 0
        self._junk_size = 0

    def babble(self, now_us: int, bytes_per_s: float) -> None:
        """Junk from now on; 0 ends it."""
        size = round(bytes_per_s * JUNK_EVERY_US / 1e6)
        if size and not self._junk_size:
            self._junk_us = now_us
        self._junk_size = size

    def junk(self) -> bytes:
        """What stands before an answer: as much as comes in one step, also where time stands still until somebody waits."""
        return self._junk.randbytes(self._junk_size) if self._junk_size else b""

    def later(self, at_us: int, data: bytes, while_measuring: bool = False) -> None:
        """Bytes that arrive then."""
        self.due.append(Due(at_us, data, while_measuring))

    def forget_measured(self) -> None:
        """The answer of a measurement that was cut short never comes."""
        if self.due:
            self.due = [due for due in self.due if not due.while_measuring]

    def next_us(self) -> int | None:
        """When something arrives next."""
        if not self.due and not self._junk_size:
            return None
        times = [due.at_us for due in self.due]
        if self._junk_size:
            times.append(self._junk_us + JUNK_EVERY_US)
        return min(times, default=None)

    def run(self, now_us: int) -> bytes:
        """What arrives until now."""
        arrived = b"".join(due.data for due in sorted(self.due, key=lambda due: due.at_us) if due.at_us <= now_us)
        self.due = [due for due in self.due if due.at_us > now_us]
        while self._junk_size and now_us >= self._junk_us + JUNK_EVERY_US:
            self._junk_us += JUNK_EVERY_US
            arrived += self._junk.randbytes(self._junk_size)
        return arrived
