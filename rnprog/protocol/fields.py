"""How a declared message becomes payload bytes and back. Owns layout and range of wire fields; knows no opcode and no unit.

A message is a frozen dataclass with slots and without `__post_init__`, whose fields are declared with the functions below, in the order
of docs/protocol.md. Integers are little-endian. The last field may be of variable length: `blob` (the rest of the payload) or `records`
(repeated fixed layouts).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar

from rnprog.protocol.errors import LengthError, LocalProtocolError, PayloadError, RangeError
from rnprog.protocol.opcodes import MAX_PAYLOAD

M = TypeVar("M")

_KEY = "wire"
_PRINTABLE_LOW, _PRINTABLE_HIGH = 0x20, 0x7E
_REPLACEMENT = "?"
_new: Callable[[Any], Any] = object.__new__


@dataclass(frozen=True, slots=True)
class Integer:
    """An unsigned integer; `code` is its letter in `struct`."""

    code: str
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Text:
    size: int


@dataclass(frozen=True, slots=True)
class Raw:
    size: int


@dataclass(frozen=True, slots=True)
class Reserved:
    """1 or 2 bytes that are always zero."""

    size: int


@dataclass(frozen=True, slots=True)
class Blob:
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Records:
    of: type[Any]
    counted: bool
    minimum: int
    maximum: int


Kind = Integer | Text | Raw | Reserved | Blob | Records


def u8(*, minimum: int = 0, maximum: int = 0xFF) -> Any:
    """One byte; `minimum` and `maximum` narrow it further."""
    return field(metadata={_KEY: Integer("B", minimum, maximum)})


def u16(*, minimum: int = 0, maximum: int = 0xFFFF) -> Any:
    """Two bytes."""
    return field(metadata={_KEY: Integer("H", minimum, maximum)})


def u32() -> Any:
    """Four bytes."""
    return field(metadata={_KEY: Integer("I", 0, 0xFFFF_FFFF)})


def u64() -> Any:
    """Eight bytes."""
    return field(metadata={_KEY: Integer("Q", 0, 0xFFFF_FFFF_FFFF_FFFF)})


def text(size: int) -> Any:
    """ASCII text padded with zeros to `size` bytes. What is not printable ASCII arrives as `?`: nothing raw passes the decoder."""
    return field(metadata={_KEY: Text(size)})


def raw(size: int) -> Any:
    """Exactly `size` bytes."""
    return field(metadata={_KEY: Raw(size)})


def zeros(size: int = 1) -> dict[str, Any]:
    """Metadata of a reserved field: bytes that are sent as zero and refused when they are not. Such a field is declared with
    `field(init=False, default=0, repr=False, metadata=zeros())`, so that no caller can fill it."""
    return {_KEY: Reserved(size)}


def blob(*, minimum: int = 0, maximum: int = MAX_PAYLOAD) -> Any:
    """The rest of the payload; last field only."""
    return field(metadata={_KEY: Blob(minimum, maximum)})


def records(of: type[Any], *, counted: bool, minimum: int = 0, maximum: int = 255) -> Any:
    """A tuple of fixed-layout messages, last field only; `counted`: a u8 count goes before them, else they fill the payload."""
    return field(metadata={_KEY: Records(of, counted, minimum, maximum)})


@dataclass(frozen=True, slots=True)
class Layout:
    """How one message lies in its payload, worked out once per class."""

    kinds: tuple[tuple[str, Kind], ...]
    """Every field by name, in order."""
    head: struct.Struct
    """All fields but the last one of variable length, whose count it includes."""
    shortest: int
    """Bytes of the shortest payload."""
    read: Callable[[Any], tuple[Any, ...]]
    """The values of a message's fields, in order."""
    write: tuple[Callable[[Any, Any], None], ...]
    """Sets one field each, in order."""
    checks: tuple[tuple[int, str, int, int], ...]
    """(index, name, minimum, maximum) of integers narrower than their type."""
    strings: tuple[tuple[int, Text | Raw], ...]
    blanks: tuple[int, ...]
    """Indexes of reserved fields."""
    tail: Blob | Records | None
    integers_only: bool


_LAYOUTS: dict[Any, Layout] = {}


def layout(message_class: Callable[..., Any]) -> Layout:
    """The layout of a message class; TypeError when it is not declared as the head of this file says."""
    known = _LAYOUTS.get(message_class)
    if known is None:
        known = _LAYOUTS[message_class] = _work_out(message_class)
    return known


def _work_out(message_class: Callable[..., Any]) -> Layout:
    owner = _name(message_class)
    if hasattr(message_class, "__post_init__") or not hasattr(message_class, "__slots__"):
        raise TypeError(f"{owner} is a wire message: slots=True and no __post_init__")
    code = "<"
    checks: list[tuple[int, str, int, int]] = []
    strings: list[tuple[int, Text | Raw]] = []
    blanks: list[int] = []
    kinds: list[tuple[str, Kind]] = []
    tail: Blob | Records | None = None
    for index, declared in enumerate(fields(message_class)):  # type: ignore[arg-type]
        kind = declared.metadata.get(_KEY)
        match kind:
            case Integer(letter, minimum, maximum):
                code += letter
                if (minimum, maximum) != (0, (1 << (8 * struct.calcsize(letter))) - 1):
                    checks.append((index, declared.name, minimum, maximum))
            case Text(size) | Raw(size):
                code += f"{size}s"
                strings.append((index, kind))
            case Reserved(size):
                code += {1: "B", 2: "H"}[size]
                blanks.append(index)
            case Blob() | Records():
                tail = kind
                code += "B" if isinstance(kind, Records) and kind.counted else ""
            case _:
                raise TypeError(f"{owner}.{declared.name} is not a wire field")
        kinds.append((declared.name, kind))
    head = struct.Struct(code)
    names = [name for name, _ in kinds]
    return Layout(
        kinds=tuple(kinds),
        head=head,
        shortest=head.size + (tail.minimum * _unit(tail) if tail else 0),
        read=_reader(names),
        write=tuple(getattr(message_class, name).__set__ for name in names),
        checks=tuple(checks),
        strings=tuple(strings),
        blanks=tuple(blanks),
        tail=tail,
        integers_only=tail is None and not strings,
    )


def _unit(tail: Blob | Records) -> int:
    """Bytes of one item of the last field."""
    return layout(tail.of).head.size if isinstance(tail, Records) else 1


def _reader(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """attrgetter, which gives a tuple only when it is asked for two fields or more."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda message: tuple(getattr(message, name) for name in names)


def pack(message: Any) -> bytes:
    """Payload bytes of a message. LocalProtocolError when a value does not fit its field."""
    plan = _LAYOUTS.get(type(message)) or layout(type(message))
    values = plan.read(message)
    try:
        for index, name, minimum, maximum in plan.checks:
            if not minimum <= values[index] <= maximum:
                raise LocalProtocolError(f"{_name(type(message))}.{name} = {values[index]} is outside {minimum}..{maximum}")
        if plan.integers_only:
            return plan.head.pack(*values)
        return _pack_rest(plan, list(values), _name(type(message)))
    except (struct.error, TypeError, UnicodeEncodeError) as error:
        raise LocalProtocolError(f"{_name(type(message))} does not fit the wire: {error}") from error


def _pack_rest(plan: Layout, values: list[Any], owner: str) -> bytes:
    for index, kind in plan.strings:
        value = values[index].encode("ascii") if isinstance(kind, Text) else values[index]
        if len(value) > kind.size or (isinstance(kind, Raw) and len(value) < kind.size):
            raise LocalProtocolError(f"{owner}: {len(value)} bytes where {kind.size} fit")
        values[index] = value
    tail = plan.tail
    if tail is None:
        return plan.head.pack(*values)
    rest = values.pop()
    if not tail.minimum <= len(rest) <= tail.maximum:
        raise LocalProtocolError(f"{owner}: {len(rest)} in the last field, allowed {tail.minimum} to {tail.maximum}")
    if isinstance(tail, Blob):
        return plan.head.pack(*values) + bytes(rest)
    if tail.counted:
        values.append(len(rest))
    return plan.head.pack(*values) + b"".join(map(pack, rest))


def unpack(message_class: Callable[..., M], payload: bytes) -> M:
    """The message in a payload. LengthError, RangeError, or another PayloadError for a reserved byte that is not zero."""
    plan = _LAYOUTS.get(message_class) or layout(message_class)
    try:
        values = plan.head.unpack(payload) if plan.tail is None else plan.head.unpack_from(payload)
    except struct.error:
        raise LengthError(_name(message_class), plan.shortest, len(payload)) from None
    for index in plan.blanks:
        if values[index]:
            raise PayloadError(f"{_name(message_class)}: reserved bytes are not zero")
    for index, name, minimum, maximum in plan.checks:
        if not minimum <= values[index] <= maximum:
            raise _range_error(message_class, name, minimum, maximum, values[index])
    if not plan.integers_only:
        values = _unpack_rest(message_class, plan, list(values), payload)
    # The slots are filled here and not by the class: the __init__ of a frozen dataclass takes longer than all the rest.
    message: M = _new(message_class)
    for write, value in zip(plan.write, values):  # noqa: B905 (as long as each other, and strict costs)
        write(message, value)
    return message


def _unpack_rest(message_class: Callable[..., Any], plan: Layout, values: list[Any], payload: bytes) -> tuple[Any, ...]:
    for index, kind in plan.strings:
        if isinstance(kind, Text):
            values[index] = printable(values[index].rstrip(b"\x00"))
    head_size, tail = plan.head.size, plan.tail
    if isinstance(tail, Blob):
        _check_length(message_class, plan.shortest, head_size + tail.maximum, len(payload))
        values.append(payload[head_size:])
    elif isinstance(tail, Records):
        size = _unit(tail)
        count = values.pop() if tail.counted else (len(payload) - head_size) // size
        if not tail.minimum <= count <= tail.maximum:
            raise _range_error(message_class, "count", tail.minimum, tail.maximum, count)
        _check_length(message_class, head_size + count * size, head_size + count * size, len(payload))
        values.append(tuple(unpack(tail.of, payload[at : at + size]) for at in range(head_size, len(payload), size)))
    return tuple(values)


def _check_length(message_class: Callable[..., Any], minimum: int, maximum: int, length: int) -> None:
    if not minimum <= length <= maximum:
        raise LengthError(_name(message_class), minimum if length < minimum else maximum, length)


def _range_error(message_class: Callable[..., Any], name: str, minimum: int, maximum: int, value: int) -> RangeError:
    return RangeError(_name(message_class), name, minimum if value < minimum else maximum, value)


def printable(data: bytes) -> str:
    """ASCII text with every byte that is not printable shown as `?`; safe for a terminal and a record, not for markup."""
    return "".join(chr(b) if _PRINTABLE_LOW <= b <= _PRINTABLE_HIGH else _REPLACEMENT for b in data)


def _name(message_class: Callable[..., Any]) -> str:
    return getattr(message_class, "__name__", "message")
