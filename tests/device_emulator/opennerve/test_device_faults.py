"""Faults of the line and the leads on an OpenNerve, and the bench channel's refusals."""

import pytest

from device_emulator.opennerve.device import OpenNerveDevice
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import Op, Status
from rnprog.protocol.opennerve.frames import Request, encode_request
from tests.device_emulator.opennerve.bed import Bed, keyed

READ = payloads.read("SP02")


@pytest.mark.parametrize(
    "fault", ["drop-reply=ANY@1", "drop-request=ANY@1", "partial-reply=ANY@1", "corrupt-reply=ANY@1", "half-open", "unplug@1", "stuck@1"]
)
def test_a_fault_that_leaves_no_answer(fault: str) -> None:
    bed = Bed().opened()
    bed.device.set_faults(fault)
    answers = bed.send(encode_request(READ), 1)
    if fault == "stuck@1":  # that one is still answered
        assert len(answers) == 1
        answers = bed.send(encode_request(READ), 1)
    assert answers == []


def test_once_is_once() -> None:
    bed = Bed().opened()
    bed.device.set_faults("drop-reply=ANY@2")
    assert [len(bed.send(encode_request(READ), 0.5)) for _ in range(3)] == [1, 0, 1]


@pytest.mark.parametrize("fault", ["corrupt-request=ANY@1", "partial-request=ANY@1", "drop-byte=REQUEST@3", "double-byte=REQUEST@3"])
def test_a_request_that_is_spoilt_is_a_crc_error(fault: str) -> None:
    bed = Bed().opened()
    bed.device.set_faults(fault)
    answers = bed.send(encode_request(READ), 0.5)
    assert [answer.status for answer in answers][:1] == [Status.CRC]


def test_an_answer_may_be_late() -> None:
    bed = Bed().opened()
    bed.device.set_faults("late-reply=ANY@1~0.6")
    begun_s = bed.device.now_s
    assert bed.ask(READ) is not None
    assert bed.device.now_s - begun_s > 0.59


def test_the_cable_may_be_pulled_at_a_time() -> None:
    bed = Bed(faults="unplug-after=2")
    bed.device.advance(1.9)
    assert not bed.device.unplugged
    bed.device.advance(0.2)
    assert bed.device.unplugged and bed.auth() is None
    assert bed.device.bench({"cmd": "flags", "set": {"unplugged": False}})["ok"] is True
    assert bed.auth() is not None


def test_a_cell_may_be_low() -> None:
    bed = Bed(faults="low-battery").opened()
    assert payloads.two_words(bed.sure(Request(Op.MEASURE_BATTERY))) == (3_250, 3_250)
    bed.device.set_faults("battery=3350")
    assert payloads.two_words(bed.sure(Request(Op.MEASURE_BATTERY))) == (3_350, 3_350)


def test_babble_comes_without_being_asked() -> None:
    bed = Bed(faults="babble=3200")
    assert len(bed.device.advance(1.0)) > 3_000


@pytest.mark.parametrize("fault", ["nak-stop", "drop-reply=STATUS@1", "swap-device@1"])
def test_a_fault_it_cannot_show_is_refused(fault: str) -> None:
    bed = Bed()
    with pytest.raises(ValueError, match="cannot show"):
        bed.device.set_faults(fault)
    assert bed.device.bench({"cmd": "fault", "spec": fault})["ok"] is False


@pytest.mark.parametrize(
    "command",
    [
        {},
        {"cmd": "remote"},
        {"cmd": "feel", "side": "up"},
        {"cmd": "truth", "since": -1},
        {"cmd": "fault", "spec": 3},
        {"cmd": "advance", "seconds": -1},
        {"cmd": "flags", "set": {"hot": True}},
        {"cmd": "event", "label": "1"},
    ],
)
def test_a_wrong_bench_command_is_refused_in_words(command: dict[str, object]) -> None:
    answer = Bed().device.bench(command)
    assert answer["ok"] is False and answer["error"]


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="go back"):
        Bed().device.advance(-1)


@pytest.mark.parametrize("spec", ["drop-reply=STOP_MANUAL@1", "drop-reply=STATUS@1", "coffee", "nak-stop", "full-log=THERAPY"])
def test_a_fault_it_cannot_show_is_refused_without_the_opcodes_of_another_device(spec: str) -> None:
    with pytest.raises(ValueError, match="OpenNerve") as told:
        OpenNerveDevice(keyed(), faults=spec)
    assert "HEARTBEAT" not in str(told.value) and "lose-event" not in str(told.value)
