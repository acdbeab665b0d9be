"""Checking a record that somebody hands you: every forged line is found and named, and the checker shares no code with the writer."""

import ast
import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from rnprog.session import archive, ceilings
from rnprog.session import audit as module
from rnprog.session.audit import Unreadable, audit
from rnprog.session.record import Record, Times
from tests.house.source import imports

Rows = list[bytes]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A good record of eight lines; its head is in `heads`."""
    made = Record.create(tmp_path, "RN1-E0000000", lambda: Times(7, datetime.now(UTC), 0.5), actor="nurse", opening={"mode": "emulator"})
    for number in range(6):
        made.write("intent" if number % 2 else "outcome", {"amplitude_ma": f"{number}.5", "what": "amplitude"})
    made.close({"output_left": "off"})
    return made.path


def rows_of(path: Path) -> Rows:
    return path.read_bytes().split(b"\n")[:-1]


def forged(path: Path, rows: Rows) -> Path:
    path.write_bytes(b"".join(row + b"\n" for row in rows))
    return path


def line(row: bytes, **changes: Any) -> bytes:
    return json.dumps({**json.loads(row), **changes}, sort_keys=True, separators=(",", ":")).encode()


def first_fault(path: Path, head: str | None = None) -> tuple[int, str]:
    found = audit(path, head=head)
    assert not found.good
    return found.faults[0].line, found.faults[0].text


def test_it_shares_no_code_with_the_writer() -> None:
    used = {each.module for each in imports(Path("rnprog/session/audit.py"))}
    assert not {name for name in used if name.startswith("rnprog")}
    assert "record" not in ast.unparse(ast.parse(Path(module.__file__).read_text())).split("import")[1]


def test_a_good_record_is_good(record: Path) -> None:
    head = hashlib.sha256(rows_of(record)[-1]).hexdigest()
    found = audit(record, head=head)
    assert found.good and found.closed and found.emulator
    assert (found.lines, found.head) == (8, head)


def test_a_record_that_was_not_closed_is_not_a_fault(record: Path) -> None:
    found = audit(forged(record, rows_of(record)[:-1]))
    assert found.good and not found.closed


@pytest.mark.parametrize("number", range(1, 8))
def test_an_edited_line_is_named_by_the_one_after(record: Path, number: int) -> None:
    rows = rows_of(record)
    rows[number - 1] = rows[number - 1].replace(b'"actor":"nurse"', b'"actor":"doctor"')
    at, text = first_fault(forged(record, rows))
    assert at == number + 1 and "changed" in text


def test_an_edited_last_line_is_found_with_the_noted_head(record: Path) -> None:
    rows = rows_of(record)
    head = hashlib.sha256(rows[-1]).hexdigest()
    rows[-1] = rows[-1].replace(b"off", b"on ")
    assert first_fault(forged(record, rows), head)[0] == 8


@pytest.mark.parametrize("number", range(1, 8))
def test_a_dropped_line_is_named(record: Path, number: int) -> None:
    rows = rows_of(record)
    del rows[number - 1]
    at, text = first_fault(forged(record, rows))
    assert at == number and ("removed" in text or "open" in text)


@pytest.mark.parametrize("number", range(1, 8))
def test_a_doubled_line_is_named(record: Path, number: int) -> None:
    rows = rows_of(record)
    rows.insert(number, rows[number - 1])
    assert first_fault(forged(record, rows))[0] == number + 1


@pytest.mark.parametrize("number", range(1, 8))
def test_swapped_lines_are_named(record: Path, number: int) -> None:
    rows = rows_of(record)
    rows[number - 1], rows[number] = rows[number], rows[number - 1]
    assert first_fault(forged(record, rows))[0] == number


def test_an_added_line_is_named(record: Path) -> None:
    rows = rows_of(record)
    rows.insert(4, line(rows[3], data={"amplitude_ma": "9.9"}, seq=4, prev=hashlib.sha256(rows[3]).hexdigest()))
    assert first_fault(forged(record, rows))[0] == 6


def test_a_line_after_the_end_is_named(record: Path) -> None:
    rows = rows_of(record)
    rows.append(line(rows[-1], seq=8, kind="intent", prev=hashlib.sha256(rows[-1]).hexdigest()))
    assert first_fault(forged(record, rows)) == (9, "stands after the closing line")


def test_a_cut_tail_is_found_with_the_noted_head_and_not_without(record: Path) -> None:
    rows = rows_of(record)
    head = hashlib.sha256(rows[-1]).hexdigest()
    forged(record, rows[:5])
    assert audit(record).good, "a chain alone does not show it"
    assert first_fault(record, head)[0] == 5


def test_a_rewritten_record_is_found_with_the_noted_head(record: Path) -> None:
    rows = rows_of(record)
    head = hashlib.sha256(rows[-1]).hexdigest()
    previous = json.loads(rows[0])["prev"]
    again: Rows = []
    for row in rows:
        again.append(line(row, prev=previous, actor="doctor"))
        previous = hashlib.sha256(again[-1]).hexdigest()
    assert audit(forged(record, again)).good
    assert not audit(record, head=head).good


@pytest.mark.parametrize("keep", [1, 20, 200])
def test_a_torn_tail_is_named(record: Path, keep: int) -> None:
    rows = rows_of(record)
    record.write_bytes(b"".join(row + b"\n" for row in rows[:5]) + rows[5][:keep])
    assert first_fault(record) == (6, "the last line is torn: it has no end")


def test_a_line_of_another_session_is_named(record: Path) -> None:
    rows = rows_of(record)
    rows[3] = line(rows[3], session="20260101T000000Z-OTHER-0000")
    found = audit(forged(record, rows))
    assert any(fault.line == 4 and "another session" in fault.text for fault in found.faults)


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda row: row.replace(old, new)


ODD: dict[str, Callable[[bytes], bytes]] = {
    "a key twice": replaced(b'"actor":"nurse"', b'"actor":"nurse","actor":"nurse"'),
    "a key twice, deep": replaced(b'"what":"amplitude"', b'"what":"amplitude","what":"amplitude"'),
    "NaN": replaced(b'"mono_ns":7', b'"mono_ns":NaN'),
    "Infinity": replaced(b'"mono_ns":7', b'"mono_ns":-Infinity'),
    "a number beyond all": replaced(b'"mono_ns":7', b'"mono_ns":1e999'),
    "a key more": replaced(b'"actor":"nurse"', b'"actor":"nurse","zz":1'),
    "a key less": replaced(b'"actor":"nurse",', b""),
    "version 2": replaced(b'"v":1', b'"v":2'),
    "version true": replaced(b'"v":1', b'"v":true'),
    "version 1.0": replaced(b'"v":1', b'"v":1.0'),
    "version a list": replaced(b'"v":1', b'"v":[]'),
    "version an object": replaced(b'"v":1', b'"v":{}'),
    "number true": lambda row: line(row, seq=True),
    "number a float": replaced(b'"seq":2', b'"seq":2.0'),
    "number a list": lambda row: line(row, seq=[2]),
    "number text": lambda row: line(row, seq="2"),
    "kind a list": lambda row: line(row, kind=["close"]),
    "session a number": lambda row: line(row, session=7),
    "prev null": lambda row: line(row, prev=None),
    "an array": lambda row: b"[1]",
    "a word": lambda row: b"null",
    "empty": lambda row: b"",
    "not json": lambda row: b"{",
    "not ascii": lambda row: row + b"\xff",
    "deep": lambda row: b"[" * 100_000,
    "a huge number": lambda row: b"9" * 10_000,
    "a carriage return": lambda row: row + b"\r",
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_line_is_named_and_breaks_nothing(record: Path, name: str) -> None:
    rows = rows_of(record)
    changed = ODD[name](rows[2])
    assert changed != rows[2]
    rows[2] = changed
    at, text = first_fault(forged(record, rows))
    assert at in (3, 4)
    if name != "a carriage return":
        assert at == 3, text


@pytest.mark.parametrize("name", ODD)
def test_an_odd_first_or_last_line_breaks_nothing(record: Path, name: str) -> None:
    rows = rows_of(record)
    for number in (0, 7):
        changed = list(rows)
        changed[number] = ODD[name](rows[number])
        if changed[number] != rows[number] and name != "a carriage return":
            assert not audit(forged(record, changed)).good or name in ("number a float", "a key twice, deep")


def chained(rows: Rows) -> Rows:
    """Hashes computed anew, as the writer would."""
    done: Rows = []
    for row in rows:
        done.append(line(row, prev=hashlib.sha256(done[-1]).hexdigest()) if done else row)
    return done


def test_a_record_under_another_name_is_told(record: Path) -> None:
    """Another one's appointment, whole, where this one's was looked for."""
    other = record.rename(record.with_name("20260105T090000Z-RN1-E0000009-abcd.jsonl"))
    assert [each.misnamed for each in audit(other).faults] == [True]
    assert first_fault(other) == (
        1,
        f"is the record {record.stem}, and its file has another name: it was renamed, or put in another's place",
    )


@pytest.mark.parametrize("number", [1, 3, 7])
def test_a_kind_of_line_that_no_programmer_writes_is_named(record: Path, number: int) -> None:
    rows = rows_of(record)
    rows[number] = line(rows[number], kind="outc\x1bome")
    assert first_fault(forged(record, chained(rows))) == (number + 1, "a line of an unknown kind: outc?ome")


@pytest.mark.parametrize("moment", ["never", "", "2026-01-05", "2026-01-05T09:00:00", "2026-13-05T09:00:00+00:00"])
@pytest.mark.parametrize("number", [0, 3])
def test_a_line_that_was_written_at_no_moment_is_named(record: Path, number: int, moment: str) -> None:
    rows = rows_of(record)
    rows[number] = line(rows[number], utc=moment)
    assert first_fault(forged(record, chained(rows))) == (number + 1, "its utc is no moment")


@pytest.mark.parametrize("time_s", ["never", "", "nan", "inf", "1_0"])
def test_a_line_without_a_time_on_the_links_clock_is_named(record: Path, time_s: str) -> None:
    rows = rows_of(record)
    rows[3] = line(rows[3], link_s=time_s)
    assert first_fault(forged(record, chained(rows))) == (4, "its link_s is no time")


def test_every_kind_that_is_written_is_known_and_no_other() -> None:
    """What is written under a new kind would be told as forged, and no baseline taken from it."""
    written = set()
    for path in (path for room in ("session", "commands", "tui") for path in Path("rnprog", room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("note", "write", "_write", "_line")
            ):
                first = node.args[0] if len(node.args) >= 2 else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    written.add(first.value)
    assert written | {ceilings.KIND} == module.KINDS


def test_nothing_raw_from_the_file_comes_out_in_words(record: Path) -> None:
    """A forged record is shown to somebody: no escape, no control character leaves the checker."""
    rows = rows_of(record)
    evil = "\x1b]0;own\x07\u202e"
    rows[0] = line(rows[0], session=evil, kind=evil)
    rows[1] = json.dumps({evil: 1, **json.loads(rows[1])}).encode()
    found = audit(forged(record, rows))
    text = found.session + "".join(fault.text for fault in found.faults)
    assert all(" " <= letter <= "~" for letter in text), repr(text)


@pytest.mark.parametrize("content", [b"", b"hello", b"hello\n", b"\x00" * 100, b"{}\n", b"\n", b"[]\n"])
def test_what_is_no_record_is_unreadable_or_faulty_and_never_good(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    try:
        assert not audit(path).good
    except Unreadable as unreadable:
        assert str(path) in str(unreadable)


def test_what_is_not_there_is_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(Unreadable):
            audit(path)


def test_a_real_device_is_not_called_an_emulator(record: Path) -> None:
    rows = rows_of(record)
    assert audit(record).emulator
    assert not audit(forged(record, [line(rows[0], data={"mode": "device"}), *rows[1:]])).emulator


def test_random_damage_is_never_good_and_never_breaks_out(record: Path) -> None:
    """Any change of any byte before the last line is found."""
    whole = record.read_bytes()
    chance = Random(3)
    last = whole.rindex(b"\n", 0, -1)
    for _ in range(400):
        at = chance.randrange(last)
        other = bytes([chance.choice([b for b in range(256) if b != whole[at]])])
        record.write_bytes(whole[:at] + other + whole[at + 1 :])
        try:
            assert not audit(record).good, (at, other)
        except Unreadable:
            continue


def test_the_first_sixteen_signs_of_a_head_are_enough_and_fewer_are_not(record: Path) -> None:
    """The screen names sixteen to write down; taken as the head they once meant that the record was rewritten."""
    head = audit(record).head
    assert audit(record, head=head[:16]).good and audit(record, head=head).good
    assert not audit(record, head=head[:15]).good and not audit(record, head=head[-16:]).good


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    """A pipe has no end."""
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(Unreadable, match="is no file"):
        audit(tmp_path / "pipe.jsonl")
    assert archive.records(tmp_path) == [] and list(archive.lines(tmp_path / "pipe.jsonl")) == []


def test_a_link_is_not_followed_and_a_folder_behind_one_is(record: Path, tmp_path: Path) -> None:
    """The record that a link leads to was checked in its place, and only "its file has another name" hinted at it."""
    link, nowhere = tmp_path / "link.jsonl", tmp_path / "nowhere.jsonl"
    link.symlink_to(record)
    nowhere.symlink_to(tmp_path / "missing")
    for each in (link, nowhere):
        with pytest.raises(Unreadable) as said:
            audit(each)
        assert str(said.value) == f"{each} is a link to another file; links are not followed. Name the file itself."
        with pytest.raises(OSError, match="it is a link to another file, and links are not followed"):
            list(archive.lines(each))
    (tmp_path / "folder").symlink_to(record.parent, target_is_directory=True)
    reached = tmp_path / "folder" / record.name
    assert audit(reached).good and len(list(archive.lines(reached))) == 8
    assert reached in archive.records(tmp_path / "folder")


def test_a_link_that_takes_the_place_of_a_file_while_it_is_opened_is_not_followed(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.lstat
    ordinary = real(record)
    link = record.with_name("link.jsonl")
    link.symlink_to(record)
    monkeypatch.setattr(Path, "lstat", lambda path: ordinary if path == link else real(path))
    with pytest.raises(Unreadable, match="cannot be read"):
        audit(link)
    monkeypatch.setattr(os, "lstat", lambda path: ordinary)
    with pytest.raises(OSError):
        list(archive.lines(link))


@pytest.mark.parametrize("line", [0, -1])
@pytest.mark.parametrize("beside", [0, 1])
def test_a_last_line_that_was_never_written_out_is_torn_and_one_with_other_zeros_is_damaged(record: Path, line: int, beside: int) -> None:
    rows = rows_of(record)
    rows[-1] = rows[-1] + b"x" * 2_000
    content = b"".join(row + b"\n" for row in (rows if line else rows[-1:]))
    begin = (len(content) - 1_000) // 512 * 512 + beside
    record.write_bytes(content[:begin] + bytes(64) + content[begin + 64 :])
    if not line:
        with pytest.raises(Unreadable, match="is not a session record"):
            audit(record)
        return
    found = audit(record)
    if beside:
        assert (found.lines, [fault.torn for fault in found.faults]) == (8, [False])
    else:
        assert (found.lines, [(fault.line, fault.torn) for fault in found.faults]) == (7, [(8, True)])
        assert found.head == hashlib.sha256(rows[-2]).hexdigest()
