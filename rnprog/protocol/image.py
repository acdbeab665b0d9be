"""The program image of docs/protocol.md, section 6: 48 bytes, wire integers only. Whether a program is allowed is not decided here."""

from __future__ import annotations

from dataclasses import dataclass, field
from zlib import crc32

from rnprog.protocol.errors import PayloadError
from rnprog.protocol.fields import pack, u8, u16, u32, unpack, zeros
from rnprog.protocol.messages import Message

IMAGE_FORMAT = 1
IMAGE_SIZE = 48


@dataclass(frozen=True, slots=True)
class ProgramImage(Message):
    """A program as it lies in a slot. A side that is not in `channels` is all zero."""

    format: int = u8()
    channels: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros(2))
    left_cathodes: int = u16()
    left_anodes: int = u16()
    left_amplitude_ua: int = u32()
    left_width_us: int = u16()
    left_reserved: int = field(init=False, default=0, repr=False, metadata=zeros(2))
    right_cathodes: int = u16()
    right_anodes: int = u16()
    right_amplitude_ua: int = u32()
    right_width_us: int = u16()
    right_reserved: int = field(init=False, default=0, repr=False, metadata=zeros(2))
    rate_mhz: int = u32()
    ramp_up_ms: int = u16()
    ramp_down_ms: int = u16()
    on_ms: int = u32()
    off_ms: int = u32()
    session_s: int = u16()
    sessions_per_day: int = u8()
    last_reserved: int = field(init=False, default=0, repr=False, metadata=zeros())


def encode_image(image: ProgramImage) -> bytes:
    """The 48 bytes. LocalProtocolError when a value does not fit."""
    return pack(image)


def decode_image(data: bytes) -> ProgramImage:
    """The image in 48 bytes. PayloadError for another length, format or a reserved byte that is not zero; values are not judged."""
    image = unpack(ProgramImage, data)
    if image.format != IMAGE_FORMAT:
        raise PayloadError(f"program image format {image.format}; this version knows {IMAGE_FORMAT}")
    return image


def image_crc(data: bytes) -> int:
    """CRC-32 over the image bytes, as SLOT_INFO and COMMIT use it."""
    return crc32(data)
