"""A person at home: which therapy sessions took place from activation to the visit. A diary, drawn from habits and seed; no device in it.

`remote`: the person starts each session with the remote, somewhat before or after its usual time, or leaves it out: then nothing is
logged. `schedule`: the device starts by itself; a session that is not wanted is switched off within three minutes, and one that meets
the charger is missed. Weeks differ (ln-SD 0.25), and each year has one stretch of 5 to 14 days without therapy; both `unverified`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp
from random import Random

from device_emulator.firmware.schedule import DAY_MS, FIRST_MS, SPREAD_MS
from device_emulator.tissue.habits import Habits, Use, use_of
from device_emulator.tissue.patient import DAYS_PER_MONTH
from rnprog.protocol.opcodes import Cause, RefusalCode

MONTHS_MAX = 60
CHARGING_SHARE = 0.01
"""Scheduled sessions that meet the charger; `unverified`."""

_WEEK_SPREAD = 0.25
_YEAR_DAYS = 365
_DAY_S = DAY_MS // 1000
_CUT_SHORT = (0.1, 0.95)
_UNWANTED_S = (20, 180)
_AWAY_DAYS = (5, 14)
_AT_HOME = 1 - sum(_AWAY_DAYS) / 2 / _YEAR_DAYS
_NEVER = (0, 0)


@dataclass(frozen=True, slots=True)
class HomeSession:
    """One session, or one that was missed. Times are of the device's clock."""

    start_unix_s: int
    by_schedule: bool
    delivered_s: int
    cause: Cause
    refusal: RefusalCode | None = None
    """Why it was missed; then nothing was delivered."""


def diary(habits: Habits, seed: int, first_ms: int, until_ms: int, sessions_per_day: int, session_s: int) -> Iterator[HomeSession]:
    """All sessions that begin after `first_ms` and are over by `until_ms`, in order."""
    use, chance = use_of(habits, seed), Random(f"home {seed}")
    first_day = first_ms - first_ms % DAY_MS
    holiday, week = _NEVER, 1.0
    for day in range((until_ms - first_day) // DAY_MS + 1):
        if day % _YEAR_DAYS == 0:
            starts = day + chance.randrange(60, 330)
            holiday = (starts, starts + chance.randint(*_AWAY_DAYS))
        if day % 7 == 0:
            week = exp(_WEEK_SPREAD * chance.gauss())
        away = holiday[0] <= day < holiday[1]
        for at in range(sessions_per_day):
            planned_ms = first_day + day * DAY_MS + FIRST_MS + SPREAD_MS * at // sessions_per_day
            draw = _Draw(chance)
            wanted = not away and draw.wanted < _chance_of(use, (planned_ms - first_ms) / DAY_MS, week)
            session = _session(habits, draw, planned_ms, wanted, sessions_per_day, session_s)
            if session is not None and first_ms < session.start_unix_s * 1000 and (session.start_unix_s + session_s) * 1000 <= until_ms:
                yield session


class _Draw:
    """The chance of one planned session, always drawn whole, so that one session's fate does not move those after it."""

    def __init__(self, chance: Random) -> None:
        self.wanted, self.charging, self.complete, self.length, self.shift = (chance.random() for _ in range(5))


def _chance_of(use: Use, day: float, week: float) -> float:
    """Chance that a session is taken, so that the delivered time follows the curve."""
    share = use.share(day / DAYS_PER_MONTH)
    mean_length = use.habits.complete_share + (1 - use.habits.complete_share) * sum(_CUT_SHORT) / 2
    return min(0.99, share / mean_length / _AT_HOME * week)


def _session(habits: Habits, draw: _Draw, planned_ms: int, wanted: bool, sessions_per_day: int, session_s: int) -> HomeSession | None:
    by_schedule = habits.starts == "schedule"
    start_s = planned_ms // 1000
    if not by_schedule:
        if not wanted:
            return None
        room_s = (SPREAD_MS // 1000 // sessions_per_day - session_s) / 2
        start_s += round((2 * draw.shift - 1) * min(4_500.0, 0.9 * room_s))
    elif draw.charging < CHARGING_SHARE:
        return HomeSession(start_s, True, 0, Cause.RESET, RefusalCode.CHARGING)
    if wanted and draw.complete < habits.complete_share:
        return HomeSession(start_s, by_schedule, session_s, Cause.SESSION_COMPLETE)
    low, high = _CUT_SHORT if wanted else (_UNWANTED_S[0] / session_s, min(1.0, _UNWANTED_S[1] / session_s))
    return HomeSession(start_s, by_schedule, int(session_s * (low + (high - low) * draw.length)), Cause.PATIENT_REMOTE)


def delivered_share(sessions: list[HomeSession], sessions_per_day: int, session_s: int, days: float) -> float:
    """Delivered time over prescribed time."""
    return sum(session.delivered_s for session in sessions) / (sessions_per_day * session_s * days)
