"""The shape of a gated current: straight lines between points. Pure arithmetic; knows no channel and no clock.

A gate opens at `start_us` and closes at `end_us`. The wanted current rises from 0 over the ramp up and falls to 0 over the ramp down, both
counted from the ends of the gate; where they would cross, it turns round below the set-point. What flows is the smaller of the wanted
current and what the compliance voltage can drive.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Envelope:
    """`points`: (t_us, current_ua) in rising time; before the first and from the last on nothing flows."""

    points: tuple[tuple[int, float], ...]
    at_limit: bool
    """More was wanted than could be driven."""

    @property
    def end_us(self) -> int:
        return self.points[-1][0]

    def value_ua(self, t_us: int) -> float:
        """Current at `t_us`."""
        if not self.points[0][0] <= t_us < self.end_us:
            return 0.0
        at = bisect_right(self.points, (t_us, float("inf"))) - 1
        (t0, a0), (t1, a1) = self.points[at], self.points[at + 1]
        return a0 + (a1 - a0) * (t_us - t0) / (t1 - t0)

    def slope_ua_per_s(self, t_us: int) -> float:
        """Slope of the line that begins or runs at `t_us`."""
        if not self.points[0][0] <= t_us < self.end_us:
            return 0.0
        at = bisect_right(self.points, (t_us, float("inf"))) - 1
        (t0, a0), (t1, a1) = self.points[at], self.points[at + 1]
        return (a1 - a0) * 1e6 / (t1 - t0)

    def next_us(self, t_us: int) -> int | None:
        """The first point after `t_us`; None: there is none."""
        return next((t for t, _ in self.points if t > t_us), None)

    def peak_ua(self, from_us: int, to_us: int) -> float:
        """Highest current in from <= t <= to, as far as the gate was open; at the closing point what flowed just before it."""
        inside = [a for t, a in self.points if from_us <= t <= to_us]
        return max([*inside, self.value_ua(from_us), self.value_ua(to_us)])

    def area_ua_s(self, from_us: int, to_us: int) -> float:
        """Integral of the current over time."""
        total = 0.0
        for (t0, a0), (t1, a1) in zip(self.points, self.points[1:], strict=False):
            low, high = max(t0, from_us), min(t1, to_us)
            if low < high:
                slope = (a1 - a0) / (t1 - t0)
                total += (a0 + slope * ((low + high) / 2 - t0)) * (high - low)
        return total / 1e6


def gate(start_us: int, end_us: int, ramp_up_us: int, ramp_down_us: int, setpoint_ua: float, drivable_ua: float) -> Envelope:
    """The envelope of one gate. `drivable_ua` may be infinite; end must be after start."""
    length_us, ramps_us = end_us - start_us, ramp_up_us + ramp_down_us
    wanted_ua = setpoint_ua * min(1.0, length_us / ramps_us) if ramps_us else float(setpoint_ua)
    top_ua = min(wanted_ua, drivable_ua)
    if top_ua <= 0:
        return Envelope(((start_us, 0.0), (end_us, 0.0)), wanted_ua > 0)
    rise_us = round(ramp_up_us * top_ua / setpoint_ua)
    fall_us = round(ramp_down_us * top_ua / setpoint_ua)
    points = [(start_us, 0.0 if rise_us else top_ua), (start_us + rise_us, top_ua)]
    points += [(max(end_us - fall_us, start_us + rise_us), top_ua), (end_us, 0.0 if fall_us else top_ua)]
    kept = [point for at, point in enumerate(points) if at == 0 or point[0] > points[at - 1][0]]
    return Envelope(tuple(kept), wanted_ua > drivable_ua)
