"""The requests that store a program: stage in chunks, validate, commit. One list for sending and for showing (`--dry-run`)."""

from __future__ import annotations

from rnprog.protocol.image import image_crc
from rnprog.protocol.messages import Commit, Request, Stage, Validate

CHUNK_BYTES = 512


def write_steps(image: bytes, slot: int, base_revision: int) -> tuple[Request, ...]:
    """In the order they are sent. Only the last one changes anything on the device."""
    crc = image_crc(image)
    stages = [Stage(slot, at, len(image), image[at : at + CHUNK_BYTES]) for at in range(0, len(image), CHUNK_BYTES)]
    return (*stages, Validate(slot, crc), Commit(slot, base_revision, crc))
