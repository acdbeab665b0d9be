"""One frame: header, CRC and COBS (docs/protocol.md, section 2). Knows no message and keeps no state."""

from __future__ import annotations

import struct
from typing import NamedTuple
from zlib import crc32

from cobs import cobs  # type: ignore[import-untyped]

from rnprog.protocol.errors import FrameError, LocalProtocolError
from rnprog.protocol.opcodes import CRC_SIZE, HEADER_SIZE, MAX_DECODED, MAX_PAYLOAD, VERSION

DELIMITER = b"\x00"

_HEADER = struct.Struct("<BBBBIII")
_MINIMUM = HEADER_SIZE + CRC_SIZE
_WRONG_LENGTH = f"a frame has {_MINIMUM} to {MAX_DECODED} bytes decoded"
"""One text for all: on a babbling line there are many of them."""
_RESIDUE = 0x2144DF1C
"""CRC-32 of any bytes followed by their own CRC-32, little-endian."""


class Frame(NamedTuple):
    """A decoded frame. All numbers are as on the wire."""

    opcode: int
    payload: bytes = b""
    flags: int = 0
    device_id: int = 0
    """CRC-32 of the serial number; 0 in a request: whoever you are."""
    link_session: int = 0
    sequence: int = 0
    version: int = VERSION
    reserved: int = 0


def encode_frame(frame: Frame) -> bytes:
    """COBS form with its trailing delimiter. LocalProtocolError when a field does not fit."""
    return encode_parts(*frame)


def encode_parts(
    opcode: int,
    payload: bytes,
    flags: int,
    device_id: int,
    link_session: int,
    sequence: int,
    version: int = VERSION,
    reserved: int = 0,
) -> bytes:
    """`encode_frame` without a Frame made for it."""
    if len(payload) > MAX_PAYLOAD:
        raise LocalProtocolError(f"payload of {len(payload)} bytes; at most {MAX_PAYLOAD} fit a frame")
    try:
        body = _HEADER.pack(version, flags, opcode, reserved, device_id, link_session, sequence) + payload
    except struct.error as error:
        raise LocalProtocolError(f"header field out of range: {error}") from error
    encoded: bytes = cobs.encode(body + crc32(body).to_bytes(CRC_SIZE, "little"))
    return encoded + DELIMITER


def decode_frame(chunk: bytes) -> Frame:
    """The frame in a chunk that stood between two delimiters. FrameError when it is not one; nothing else comes out."""
    try:
        body: bytes = cobs.decode(chunk)
    except cobs.DecodeError as error:
        raise FrameError(f"not COBS: {error}") from error
    if not _MINIMUM <= len(body) <= MAX_DECODED:
        raise FrameError(_WRONG_LENGTH)
    if crc32(body) != _RESIDUE:
        raise FrameError("checksum differs")
    version, flags, opcode, reserved, device_id, link_session, sequence = _HEADER.unpack_from(body)
    # As Frame(...), in half the time: this line is passed for every frame.
    return tuple.__new__(Frame, (opcode, body[HEADER_SIZE:-CRC_SIZE], flags, device_id, link_session, sequence, version, reserved))


def device_id_of(serial: str) -> int:
    """The device_id that belongs to a serial number: CRC-32 of its ASCII bytes."""
    return crc32(serial.encode("ascii"))
