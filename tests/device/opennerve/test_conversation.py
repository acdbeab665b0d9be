"""Sessions, silence, damaged frames and STOP, against the emulated firmware in its own timing."""

import threading

import pytest

from device_emulator.opennerve.firmware import Timing
from rnprog.device.errors import DeviceRefused, LinkLost, NoAnswer, Superseded
from rnprog.device.opennerve.conversation import Conversation
from rnprog.device.opennerve.key import Key
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import Op, Role, State
from rnprog.protocol.opennerve.frames import Request
from tests.device.opennerve.table import BLE, FAST, TIMINGS, WIRED, device, link_to, sent, talking

READ = payloads.read("SP02")
each_timing = pytest.mark.parametrize("timing", TIMINGS.values(), ids=TIMINGS)


@each_timing
def test_many_reads_come_through(timing: Timing) -> None:
    with talking(device(timing)) as talk:
        assert talk.authenticate() is Role.ADMIN
        assert {talk.read(READ) for _ in range(12)} == {b"SP02\x02\x00"}
        assert talk.short_sessions is (timing is WIRED)


def test_once_it_is_known_that_sessions_are_short_no_frame_is_lost() -> None:
    with talking(device(WIRED)) as talk:
        for _ in range(4):
            talk.read(READ)
        repeated, begun_s = talk.counters.repeated_reads, talk.link.clock.now_s()
        for _ in range(10):
            talk.read(READ)
        assert talk.counters.repeated_reads == repeated
        assert talk.link.clock.now_s() - begun_s < 20


@pytest.mark.parametrize("fault", ["drop-reply=ANY@1", "drop-request=ANY@1", "corrupt-reply=ANY@1", "partial-reply=ANY@1"])
@each_timing
def test_a_read_is_repeated_when_nothing_came(timing: Timing, fault: str) -> None:
    made = device(timing)
    with talking(made) as talk:
        talk.authenticate()
        made.set_faults(fault)
        assert talk.read(READ) == b"SP02\x02\x00"
        assert talk.counters.repeated_reads >= 1


def test_a_frame_split_by_a_gap_is_a_crc_error_and_read_again() -> None:
    made = device(BLE)
    with talking(made) as talk:
        talk.authenticate()
        made.set_faults("partial-request=ANY@1")
        assert talk.read(READ) == b"SP02\x02\x00"


def test_what_changes_something_is_sent_once() -> None:
    made = device(BLE)
    with talking(made) as talk:
        talk.authenticate()
        made.set_faults("drop-reply=ANY@1")
        assert talk.change(payloads.write("SP02", 3)) is None
        assert [request.op for request in sent(talk.link._trace)].count(Op.WRITE_STIM) == 1  # type: ignore[arg-type]
        assert talk.read(READ) == b"SP02\x03\x00", "it was carried out; only a read can tell"


def test_a_late_answer_is_not_taken_for_the_next_ones() -> None:
    made = device(BLE)
    with talking(made) as talk:
        talk.authenticate()
        made.set_faults("late-reply=ANY@1~4")
        assert talk.read(READ) == b"SP02\x02\x00"
        assert talk.read(payloads.read("SP03")) == b"SP03\x0a\x00"
        assert talk.counters.repeated_reads == 1


def test_a_lost_bluetooth_link_is_opened_anew() -> None:
    made = device(BLE)
    with talking(made) as talk:
        talk.read(READ)
        made.bench({"cmd": "disconnect"})
        assert talk.read(READ) == b"SP02\x02\x00"


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.PATIENT])
def test_a_role_that_is_too_low_is_told_before_anything_is_sent(role: Role) -> None:
    with talking(device(), role) as talk:
        assert talk.authenticate() is role
        before = talk.sent
        with pytest.raises(DeviceRefused, match=f"This key is the {role.name.lower()}'s: it may .* needs the admin's"):
            talk.change(Request(Op.MEASURE_IMPEDANCE))
        assert talk.sent == before


def test_a_wrong_key_and_no_key_are_told() -> None:
    made = device()
    link = link_to(made)
    with pytest.raises(DeviceRefused, match="does not know this key"):
        Conversation(link, Key(4_711)).authenticate()
    with pytest.raises(DeviceRefused, match="key=FILE"):
        Conversation(link, None).authenticate()


def test_a_device_that_sleeps_is_told_with_the_way_to_wake_it() -> None:
    made = device(WIRED)
    made.bench({"cmd": "magnet"})
    assert made.firmware.state is State.SLEEP
    with talking(made) as talk, pytest.raises(NoAnswer, match="hold the magnet over it for 3 s"):
        talk.authenticate()


def test_a_pulled_cable_is_told() -> None:
    made = device()
    with talking(made) as talk:
        talk.authenticate()
        made.unplugged = True
        with pytest.raises(LinkLost):
            talk.read(READ)


def test_a_line_that_loses_bytes_does_not_hang() -> None:
    made = device(FAST)
    with talking(made) as talk:
        talk.authenticate()
        made.set_faults("drop-byte~0.2")
        for _ in range(5):
            try:
                talk.read(READ)
            except NoAnswer:
                continue
        assert talk.counters.noise_bytes + talk.counters.repeated_reads > 0


@each_timing
def test_stop_is_acknowledged_from_each_state(timing: Timing) -> None:
    made = device(timing)
    with talking(made) as talk:
        assert talk.stop() is True, "nothing is open yet"
        talk.read(READ)
        assert talk.stop() is True
        talk.change(Request(Op.START_MANUAL))
        assert made.bench({"cmd": "state"})["stimulating"] is True
        begun_s = talk.link.clock.now_s()
        assert talk.stop() is True
        assert made.bench({"cmd": "state"})["stimulating"] is False
        assert talk.link.clock.now_s() - begun_s < 6


def test_stop_gives_up_in_time_when_nobody_answers() -> None:
    made = device(WIRED)
    with talking(made) as talk:
        talk.authenticate()
        made.bench({"cmd": "magnet"})
        begun_s = talk.link.clock.now_s()
        assert talk.stop() is False
        assert talk.link.clock.now_s() - begun_s < 25


def test_what_waits_when_stop_comes_is_dropped() -> None:
    made = device(BLE)
    with talking(made) as talk:
        talk.authenticate()
        link = talk.link
        real, told = link.read, []

        def read() -> bytes:
            if not told and any(data[0] == Op.START_MANUAL for _, way, data in link._trace.entries if way == ">"):  # type: ignore[union-attr]
                told.append(True)
                stopper = threading.Thread(target=lambda: told.append(talk.stop()))
                stopper.start()
                while link.queue_epoch == 0:
                    pass
                threads.append(stopper)
            return real()

        threads: list[threading.Thread] = []
        link.read = read  # type: ignore[method-assign]
        with pytest.raises(Superseded) as dropped:
            talk.change(Request(Op.START_MANUAL))
        link.read = real  # type: ignore[method-assign]
        threads[0].join(20)
        assert told == [True, True]
        assert dropped.value.pending is not None and dropped.value.pending.command == "START_MANUAL"
        assert made.bench({"cmd": "state"})["stimulating"] is False


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CLINICIAN, Role.PATIENT])
def test_a_session_that_is_open_already_is_not_taken_for_the_keys_own(role: Role) -> None:
    made = device(BLE)
    with talking(made, role) as first:
        first.authenticate()
        stranger = Conversation(link_to(made), Key(4_711))
        assert stranger.authenticate() is role
        assert not stranger.key_checked and first.key_checked
