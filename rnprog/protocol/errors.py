"""Errors of the wire. *Local*: this end broke the protocol, which is a bug. *Remote*: the peer or the line did, which is to be expected."""

from __future__ import annotations


class ProtocolError(Exception):
    """Base of both kinds. Nothing was sent and nothing was changed when one is raised."""


class LocalProtocolError(ProtocolError):
    """This end tried to send what the document does not allow, for example a value too large for its field."""


class RemoteProtocolError(ProtocolError):
    """The peer, or noise on the line, sent what the document does not allow."""


class FrameError(RemoteProtocolError):
    """Bytes between two delimiters that are not a frame: bad COBS, bad length or bad CRC."""


class PayloadError(RemoteProtocolError):
    """A whole frame whose payload does not fit its opcode."""


class LengthError(PayloadError):
    """A payload that is too short or too long. `limit` is the nearest length that would do, both in bytes."""

    def __init__(self, message: str, limit: int, length: int) -> None:
        super().__init__(f"{message}: {length} bytes where {limit} were expected")
        self.limit = limit
        self.length = length


class RangeError(PayloadError):
    """A value outside what the document allows for its field. `limit` is the bound it crossed."""

    def __init__(self, message: str, field: str, limit: int, value: int) -> None:
        super().__init__(f"{message}.{field} = {value} is outside its range (bound {limit})")
        self.field = field
        self.limit = limit
        self.value = value
