"""The program image: 48 bytes, nothing judged but its form."""

from zlib import crc32

import pytest

from rnprog.protocol.errors import LocalProtocolError, PayloadError
from rnprog.protocol.fields import layout
from rnprog.protocol.image import IMAGE_FORMAT, IMAGE_SIZE, ProgramImage, decode_image, encode_image, image_crc
from tests.protocol.document import rows, section
from tests.protocol.vectors import BY_NAME

DATA = BY_NAME["image_both_sides"].payload


def test_it_has_the_size_and_the_offsets_of_the_document() -> None:
    assert layout(ProgramImage).head.size == IMAGE_SIZE == len(DATA)
    table = rows(section("6."), "offset", "type", "field")
    cells = [row[:3] for row in table if "-" not in row[0]] + [row[4:] for row in table if row[4]]
    offset, expected = 0, {}
    for name, shape in layout(ProgramImage).kinds:
        expected[offset] = name
        offset += {"B": 1, "H": 2, "I": 4}[getattr(shape, "code", {1: "B", 2: "H"}.get(getattr(shape, "size", 1)))]
    for at, _, text in cells:
        name = text.split(" mask")[0].split(" =")[0].split(" (")[0].replace(" ", "_")
        assert expected[int(at)].endswith(name), (at, text)


@pytest.mark.parametrize("at", [2, 3, 14, 15, 26, 27, 47])
def test_reserved_bytes_must_be_zero(at: int) -> None:
    spoiled = bytearray(DATA)
    spoiled[at] = 1
    with pytest.raises(PayloadError):
        decode_image(bytes(spoiled))


@pytest.mark.parametrize("data", [DATA[:-1], DATA + b"\x00", b"", bytes(48), b"\x02" + DATA[1:]])
def test_another_length_or_format_is_refused(data: bytes) -> None:
    with pytest.raises(PayloadError):
        decode_image(data)


def test_values_are_not_judged_but_must_fit() -> None:
    assert encode_image(decode_image(BY_NAME["image_all_ones_numbers"].payload)) == BY_NAME["image_all_ones_numbers"].payload
    numbers = [IMAGE_FORMAT, 1, *[0] * 15]
    assert len(encode_image(ProgramImage(*numbers))) == IMAGE_SIZE
    numbers[4] = 1 << 32
    with pytest.raises(LocalProtocolError):
        encode_image(ProgramImage(*numbers))


def test_the_crc_is_that_of_the_bytes() -> None:
    assert image_crc(DATA) == crc32(DATA)
