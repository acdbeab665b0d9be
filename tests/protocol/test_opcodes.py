"""The numbers of the document and those of the code are the same."""

import re
from enum import IntEnum, IntFlag

import pytest

from rnprog.protocol.opcodes import (
    CRC_SIZE,
    HEADER_SIZE,
    MAX_DECODED,
    MAX_ENCODED,
    MAX_PAYLOAD,
    BatteryFlag,
    Cause,
    EntryKind,
    FieldId,
    Flag,
    Log,
    Opcode,
    OutputState,
    RefusalCode,
    SlotState,
    StatusFlag,
)
from tests.protocol.document import TEXT, commands, numbered, rows, section
from tests.protocol.vectors import VECTORS


def upper(name: str) -> str:
    return name.upper().replace(" ", "_").replace("-", "_")


def names(numbers: type[IntEnum]) -> dict[int, str]:
    return {int(each): each.name for each in numbers}


def row_of(opcode: Opcode) -> list[str]:
    return next(row for row in commands() if row[1] == opcode.name)


def test_refusal_codes() -> None:
    table = {int(row[0]): row[1] for row in rows(section("5."), "code", "name")}
    assert table == {code: name for code, name in names(RefusalCode).items() if code != RefusalCode.DONE}


def test_every_refusal_has_a_vector_with_a_field_of_its_rows() -> None:
    numbered_ones = [vector for vector in VECTORS if re.match(r"refusal_\d\d_", vector.name)]
    shown = {vector.fields["code"]: FieldId(vector.fields["field"]) for vector in numbered_ones}
    assert set(shown) == {int(code) for code in RefusalCode if code}
    for code, field in shown.items():
        cells = " ".join(row[3] for row in rows(section("5."), "code", "name") if int(row[0]) == code)
        assert field.name.lower() in re.findall(r"\w+", cells) or cells == "the field", (code, cells)


def test_field_ids() -> None:
    cells = [cell for row in rows(section("5."), "field", "name") for cell in row]
    table = {int(number): upper(name) for number, name in zip(cells[::2], cells[1::2], strict=True)}
    assert table == names(FieldId)


def test_header_flags() -> None:
    table = {int(row[1], 16): row[0] for row in rows(TEXT, "flag", "bit")}
    assert table == {int(flag): flag.name for flag in Flag}


def test_status_flags() -> None:
    table = rows(section("4.2"), "flag", "meaning")
    bits = [int(bit, 16) for row in table for bit in row[0].split(",")]
    assert bits == [int(flag) for flag in StatusFlag]
    assert [upper(row[1].split(" (")[0]) for row in table[1:]] == [flag.name for flag in StatusFlag][2:]


def test_causes() -> None:
    sentence = TEXT[TEXT.index("EVENT_OUTPUT causes:") :].split(".")[0]
    found = {number: upper(name.strip()) for number, name in numbered(sentence.replace("\n", " ")).items()}
    assert found.pop(11).startswith("THERAPY_STOPPED")
    assert found == {number: name for number, name in names(Cause).items() if number != 11}


def test_log_entry_kinds() -> None:
    table = dict(row[0].split(" ", 1) for row in rows(section("4.7"), "kind", "log"))
    assert {int(number): upper(name) for number, name in table.items()} == names(EntryKind)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (row_of(Opcode.LOG_READ)[3], Log),
        (row_of(Opcode.SLOT_INFO)[4].split("active")[0], SlotState),
        (row_of(Opcode.BATTERY)[4], BatteryFlag),
        (rows(section("4.2"), "offset")[0][3].removeprefix("section 7:"), OutputState),
    ],
    ids=["logs", "slot states", "battery flags", "output states"],
)
def test_short_lists(text: str, numbers: type[IntEnum | IntFlag]) -> None:
    assert {number: upper(name) for number, name in numbered(text).items()} == {int(each): each.name for each in numbers}


def test_sizes() -> None:
    assert f"header {HEADER_SIZE} | payload 0..{MAX_PAYLOAD} | crc32 {CRC_SIZE}" in TEXT
    assert f"20 to {MAX_DECODED:,} bytes" in TEXT
    assert f"More than {MAX_ENCODED:,} bytes" in TEXT
    assert sum(int(row[1]) for row in rows(section("Header"), "offset", "size")) == HEADER_SIZE
