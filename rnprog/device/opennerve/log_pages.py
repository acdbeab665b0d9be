"""OpenNerve's log in words, walked entry by entry. A line of another form is shown as it is, never dropped."""

from __future__ import annotations

import calendar

from rnprog.device.api import LogPage, LogRow
from rnprog.device.errors import DeviceError
from rnprog.device.opennerve.conversation import Conversation
from rnprog.protocol.fields import printable
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.log_lines import EVENTS, KINDS, SHORT_CIRCUIT, parse_line
from rnprog.protocol.opennerve.payloads import Clock

PAGE = 8
_LOOK_AT = 64
"""Entries looked through for the reason of a refused start: 1.6 s each."""


def page(talk: Conversation, walked: list[bytes], cursor: int) -> LogPage:
    """At most PAGE entries from number `cursor` (from 1) on. `walked`: what was read already, in order; it grows."""
    first = max(1, cursor)
    ended = not _walk(talk, walked, first + PAGE - 1)
    rows = tuple(_row(number, walked[number - 1]) for number in range(first, min(first + PAGE, len(walked) + 1)))
    newest = len(walked) if ended else len(walked) + 1
    return LogPage(rows, first + len(rows), newest, 0)


def why_no_start(talk: Conversation) -> str:
    """What most likely stands in the way of a start that was refused, as far as the log tells."""
    out = "The way out: measure the leads, find the short circuit, and only then erase the device's log with its makers' program."
    walked: list[bytes] = []
    try:
        _walk(talk, walked, _LOOK_AT)
    except DeviceError:
        return f"The device refused to start. It does so while its log holds a short circuit; the log could not be read. {out}"
    if any(line is not None and line.text == SHORT_CIRCUIT for line in map(parse_line, walked)):
        return f"The device refuses to start because its log holds a short circuit, and will until the log is erased. {out}"
    return "The device refused to start, and its log shows no short circuit: it may be busy measuring. Wait a moment, then try again."


def unix_s(clock: Clock) -> int:
    """Seconds since 1970 of the device's clock, which knows no zone and is taken as UTC."""
    return calendar.timegm((clock.year, clock.month, clock.day, clock.hour, clock.minute, clock.second, 0, 0, 0))


def _walk(talk: Conversation, walked: list[bytes], upto: int) -> bool:
    """Read on until `upto` entries are known; False: the log ends before."""
    while len(walked) < upto:
        last = parse_line(walked[-1]) if walked else None
        if walked and last is None:
            return False  # without its time nobody can ask for what follows it
        data = talk.read(payloads.read_log(last.stamp if last is not None else payloads.FIRST_ENTRY))
        if not data:
            return False
        walked.append(data)
    return True


def _row(number: int, data: bytes) -> LogRow:
    line = parse_line(data)
    if line is None:
        return LogRow(number, 0, "entry of an unknown form", {"text": printable(data)})
    what = EVENTS.get(line.text, line.text) if line.kind == "EV" else KINDS.get(line.kind, line.kind)
    return LogRow(number, unix_s(line.clock), what, {"kind": line.kind, "text": line.text})
