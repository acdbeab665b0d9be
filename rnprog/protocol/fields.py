"""How a declared message becomes payload bytes and back. Owns layout and range of wire fields; knows no opcode and no unit.

A message is a frozen dataclass whose fields are declared with the functions below, in the order of docs/protocol.md. Integers are
little-endian. The last field may be of variable length: `blob` (the rest of the payload) or `records` (repeated fixed layouts).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, NamedTuple, TypeVar

from rnprog.protocol.errors import LocalProtocolError, PayloadError
from rnprog.protocol.opcodes import MAX_PAYLOAD

M = TypeVar("M")

_KEY = "wire"
_PRINTABLE_LOW, _PRINTABLE_HIGH = 0x20, 0x7E
_REPLACEMENT = "?"


@dataclass(frozen=True, slots=True)
class _Integer:
    code: str
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class _Text:
    size: int


@dataclass(frozen=True, slots=True)
class _Raw:
    size: int


@dataclass(frozen=True, slots=True)
class _Reserved:
    size: int


@dataclass(frozen=True, slots=True)
class _Blob:
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class _Records:
    of: type[Any]
    counted: bool
    minimum: int
    maximum: int


def u8(*, minimum: int = 0, maximum: int = 0xFF) -> Any:
    """One byte; `minimum` and `maximum` narrow it further."""
    return field(metadata={_KEY: _Integer("B", minimum, maximum)})


def u16(*, minimum: int = 0, maximum: int = 0xFFFF) -> Any:
    """Two bytes."""
    return field(metadata={_KEY: _Integer("H", minimum, maximum)})


def u32() -> Any:
    """Four bytes."""
    return field(metadata={_KEY: _Integer("I", 0, 0xFFFF_FFFF)})


def u64() -> Any:
    """Eight bytes."""
    return field(metadata={_KEY: _Integer("Q", 0, 0xFFFF_FFFF_FFFF_FFFF)})


def text(size: int) -> Any:
    """ASCII text padded with zeros to `size` bytes. What is not printable ASCII arrives as `?`: nothing raw passes the decoder."""
    return field(metadata={_KEY: _Text(size)})


def raw(size: int) -> Any:
    """Exactly `size` bytes."""
    return field(metadata={_KEY: _Raw(size)})


def zeros(size: int = 1) -> dict[str, Any]:
    """Metadata of a reserved field: bytes that are sent as zero and refused when they are not. Such a field is declared with
    `field(init=False, default=0, repr=False, metadata=zeros())`, so that no caller can fill it."""
    return {_KEY: _Reserved(size)}


def blob(*, minimum: int = 0, maximum: int = MAX_PAYLOAD) -> Any:
    """The rest of the payload; last field only."""
    return field(metadata={_KEY: _Blob(minimum, maximum)})


def records(of: type[Any], *, counted: bool, minimum: int = 0, maximum: int = 255) -> Any:
    """A tuple of fixed-layout messages, last field only; `counted`: a u8 count goes before them, else they fill the payload."""
    return field(metadata={_KEY: _Records(of, counted, minimum, maximum)})


class Layout(NamedTuple):
    """How one message lies in its payload, worked out once per class."""

    head: struct.Struct
    checks: tuple[tuple[int, str, int, int], ...]
    """(index, name, minimum, maximum) for integers narrower than their type."""
    texts: tuple[int, ...]
    blanks: tuple[int, ...]
    """Payload offsets of reserved bytes."""
    names: tuple[str, ...]
    tail: _Blob | _Records | None
    integers_only: bool


_LAYOUTS: dict[Any, Layout] = {}


def layout(message_class: Callable[..., Any]) -> Layout:
    """The layout of a message class; TypeError for a field that was not declared with a function of this file."""
    known = _LAYOUTS.get(message_class)
    if known is None:
        known = _LAYOUTS[message_class] = _work_out(message_class)
    return known


def _work_out(message_class: Callable[..., Any]) -> Layout:
    code = "<"
    checks: list[tuple[int, str, int, int]] = []
    texts: list[int] = []
    blanks: list[int] = []
    names: list[str] = []
    tail: _Blob | _Records | None = None
    for declared in fields(message_class):  # type: ignore[arg-type]
        match declared.metadata.get(_KEY):
            case _Integer(letter, minimum, maximum):
                if (minimum, maximum) != (0, (1 << (8 * struct.calcsize(letter))) - 1):
                    checks.append((len(names), declared.name, minimum, maximum))
                code, names = code + letter, [*names, declared.name]
            case _Text(size):
                texts.append(len(names))
                code, names = f"{code}{size}s", [*names, declared.name]
            case _Raw(size):
                code, names = f"{code}{size}s", [*names, declared.name]
            case _Reserved(size):
                blanks.extend(range(struct.calcsize(code), struct.calcsize(code) + size))
                code = f"{code}{size}x"
            case (_Blob() | _Records()) as last:
                tail = last
                names = [*names, declared.name]
            case _:
                raise TypeError(f"{_name(message_class)}.{declared.name} is not a wire field")
    if isinstance(tail, _Records) and tail.counted:
        code += "B"
    plain = tail is None and not texts and "s" not in code
    return Layout(struct.Struct(code), tuple(checks), tuple(texts), tuple(blanks), tuple(names), tail, plain)


def pack(message: Any) -> bytes:
    """Payload bytes of a message. LocalProtocolError when a value does not fit its field."""
    plan = layout(type(message))
    values = [getattr(message, name) for name in plan.names]
    try:
        for index, name, minimum, maximum in plan.checks:
            if not minimum <= values[index] <= maximum:
                raise LocalProtocolError(f"{type(message).__name__}.{name} = {values[index]} is outside {minimum}..{maximum}")
        if plan.integers_only:
            return plan.head.pack(*values)
        return _pack_rest(plan, values, type(message).__name__)
    except (struct.error, TypeError, UnicodeEncodeError) as error:
        raise LocalProtocolError(f"{type(message).__name__} does not fit the wire: {error}") from error


def _pack_rest(plan: Layout, values: list[Any], owner: str) -> bytes:
    for index in plan.texts:
        values[index] = values[index].encode("ascii")
    tail_value = values.pop() if plan.tail is not None else b""
    for value, code in zip(values, _sizes(plan), strict=True):
        if code is not None and len(value) > code:
            raise LocalProtocolError(f"{owner}: {len(value)} bytes where {code} fit")
    match plan.tail:
        case None:
            return plan.head.pack(*values)
        case _Blob(minimum, maximum):
            if not minimum <= len(tail_value) <= maximum:
                raise LocalProtocolError(f"{owner}: {len(tail_value)} bytes of data, allowed {minimum} to {maximum}")
            return plan.head.pack(*values) + bytes(tail_value)
        case _Records(_, counted, minimum, maximum):
            if not minimum <= len(tail_value) <= maximum:
                raise LocalProtocolError(f"{owner}: {len(tail_value)} records, allowed {minimum} to {maximum}")
            head = plan.head.pack(*values, len(tail_value)) if counted else plan.head.pack(*values)
            return head + b"".join(pack(record) for record in tail_value)


@cache
def _sizes_of(code: str) -> tuple[int | None, ...]:
    sizes: list[int | None] = []
    digits = ""
    for letter in code[1:]:
        if letter.isdigit():
            digits += letter
        else:
            if letter != "x":
                sizes.append(int(digits) if letter == "s" else None)
            digits = ""
    return tuple(sizes)


def _sizes(plan: Layout) -> tuple[int | None, ...]:
    sizes = _sizes_of(plan.head.format)
    return sizes[:-1] if isinstance(plan.tail, _Records) and plan.tail.counted else sizes


def unpack(message_class: Callable[..., M], payload: bytes) -> M:
    """The message in a payload. PayloadError when length, a narrowed range, a reserved byte or a count is wrong."""
    plan = layout(message_class)
    head = plan.head
    if len(payload) < head.size or (plan.tail is None and len(payload) != head.size):
        raise PayloadError(f"{_name(message_class)}: {len(payload)} bytes where {head.size} were expected")
    for offset in plan.blanks:
        if payload[offset]:
            raise PayloadError(f"{_name(message_class)}: reserved byte {offset} is not zero")
    values = head.unpack_from(payload)
    for index, name, minimum, maximum in plan.checks:
        if not minimum <= values[index] <= maximum:
            raise PayloadError(f"{_name(message_class)}.{name} = {values[index]} is outside {minimum}..{maximum}")
    if plan.integers_only:
        return message_class(*values)
    return message_class(*_unpack_rest(plan, list(values), payload, _name(message_class)))


def _unpack_rest(plan: Layout, values: list[Any], payload: bytes, owner: str) -> list[Any]:
    for index in plan.texts:
        values[index] = printable(values[index].rstrip(b"\x00"))
    rest = payload[plan.head.size :]
    match plan.tail:
        case None:
            return values
        case _Blob(minimum, maximum):
            if not minimum <= len(rest) <= maximum:
                raise PayloadError(f"{owner}: {len(rest)} bytes of data, allowed {minimum} to {maximum}")
            return [*values, rest]
        case _Records(of, counted, minimum, maximum):
            size = layout(of).head.size
            count = values.pop() if counted else len(rest) // size
            if len(rest) != count * size or not minimum <= count <= maximum:
                raise PayloadError(f"{owner}: {len(rest)} bytes are not {count} records of {size} bytes")
            return [*values, tuple(unpack(of, rest[at : at + size]) for at in range(0, len(rest), size))]


def printable(data: bytes) -> str:
    """ASCII text with every byte that is not printable shown as `?`; safe for a terminal and a record, not for markup."""
    return "".join(chr(b) if _PRINTABLE_LOW <= b <= _PRINTABLE_HIGH else _REPLACEMENT for b in data)


def _name(message_class: Callable[..., Any]) -> str:
    return getattr(message_class, "__name__", "message")
