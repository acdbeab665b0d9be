"""The voltage of a pulse against its closed forms."""

from __future__ import annotations

from itertools import pairwise
from math import exp, inf, isinf

import pytest

from device_emulator.tissue.electrodes import Contact, Electrodes
from device_emulator.tissue.pulse import Load, clipped, load_of, regulated

PAIR = Load(1_000.0, 2.0)
"""Two contacts of 500 ohm and 4 uF."""


def charge_nc(points) -> float:
    """Trapezoids; currents in uA, times in us."""
    return sum((b.t_us - a.t_us) * (a.current_ua + b.current_ua) / 2 for a, b in pairwise(points)) / 1e3


def test_voltage_at_the_end_of_a_pulse() -> None:
    # 2 mA: 2 V over 1,000 ohm, and 2 mA x 214 us / 2 uF = 0.214 V in the double layer
    assert PAIR.end_mv(2_000, 214) == pytest.approx(2_214)
    points = regulated(PAIR, 2_000, 214, 20, 9_000)
    assert [round(point.voltage_mv) for point in points] == [0, 2_000, 2_214, 214, 214, -1_786, -2_000, 0]
    assert [point.t_us for point in points] == [0, 0, 214, 214, 234, 234, 448, 448]


def test_both_phases_carry_the_same_charge() -> None:
    for wanted_ua in (100, 2_000, 20_000):
        assert charge_nc(regulated(PAIR, wanted_ua, 214, 20, 9_000)) == pytest.approx(0.0, abs=1e-9)
    first = [point for point in regulated(PAIR, 2_000, 214, 20, 9_000) if point.t_us <= 214]
    assert charge_nc(first) == pytest.approx(2_000e-6 * 214e-6 * 1e9)


def test_at_the_limit_the_pulse_ends_exactly_at_the_compliance_voltage() -> None:
    points = regulated(PAIR, 20_000, 200, 20, 9_000)
    assert points[2].voltage_mv == pytest.approx(9_000)
    assert points[1].current_ua == pytest.approx(9_000_000 / 1_100)


def test_a_generator_that_saturates_clips_and_its_current_decays() -> None:
    points = clipped(PAIR, 8_500, 200, 9_000, steps=40)
    start_us = (9_000_000 / 8_500 - 1_000) * 2.0
    assert points[1].voltage_mv == 8_500 and points[2].t_us == pytest.approx(start_us)
    for point in points[3:]:
        assert point.voltage_mv == 9_000
        assert point.current_ua == pytest.approx(8_500 * exp(-(point.t_us - start_us) / 2_000))
    assert points[-1].t_us == 200
    below = clipped(PAIR, 2_000, 200, 9_000)
    assert below[-1].voltage_mv == pytest.approx(2_200) and len(below) == 3
    at_once = clipped(PAIR, 20_000, 200, 9_000)
    assert at_once[1].current_ua == 9_000 and at_once[1].voltage_mv == 9_000


def test_without_a_path_the_compliance_voltage_stands_and_nothing_flows() -> None:
    points = regulated(Load(inf, inf), 500, 100, 20, 9_000)
    assert max(point.voltage_mv for point in points) == 9_000 and {point.current_ua for point in points} == {0.0}
    assert {point.voltage_mv for point in clipped(Load(inf, inf), 500, 100, 9_000)} == {0.0, 9_000}


def test_the_load_of_an_electrode_set() -> None:
    electrodes = Electrodes((*[Contact(500.0, 4.0)] * 8, Contact(50.0, 300.0)))
    load = load_of(electrodes.load_ohm(1, 2, 0), electrodes.load_ohm(1, 2, 214), 214)
    assert (load.resistance_ohm, load.capacitance_uf) == pytest.approx((1_000, 2.0))
    short = electrodes.with_short(0, 1)
    assert isinf(load_of(short.load_ohm(1, 2, 0), short.load_ohm(1, 2, 214), 214).capacitance_uf)
