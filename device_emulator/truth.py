"""Ground truth: every change of what leaves the electrodes, in order. Written by the device, read by nobody on the device's side.

Between two records of a channel the current is a straight line: `amplitude_ua` at `t_s`, rising by `slope_ua_per_s`. The next record of the
channel ends the line. This is the physical current after the compliance limit, not the set-point.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Why(StrEnum):
    """What made the current change."""

    BURST = "burst"
    RAMP = "ramp"
    SET_AMPLITUDE = "set-amplitude"
    BURST_DONE = "burst-done"
    DISARMED = "disarmed"
    LEASE_EXPIRED = "lease-expired"
    STOP = "stop"
    RESET = "reset"
    IMPEDANCE = "impedance"
    IMPEDANCE_DONE = "impedance-done"
    THERAPY_ON = "therapy-on"
    THERAPY_OFF = "therapy-off"
    SESSION_COMPLETE = "session-complete"
    THERAPY_STOPPED = "therapy-stopped"
    MAGNET = "magnet"
    PATIENT_REMOTE = "patient-remote"
    LOW_BATTERY = "low-battery"
    OVER_TEMPERATURE = "over-temperature"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of output. `channel`: 0 left, 1 right. `amplitude_ua`: current of a pulse, 0: nothing flows."""

    number: int
    t_s: float
    channel: int
    amplitude_ua: float
    slope_ua_per_s: float
    width_us: int
    rate_mhz: int
    cause: str


class Truth:
    """Append-only. `listener` sees each change as it is written."""

    def __init__(self, listener: Callable[[Change], None] | None = None) -> None:
        self.changes: list[Change] = []
        self.listener = listener

    def write(self, now_us: int, channel: int, amplitude_ua: float, slope_ua_per_s: float, width_us: int, rate_mhz: int, why: Why) -> None:
        """Note that from `now_us` on `amplitude_ua` flows on the channel."""
        change = Change(
            len(self.changes) + 1,
            now_us / 1e6,
            channel,
            round(amplitude_ua, 3),
            round(slope_ua_per_s, 3),
            width_us,
            rate_mhz,
            why.value,
        )
        self.changes.append(change)
        if self.listener is not None:
            self.listener(change)

    def since(self, number: int) -> list[Change]:
        """All changes numbered above `number`."""
        return self.changes[max(0, number) :]


def json_line(change: Change) -> str:
    """One line of JSON Lines, with its newline. Milliamperes beside microamperes, for readers who think in them."""
    record = {**asdict(change), "amplitude_ma": round(change.amplitude_ua / 1000, 6)}
    return json.dumps(record, separators=(",", ":")) + "\n"
