"""Faults of the device (catalogue D2 to D18), each as a host sees it."""

from __future__ import annotations

import pytest

from device_emulator.firmware.logs import CAPACITIES
from rnprog.protocol.connection import ForeignDevice
from rnprog.protocol.image import encode_image, image_crc
from rnprog.protocol.messages import (
    Activate,
    Burst,
    Commit,
    Disarm,
    Heartbeat,
    Identify,
    MeasureImpedance,
    OpenLink,
    Pair,
    ReadBattery,
    ReadCapabilities,
    ReadClock,
    ReadLog,
    ReadSlot,
    ReadSlotInfo,
    Refused,
    SetAmplitude,
    SetSchedule,
    Stage,
    StartTherapy,
    StopTherapy,
    Validate,
)
from rnprog.protocol.opcodes import OVER_RANGE_OHM, BatteryFlag, Cause, EntryKind, Log, OutputState, StatusFlag
from rnprog.protocol.opcodes import RefusalCode as CODE


def _missing(host) -> None:
    host.host.give_up()
    host.host.link_session = 0


def test_d2_a_reset_in_the_middle_of_a_burst(talk) -> None:
    host = talk(faults="reset=HEARTBEAT@2")
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 10_000))
    host.done(Heartbeat())
    assert host.send(Heartbeat()) == [] and host.output_ua() == [0, 0]
    assert host.device.truth.changes[-1].cause == "reset"
    _missing(host)
    assert host.ask(Identify()).boot_count == 2
    host.device.set_faults("reset-after=1.5")
    host.device.advance(1.6)
    assert host.ask(Identify()).boot_count == 3


def test_d3_somebody_else_has_committed(talk, image) -> None:
    host = talk(faults="foreign-commit=COMMIT@1")
    data = encode_image(image())
    host.done(Stage(0, 0, 48, data))
    host.done(Validate(0, image_crc(data)))
    assert host.refused(Commit(0, 0, image_crc(data))).code == CODE.STALE_REVISION
    assert host.done(ReadSlotInfo(0)).revision == 1


def test_d4_another_serial_number(talk) -> None:
    host = talk()
    own = host.ask(Identify()).serial
    host.device.set_faults("serial-change@2")
    host.done(ReadBattery())
    assert host.send(ReadBattery()) == [] and [type(item) for item in host.other] == [ForeignDevice]
    assert host.device.rn1.identity.serial != own
    host.device.reset()
    assert host.device.rn1.identity.serial != own, "it stays another one"
    host.device.set_faults("")
    assert host.device.rn1.identity.serial == own


def test_d5_clock_skew(talk) -> None:
    host = talk()
    before = host.done(ReadClock()).unix_ms
    host.device.set_faults("clock-skew=-7200")
    assert host.done(ReadClock()).unix_ms == before - 7_200_000
    saved = host.device.saved().unix_ms
    host.device.set_faults("clock-skew=90")
    assert host.done(ReadClock()).unix_ms == before + 90_000 and host.device.saved().unix_ms == saved, "skew is not saved"
    host.device.set_faults("")
    assert host.done(ReadClock()).unix_ms == before


def test_d6_low_battery_and_end_of_service(talk) -> None:
    host = talk(faults="low-battery")
    assert host.done(ReadBattery()).flags == BatteryFlag.LOW
    refused = host.refused(host.arm())
    assert (refused.code, refused.limit, refused.value) == (CODE.LOW_BATTERY, 3_300, 3_250)
    host.device.set_faults("end-of-service")
    assert host.status().flags & StatusFlag.END_OF_SERVICE
    assert host.done(ReadBattery()).percent == 5, "3,150 mV of 3,100 (empty) to 4,100 (full)"
    host.device.set_faults("battery=3350")
    host.done(host.arm())
    host.done(Disarm(1))
    assert host.done(ReadBattery()).voltage_mv == 3_350
    host.device.set_faults("")
    assert host.done(ReadBattery()).voltage_mv == 3_900


@pytest.mark.parametrize(("spec", "cause"), [("low-battery", Cause.LOW_BATTERY), ("over-temperature", Cause.OVER_TEMPERATURE)])
def test_d6_d18_it_arises_while_output_is_on(talk, spec, cause) -> None:
    host = talk()
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 10_000))
    host.wait(0.1)
    host.device.bench({"cmd": "fault", "spec": spec})
    host.wait(0.0)
    assert host.output_ua() == [0, 0] and host.events[-1].cause == cause and host.status().armed_channels == 0


def test_d7_open_and_short(talk) -> None:
    host = talk(faults="lead-open=1,lead-short=56")
    readings = host.ask(MeasureImpedance((Pair(1, 8), Pair(0, 8), Pair(5, 6), Pair(5, 8)))).readings
    assert readings[0].impedance_ohm == OVER_RANGE_OHM and 200 < readings[1].impedance_ohm < 3_000
    assert readings[2].impedance_ohm < 50 < readings[3].impedance_ohm
    host.device.set_faults("")
    assert host.ask(MeasureImpedance((Pair(1, 8),))).readings[0].impedance_ohm < 3_000


def test_d7_an_open_contact_delivers_nothing(talk) -> None:
    host = talk(faults="lead-open=1")
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 1_000))
    host.wait(0.1)
    assert host.output_ua() == [0, 0] and host.status().flags & StatusFlag.AT_LIMIT_LEFT


def test_d8_impedance_jumps_while_on(talk) -> None:
    host = talk()
    before = host.ask(MeasureImpedance((Pair(1, 2),))).readings[0].impedance_ohm
    host.device.set_faults("impedance-jump=60@6")
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 60_000))
    host.live(0.2)
    assert host.output_ua()[0] == 500 and not host.status().flags & StatusFlag.AT_LIMIT_LEFT
    assert host.status().flags & StatusFlag.AT_LIMIT_LEFT
    assert 0 < host.output_ua()[0] < 500 and host.device.truth.changes[-1].cause == "load-changed"
    host.stop()
    assert host.output_ua() == [0, 0]
    host.open()
    host.device.set_faults("impedance-jump=2@1")
    host.done(ReadBattery())
    assert host.ask(MeasureImpedance((Pair(1, 2),))).readings[0].impedance_ohm == pytest.approx(2 * before, abs=2)


def test_d8_impedance_jumps_in_a_therapy_session(talk, image) -> None:
    host = talk()
    host.store(image(off_ms=0))
    host.done(StartTherapy())
    host.wait(100.0)
    assert host.output_ua() == [2_000, 1_500]
    host.device.set_faults("impedance-jump=50@1")
    host.done(ReadBattery())
    assert 0 < host.output_ua()[0] < 500 and host.status().left_output_ua == round(host.output_ua()[0])
    host.wait(100.0)
    host.done(StopTherapy())
    assert host.output_ua() == [0, 0]


def test_d9_telemetry_out_of_range(talk) -> None:
    host = talk(faults="wild-telemetry=BATTERY@1")
    assert host.done(ReadBattery()).percent == 255
    assert host.done(ReadBattery()).percent == 80


def test_d10_unknown_version(talk) -> None:
    host = talk(opened=False, faults="protocol-version=9")
    assert host.ask(Identify()).version_min == 9
    assert host.refused(OpenLink(1, 1004)).code == CODE.UNKNOWN_VERSION
    assert host.stop().output_state == OutputState.OFF


def test_d11_d12_stop_is_refused_or_does_nothing(talk) -> None:
    host = talk(faults="no-effect=STOP@1")
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 10_000))
    assert host.stop().output_state == OutputState.OFF
    assert host.output_ua() == [500, 0], "it only says so"
    host.wait(0.8)
    assert host.output_ua() == [0, 0], "the lease ends it"


def test_d12_done_without_effect(talk, image) -> None:
    host = talk()
    crc = host.store(image())
    host.device.set_faults("no-effect=ANY@1,no-effect=BURST@1,no-effect=COMMIT@1,no-effect=SCHEDULE_SET@1,no-effect=THERAPY_START@1")
    assert host.done(host.arm()).lease_ms == 800 and host.status().armed_channels == 0
    host.done(host.arm())
    assert host.done(Burst(1, 1_000)).output_state == OutputState.TEST_ON and host.status().output_state == OutputState.ARMED
    host.done(Disarm(1))
    assert host.done(SetSchedule(1)).enabled == 1 and host.status().schedule_enabled == 0
    assert host.done(StartTherapy()).output_state == OutputState.THERAPY_ON and host.status().output_state == OutputState.OFF
    assert host.done(Commit(0, 1, crc)).revision == 2 and host.done(ReadSlotInfo(0)).revision == 1


def test_d13_quantising_and_clamping(talk, image) -> None:
    host = talk(faults="quantise=500,clamp=1500")
    host.done(host.arm())
    assert host.done(SetAmplitude(0, 300)).amplitude_ua == 500 == host.status().left_setpoint_ua
    host.done(Burst(1, 60_000))
    for asked in (1_000, 1_500, 2_000):
        host.done(Heartbeat())
        host.done(SetAmplitude(0, asked))
    assert host.status().left_setpoint_ua == 1_500
    host.stop()
    host.open()
    data = encode_image(image(left_amplitude_ua=2_600))
    host.done(Stage(0, 0, 48, data))
    host.done(Validate(0, image_crc(data)))
    assert host.done(Commit(0, 0, image_crc(data))).crc == image_crc(data)
    assert host.done(ReadSlot(0, 0, 48)).data != data and host.done(ReadSlotInfo(0)).revision == 1
    assert host.refused(Activate(0, image_crc(data))).code == CODE.BAD_CRC


def test_d14_therapy_is_running_at_connect(talk) -> None:
    assert talk(faults="therapy-running").status().output_state == OutputState.THERAPY_ON
    assert talk(faults="charging,therapy-running").status().output_state == OutputState.OFF


def test_d15_no_lease(talk) -> None:
    host = talk(faults="no-lease")
    can = host.done(ReadCapabilities())
    assert (can.lease_ms, can.run_on_bound_ms) == (0, 60_000)
    assert host.done(host.arm()).lease_ms == 0
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 5_000))
    host.wait(4.9)
    assert host.output_ua() == [500, 0] and host.status().lease_remaining_ms == 0
    host.device.set_faults("")
    host.wait(0.8)
    assert host.status().armed_channels == 0, "with the fault gone the lease begins"


def test_d16_a_strong_impedance_test(talk) -> None:
    host = talk(faults="strong-impedance=1500")
    assert host.done(ReadCapabilities()).impedance_current_ua == 1_500
    reply = host.ask(MeasureImpedance((Pair(1, 8),)))
    assert reply.test_current_ua == 1_500 and host.device.truth.changes[0].amplitude_ua == 1_500


@pytest.mark.parametrize("log", Log)
def test_d17_a_full_log(talk, log) -> None:
    host = talk(faults=f"full-log={log.name}")
    status = host.status()
    assert status.flags & StatusFlag.EVENTS_DROPPED and status.dropped_events >= 20
    page = host.done(ReadLog(log, 1, 1))
    assert page.lost >= 20 and page.first == page.lost + 1


@pytest.mark.parametrize(("log", "most_s"), [(Log.THERAPY, 86_400), (Log.EVENTS, 604_800), (Log.IMPEDANCE, 604_800)])
def test_d17_what_a_full_log_holds_is_valid_and_of_the_past(talk, log, most_s) -> None:
    host = talk(faults=f"full-log={log.name}")
    now_s, entries, cursor = host.done(ReadClock()).unix_ms // 1000, [], 1
    while cursor <= (page := host.done(ReadLog(log, 1, cursor))).newest:
        entries += page.entries
        cursor = page.next
    assert len(entries) == CAPACITIES[log]
    times = [entry.unix_s for entry in entries]
    assert times == sorted(times) and now_s - 2 * most_s < times[-1] < now_s and times[-1] - times[0] > 100 * 86_400
    missed = [entry for entry in entries if entry.kind == EntryKind.THERAPY_MISSED]
    assert {entry.code for entry in missed} <= {CODE.CHARGING} and 20 * len(missed) < len(entries)
    causes = {entry.code for entry in entries if entry.kind in (EntryKind.THERAPY_END, EntryKind.OUTPUT_ENDED)}
    assert causes <= {*Cause}
    assert log is not Log.IMPEDANCE or all(400 <= entry.value <= 1_500 for entry in entries)


def test_d17_a_lost_event_leaves_a_gap(talk, image) -> None:
    host = talk()
    host.store(image())
    host.device.set_faults("lose-event@2")
    for _ in range(3):
        host.done(StartTherapy())
        host.done(StopTherapy())
    host.wait(0)
    assert [event.counter for event in host.events] == [1, 3]


def test_d18_charging(talk) -> None:
    host = talk(faults="charging")
    assert host.refused(host.arm()).code == CODE.CHARGING and host.status().flags & StatusFlag.CHARGING
    host.device.set_faults("over-temperature")
    assert host.refused(host.arm()).code == CODE.OVER_TEMPERATURE
    host.device.set_faults("")
    assert not isinstance(host.ask(host.arm()), Refused)


def test_the_bench_lists_the_faults(talk) -> None:
    answer = talk().device.bench({"cmd": "faults"})
    assert len(answer["catalogue"]) == 36
