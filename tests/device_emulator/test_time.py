"""Time that nobody watches costs nothing, and is told the same as time that somebody watches."""

from __future__ import annotations

import random

import pytest

from device_emulator.device import EmulatedDevice
from device_emulator.firmware.image import build_image
from device_emulator.mishaps import RUNNING
from rnprog.protocol.messages import Burst, Heartbeat, ReadLog, SetAmplitude, SetSchedule, StartTherapy, StopTherapy
from rnprog.protocol.opcodes import Cause, EntryKind, Log, OutputState, StatusFlag

DAY_S = 86_400.0


def _therapist(seed: int = 0, **options) -> EmulatedDevice:
    device = EmulatedDevice(seed=seed, **options)
    core = device.rn1.core
    core.stores.programs.install(0, build_image(RUNNING))
    core.stores.settings.change(active_slot=0, schedule_enabled=True)
    core.plan_schedule()
    return device


def test_a_year_of_therapy() -> None:
    device = _therapist()
    fraction = device.rn1.core.around.battery.fraction
    device.advance(365 * DAY_S)
    assert device.rn1.core.stores.logs.rings[Log.THERAPY].newest == 2 * 730
    trapezoid_s = 8.0  # of each on-phase of 10 s with ramps of 2 s
    therapy_uc = 730 * 60 * 2 * (2 * 1_500 * 214e-6 * 20) * trapezoid_s
    drawn_uc = therapy_uc * 3.5 + 365 * DAY_S * 8.0
    assert fraction - device.rn1.core.around.battery.fraction == pytest.approx(drawn_uc / 720_000_000, rel=1e-6)


def test_a_watched_day_and_an_unwatched_one_are_told_alike() -> None:
    seen = []
    watched, unwatched = _therapist(3, truth=seen.append), _therapist(3)
    chance = random.Random(3)
    for _ in range(50):
        dt_s = chance.choice([0.1, 3.3, 60.0, 1_000.0, 2_000.0])
        watched.advance(dt_s)
        unwatched.advance(dt_s)
    assert len(seen) > 400 and seen == watched.truth.changes == unwatched.truth.changes
    assert [change.number for change in seen] == list(range(1, len(seen) + 1))
    assert watched.rn1.core.around.battery.fraction == pytest.approx(unwatched.rn1.core.around.battery.fraction, rel=1e-12)


def test_looking_at_the_truth_in_a_session_changes_nothing(talk, image) -> None:
    looked, left = talk(), talk()
    for host in (looked, left):
        host.store(image(ramp_up_ms=500, ramp_down_ms=1_500))
        host.done(StartTherapy())
    for step in range(20):
        looked.wait(1.7)
        left.wait(1.7)
        assert looked.output_ua() == pytest.approx(left.device.rn1.core.flowing_ua, abs=0.51), step
    looked.done(StopTherapy())
    left.done(StopTherapy())
    assert looked.device.truth.changes == left.device.truth.changes


def test_without_an_off_phase_there_is_one_rise_and_one_fall(talk, image) -> None:
    host = talk()
    host.store(image(off_ms=0, session_s=60))
    host.done(StartTherapy())
    host.wait(60.0)
    assert [change.cause for change in host.device.truth.changes if change.channel == 0] == [
        "therapy-on",
        "ramp",
        "ramp",
        "session-complete",
    ]
    assert [round(change.t_s, 3) for change in host.device.truth.changes if change.channel == 0] == pytest.approx([0, 2, 58, 60])


def test_a_cell_that_runs_low_in_a_session_ends_it(talk, image) -> None:
    host = talk()
    host.store(image(off_ms=0, left_amplitude_ua=10_000, left_width_us=300, rate_mhz=50_000, session_s=3_600))
    cell = host.device.rn1.core.around.battery
    cell.fraction = 0.2001
    host.done(StartTherapy())
    host.wait(3_600.0)
    assert host.events[-1].cause == Cause.LOW_BATTERY
    entry = host.done(ReadLog(Log.THERAPY, 1, 1)).entries[-1]
    assert (entry.kind, entry.code) == (EntryKind.THERAPY_END, Cause.LOW_BATTERY) and 0 < entry.value < 3_600
    assert cell.voltage_mv == 3_299 and host.output_ua() == [0, 0]


def test_a_cell_that_runs_low_in_a_burst_ends_it(talk) -> None:
    host = talk()
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 60_000))
    host.device.rn1.core.around.battery.fraction = 0.1
    host.wait(0.2)
    assert host.events[-1].cause == Cause.LOW_BATTERY and host.status().armed_channels == 0


def test_the_limit_flag_outlives_the_lease_but_not_a_stop(talk) -> None:
    host = talk("left-open")
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 5_000))
    host.wait(1.0)
    status = host.status()
    assert status.output_state == OutputState.OFF and status.flags & StatusFlag.AT_LIMIT_LEFT and status.flags & StatusFlag.LEASE_EXPIRED
    host.stop()
    host.open()
    assert not host.status().flags & StatusFlag.AT_LIMIT_LEFT


def test_five_hundred_devices_in_step() -> None:
    devices = [_therapist(seed) for seed in range(500)]
    for _ in range(24):
        for device in devices:
            device.advance(3_600.0)
    assert {device.rn1.core.stores.logs.rings[Log.THERAPY].newest for device in devices} == {4}
    assert len({device.rn1.identity.serial for device in devices}) == 500


def test_a_schedule_waits_while_something_is_armed(talk, image) -> None:
    host = talk()
    host.store(image())
    host.done(SetSchedule(1))
    before_s = (host.device.rn1.core._next_session_ms - host.device.rn1.core.unix_ms) / 1000
    host.wait(before_s - 0.3)
    host.done(host.arm())
    host.done(Heartbeat())
    host.wait(0.5)
    entry = host.done(ReadLog(Log.THERAPY, 1, 1)).entries[-1]
    assert (entry.kind, entry.code) == (EntryKind.THERAPY_MISSED, 7)
