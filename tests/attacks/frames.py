"""Every frame of a whole appointment, both ways, lost, doubled, corrupted, delayed or overtaken by the next one.

Each number is a frame, what befalls it and its way, in an order that spreads any few of them over the appointment. What only reads is
repeated, so the appointment must reach its end then; whatever happens to a command, it ends typed, off and explained.
"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from rnprog.protocol.frames import Frame, encode_frame
from rnprog.protocol.messages import REQUESTS
from rnprog.protocol.opcodes import Opcode, RequestClass
from rnprog.protocol.reader import FrameReader
from rnprog.session.appointment import run as appointment
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble
from tests.attacks import invariants
from tests.attacks.common import Broken, Result, over, place, spread
from tests.attacks.passing import Tamper
from tests.attacks.steps import Steps
from tests.attacks.watch import Watch
from tests.session.test_appointment import TEMPLATE, Guide

BEFALLS = ("lost", "doubled", "corrupted", "delayed", "overtaken")
WAYS = ("to the device", "from the device")
CONTROLS = 4
"""Indices beyond the last frame, each way: nothing befalls them."""
SHARE = 16


class Meddler(Tamper):
    """The frame of this index, this way, meets with something."""

    def __init__(self, port: Any, index: int, befalls: str, way: int, late_s: float) -> None:
        super().__init__(port)
        self.struck: Frame | None = None
        self.counts = [0, 0]
        """Frames that came along, each way."""
        self._index, self._befalls, self._way, self._late_s = index, befalls, way, late_s
        self._readers = (FrameReader(), FrameReader())
        self._ready = bytearray()
        self._held: list[tuple[float, bytes]] = []
        self._overtaken = b""

    def write(self, data: bytes, /) -> int:
        self._late(0)
        for piece in self._through(0, data):
            self.deliver(piece)
        return len(data)

    @property
    def in_waiting(self) -> int:
        self._fill(int(self._port.in_waiting))
        return len(self._ready)

    def read(self, size: int = 1, /) -> bytes:
        if not self._ready:
            self._fill(max(1, size))
        data = bytes(self._ready[:size])
        del self._ready[: len(data)]
        return data

    def _fill(self, size: int) -> None:
        for piece in self._through(1, self._port.read(size) if size else b""):
            self._ready += piece
        self._late(self._way)

    def _late(self, way: int) -> None:
        due = [data for at_s, data in self._held if at_s <= self._port.clock.now_s() and way == self._way]
        if due:
            self._held.clear()
        for data in due:
            if self._way:
                self._ready += data
            else:
                self.deliver(data)

    def _through(self, way: int, data: bytes) -> list[bytes]:
        """The frames in `data`, as they go on."""
        pieces = []
        for item in self._readers[way].feed(data):
            if not isinstance(item, Frame):
                pieces.append(item.data + b"\x00")
                continue
            self.counts[way] += 1
            whole = encode_frame(item)
            if way == self._way and self.counts[way] - 1 == self._index:
                self.struck = item
                pieces += self._strike(whole)
            else:
                pieces.append(whole)
                if way == self._way and self._overtaken:
                    pieces.append(self._overtaken)
                    self._overtaken = b""
        return pieces

    def _strike(self, whole: bytes) -> list[bytes]:
        match self._befalls:
            case "lost":
                return []
            case "doubled":
                return [whole, whole]
            case "corrupted":
                changed = bytearray(whole)
                at = Random(self._index).randrange(len(whole) - 1)
                changed[at] ^= 0x10 if changed[at] != 0x10 else 0x20
                return [bytes(changed)]
            case "delayed":
                self._held.append((self._port.clock.now_s() + self._late_s, whole))
                return []
            case _:
                self._overtaken = whole
                return []


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row=_row)


@cache
def frames_in() -> tuple[int, int]:
    """How many frames pass each way when nothing befalls them."""
    with place() as root:
        watch = Watch(root / "r", lambda port: Meddler(port, -1, "lost", 0, 0.0))
        with watch.open("emu://?seed=0") as session:
            assert appointment(session, TEMPLATE, Guide()).unfinished is None
    assert isinstance(watch.port, Meddler)
    return watch.port.counts[0], watch.port.counts[1]


def full() -> int:
    """Every frame in every way, and the controls."""
    return sum(count + CONTROLS for count in frames_in()) * len(BEFALLS)


def _meaning(number: int) -> tuple[int, int, int]:
    """Index of the frame, what befalls it, and which way it goes."""
    index, befalls = divmod(spread(number, full()), len(BEFALLS))
    there = frames_in()[0] + CONTROLS
    return (index, befalls, 0) if index < there else (index - there, befalls, 1)


def _row(number: int) -> str:
    _, befalls, way = _meaning(number)
    return f"{BEFALLS[befalls]} {WAYS[way]}"


def case(number: int) -> str:
    """One frame."""
    index, befalls, way = _meaning(number)
    turn = number // full()
    late_s = (0.05, 0.3, 0.4, 0.9, 2.0)[(index + turn) % 5]
    with place() as root:
        watch = Watch(root / "r", lambda port: Meddler(port, index, BEFALLS[befalls], way, late_s))
        steps = Steps(watch)
        watch.before = lambda call, data: steps.look(data) if data else None
        finished = False
        try:
            with watch.open(f"emu://?seed={turn}") as session:
                report = appointment(session, TEMPLATE, Guide())
                finished = report.unfinished is None
        except (Trouble, Halted) as ending:
            if not str(ending).endswith("."):
                raise Broken(f"no sentence: {ending}") from ending
        watch.afterwards()
        steps.judge()
        invariants.at_the_end(watch)
        assert isinstance(watch.port, Meddler)
        struck = watch.port.struck
    if turn == 0 and (struck is not None) is not (index < frames_in()[way]):
        raise Broken(f"frame {index} of {frames_in()[way]} {WAYS[way]}: {'struck' if struck else 'not struck'}")
    if struck is None and not finished:
        raise Broken("nothing befell it, and it did not finish")
    if struck is not None and not finished and (BEFALLS[befalls] == "doubled" or _repeated(struck, BEFALLS[befalls])):
        raise Broken(f"{Opcode(struck.opcode).name} {BEFALLS[befalls]} {WAYS[way]} ended the appointment")
    return f"{BEFALLS[befalls]} {WAYS[way]}" if struck is not None else "nothing (a control)"


def _repeated(struck: Frame, befalls: str) -> bool:
    """Whether the programmer asks again for what this frame was about. A LINK_OPEN that comes late ends what has begun meanwhile."""
    if struck.opcode == Opcode.LINK_OPEN and befalls == "delayed":
        return False
    return struck.opcode in REQUESTS and REQUESTS[Opcode(struck.opcode)].CLASS in (RequestClass.OPEN, RequestClass.READ)
