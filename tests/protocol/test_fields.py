"""Layouts: every message there and back, and what does not fit is refused at the right end."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnprog.protocol.errors import LengthError, LocalProtocolError, PayloadError, RangeError
from rnprog.protocol.fields import layout, pack, printable, u8, unpack, zeros
from rnprog.protocol.messages import (
    Arm,
    Burst,
    HeartbeatReply,
    Identify,
    IdentifyReply,
    LogEntry,
    MeasureImpedance,
    Pair,
    Ping,
    ReadLogReply,
    SetAmplitude,
    Stage,
    WritePatientKey,
)
from tests.protocol.strategies import MESSAGES, any_message, messages

each_message = pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
a_quarter = settings(max_examples=settings().max_examples // 4)


@each_message
@a_quarter
@given(data=st.data())
def test_round_trip(kind: type[Any], data: st.DataObject) -> None:
    message = data.draw(messages(kind))
    back = unpack(kind, pack(message))
    assert back == message
    assert hash(back) == hash(message)
    assert repr(back) == repr(message)


@given(any_message(), st.binary(min_size=1, max_size=3))
def test_another_length_is_never_taken_for_the_same_message(message: Any, more: bytes) -> None:
    payload = pack(message)
    for other in (payload + more, payload[: -len(more)] if payload else more):
        try:
            assert unpack(type(message), other) != message
        except PayloadError:
            continue


@given(st.sampled_from(MESSAGES), st.binary(max_size=1200))
def test_any_bytes_are_a_message_or_a_payload_error(kind: type[Any], payload: bytes) -> None:
    try:
        message = unpack(kind, payload)
    except PayloadError:
        return
    assert len(pack(message)) == len(payload)


def test_a_message_from_the_wire_is_frozen_too() -> None:
    message = unpack(SetAmplitude, pack(SetAmplitude(0, 100)))
    with pytest.raises(AttributeError):
        message.amplitude_ua = 200  # type: ignore[misc]


@pytest.mark.parametrize(
    "message",
    [
        SetAmplitude(2, 0),
        SetAmplitude(0, -1),
        SetAmplitude(0, 1 << 32),
        SetAmplitude(0, 2.5),  # type: ignore[arg-type]
        SetAmplitude("0", 2),  # type: ignore[arg-type]
        Burst(0, 100),
        WritePatientKey(bytes(15)),
        WritePatientKey(bytes(17)),
        IdentifyReply("RN-1", "seventeen letters", 1, 0, 0, 1, 1, 1, 0, 1),
        IdentifyReply("RN-1", "Größe", 1, 0, 0, 1, 1, 1, 0, 1),
        Ping(bytes(257)),
        Ping("text"),  # type: ignore[arg-type]
        Stage(0, 0, 48, b""),
        MeasureImpedance(()),
        MeasureImpedance((Pair(0, 1),) * 17),
        MeasureImpedance((Pair(0, 9),)),
    ],
    ids=repr,
)
def test_what_does_not_fit_is_never_sent(message: Any) -> None:
    with pytest.raises(LocalProtocolError):
        pack(message)


@pytest.mark.parametrize(
    ("kind", "payload", "limit"),
    [
        (Identify, b"\x00", 0),
        (SetAmplitude, bytes(5), 6),
        (SetAmplitude, bytes(7), 6),
        (Ping, bytes(257), 256),
        (Stage, bytes(3), 7),
        (Stage, bytes(6), 7),
        (Stage, bytes(519), 518),
        (MeasureImpedance, b"", 3),
        (MeasureImpedance, b"\x02\x00\x01", 5),
        (MeasureImpedance, b"\x01\x00\x01\x02", 3),
        (ReadLogReply, bytes(16 + 19), 16),
    ],
)
def test_a_wrong_length_names_the_nearest_right_one(kind: type[Any], payload: bytes, limit: int) -> None:
    with pytest.raises(LengthError) as caught:
        unpack(kind, payload)
    assert (caught.value.limit, caught.value.length) == (limit, len(payload))


@pytest.mark.parametrize(
    ("kind", "payload", "field_name", "limit", "value"),
    [
        (SetAmplitude, b"\x02\x00\x00\x00\x00\x00", "channel", 1, 2),
        (Burst, b"\x00\x00\x64\x00\x00\x00", "channels", 1, 0),
        (Burst, b"\x04\x00\x64\x00\x00\x00", "channels", 3, 4),
        (MeasureImpedance, b"\x00", "count", 1, 0),
        (MeasureImpedance, b"\x11" + bytes(34), "count", 16, 17),
        (MeasureImpedance, b"\x01\x00\x09", "second", 8, 9),
    ],
)
def test_a_value_out_of_range_is_named(kind: type[Any], payload: bytes, field_name: str, limit: int, value: int) -> None:
    with pytest.raises(RangeError) as caught:
        unpack(kind, payload)
    assert (caught.value.field, caught.value.limit, caught.value.value) == (field_name, limit, value)


@pytest.mark.parametrize(("kind", "at"), [(SetAmplitude, 1), (Arm, 1), (HeartbeatReply, 3)])
def test_a_reserved_byte_must_be_zero(kind: type[Any], at: int) -> None:
    payload = bytearray(layout(kind).head.size)
    payload[at] = 1
    with pytest.raises(PayloadError, match="reserved"):
        unpack(kind, bytes(payload))


def test_text_from_the_wire_is_printable() -> None:
    payload = b"RN-1\x1b[2J\r\n".ljust(16, b"\x00") + "RN1-Ä".encode("latin-1").ljust(16, b"\x00") + bytes(12)
    reply = unpack(IdentifyReply, payload)
    assert (reply.model, reply.serial) == ("RN-1?[2J??", "RN1-?")
    assert printable(bytes(range(256))).isprintable()


def test_records_hold_the_entries_in_order() -> None:
    entries = tuple(LogEntry(number, 0, 10, 0, 0, 7, 0) for number in range(1, 50))
    reply = ReadLogReply(1, 50, 49, 0, entries)
    assert len(pack(reply)) == 16 + 49 * 20
    assert unpack(ReadLogReply, pack(reply)) == reply


def test_a_layout_is_declared_or_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Bare:
        number: int

    @dataclass(frozen=True)
    class Slotless:
        number: int = u8()

    @dataclass(frozen=True, slots=True)
    class Checked:
        number: int = u8()
        reserved: int = field(init=False, default=0, metadata=zeros())

        def __post_init__(self) -> None:
            raise AssertionError("not called when a message is decoded")

    for kind in (Bare, Slotless, Checked):
        with pytest.raises(TypeError):
            layout(kind)
