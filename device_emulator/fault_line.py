"""What becomes of bytes and frames between host and device under a spec of faults. Counts, and draws from the seed; knows no device.

Each item of a spec has a stream of chance of its own, so that one fault does not change when another is added.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from device_emulator.faults import BABBLE_BYTES_PER_S, LINE_BAUD, Fault, Way, parse_faults
from device_emulator.uart import misread
from rnprog.protocol.frames import Frame, encode_frame
from rnprog.protocol.opcodes import Opcode
from rnprog.protocol.reader import FrameReader

BURST_BYTES = 4

Piece = tuple[float, bytes]
"""Seconds later, bytes."""


class Trigger:
    """One item of a spec, its count and its chance."""

    def __init__(self, fault: Fault, seed: int | str, place: int) -> None:
        self.fault = fault
        self.chance = Random(f"{fault.name} {place} {seed}")
        self.seen = 0
        """Occasions until now."""
        self.struck = 0
        """How many of them it struck at."""

    def strikes(self) -> bool:
        """One more occasion; whether it strikes."""
        self.seen += 1
        chance = self.fault.chance
        strikes = self.seen == self.fault.count if chance is None else self.chance.random() < chance
        self.struck += strikes
        return strikes

    def on(self, opcode: int) -> bool:
        """As `strikes`, for one opcode only."""
        return self.fault.opcode in (None, opcode) and self.strikes()

    @property
    def reached(self) -> bool:
        """Whether its occasion is past."""
        return self.seen >= self.fault.count


class FaultyLine:
    """Counts begin when the spec is set. ValueError for a spec that is none."""

    def __init__(self, spec: str, seed: int | str = 0) -> None:
        self.spec = spec
        self.faults = parse_faults(spec)
        self._by_name: dict[str, list[Trigger]] = {}
        for place, fault in enumerate(self.faults):
            self._by_name.setdefault(fault.name, []).append(Trigger(fault, seed, place))
        self._held_requests = b""
        self._held_replies = b""
        self._reader = FrameReader()

    def __bool__(self) -> bool:
        return bool(self.faults)

    def of(self, name: str) -> list[Trigger]:
        """The items of a name, in the order of the spec."""
        return self._by_name.get(name, [])

    @property
    def struck(self) -> dict[str, int]:
        """How often each fault struck that strikes at an occasion, by name; one that holds all the time counts none."""
        return {name: sum(trigger.struck for trigger in triggers) for name, triggers in self._by_name.items()}

    def first(self, name: str) -> Fault | None:
        """The first item of a name."""
        return next((trigger.fault for trigger in self.of(name)), None)

    @property
    def babble_bytes_per_s(self) -> float:
        return sum(trigger.fault.number or BABBLE_BYTES_PER_S for trigger in self.of("babble"))

    def happens(self, name: str, opcode: int) -> Fault | None:
        """One more request passes; the item of this name that strikes at it."""
        return next((trigger.fault for trigger in self.of(name) if trigger.on(opcode)), None)

    def request(self, frame: Frame) -> list[bytes]:
        """What of a request reaches the device, in order."""
        opcode, data = frame.opcode, encode_frame(frame)
        if self._strike("drop-request", opcode):
            data = b""
        if trigger := self._strike("corrupt-request", opcode):
            data = _flip(data, trigger.chance) if data else b""
        if self._strike("partial-request", opcode):
            data = data[: len(data) // 2]
        if self._strike("reorder-request", opcode):
            self._held_requests += data
            return []
        arrives = [data, data] if self._strike("duplicate-request", opcode) else [data]
        held, self._held_requests = self._held_requests, b""
        return [piece for piece in (*arrives, held) if piece]

    def reply(self, opcode: int, data: bytes) -> list[Piece]:
        """What becomes of the answer to one request."""
        if not data or any(trigger.reached for trigger in self.of("half-open")) or self._strike("drop-reply", opcode):
            return []
        data = self._changed(opcode, data)
        if self._strike("reorder-reply", opcode):
            self._held_replies += data
            return []
        held, self._held_replies = self._held_replies, b""
        later_s = sum(trigger.fault.seconds for trigger in self.of("delay"))
        later_s += sum(trigger.chance.uniform(0.0, trigger.fault.seconds) for trigger in self.of("jitter"))
        if late := self._strike("late-reply", opcode):
            later_s += late.fault.seconds
        step_s = sum(trigger.fault.seconds for trigger in self.of("trickle"))
        if step_s:
            return [(later_s + at * step_s, bytes([byte])) for at, byte in enumerate(data + held)]
        return [(later_s, data + held)]

    def event(self, data: bytes) -> bytes:
        """What becomes of something the device sends by itself."""
        lost = [trigger for trigger in self.of("lose-event") if trigger.strikes()]
        return b"" if lost or any(trigger.reached for trigger in self.of("half-open")) else data

    def bytes_in(self, data: bytes) -> bytes:
        """Bytes from the host, as they arrive."""
        for trigger in self.of("wrong-baud"):
            data = misread(data, trigger.fault.number, LINE_BAUD)
        return self._bytes(data, Way.REQUEST)

    def bytes_out(self, data: bytes) -> bytes:
        """Bytes to the host, as they arrive."""
        for trigger in self.of("wrong-baud"):
            data = misread(data, LINE_BAUD, trigger.fault.number)
        return self._bytes(data, Way.REPLY)

    def _changed(self, opcode: int, data: bytes) -> bytes:
        if self._strike("wild-telemetry", opcode):
            data = self._remade(data, lambda frame: frame._replace(payload=b"\xff" * len(frame.payload)))
        if self._strike("wrong-reply", opcode):
            data = self._remade(data, lambda frame: frame._replace(opcode=Opcode.PING, sequence=max(0, frame.sequence - 1)))
        if trigger := self._strike("corrupt-reply", opcode):
            data = _flip(data, trigger.chance)
        if trigger := self._strike("steal", opcode):
            begin = trigger.chance.randrange(len(data))
            data = data[:begin] + data[begin + trigger.chance.randint(1, len(data) - begin) :]
        if self._strike("partial-reply", opcode):
            data = data[: len(data) // 2]
        if self._strike("duplicate-reply", opcode):
            data += data
        for trigger in self.of("noise"):
            data = trigger.chance.randbytes(trigger.fault.count) + b"\x00" + data
        return data

    def _remade(self, data: bytes, change: Callable[[Frame], Frame]) -> bytes:
        """The frames in some bytes, changed and with a right checksum."""
        return b"".join(encode_frame(change(item)) for item in self._reader.feed(data) if isinstance(item, Frame))

    def _strike(self, name: str, opcode: int) -> Trigger | None:
        struck = [trigger for trigger in self.of(name) if trigger.on(opcode)]
        return struck[0] if struck else None

    def _bytes(self, data: bytes, way: Way) -> bytes:
        for name, change in (("drop-byte", _drop), ("double-byte", _double), ("flip-bit", _flip_at), ("burst-error", _scramble)):
            for trigger in self.of(name):
                if trigger.fault.way in (None, way):
                    hit = [at for at in range(len(data)) if trigger.strikes()]
                    changed = bytearray(data)
                    for at in reversed(hit):
                        change(changed, at, trigger.chance)
                    data = bytes(changed)
        return data


def _drop(data: bytearray, at: int, chance: Random) -> None:
    del data[at]


def _double(data: bytearray, at: int, chance: Random) -> None:
    data.insert(at, data[at])


def _flip_at(data: bytearray, at: int, chance: Random) -> None:
    data[at] ^= 1 << chance.randrange(8)


def _scramble(data: bytearray, at: int, chance: Random) -> None:
    for place in range(at, min(at + BURST_BYTES, len(data))):
        data[place] ^= chance.randrange(1, 256)


def _flip(data: bytes, chance: Random) -> bytes:
    """One bit of one byte; never the delimiter at the end, never making a new one."""
    changed = bytearray(data)
    at = chance.randrange(len(changed) - 1)
    bit = next(bit for bit in chance.sample(range(8), 8) if changed[at] ^ 1 << bit)
    changed[at] ^= 1 << bit
    return bytes(changed)
