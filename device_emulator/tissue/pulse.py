"""The voltage of one charge-balanced pulse over an electrode set, as an oscilloscope between generator and leads would show it. Pure.

R in series with C. During the first phase V(t) = I * (R + t / C); over the gap the double layer keeps I * W / C; the second phase runs
the other way and ends at -I * R. RN-1 lowers the current of the whole pulse until V(W) fits under its compliance voltage, which is also
what the ground truth says flowed. A generator that does not regulate clips instead: once V has reached the compliance voltage it stays
there and the current falls as exp(-(t - t_s) / (R * C)); `clipped` gives that form, for comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, isinf


@dataclass(frozen=True, slots=True)
class Load:
    """An electrode set as the generator sees it."""

    resistance_ohm: float
    capacitance_uf: float
    """Infinite: no double layer in the way (a short)."""

    def end_mv(self, current_ua: float, width_us: float) -> float:
        """Voltage at the end of the first phase."""
        return current_ua * (self.resistance_ohm + width_us / self.capacitance_uf) / 1000


@dataclass(frozen=True, slots=True)
class Point:
    """The trace between two points is a straight line; two points at one time are a step."""

    t_us: float
    voltage_mv: float
    current_ua: float


def load_of(at_once_ohm: float, at_end_ohm: float, width_us: int) -> Load:
    """From the voltage over current at the beginning and at the end of a pulse."""
    rise_ohm = at_end_ohm - at_once_ohm
    return Load(at_once_ohm, width_us / rise_ohm if not isinf(at_once_ohm) and rise_ohm > 0 else inf)


def regulated(load: Load, wanted_ua: float, width_us: int, gap_us: int, compliance_mv: float) -> tuple[Point, ...]:
    """The pulse RN-1 gives. No path: the compliance voltage stands at the contacts and nothing flows."""
    if isinf(load.resistance_ohm):
        return _no_path(wanted_ua, width_us, gap_us, compliance_mv)
    current_ua = min(wanted_ua, compliance_mv * 1000 / (load.resistance_ohm + width_us / load.capacitance_uf))
    ohmic_mv = current_ua * load.resistance_ohm / 1000
    stored_mv = load.end_mv(current_ua, width_us) - ohmic_mv
    return _trace(width_us, gap_us, (ohmic_mv, ohmic_mv + stored_mv), current_ua, stored_mv)


def clipped(load: Load, wanted_ua: float, width_us: int, compliance_mv: float, steps: int = 32) -> tuple[Point, ...]:
    """The first phase of a generator that saturates instead. `steps`: points of the curve."""
    r_ohm, c_uf = load.resistance_ohm, load.capacitance_uf
    if isinf(r_ohm) or wanted_ua <= 0:
        return _no_path(wanted_ua, width_us, 0, compliance_mv)[:3]
    start_us = 0.0 if isinf(c_uf) else max(0.0, min(float(width_us), (compliance_mv * 1000 / wanted_ua - r_ohm) * c_uf))
    first_ua = min(wanted_ua, compliance_mv * 1000 / r_ohm)
    if load.end_mv(wanted_ua, width_us) <= compliance_mv:
        start_us = float(width_us)
    points = [Point(0.0, 0.0, 0.0), Point(0.0, first_ua * r_ohm / 1000, first_ua)]
    points.append(Point(start_us, first_ua * (r_ohm + start_us / c_uf) / 1000, first_ua))
    for step in range(1, steps + 1):
        t_us = start_us + (width_us - start_us) * step / steps
        if t_us > start_us:
            points.append(Point(t_us, compliance_mv, first_ua * exp(-(t_us - start_us) / (r_ohm * c_uf))))
    return tuple(points)


def _trace(width_us: int, gap_us: int, rise_mv: tuple[float, float], current_ua: float, stored_mv: float) -> tuple[Point, ...]:
    (start_mv, end_mv), second_us, end_us = rise_mv, width_us + gap_us, 2 * width_us + gap_us
    return (
        Point(0, 0.0, 0.0),
        Point(0, start_mv, current_ua),
        Point(width_us, end_mv, current_ua),
        Point(width_us, stored_mv, 0.0),
        Point(second_us, stored_mv, 0.0),
        Point(second_us, stored_mv - start_mv, -current_ua),
        Point(end_us, -start_mv, -current_ua),
        Point(end_us, 0.0, 0.0),
    )


def _no_path(wanted_ua: float, width_us: int, gap_us: int, compliance_mv: float) -> tuple[Point, ...]:
    volts = compliance_mv if wanted_ua > 0 else 0.0
    second_us, end_us = width_us + gap_us, 2 * width_us + gap_us
    levels = (
        (0, 0.0),
        (0, volts),
        (width_us, volts),
        (width_us, 0.0),
        (second_us, 0.0),
        (second_us, -volts),
        (end_us, -volts),
        (end_us, 0.0),
    )
    return tuple(Point(t_us, level, 0.0) for t_us, level in levels)
