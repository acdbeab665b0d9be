"""One frame of OpenNerve: op, length, (status,) payload, CRC-16. No start byte, no sequence, no escape: only silence ends a frame.

request: op plen payload crc_lo crc_hi (4 to 244 bytes); response: op plen status payload crc_lo crc_hi (5 to 244 bytes).
"""

from __future__ import annotations

from dataclasses import dataclass

from rnprog.protocol.errors import FrameError, LocalProtocolError

LONGEST = 244
_REQUEST_OVERHEAD, _RESPONSE_OVERHEAD = 4, 5
_POLYNOMIAL, _START = 0x1021, 0xFFFF


@dataclass(frozen=True, slots=True)
class Request:
    """What a host sends."""

    op: int
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What the device answers. `op` is that of the request, or the first byte of something it could not read."""

    op: int
    status: int
    payload: bytes = b""


def crc16(data: bytes) -> int:
    """CRC-16, polynomial 0x1021, start 0xFFFF, not reflected, no final xor; of "123456789" it is 0x29B1."""
    crc = _START
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ _POLYNOMIAL if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def encode_request(request: Request) -> bytes:
    """The bytes to write, in one go. LocalProtocolError when they do not fit a frame."""
    return _encode(bytes((_octet(request.op), _length(request.payload, _REQUEST_OVERHEAD))) + request.payload)


def encode_response(response: Response) -> bytes:
    """The bytes of an answer. LocalProtocolError when they do not fit a frame."""
    length = _length(response.payload, _RESPONSE_OVERHEAD)
    return _encode(bytes((_octet(response.op), length, _octet(response.status))) + response.payload)


def decode_request(data: bytes) -> Request:
    """The request that `data` is, whole. FrameError otherwise."""
    body = _checked(data, _REQUEST_OVERHEAD)
    return Request(body[0], body[2:])


def decode_response(data: bytes) -> Response:
    """The response that `data` is, whole. FrameError otherwise."""
    body = _checked(data, _RESPONSE_OVERHEAD)
    return Response(body[0], body[2], body[3:])


def split_requests(data: bytes) -> tuple[list[Request], bytes]:
    """The requests in one burst of bytes, in order, and what is left over: bytes that are no request."""
    found = []
    while len(data) >= _REQUEST_OVERHEAD:
        size = data[1] + _REQUEST_OVERHEAD
        try:
            found.append(decode_request(data[:size]))
        except FrameError:
            break
        data = data[size:]
    return found, data


class ResponseReader:
    """Bytes in, responses and noise out. Nothing marks a beginning, so what is no response stays noise until the line was silent."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def pending(self) -> int:
        """Bytes held of something that has not ended."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Response]:
        """The responses that `data` completes. Bytes that can be none are held until `abandon`."""
        self._held += data
        found = []
        while len(self._held) >= _RESPONSE_OVERHEAD and len(self._held) >= (size := self._held[1] + _RESPONSE_OVERHEAD):
            try:
                found.append(decode_response(bytes(self._held[:size])))
            except FrameError:
                break
            del self._held[:size]
        return found

    def abandon(self) -> bytes:
        """The line was silent: what was held is noise, and is given back."""
        noise = bytes(self._held)
        self._held.clear()
        return noise


def _encode(body: bytes) -> bytes:
    return body + crc16(body).to_bytes(2, "little")


def _octet(value: int) -> int:
    if not 0 <= value <= 0xFF:
        raise LocalProtocolError(f"{value} is no byte")
    return value


def _length(payload: bytes, overhead: int) -> int:
    if len(payload) + overhead > LONGEST:
        raise LocalProtocolError(f"payload of {len(payload)} bytes; at most {LONGEST - overhead} fit a frame")
    return len(payload)


def _checked(data: bytes, overhead: int) -> bytes:
    """The frame without its CRC. FrameError when length or CRC do not fit."""
    if not overhead <= len(data) <= LONGEST or data[1] + overhead != len(data):
        raise FrameError("the length does not fit")
    if crc16(data[:-2]).to_bytes(2, "little") != data[-2:]:
        raise FrameError("checksum differs")
    return data[:-2]
