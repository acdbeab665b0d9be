"""Faults of the line (catalogue L1 to L18), each as a host sees it."""

from __future__ import annotations

import pytest

from device_emulator.catalogue import CATALOGUE, rows
from device_emulator.device import EmulatedDevice
from device_emulator.faults import FAULTS, kinds_of, parse_faults
from device_emulator.uart import misread
from rnprog.protocol.connection import ForeignDevice, HostConnection, Stray
from rnprog.protocol.messages import (
    Arm,
    Burst,
    Heartbeat,
    Identify,
    MeasureImpedance,
    OpenLink,
    Pair,
    Ping,
    ReadBattery,
    ReadLinkStats,
    ReadStatus,
    SetAmplitude,
)
from rnprog.protocol.reader import Noise


def test_every_entry_of_the_catalogue_has_a_switch_that_parses() -> None:
    assert list(CATALOGUE) == [f"L{n}" for n in range(1, 19)] + [f"D{n}" for n in range(1, 19)]
    for identifier in CATALOGUE:
        kinds = kinds_of(identifier)
        assert kinds, identifier
        assert parse_faults(identifier) == parse_faults(kinds[0].example)
    for row in rows():
        assert row["switches"] and row["summary"]
    assert {word for kind in FAULTS.values() for word in kind.ids.split()} == set(CATALOGUE)


def _silent(host, request) -> None:
    assert host.send(request) == [] and not host.sort(host.device.advance(0.3))


def _again(host) -> None:
    """The host gives up and asks anew."""
    host.host.give_up()
    host.done(ReadBattery())


def test_l1_a_lost_byte_loses_its_frame_and_no_more(talk) -> None:
    host = talk()
    host.device.set_faults("drop-byte=REQUEST@5")
    _silent(host, ReadBattery())
    assert host.device.rn1.endpoint.counters.noise_frames == 1
    _again(host)
    host.device.set_faults("drop-byte=REPLY@5")
    _silent(host, ReadBattery())
    assert [type(item) for item in host.other] == [Noise]
    _again(host)


def test_l1_bytes_lost_by_chance(talk) -> None:
    host = talk()
    host.device.set_faults("drop-byte~0.02")
    answers = 0
    for _ in range(100):
        answers += len(host.send(ReadBattery()))
        host.host.give_up()
    assert 15 < answers < 85


def test_l2_doubles(talk) -> None:
    host = talk(faults="duplicate-request=BURST@1,double-byte=REPLY@200")
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    assert len(host.send(Burst(1, 5_000))) == 1
    assert [change.cause for change in host.device.truth.changes] == ["burst"], "executed once"
    assert [type(item) for item in host.other] in ([Stray], [Noise]), "answered twice"


def test_l2_a_doubled_measurement_answers_when_it_is_over(talk) -> None:
    host = talk(faults="duplicate-request=IMPEDANCE@1")
    assert host.send(MeasureImpedance((Pair(0, 8),))) == []
    assert host.sort(host.device.advance(0.019)) == []
    assert len(host.sort(host.device.advance(0.002))) == 1 and [type(item) for item in host.other] == [Stray]


def test_l3_an_overtaken_request_is_stale(talk) -> None:
    host = talk(faults="reorder-request=SET_AMPLITUDE@1")
    host.done(host.arm())
    _silent(host, SetAmplitude(0, 500))
    host.host.give_up()
    assert host.status().left_setpoint_ua == 0
    assert host.device.rn1.endpoint.counters.stale_frames == 1 and host.status().left_setpoint_ua == 0


def test_l3_an_overtaken_answer_is_stray(talk) -> None:
    host = talk(faults="reorder-reply=BATTERY@1")
    _silent(host, ReadBattery())
    _again(host)
    assert [type(item) for item in host.other] == [Stray]


@pytest.mark.parametrize("spec", ["flip-bit=REQUEST@7", "burst-error=REQUEST@7", "corrupt-request=SET_AMPLITUDE@1"])
def test_l4_a_corrupt_request_changes_nothing(talk, spec) -> None:
    host = talk()
    host.done(host.arm())
    host.device.set_faults(spec)
    _silent(host, SetAmplitude(0, 500))
    host.host.give_up()
    assert host.status().left_setpoint_ua == 0


def test_l5_half_a_request_times_out(talk) -> None:
    host = talk(faults="partial-request=BATTERY@1")
    _silent(host, ReadBattery())
    assert host.device.rn1.endpoint.counters.noise_frames == 1 and not host.device.rn1.endpoint.partial
    _again(host)


def test_l5_half_an_answer_and_a_trickle(talk) -> None:
    host = talk(faults="partial-reply=BATTERY@1")
    _silent(host, ReadBattery())
    host.device.set_faults("trickle=0.001")
    host.host.give_up()
    before_s = host.device.now_s
    host.host.receive(b"\x00")
    assert host.send(ReadBattery()) == []
    assert len(host.sort(host.device.advance(0.05))) == 1 and host.device.now_s > before_s + 0.02


def test_l6_answers_come_late_and_to_the_wrong_request(talk) -> None:
    host = talk(faults="jitter=0.2,wrong-reply=STATUS@1")
    host.send(ReadBattery())
    assert len(host.sort(host.device.advance(0.2))) == 1
    _silent(host, ReadStatus())
    assert [type(item) for item in host.other] == [Stray]


def test_l7_any_opcode_and_chance(talk) -> None:
    host = talk()
    host.device.set_faults("drop-reply=ANY@2")
    host.done(Ping(b"a"))
    _silent(host, Ping(b"b"))
    host.host.give_up()
    host.done(Ping(b"c"))
    with pytest.raises(ValueError, match="names no opcode"):
        parse_faults("drop-reply")
    assert parse_faults("drop-reply~0.5")[0].chance == 0.5
    for bad in ("drop-reply~0", "drop-reply~1.5", "drop-reply=STATUS@2~0.5", "delay~0.5"):
        with pytest.raises(ValueError, match="not written"):
            parse_faults(bad)


def test_l8_a_stuck_device_reads_nothing(talk) -> None:
    host = talk()
    host.device.set_faults("stuck@2")
    host.done(host.arm())
    host.send(Burst(1, 10_000))
    assert host.device.stuck and host.send(Heartbeat()) == []
    host.device.advance(1.0)
    host.device.set_faults("")
    assert not host.device.stuck and host.device.truth.changes[-1].cause == "lease-expired"


def test_l9_to_l11_unplugged(talk) -> None:
    host = talk(faults="unplug=COMMIT@1")
    host.done(host.arm())
    assert not host.device.unplugged
    host.device.set_faults("unplug-after=0.5")
    host.wait(0.499)
    assert not host.device.unplugged and host.device.rn1.core.output.armed
    host.wait(0.002)
    assert host.device.unplugged
    host.device.advance(0.5)
    assert not host.device.rn1.core.output.armed


@pytest.mark.parametrize("baud", [9_600, 19_200, 38_400, 57_600, 230_400, 460_800])
def test_l12_no_frame_is_accepted_at_another_speed(talk, baud) -> None:
    host = talk()
    good = host.device.rn1.endpoint.counters.good_frames
    host.device.set_faults(f"wrong-baud={baud}")
    for _ in range(5):
        assert host.send(ReadBattery()) == []
        host.host.give_up()
        host.device.advance(0.3)
    assert host.device.rn1.endpoint.counters.good_frames == good


def test_l12_the_right_speed_reads_every_byte() -> None:
    data = bytes(range(256))
    assert misread(data, 115_200, 115_200) == data
    assert misread(data, 115_200, 116_000) == data, "UARTs bear 3 percent"
    assert misread(b"\x00\xff", 115_200, 57_600) != b"\x00\xff"
    assert misread(b"", 1, 2) == b""


def test_l13_another_programmer_makes_this_one_stale(talk) -> None:
    host = talk()
    host.device.set_faults("other-host@2")
    host.done(host.arm())
    assert host.refused(Heartbeat()).code == 8
    assert not host.device.rn1.core.output.armed


def test_l14_stolen_bytes_are_no_shorter_answer(talk) -> None:
    for seed in range(20):
        host = talk(seed=seed, faults="steal=BATTERY@1")
        assert host.send(ReadBattery()) == []


def test_l15_another_device_when_it_is_plugged_in_again(talk) -> None:
    host = talk()
    host.device.set_faults("swap-device@1")
    serial = host.device.rn1.identity.serial
    host.send(ReadBattery())
    assert host.device.unplugged
    host.device.bench({"cmd": "flags", "set": {"unplugged": False}})
    host.host.give_up()
    assert host.send(ReadBattery()) == []
    assert [type(item) for item in host.other] == [ForeignDevice], "its answer is not taken for ours"
    assert host.device.bench({"cmd": "hello"})["serial"] != serial
    host.device.set_faults("")
    assert host.device.rn1.identity.serial == serial


def test_l16_ten_megabytes_of_junk(talk) -> None:
    host = talk(opened=False, faults="babble=2000000")
    data = host.device.advance(5.0)
    assert len(data) == 10_000_000
    assert not [item for item in host.host.receive(data[:1_000_000]) if not isinstance(item, Noise)]


def test_l17_half_open_for_one_opcode(talk) -> None:
    host = talk(faults="half-open=HEARTBEAT@2")
    host.done(host.arm())
    host.done(Heartbeat())
    _silent(host, Heartbeat())
    host.host.give_up()
    _silent(host, ReadStatus())
    assert host.device.rn1.core.output.armed, "the device heard the second beat"


def test_l18_a_device_that_resets_when_the_port_is_opened(talk) -> None:
    host = talk(faults="reset-on-open")
    host.done(host.arm())
    host.device.opened()
    assert host.device.rn1.core.boot_count == 2 and not host.device.rn1.core.output.armed
    sound = EmulatedDevice()
    sound.opened()
    assert sound.rn1.core.boot_count == 1


_EVERYTHING = (
    "drop-byte~0.003,double-byte~0.002,flip-bit~0.002,burst-error~0.001,duplicate-request~0.05,duplicate-reply~0.05,reorder-request~0.03,"
    "reorder-reply~0.03,corrupt-request~0.02,corrupt-reply~0.02,partial-request~0.02,partial-reply~0.02,jitter=0.05,wrong-reply~0.03,"
    "drop-request~0.05,drop-reply~0.05,noise@7,steal~0.02,wild-telemetry~0.02,no-effect~0.02,lose-event~0.3,babble=5000"
)


def _recorded(seed: int) -> list[tuple[bytes, float]]:
    device, host = EmulatedDevice("healthy", seed), HostConnection()
    host.receive(device.receive(host.send(OpenLink(1, 1004)).data))
    device.set_faults(_EVERYTHING)
    seen = []
    requests = [OpenLink(1, 1004), Identify(), Arm(0, 2, 4, 214, 20_000, 0, 0), SetAmplitude(0, 500), Burst(1, 500)]
    requests += [Heartbeat(), ReadStatus(), MeasureImpedance((Pair(1, 2),)), ReadLinkStats()]
    for turn in range(300):
        data = device.receive(host.send(requests[turn % len(requests)]).data) + device.advance(0.03)
        seen.append((data, device.now_s))
        host.receive(data)
        host.give_up()
    return [*seen, (repr(device.truth.changes).encode(), device.rn1.core.boot_count)]


def test_a_recorded_seed_replays_bit_for_bit() -> None:
    first = _recorded(5)
    assert first == _recorded(5) and first != _recorded(6)
    assert len(b"".join(data for data, _ in first)) > 10_000


def test_one_more_fault_does_not_move_the_others(talk) -> None:
    def lost(spec: str) -> list[int]:
        host = talk()
        host.device.set_faults(spec)
        found = []
        for _ in range(60):
            found.append(len(host.send(Ping(b"x"))))
            host.host.give_up()
        return found

    assert lost("drop-reply~0.3") == lost("drop-reply~0.3,lose-event~0.5") != lost("drop-reply~0.4")
