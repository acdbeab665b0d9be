"""The dictionary tests itself: each opcode has a request, a reply, a row in the document and a vector, and all four say the same."""

import re
from typing import Any

import pytest

from rnprog.protocol import messages
from rnprog.protocol.endpoint import _FIELDS
from rnprog.protocol.fields import Blob, Integer, Raw, Records, Reserved, Text, layout
from rnprog.protocol.messages import REPLIES, REQUESTS, LogEntry, OutputEvent, Refused, SetAmplitude, fields_of
from rnprog.protocol.opcodes import Opcode, RequestClass
from tests.protocol.document import commands, rows, section, typed
from tests.protocol.vectors import VECTORS

ROWS = {int(row[0], 16): row for row in commands()}
each_opcode = pytest.mark.parametrize("opcode", REQUESTS, ids=lambda opcode: opcode.name)


def wire_fields(kind: type[Any]) -> list[tuple[str, str]]:
    """(name, type) of every field but a blob, as the document writes them."""
    found: list[tuple[str, str]] = []
    for name, shape in layout(kind).kinds:
        match shape:
            case Integer(code):
                found.append((name, {"B": "u8", "H": "u16", "I": "u32", "Q": "u64"}[code]))
            case Reserved(size):
                found.append(("reserved", {1: "u8", 2: "u16"}[size]))
            case Text(size):
                found.append((name, f"text{size}"))
            case Raw(size):
                found.append((name, f"{size} bytes"))
            case Records(of, counted=True):
                found += [("count", "u8"), *wire_fields(of)]
            case Records() | Blob():
                pass
    return found


def test_opcodes_are_unique_and_all_in_the_document() -> None:
    assert len(set(map(int, Opcode))) == len(Opcode.__members__)
    assert {number: row[1] for number, row in ROWS.items()} == {int(opcode): opcode.name for opcode in Opcode}
    assert len(commands()) == len(ROWS)


def test_every_opcode_but_the_event_has_a_request_and_a_reply() -> None:
    assert set(REQUESTS) == set(REPLIES) == set(Opcode) - {Opcode.EVENT_OUTPUT}
    assert OutputEvent.OPCODE is Opcode.EVENT_OUTPUT
    assert len(set(REQUESTS.values()) | set(REPLIES.values())) == 2 * len(REQUESTS)


@each_opcode
def test_messages_carry_their_opcode_and_class(opcode: Opcode) -> None:
    assert REQUESTS[opcode].OPCODE is opcode
    assert REPLIES[opcode].OPCODE is opcode
    assert RequestClass[ROWS[opcode][2].upper()] is REQUESTS[opcode].CLASS


@each_opcode
def test_every_opcode_has_vectors(opcode: Opcode) -> None:
    directions = {vector.direction for vector in VECTORS if vector.raw.get("opcode") == opcode.name}
    assert directions >= {"request", "reply"}


@each_opcode
def test_requests_have_the_fields_of_the_document(opcode: Opcode) -> None:
    assert wire_fields(REQUESTS[opcode]) == typed(ROWS[opcode][3])


@each_opcode
def test_replies_have_the_fields_of_the_document(opcode: Opcode) -> None:
    cell = ROWS[opcode][4]
    if cell == "below":
        expected = [(row[2], row[1]) for row in rows(section("4.2"), "offset", "type", "field")]
    elif cell == "section 4.8":
        expected = [(name, kind) for kind, name, _ in capabilities()]
    elif cell.startswith("the same fields as held"):
        expected = wire_fields(REQUESTS[opcode]) + typed(cell)
    else:
        expected = typed(cell)
    assert wire_fields(REPLIES[opcode]) == expected


def capabilities() -> list[list[str]]:
    table = rows(section("4.8"), "type", "field", "RN-1")
    return [row[:3] for row in table if row[0]] + [row[3:] for row in table if row[3]]


def test_the_event_the_entry_and_the_refusal_have_the_fields_of_the_document() -> None:
    assert wire_fields(OutputEvent) == typed(ROWS[Opcode.EVENT_OUTPUT][4])
    entry = re.search(r"^- Entry: (.*)$", section("4.7"), re.M)
    assert entry
    assert wire_fields(LogEntry) == typed(entry[1])
    assert wire_fields(Refused) == typed(section("5.").split(".", 1)[0])


def test_status_stands_at_the_offsets_of_the_document() -> None:
    offset = 0
    for at, kind, *_ in rows(section("4.2"), "offset", "type", "field"):
        assert int(at) == offset
        offset += {"u8": 1, "u16": 2, "u32": 4}[kind]
    assert offset == 58 == layout(REPLIES[Opcode.STATUS]).head.size


def test_capabilities_have_the_size_and_the_values_of_the_document() -> None:
    assert layout(REPLIES[Opcode.CAPABILITIES]).head.size == 94
    vector = next(vector for vector in VECTORS if vector.name == "capabilities_reply")
    assert vector.fields == {name: int(value.replace(",", "")) for _, name, value in capabilities()}


def narrowed(kind: type[Any]) -> set[str]:
    plan = layout(kind)
    names = {name for _, name, _, _ in plan.checks}
    if isinstance(plan.tail, Records):
        names |= narrowed(plan.tail.of) | {"count"}
    return names


def test_every_narrowed_field_of_a_request_has_a_name_in_refusals() -> None:
    assert set().union(*map(narrowed, REQUESTS.values())) == set(_FIELDS)


def test_everything_public_is_named() -> None:
    assert set(messages.__all__) == {name for name, value in vars(messages).items() if value in PUBLIC}


PUBLIC = [REQUESTS, REPLIES, fields_of, *(value for value in vars(messages).values() if isinstance(value, type) and value is not Opcode)]


def test_fields_of_leaves_reserved_bytes_out() -> None:
    assert fields_of(SetAmplitude(1, 2500)) == {"channel": 1, "amplitude_ua": 2500}


def test_messages_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        SetAmplitude(0, 100).amplitude_ua = 200  # type: ignore[misc]
