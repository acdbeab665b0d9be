"""When sessions start by themselves: from 08:00 in equal steps over 12 hours (docs/protocol.md, 4.6). Pure arithmetic on the device's
clock, which knows no time zone.
"""

from __future__ import annotations

DAY_MS = 86_400_000
FIRST_MS = 8 * 3_600_000
SPREAD_MS = 12 * 3_600_000


def next_session_ms(unix_ms: int, sessions_per_day: int) -> int | None:
    """The first session time after `unix_ms`; None: no sessions a day."""
    if sessions_per_day <= 0:
        return None
    midnight_ms = unix_ms - unix_ms % DAY_MS
    for day_ms in (midnight_ms, midnight_ms + DAY_MS):
        for index in range(sessions_per_day):
            at_ms = day_ms + FIRST_MS + SPREAD_MS * index // sessions_per_day
            if at_ms > unix_ms:
                return at_ms
    raise AssertionError("a day without an end")
