"""Sessions whose program died: found, told, their torn end set aside; and what is being written is left alone."""

import errno
import hashlib
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rnprog.session.audit import audit
from rnprog.session.record import Record, RecordLost, Times
from rnprog.session.unclosed import ASIDE, LARGEST_BYTES, Unclosed, hold, lasting, put_right, unclosed
from tests.device.rig import python

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no flock")
MOMENT = datetime(2026, 1, 5, 9, 0, 0, 123_000, UTC)


def died(directory: Path, *, torn: bytes = b"", lines: int = 2, pad: int = 0, **opening: object) -> Record:
    """A record as a dead writer leaves it. `pad`: by how much its last line is longer than the others."""
    opening = {"serial": "RN1-00001234", "command": "session", **opening}
    record = Record.create(directory, "RN1-00001234", lambda: Times(0, MOMENT, 0.0), actor="nurse", opening=opening)
    for number in range(lines):
        record.write("intent", {"what": "burst", "n": number, "pad": "x" * (pad if number == lines - 1 else 0)})
    assert record._handle is not None
    os.write(record._handle, torn)
    os.close(record._handle)
    record._handle = None
    return record


def next_start(directory: Path) -> tuple[Unclosed, ...]:
    """What a start does that comes to its record: it tells, records, and puts right."""
    told = unclosed(directory)
    put_right(directory, told)
    return told


def damaged(record: Record, change: Callable[[list[bytes]], None]) -> bytes:
    """The file with some of its lines changed."""
    rows = record.path.read_bytes().split(b"\n")
    change(rows)
    record.path.write_bytes(b"\n".join(rows))
    return record.path.read_bytes()


def test_nothing_is_unclosed_where_nothing_is(tmp_path: Path) -> None:
    assert unclosed(tmp_path) == unclosed(tmp_path / "missing") == ()
    put_right(tmp_path / "missing", ())


def test_a_session_that_was_never_closed_is_told_with_its_last_line(tmp_path: Path) -> None:
    record = died(tmp_path)
    (found,) = unclosed(tmp_path)
    assert (found.path, found.serial, found.command) == (record.path, "RN1-00001234", "session")
    assert (found.lines, found.head, found.torn_bytes) == (3, record.head, 0)
    assert (found.last, found.last_utc[:19]) == ("intent burst", "2026-01-05T09:00:00")
    assert found.as_dict()["record"] == record.path.stem


def test_telling_changes_nothing(tmp_path: Path) -> None:
    died(tmp_path, torn=b'{"v":1,')
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert unclosed(tmp_path) == unclosed(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_putting_right_sets_the_torn_end_aside_and_keeps_every_acknowledged_line(tmp_path: Path) -> None:
    record = died(tmp_path, torn=b'{"v":1,"se')
    assert unclosed(tmp_path)[0].torn_bytes == 10
    assert not audit(record.path).good
    next_start(tmp_path)
    assert unclosed(tmp_path) == ()
    found = audit(record.path, head=record.head)
    assert (found.good, found.lines, found.closed) == (True, 3, False)
    assert record.path.with_suffix(".torn").read_bytes() == b'{"v":1,"se'
    assert record.path.with_suffix(".torn").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("*.reserve"))


# damaged lines


def zeroed(content: bytes, first: int, last: int) -> bytes:
    return content[:first] + bytes(last - first) + content[last:]


@pytest.mark.parametrize("pages", [[0], [1], [0, 1], [1, 2]], ids=str)
def test_a_last_line_of_which_pages_were_never_written_out_is_set_aside_and_the_session_is_told(tmp_path: Path, pages: list[int]) -> None:
    """The power went before the line was synced: it was told of by nobody, and its mark was taken away."""
    record = died(tmp_path, pad=5_000)
    content = record.path.read_bytes()
    start = content.rfind(b"\n", 0, -1) + 1
    lost = content
    for page in pages:
        lost = zeroed(lost, max(start, page * 2_048), min((page + 1) * 2_048, len(content) - 1))
    record.path.write_bytes(lost)
    (told,) = next_start(tmp_path)
    assert (told.lines, told.head, told.last) == (2, hashlib.sha256(content.split(b"\n")[1]).hexdigest(), "intent burst")
    assert (told.damaged_lines, told.end, told.torn_bytes) == (0, told.head, len(content) - start)
    assert audit(record.path, head=told.head).good and audit(record.path).lines == 2
    assert record.path.with_suffix(".torn").read_bytes() == lost[start:]
    assert unclosed(tmp_path) == () and not list(tmp_path.glob("*.reserve"))


def test_a_last_line_whose_first_page_is_zeros_is_set_aside_wherever_the_page_ends(tmp_path: Path) -> None:
    record = died(tmp_path, pad=5_000)
    damaged(record, lambda rows: rows.__setitem__(-2, bytes(4_096) + rows[-2][4_096:]))
    (told,) = next_start(tmp_path)
    assert (told.lines, told.damaged_lines) == (2, 0) and audit(record.path).good


BENT: dict[str, Callable[[bytes], bytes]] = {
    "other bytes": lambda row: b"\xff" * 64 + row[64:],
    "a letter": lambda row: row[:-1] + b"]",
    "zeros that are no block": lambda row: row[:40] + bytes(3) + row[43:],
    "empty": lambda row: b"",
}


@pytest.mark.parametrize("how", BENT)
def test_a_damaged_last_line_that_may_have_been_acknowledged_stays_and_is_told(tmp_path: Path, how: str) -> None:
    record = died(tmp_path)
    content = damaged(record, lambda rows: rows.__setitem__(-2, BENT[how](rows[-2])))
    rows = content.split(b"\n")
    (told,) = next_start(tmp_path)
    assert (told.lines, told.damaged_lines, told.torn_bytes) == (2, 1, 0)
    assert told.head == hashlib.sha256(rows[1]).hexdigest() and told.end == hashlib.sha256(rows[2]).hexdigest()
    assert told.as_dict()["damaged_lines"] == 1 and told.as_dict()["end"] == told.end
    assert record.path.read_bytes() == content and not list(tmp_path.glob("*.torn"))
    assert {fault.line for fault in audit(record.path).faults} == {3}
    assert unclosed(tmp_path) == () and not list(tmp_path.glob("*.reserve"))


def test_a_line_behind_which_another_was_begun_had_been_acknowledged_and_stays_whatever_it_holds(tmp_path: Path) -> None:
    record = died(tmp_path, torn=b'{"actor":"nu')
    content = damaged(record, lambda rows: rows.__setitem__(-2, bytes(64) + rows[-2][64:]))
    (told,) = next_start(tmp_path)
    assert (told.lines, told.damaged_lines, told.torn_bytes) == (2, 1, 12)
    assert record.path.read_bytes() == content[:-12]


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_damaged_line_anywhere_is_told_with_what_stands_before_it(tmp_path: Path, line: int) -> None:
    record = died(tmp_path, lines=3)
    content = damaged(record, lambda rows: rows.__setitem__(line, bytes(64) + rows[line][64:]))
    (told,) = next_start(tmp_path)
    rows = content.split(b"\n")
    assert (told.lines, told.damaged_lines) == (line, 4 - line)
    assert (told.serial, told.opened_utc[:19]) == ("RN1-00001234", "2026-01-05T09:00:00"), "the name says it where the first line cannot"
    assert told.command == ("session" if line else "")
    assert told.head == (hashlib.sha256(rows[line - 1]).hexdigest() if line else "")
    assert told.last == ("", "open", "intent burst")[line] and told.end == record.head
    assert record.path.read_bytes() == content and not list(tmp_path.glob("*.reserve"))


def test_the_only_line_damaged_is_told_by_the_name_of_its_file(tmp_path: Path) -> None:
    record = died(tmp_path, lines=0)
    content = damaged(record, lambda rows: rows.__setitem__(0, b"junk"))
    (told,) = next_start(tmp_path)
    assert (told.serial, told.lines, told.damaged_lines, told.last, told.last_utc) == ("RN1-00001234", 0, 1, "", "")
    assert record.path.read_bytes() == content and unclosed(tmp_path) == ()


def test_a_renamed_record_with_a_damaged_first_line_is_told_as_far_as_it_can_be(tmp_path: Path) -> None:
    record = died(tmp_path)
    damaged(record, lambda rows: rows.__setitem__(0, b"junk"))
    record.path.rename(tmp_path / "other.jsonl")
    record.path.with_suffix(".reserve").rename(tmp_path / "other.reserve")
    (told,) = unclosed(tmp_path)
    assert (told.serial, told.opened_utc, told.lines, told.damaged_lines) == ("", "", 0, 3)


def test_an_opening_that_was_never_written_out_began_nothing(tmp_path: Path) -> None:
    record = died(tmp_path, lines=0)
    damaged(record, lambda rows: rows.__setitem__(0, bytes(64) + rows[0][64:]))
    assert next_start(tmp_path) == ()
    assert [path.name for path in tmp_path.iterdir()] == [record.path.with_suffix(".torn").name]


def test_a_closing_line_that_was_never_written_out_closes_nothing(tmp_path: Path) -> None:
    record = Record.create(tmp_path, "RN1", lambda: Times(0, MOMENT, 0.0), actor="nurse", opening={})
    record.close({})
    record.path.with_suffix(".reserve").write_bytes(b"")
    damaged(record, lambda rows: rows.__setitem__(-2, bytes(64) + rows[-2][64:]))
    (told,) = next_start(tmp_path)
    assert (told.lines, told.last) == (1, "open") and audit(record.path).good


def test_how_much_lasts_depends_on_where_in_the_file_it_lies() -> None:
    row = b"{" + b"x" * 600 + bytes(512) + b"x}\n"
    assert lasting(b"{}\n" + row, 512 - 604) == 3
    assert lasting(b"{}\n" + row, 512 - 605) == 3 + len(row)
    assert lasting(b"") == lasting(b"torn") == 0
    assert lasting(b"\0\n") == 0 and lasting(b"{}\n") == 3


def test_a_session_that_died_after_the_others_were_told_keeps_its_mark_until_it_is_told(tmp_path: Path) -> None:
    """Between what is told and what is put right lies a whole connection, and perhaps a question to a person."""
    first = died(tmp_path)
    told = unclosed(tmp_path)
    second = died(tmp_path, torn=b"new")
    before = second.path.read_bytes()
    put_right(tmp_path, told)
    assert not first.path.with_suffix(".reserve").exists()
    assert second.path.read_bytes() == before
    assert [each.path for each in unclosed(tmp_path)] == [second.path]


def test_a_session_is_put_right_only_as_it_was_told(tmp_path: Path) -> None:
    record = died(tmp_path, torn=b"new")
    told = unclosed(tmp_path)
    with record.path.open("ab") as file:
        file.write(b"er")
    put_right(tmp_path, told)
    assert [each.torn_bytes for each in unclosed(tmp_path)] == [5] and not list(tmp_path.glob("*.torn"))


def test_what_stays_is_synced_before_the_mark_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was killed had perhaps not synced the line that the next record names."""
    died(tmp_path)
    order: list[str] = []
    real_sync, real_unlink = os.fsync, Path.unlink
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("sync"), real_sync(handle))[1])
    monkeypatch.setattr(Path, "unlink", lambda path, *more: (order.append(path.suffix), real_unlink(path, *more))[1])
    next_start(tmp_path)
    assert order == ["sync", ".reserve"]


@pytest.mark.parametrize("before", [b"old", b"n", b""])
def test_an_earlier_torn_end_is_never_overwritten_and_is_not_in_the_way(tmp_path: Path, before: bytes) -> None:
    """Setting aside may be cut short anywhere: each start told the same session again, for ever."""
    record = died(tmp_path, torn=b"new")
    record.path.with_suffix(".torn").write_bytes(before)
    next_start(tmp_path)
    assert record.path.with_suffix(".torn").read_bytes() == before
    assert record.path.with_suffix(".2.torn").read_bytes() == b"new"
    assert unclosed(tmp_path) == () and audit(record.path, head=record.head).good


def test_a_torn_end_that_was_set_aside_before_a_kill_is_not_set_aside_twice(tmp_path: Path) -> None:
    record = died(tmp_path, torn=b"new")
    record.path.with_suffix(".torn").write_bytes(b"new")
    next_start(tmp_path)
    assert unclosed(tmp_path) == () and audit(record.path, head=record.head).good
    assert [path.read_bytes() for path in tmp_path.glob("*.torn")] == [b"new"]


def test_where_there_is_no_name_left_nothing_is_changed(tmp_path: Path) -> None:
    record = died(tmp_path, torn=b"new")
    for name in (".torn", *(f".{number}.torn" for number in range(2, ASIDE + 1))):
        record.path.with_suffix(name).write_bytes(b"old")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    next_start(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(("content", "reserve"), [(b"", False), (b"", True), (b'{"actor":"nu', True)])
def test_a_record_without_a_whole_line_is_set_aside(tmp_path: Path, content: bytes, reserve: bool) -> None:
    """Killed before its first line was whole: nothing was begun, and every check of the records was told of it for ever."""
    path = tmp_path / "20260105T090000Z-X-0000.jsonl"
    path.write_bytes(content)
    if reserve:
        path.with_suffix(".reserve").write_bytes(b"")
    assert unclosed(tmp_path) == ()
    next_start(tmp_path)
    assert path.with_suffix(".torn").read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == [path.with_suffix(".torn").name]


def test_what_was_never_a_record_is_left_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_bytes(b"no line of ours")
    (tmp_path / "link.jsonl").symlink_to("empty")
    (tmp_path / "empty").write_bytes(b"")
    next_start(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "link.jsonl", "notes.jsonl"]


def test_a_record_without_a_line_that_somebody_has_just_made_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "20260105T090000Z-X-0000.jsonl"
    with path.open("wb") as file:
        hold(file.fileno())
        next_start(tmp_path)
    assert path.exists()


def test_what_is_being_written_is_left_alone(tmp_path: Path) -> None:
    record = Record.create(tmp_path, "RN1", lambda: Times(0, MOMENT, 0.0), actor="nurse", opening={})
    assert unclosed(tmp_path) == ()
    next_start(tmp_path)
    assert list(tmp_path.glob("*.reserve"))
    record.close({})
    assert unclosed(tmp_path) == ()


def test_a_closed_record_whose_space_was_not_given_back_is_not_told(tmp_path: Path) -> None:
    record = Record.create(tmp_path, "RN1", lambda: Times(0, MOMENT, 0.0), actor="nurse", opening={})
    record.close({})
    record.path.with_suffix(".reserve").write_bytes(b"")
    assert unclosed(tmp_path) == ()
    next_start(tmp_path)
    assert not list(tmp_path.glob("*.reserve"))


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_record_that_the_disk_lost_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Its space was given back while it was being lost; the session never came to its closing line all the same."""
    record = Record.create(tmp_path, "RN1", lambda: Times(0, MOMENT, 0.0), actor="nurse", opening={"serial": "RN1"})
    record.write("intent", {"what": "burst"})

    def fails(handle: int, *_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, fails)
        with pytest.raises(RecordLost):
            record.write("outcome", {"what": "burst"})
    assert unclosed(tmp_path) == (), "this process has it still"
    record.abandon()
    (found,) = unclosed(tmp_path)
    assert (found.path, found.lines) == (record.path, 3 if call == "fsync" else 2)
    next_start(tmp_path)
    assert unclosed(tmp_path) == () and not list(tmp_path.glob("*.reserve"))


def test_a_record_that_was_given_up_is_told(tmp_path: Path) -> None:
    Record.create(tmp_path, "RN1", lambda: Times(0, MOMENT, 0.0), actor="nurse", opening={}).abandon()
    assert len(unclosed(tmp_path)) == 1


def test_space_without_a_record_is_given_back(tmp_path: Path) -> None:
    (tmp_path / "lonely.reserve").write_bytes(b"")
    assert unclosed(tmp_path) == ()
    next_start(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"junk", b"junk\n", b'{"kind":"open"}\n', b'{"data":[]}\n', b"[" * 100_000 + b"\n"])
def test_what_is_no_record_is_not_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.jsonl").write_bytes(content)
    (tmp_path / "odd.reserve").write_bytes(b"")
    assert unclosed(tmp_path) == ()


def test_a_file_larger_than_any_record_is_not_read(tmp_path: Path) -> None:
    record = died(tmp_path)
    os.truncate(record.path, LARGEST_BYTES + 1)
    assert unclosed(tmp_path) == ()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    record = died(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "link.jsonl").symlink_to(record.path)
    (elsewhere / "link.reserve").write_bytes(b"")
    assert unclosed(elsewhere) == ()


def test_odd_text_in_the_file_is_printable_afterwards(tmp_path: Path) -> None:
    died(tmp_path, command="\x1b]0;owned\x07[/x]\u202e" + "x" * 500, serial=["no text"])
    (found,) = unclosed(tmp_path)
    assert found.command.startswith("?]0;owned?[/x]?x") and len(found.command) == 64
    assert found.serial == ""


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from rnprog.session.record import Record, RecordLost, Times
record = Record.create(Path(sys.argv[1]), 'RN1', lambda: Times(0, datetime.now(UTC), 0.0), actor='a', opening={})
while True:
    record.write('note', {})
    print(record.lines, flush=True)
"""


def test_a_writer_that_was_killed_is_found_and_one_that_lives_is_not(tmp_path: Path) -> None:
    with python(WRITER, str(tmp_path)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert unclosed(tmp_path) == ()
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        acknowledged = len(process.stdout.readlines()) + 1
    (found,) = unclosed(tmp_path)
    assert found.lines > acknowledged
