"""The firmware's modes and timing, in device time: sessions that end after two commands, sleep, run-on, bursts on the line."""

import pytest

from device_emulator.opennerve.firmware import Timing
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import Op, Role, State, Status
from rnprog.protocol.opennerve.frames import Request, encode_request
from tests.device_emulator.opennerve.bed import BLE, KEYS, Bed, keyed

WIRED = Timing()
READ = payloads.read("SP02")


def test_before_auth_everything_else_is_refused() -> None:
    bed = Bed(timing=WIRED)
    answer = bed.ask(READ)
    assert answer is not None and answer.status == Status.USER_CLASS


@pytest.mark.parametrize("role", KEYS)
def test_a_key_gives_its_role(role: Role) -> None:
    bed = Bed(timing=WIRED)
    answer = bed.auth(role)
    assert answer is not None and (answer.status, answer.payload) == (Status.OK, bytes((role,)))


def test_a_strange_key_is_refused() -> None:
    bed = Bed(keyed(), timing=WIRED)
    bed.device.store.admin_key = bytes(64)
    answer = bed.auth(Role.ADMIN)
    assert answer is not None and (answer.status, answer.payload) == (Status.INVALID, b"\x00")


def test_right_after_auth_commands_are_still_refused() -> None:
    bed = Bed(timing=WIRED)
    bed.auth()
    answer = bed.ask(READ)
    assert answer is not None and answer.status == Status.USER_CLASS
    assert bed.opened is not None and bed.device.firmware.state is State.CONNECTED


def test_on_the_wire_alone_two_commands_are_served_and_the_third_is_dropped() -> None:
    bed = Bed(timing=WIRED).opened()
    times = []
    for _ in range(2):
        assert bed.ask(READ) is not None
        times.append(bed.device.now_s)
    assert times[1] - times[0] == pytest.approx(1.0, abs=0.05)
    assert bed.ask(READ) is None
    assert bed.device.firmware.state is State.BLE_ACTIVE
    bed.opened()
    assert bed.ask(READ) is not None


def test_over_bluetooth_a_session_lasts_at_one_command_a_second() -> None:
    bed = Bed(timing=BLE).opened()
    begun_s = bed.device.now_s
    for _ in range(10):
        assert bed.ask(READ) is not None
    assert 9.5 < bed.device.now_s - begun_s < 10.5
    bed.device.bench({"cmd": "disconnect"})
    answer = bed.ask(READ)
    assert answer is not None and answer.status == Status.USER_CLASS


@pytest.mark.parametrize(("op", "seconds"), [(Op.START_MANUAL, 2.0), (Op.MEASURE_IMPEDANCE, 1.6)])
def test_slow_commands_take_their_time(op: Op, seconds: float) -> None:
    bed = Bed(timing=BLE).opened()
    bed.ask(READ)
    begun_s = bed.device.now_s
    bed.sure(Request(op))
    assert bed.device.now_s - begun_s == pytest.approx(seconds, abs=0.1)


@pytest.mark.parametrize(("hp14_s", "steps"), [(119, None), (10, 1)])
def test_a_lost_link_leaves_therapy_on_until_the_window_ends(hp14_s: int, steps: int | None) -> None:
    bed = Bed(timing=WIRED).opened()
    if steps is not None:
        assert bed.write("HP14", steps) == 0
    bed.start()
    begun_s = bed.device.now_s
    bed.device.advance(hp14_s)
    assert bed.state["stimulating"] and bed.device.firmware.state is State.BLE_ACTIVE
    bed.device.advance(11)
    assert not bed.state["stimulating"] and bed.device.firmware.state is State.SLEEP
    last_on_s = max(change.t_s for change in bed.device.truth.changes)
    assert last_on_s - begun_s <= hp14_s + 11
    assert bed.auth() is None, "asleep: the UART is off"
    bed.device.bench({"cmd": "magnet"})
    assert bed.auth() is not None


def test_a_magnet_stops_everything_at_once() -> None:
    bed = Bed(timing=BLE).opened()
    bed.start()
    assert bed.device.bench({"cmd": "magnet", "seconds": 8})["done"] is False
    assert bed.device.bench({"cmd": "magnet", "seconds": 3})["done"] is True
    assert not bed.state["stimulating"]


def test_a_frame_split_by_a_gap_is_two_errors() -> None:
    bed = Bed(timing=BLE).opened()
    data = encode_request(READ)
    bed.device.firmware.timing = Timing(production=False)
    first = bed.send(data[:3], 0.1)
    second = bed.send(data[3:], 0.1)
    assert [answer.status for answer in first + second] == [Status.CRC, Status.CRC]
    assert first[0].op == Op.READ_STIM
    assert [answer.status for answer in bed.send(data, 0.1)] == [Status.OK]


def test_a_stray_byte_before_a_frame_kills_it() -> None:
    bed = Bed().opened()
    assert [answer.status for answer in bed.send(b"\x00" + encode_request(READ), 0.1)] == [Status.CRC]


def test_two_frames_in_one_burst_are_answered_in_order() -> None:
    bed = Bed().opened()
    answers = bed.send(encode_request(READ) + encode_request(payloads.read("SP03")), 0.2)
    assert [answer.payload[:4] for answer in answers] == [b"SP02", b"SP03"]


def test_a_burst_that_waits_is_overwritten_by_the_next() -> None:
    bed = Bed(timing=BLE).opened()
    bed.device.receive(encode_request(READ))
    bed.device.advance(0.1)
    answers = bed.send(encode_request(payloads.read("SP03")), 3)
    assert [answer.payload[:4] for answer in answers] == [b"SP03"]


def test_the_bench_mode_needs_no_key_and_is_quick() -> None:
    bed = Bed(dvt=True)
    begun_s = bed.device.now_s
    assert bed.ask(Request(0x00)) is not None
    assert bed.device.now_s - begun_s < 0.04
    answer = bed.ask(READ)
    assert answer is not None and answer.status == Status.OPCODE
    bed.device.advance(10_000)
    assert bed.ask(Request(0x00)) is not None, "it does not fall asleep"


def test_the_bench_mode_measures_only_while_it_generates() -> None:
    bed = Bed(dvt=True)
    assert payloads.one_word(bed.sure(Request(0x42))) == 0
    for op, size in ((0x05, 0), (0x06, 2), (0x07, 0), (0x09, 0), (0x0D, 13), (0x0F, 4), (0x13, 7), (0x17, 7), (0x12, 0), (0x3E, 0)):
        bed.sure(Request(op, bytes(size)))
    for op, size in ((0x40, 4), (0x16, 0), (0x15, 0)):
        bed.sure(Request(op, bytes(size)))
    assert 300 < payloads.one_word(bed.sure(Request(0x42))) < 3_000
    bed.sure(Request(0x46))
    assert payloads.one_word(bed.sure(Request(0x42))) == 0
    assert bed.sure(Request(0x0E)) == bytes(13)
    wrong = bed.ask(Request(0x0D, b"\x00"))
    assert wrong is not None and wrong.status == Status.LENGTH


def test_an_admin_can_send_it_to_bench_mode() -> None:
    bed = Bed().opened()
    bed.sure(payloads.start_state(State.BENCH))
    assert bed.device.firmware.state is State.BENCH
