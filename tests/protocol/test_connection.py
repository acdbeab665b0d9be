"""The host's end: what is sent, and what of all that may come back counts as the answer."""

import pytest

from rnprog.protocol.connection import (
    STOP_FRAME,
    STOP_SEQUENCE,
    Answer,
    DeviceEvent,
    ForeignDevice,
    HostConnection,
    Incoming,
    Stray,
)
from rnprog.protocol.errors import LocalProtocolError
from rnprog.protocol.fields import pack
from rnprog.protocol.frames import DELIMITER, Frame, decode_frame, encode_frame
from rnprog.protocol.messages import (
    REPLIES,
    Disarm,
    Heartbeat,
    Identify,
    OpenLink,
    Ping,
    ReadBattery,
    ReadLog,
    ReadStatus,
    Refused,
    SetAmplitude,
    SetAmplitudeReply,
    Stop,
    StopReply,
)
from rnprog.protocol.opcodes import Opcode, RefusalCode
from rnprog.protocol.reader import Noise
from tests.protocol.vectors import BY_NAME, DEVICE_ID, FRAMES, LINK, Vector

REPLY_VECTORS = [vector for vector in FRAMES if vector.direction == "reply"]
NONCE = 0x11C0FFEE
HELD = SetAmplitudeReply(0, 2500)


@pytest.fixture
def host() -> HostConnection:
    """In the session of the vectors."""
    connection = HostConnection()
    connection.send(Identify())
    assert receive(connection, BY_NAME["identify_reply"].frame, sequence=1)
    connection.send(OpenLink(NONCE, 1004))
    assert isinstance(receive(connection, BY_NAME["link_open_reply"].frame, sequence=2), Answer)
    return connection


def receive(host: HostConnection, frame: Frame, **changes: int | bytes) -> Incoming:
    (item,) = host.receive(encode_frame(frame._replace(**changes)))  # type: ignore[arg-type]
    return item


def held(sequence: int) -> Frame:
    return Frame(Opcode.SET_AMPLITUDE, pack(HELD), 1, DEVICE_ID, LINK, sequence)


def test_the_stop_frame_is_the_constant_of_the_document(host: HostConnection) -> None:
    assert BY_NAME["stop_constant"].wire == STOP_FRAME[1:]
    assert STOP_FRAME[:1] == DELIMITER
    assert HostConnection().stop() == host.stop() == STOP_FRAME
    assert STOP_SEQUENCE.to_bytes(4, "little") == b"STOP"


def test_a_conversation_begins_without_anything(host: HostConnection) -> None:
    fresh = HostConnection()
    frame = decode_frame(fresh.send(Identify()).data[:-1])
    assert frame == Frame(Opcode.IDENTIFY, sequence=1)
    assert (host.device_id, host.link_session, host.last_sequence) == (DEVICE_ID, LINK, 0)


@pytest.mark.parametrize("request_", [ReadBattery(), Heartbeat(), Disarm(3)], ids=repr)
def test_without_a_session_only_open_requests_are_sent(request_: Disarm) -> None:
    connection = HostConnection()
    with pytest.raises(LocalProtocolError, match="link session"):
        connection.send(request_)
    assert connection.outstanding is None
    for each in (ReadStatus(), Ping(b"x")):
        assert decode_frame(connection.send(each).data[:-1]).link_session == 0


def test_requests_carry_device_session_and_a_rising_sequence(host: HostConnection) -> None:
    for sequence in (1, 2, 3):
        sent = host.send(SetAmplitude(0, 100 * sequence))
        assert decode_frame(sent.data[:-1])[2:6] == (0, DEVICE_ID, LINK, sequence)
        assert (sent.sequence, host.last_sequence, sent.link_session) == (sequence, sequence, LINK)
    assert decode_frame(host.send(Identify()).data[:-1])[2:6] == (0, 0, 0, 3), "the third outside the session, after IDENTIFY and LINK_OPEN"
    assert host.send(SetAmplitude(0, 400)).sequence == 4


def test_stop_is_not_sent_like_others_and_nothing_wrong_is_sent(host: HostConnection) -> None:
    with pytest.raises(LocalProtocolError, match="stop"):
        host.send(Stop())
    with pytest.raises(LocalProtocolError):
        host.send(SetAmplitude(2, 0))
    assert (host.last_sequence, host.outstanding) == (0, None)


def test_the_sequence_does_not_wrap_within_a_session(host: HostConnection) -> None:
    host._sequence = 0xFFFF_FFFE
    assert host.send(Heartbeat()).sequence == 0xFFFF_FFFF
    with pytest.raises(LocalProtocolError, match="used up"):
        host.send(Heartbeat())
    sent = host.send(OpenLink(NONCE, 1004))
    assert sent.sequence == 3
    assert isinstance(receive(host, BY_NAME["link_open_reply"].frame, sequence=3, link_session=0), Answer)
    assert host.send(Heartbeat()).sequence == 1


def test_reads_may_be_repeated_and_nothing_else(host: HostConnection) -> None:
    for request in (ReadBattery(), ReadStatus(), Identify()):
        assert host.again() is host.outstanding if host.outstanding else True
        sent = host.send(request)
        assert host.again() is sent
    for request_ in (Disarm(3), Heartbeat()):
        host.send(request_)
        with pytest.raises(LocalProtocolError):
            host.again()
    host.give_up()
    with pytest.raises(LocalProtocolError):
        host.again()


@pytest.mark.parametrize("vector", REPLY_VECTORS, ids=lambda vector: vector.name)
def test_every_answer_is_understood(vector: Vector) -> None:
    connection = HostConnection()
    connection.device_id, connection.link_session = DEVICE_ID, LINK
    if vector.opcode == Opcode.STOP:
        connection.stop()
        item = receive(connection, vector.frame, sequence=STOP_SEQUENCE, link_session=0)
    else:
        request = next(each.message for each in FRAMES if each.direction == "request" and each.opcode == vector.opcode)
        if isinstance(request, OpenLink):
            request = OpenLink(vector.message.nonce, 1004)
        sent = connection.send(request)
        item = receive(connection, vector.frame, sequence=sent.sequence, link_session=sent.link_session)
        assert isinstance(item, Answer) and item.to is sent
    assert isinstance(item, Answer)
    assert (item.reply, item.device_id) == (vector.message, DEVICE_ID)
    assert isinstance(item.reply, REPLIES[item.to.opcode])
    assert item.more == bool(vector.frame.flags & 8)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sequence": 2}, "not waiting"),
        ({"sequence": 0}, "not waiting"),
        ({"opcode": 0x32}, "not waiting"),
        ({"link_session": LINK + 1}, "not waiting"),
        ({"version": 2}, "version 2"),
        ({"reserved": 1}, "reserved"),
        ({"flags": 0}, "flags 0x00"),
        ({"flags": 0x02}, "flags 0x02"),
        ({"flags": 0x05}, "flags 0x05"),
        ({"flags": 0x09}, "flags 0x09"),
        ({"flags": 0x0B}, "flags 0x0B"),
        ({"flags": 0x81}, "flags 0x81"),
        ({"flags": 0x03}, "6 bytes where 10"),
        ({"payload": pack(HELD) + b"\x00"}, "7 bytes where 6"),
        ({"payload": b"\x00\x01\x00\x00\x00\x00"}, "reserved"),
        ({"payload": b"\x02\x00\x00\x00\x00\x00"}, "channel = 2"),
        ({"flags": 0x04}, "unknown event"),
    ],
)
def test_what_is_not_the_answer_is_a_stray_and_the_request_goes_on_waiting(
    host: HostConnection, changes: dict[str, int | bytes], reason: str
) -> None:
    sent = host.send(SetAmplitude(0, 2500))
    item = receive(host, held(1), **changes)
    assert isinstance(item, Stray) and reason in item.reason
    assert (item.opcode, item.sequence) == (changes.get("opcode", Opcode.SET_AMPLITUDE), changes.get("sequence", 1))
    assert host.outstanding is sent
    assert isinstance(receive(host, held(1)), Answer)
    assert host.outstanding is None


def test_an_answer_counts_once(host: HostConnection) -> None:
    host.send(SetAmplitude(0, 2500))
    answers = host.receive(encode_frame(held(1)) * 2)
    assert [type(item) for item in answers] == [Answer, Stray]


@pytest.mark.parametrize("given_up", [True, False])
def test_a_late_answer_is_a_stray(host: HostConnection, given_up: bool) -> None:
    host.send(SetAmplitude(0, 2500))
    if given_up:
        host.give_up()
    else:
        host.send(ReadStatus())
    assert isinstance(receive(host, held(1)), Stray)


def test_a_refusal_is_an_answer(host: HostConnection) -> None:
    sent = host.send(SetAmplitude(0, 2500))
    item = receive(host, BY_NAME["refusal_05_step_too_large"].frame, sequence=1)
    assert item == Answer(sent, Refused(RefusalCode.STEP_TOO_LARGE, 1, 2000, 2500), False, DEVICE_ID)


def test_another_device_is_told_and_never_believed(host: HostConnection) -> None:
    sent = host.send(Identify())
    assert receive(host, BY_NAME["identify_reply"].frame, sequence=1, device_id=5) == ForeignDevice(DEVICE_ID, 5)
    assert host.outstanding is sent
    assert host.device_id == DEVICE_ID
    assert receive(host, BY_NAME["event_burst_done"].frame, device_id=5) == ForeignDevice(DEVICE_ID, 5)


def test_identify_is_understood_in_every_version() -> None:
    connection = HostConnection()
    connection.send(Identify())
    assert isinstance(receive(connection, BY_NAME["identify_reply"].frame, version=2), Answer)


def test_link_open_needs_its_own_nonce(host: HostConnection) -> None:
    host.send(OpenLink(NONCE + 1, 1004))
    item = receive(host, BY_NAME["link_open_reply"].frame, sequence=3)
    assert isinstance(item, Stray) and "another link" in item.reason
    assert (host.link_session, host.last_sequence) == (LINK, 0)
    assert host.outstanding is not None


def test_answers_of_several_frames(host: HostConnection) -> None:
    sent = host.send(ReadLog(1, 2, 1))
    first = receive(host, BY_NAME["log_read_reply_more"].frame, sequence=1)
    assert isinstance(first, Answer) and first.more and host.outstanding is sent
    last = receive(host, BY_NAME["log_read_reply_more_last"].frame, sequence=1)
    assert isinstance(last, Answer) and not last.more and host.outstanding is None


# STOP.


def test_stop_ends_the_session_and_goes_beside_everything(host: HostConnection) -> None:
    host.send(SetAmplitude(0, 2500))
    host.stop()
    assert (host.link_session, host.outstanding, host.stop_outstanding) == (0, None, True)
    assert isinstance(receive(host, held(1)), Stray)
    stopped = receive(host, BY_NAME["stop_constant_reply"].frame)
    assert isinstance(stopped, Answer) and isinstance(stopped.reply, StopReply)
    assert host.link_session == 0
    assert isinstance(receive(host, BY_NAME["stop_constant_reply"].frame), Stray)
    with pytest.raises(LocalProtocolError):
        host.send(SetAmplitude(0, 2500))


@pytest.mark.parametrize("changes", [{"sequence": 1}, {"link_session": LINK}, {"flags": 9}])
def test_another_answer_to_stop_is_none(host: HostConnection, changes: dict[str, int]) -> None:
    host.stop()
    assert isinstance(receive(host, BY_NAME["stop_constant_reply"].frame, **changes), Stray)
    assert host.stop_outstanding


def test_a_request_may_wait_beside_stop(host: HostConnection) -> None:
    host.stop()
    sent = host.send(ReadStatus())
    status = receive(host, BY_NAME["status_reply_nothing"].frame, sequence=sent.sequence, link_session=0)
    assert isinstance(status, Answer) and status.to is sent
    assert isinstance(receive(host, BY_NAME["stop_constant_reply"].frame), Answer)


# Events and noise.


def test_events_and_those_that_were_missed(host: HostConnection) -> None:
    event = BY_NAME["event_burst_done"].message
    frame = BY_NAME["event_burst_done"].frame
    assert receive(host, frame) == DeviceEvent(event)
    for counter, missed in ((7, 0), (9, 1), (1, 1), (2, 1), (5, 3)):
        payload = frame.payload[:4] + counter.to_bytes(4, "little")
        assert isinstance(receive(host, frame, payload=payload, sequence=counter), DeviceEvent)
        assert host.events_missed == missed
    assert isinstance(receive(host, frame, payload=b""), Stray)


def test_noise_is_a_value(host: HostConnection) -> None:
    sent = host.send(SetAmplitude(0, 2500))
    noise, answer = host.receive(b"\x55\xaa" + DELIMITER + encode_frame(held(1)))
    assert isinstance(noise, Noise) and noise.size == 2
    assert answer == Answer(sent, HELD, False, DEVICE_ID)


def test_a_frame_that_does_not_end_is_given_up(host: HostConnection) -> None:
    assert not host.partial
    assert host.receive(b"\x05\x01") == []
    assert host.partial
    (noise,) = host.abandon_partial()
    assert isinstance(noise, Noise) and noise.data == b"\x05\x01"
    assert not host.partial
    assert host.abandon_partial() == []


def test_nothing_waits_at_the_beginning_and_after_the_end(host: HostConnection) -> None:
    fresh = HostConnection()
    assert (fresh.stop_outstanding, fresh.outstanding, fresh.events_missed) == (False, None, 0)
    assert fresh.stop_outstanding is False
    stray = receive(fresh, BY_NAME["stop_constant_reply"].frame)
    assert isinstance(stray, Stray), "an answer to a STOP that was never sent"
    host.stop()
    receive(host, BY_NAME["stop_constant_reply"].frame)
    assert host.stop_outstanding is False


def test_what_this_end_did_wrong_is_said_in_words(host: HostConnection) -> None:
    for step, sentence in (
        (lambda: host.send(Stop()), "STOP is sent with stop(), beside any other request"),
        (lambda: HostConnection().send(Heartbeat()), "HEARTBEAT needs a link session; open one first"),
        (HostConnection().again, "only a read may be repeated"),
    ):
        with pytest.raises(LocalProtocolError) as wrong:
            step()
        assert str(wrong.value) == sentence
    host._sequence = 0xFFFF_FFFF
    with pytest.raises(LocalProtocolError) as wrong:
        host.send(Heartbeat())
    assert str(wrong.value) == "the sequence of this link session is used up; open a new one first"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reserved": 1}, "reserved byte of the header is not zero"),
        ({"version": 2}, "protocol version 2"),
        ({"flags": 4}, "unknown event"),
        ({"flags": 0x81}, "unexpected flags 0x81"),
        ({"sequence": 2}, "answer to a request that is not waiting"),
        ({"payload": b""}, "SetAmplitudeReply: 0 bytes where 6 were expected"),
    ],
)
def test_a_stray_says_why_and_nothing_else(host: HostConnection, changes: dict[str, int | bytes], reason: str) -> None:
    host.send(SetAmplitude(0, 2500))
    item = receive(host, held(1), **changes)
    assert isinstance(item, Stray) and item.reason == reason


def test_an_answer_to_the_opening_of_another_link_is_called_so(host: HostConnection) -> None:
    host.send(OpenLink(NONCE + 1, 1004))
    item = receive(host, BY_NAME["link_open_reply"].frame, sequence=3)
    assert isinstance(item, Stray) and item.reason == "answer to the opening of another link"


@pytest.mark.parametrize("request_", [Identify(), OpenLink(NONCE, 1004), ReadStatus(), Ping(b"x")], ids=repr)
def test_an_answer_to_an_earlier_conversation_is_a_stray(request_: Identify) -> None:
    """It may still lie in a buffer of the port when the next program opens it, and say that the output is off."""
    earlier, later = HostConnection(1000), HostConnection(77_000)
    asked = earlier.send(request_)
    left = next(vector.frame for vector in REPLY_VECTORS if vector.opcode == request_.OPCODE)._replace(
        sequence=asked.sequence, link_session=0
    )
    later.send(request_)
    assert isinstance(receive(later, left), Stray)
    assert later.outstanding is not None
    assert isinstance(receive(earlier, left), Answer)


def test_requests_outside_a_session_are_numbered_by_themselves(host: HostConnection) -> None:
    host = HostConnection(0xFFFF_FFFD)
    assert [host.send(Identify()).sequence for _ in range(3)] == [0xFFFF_FFFE, 0xFFFF_FFFF, 1]
    host.device_id, host.link_session = DEVICE_ID, LINK
    assert [host.send(each).sequence for each in (Heartbeat(), Identify(), ReadStatus())] == [1, 2, 2]
    host.stop()
    assert (host.send(ReadStatus()).sequence, host.last_sequence) == (3, 2)
