"""What was honestly sent: random messages as frames, and a model of the gate. Written from docs/protocol.md; shares no frame, no CRC check,
no COBS and no gate with the product.

Only payload layouts are taken from the product's declared messages (they have hand-written vectors of their own). What an end accepts is
compared with what is known to have been sent, never with a checksum.
"""

from __future__ import annotations

import binascii
import struct
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import Any

from rnprog.protocol.fields import Blob, Integer, Raw, Records, Reserved, Text, layout, pack
from rnprog.protocol.messages import REPLIES, REQUESTS, Message, OutputEvent, Refused

STOP, IDENTIFY, STATUS, LINK_OPEN, PING, LOG_READ, EVENT_OUTPUT = 0x10, 0x01, 0x12, 0x70, 0x71, 0x60, 0x80
SESSIONLESS = (IDENTIFY, LINK_OPEN)
OPEN_WITH_0 = (IDENTIFY, LINK_OPEN, STATUS, PING)
REPLY, REFUSED, EVENT, MORE = 0x01, 0x03, 0x04, 0x09
STOP_SEQUENCE = 0x504F5453
_HEADER = struct.Struct("<BBBBIII")
_FIXED = {Integer: "one", Text: "one", Raw: "one"}


@dataclass(frozen=True)
class Sent:
    """A frame as somebody made it, and the message it carries (None: no message of this protocol)."""

    opcode: int
    message: Message | None
    payload: bytes
    flags: int = 0
    device_id: int = 0
    link_session: int = 0
    sequence: int = 0
    version: int = 1
    reserved: int = 0

    @property
    def body(self) -> bytes:
        """Header and payload."""
        header = (self.version, self.flags, self.opcode, self.reserved, self.device_id, self.link_session, self.sequence)
        return _HEADER.pack(*header) + self.payload

    @property
    def chunk(self) -> bytes:
        """On the line, without its delimiter."""
        return chunk_of(self.body)


def chunk_of(body: bytes) -> bytes:
    """COBS (Cheshire and Baker, 1999) over the bytes and their CRC-32, written out."""
    out = bytearray()
    blocks = (body + binascii.crc32(body).to_bytes(4, "little")).split(b"\x00")
    for number, block in enumerate(blocks):
        while len(block) > 254:
            out += b"\xff" + block[:254]
            block = block[254:]
        if len(block) == 254 and number == len(blocks) - 1:
            out += b"\xff" + block
        elif len(block) == 254:
            out += b"\xff" + block + b"\x01"
        else:
            out += bytes([len(block) + 1]) + block
    return bytes(out)


def body_of(chunk: bytes) -> bytes | None:
    """The way back, for the few chunks that are another spelling of a frame. None: no COBS, or its CRC is wrong."""
    out, at = bytearray(), 0
    while at < len(chunk):
        code = chunk[at]
        block = chunk[at + 1 : at + code]
        if not code or len(block) != code - 1:
            return None
        out += block
        at += code
        if code < 255 and at < len(chunk):
            out.append(0)
    body = bytes(out[:-4])
    return body if len(out) >= 20 and out[-4:] == binascii.crc32(body).to_bytes(4, "little") else None


@dataclass(frozen=True)
class World:
    """A device, its session, and what both ends honestly said in it and before it."""

    device_id: int
    session: int
    old_session: int
    base: int
    """The last sequence that the device has accepted."""
    requests: tuple[Sent, ...]
    """New ones, in their order; those of a session with rising sequences above `base`."""
    old: tuple[Sent, ...]
    """Requests of this session up to `base`, of an earlier session, and of another device."""
    answers: tuple[tuple[Sent, Sent], ...]
    """(request, answer)."""
    events: tuple[Sent, ...]
    known: dict[bytes, Sent]
    """All of them by their chunk."""


@lru_cache(maxsize=4)
def world(block: int) -> World:
    """The world of a block of cases."""
    rng = Random(f"world {block}")
    device_id, session, base = rng.getrandbits(32) | 1, rng.randint(2, 2**32 - 2), rng.randint(40, 2**32 - 200)
    old_session = session - 1
    requests, old, answers, sequence = [], [], [], base
    kinds = list(REQUESTS) * 2
    rng.shuffle(kinds)
    for opcode in kinds:
        sequence += rng.randint(1, 3)
        request = _request(rng, int(opcode), device_id, session, sequence)
        requests.append(request)
        answers.append((request, _answer(rng, request, device_id)))
        late = _request(rng, int(opcode), device_id, session, base - rng.randint(0, 30))
        old += [late, replace(_request(rng, int(opcode), device_id, old_session, sequence + rng.randint(0, 9)), device_id=device_id)]
        if opcode not in (STOP, *SESSIONLESS):
            old.append(replace(request, device_id=device_id ^ 1 << rng.randrange(32)))
    events = tuple(_event(rng, device_id, session, counter) for counter in range(1, 9))
    every = [*requests, *old, *(answer for _, answer in answers), *events]
    return World(
        device_id, session, old_session, base, tuple(requests), tuple(old), tuple(answers), events, {each.chunk: each for each in every}
    )


def _request(rng: Random, opcode: int, device_id: int, session: int, sequence: int) -> Sent:
    message = random_message(rng, REQUESTS[opcode])  # type: ignore[index]
    if opcode == STOP:
        return Sent(opcode, message, b"", 0, 0, 0, STOP_SEQUENCE)
    if opcode in SESSIONLESS or (opcode in OPEN_WITH_0 and rng.random() < 0.5):
        return Sent(opcode, message, pack(message), 0, rng.choice((0, device_id)), 0, sequence)
    return Sent(opcode, message, pack(message), 0, device_id, session, sequence)


def _answer(rng: Random, request: Sent, device_id: int) -> Sent:
    if rng.random() < 0.2:
        refused = random_message(rng, Refused)
        return Sent(request.opcode, refused, pack(refused), REFUSED, device_id, request.link_session, request.sequence)
    message = random_message(rng, REPLIES[request.opcode])  # type: ignore[index]
    if request.opcode == LINK_OPEN:
        message = replace(message, nonce=request.message.nonce)  # type: ignore[type-var, union-attr]
    flags = MORE if request.opcode == LOG_READ and rng.random() < 0.5 else REPLY
    return Sent(request.opcode, message, pack(message), flags, device_id, request.link_session, request.sequence)


def _event(rng: Random, device_id: int, session: int, counter: int) -> Sent:
    message = replace(random_message(rng, OutputEvent), counter=counter)
    return Sent(EVENT_OUTPUT, message, pack(message), EVENT, device_id, session, counter)


def random_message(rng: Random, kind: type[Any]) -> Any:
    """Any message of a kind: values at and between the ends of what the document allows."""
    return kind(**{name: _value(rng, shape) for name, shape in layout(kind).kinds if not isinstance(shape, Reserved)})


def _value(rng: Random, shape: object) -> object:
    match shape:
        case Integer(_, minimum, maximum):
            return rng.choice((minimum, maximum, rng.randint(minimum, maximum), min(maximum, minimum + rng.getrandbits(8))))
        case Text(size):
            return "".join(chr(rng.randint(0x21, 0x7E)) for _ in range(rng.randint(0, size)))
        case Raw(size):
            return rng.randbytes(size)
        case Blob(minimum, maximum):
            return rng.randbytes(rng.randint(minimum, rng.choice((min(maximum, minimum + 24), maximum))))
        case Records(of, _, minimum, maximum):
            return tuple(random_message(rng, of) for _ in range(rng.randint(minimum, min(maximum, rng.choice((3, 16))))))
    raise AssertionError(shape)


def sent_in(stream: bytes, honest: World, *, spelt: bool = False) -> list[Sent]:
    """The honest frames that stand whole between two delimiters of a stream, in order. `spelt`: other spellings of them too."""
    found = []
    for chunk in stream.split(b"\x00")[:-1]:
        each = honest.known.get(chunk)
        if each is None and spelt and (body := body_of(chunk)) is not None:
            each = next((other for other in honest.known.values() if other.body == body), None)
        if each is not None:
            found.append(each)
    return found


@dataclass
class Gate:
    """The device's gate as docs/protocol.md, section 3, has it: what it must execute of honest frames, and nothing besides."""

    device_id: int
    session: int
    last: int
    opens: int
    """The session that the next LINK_OPEN is given."""

    def executes(self, frame: Sent) -> bool:
        """Whether it does; and what the session is afterwards."""
        if frame.flags & 0x05 or frame.message is None:
            return False
        if frame.opcode == STOP:
            self.session = self.last = 0
            return True
        if frame.device_id != self.device_id and not (frame.device_id == 0 and frame.opcode in OPEN_WITH_0):
            return False
        if frame.opcode in SESSIONLESS or (frame.opcode in OPEN_WITH_0 and frame.link_session == 0):
            if frame.opcode == LINK_OPEN:
                self.session, self.last = self.opens, 0
            return True
        if frame.link_session != self.session or self.session == 0 or frame.sequence <= self.last:
            return False
        self.last = frame.sequence
        return True
