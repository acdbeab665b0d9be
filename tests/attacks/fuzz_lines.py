"""What a bad line, a bad device and a bad host make of honest frames: each kind of mutation by name. Knows no end and judges nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from tests.attacks.fuzz_wire import EVENT, OPEN_WITH_0, STOP, Sent, World, chunk_of

Line = bytes
Mutation = Callable[[Random, World, Sequence[Sent]], Line]
"""From the honest frames of one end, the bytes that arrive at the other; the last byte is a delimiter."""


def _frame(rng: Random, honest: Sequence[Sent]) -> bytes:
    return rng.choice(honest).chunk + b"\x00"


def _flip(line: bytes, bits: Sequence[int]) -> bytes:
    changed = bytearray(line)
    for bit in bits:
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed) + b"\x00"


def one_bit(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    line = _frame(rng, honest)
    return _flip(line, [rng.randrange(8 * len(line))])


def two_bits(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    line = _frame(rng, honest)
    return _flip(line, rng.sample(range(8 * len(line)), 2))


def burst(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    """An error burst of at most 32 bits."""
    line = _frame(rng, honest)
    length = rng.randint(3, min(32, 8 * len(line)))
    first = rng.randrange(8 * len(line) - length + 1)
    inside = [bit for bit in range(first + 1, first + length - 1) if rng.random() < 0.5]
    return _flip(line, [first, *inside, first + length - 1])


def bytes_changed(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    """Up to eight bytes replaced, lost, doubled or put in."""
    line = bytearray(_frame(rng, honest))
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(line) + 1)
        match rng.randrange(4):
            case 0 if at < len(line):
                line[at] = rng.getrandbits(8)
            case 1 if at < len(line):
                del line[at]
            case 2 if at < len(line):
                line.insert(at, line[at])
            case _:
                line.insert(at, rng.choice((0, 1, 255, rng.getrandbits(8))))
    return bytes(line) + b"\x00"


def cut(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    """Head, tail or middle lost; then another frame, with or without the delimiter that ends what was begun."""
    line = _frame(rng, honest)[:-1]
    first, last = sorted(rng.sample(range(len(line) + 1), 2))
    kept = rng.choice((line[first:], line[:last], line[:first] + line[last:]))
    return kept + rng.choice((b"\x00", b"")) + _frame(rng, honest)


def splice(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    """The head of one frame and the tail of another."""
    head, tail = rng.choice(honest).chunk, rng.choice(honest).chunk
    return head[: rng.randint(1, len(head))] + tail[rng.randrange(len(tail)) :] + b"\x00"


def shuffled(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    """Whole frames: doubled, lost, in another order."""
    at = rng.randrange(len(honest))
    some = list(honest[at : at + 4])
    some += rng.sample(some, rng.randint(0, len(some)))
    rng.shuffle(some)
    return b"".join(each.chunk + b"\x00" * rng.randint(1, 2) for each in some)


def replayed(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    """Of this session, of an earlier one, of another device; then an honest frame."""
    return _frame(rng, world.old) + _frame(rng, honest)


def other_way(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    """What this end sent itself, or what is for neither."""
    other = [answer for _, answer in world.answers] if not honest[0].flags else list(world.requests)
    return _frame(rng, [*other, *world.events] if not honest[0].flags else other) + _frame(rng, honest)


def bomb(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    """Longer than any frame: with a right checksum, or without an end."""
    base = rng.choice(honest)
    if rng.random() < 0.7:
        return chunk_of(base.body + rng.randbytes(rng.randint(1005 - len(base.payload), 4000))) + b"\x00" + _frame(rng, honest)
    return bytes([rng.randint(1, 255)]) * rng.randint(1030, 20_000) + b"\x00" + _frame(rng, honest)


def lie(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    """A right checksum over a header or payload that nobody honest sends: none of these may be taken for what it resembles."""
    base = rng.choice([each for each in honest if each.opcode not in (STOP, *OPEN_WITH_0)])
    of_event = bool(base.flags & EVENT)  # a late one may carry an earlier session, and its sequence is only its number
    match rng.randrange(4 if of_event else 7):
        case 0:
            base = replace(base, flags=base.flags ^ rng.choice((0x10, 0x20, 0x40, 0x80) if base.flags else (0x02, 0x08, 0x10, 0x80)))
        case 1:
            base = replace(base, reserved=rng.randint(1, 255))
        case 2:
            base = replace(base, version=rng.choice((0, 2, 255)))
        case 3:
            base = replace(base, device_id=rng.choice((0, world.device_id + 1 & 0xFFFF_FFFF, rng.getrandbits(32))))
        case 4:
            base = replace(base, link_session=rng.choice((0, world.old_session, world.session + 1, rng.getrandbits(32))))
        case 5:
            base = replace(base, opcode=rng.choice((0x00, 0x0F, 0x6F, 0x7F, 0x81, 0xFF)))
        case 6:
            base = replace(base, sequence=rng.choice((0, world.base, world.base - 1, 1)))
    return base.chunk + b"\x00"


def long_or_short(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    """A right checksum over a payload of another length than the message has."""
    base = rng.choice([each for each in honest if each.opcode not in (STOP, PINGED, *STRETCHABLE)])
    longer = rng.random() < 0.5 or not base.payload
    payload = base.payload + rng.randbytes(rng.randint(1, 30)) if longer else base.payload[: rng.randrange(len(base.payload))]
    return replace(base, payload=payload).chunk + b"\x00"


PINGED = 0x71
STRETCHABLE = (0x42, 0x41, 0x60)
"""Their last field takes the rest of the payload, so another length is another message and no lie."""


def garbage(rng: Random, world: World, honest: Sequence[Sent]) -> Line:
    return rng.randbytes(rng.randint(1, 200)) + b"\x00"


MUTATIONS: dict[str, Mutation] = {
    "1 bit": one_bit,
    "2 bits": two_bits,
    "burst of 3 to 32 bits": burst,
    "bytes changed, lost, put in": bytes_changed,
    "cut": cut,
    "spliced": splice,
    "doubled, lost, out of order": shuffled,
    "replayed": replayed,
    "wrong direction": other_way,
    "longer than any frame": bomb,
    "right checksum, wrong header": lie,
    "right checksum, wrong length": long_or_short,
    "garbage": garbage,
}
