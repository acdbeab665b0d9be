"""Therapy sessions and the schedule, over days of virtual time."""

from __future__ import annotations

import pytest

from device_emulator.firmware.schedule import next_session_ms
from rnprog.protocol.messages import ReadClock, ReadLog, ReadStatus, SetClock, SetSchedule, StartTherapy, StopTherapy
from rnprog.protocol.opcodes import Cause, EntryKind, Log, OutputState

DAY_S = 86_400
DAY_MS = DAY_S * 1_000
MIDNIGHT_MS = 20_458 * DAY_MS


def test_sessions_are_spread_over_twelve_hours() -> None:
    for sessions in range(1, 7):
        at_ms, hours = MIDNIGHT_MS, []
        for _ in range(sessions):
            following = next_session_ms(at_ms, sessions)
            assert following is not None
            hours.append((following - MIDNIGHT_MS) / 3_600_000)
            at_ms = following
        assert hours == [8 + 12 * index / sessions for index in range(sessions)]
        assert next_session_ms(at_ms, sessions) == MIDNIGHT_MS + DAY_MS + 8 * 3_600_000
    assert next_session_ms(MIDNIGHT_MS, 0) is None


def test_one_session_against_the_closed_form(talk, image) -> None:
    host = talk()
    crc = host.store(image(session_s=60, off_ms=5_000))
    reply = host.done(StartTherapy())
    assert (reply.output_state, reply.session_s) == (OutputState.THERAPY_ON, 60)
    begin_s = host.device.now_s
    for at_s, expected in ((1.0, 1_000), (2.0, 2_000), (7.9, 2_000), (9.0, 1_000), (10.0, 0), (12.0, 0), (16.0, 1_000), (18.0, 2_000)):
        host.wait(begin_s + at_s - host.device.now_s)
        status = host.status()
        assert status.left_output_ua == pytest.approx(expected, abs=1) and status.output_state == OutputState.THERAPY_ON
        assert status.right_output_ua == pytest.approx(expected * 0.75, abs=1)
    host.wait(60.0)
    assert host.status().output_state == OutputState.OFF and host.events[-1].cause == Cause.SESSION_COMPLETE
    (page,) = host.send(ReadLog(Log.THERAPY, 1, 1))
    start, end = page.entries
    assert (start.kind, start.channels, start.code, start.value, start.extra) == (EntryKind.THERAPY_START, 3, 2, crc, 1)
    assert (end.kind, end.code, end.value, end.extra) == (EntryKind.THERAPY_END, Cause.SESSION_COMPLETE, 60, 60)


def test_therapy_stop_ends_the_session_and_nothing_else(talk, image) -> None:
    host = talk()
    host.store(image())
    host.done(SetSchedule(1))
    host.done(StartTherapy())
    host.wait(100.0)
    assert host.done(StopTherapy()).output_state == OutputState.OFF
    assert host.output_ua() == [0, 0] and host.status().schedule_enabled == 1
    (page,) = host.send(ReadLog(Log.THERAPY, 1, 2))
    assert (page.entries[0].code, page.entries[0].value) == (Cause.THERAPY_STOPPED, 100)
    assert host.done(StopTherapy()).output_state == OutputState.OFF


def test_therapy_needs_no_link_and_no_lease(talk, image) -> None:
    host = talk()
    host.store(image())
    host.done(StartTherapy())
    host.wait(1_799.0)
    assert host.status().output_state == OutputState.THERAPY_ON
    host.wait(1.0)
    assert host.status().output_state == OutputState.OFF


def test_three_days_of_schedule(talk, image) -> None:
    host = talk()
    host.store(image())
    host.done(SetSchedule(1))
    host.wait(3 * DAY_S)
    (page,) = host.send(ReadLog(Log.THERAPY, 1, 1))
    starts = [entry.unix_s % DAY_S / 3_600 for entry in page.entries if entry.kind == EntryKind.THERAPY_START]
    assert starts == [14.0, 8.0, 14.0, 8.0, 14.0, 8.0]
    ends = [entry.value for entry in page.entries if entry.kind == EntryKind.THERAPY_END]
    assert ends == [1_800] * 6


def test_an_armed_channel_suspends_the_schedule(talk, image) -> None:
    host = talk()
    host.store(image())
    host.done(SetSchedule(1))
    noon_ms = host.done(ReadClock()).unix_ms // DAY_MS * DAY_MS + 14 * 3_600_000
    host.done(SetClock(noon_ms - 500))
    host.done(host.arm())
    host.wait(0.7)
    host.wait(0.1)
    (page,) = host.send(ReadLog(Log.THERAPY, 1, 1))
    assert [(entry.kind, entry.code) for entry in page.entries] == [(EntryKind.THERAPY_MISSED, 7)]
    assert host.status().output_state == OutputState.OFF


def test_a_clock_jump_makes_up_for_nothing(talk, image) -> None:
    host = talk()
    host.store(image())
    host.done(SetSchedule(1))
    host.done(SetClock(host.done(ReadClock()).unix_ms + 10 * DAY_MS))
    host.wait(60.0)
    assert host.send(ReadLog(Log.THERAPY, 1, 1))[0].newest == 0


def test_the_cell_runs_down_with_what_is_delivered(talk, image) -> None:
    host = talk()
    host.store(image(left_width_us=200, right_width_us=200, ramp_up_ms=0, ramp_down_ms=0, off_ms=0, session_s=600))
    battery = host.device.rn1.around.battery
    heard = host.host.send(StartTherapy()).data
    before = battery.fraction
    told = host.device.receive(heard) + host.device.advance(600.0)
    delivered_uc = 2 * (2_000 + 1_500) * 200e-6 * 20 * 600 * 1e0 / 1  # uA x s per pulse, both phases, 20 Hz, 600 s
    expected = (delivered_uc * 3.5 + 600 * 8.0 + (len(heard) + len(told)) * 2.0) / (200 * 3_600 * 1_000)
    assert before - battery.fraction == pytest.approx(expected, rel=1e-6)


def test_a_low_cell_ends_the_session(talk, image) -> None:
    host = talk()
    host.store(image())
    host.done(StartTherapy())
    host.device.rn1.around.battery.fraction = 0.19
    host.wait(30.0)
    assert host.events[-1].cause == Cause.LOW_BATTERY and host.output_ua() == [0, 0]


def test_therapy_running_when_the_programmer_connects(talk) -> None:
    host = talk("therapy-running")
    status = host.status()
    assert status.output_state == OutputState.THERAPY_ON and status.active_slot == 0


def test_telemetry_costs_what_each_byte_costs(talk) -> None:
    """2 uC a byte, heard or sent, beside 8 uA all the time."""
    host = talk()
    battery = host.device.rn1.around.battery
    before, size = battery.fraction, 0
    for _ in range(200):
        heard = host.host.send(ReadStatus()).data
        told = host.device.receive(heard)
        host.sort(told)
        size += len(heard) + len(told)
    host.wait(50.0)
    assert size > 200 * 20
    assert before - battery.fraction == pytest.approx((size * 2.0 + 50 * 8.0) / (200 * 3_600 * 1_000), rel=1e-6)


def test_the_charger_fills_the_cell_and_no_further(talk) -> None:
    host = talk(faults="charging")
    battery = host.device.rn1.around.battery
    battery.fraction = 0.1
    host.device.advance(3_600.0)
    assert battery.fraction == pytest.approx(0.1 + 50_000 * 3_600 / (200 * 3_600 * 1_000)), "a quarter in an hour"
    host.device.advance(4 * 3_600.0)
    assert battery.fraction == 1.0
    host.device.set_faults("")
    assert not battery.low
    host.done(host.arm())
