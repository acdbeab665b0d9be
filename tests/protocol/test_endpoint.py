"""The device's end: the order of checks of section 3, one test a row, and what is kept for a repetition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.protocol.endpoint import DeviceEndpoint, Outcome
from rnprog.protocol.fields import pack, unpack
from rnprog.protocol.frames import DELIMITER, Frame, decode_frame, encode_frame
from rnprog.protocol.messages import (
    REPLIES,
    Disarm,
    DisarmReply,
    IdentifyReply,
    LinkStatsReply,
    LogEntry,
    OpenLink,
    OpenLinkReply,
    OutputEvent,
    PingReply,
    ReadLogReply,
    Refused,
    Request,
    StatusReply,
    Stop,
    StopReply,
)
from rnprog.protocol.opcodes import Cause, FieldId, Flag, Opcode, OutputState, RefusalCode, RequestClass
from tests.protocol.document import rows, section
from tests.protocol.vectors import BY_NAME, DEVICE_ID, FRAMES, LINK, NOISE, Vector

REQUEST_FRAMES = [vector for vector in FRAMES if vector.direction == "request"]
IN_SESSION = [vector for vector in REQUEST_FRAMES if vector.opcode not in (Opcode.STOP, Opcode.IDENTIFY, Opcode.LINK_OPEN)]


class Firmware:
    """Answers the vector's reply, and remembers what it was asked to do."""

    def __init__(self) -> None:
        self.executed: list[Request] = []
        self.endpoint = DeviceEndpoint(DEVICE_ID)
        self.endpoint.begin_session(LINK)
        self.outcome: Outcome | None = None

    def execute(self, request: Request) -> Outcome:
        self.executed.append(request)
        if self.outcome is not None:
            return self.outcome
        if request.OPCODE is Opcode.STATUS:
            line = self.endpoint
            numbers = [line.link_session, 7, line.last_sequence, line.last_command_sequence, *[0] * 12]
            return StatusReply(0, line.last_command_opcode, line.last_command_result, 255, *numbers)
        if request.OPCODE is Opcode.LINK_STATS:
            counters = self.endpoint.counters
            return LinkStatsReply(counters.good_frames, counters.noise_frames, counters.noise_bytes, counters.stale_frames)
        vector = next(each for each in FRAMES if each.direction == "reply" and each.opcode == request.OPCODE)
        reply = vector.message
        assert isinstance(reply, REPLIES[request.OPCODE])
        return reply

    def send(self, frame: Frame) -> list[Frame]:
        return self.raw(encode_frame(frame))

    def raw(self, data: bytes) -> list[Frame]:
        answers = self.endpoint.receive(data, self.execute)
        return [decode_frame(chunk) for chunk in answers.split(DELIMITER) if chunk]

    def status(self, sequence: int = 0) -> StatusReply:
        (answer,) = self.send(Frame(Opcode.STATUS, b"", 0, DEVICE_ID, LINK if sequence else 0, sequence))
        return unpack(StatusReply, answer.payload)


@pytest.fixture
def device() -> Firmware:
    return Firmware()


def command(sequence: int, **changes: int | bytes) -> Frame:
    return Frame(Opcode.DISARM, pack(Disarm(3)), 0, DEVICE_ID, LINK, sequence)._replace(**changes)  # type: ignore[arg-type]


def refusal(frames: list[Frame]) -> Refused:
    (answer,) = frames
    assert answer.flags == Flag.REPLY | Flag.REFUSED
    return unpack(Refused, answer.payload)


@pytest.mark.parametrize("vector", REQUEST_FRAMES, ids=lambda vector: vector.name)
def test_every_request_is_executed_and_answered(device: Firmware, vector: Vector) -> None:
    frame = vector.frame
    (answer,) = device.send(frame)
    assert device.executed == [vector.message]
    assert answer[2:6] == (Flag.REPLY, DEVICE_ID, frame.link_session, frame.sequence)
    assert (answer.opcode, answer.version, answer.reserved) == (frame.opcode, 1, 0)
    unpack(REPLIES[Opcode(frame.opcode)], answer.payload)


# The order of checks, step by step.


@pytest.mark.parametrize("flag", [Flag.REPLY, Flag.EVENT, Flag.REPLY | Flag.EVENT, Flag.REPLY | Flag.SEALED])
@pytest.mark.parametrize("opcode", [Opcode.STOP, Opcode.IDENTIFY, Opcode.DISARM, 0x7F])
def test_step_1_an_answer_or_event_is_dropped_and_counted_as_stale(device: Firmware, flag: int, opcode: int) -> None:
    assert device.send(command(1, opcode=opcode, flags=int(flag))) == []
    assert device.executed == []
    assert (device.endpoint.counters.good_frames, device.endpoint.counters.stale_frames) == (1, 1)


STOPS = st.builds(
    Frame,
    opcode=st.just(int(Opcode.STOP)),
    payload=st.binary(max_size=30),
    flags=st.sampled_from((0, 0x02, 0x08, 0x70, 0x80)),
    device_id=st.sampled_from((0, DEVICE_ID, 1)),
    link_session=st.sampled_from((0, LINK, LINK - 1)),
    sequence=st.integers(0, 0xFFFF_FFFF),
    version=st.integers(0, 255),
    reserved=st.integers(0, 255),
)


@given(STOPS)
def test_step_2_stop_is_executed_whatever_it_says(frame: Frame) -> None:
    device = Firmware()
    device.send(command(9))
    (answer,) = device.send(frame)
    assert device.executed[1:] == [Stop()]
    assert isinstance(unpack(StopReply, answer.payload), StopReply)
    assert (answer.link_session, answer.sequence) == (frame.link_session, frame.sequence)
    status = device.status()
    assert (status.link_session, status.last_sequence, status.last_command_sequence) == (0, 0, 0)
    assert refusal(device.send(command(10))) == Refused(RefusalCode.STALE_LINK, FieldId.LINK_SESSION, 0, LINK)


def test_step_2_a_stop_that_the_firmware_refuses_leaves_the_session(device: Firmware) -> None:
    """No healthy device does that; the emulator can, as a fault."""
    device.outcome = Refused(RefusalCode.BUSY, FieldId.NONE, 0, 0)
    assert refusal(device.send(Frame(Opcode.STOP))).code == RefusalCode.BUSY
    assert device.endpoint.link_session == LINK


def test_step_3_another_version_is_refused_but_identify(device: Firmware) -> None:
    for name in ("version_2_status", "version_2_identify", "version_2_stop"):
        assert device.raw(BY_NAME[name].wire)
    assert device.executed == [BY_NAME["identify"].message, Stop()]
    assert refusal(device.send(command(1, version=0, device_id=5, flags=2))) == Refused(RefusalCode.UNKNOWN_VERSION, 0, 1, 0)


def test_step_4_another_device_is_refused(device: Firmware) -> None:
    wrong = Refused(RefusalCode.WRONG_DEVICE, FieldId.DEVICE_ID, DEVICE_ID, 5)
    for opcode in (Opcode.IDENTIFY, Opcode.PING, Opcode.DISARM, 0x7F):
        assert refusal(device.send(command(1, opcode=opcode, device_id=5, link_session=9))) == wrong
    assert refusal(device.send(command(1, device_id=0))).code == RefusalCode.WRONG_DEVICE
    assert device.executed == []
    (answer,) = device.send(Frame(Opcode.STATUS))
    assert answer.device_id == DEVICE_ID


@pytest.mark.parametrize("opcode", [Opcode.HEARTBEAT, Opcode.DISARM, Opcode.CAPABILITIES, 0x7F])
@pytest.mark.parametrize("link_session", [0, LINK - 1, 0xFFFF_FFFF])
def test_step_5_another_session_is_refused(device: Firmware, opcode: int, link_session: int) -> None:
    refused = refusal(device.send(command(1, opcode=opcode, link_session=link_session, flags=2)))
    assert refused == Refused(RefusalCode.STALE_LINK, FieldId.LINK_SESSION, LINK, link_session)
    assert device.executed == []


@pytest.mark.parametrize("opcode", [Opcode.HEARTBEAT, Opcode.DISARM, Opcode.CAPABILITIES, 0x7F])
def test_step_5_without_a_session_not_even_0_is_the_right_one(device: Firmware, opcode: int) -> None:
    device.endpoint.end_session()
    for sequence in (0, 1, 2):
        refused = refusal(device.send(command(sequence, opcode=opcode, link_session=0)))
        assert refused == Refused(RefusalCode.STALE_LINK, FieldId.LINK_SESSION, 0, 0)
    assert device.executed == []


def test_step_5_open_requests_pass_with_0_and_not_with_an_old_session(device: Firmware) -> None:
    assert device.status().link_session == LINK
    assert refusal(device.send(Frame(Opcode.STATUS, b"", 0, 0, LINK - 1, 1))).code == RefusalCode.STALE_LINK
    assert device.send(Frame(Opcode.IDENTIFY, b"", 0, 0, LINK - 1, 1))[0].flags == Flag.REPLY


def test_step_6_a_lower_sequence_is_dropped(device: Firmware) -> None:
    assert device.send(command(0)) == []
    assert device.send(command(5))
    assert device.send(command(4)) == device.send(command(0)) == []
    assert len(device.executed) == 1
    assert device.endpoint.counters.stale_frames == 3


@pytest.mark.parametrize("vector", IN_SESSION, ids=lambda vector: vector.name)
def test_step_6_an_equal_sequence_is_answered_again_and_not_executed(device: Firmware, vector: Vector) -> None:
    frame = vector.frame._replace(link_session=LINK, device_id=DEVICE_ID, sequence=7)
    answers = device.send(frame)
    assert device.send(frame) == device.send(frame) == answers
    assert len(device.executed) == 1
    assert device.endpoint.counters.stale_frames == 0


@pytest.mark.parametrize("changes", [{"payload": b"\x01"}, {"opcode": Opcode.REVERT}, {"flags": 2}, {"reserved": 1}])
def test_step_6_an_equal_sequence_of_another_request_is_dropped(device: Firmware, changes: dict[str, int | bytes]) -> None:
    assert device.send(command(5))
    assert device.send(command(5, **changes)) == []
    assert len(device.executed) == 1
    assert device.endpoint.counters.stale_frames == 1
    assert device.send(command(5))


def test_step_7_an_unknown_opcode(device: Firmware) -> None:
    unknown = Refused(RefusalCode.UNKNOWN_OPCODE, FieldId.NONE, 0, 0x7F)
    assert refusal(device.send(command(5, opcode=0x7F, flags=2))) == unknown
    assert refusal(device.send(command(6, opcode=int(Opcode.EVENT_OUTPUT)))).code == RefusalCode.UNKNOWN_OPCODE
    assert device.status(7).last_command_sequence == 0


@pytest.mark.parametrize("changes", [{"flags": 0x02}, {"flags": 0x08}, {"flags": 0x80}, {"flags": 0x70}, {"reserved": 1}])
def test_step_8_flags_and_the_reserved_byte(device: Firmware, changes: dict[str, int | bytes]) -> None:
    malformed = Refused(RefusalCode.MALFORMED, FieldId.NONE, 0, 0)
    assert refusal(device.send(command(5, payload=b"", **changes))) == malformed
    assert refusal(device.send(Frame(Opcode.IDENTIFY)._replace(**changes))) == malformed  # type: ignore[arg-type]
    assert device.executed == []


@pytest.mark.parametrize(
    ("opcode", "payload", "refused"),
    [
        (Opcode.DISARM, b"\x01\x02", (RefusalCode.MALFORMED, FieldId.LENGTH, 1, 2)),
        (Opcode.LINK_OPEN, b"", (RefusalCode.MALFORMED, FieldId.LENGTH, 6, 0)),
        (Opcode.PING, bytes(300), (RefusalCode.MALFORMED, FieldId.LENGTH, 256, 300)),
        (Opcode.SET_AMPLITUDE, b"\x00\x01\x00\x00\x00\x00", (RefusalCode.MALFORMED, FieldId.NONE, 0, 0)),
        (Opcode.SET_AMPLITUDE, b"\x02\x00\x00\x00\x00\x00", (RefusalCode.OUT_OF_RANGE, FieldId.CHANNEL, 1, 2)),
        (Opcode.DISARM, b"\x00", (RefusalCode.OUT_OF_RANGE, FieldId.CHANNEL, 1, 0)),
        (Opcode.IMPEDANCE, b"\x11" + bytes(34), (RefusalCode.OUT_OF_RANGE, FieldId.COUNT, 16, 17)),
        (Opcode.IMPEDANCE, b"\x01\x00\x09", (RefusalCode.OUT_OF_RANGE, FieldId.CONTACT, 8, 9)),
        (Opcode.LOG_READ, b"\x01\x11\x01\x00\x00\x00", (RefusalCode.OUT_OF_RANGE, FieldId.COUNT, 16, 17)),
        (Opcode.SCHEDULE_SET, b"\x02", (RefusalCode.OUT_OF_RANGE, FieldId.ENABLED, 1, 2)),
    ],
)
def test_step_9_the_payload(device: Firmware, opcode: Opcode, payload: bytes, refused: tuple[int, int, int, int]) -> None:
    assert refusal(device.send(command(5, opcode=opcode, payload=payload))) == Refused(*refused)
    assert device.executed == []


def test_the_document_has_these_steps_and_no_other() -> None:
    checks = rows(section("3."), "step", "check")
    assert [int(row[0]) for row in checks] == list(range(1, 11))
    assert [row[2] for row in checks if row[2].isupper()] == [
        "UNKNOWN_VERSION",
        "WRONG_DEVICE",
        "STALE_LINK",
        "UNKNOWN_OPCODE",
        "MALFORMED",
        "MALFORMED; OUT_OF_RANGE",
    ]


# What stays behind.


@pytest.mark.parametrize("changes", [{"version": 2}, {"device_id": 5}, {"link_session": 5}])
def test_refusals_before_the_gate_leave_the_sequence(device: Firmware, changes: dict[str, int | bytes]) -> None:
    device.send(command(5))
    assert refusal(device.send(command(9, **changes)))
    assert device.endpoint.last_sequence == 5
    assert device.endpoint.last_command_sequence == 5
    assert device.send(command(6))[0].flags == Flag.REPLY


@pytest.mark.parametrize("changes", [{"opcode": 0x7F}, {"flags": 2}, {"payload": b""}])
def test_refusals_behind_the_gate_move_the_sequence_and_are_kept(device: Firmware, changes: dict[str, int | bytes]) -> None:
    frame = command(5, **changes)
    answers = device.send(frame)
    assert refusal(answers)
    assert device.endpoint.last_sequence == 5
    assert device.send(frame) == answers
    assert device.send(command(4)) == []


def test_status_tells_of_the_last_command_and_of_the_sequence_before_it(device: Firmware) -> None:
    device.send(command(5))
    device.outcome = Refused(RefusalCode.BUSY, FieldId.NONE, 0, 0)
    device.send(command(6))
    device.outcome = None
    device.send(command(7, opcode=int(Opcode.HEARTBEAT), payload=b""))
    status = device.status(8)
    told = (status.last_command_opcode, status.last_command_sequence, status.last_command_result, status.last_sequence)
    assert told == (Opcode.DISARM, 6, RefusalCode.BUSY, 7)
    device.send(command(9))
    assert device.status(10).last_command_result == RefusalCode.DONE


def test_link_open_begins_a_session_and_forgets_the_one_before(device: Firmware) -> None:
    device.send(command(5))
    device.outcome = OpenLinkReply(1, LINK + 1, 7, 1004)
    device.send(Frame(Opcode.LINK_OPEN, pack(OpenLink(1, 1004))))
    device.outcome = None
    status = device.status()
    assert (status.link_session, status.last_sequence, status.last_command_opcode) == (LINK + 1, 0, 0)
    assert refusal(device.send(command(6))).limit == LINK + 1
    assert device.send(command(1, link_session=LINK + 1))[0].flags == Flag.REPLY


def test_a_refused_link_open_changes_nothing(device: Firmware) -> None:
    device.outcome = Refused(RefusalCode.OUT_OF_RANGE, FieldId.LENGTH, 522, 100)
    assert refusal(device.send(Frame(Opcode.LINK_OPEN, pack(OpenLink(1, 100))))).limit == 522
    assert device.endpoint.link_session == LINK


def test_a_command_that_ends_the_session_is_answered_but_not_kept(device: Firmware) -> None:
    def execute(request: Request) -> Outcome:
        device.endpoint.end_session()
        return DisarmReply(0, OutputState.OFF)

    assert device.endpoint.receive(encode_frame(command(5)), execute)
    assert (device.endpoint.last_sequence, device.endpoint.last_command_sequence) == (0, 0)
    assert refusal(device.send(command(5))).code == RefusalCode.STALE_LINK


def test_a_command_that_fails_on_the_way_leaves_the_gate_as_it_was(device: Firmware) -> None:
    def execute(request: Request) -> Outcome:
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        device.endpoint.receive(encode_frame(command(5)), execute)
    assert device.endpoint.last_sequence == 0


def test_several_frames_in_one_answer(device: Firmware) -> None:
    entry = LogEntry(1, 0, 10, 0, 0, 7, 0)
    device.outcome = (ReadLogReply(1, 2, 2, 0, (entry,)), ReadLogReply(2, 3, 2, 0, (entry,)))
    frame = BY_NAME["log_read_two_frames"].frame
    answers = device.send(frame)
    assert [answer.flags for answer in answers] == [Flag.REPLY | Flag.MORE, Flag.REPLY]
    assert {answer.sequence for answer in answers} == {frame.sequence}
    assert device.send(frame) == answers
    assert len(device.executed) == 1


def test_several_requests_at_once_are_answered_in_order(device: Firmware) -> None:
    answers = device.raw(b"".join(map(encode_frame, (command(1), Frame(Opcode.IDENTIFY), command(2)))))
    assert [answer.sequence for answer in answers] == [1, 0, 2]
    assert unpack(IdentifyReply, answers[1].payload).serial == "RN1-EMU-0001"


# Noise, events and the rest of the line.


def test_noise_is_counted_without_its_delimiter(device: Firmware) -> None:
    for vector in NOISE:
        assert device.raw(vector.wire) == []
    counted = [vector for vector in NOISE if vector.raw["counted"]]
    counters = device.endpoint.counters
    assert counters.noise_frames == len(counted)
    assert counters.noise_bytes == sum(len(vector.wire) - 1 for vector in counted)
    assert (counters.good_frames, device.executed) == (0, [])


def test_a_frame_that_does_not_end_is_dropped_and_counted(device: Firmware) -> None:
    assert not device.endpoint.partial
    device.raw(encode_frame(command(1))[:10])
    assert device.endpoint.partial
    device.endpoint.abandon_partial()
    device.endpoint.abandon_partial()
    assert not device.endpoint.partial
    assert (device.endpoint.counters.noise_frames, device.endpoint.counters.noise_bytes) == (1, 10)
    assert device.send(command(1))


@pytest.mark.parametrize("name", ["event_lease_expired", "event_burst_done", "event_session_complete_no_link"])
def test_events(device: Firmware, name: str) -> None:
    vector = BY_NAME[name]
    if vector.frame.link_session == 0:
        device.endpoint.end_session()
    event: OutputEvent = vector.message
    assert Cause(event.cause)
    assert device.endpoint.event(event) == vector.wire


def test_ping_passes_outside_and_inside_a_session(device: Firmware) -> None:
    device.outcome = PingReply(b"\x00\x01")
    for frame in (Frame(Opcode.PING, b"\x00\x01"), Frame(Opcode.PING, b"\x00\x01", 0, DEVICE_ID, LINK, 4)):
        (answer,) = device.send(frame)
        assert answer.payload == b"\x00\x01"
    assert device.endpoint.last_sequence == 4


def test_the_classes_are_those_of_the_gate() -> None:
    assert {vector.kind.CLASS for vector in IN_SESSION} == set(RequestClass)
