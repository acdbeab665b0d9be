"""A log that has overflowed (fault full-log): valid entries, more than it holds, over the time before now. Writes entries only."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from device_emulator.firmware.core import START_REMOTE, Core
from device_emulator.firmware.logs import CAPACITIES
from rnprog.protocol.opcodes import Cause, EntryKind, Log, RefusalCode

OVERFLOW = 20
"""Entries that a full log has lost, at least."""
_DAY_S, _WEEK_S = 86_400, 604_800
_SESSION_S = 1_800
_AT_S = (28_800, 50_400)
"""Of the day: when the sessions of a day begin."""
_MISSED_EVERY = 20
"""Of so many sessions one met the charger."""
_CRC = 0x5EED_F011
_BURSTS = 50
"""In one visit."""
_OHM, _TEST_UA = 900, 200

Row = tuple[int, EntryKind, int, int, int, int]
"""unix_s, kind, channels, code, value, extra."""


def fill(core: Core, log: Log) -> None:
    """The log holds nothing but these entries then; the newest is of yesterday or last week."""
    ring = core.stores.logs.rings[log]
    newest_first = {Log.THERAPY: _therapy, Log.EVENTS: _events, Log.IMPEDANCE: _impedance}[log](core.unix_ms // 1000)
    for unix_s, kind, channels, code, value, extra in reversed(list(islice(newest_first, CAPACITIES[log] + OVERFLOW))):
        ring.append(unix_s & 0xFFFF_FFFF, kind, channels, code, value, extra)


def _therapy(now_s: int) -> Iterator[Row]:
    """Two sessions a day."""
    today_s, number = now_s - now_s % _DAY_S, 0
    while True:
        number += 1
        today_s -= _DAY_S
        for at_s in reversed(_AT_S):
            begun_s = today_s + at_s
            if number % (_MISSED_EVERY // 2) == 0 and at_s == _AT_S[0]:
                yield begun_s, EntryKind.THERAPY_MISSED, 0, RefusalCode.CHARGING, 0, 0
            else:
                yield begun_s + _SESSION_S, EntryKind.THERAPY_END, 3, Cause.SESSION_COMPLETE, _SESSION_S, _SESSION_S
                yield begun_s, EntryKind.THERAPY_START, 3, START_REMOTE, _CRC, 1


def _events(now_s: int) -> Iterator[Row]:
    """Visits a week apart, a burst a minute."""
    while True:
        now_s -= _WEEK_S
        for minute in range(_BURSTS, 0, -1):
            yield now_s + minute * 60, EntryKind.OUTPUT_ENDED, 1, Cause.BURST_DONE, 0, 0


def _impedance(now_s: int) -> Iterator[Row]:
    """Sweeps a week apart: every contact against the case, and neighbours."""
    pairs = [*((contact, 8) for contact in range(8)), *((at, at + 1) for at in (0, 1, 2, 4, 5, 6))]
    while True:
        now_s -= _WEEK_S
        for first, second in reversed(pairs):
            yield now_s, EntryKind.IMPEDANCE, 0, first + 256 * second, _OHM, _OHM * _TEST_UA // 1_000
