"""Every hand-made frame through our codec, both ways. A vector that disagrees convicts the codec, not the vector."""

from zlib import crc32

import pytest
from cobs import cobs

from rnprog.protocol.errors import FrameError
from rnprog.protocol.fields import pack, unpack
from rnprog.protocol.frames import decode_frame, encode_frame
from rnprog.protocol.image import decode_image, encode_image, image_crc
from tests.protocol.document import examples
from tests.protocol.vectors import FRAMES, IMAGES, NOISE, VECTORS, Vector, build

each_frame = pytest.mark.parametrize("vector", FRAMES, ids=lambda vector: vector.name)


def test_names_are_unique() -> None:
    assert len({vector.name for vector in VECTORS}) == len(VECTORS) > 100


@each_frame
def test_message_to_wire(vector: Vector) -> None:
    assert pack(vector.message) == vector.payload
    assert encode_frame(vector.frame) == vector.wire


@each_frame
def test_wire_to_message(vector: Vector) -> None:
    frame = decode_frame(vector.wire[:-1])
    assert frame == vector.frame
    assert unpack(vector.kind, frame.payload) == vector.message


@each_frame
def test_the_vector_itself_is_sound(vector: Vector) -> None:
    body = bytes.fromhex(vector.raw["decoded"])
    assert body[16:-4] == vector.payload
    assert int.from_bytes(body[-4:], "little") == crc32(body[:-4])


@pytest.mark.parametrize("vector", NOISE, ids=lambda vector: vector.name)
def test_noise_is_no_frame(vector: Vector) -> None:
    with pytest.raises(FrameError):
        decode_frame(vector.wire[:-1])


@pytest.mark.parametrize("vector", IMAGES, ids=lambda vector: vector.name)
def test_images(vector: Vector) -> None:
    data = vector.payload
    image = decode_image(data)
    assert image == build(type(image), vector.fields)
    assert encode_image(image) == data
    assert image_crc(data) == vector.raw["crc"]


def test_the_examples_of_the_document_are_vectors() -> None:
    wires = {vector.wire.strip(b"\x00") for vector in FRAMES}
    found = examples()
    assert len(found) >= 15
    for kind, data in found:
        line = data if kind == "line" else cobs.encode(data)
        assert line.strip(b"\x00") in wires, data.hex(" ")
