"""A message to bytes and back, against the two libraries it stands on doing the same bytes alone."""

from __future__ import annotations

from zlib import crc32

from cobs import cobs

from bench.timing import Figure, at_most, loop, pairwise, unbudgeted
from rnprog.protocol.fields import pack, unpack
from rnprog.protocol.frames import Frame, decode_frame, encode_frame, encode_parts
from rnprog.protocol.messages import LogEntry, Message, ReadLogReply, SetAmplitude, StatusReply

COUNT = 4000
STATUS = StatusReply(2, 0x32, 0, 1, 65_537, 3, 41, 40, 612, 0, 2500, 0, 2500, 0, 0xCBF43926, 7, 1, 1, 0, 123_456)
LOG = ReadLogReply(1, 49, 120, 0, tuple(LogEntry(n, 1_767_600_000 + n, 14, 1, 0, 2500, 2000) for n in range(1, 49)))


def figures(rounds: int) -> list[Figure]:
    """One small request, the status reply, and a full log frame."""
    cases = (
        ("SET_AMPLITUDE", SetAmplitude(0, 2500), COUNT),
        ("STATUS reply", STATUS, COUNT),
        ("LOG_READ reply, 976 bytes", LOG, COUNT // 20),
    )
    return [_round(name, message, count, rounds) for name, message, count in cases]


def _round(name: str, message: Message, count: int, rounds: int) -> Figure:
    payload = pack(message)
    body = cobs.decode(encode_frame(Frame(0x31, payload, 0, 0xA04F3DDE, 65_537, 41))[:-1])[:-4]

    def ours() -> object:
        wire = encode_parts(0x31, pack(message), 0, 0xA04F3DDE, 65_537, 41)
        return unpack(type(message), decode_frame(wire[:-1]).payload)

    def reference() -> object:
        wire = cobs.encode(body + crc32(body).to_bytes(4, "little")) + b"\0"
        decoded = cobs.decode(wire[:-1])
        return crc32(decoded[:-4]) == int.from_bytes(decoded[-4:], "little")

    assert ours() == message and reference()
    measured = pairwise(loop(ours, count), loop(reference, count), rounds=rounds)
    if isinstance(message, ReadLogReply):
        return unbudgeted(f"codec round, {name}", "cobs + zlib.crc32 alone", measured, f"{len(message.entries)} typed entries in one frame")
    return at_most(f"codec round, {name}", "cobs + zlib.crc32 alone", measured, 5)
