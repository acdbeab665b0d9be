"""What the implant's therapy log says of use: sessions, delivered minutes, and how much of the program's time that is.

Entries by RN-1 (docs/protocol.md, 4.7). A session whose end is not in the log counts as a session and delivers no known minutes: nothing is
guessed. Periods are calendar days, weeks or months of the device's clock, which knows no time zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from rnprog.device.api import LogRow
from rnprog.session.device_log import DAY_S, number

_DAYS_UP_TO = 14
_WEEKS_UP_TO = 92
"""Days that are told one by one, and as weeks; more are told as months."""
_COMPLETE = 10
"""The cause of an end: the session ran its whole time."""


@dataclass(frozen=True, slots=True)
class TherapySession:
    """One session, as the log tells it."""

    began_s: int
    by: int | None
    """0 schedule, 1 remote, 2 programmer. None: its start is not in the log."""
    delivered_s: int | None = None
    """None: its end is not in the log."""
    planned_s: int | None = None
    cause: int | None = None

    @property
    def early(self) -> bool:
        """Whether it is known to have ended before its time."""
        return self.cause is not None and self.cause != _COMPLETE


@dataclass(frozen=True, slots=True)
class Missed:
    """A session that the device did not start, and the reason as the number of its refusal."""

    at_s: int
    reason: int | None


@dataclass(frozen=True, slots=True)
class Use:
    """What the log holds of therapy, from `since_s` to `until_s`."""

    sessions: tuple[TherapySession, ...]
    missed: tuple[Missed, ...]
    since_s: int
    until_s: int

    @property
    def days(self) -> float:
        """How long that is."""
        return (self.until_s - self.since_s) / DAY_S

    @property
    def delivered_s(self) -> int:
        """Seconds of stimulation, of the sessions that have an end."""
        return sum(each.delivered_s or 0 for each in self.sessions)

    @property
    def without_end(self) -> int:
        """Sessions whose minutes are not known."""
        return sum(each.delivered_s is None for each in self.sessions)

    def share_percent(self, asked_s_a_day: int | None) -> int | None:
        """Delivered time of the time that a program asks for. None: it asks for none, or there is no time to speak of."""
        if not asked_s_a_day or self.until_s <= self.since_s:
            return None
        return round(100 * self.delivered_s * DAY_S / (asked_s_a_day * (self.until_s - self.since_s)))

    def longest_pause(self) -> tuple[int, int] | None:
        """The longest time without the beginning of a session; None when there is no session at all."""
        if not self.sessions:
            return None
        moments = [self.since_s, *sorted(each.began_s for each in self.sessions), self.until_s]
        return max(pairwise(moments), key=lambda pause: pause[1] - pause[0])


def use_of(rows: Iterable[LogRow], since_s: int | None, until_s: int) -> Use:
    """The use from `since_s` on; None: from the first entry on."""
    sessions, missed = _folded(rows)
    first_s = min((*(each.began_s for each in sessions), *(each.at_s for each in missed)), default=until_s)
    from_s = first_s if since_s is None else max(since_s, first_s)
    return _within(sessions, missed, from_s, until_s + 1, until_s)


def _within(sessions: Iterable[TherapySession], missed: Iterable[Missed], from_s: int, before_s: int, until_s: int) -> Use:
    """What began from `from_s` on and before `before_s`."""
    began = tuple(each for each in sessions if from_s <= each.began_s < before_s)
    return Use(began, tuple(each for each in missed if from_s <= each.at_s < before_s), from_s, until_s)


def _folded(rows: Iterable[LogRow]) -> tuple[list[TherapySession], list[Missed]]:
    sessions: list[TherapySession] = []
    missed: list[Missed] = []
    begun: LogRow | None = None
    for row in rows:
        code = number(row, "code")
        if row.what == "therapy start":
            sessions.extend(_without_end(begun))
            begun = row
        elif row.what == "therapy end":
            delivered_s = number(row, "value") or 0
            began_s, by = (row.unix_s - delivered_s, None) if begun is None else (begun.unix_s, number(begun, "code"))
            sessions.append(TherapySession(began_s, by, delivered_s, number(row, "extra"), code))
            begun = None
        elif row.what == "therapy missed":
            missed.append(Missed(row.unix_s, code))
    sessions.extend(_without_end(begun))
    return sessions, missed


def _without_end(begun: LogRow | None) -> Iterator[TherapySession]:
    if begun is not None:
        yield TherapySession(begun.unix_s, number(begun, "code"))


def periods(use: Use) -> list[tuple[str, Use]]:
    """The same use in calendar days, weeks or months, by how long it is, oldest first. The first and the last may be cut."""
    bounds = _bounds(use)
    found = []
    for (name, from_s), (_, to_s) in pairwise(bounds):
        part = _within(use.sessions, use.missed, max(from_s, use.since_s), to_s, min(to_s, use.until_s))
        found.append((name, part))
    return found


def unit_of(use: Use) -> str:
    """What one period is."""
    return "day" if use.days <= _DAYS_UP_TO else "week" if use.days <= _WEEKS_UP_TO else "month"


def _bounds(use: Use) -> Sequence[tuple[str, int]]:
    """Beginnings of periods with their names; the last one lies after the end."""
    unit, at = unit_of(use), datetime.fromtimestamp(use.since_s, UTC).replace(hour=0, minute=0, second=0)
    if unit == "week":
        at -= timedelta(days=at.weekday())
    elif unit == "month":
        at = at.replace(day=1)
    found = [(_name(at, unit), int(at.timestamp()))]
    while found[-1][1] <= use.until_s:
        at = _next(at, unit)
        found.append((_name(at, unit), int(at.timestamp())))
    return found


def _next(at: datetime, unit: str) -> datetime:
    if unit == "month":
        return (at + timedelta(days=32)).replace(day=1)
    return at + timedelta(days=7 if unit == "week" else 1)


def _name(at: datetime, unit: str) -> str:
    return f"{at:%Y-%m}" if unit == "month" else f"{at:%Y-%m-%d}"
