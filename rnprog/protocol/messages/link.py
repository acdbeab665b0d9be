"""Section 4.7: logs, link session, echo, line counters, and the event of the device."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from rnprog.protocol.fields import blob, records, u8, u16, u32, zeros
from rnprog.protocol.messages.base import Message, Reply, Request
from rnprog.protocol.opcodes import Opcode, RequestClass


@dataclass(frozen=True, slots=True)
class ReadLog(Request):
    """Read a log from a cursor on, in up to `frames` answers. `log`: Log."""

    OPCODE = Opcode.LOG_READ
    CLASS = RequestClass.READ
    log: int = u8()
    frames: int = u8(minimum=1, maximum=16)
    cursor: int = u32()


@dataclass(frozen=True, slots=True)
class LogEntry(Message):
    """Twenty bytes of a log. `kind`: EntryKind; the meaning of the rest is in section 4.7."""

    number: int = u32()
    unix_s: int = u32()
    kind: int = u8()
    channels: int = u8()
    code: int = u16()
    value: int = u32()
    extra: int = u32()


@dataclass(frozen=True, slots=True)
class ReadLogReply(Reply):
    """`lost` numbers from the cursor on were overwritten. `next` continues; `newest` is the last written."""

    OPCODE = Opcode.LOG_READ
    first: int = u32()
    next: int = u32()
    newest: int = u32()
    lost: int = u32()
    entries: tuple[LogEntry, ...] = records(LogEntry, counted=False)


@dataclass(frozen=True, slots=True)
class OpenLink(Request):
    """Begin a link session; ends the one before."""

    OPCODE = Opcode.LINK_OPEN
    CLASS = RequestClass.OPEN
    nonce: int = u32()
    max_payload: int = u16()


@dataclass(frozen=True, slots=True)
class OpenLinkReply(Reply):
    """`max_payload`: the smaller of both ends'."""

    OPCODE = Opcode.LINK_OPEN
    nonce: int = u32()
    link_session: int = u32()
    boot_count: int = u32()
    max_payload: int = u16()


@dataclass(frozen=True, slots=True)
class Ping(Request):
    """Echo."""

    OPCODE = Opcode.PING
    CLASS = RequestClass.OPEN
    data: bytes = blob(maximum=256)


@dataclass(frozen=True, slots=True)
class PingReply(Reply):
    """The same bytes."""

    OPCODE = Opcode.PING
    data: bytes = blob(maximum=256)


@dataclass(frozen=True, slots=True)
class ReadLinkStats(Request):
    """How clean is the line, seen from the device?"""

    OPCODE = Opcode.LINK_STATS
    CLASS = RequestClass.READ


@dataclass(frozen=True, slots=True)
class LinkStatsReply(Reply):
    """Counters since boot."""

    OPCODE = Opcode.LINK_STATS
    good_frames: int = u32()
    noise_frames: int = u32()
    noise_bytes: int = u32()
    stale_frames: int = u32()


@dataclass(frozen=True, slots=True)
class OutputEvent(Message):
    """Sent by the device when output ends or changes state by itself. `cause`: Cause."""

    OPCODE: ClassVar[Opcode] = Opcode.EVENT_OUTPUT
    output_state: int = u8()
    cause: int = u8()
    channels: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    counter: int = u32()
