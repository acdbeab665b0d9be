"""RN-1's log entries in words (docs/protocol.md, section 4.7). Unknown kinds are shown by number, never dropped."""

from __future__ import annotations

from rnprog.device.api import LogPage, LogRow
from rnprog.device.errors import ProtocolMismatch
from rnprog.protocol.messages import LogEntry, ReadLogReply, Reply
from rnprog.protocol.opcodes import EntryKind, Log

NUMBERS = {"therapy": Log.THERAPY, "events": Log.EVENTS, "impedance": Log.IMPEDANCE}


def page(replies: list[Reply], cursor: int) -> LogPage:
    """One page from all answers to one request. ProtocolMismatch when the numbers do not continue."""
    rows: list[LogRow] = []
    lost, next_cursor, newest = 0, cursor, 0
    for reply in replies:
        if not isinstance(reply, ReadLogReply):
            raise ProtocolMismatch("The device answered a log request with something else.")
        lost += reply.lost
        next_cursor, newest = reply.next, reply.newest
        rows.extend(_row(entry) for entry in reply.entries)
    if not whole(replies, cursor):
        raise ProtocolMismatch("The device's log has a hole that it does not report.")
    return LogPage(tuple(rows), next_cursor, newest, lost)


def whole(replies: list[Reply], cursor: int) -> bool:
    """Whether the numbers run on from the cursor, with no more missing than the device says."""
    expected = max(cursor, 1)
    for reply in replies:
        if isinstance(reply, ReadLogReply):
            expected += reply.lost
            numbers = [entry.number for entry in reply.entries]
            if numbers != list(range(expected, expected + len(numbers))):
                return False
            expected += len(numbers)
    return True


def _row(entry: LogEntry) -> LogRow:
    known = entry.kind in EntryKind._value2member_map_
    what = EntryKind(entry.kind).name.replace("_", " ").lower() if known else f"kind {entry.kind}"
    detail = {"code": str(entry.code), "value": str(entry.value), "extra": str(entry.extra), "channels": str(entry.channels)}
    return LogRow(entry.number, entry.unix_s, what, detail)
