"""The table of handlers, and what the line sees of a conversation."""

from __future__ import annotations

import pytest

from device_emulator.firmware.rn1 import HANDLERS
from rnprog.protocol.connection import STOP_FRAME
from rnprog.protocol.messages import (
    REQUESTS,
    Arm,
    Burst,
    Disarm,
    Heartbeat,
    Identify,
    MeasureImpedance,
    OpenLink,
    Pair,
    Ping,
    ReadBattery,
    ReadCapabilities,
    ReadClock,
    ReadLinkStats,
    ReadPatientKey,
    ReadStatus,
    SetAmplitude,
    SetClock,
    StartTherapy,
    WritePatientKey,
)
from rnprog.protocol.opcodes import Cause, OutputState


def test_every_opcode_has_a_handler() -> None:
    assert set(HANDLERS) == set(REQUESTS)


def test_identity_capabilities_battery_clock_key(talk) -> None:
    host = talk()
    identity = host.done(Identify())
    assert (identity.model, identity.serial, identity.version_min, identity.version_max) == ("RN-1", "RN1-E0000000", 1, 1)
    assert identity.flags & 1 and identity.boot_count == 1
    assert host.done(ReadCapabilities()).lease_ms == 800
    assert host.done(ReadBattery()).percent == 80
    before_ms = host.done(ReadClock()).unix_ms
    assert host.done(SetClock(before_ms + 5_000)).unix_ms == before_ms + 5_000
    host.wait(2.0)
    assert host.done(ReadClock()).unix_ms == before_ms + 7_000
    assert host.done(ReadPatientKey()).key_hash == bytes(16)
    host.done(WritePatientKey(bytes(range(16))))
    assert host.done(ReadPatientKey()).key_hash == bytes(range(16))
    assert host.done(Ping(b"\x00ab")).data == b"\x00ab"
    host.device.receive(b"junk\x00")
    assert host.done(ReadLinkStats()).noise_bytes == 4


def test_link_session_numbers(talk) -> None:
    host = talk()
    assert host.host.link_session == 65_536 + 1
    assert host.stop().link_session == 65_536 + 2
    assert host.ask(ReadStatus()).link_session == 0
    assert host.done(OpenLink(1, 522)).link_session == 65_536 + 3
    host.device.reset()
    host.host.link_session = 0
    assert host.done(OpenLink(1, 522)).link_session == 2 * 65_536 + 1


def test_a_new_link_ends_what_was_leased_but_not_therapy(talk, image) -> None:
    host = talk()
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 5_000))
    host.done(OpenLink(2, 1004))
    assert host.status().output_state == OutputState.OFF and host.output_ua() == [0, 0]
    host.store(image())
    host.done(StartTherapy())
    host.done(OpenLink(3, 1004))
    assert host.status().output_state == OutputState.THERAPY_ON


def _armed(host) -> None:
    host.done(host.arm())


def _bursting(host) -> None:
    host.done(host.arm(ramp_up_ms=1_000))
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 5_000))
    host.wait(0.5)


def _measuring(host) -> None:
    assert host.send(MeasureImpedance((Pair(0, 8), Pair(1, 8)))) == []
    host.wait(0.01)


def _therapy(host) -> None:
    host.done(StartTherapy())
    host.wait(5.0)


@pytest.mark.parametrize("prepare", [lambda host: None, _armed, _bursting, _measuring, _therapy])
def test_stop_from_every_state_in_the_same_instant(talk, image, prepare) -> None:
    host = talk()
    host.store(image())
    prepare(host)
    busy = prepare in (_bursting, _measuring, _therapy)
    assert any(host.output_ua()) is busy
    late = host.host.send(host.arm(1)).data
    before_s = host.device.now_s
    reply = host.stop()
    assert reply.output_state == OutputState.OFF and host.output_ua() == [0, 0]
    if busy:
        assert host.device.truth.changes[-1].t_s == before_s
        assert host.device.truth.changes[-1].cause == "stop"
        assert host.events[-1].cause == Cause.STOP
    assert not host.sort(host.device.receive(late)), "an ARM of the old session"
    host.wait(1.0)
    status = host.ask(ReadStatus())
    assert (status.output_state, status.armed_channels, status.active_slot) == (OutputState.OFF, 0, 0)


def test_stop_needs_no_session_no_version_no_device(talk) -> None:
    host = talk(opened=False)
    assert host.device.receive(b"half a frame" + STOP_FRAME).count(b"\x00") == 1


def test_measuring_lasts_twenty_milliseconds_a_pair(talk) -> None:
    host = talk()
    assert host.send(MeasureImpedance(tuple(Pair(contact, 8) for contact in range(8)))) == []
    host.wait(0.159)
    assert host.device.bench({"cmd": "state"})["output_state"] == "MEASURING"
    (reply,) = host.sort(host.device.advance(0.001))
    assert len(reply.readings) == 8 and host.device.bench({"cmd": "state"})["output_state"] == "OFF"
    pulses = [change for change in host.device.truth.changes if change.cause == "impedance"]
    assert [change.channel for change in pulses] == [0, 0, 0, 0, 1, 1, 1, 1]
    assert {change.amplitude_ua for change in pulses} == {200.0}
    assert pulses[3].t_s - pulses[0].t_s == pytest.approx(0.06)


def test_half_a_frame_expires_after_200_ms(talk) -> None:
    host = talk()
    frame = host.host.send(ReadStatus()).data
    host.device.receive(frame[:10])
    host.wait(0.199)
    assert host.device.rn1.endpoint.partial
    host.wait(0.001)
    assert not host.device.rn1.endpoint.partial and host.device.rn1.endpoint.counters.noise_bytes == 10


def test_a_repeated_command_is_executed_once(talk) -> None:
    host = talk()
    host.done(host.arm())
    frame = host.host.send(SetAmplitude(0, 500)).data
    first, second = host.device.receive(frame), host.device.receive(frame)
    assert first == second and host.status().left_setpoint_ua == 500


def test_status_reports_the_last_command(talk) -> None:
    host = talk()
    host.done(host.arm())
    host.refused(SetAmplitude(0, 600))
    status = host.status()
    assert (status.last_command_opcode, status.last_command_result) == (SetAmplitude.OPCODE, 5)
    assert status.last_command_sequence == status.last_sequence == 2
    host.done(Heartbeat())
    assert host.status().last_command_sequence == 2
    host.done(Disarm(3))
    assert host.status().armed_channels == 0


def test_other_versions_get_their_identity_and_stop_only(talk) -> None:
    host = talk("unknown-firmware", opened=False)
    assert host.done(Identify()).version_min == 9
    assert host.refused(OpenLink(1, 1004)).code == 11
    assert host.refused(ReadStatus()).code == 11
    assert host.stop().output_state == OutputState.OFF


def test_arm_names_what_it_holds(talk) -> None:
    host = talk()
    reply = host.done(Arm(1, 0x20, 0x100, 300, 12_500, 500, 1_000))
    assert (reply.channel, reply.cathodes, reply.anodes, reply.rate_mhz, reply.lease_ms) == (1, 0x20, 0x100, 12_500, 800)
