"""What an OpenNerve keeps through a restart: parameters, keys, log. Its arithmetic is the device's own, binary fractions included."""

from __future__ import annotations

from dataclasses import dataclass, field

from rnprog.protocol.opennerve.log_lines import SHORT_CIRCUIT, LogLine, format_line
from rnprog.protocol.opennerve.parameters import SETTINGS, STIMULATION, TEXTS, Parameter

_PER_UNIT = {"uA": 1000, "mHz": 1000, "ms": 1000, "mV": 1000}
"""The device counts in mA, Hz, s and V."""
_NUMBERS: dict[str, Parameter] = {**STIMULATION, **SETTINGS}
LOG_ENTRIES = 2_048
"""Of about 40 to 64 bytes in a ring of 128 KB; the oldest is overwritten."""

FACTORY_TEXTS = {
    "HP01": b"YYLL0001",
    "HP02": b"ON-01",
    "HP05": b"260101",
    "HP07": b"YYYY-MM-DD",
    "HP10": b"1.0.00",
    "HP13": b"1.0.00",
}
"""As the recorded firmware holds them; HP05 was not recorded."""


def size_of(row: Parameter) -> float:
    """One step in the device's own unit."""
    return row.step / _PER_UNIT.get(row.unit, 1)


@dataclass(slots=True)
class Store:
    """Values in the device's own units (mA, us, Hz, s, V), as binary fractions."""

    values: dict[str, float] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    admin_key: bytes = bytes(64)
    """Public half, X and Y. The clinician's and the patient's stand in HP09 and HP12."""
    passkey: bytes = b"000000"
    whitelist: int = 1
    log: list[LogLine] = field(default_factory=list)
    writes: int = 0

    def __post_init__(self) -> None:
        for row in _NUMBERS.values():
            self.values.setdefault(row.id, self.factory(row))
        for identity, size in TEXTS.items():
            self.texts.setdefault(identity, FACTORY_TEXTS.get(identity, bytes(size)))

    @staticmethod
    def factory(row: Parameter) -> float:
        """The factory value."""
        return row.default / _PER_UNIT.get(row.unit, 1)

    def read(self, identity: str) -> bytes | None:
        """The data of a parameter as the device tells it; None: no such parameter."""
        if identity in self.texts:
            return self.texts[identity]
        row = _NUMBERS.get(identity)
        return None if row is None else int(self.values[identity] / size_of(row)).to_bytes(2, "little")

    def write(self, identity: str, data: bytes) -> bool:
        """Write a parameter, or with no data put its factory value back; False: refused, nothing changed."""
        row = _NUMBERS.get(identity)
        if row is not None:
            steps = int.from_bytes(data, "little")
            if data and (len(data) != 2 or steps not in row.wire_range):
                return False
            self.values[identity] = steps * size_of(row) if data else self.factory(row)
        elif identity in self.texts and len(data) in (0, TEXTS[identity]):
            self.texts[identity] = data or FACTORY_TEXTS.get(identity, bytes(TEXTS[identity]))
        else:
            return False
        self.writes += 1
        return True

    def number(self, identity: str) -> int:
        """A number in the small units of the parameter table, to the nearest."""
        row = _NUMBERS[identity]
        return round(self.values[identity] * _PER_UNIT.get(row.unit, 1))

    def note(self, line: LogLine) -> None:
        """Append to the log."""
        self.log.append(line)
        del self.log[:-LOG_ENTRIES]
        self.writes += 1

    def entry_after(self, stamp: bytes) -> bytes:
        """The first entry strictly later than the stamp; empty: there is none."""
        return next((format_line(line) for line in self.log if line.stamp > stamp), b"")

    @property
    def shorted(self) -> bool:
        """A short circuit was noted and the log not erased since: nothing starts."""
        return any(line.text == SHORT_CIRCUIT for line in self.log)
