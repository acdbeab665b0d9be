"""The implant's own logs, read whole. Owns how they are read, and what is missing from them; what they mean is said elsewhere.

They are the device's word, by the device's clock: no record of this workstation, and not protected against change (`audit.py` knows
nothing of them). Reads only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from rnprog.device.api import LogRow
from rnprog.session.session import Session

DAY_S = 86_400


class Log(StrEnum):
    """The logs a device keeps, as `Stimulator.read_log` names them."""

    THERAPY = "therapy"
    EVENTS = "events"
    IMPEDANCE = "impedance"


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries that newer ones have overwritten."""

    first: int
    """The number of the first of them."""
    count: int


@dataclass(frozen=True, slots=True)
class Entries:
    """A log as it was read, in the order in which it was written."""

    rows: tuple[LogRow, ...]
    gaps: tuple[Gap, ...] = ()

    @property
    def lost(self) -> int:
        """How many entries are gone."""
        return sum(gap.count for gap in self.gaps)

    def since(self, unix_s: int | None) -> tuple[LogRow, ...]:
        """The rows from a moment of the device's clock on; all of them when it is None."""
        return tuple(row for row in self.rows if unix_s is None or row.unix_s >= unix_s)


def read(session: Session, log: Log, progress: Callable[[int], None]) -> Entries:
    """All that a log still holds. `progress` is told after each page but the last how many entries there are so far. Trouble when a page
    does not come back; what was read until then is given up, for a log that ends too early would look like therapy that ended."""
    rows: list[LogRow] = []
    gaps: list[Gap] = []
    cursor = 1
    while True:
        with session.reading():
            page = session.device.read_log(log, cursor)
        if page.lost:
            gaps.append(Gap(cursor, page.lost))
        rows.extend(page.rows)
        if page.next_cursor <= cursor or page.next_cursor > page.newest:
            return Entries(tuple(rows), tuple(gaps))
        cursor = page.next_cursor
        progress(len(rows))


def now_s(session: Session, rows: tuple[LogRow, ...]) -> int:
    """The device's clock, whole seconds since 1970; that of its newest entry for a device that tells none, and never before it. Trouble as
    for any read."""
    newest = max((row.unix_s for row in rows), default=0)
    with session.reading():
        clock_s = session.device.clock_unix_s()
    return newest if clock_s is None else max(int(clock_s), newest)


def number(row: LogRow, name: str) -> int | None:
    """A number of an entry's details; None when it has none by this name."""
    text = row.detail.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() else None
