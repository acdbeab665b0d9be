"""The fault layer: specs, and each fault as a host sees it."""

from __future__ import annotations

import pytest

from device_emulator.device import EmulatedDevice
from device_emulator.faults import FAULTS, parse_faults
from rnprog.protocol.connection import ForeignDevice, Stray
from rnprog.protocol.messages import Burst, Heartbeat, Identify, MeasureImpedance, Pair, ReadBattery, ReadStatus, SetAmplitude
from rnprog.protocol.opcodes import Opcode
from rnprog.protocol.reader import Noise


def test_a_spec() -> None:
    faults = parse_faults("drop-reply=SET_AMPLITUDE@2, delay=0.05,unplug@40,nak-stop,late-reply=STATUS~0.6")
    assert [fault.kind.name for fault in faults] == ["drop-reply", "delay", "unplug", "nak-stop", "late-reply"]
    assert (faults[0].opcode, faults[0].count) == (Opcode.SET_AMPLITUDE, 2)
    assert faults[1].seconds == 0.05 and faults[2].count == 40 and faults[4].seconds == 0.6 and faults[4].count == 1
    assert parse_faults("") == parse_faults(" , ") == ()


def test_every_example_parses() -> None:
    for kind in FAULTS.values():
        assert parse_faults(kind.example)[0].kind is kind


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("drop-replies", "Known are drop-byte, double-byte"),
        ("drop-reply=NOTHING@1", "Known are ANY, IDENTIFY"),
        ("drop-reply", "names no opcode"),
        ("unplug=4", "names no opcode"),
        ("delay@3", "not written"),
        ("nak-stop@1", "not written"),
        ("unplug@0", "not written"),
        ("unplug@1~2", "not written"),
        (
            "delay=abc",
            "There is a fault delay, but it is not written 'delay=abc'. Its form is delay=SECONDS (SECONDS is a number from 0 to 86,400)",
        ),
        ("drop-byte~2", "p is a chance above 0, at most 1"),
        ("battery=99999", "NUMBER is a number from 0 to 5,000); for example battery=3350. NUMBER: the cell has that many millivolts."),
        ("drop-reply=STATUS@x", "n is a whole number from 1"),
        ("late-reply=STATUS~99999", "s are seconds from 0 to 86,400"),
        ("noise@99999999", "n is a whole number from 1 to 65,536"),
        ("lead-short=1", "at least two"),
        ("full-log=FOO", "LOG is THERAPY or EVENTS"),
        ("nak-stop=3", "Its form is nak-stop, and nothing behind it."),
        ("\x1b[31m", "There is no fault"),
    ],
)
def test_a_bad_spec_says_what_is_known(spec, says) -> None:
    with pytest.raises(ValueError) as caught:
        parse_faults(spec)
    assert says in str(caught.value) and "\x1b" not in str(caught.value)


def _lost(host, request) -> None:
    assert host.send(request) == [] and not host.sort(host.device.advance(0.25))


def test_a_lost_answer_the_command_was_done(talk) -> None:
    host = talk(faults="drop-reply=SET_AMPLITUDE@2")
    host.done(host.arm())
    host.done(SetAmplitude(0, 300))
    sequence = host.host._sequence + 1
    _lost(host, SetAmplitude(0, 500))
    status = host.status()
    assert (status.last_command_sequence, status.left_setpoint_ua) == (sequence, 500)


def test_a_lost_request_the_command_was_not_done(talk) -> None:
    host = talk(faults="drop-request=BURST@1")
    host.done(host.arm())
    _lost(host, Burst(1, 1_000))
    assert host.status().last_command_opcode == Opcode.ARM and not host.device.truth.changes


def test_a_corrupted_answer_is_noise(talk) -> None:
    host = talk(faults="corrupt-reply=BATTERY@1")
    assert host.send(ReadBattery()) == []
    assert all(isinstance(item, Noise) for item in host.other) and host.other
    host.done(ReadBattery())


def test_a_late_answer_is_stray(talk) -> None:
    host = talk(faults="late-reply=BATTERY@1~0.6")
    _lost(host, ReadBattery())
    host.host.give_up()
    host.wait(0.4)
    assert [type(item) for item in host.other] == [Stray]


def test_a_doubled_answer(talk) -> None:
    host = talk(faults="duplicate-reply=BATTERY@1")
    assert len(host.send(ReadBattery())) == 1 and [type(item) for item in host.other] == [Stray]


def test_every_answer_later(talk) -> None:
    host = talk(faults="delay=0.05")
    before_s = host.device.now_s
    assert host.send(ReadBattery()) == []
    host.wait(0.049)
    assert len(host.sort(host.device.advance(0.001))) == 1 and host.device.now_s == pytest.approx(before_s + 0.05)


def test_noise_before_answers(talk) -> None:
    host = talk(faults="noise@30")
    host.done(ReadBattery())
    assert host.other and not any(isinstance(item, ForeignDevice) for item in host.other)


def test_unplugged_after_n_requests(talk) -> None:
    host = talk(faults="unplug@5")
    host.done(host.arm())
    host.done(Heartbeat())
    assert not host.device.unplugged
    assert host.send(Burst(1, 5_000)) == [] and host.device.unplugged
    assert len(host.device.truth.changes) == 1, "the fifth request was still executed"
    assert host.send(ReadStatus()) == []
    host.device.advance(1.0)
    assert host.device.truth.changes[-1].cause == "lease-expired"
    host.device.bench({"cmd": "fault", "spec": ""})
    host.device.bench({"cmd": "flags", "set": {"unplugged": False}})
    assert host.status().armed_channels == 0


def test_stop_refused(talk) -> None:
    host = talk(faults="nak-stop")
    host.done(host.arm())
    (reply,) = host.sort(host.device.receive(host.host.stop()))
    assert reply.code and host.device.bench({"cmd": "state"})["armed_channels"] == 1
    host.wait(0.8)
    assert host.device.bench({"cmd": "state"})["armed_channels"] == 0


def test_reset_in_the_middle(talk) -> None:
    host = talk(faults="reset@4")
    host.done(host.arm())
    _lost(host, Heartbeat())
    assert host.refused(ReadStatus()).code == 8
    host.host.link_session = 0
    assert host.ask(Identify()).boot_count == 2


def test_half_open(talk) -> None:
    host = talk(faults="half-open@4")
    host.done(host.arm())
    _lost(host, Heartbeat())
    host.wait(2.0)
    assert host.events == [] and host.device.truth.changes == []
    assert host.device.bench({"cmd": "state"})["armed_channels"] == 0


def test_the_same_seed_repeats_bit_for_bit(talk) -> None:
    def run(seed: int) -> list[bytes]:
        host = talk(seed=seed, opened=False, faults="noise@9,corrupt-reply=STATUS@2")
        seen = []
        for request in (Identify(), ReadStatus(), ReadStatus(), ReadStatus()):
            seen.append(host.device.receive(host.host.send(request).data))
        return seen

    assert run(3) == run(3) != run(4)


def test_unknown_at_the_device_too() -> None:
    with pytest.raises(ValueError, match="Known are"):
        EmulatedDevice(faults="nonsense")


def test_half_a_frame_expires_behind_faults_too(talk) -> None:
    host = talk(faults="delay=0.01")
    frame = host.host.send(ReadBattery()).data
    host.device.receive(frame[:9])
    host.wait(0.2)
    assert host.device.rn1.endpoint.counters.noise_bytes == 9
    assert host.device.receive(frame[9:]) == b"" and not host.sort(host.device.advance(0.1)), "its second half is noise as well"


def test_power_fails_while_the_lease_ends(talk) -> None:
    host = talk()
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 60_000))
    host.device.bench({"cmd": "fault", "spec": "power-cut@1"})
    host.wait(1.0)
    state = host.device.bench({"cmd": "state"})
    assert (state["boot_count"], state["output_state"], state["output_ua"]) == (2, "OFF", [0, 0])


def test_power_fails_while_the_bench_heats_the_device(talk) -> None:
    host = talk()
    host.done(host.arm())
    host.device.bench({"cmd": "fault", "spec": "power-cut@1"})
    assert host.device.bench({"cmd": "flags", "set": {"over_temperature": True}})["ok"]
    assert host.device.bench({"cmd": "state"})["boot_count"] == 2


def test_a_measurement_cut_short_never_answers(talk) -> None:
    host = talk()
    assert host.send(MeasureImpedance((Pair(0, 8),) * 16)) == []
    host.device.bench({"cmd": "flags", "set": {"over_temperature": True}})
    assert host.sort(host.device.advance(1.0)) == [] and host.other == []
