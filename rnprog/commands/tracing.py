"""The `--trace` file: every piece of bytes on the line, with the frames in it decoded. Owns that file and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from rnprog.commands.exits import Exit, simply
from rnprog.commands.saving import appending, why
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
        file = appending(path)
    except OSError as error:
        raise simply(Exit.USAGE, f"The trace file {path} cannot be written: {why(error)}.") from error
    writer = _Writer(file)
    try:
        yield writer.trace
    finally:
        writer.close()
        if writer.failed:
            with suppress(OSError, ValueError):
                print(f"The trace file {path} is not complete: {writer.failed}.", file=sys.stderr)


class _Writer:
    """A trace that fails is given up: it never comes between a command, least of all STOP, and the device."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._readers = {">": FrameReader(), "<": FrameReader()}
        self.failed: str | None = None

    def trace(self, now_s: float, direction: str, data: bytes) -> None:
        """A piece of bytes, and the frames that it completes."""
        if self.failed:
            return
        lines = [f"{now_s:12.6f} {direction} {data.hex()}\n"]
        lines += [f"{now_s:12.6f} {direction}   {_shown(item)}\n" for item in self._readers[direction].feed(data)]
        try:
            self._file.write("".join(lines))
        except OSError as error:
            self.failed = error.strerror or str(error)

    def close(self) -> None:
        """Close the file; what it still held may be lost."""
        try:
            self._file.close()
        except OSError as error:
            self.failed = self.failed or error.strerror or str(error)


def _shown(item: Frame | Noise) -> str:
    if isinstance(item, Noise):
        return f"noise, {item.size} bytes"
    name = Opcode(item.opcode).name if item.opcode in Opcode._value2member_map_ else f"opcode {item.opcode}"
    flags = " ".join(flag.name or "" for flag in Flag if item.flags & flag) or "request"
    return f"{name} {flags.lower()} session {item.link_session} sequence {item.sequence} payload {item.payload.hex() or '-'}"
