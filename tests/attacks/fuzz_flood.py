"""A babbling line: 10 MB of junk into each end. What is held stays flat to the MiB, and the next honest frame is understood.

Junk of one kind to a case, in pieces as a port would hand them out. What is given back (noise, answers) is dropped, as the ends' owners do;
`tracemalloc` sees all that is still held at any moment.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from random import Random

from rnprog.protocol.connection import Answer, HostConnection
from rnprog.protocol.endpoint import DeviceEndpoint, Outcome
from rnprog.protocol.messages import ReadStatus, Request, StatusReply
from tests.attacks.common import Broken, Result, Shot, over
from tests.attacks.fuzz_wire import chunk_of, random_message

SHARE = 2
FULL = 50
BYTES = 10_000_000
FLAT_BYTES = 1 << 20
PIECE = 4_096
DEVICE_ID = 0x5EED

_LONG = bytes([255]) * 400
KINDS: dict[str, Callable[[Random, int], bytes]] = {
    "random bytes": lambda rng, size: rng.randbytes(size),
    "no delimiter": lambda rng, size: bytes([rng.randint(1, 255)]) * size,
    "nothing but delimiters": lambda rng, size: bytes(size),
    "frames with a wrong checksum": lambda rng, size: (chunk_of(rng.randbytes(30))[:-1] + b"\x01\x00") * (size // 36),
    "frames of another device": lambda rng, size: (chunk_of(b"\x01\x00\x31\x00" + rng.randbytes(40)) + b"\x00") * (size // 50),
    "frames that are too long": lambda rng, size: (chunk_of(_LONG * 3) + b"\x00") * (size // 1_210),
}


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row=_row)


def _row(number: int) -> str:
    return f"{'device' if number % 2 else 'host'}: {tuple(KINDS)[number // 2 % len(KINDS)]}"


def case(number: int) -> Shot:
    """10 MB of one kind at one end."""
    rng = Random(number)
    make = KINDS[tuple(KINDS)[number // 2 % len(KINDS)]]
    junk = make(rng, 250_000) + b"\x01"
    end = _Device() if number % 2 else _Host()
    end.feed(junk[:PIECE])
    tracemalloc.start()
    try:
        held, _ = tracemalloc.get_traced_memory()
        for at in range(0, BYTES, PIECE):
            first = at % (len(junk) - PIECE)
            end.feed(junk[first : first + PIECE])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    if peak - held > FLAT_BYTES:
        raise Broken(f"{(peak - held) >> 10} KiB are held at once")
    if not end.understands(rng):
        raise Broken("the next frame is not understood")
    return Shot(_row(number), (peak - held) / 1024, "KiB held at most")


class _Device:
    """The device's end, in an open session."""

    def __init__(self) -> None:
        self.endpoint = DeviceEndpoint(DEVICE_ID)
        self.endpoint.begin_session(7)
        self.done = 0

    def _execute(self, request: Request) -> Outcome:
        self.done += 1
        return StatusReply(*[0] * 20)

    def feed(self, data: bytes) -> None:
        self.endpoint.receive(data, self._execute)

    def understands(self, rng: Random) -> bool:
        before = self.done
        host = HostConnection()
        host.device_id, host.link_session = DEVICE_ID, 7
        self.feed(b"\x00" + host.send(ReadStatus()).data)
        return self.done == before + 1


class _Host:
    """The host's end, waiting for an answer."""

    def __init__(self) -> None:
        self.connection = HostConnection()
        self.connection.device_id, self.connection.link_session = DEVICE_ID, 7
        self.sent = self.connection.send(ReadStatus())
        self.taken = 0

    def feed(self, data: bytes) -> None:
        self.taken += sum(isinstance(item, Answer) for item in self.connection.receive(data))

    def understands(self, rng: Random) -> bool:
        endpoint = DeviceEndpoint(DEVICE_ID)
        endpoint.begin_session(7)
        self.feed(b"\x00" + endpoint.receive(self.sent.data, lambda _: random_message(rng, StatusReply)))
        return self.taken == 1
