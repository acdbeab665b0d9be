"""What every message is: a payload, a request or a reply; and the refusal, which answers any request."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from rnprog.protocol.fields import u8, u32
from rnprog.protocol.opcodes import Opcode, RequestClass


class Message:
    """Anything that travels as a payload."""

    __slots__ = ()


class Request(Message):
    """Host to device."""

    __slots__ = ()
    OPCODE: ClassVar[Opcode]
    CLASS: ClassVar[RequestClass]


class Reply(Message):
    """Device to host, in answer to the request of the same opcode."""

    __slots__ = ()
    OPCODE: ClassVar[Opcode]


@dataclass(frozen=True, slots=True)
class Refused(Message):
    """Section 5: nothing was changed. `code` and `field` are RefusalCode and FieldId as sent; a newer device may know more of them."""

    code: int = u8()
    field: int = u8()
    limit: int = u32()
    value: int = u32()


def fields_of(message: Message) -> dict[str, object]:
    """The fields of a message by name, reserved ones left out."""
    return {declared.name: getattr(message, declared.name) for declared in fields(message) if declared.init}  # type: ignore[arg-type]
