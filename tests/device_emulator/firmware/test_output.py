"""Arm, set-point, burst gate, ramps, lease: in virtual time, against closed forms and the ground truth."""

from __future__ import annotations

import pytest

from device_emulator.firmware.envelope import gate
from rnprog.protocol.messages import Burst, Disarm, Heartbeat, MeasureImpedance, Pair, SetAmplitude
from rnprog.protocol.opcodes import Cause, OutputState, StatusFlag

INFINITE = float("inf")


def test_gate_against_its_closed_form() -> None:
    shape = gate(0, 5_000_000, 2_000_000, 1_000_000, 3_000, INFINITE)
    for t_us in range(0, 5_000_000, 37_000):
        expected = min(t_us / 2e6, 1, (5e6 - t_us) / 1e6) * 3_000
        assert shape.value_ua(t_us) == pytest.approx(expected)
    assert shape.value_ua(-1) == shape.value_ua(5_000_000) == 0
    assert shape.area_ua_s(0, 5_000_000) == pytest.approx(3_000 * (5 - 1 - 0.5))
    assert shape.peak_ua(0, 1_000_000) == pytest.approx(1_500)


def test_ramps_longer_than_the_gate_meet_below_the_set_point() -> None:
    shape = gate(0, 1_000_000, 2_000_000, 2_000_000, 4_000, INFINITE)
    assert shape.peak_ua(0, 1_000_000) == pytest.approx(1_000)
    assert shape.value_ua(250_000) == pytest.approx(500) == pytest.approx(shape.value_ua(750_000))


def test_the_compliance_limit_cuts_the_top_off() -> None:
    shape = gate(0, 4_000_000, 1_000_000, 1_000_000, 4_000, 1_000)
    assert shape.at_limit and shape.value_ua(2_000_000) == 1_000
    assert shape.value_ua(125_000) == pytest.approx(500) and shape.value_ua(3_875_000) == pytest.approx(500)


def test_a_gate_without_amplitude_or_path() -> None:
    assert not gate(0, 100, 0, 0, 0, INFINITE).at_limit
    shape = gate(0, 100, 0, 0, 500, 0.0)
    assert shape.at_limit and shape.value_ua(50) == 0


def test_burst_in_the_ground_truth(talk) -> None:
    host = talk()
    host.done(host.arm(ramp_up_ms=500, ramp_down_ms=1_000))
    host.done(SetAmplitude(0, 500))
    reply = host.done(Burst(1, 3_000))
    assert reply.output_state == OutputState.TEST_ON
    host.live(3.2)
    seen = [(round(c.t_s, 6), c.amplitude_ua, c.slope_ua_per_s, c.cause) for c in host.device.truth.changes]
    assert seen == [(0.0, 0.0, 1000.0, "burst"), (0.5, 500.0, 0.0, "ramp"), (2.0, 500.0, -500.0, "ramp"), (3.0, 0.0, 0.0, "burst-done")]
    status = host.status()
    assert (status.output_state, status.armed_channels, status.left_setpoint_ua) == (OutputState.ARMED, 1, 500)
    assert [event.cause for event in host.events] == [Cause.BURST_DONE]


def test_output_follows_the_set_point_while_the_burst_runs(talk) -> None:
    host = talk()
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 10_000))
    host.live(1.0)
    host.done(SetAmplitude(0, 1_000))
    assert host.status().left_output_ua == 1_000
    host.done(SetAmplitude(0, 200))
    assert host.status().left_output_ua == 200
    host.done(SetAmplitude(0, 1_500))
    assert host.refused(SetAmplitude(0, 2_100)).limit == 2_000


def test_the_step_limit_counts_what_was_delivered_not_what_was_set(talk) -> None:
    host = talk()
    host.done(host.arm(ramp_up_ms=1_000))
    host.done(SetAmplitude(0, 500))
    assert host.refused(SetAmplitude(0, 600)).limit == 500, "nothing was delivered yet"
    host.done(Burst(1, 2_000))
    host.wait(0.5)
    assert host.refused(SetAmplitude(0, 1_000)).limit == 500, "half way up the ramp is not delivered"
    host.live(1.8)
    host.done(SetAmplitude(0, 1_000))
    host.done(Disarm(1))
    host.done(host.arm())
    assert host.refused(SetAmplitude(0, 600)).limit == 500, "arming starts anew"


def test_lease_ends_800_ms_after_the_last_heartbeat(talk) -> None:
    host = talk()
    host.done(host.arm())
    host.done(host.arm(1))
    host.done(SetAmplitude(0, 500))
    host.done(SetAmplitude(1, 300))
    host.done(Burst(3, 60_000))
    host.live(4.0)
    host.done(Heartbeat())
    assert host.output_ua() == [500, 300]
    beat_s = host.device.now_s
    host.wait(0.799_999)
    assert host.output_ua() == [500, 300]
    host.wait(0.000_001)
    assert host.output_ua() == [0, 0]
    assert host.device.truth.changes[-1].t_s == pytest.approx(beat_s + 0.8, abs=1e-9)
    assert (host.events[-1].cause, host.events[-1].channels) == (Cause.LEASE_EXPIRED, 3)
    status = host.status()
    assert (status.output_state, status.armed_channels) == (OutputState.OFF, 0)
    assert status.flags & StatusFlag.LEASE_EXPIRED and status.link_session == host.host.link_session
    host.done(host.arm())
    assert not host.status().flags & StatusFlag.LEASE_EXPIRED


def test_a_second_arm_renews_the_lease_and_reading_does_not(talk) -> None:
    host = talk()
    host.done(host.arm())
    host.wait(0.5)
    host.done(host.arm(1))
    host.status()
    host.wait(0.799)
    assert host.status().lease_remaining_ms == 1
    host.wait(0.001)
    assert host.status().armed_channels == 0


def test_open_contact_sets_the_limit_flag_and_nothing_flows(talk) -> None:
    host = talk("left-open")
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 1_000))
    status = host.status()
    assert status.flags & StatusFlag.AT_LIMIT_LEFT and status.left_output_ua == 0
    host.live(1.2)
    assert host.refused(SetAmplitude(0, 600)).limit == 500, "nothing was delivered"
    assert host.status().flags & StatusFlag.AT_LIMIT_LEFT
    host.done(Disarm(1))
    assert not host.status().flags & StatusFlag.AT_LIMIT_LEFT


def test_impedance_of_healthy_open_and_short(talk) -> None:
    def measured(scenario: str, *pairs: tuple[int, int]):
        return talk(scenario).done(MeasureImpedance(tuple(Pair(*pair) for pair in pairs))).readings

    for reading in measured("healthy", *[(contact, 8) for contact in range(8)], (1, 2), (5, 6)):
        assert 400 <= reading.impedance_ohm <= 1_500 and reading.flags == 0
        assert reading.voltage_mv == pytest.approx(reading.impedance_ohm * 0.2, abs=0.6)
    broken, whole = measured("left-open", (1, 8), (0, 8))
    assert (broken.flags, broken.impedance_ohm, broken.voltage_mv) == (1, 0xFFFF_FFFF, 9_000) and whole.flags == 0
    short, half = measured("right-short", (5, 6), (5, 8))
    assert (short.flags, short.impedance_ohm) == (2, 5) and 200 < half.impedance_ohm < 450


def test_disarming_one_side_leaves_the_other_running(talk) -> None:
    host = talk()
    for channel in (0, 1):
        host.done(host.arm(channel))
        host.done(SetAmplitude(channel, 400))
    host.done(Burst(3, 5_000))
    reply = host.done(Disarm(1))
    assert (reply.armed_channels, reply.output_state) == (2, OutputState.TEST_ON) and host.output_ua() == [0, 400]
    reply = host.done(Disarm(2))
    assert (reply.armed_channels, reply.output_state) == (0, OutputState.OFF) and host.status().lease_remaining_ms == 0


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        ({"cmd": "battery", "set": {"percent": 5}}, Cause.LOW_BATTERY),
        ({"cmd": "flags", "set": {"over_temperature": True}}, Cause.OVER_TEMPERATURE),
    ],
)
def test_cell_and_temperature_end_output_at_once(talk, command, cause) -> None:
    host = talk()
    host.done(host.arm())
    host.done(SetAmplitude(0, 400))
    host.done(Burst(1, 5_000))
    host.device.bench(command)
    assert host.output_ua() == [0, 0]
    host.sort(host.device.take())
    assert host.events[-1].cause == cause
