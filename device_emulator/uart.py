"""Bytes as a UART at the wrong speed would read them: 8 data bits, no parity, one stop bit. Pure arithmetic."""

from __future__ import annotations

_FRAME_BITS = 10


def misread(data: bytes, sent_baud: float, read_baud: float) -> bytes:
    """What a receiver at `read_baud` makes of bytes sent back to back at `sent_baud`; the line rests high before and after. A byte whose
    stop bit is missing is handed on all the same, as most drivers do."""
    bits = [bit for byte in data for bit in (0, *((byte >> place) & 1 for place in range(8)), 1)]
    end_s = len(bits) / sent_baud
    read = bytearray()
    at_s = 0.0
    while (start_s := _falls(bits, sent_baud, at_s)) is not None and start_s < end_s:
        samples = [_level(bits, sent_baud, start_s + (place + 1.5) / read_baud) for place in range(8)]
        read.append(sum(level << place for place, level in enumerate(samples)))
        at_s = start_s + (_FRAME_BITS - 0.5) / read_baud
    return bytes(read)


def _level(bits: list[int], baud: float, at_s: float) -> int:
    at = int(at_s * baud)
    return bits[at] if at < len(bits) else 1


def _falls(bits: list[int], baud: float, from_s: float) -> float | None:
    """When the line next goes from high to low; before the first bit it is high."""
    first = int(from_s * baud) if from_s else -1
    before = _level(bits, baud, from_s) if from_s else 1
    for at in range(first + 1, len(bits)):
        if before and not bits[at]:
            return at / baud
        before = bits[at]
    return None
