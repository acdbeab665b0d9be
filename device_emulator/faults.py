"""Faults of the line, between the device and the port. Owns the table of faults, how a spec is read, and when a fault strikes.

A spec is a list with commas: `drop-reply=SET_AMPLITUDE@2,delay=0.05,unplug@40,nak-stop`. `=` gives the opcode or the amount, `@n`
the count at which it strikes (1 when left out), `~s` the seconds of a late answer. What it does to a frame depends on the spec, the
seed and the frames before it, so that a run can be repeated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from random import Random

from rnprog.protocol.opcodes import Opcode

LATE_S = 0.4
"""A late answer comes after the 250 ms a host waits."""


class Takes(Enum):
    """What stands behind the name of a fault."""

    OPCODE = auto()
    SECONDS = auto()
    COUNT = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One row of the table."""

    name: str
    takes: Takes
    summary: str
    example: str


_ALL = (
    FaultKind("drop-request", Takes.OPCODE, "the nth request of an opcode is lost on its way to the device", "drop-request=BURST@1"),
    FaultKind("drop-reply", Takes.OPCODE, "the nth answer to an opcode is lost; the device did what was asked", "drop-reply=ARM@1"),
    FaultKind("corrupt-reply", Takes.OPCODE, "one bit of the nth answer to an opcode is flipped", "corrupt-reply=STATUS@1"),
    FaultKind("late-reply", Takes.OPCODE, "the nth answer to an opcode comes late (~seconds, 0.4)", "late-reply=STATUS@1~0.6"),
    FaultKind("duplicate-reply", Takes.OPCODE, "the nth answer to an opcode comes twice", "duplicate-reply=STATUS@1"),
    FaultKind("delay", Takes.SECONDS, "every answer comes that many seconds later", "delay=0.05"),
    FaultKind("noise", Takes.COUNT, "that many bytes of noise stand before every answer", "noise@20"),
    FaultKind("unplug", Takes.COUNT, "the cable is out from the nth request on; that one is still executed", "unplug@40"),
    FaultKind("reset", Takes.COUNT, "the device resets at the nth request, which is lost", "reset@12"),
    FaultKind("power-cut", Takes.COUNT, "power fails at the nth page write of the memory from now", "power-cut@3"),
    FaultKind("half-open", Takes.COUNT, "from the nth request on nothing comes back; the device still hears", "half-open@5"),
    FaultKind("nak-stop", Takes.NOTHING, "STOP is refused and does nothing", "nak-stop"),
)
FAULTS: dict[str, FaultKind] = {kind.name: kind for kind in _ALL}

_ITEM = re.compile(r"(?P<name>[a-z-]+)(?:=(?P<value>[A-Z_]+|\d+(?:\.\d+)?))?(?:@(?P<count>\d{1,9}))?(?:~(?P<late>\d+(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True)
class Fault:
    """One item of a spec."""

    kind: FaultKind
    opcode: Opcode | None = None
    count: int = 1
    seconds: float = 0.0


def parse_faults(spec: str) -> tuple[Fault, ...]:
    """The faults of a spec; an empty spec has none. ValueError says what is wrong and lists the known ones."""
    return tuple(_parse_item(item.strip()) for item in spec.split(",") if item.strip())


def _parse_item(item: str) -> Fault:
    found = _ITEM.fullmatch(item)
    kind = FAULTS.get(found["name"]) if found else None
    if found is None or kind is None:
        raise ValueError(f"There is no fault {item!r}. Known are {', '.join(FAULTS)}; for example {_ALL[1].example}.")
    count, value, late = int(found["count"] or 1), found["value"], found["late"]
    wrong = ValueError(f"The fault {item!r} is not written as {kind.example!r} is.")
    if count < 1 or (late and kind.name != "late-reply"):
        raise wrong
    match kind.takes:
        case Takes.OPCODE:
            if value not in Opcode.__members__:
                raise ValueError(f"The fault {item!r} names no opcode. Known are {', '.join(Opcode.__members__)}.")
            return Fault(kind, Opcode[value], count, float(late or LATE_S))
        case Takes.SECONDS:
            if value is None or not value[0].isdigit() or found["count"]:
                raise wrong
            return Fault(kind, seconds=float(value))
        case Takes.COUNT:
            if value is not None:
                raise wrong
            return Fault(kind, count=count)
        case Takes.NOTHING:
            if value is not None or found["count"]:
                raise wrong
            return Fault(kind)


class FaultyLine:
    """Counts what passes and says what becomes of it. Counts start when the spec is set."""

    def __init__(self, spec: str, seed: int) -> None:
        self.faults = parse_faults(spec)
        self.spec = spec
        self._chance = Random(f"faults {seed}")
        self._requests = 0
        self._seen: dict[tuple[str, int], int] = {}

    def __bool__(self) -> bool:
        return bool(self.faults)

    @property
    def nak_stop(self) -> bool:
        return self._has("nak-stop")

    @property
    def power_cut(self) -> int | None:
        """Page writes from now to the one that fails, counted from 1."""
        return next((fault.count for fault in self.faults if fault.kind.name == "power-cut"), None)

    def request(self, opcode: int) -> tuple[bool, bool]:
        """A request passes: (it reaches the device, the device resets)."""
        self._requests += 1
        resets = self._at_request("reset", exactly=True)
        return not resets and self._strikes("drop-request", opcode) is None, resets

    @property
    def unplugged(self) -> bool:
        """From the nth request on."""
        return self._at_request("unplug")

    def reply(self, opcode: int, data: bytes) -> list[tuple[float, bytes]]:
        """What becomes of the answer to one request: pieces and how many seconds later each arrives."""
        if not data or self._at_request("half-open") or self._strikes("drop-reply", opcode) is not None:
            return []
        if self._strikes("corrupt-reply", opcode) is not None:
            data = self._flip(data)
        if self._strikes("duplicate-reply", opcode) is not None:
            data += data
        noise = next((fault.count for fault in self.faults if fault.kind.name == "noise"), 0)
        if noise:
            data = self._chance.randbytes(noise) + b"\x00" + data
        late = self._strikes("late-reply", opcode)
        always_s = sum(fault.seconds for fault in self.faults if fault.kind.name == "delay")
        return [(always_s + (late.seconds if late is not None else 0.0), data)]

    def event(self, data: bytes) -> bytes:
        """What becomes of something the device sends by itself."""
        return b"" if self._at_request("half-open") else data

    def _has(self, name: str) -> bool:
        return any(fault.kind.name == name for fault in self.faults)

    def _at_request(self, name: str, exactly: bool = False) -> bool:
        counts = [fault.count for fault in self.faults if fault.kind.name == name]
        return any(self._requests == count if exactly else self._requests >= count for count in counts)

    def _strikes(self, name: str, opcode: int) -> Fault | None:
        if not any(fault.kind.name == name and fault.opcode == opcode for fault in self.faults):
            return None
        seen = self._seen[name, opcode] = self._seen.get((name, opcode), 0) + 1
        rows = (fault for fault in self.faults if fault.kind.name == name and fault.opcode == opcode)
        return next((fault for fault in rows if fault.count == seen), None)

    def _flip(self, data: bytes) -> bytes:
        """One bit of one byte; never the delimiter at the end, never making a new one."""
        changed = bytearray(data)
        at = self._chance.randrange(len(changed) - 1)
        bit = next(bit for bit in self._chance.sample(range(8), 8) if changed[at] ^ 1 << bit)
        changed[at] ^= 1 << bit
        return bytes(changed)
