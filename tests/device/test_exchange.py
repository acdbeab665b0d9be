"""One request, one answer, in time; reads are repeated, commands never are, and STOP comes before everything."""

import threading
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from device_emulator.host import Host
from rnprog.device import exchange as ex
from rnprog.device.clock import WallClock
from rnprog.device.errors import DeviceError, DeviceRefused, LinkLost, NoAnswer, Superseded, WrongDevice
from rnprog.device.exchange import GLANCE_S, Exchange
from rnprog.protocol import messages as m
from rnprog.protocol.connection import STOP_FRAME
from rnprog.protocol.frames import Frame, encode_frame
from rnprog.protocol.opcodes import Flag, Opcode, RequestClass
from tests.device.rig import Rig, emulator, rigged, until

ARM_LEFT = m.Arm(0, 2, 4, 214, 20_000, 0, 0)
READS: dict[Opcode, m.Request] = {
    Opcode.IDENTIFY: m.Identify(),
    Opcode.CAPABILITIES: m.ReadCapabilities(),
    Opcode.BATTERY: m.ReadBattery(),
    Opcode.CLOCK_READ: m.ReadClock(),
    Opcode.PATIENT_KEY_READ: m.ReadPatientKey(),
    Opcode.STATUS: m.ReadStatus(),
    Opcode.SLOT_INFO: m.ReadSlotInfo(0),
    Opcode.SLOT_READ: m.ReadSlot(0, 0, 0),
    Opcode.LOG_READ: m.ReadLog(2, 1, 1),
    Opcode.LINK_OPEN: m.OpenLink(5, 1004),
    Opcode.PING: m.Ping(b"x"),
    Opcode.LINK_STATS: m.ReadLinkStats(),
}
COMMANDS: dict[Opcode, m.Request] = {
    Opcode.CLOCK_SET: m.SetClock(1_767_603_600_000),
    Opcode.PATIENT_KEY_WRITE: m.WritePatientKey(bytes(16)),
    Opcode.IMPEDANCE: m.MeasureImpedance((m.Pair(0, 1),)),
    Opcode.ARM: ARM_LEFT,
    Opcode.SET_AMPLITUDE: m.SetAmplitude(0, 500),
    Opcode.BURST: m.Burst(1, 500),
    Opcode.DISARM: m.Disarm(1),
    Opcode.STAGE: m.Stage(0, 0, 48, b"x"),
    Opcode.VALIDATE: m.Validate(0, 0),
    Opcode.COMMIT: m.Commit(0, 0, 0),
    Opcode.REVERT: m.Revert(0),
    Opcode.ACTIVATE: m.Activate(0, 0),
    Opcode.SCHEDULE_SET: m.SetSchedule(1),
    Opcode.THERAPY_START: m.StartTherapy(),
    Opcode.THERAPY_STOP: m.StopTherapy(),
}
SLOW = {Opcode.IMPEDANCE, Opcode.COMMIT}


def test_every_request_of_the_dictionary_is_tried_here() -> None:
    special = {Opcode.STOP, Opcode.HEARTBEAT}
    assert set(READS) | set(COMMANDS) | special == set(m.REQUESTS)
    assert {opcode for opcode, kind in m.REQUESTS.items() if kind.CLASS is RequestClass.COMMAND} == set(COMMANDS)


def ask(rig: Rig, request: m.Request) -> Any:
    assert rig.exchange is not None
    return rig.exchange.ask(request)


# silence


@pytest.mark.parametrize("opcode", READS, ids=lambda o: o.name)
def test_an_unanswered_read_is_repeated_three_times_with_the_same_frame(rig: Rig, opcode: Opcode) -> None:
    rig.fault("half-open@1")
    rig.tape.clear()
    start_s = rig.link.clock.now_s()
    with pytest.raises(NoAnswer) as silence:
        ask(rig, READS[opcode])
    frames = [frame for _, frame in rig.tape.frames()]
    assert len(frames) == 4 and len(set(frames)) == 1
    assert silence.value.pending is None
    assert rig.device.line_health().repeated_reads == 3
    assert rig.link.clock.now_s() - start_s == pytest.approx(4 * ex.ANSWER_S, abs=0.05)


@pytest.mark.parametrize("opcode", COMMANDS, ids=lambda o: o.name)
def test_an_unanswered_command_is_never_repeated(rig: Rig, opcode: Opcode) -> None:
    rig.fault("half-open@1")
    rig.tape.clear()
    start_s = rig.link.clock.now_s()
    with pytest.raises(NoAnswer) as silence:
        ask(rig, COMMANDS[opcode])
    ((_, frame),) = rig.tape.frames()
    pending = silence.value.pending
    assert pending is not None and rig.exchange is not None
    assert (pending.command, pending.sequence, pending.link_session) == (opcode.name, frame.sequence, frame.link_session)
    assert pending.boot_count == rig.device.identity.boot_count
    waited_s = ex.SLOW_ANSWER_S if opcode in SLOW else ex.ANSWER_S
    assert rig.link.clock.now_s() - start_s == pytest.approx(waited_s, abs=0.05)


def test_an_unanswered_heartbeat_is_not_repeated_and_leaves_nothing_pending(rig: Rig) -> None:
    rig.fault("half-open@1")
    rig.tape.clear()
    with pytest.raises(NoAnswer) as silence:
        ask(rig, m.Heartbeat())
    assert len(rig.tape.frames()) == 1 and silence.value.pending is None


def test_a_glance_is_given_up_before_a_beat_would_be_late_and_spoils_nothing_that_follows(rig: Rig) -> None:
    rig.fault("drop-reply=STATUS@1")
    rig.tape.clear()
    start_s = rig.link.clock.now_s()
    with pytest.raises(NoAnswer):
        rig.device.status(glance=True)
    assert GLANCE_S <= rig.link.clock.now_s() - start_s < GLANCE_S + 0.05 and len(rig.tape.frames()) == 1
    assert rig.device.line_health().repeated_reads == 0
    ask(rig, m.Heartbeat())
    assert rig.device.status(glance=True).output == rig.device.status().output


@pytest.mark.parametrize("what", ["drop-request=BATTERY@1", "drop-reply=BATTERY@1", "corrupt-reply=BATTERY@1"])
def test_one_lost_frame_costs_a_read_one_repetition(rig: Rig, what: str) -> None:
    rig.fault(what)
    assert ask(rig, m.ReadBattery()).percent == 80
    assert rig.device.line_health().repeated_reads == 1


def test_a_read_that_is_answered_the_fourth_time_is_answered(rig: Rig) -> None:
    rig.fault("drop-reply=BATTERY@1,drop-reply=BATTERY@2,drop-reply=BATTERY@3")
    assert ask(rig, m.ReadBattery()).percent == 80


def test_a_refusal_names_command_reason_field_and_limit(rig: Rig) -> None:
    with pytest.raises(DeviceRefused) as refused:
        ask(rig, m.SetAmplitude(0, 500))
    assert (refused.value.command, refused.value.reason, refused.value.field) == ("SET_AMPLITUDE", "NOT_ARMED", "CHANNEL")
    assert "not armed" in str(refused.value)


def test_a_lost_link_says_which_command_is_open(rig: Rig) -> None:
    rig.fault("unplug@1")
    with pytest.raises(LinkLost) as lost:
        ask(rig, ARM_LEFT)
    assert lost.value.pending is not None and lost.value.pending.command == "ARM"


# late and strange answers


def test_a_late_answer_to_a_read_is_a_stray_and_never_the_next_answer(rig: Rig) -> None:
    rig.fault("late-reply=BATTERY@1~0.6")
    assert ask(rig, m.ReadBattery()).percent == 80
    rig.bench.ask({"cmd": "battery", "set": {"percent": 60}})
    rig.link.clock.sleep(0.5)
    assert ask(rig, m.ReadBattery()).percent == 60
    assert rig.device.line_health().stray_frames >= 1


def test_a_late_answer_to_a_command_is_a_stray(rig: Rig) -> None:
    rig.fault("late-reply=SCHEDULE_SET@1~0.4")
    with pytest.raises(NoAnswer):
        ask(rig, m.SetSchedule(1))
    rig.link.clock.sleep(0.3)
    assert ask(rig, m.SetSchedule(0)).enabled == 0
    assert rig.device.line_health().stray_frames == 1


def test_a_doubled_answer_is_used_once(rig: Rig) -> None:
    rig.fault("duplicate-reply=BATTERY@1")
    ask(rig, m.ReadBattery())
    assert ask(rig, m.ReadClock()).unix_ms > 0
    assert rig.device.line_health().stray_frames == 1


def test_noise_around_every_answer_is_counted_and_harmless(rig: Rig) -> None:
    rig.fault("noise@20")
    for request in (m.ReadBattery(), m.ReadStatus(), m.ReadClock()):
        ask(rig, request)
    health = rig.device.line_health()
    assert health.noise_frames >= 3 and health.noise_bytes >= 40


def test_events_are_kept_and_a_missing_one_is_counted(rig: Rig) -> None:
    ask(rig, ARM_LEFT)
    ask(rig, m.Disarm(1))
    assert rig.exchange is not None
    ask(rig, m.ReadStatus())
    assert len(rig.exchange.events) >= 1


def test_a_log_that_never_ends_is_given_up(rig: Rig) -> None:
    """A broken device sets MORE on every answer and never stops."""
    answers = ex.MOST_ANSWERS * 4

    class Endless:
        def __init__(self, port: Any) -> None:
            self.port = port

        def __getattr__(self, name: str) -> Any:
            return getattr(self.port, name)

        @property
        def in_waiting(self) -> int:
            return 4096

        def read(self, size: int = 1, /) -> bytes:
            nonlocal answers
            self.port.read(1)
            answers -= 1
            assert answers > 0, "it is still being read"
            sent = rig.exchange.connection.outstanding if rig.exchange else None
            assert sent is not None
            body = bytes(16)
            reply = Frame(
                Opcode.LOG_READ, body, Flag.REPLY | Flag.MORE, rig.exchange.connection.device_id, sent.link_session, sent.sequence
            )  # type: ignore[union-attr]
            return encode_frame(reply)

    rig.link.port = Endless(rig.link.port)
    assert rig.exchange is not None
    with pytest.raises(DeviceError):
        rig.exchange.ask_many(m.ReadLog(2, 16, 1))


# another device


def other_device_behind(rig: Rig, seed: int = 5) -> None:
    """Somebody exchanges the device behind the open port."""
    line = rig.link.port._line
    line._host = Host("healthy", seed, virtual=True)


def test_another_device_on_the_line_locks_the_conversation(rig: Rig) -> None:
    other_device_behind(rig)
    with pytest.raises(WrongDevice):
        ask(rig, m.ReadBattery())
    rig.tape.clear()
    for request in (m.ReadBattery(), ARM_LEFT, m.Heartbeat()):
        with pytest.raises(WrongDevice):
            ask(rig, request)
    assert not rig.tape.entries, "nothing is sent to a stranger"


def test_stop_still_leaves_when_another_device_answers_and_is_not_confirmed_by_it(rig: Rig) -> None:
    other_device_behind(rig)
    with pytest.raises(WrongDevice):
        ask(rig, m.ReadBattery())
    rig.tape.clear()
    assert rig.exchange is not None
    with pytest.raises(WrongDevice):
        rig.exchange.stop()
    assert rig.tape.opcodes()[0] is Opcode.STOP


# STOP


def test_stop_is_the_constant_frame(rig: Rig) -> None:
    rig.tape.clear()
    assert rig.exchange is not None
    reply = rig.exchange.stop()
    assert reply is not None and reply.output_state == 0
    assert rig.tape.entries[0][2] == STOP_FRAME


def test_a_refused_stop_is_repeated_every_100_ms_for_one_lease(rig: Rig) -> None:
    rig.fault("nak-stop")
    rig.tape.clear()
    start_s = rig.link.clock.now_s()
    assert rig.exchange is not None
    with pytest.raises(DeviceRefused) as refused:
        rig.exchange.stop()
    assert refused.value.command == "STOP"
    times = [at_s - start_s for at_s, frame in rig.tape.frames() if frame.opcode == Opcode.STOP]
    assert len(times) in (8, 9)
    assert all(later - earlier == pytest.approx(0.1, abs=0.02) for earlier, later in pairwise(times))
    assert rig.link.clock.now_s() - start_s == pytest.approx(0.8, abs=0.05)


def test_a_lost_answer_to_stop_is_asked_for_again(rig: Rig) -> None:
    rig.fault("drop-reply=STOP@1")
    assert rig.exchange is not None
    reply = rig.exchange.stop()
    assert reply is not None and reply.output_state == 0


def test_after_stop_a_request_of_the_ended_session_is_dropped_in_words(rig: Rig) -> None:
    """Between STOP and a new link session, whatever is still asked for gets a typed error, not a fault of the protocol floor."""
    assert rig.exchange is not None
    rig.exchange.stop()
    rig.tape.clear()
    for request in (m.Heartbeat(), ARM_LEFT, m.ReadBattery()):
        with pytest.raises(Superseded) as dropped:
            ask(rig, request)
        assert dropped.value.pending is None
    assert not rig.tape.entries
    assert ask(rig, m.ReadStatus()).output_state == 0


@pytest.fixture
def wall(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A device in real time, on the port that the test names."""
    if request.param == "emu":
        with rigged("emu://?clock=wall") as rig:
            yield rig
    else:
        with emulator("--pty", "--bench", "127.0.0.1:0") as running, rigged(running.url) as rig:
            yield rig


@pytest.mark.parametrize("wall", ["emu", "pty"], indirect=True)
def test_stop_overtakes_an_exchange_in_progress_and_keeps_its_own_answer(wall: Rig) -> None:
    """From another thread, while the first waits for an answer that does not come: the bytes leave within 20 ms, and what the device says
    of the STOP reaches who asked for it, not the thread that happened to read it."""
    rig = wall
    assert rig.exchange is not None
    ask(rig, ARM_LEFT)
    rig.fault("drop-reply=BATTERY@1,drop-reply=BATTERY@2,drop-reply=BATTERY@3,drop-reply=BATTERY@4")
    ended: list[Exception] = []

    def wait() -> None:
        try:
            ask(rig, m.ReadBattery())
        except DeviceError as error:
            ended.append(error)

    waiting = threading.Thread(target=wait)
    rig.tape.clear()
    waiting.start()
    until(lambda: bool(rig.tape.entries), 5)
    asked_s = rig.link.clock.now_s()
    reply = rig.exchange.stop()
    waiting.join()
    stops = [at_s for at_s, frame in rig.tape.frames() if frame.opcode == Opcode.STOP]
    assert stops[0] - asked_s <= 0.02
    assert len(stops) == 1, "the first STOP was answered"
    assert reply is not None and reply.ended_channels == 1, "its answer says what it ended"
    assert isinstance(ended[0], Superseded)


def test_what_waits_for_its_turn_when_stop_comes_is_never_sent() -> None:
    with rigged("emu://?clock=wall") as rig:
        assert rig.exchange is not None
        rig.fault("half-open@1")
        ended: list[Exception] = []

        def run(request: m.Request) -> Callable[[], None]:
            def body() -> None:
                try:
                    ask(rig, request)
                except DeviceError as error:
                    ended.append(error)

            return body

        first = threading.Thread(target=run(m.ReadBattery()))
        rig.tape.clear()
        first.start()
        until(lambda: bool(rig.tape.entries), 5)
        second = threading.Thread(target=run(ARM_LEFT))
        second.start()
        until(lambda: second.is_alive(), 5)
        rig.fault("")
        rig.exchange.stop()
        first.join()
        second.join()
        assert Opcode.ARM not in rig.tape.opcodes() or rig.tape.opcodes().index(Opcode.ARM) < rig.tape.opcodes().index(Opcode.STOP)
        assert all(isinstance(error, Superseded) for error in ended)


def test_stop_in_the_middle_of_a_half_sent_frame_is_heard() -> None:
    with emulator("--pty") as running, rigged(running.url) as rig:
        assert rig.exchange is not None
        ask(rig, ARM_LEFT)
        rig.link.write(b"\x05\x11\x22")
        reply = rig.exchange.stop()
        assert reply is not None and reply.ended_channels == 1


# babble


class Babble:
    """A line on which bytes come faster than they can be read."""

    def __init__(self, make: Callable[[int], bytes]) -> None:
        self.make = make
        self.given = 0
        self.in_waiting = 4096
        """As much as an operating system holds."""

    def read(self, size: int = 1, /) -> bytes:
        data = self.make(size)
        self.given += len(data)
        return data

    def write(self, data: bytes, /) -> int:
        return len(data)

    def close(self) -> None: ...


BABBLES: dict[str, Callable[[int], bytes]] = {
    "random": Random(1).randbytes,
    "zeros": bytes,
    "never a zero": lambda size: b"U" * size,
    "tiny frames": lambda size: b"\x02\x01\x00" * (size // 3),
}


@pytest.mark.parametrize("kind", BABBLES)
def test_a_babbling_line_ends_in_bounded_time_with_flat_memory(kind: str) -> None:
    with rigged(driver=False) as rig:
        babble = Babble(BABBLES[kind])
        real, rig.link.port = rig.link.port, babble
        rig.link._trace = None
        rig.link.clock = WallClock()
        rig.exchange = Exchange(rig.link)
        rig.exchange.connection.link_session = 7
        tracemalloc.start()
        try:
            start_s = rig.link.clock.now_s()
            with pytest.raises(NoAnswer):
                rig.exchange.ask(m.Heartbeat())
            took_s = rig.link.clock.now_s() - start_s
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            rig.link.port = real
        assert took_s <= 0.5
        assert peak < 4 << 20, f"{peak} bytes held"


def test_text_without_a_zero_byte_is_noise_and_is_counted(rig: Rig) -> None:
    """A console or a positioning receiver prints lines every 100 ms; none of it is ever a frame, and all of it is noise."""

    class Console:
        def __init__(self, port: Any) -> None:
            self.port, self.said_s = port, 0.0

        def __getattr__(self, name: str) -> Any:
            return getattr(self.port, name)

        @property
        def in_waiting(self) -> int:
            return 0

        def read(self, size: int = 1, /) -> bytes:
            self.port.read(1)
            if self.port.clock.now_s() - self.said_s < 0.1:
                return b""
            self.said_s = self.port.clock.now_s()
            return b"U-Boot 2026.01 console ready\r\n"

        def write(self, data: bytes, /) -> int:
            return len(data)

    rig.link.port = Console(rig.link.port)
    with pytest.raises(NoAnswer):
        ask(rig, m.ReadBattery())
    assert rig.device.line_health().noise_bytes > 0


def test_a_frame_that_never_ends_is_dropped_after_200_ms_and_counted(rig: Rig) -> None:
    assert rig.exchange is not None
    rig.link.port._line._buffer += b"\x09half a frame"
    ask_s = rig.link.clock.now_s()
    rig.fault("drop-reply=BATTERY@1")
    assert ask(rig, m.ReadBattery()).percent == 80
    assert rig.link.clock.now_s() - ask_s < 1.0
    assert rig.device.line_health().noise_bytes >= 13
