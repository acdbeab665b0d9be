"""Both ends against each other over a line that loses, doubles, delays and damages. What must hold whatever the line does:

a command is executed at most once; what STATUS settles is true and stays true; after STOP nothing old is executed; and an answer is only
taken for the request it belongs to.
"""

from collections import Counter
from collections.abc import Callable
from enum import Enum

from hypothesis import given
from hypothesis import strategies as st

from rnprog.protocol.connection import Answer, HostConnection
from rnprog.protocol.endpoint import DeviceEndpoint, Outcome
from rnprog.protocol.frames import DELIMITER
from rnprog.protocol.messages import (
    Identify,
    IdentifyReply,
    OpenLink,
    OpenLinkReply,
    Ping,
    PingReply,
    ReadStatus,
    Refused,
    Request,
    SetAmplitude,
    SetAmplitudeReply,
    StatusReply,
    Stop,
    StopReply,
)
from rnprog.protocol.opcodes import FieldId, RefusalCode

DEVICE_ID = 0xA04F3DDE


class Fate(Enum):
    """What the line does to one piece of writing."""

    PASS = "pass"
    LOSE = "lose"
    DOUBLE = "double"
    DELAY = "delay"
    DAMAGE = "damage"
    DRIP = "drip"
    """Byte by byte."""


class Line:
    """One direction. What is delayed comes after something later, or at the end."""

    def __init__(self, arrive: Callable[[bytes], None]) -> None:
        self._arrive = arrive
        self._delayed: list[bytes] = []

    def carry(self, data: bytes, fate: Fate) -> None:
        if not data:
            return
        match fate:
            case Fate.PASS:
                self._arrive(data)
            case Fate.LOSE:
                return
            case Fate.DOUBLE:
                self._arrive(DELIMITER + data + data)
            case Fate.DELAY:
                self._delayed.append(data)
                return
            case Fate.DAMAGE:
                middle = len(data) // 2
                self._arrive(data[:middle] + bytes([data[middle] ^ 0x10]) + data[middle + 1 :])
            case Fate.DRIP:
                for at in range(len(data)):
                    self._arrive(data[at : at + 1])
        self.late()

    def late(self) -> None:
        delayed, self._delayed = self._delayed, []
        for data in delayed:
            self._arrive(DELIMITER + data)


class Pair:
    """A host, a device that obeys, and the line between them."""

    def __init__(self) -> None:
        self.host = HostConnection()
        self.device = DeviceEndpoint(DEVICE_ID)
        self.executed: list[int] = []
        """Amplitudes set, each of which is sent once only."""
        self.answers: list[Answer] = []
        self.sessions = 0
        self.back = Fate.PASS
        self.to_device = Line(self._at_device)
        self.to_host = Line(self._at_host)

    def send(self, data: bytes, there: Fate = Fate.PASS, back: Fate = Fate.PASS) -> None:
        self.back = back
        self.to_device.carry(DELIMITER + data, there)

    def ask(self, request: Request, there: Fate = Fate.PASS, back: Fate = Fate.PASS) -> object:
        """The reply; None: none came."""
        sent = self.host.send(request)
        self.send(sent.data, there, back)
        replies = [answer.reply for answer in self.answers if answer.to is sent]
        assert len(replies) <= 1
        return replies[0] if replies else None

    def _at_device(self, data: bytes) -> None:
        self.to_host.carry(self.device.receive(data, self._execute), self.back)

    def _at_host(self, data: bytes) -> None:
        for item in self.host.receive(data):
            if isinstance(item, Answer):
                request, reply = item.to.request, item.reply
                if isinstance(request, SetAmplitude) and isinstance(reply, SetAmplitudeReply):
                    assert reply.amplitude_ua == request.amplitude_ua
                if isinstance(request, Ping) and isinstance(reply, PingReply):
                    assert reply.data == request.data
                self.answers.append(item)

    def _execute(self, request: Request) -> Outcome:
        match request:
            case Identify():
                return IdentifyReply("RN-1", "RN1-EMU-0001", 1, 0, 0, 1, 1, 1, 1, 7)
            case OpenLink(nonce, _):
                return OpenLinkReply(nonce, self._number(), 7, 1004)
            case Stop():
                return StopReply(0, 0, self._number(), 7)
            case ReadStatus():
                line = self.device
                told = (line.link_session, 7, line.last_sequence, line.last_command_sequence)
                return StatusReply(0, line.last_command_opcode, line.last_command_result, 255, *told, *[0] * 12)
            case Ping(data):
                return PingReply(data)
            case SetAmplitude(_, amplitude_ua) if amplitude_ua % 3 == 0:
                return Refused(RefusalCode.OFF_GRID, FieldId.AMPLITUDE_UA, 1, amplitude_ua)
            case SetAmplitude(channel, amplitude_ua):
                self.executed.append(amplitude_ua)
                return SetAmplitudeReply(channel, amplitude_ua)
        raise AssertionError(request)

    def _number(self) -> int:
        self.sessions += 1
        return 7 * 65_536 + self.sessions

    def connect(self) -> None:
        assert isinstance(self.ask(Identify()), IdentifyReply)
        self.open()

    def open(self) -> None:
        assert isinstance(self.ask(OpenLink(self.sessions, 1004)), OpenLinkReply)


FATES = st.sampled_from(Fate)


@given(st.lists(st.tuples(FATES, FATES), max_size=30))
def test_what_status_settles_is_true_and_stays_true(fates: list[tuple[Fate, Fate]]) -> None:
    pair = Pair()
    pair.connect()
    settled: dict[int, bool] = {}
    for amplitude_ua, (there, back) in enumerate(fates, 1):
        sent_before = pair.host.last_sequence
        reply = pair.ask(SetAmplitude(0, amplitude_ua), there, back)
        if reply is not None:
            settled[amplitude_ua] = isinstance(reply, SetAmplitudeReply)
            continue
        status = pair.ask(ReadStatus())
        assert isinstance(status, StatusReply)
        arrived = status.last_command_sequence == sent_before + 1
        assert arrived or status.last_command_sequence <= sent_before
        settled[amplitude_ua] = arrived and status.last_command_result == 0
    pair.to_device.late()
    pair.to_host.late()
    assert max(Counter(pair.executed).values(), default=0) <= 1
    assert {amplitude_ua for amplitude_ua, done in settled.items() if done} == set(pair.executed)


@given(st.lists(st.tuples(FATES, FATES), max_size=20), st.integers(0, 20))
def test_nothing_old_is_executed_after_stop(fates: list[tuple[Fate, Fate]], stop_at: int) -> None:
    pair = Pair()
    pair.connect()
    for amplitude_ua, (there, back) in enumerate(fates[:stop_at], 1):
        pair.ask(SetAmplitude(0, amplitude_ua), there, back)
    pair.send(pair.host.stop(), Fate.PASS if stop_at % 2 else Fate.DOUBLE)
    before = list(pair.executed)
    assert pair.answers[-1].reply == StopReply(0, 0, 7 * 65_536 + pair.sessions - (stop_at % 2 == 0), 7)
    pair.to_device.late()
    status = pair.ask(ReadStatus())
    assert isinstance(status, StatusReply) and status.link_session == 0
    pair.open()
    pair.to_device.late()
    assert pair.executed == before
    assert isinstance(pair.ask(SetAmplitude(0, 1000)), SetAmplitudeReply)


@given(st.lists(st.tuples(FATES, FATES), min_size=1, max_size=20))
def test_repeated_reads_bring_the_right_answer_or_none(fates: list[tuple[Fate, Fate]]) -> None:
    pair = Pair()
    pair.connect()
    for number, (there, back) in enumerate(fates):
        data = number.to_bytes(2, "little")
        reply = pair.ask(Ping(data), there, back)
        for _ in range(3):
            if reply is None and pair.host.outstanding:
                sent = pair.host.again()
                pair.send(sent.data)
                reply = next((answer.reply for answer in pair.answers if answer.to is sent), None)
        assert reply == PingReply(data)


@given(st.lists(st.tuples(FATES, st.binary(max_size=50)), max_size=20))
def test_all_bytes_of_the_line_are_counted(pieces: list[tuple[Fate, bytes]]) -> None:
    """Whatever is mixed in, each chunk is one good frame or one noise of its bytes."""
    device = DeviceEndpoint(DEVICE_ID)
    arrived = bytearray()

    def arrive(data: bytes) -> None:
        arrived.extend(data)
        device.receive(data, lambda request: PingReply(b""))

    line = Line(arrive)
    host = HostConnection()
    for fate, noise in pieces:
        line.carry(noise + DELIMITER + host.send(Ping(noise)).data, fate)
    line.late()
    device.abandon_partial()
    chunks = [chunk for chunk in bytes(arrived).split(DELIMITER) if chunk]
    counters = device.counters
    assert counters.good_frames + counters.noise_frames == len(chunks)
    assert counters.noise_bytes <= sum(map(len, chunks))
    if not counters.good_frames:
        assert counters.noise_bytes == sum(map(len, chunks))


def test_two_hosts_the_later_one_has_the_device() -> None:
    pair = Pair()
    pair.connect()
    other = HostConnection()
    for request in (Identify(), OpenLink(99, 1004)):
        other.receive(pair.device.receive(other.send(request).data, pair._execute))
    reply = pair.ask(SetAmplitude(0, 100))
    assert isinstance(reply, Refused) and reply.code == RefusalCode.STALE_LINK
    assert reply.limit == other.link_session
    assert pair.executed == []
