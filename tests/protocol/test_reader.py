"""The reader: whole, byte by byte, inside garbage; nothing is swallowed and nothing is hoarded."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.protocol.frames import DELIMITER, Frame, decode_frame, encode_frame
from rnprog.protocol.opcodes import MAX_ENCODED
from rnprog.protocol.reader import FrameReader, Noise
from tests.protocol.vectors import FRAMES, NOISE, Vector

each_frame = pytest.mark.parametrize("vector", FRAMES, ids=lambda vector: vector.name)
GARBAGE = bytes(range(1, 256)) * 2


@each_frame
def test_whole(vector: Vector) -> None:
    assert FrameReader().feed(vector.wire) == [vector.frame]
    assert FrameReader().feed(DELIMITER * 3 + vector.wire * 2) == [vector.frame] * 2


@each_frame
def test_byte_by_byte(vector: Vector) -> None:
    reader = FrameReader()
    for at, byte in enumerate(vector.wire[:-1]):
        assert reader.feed(bytes([byte])) == []
        assert reader.pending == at + 1
    assert reader.feed(DELIMITER) == [vector.frame]
    assert reader.pending == 0


@each_frame
def test_inside_garbage(vector: Vector) -> None:
    """A delimiter before it is all a frame needs; without one it goes down with what stands before it."""
    reader = FrameReader()
    before, found, after = reader.feed(GARBAGE + DELIMITER + vector.wire + GARBAGE[:300] + DELIMITER)
    assert found == vector.frame
    assert isinstance(before, Noise) and before.size == len(GARBAGE)
    assert isinstance(after, Noise) and after.size == 300
    assert [type(item) for item in reader.feed(GARBAGE[:7] + vector.wire + vector.wire)] == [Noise, Frame]


@pytest.mark.parametrize("vector", NOISE, ids=lambda vector: vector.name)
def test_noise_is_counted_unless_it_is_an_empty_frame(vector: Vector) -> None:
    found = FrameReader().feed(vector.wire)
    assert len(found) == vector.raw["counted"]
    for item in found:
        assert isinstance(item, Noise)
        assert item.size == len(vector.wire) - 1


def stream() -> st.SearchStrategy[bytes]:
    pieces = st.one_of(
        st.sampled_from(FRAMES).map(lambda vector: vector.wire),
        st.binary(max_size=40),
        st.integers(0, 3000).map(lambda size: b"\x55" * size),
        st.just(DELIMITER),
    )
    return st.lists(pieces, max_size=8).map(b"".join)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(stream(), st.lists(st.integers(0, 6000), max_size=12))
def test_every_byte_is_accounted_for(data: bytes, places: list[int]) -> None:
    """Each chunk between delimiters is one frame or one noise of its size, in order, however the bytes arrive."""
    reader = FrameReader()
    found: list[Frame | Noise] = []
    for piece in cut(data, places):
        found += reader.feed(piece)
        assert reader.pending <= MAX_ENCODED
    found += reader.abandon()
    *ended, rest = data.split(DELIMITER)
    chunks = [chunk for chunk in ended if chunk]
    left = [rest] if rest else []
    assert len(found) == len(chunks + left)
    for item, chunk in zip(found, chunks + left, strict=True):
        if isinstance(item, Noise):
            assert item.size == len(chunk)
            assert item.data == chunk[:MAX_ENCODED]
        else:
            assert item == decode_frame(chunk)
    assert reader.abandon() == []
    assert reader.pending == 0


@given(stream(), st.lists(st.integers(0, 6000), max_size=12))
def test_how_the_bytes_arrive_makes_no_difference(data: bytes, places: list[int]) -> None:
    whole, pieces = FrameReader(), FrameReader()
    found = whole.feed(data)
    assert [item for piece in cut(data, places) for item in pieces.feed(piece)] == found
    assert pieces.abandon() == whole.abandon()


def test_a_line_without_delimiters_fills_no_memory() -> None:
    reader = FrameReader()
    for _ in range(100):
        assert reader.feed(b"\xaa" * 10_000) == []
        assert reader.pending == MAX_ENCODED
    (noise,) = reader.feed(DELIMITER)
    assert noise == Noise(b"\xaa" * MAX_ENCODED, 1_000_000, "longer than any frame")
    assert reader.pending == 0


@pytest.mark.parametrize("pieces", [1, 2, MAX_ENCODED])
def test_the_longest_frame_passes_and_one_byte_more_does_not(pieces: int) -> None:
    longest = encode_frame(Frame(0x71, b"\xff" * 1004, 255, *[0xFFFF_FFFF] * 3, 255, 255))
    assert len(longest) == MAX_ENCODED + 1
    reader = FrameReader()
    step = -(-len(longest) // pieces)
    found = [item for at in range(0, len(longest), step) for item in reader.feed(longest[at : at + step])]
    assert [type(item) for item in found] == [Frame]
    (noise,) = FrameReader().feed(b"\x01" + longest)
    assert isinstance(noise, Noise) and noise.size == MAX_ENCODED + 1
    assert noise.reason == "longer than any frame"


def test_a_frame_that_was_abandoned_does_not_come_back() -> None:
    vector = FRAMES[0]
    reader = FrameReader()
    reader.feed(vector.wire[:10])
    assert reader.abandon() == [Noise(vector.wire[:10], 10, "frame not finished in time")]
    (noise,) = reader.feed(vector.wire[10:])
    assert isinstance(noise, Noise)
    assert reader.feed(vector.wire) == [vector.frame]


@pytest.mark.parametrize(
    ("chunk", "reason"),
    [
        (b"\x05\x01", "not COBS: "),
        (b"\x02\x01", "a frame has 20 to 1024 bytes decoded"),
        (b"\x16" + b"\x01" * 21, "checksum differs"),
    ],
    ids=["not COBS", "too short", "checksum"],
)
def test_noise_says_why_it_is_no_frame(chunk: bytes, reason: str) -> None:
    (noise,) = FrameReader().feed(chunk + DELIMITER)
    assert isinstance(noise, Noise)
    assert noise.reason.startswith(reason)
    assert (noise.data, noise.size) == (chunk, len(chunk))
