"""What stands in the payloads: parameters by id, authentication, impedance, battery, clock, log. Bytes and integers only."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from rnprog.protocol.errors import LocalProtocolError, PayloadError
from rnprog.protocol.opennerve.codes import Op, Role, State
from rnprog.protocol.opennerve.frames import Request

_ID = re.compile(rb"[A-Z]{2}[0-9]{2}")
_WORD = struct.Struct("<H")
_TWO_WORDS = struct.Struct("<HH")
_SIGNATURE_SIZE = 32
_STAMP_SIZE = 7
FIRST_ENTRY = bytes(_STAMP_SIZE)


@dataclass(frozen=True, slots=True)
class Clock:
    """The device's clock, to the second. It knows no time zone."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int


@dataclass(frozen=True, slots=True)
class Signed:
    """What AUTH carries: a signature of some message, and that message's SHA-256, 32 bytes each."""

    r: bytes
    s: bytes
    digest: bytes
    peer_firmware: bytes = bytes(6)
    peer_id: bytes = bytes(4)


def auth(signed: Signed) -> Request:
    """The request for a session. LocalProtocolError when a part has another length."""
    parts = (signed.r, signed.s, signed.digest, signed.peer_firmware, signed.peer_id)
    if [len(part) for part in parts] != [_SIGNATURE_SIZE, _SIGNATURE_SIZE, _SIGNATURE_SIZE, 6, 4]:
        raise LocalProtocolError("a signature, a digest, a firmware version and an id have 32, 32, 32, 6 and 4 bytes")
    return Request(Op.AUTH, b"".join(parts))


def signed_of(payload: bytes) -> Signed:
    """The parts of an AUTH payload. PayloadError for another length."""
    if len(payload) != 3 * _SIGNATURE_SIZE + 10:
        raise PayloadError(f"AUTH: {len(payload)} bytes where 106 were expected")
    return Signed(payload[:32], payload[32:64], payload[64:96], payload[96:102], payload[102:])


def role_of(payload: bytes) -> Role:
    """Whose key it was. PayloadError for a number that is no role."""
    if len(payload) != 1 or payload[0] not in Role._value2member_map_:
        raise PayloadError("AUTH: the answer names no role")
    return Role(payload[0])


def read(identity: str) -> Request:
    """Read a parameter: HPnn with READ_HW, all others with READ_STIM."""
    return Request(Op.READ_HW if identity.startswith("HP") else Op.READ_STIM, _ascii(identity))


def write(identity: str, steps: int) -> Request:
    """Write a parameter that is a number of steps."""
    return Request(Op.WRITE_HW if identity.startswith("HP") else Op.WRITE_STIM, _ascii(identity) + word(steps))


def id_and_data(payload: bytes) -> tuple[str, bytes]:
    """The id a payload begins with, and what follows. PayloadError when there is none."""
    if not _ID.fullmatch(payload[:4]):
        raise PayloadError("the payload begins with no parameter id")
    return payload[:4].decode("ascii"), payload[4:]


def told_data(identity: str, payload: bytes) -> bytes:
    """The data of a parameter that was read. PayloadError when the answer is about another one."""
    found, data = id_and_data(payload)
    if found != identity:
        raise PayloadError(f"asked for {identity}, answered for {found}")
    return data


def word(value: int) -> bytes:
    """A u16. LocalProtocolError when it does not fit."""
    if not 0 <= value <= 0xFFFF:
        raise LocalProtocolError(f"{value} does not fit 16 bits")
    return _WORD.pack(value)


def one_word(payload: bytes) -> int:
    """The u16 that a payload is: steps of a parameter, or ohms. PayloadError for another length."""
    if len(payload) != _WORD.size:
        raise PayloadError(f"{len(payload)} bytes where 2 were expected")
    found: int = _WORD.unpack(payload)[0]
    return found


def two_words(payload: bytes) -> tuple[int, int]:
    """Two u16: millivolts of battery A and B. PayloadError for another length."""
    if len(payload) != _TWO_WORDS.size:
        raise PayloadError(f"{len(payload)} bytes where 4 were expected")
    first, second = _TWO_WORDS.unpack(payload)
    return first, second


def start_state(state: State) -> Request:
    """Choose the state after the reboot that this causes."""
    return Request(Op.SET_START_STATE, word(state))


def write_clock(clock: Clock) -> Request:
    """Set the clock."""
    return Request(Op.WRITE_TIME, clock_bytes(clock))


def clock_bytes(clock: Clock) -> bytes:
    """YY MM DD hh mm ss. LocalProtocolError for a year outside 2000 to 2255."""
    if not 0 <= clock.year - 2000 <= 0xFF:
        raise LocalProtocolError(f"the device's clock has no year {clock.year}")
    return bytes((clock.year - 2000, clock.month, clock.day, clock.hour, clock.minute, clock.second))


def clock_of(payload: bytes) -> Clock:
    """The clock in 6 bytes. PayloadError for another length or a time there is not."""
    if len(payload) != 6:
        raise PayloadError(f"{len(payload)} bytes where 6 were expected")
    year, month, day, hour, minute, second = payload
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60):
        raise PayloadError("the clock shows a time there is not")
    return Clock(2000 + year, month, day, hour, minute, second)


def read_log(after: bytes = FIRST_ENTRY) -> Request:
    """The first entry strictly later than a stamp of 7 bytes; all zeros: the very first. LocalProtocolError for another length."""
    if len(after) != _STAMP_SIZE:
        raise LocalProtocolError(f"a stamp has {_STAMP_SIZE} bytes")
    return Request(Op.READ_LOG, after)


def _ascii(identity: str) -> bytes:
    data = identity.encode("ascii", "replace")
    if not _ID.fullmatch(data):
        raise LocalProtocolError(f"{identity!r} is no parameter id")
    return data
