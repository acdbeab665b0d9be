"""Header, CRC and COBS, and how much damage the CRC must see."""

from itertools import combinations
from zlib import crc32

import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from rnprog.protocol.errors import FrameError, LocalProtocolError
from rnprog.protocol.fields import pack
from rnprog.protocol.frames import DELIMITER, Frame, decode_frame, device_id_of, encode_frame
from rnprog.protocol.opcodes import MAX_ENCODED, MAX_PAYLOAD
from rnprog.protocol.reader import FrameReader
from tests.protocol.strategies import any_message, frames
from tests.protocol.vectors import BY_NAME, DEVICE_ID, FRAMES, Vector

SET_AMPLITUDE = BY_NAME["set_amplitude"]
STATUS_REPLY = BY_NAME["status_reply"]


def test_the_crc_is_the_published_one() -> None:
    assert crc32(b"123456789") == 0xCBF43926
    body = cobs.decode(encode_frame(Frame(0x71, b"123456789"))[:-1])
    assert body[-4:] == crc32(body[:-4]).to_bytes(4, "little")


def test_the_device_id_is_the_crc_of_the_serial() -> None:
    assert device_id_of("123456789") == 0xCBF43926
    assert device_id_of("RN1-EMU-0001") == DEVICE_ID


@given(frames())
def test_round_trip(frame: Frame) -> None:
    wire = encode_frame(frame)
    assert wire.index(DELIMITER) == len(wire) - 1
    assert decode_frame(wire[:-1]) == frame


@given(any_message(), st.integers(0, 255), st.integers(0, 0xFFFF_FFFF))
def test_every_message_travels_in_a_frame(message: object, opcode: int, sequence: int) -> None:
    frame = Frame(opcode, pack(message), 1, DEVICE_ID, 1, sequence)
    assert decode_frame(encode_frame(frame)[:-1]) == frame


@pytest.mark.parametrize("byte", [0, 1, 255])
def test_the_largest_frame(byte: int) -> None:
    wire = encode_frame(Frame(0x71, bytes([byte]) * MAX_PAYLOAD, 0xFF, *[0xFFFF_FFFF] * 3, 0xFF, 0xFF))
    assert len(wire) <= MAX_ENCODED + 1
    assert len(decode_frame(wire[:-1]).payload) == MAX_PAYLOAD


@pytest.mark.parametrize("frame", [Frame(0x71, bytes(MAX_PAYLOAD + 1)), Frame(0x100), Frame(1, sequence=1 << 32), Frame(1, flags=-1)])
def test_what_does_not_fit_is_never_sent(frame: Frame) -> None:
    with pytest.raises(LocalProtocolError):
        encode_frame(frame)


def test_a_further_code_after_a_last_run_of_254_is_accepted() -> None:
    vector = BY_NAME["ping_250_nonzero"]
    assert decode_frame(vector.wire[:-1] + b"\x01") == vector.frame


@given(st.binary(max_size=1100))
def test_any_bytes_are_a_frame_or_a_frame_error(chunk: bytes) -> None:
    try:
        decode_frame(chunk)
    except FrameError:
        return
    assert crc32(cobs.decode(chunk)) == 0x2144DF1C


def accepted(body: int, size: int) -> bool:
    try:
        decode_frame(cobs.encode(body.to_bytes(size, "big")))
    except FrameError:
        return False
    return True


@pytest.mark.parametrize("vector", FRAMES, ids=lambda vector: vector.name)
def test_no_single_flipped_bit_of_a_body_is_accepted(vector: Vector) -> None:
    body = bytes.fromhex(vector.raw["decoded"])
    number = int.from_bytes(body, "big")
    assert accepted(number, len(body))
    assert not any(accepted(number ^ 1 << bit, len(body)) for bit in range(8 * len(body)))


def test_no_two_flipped_bits_of_a_body_are_accepted() -> None:
    body = bytes.fromhex(SET_AMPLITUDE.raw["decoded"])
    number = int.from_bytes(body, "big")
    assert not any(accepted(number ^ 1 << one ^ 1 << other, len(body)) for one, other in combinations(range(8 * len(body)), 2))


@given(st.sampled_from(FRAMES), st.data())
def test_no_burst_of_up_to_32_bits_and_no_two_bits_of_a_body_are_accepted(vector: Vector, data: st.DataObject) -> None:
    body = bytes.fromhex(vector.raw["decoded"])
    bits = 8 * len(body)
    width = data.draw(st.integers(1, 32))
    burst = data.draw(st.integers(0, (1 << width) - 1)) | 1 | 1 << (width - 1)
    number = int.from_bytes(body, "big")
    assert not accepted(number ^ burst << data.draw(st.integers(0, bits - width)), len(body))
    one, other = data.draw(st.lists(st.integers(0, bits - 1), min_size=2, max_size=2, unique=True))
    assert not accepted(number ^ 1 << one ^ 1 << other, len(body))


@pytest.mark.parametrize("vector", [SET_AMPLITUDE, STATUS_REPLY], ids=lambda vector: vector.name)
def test_no_one_or_two_flipped_bits_on_the_line_are_accepted(vector: Vector) -> None:
    """Here the damage goes through COBS, which may turn it into anything; so this is tried, not proved. Every pair for the short one."""
    wire = vector.wire
    number, bits = int.from_bytes(wire, "big"), 8 * len(wire)
    reach = bits if vector is SET_AMPLITUDE else 40
    for one in range(bits):
        for other in range(one, min(bits, one + reach)):
            flipped = 1 << one | 1 << other
            found = FrameReader().feed((number ^ flipped).to_bytes(len(wire), "big") + DELIMITER)
            assert not any(isinstance(item, Frame) for item in found), (one, other)
