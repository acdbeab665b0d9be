"""The `--trace` file: every piece of bytes on the line, with the frames in it decoded. Owns that file and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rnprog.commands.exits import Exit, simply
from rnprog.device.link import Trace
from rnprog.protocol.frames import Frame
from rnprog.protocol.opcodes import Flag, Opcode
from rnprog.protocol.reader import FrameReader, Noise


@contextmanager
def tracing(path: Path | None) -> Iterator[Trace | None]:
    """A trace that appends to `path`; None without one. Ended (2) when the file cannot be opened."""
    if path is None:
        yield None
        return
    try:
        file = path.open("a", encoding="ascii", buffering=1)
    except OSError as error:
        raise simply(Exit.USAGE, f"The trace file {path} cannot be written: {error.strerror}.") from error
    with file:
        yield _writer(file)


def _writer(file: TextIO) -> Trace:
    readers = {">": FrameReader(), "<": FrameReader()}

    def trace(now_s: float, direction: str, data: bytes) -> None:
        file.write(f"{now_s:12.6f} {direction} {data.hex()}\n")
        for item in readers[direction].feed(data):
            file.write(f"{now_s:12.6f} {direction}   {_shown(item)}\n")

    return trace


def _shown(item: Frame | Noise) -> str:
    if isinstance(item, Noise):
        return f"noise, {item.size} bytes"
    name = Opcode(item.opcode).name if item.opcode in Opcode._value2member_map_ else f"opcode {item.opcode}"
    flags = " ".join(flag.name or "" for flag in Flag if item.flags & flag) or "request"
    return f"{name} {flags.lower()} session {item.link_session} sequence {item.sequence} payload {item.payload.hex() or '-'}"
