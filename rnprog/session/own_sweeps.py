"""The impedance measurements that the implant has kept by itself. By RN-1's entries (docs/protocol.md, 4.7); a history to look at.

They serve as no baseline: nothing protects them against change, and the pulse they were measured with is not in them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rnprog.device.api import LogRow
from rnprog.session.device_log import number
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Side
from rnprog.therapy.impedance import ImpedanceReading, Verdict, verdict

_APART_S = 300
"""Entries further apart belong to two measurements."""
_NUMBERED = (*CONTACTS_OF[Side.LEFT], *CONTACTS_OF[Side.RIGHT], Contact.CASE)
_PER_CONTACT = 256


@dataclass(frozen=True, slots=True)
class OwnSweep:
    """Entries that belong together."""

    at_s: int
    readings: tuple[ImpedanceReading, ...]

    def to_case(self, contact: Contact) -> ImpedanceReading | None:
        """A contact against the case; None: not measured then."""
        return next((reading for reading in self.readings if reading.pair == {contact, Contact.CASE}), None)

    def odd(self) -> list[tuple[ImpedanceReading, Verdict]]:
        """The readings that are not normal, each by itself."""
        return [(reading, found) for reading in self.readings if (found := verdict(reading)) is not Verdict.NORMAL]


def sweeps(rows: Iterable[LogRow]) -> tuple[list[OwnSweep], list[LogRow]]:
    """The measurements, oldest first, and the rows that are none of a known form. A pair that comes again begins the next measurement."""
    found: list[OwnSweep] = []
    other: list[LogRow] = []
    newest_s = 0
    for row in rows:
        reading = _reading(row)
        if reading is None:
            other.append(row)
            continue
        last = found[-1] if found else None
        if last is None or not 0 <= row.unix_s - newest_s <= _APART_S or any(reading.pair == each.pair for each in last.readings):
            found.append(OwnSweep(row.unix_s, (reading,)))
        else:
            found[-1] = OwnSweep(last.at_s, (*last.readings, reading))
        newest_s = row.unix_s
    return found, other


def _reading(row: LogRow) -> ImpedanceReading | None:
    code, ohm = number(row, "code"), number(row, "value")
    if row.what != "impedance" or code is None or ohm is None:
        return None
    first, second = code % _PER_CONTACT, code // _PER_CONTACT
    if max(first, second) >= len(_NUMBERED) or first == second:
        return None
    return ImpedanceReading(_NUMBERED[first], _NUMBERED[second], ohm)
