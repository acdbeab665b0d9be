"""What the firmware can notice of the body it is in: electrical load, and nothing else. The tissue model implements it.

`burst_begins` and `delivered` run the other way: they tell the body what happened to it; the firmware gets nothing back from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Drive:
    """How an armed channel drives its electrodes. Masks: bits 0-3 left, 4-7 right, 8 case."""

    channel: int
    cathodes: int
    anodes: int
    width_us: int
    rate_mhz: int
    ramp_up_ms: int
    ramp_down_ms: int


class Body(Protocol):
    """Electrodes in tissue."""

    def load_ohm(self, cathodes: int, anodes: int, width_us: int, in_s: float = 0.0) -> float:
        """Voltage over current at the end of a pulse of that width, so many seconds from now; infinite: no path."""

    def burst_begins(self, drive: Drive) -> None:
        """A test burst starts on a channel."""

    def delivered(self, channel: int, peak_ua: float) -> None:
        """The highest current of the channel's present burst, so far."""
