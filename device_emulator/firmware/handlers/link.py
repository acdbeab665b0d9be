"""Section 4.7: link session, echo, line counters, logs."""

from __future__ import annotations

from typing import Protocol

from device_emulator.firmware.core import Core
from device_emulator.firmware.identity import CAPABILITIES as CAN
from device_emulator.firmware.refusal import Refusal
from rnprog.protocol.messages import (
    LinkStatsReply,
    OpenLink,
    OpenLinkReply,
    Ping,
    PingReply,
    ReadLinkStats,
    ReadLog,
    ReadLogReply,
)
from rnprog.protocol.opcodes import Cause, FieldId, Log, RefusalCode

_LOG_HEAD, _LOG_ENTRY = 16, 20
PAYLOAD_MIN = 522
"""A host must take at least a SLOT_READ or STAGE of 512 bytes."""


class Counters(Protocol):
    """What the endpoint counts."""

    good_frames: int
    noise_frames: int
    noise_bytes: int
    stale_frames: int


def link_open(core: Core, request: OpenLink) -> OpenLinkReply:
    """The session before ends, and with it everything that was leased to it and everything it had staged. A therapy session goes on."""
    if request.max_payload < PAYLOAD_MIN:
        raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.LENGTH, PAYLOAD_MIN, request.max_payload)
    core.end_test(Cause.DISARMED)
    core.stores.programs.revert_all()
    core.max_payload = min(request.max_payload, CAN.max_payload)
    return OpenLinkReply(request.nonce, core.new_link_session(), core.boot_count, core.max_payload)


def ping(core: Core, request: Ping) -> PingReply:
    return PingReply(request.data)


def link_stats(core: Core, request: ReadLinkStats, counters: Counters) -> LinkStatsReply:
    counts = (counters.good_frames, counters.noise_frames, counters.noise_bytes, counters.stale_frames)
    return LinkStatsReply(*(count & 0xFFFF_FFFF for count in counts))


def log_read(core: Core, request: ReadLog) -> tuple[ReadLogReply, ...]:
    """As many answers as were asked for, fewer when the log ends before."""
    try:
        ring = core.stores.logs.rings[Log(request.log)]
    except ValueError as error:
        raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.LOG, max(Log), request.log) from error
    if not request.cursor:
        raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.OFFSET, 1, 0)
    room = max(1, (core.max_payload - _LOG_HEAD) // _LOG_ENTRY)
    replies: list[ReadLogReply] = []
    cursor = request.cursor
    while len(replies) < request.frames:
        window = ring.window(cursor, room)
        first = window.entries[0].number if window.entries else window.next
        replies.append(ReadLogReply(first, window.next, window.newest, window.lost, window.entries))
        cursor = window.next
        if cursor > window.newest:
            break
    return tuple(replies)
