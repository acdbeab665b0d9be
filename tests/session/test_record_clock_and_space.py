"""The record when the wall clock moves, when the disk fills up, and what it says about itself word for word."""

import errno
import hashlib
import json
import os
import resource
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rnprog.session import archive
from rnprog.session import predecessors as before
from rnprog.session import record as module
from rnprog.session.audit import audit
from rnprog.session.audit_chain import broken, chain
from rnprog.session.predecessors import MOST, NO_PREDECESSOR, predecessors
from rnprog.session.record import CLOCK_STEP_S, RESERVE_BYTES, Record, RecordLost, Times, amount
from rnprog.session.unclosed import put_right
from tests.session.desk import lines_of

MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(mono_s: float, utc_s: float) -> Times:
    return Times(round(mono_s * 1e9), MOMENT + timedelta(seconds=utc_s), mono_s)


def made(directory: Path, *moments: Times, serial: str = "RN1-E0000000", **opening: Any) -> Record:
    """A record whose clocks show these moments, one at each line, and the last from then on."""
    coming = list(moments or [at(1, 1)])
    return Record.create(directory, serial, lambda: coming.pop(0) if len(coming) > 1 else coming[0], actor="nurse", opening=opening)


# the wall clock


@pytest.mark.parametrize(
    ("mono_s", "utc_s", "by_s"),
    [(1, 1, None), (3, 1, None), (1, 3, None), (1, 3.001, "2.001"), (11, 8.9, "-2.100"), (1, 86_401, "86400.000")],
)
def test_a_wall_clock_that_was_set_is_recorded_before_the_line(tmp_path: Path, mono_s: float, utc_s: float, by_s: str | None) -> None:
    """The name, the opening line and the line behind it are taken at 0 s; the step is what the wall clock has moved beyond the other."""
    record = made(tmp_path, at(0, 0), at(0, 0), at(mono_s, utc_s))
    number = record.write("note", {"n": 1}, actor="doctor")
    record.close({})
    lines = lines_of(record.path)
    stepped = [line for line in lines if line["kind"] == "clock stepped"]
    assert lines[number]["data"] == {"n": 1} and lines[number]["actor"] == "doctor"
    if by_s is None:
        assert (stepped, number) == ([], 1)
    else:
        (line,) = stepped
        assert (line["seq"], number, line["data"], line["actor"]) == (1, 2, {"by_s": by_s}, "nurse")
        assert line["utc"] == lines[number]["utc"] and line["mono_ns"] == round(mono_s * 1e9)
    assert audit(record.path, head=record.head).good


def test_a_step_is_told_once(tmp_path: Path) -> None:
    record = made(tmp_path, at(0, 0), at(0, 0), at(1, 61), at(2, 62), at(3, 63), at(4, 4))
    for _ in range(3):
        record.write("note", {})
    record.write("note", {})
    record.close({})
    steps = [line["data"]["by_s"] for line in lines_of(record.path) if line["kind"] == "clock stepped"]
    assert steps == ["60.000", "-60.000"]


def test_the_first_line_is_no_step(tmp_path: Path) -> None:
    record = made(tmp_path, at(1e6, 0))
    record.abandon()
    assert [line["kind"] for line in lines_of(record.path)] == ["open"]


def test_the_step_that_is_told_is_more_than_two_seconds() -> None:
    assert CLOCK_STEP_S == 2.0


# a full disk


def full(monkeypatch: pytest.MonkeyPatch, *, number: int, part: int, until: Callable[[], bool]) -> None:
    """While `until` is not true, os.write takes `part` bytes of a line and then fails."""
    real = os.write

    def write(handle: int, data: bytes) -> int:
        if until():
            return real(handle, data)
        if part and len(data) > part:
            return real(handle, bytes(data)[:part])
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "write", write)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_on_a_full_disk_the_space_put_aside_takes_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    record = made(tmp_path, at(1, 1))
    reserve = record.path.with_suffix(".reserve")
    full(monkeypatch, number=number, part=0, until=lambda: reserve.stat().st_size == 0)
    assert record.tight is False and reserve.stat().st_size == RESERVE_BYTES
    assert record.write("note", {"n": 1}) == 1
    assert record.tight is True and reserve.stat().st_size == 0
    assert record.write("note", {"n": 2}) == 2
    record.close({})
    assert [line["data"] for line in lines_of(record.path)[1:3]] == [{"n": 1}, {"n": 2}]
    assert record.path.read_bytes().count(b"\n") == 4
    assert audit(record.path, head=record.head).good


def test_a_disk_that_is_full_again_loses_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = made(tmp_path, at(1, 1))
    reserve = record.path.with_suffix(".reserve")
    with monkeypatch.context() as patched:
        full(patched, number=errno.ENOSPC, part=0, until=lambda: reserve.stat().st_size == 0)
        record.write("note", {"n": 1})
    attempts = []

    def refuse(handle: int, data: bytes) -> int:
        attempts.append(bytes(data))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(RecordLost, match=r"^The record cannot be written any more: No space left on device\.$"):
        record.write("note", {"n": 2})
    assert len(attempts) == 1, "there is nothing left to give back"


def test_an_error_that_is_no_full_disk_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = made(tmp_path, at(1, 1))
    attempts = []

    def refuse(handle: int, data: bytes) -> int:
        attempts.append(bytes(data))
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(RecordLost, match="Input/output error"):
        record.write("note", {})
    assert len(attempts) == 1 and record.tight is False


def test_what_cannot_be_looked_at_loses_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = made(tmp_path, at(1, 1))

    def refuse(handle: int) -> os.stat_result:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", refuse)
        with pytest.raises(RecordLost, match=r"^The record cannot be written any more: Input/output error\.$"):
            record.write("note", {})
    with pytest.raises(RecordLost, match=r"^The record cannot be written any more: Input/output error\.$"):
        record.write("note", {})


# somebody tidies up


@pytest.mark.parametrize("what", ["the file", "the directory"])
def test_a_record_that_was_taken_away_takes_no_line(tmp_path: Path, what: str) -> None:
    """Thirteen lines were acknowledged, the session closed without a word, and there was no file."""
    record = made(tmp_path / "r", at(1, 1))
    record.write("note", {})
    record.path.unlink() if what == "the file" else shutil.rmtree(tmp_path / "r")
    with pytest.raises(RecordLost, match=r"^The record cannot be written any more: its file was taken away\.$"):
        record.write("note", {})
    assert record.lost is not None and record.lines == 2
    with pytest.raises(RecordLost, match="taken away"):
        record.close({})


def test_a_record_that_was_taken_away_is_said_when_it_is_closed(tmp_path: Path) -> None:
    record = made(tmp_path, at(1, 1))
    record.path.unlink()
    with pytest.raises(RecordLost, match="taken away"):
        record.close({})


def test_a_record_that_was_moved_is_still_one(tmp_path: Path) -> None:
    record = made(tmp_path / "r", at(1, 1))
    (tmp_path / "r").rename(tmp_path / "s")
    record.write("note", {})
    record.close({})
    assert audit(tmp_path / "s" / record.path.name, head=record.head).good


def test_a_file_that_was_set_aside_before_it_was_held_takes_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another start found it, empty and nobody's, in the moment between its making and its holding."""
    real = module.hold

    def late(handle: int) -> None:
        put_right(tmp_path, ())
        real(handle)

    monkeypatch.setattr(module, "hold", late)
    with pytest.raises(RecordLost, match="No such file"):
        made(tmp_path, at(1, 1))
    assert [path.suffix for path in tmp_path.iterdir()] == [".torn"]


# what is put aside


def test_what_is_put_aside_is_a_mebibyte_for_the_owner_alone(tmp_path: Path) -> None:
    record = made(tmp_path, at(1, 1))
    status = record.path.with_suffix(".reserve").stat()
    assert (status.st_size, status.st_mode & 0o777) == (RESERVE_BYTES, 0o600) and RESERVE_BYTES == 1 << 20
    record.abandon()


def test_where_space_cannot_be_claimed_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    record = made(tmp_path, at(1, 1))
    content = record.path.with_suffix(".reserve").read_bytes()
    assert content == bytes(RESERVE_BYTES)
    record.close({})
    assert not record.path.with_suffix(".reserve").exists()


def test_what_was_put_aside_and_is_gone_keeps_no_record_from_being_closed(tmp_path: Path) -> None:
    """Somebody tidied up: what is there of the record is whole, and nothing is said of a file that only held a place."""
    record = made(tmp_path, at(1, 1), at(2, 2))
    record.path.with_suffix(".reserve").unlink()
    record.close({})
    assert [line["kind"] for line in lines_of(record.path)] == ["open", "close"]


@pytest.mark.parametrize("way", ["closed", "given up", "lost", "full"])
def test_another_file_in_the_place_of_what_was_put_aside_is_not_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """A link to a file of somebody else's, in a folder that several use: that file had 0 bytes afterwards."""
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    record = made(tmp_path / "r", at(1, 1))
    reserve = record.path.with_suffix(".reserve")
    reserve.rename(tmp_path / "moved")
    reserve.symlink_to(victim)
    if way == "full":
        with monkeypatch.context() as patched:
            full(patched, number=errno.ENOSPC, part=0, until=lambda: (tmp_path / "moved").stat().st_size == 0)
            record.write("note", {})
        assert record.tight
    if way == "lost":
        record.path.unlink()
        with pytest.raises(RecordLost, match="taken away"):
            record.write("note", {})
    if way == "closed":
        record.close({})
        assert not reserve.is_symlink(), "the link was taken away as what it is"
    else:
        record.abandon()
    assert victim.read_text() == "precious"
    assert (tmp_path / "moved").stat().st_size == 0, "the space is given back all the same"


def test_no_handle_is_left_of_what_was_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before_count = len(os.listdir("/proc/self/fd"))
    made(tmp_path, at(1, 1)).close({})
    record = made(tmp_path, at(2, 2))

    def fails(*values: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "ftruncate", fails)
    record.abandon()
    record.abandon()
    assert len(os.listdir("/proc/self/fd")) == before_count


# names, keys and words


@pytest.mark.parametrize(
    ("serial", "plain"),
    [("RN1-E0000000", "RN1-E0000000"), ("", "unknown"), ("A" * 30, "A" * 24), ("é/..\x00", "-----"), ("a_b c", "a-b-c")],
)
def test_a_record_is_called_by_moment_serial_and_chance(tmp_path: Path, serial: str, plain: str) -> None:
    record = made(tmp_path, at(1, 1), serial=serial)
    record.abandon()
    head, _, chance = record.session_id.rpartition("-")
    assert head == f"20260105T090001Z-{plain}"
    assert len(chance) == 4 and set(chance) <= set("0123456789abcdef")
    assert record.path.name == f"{record.session_id}.jsonl"


def test_the_opening_line_says_its_format_and_a_line_is_sorted_ascii(tmp_path: Path) -> None:
    record = made(tmp_path, at(1, 1), zebra=1, apple="µ")
    record.abandon()
    (row,) = record.path.read_bytes().splitlines()
    assert row.startswith(
        b'{"actor":"nurse","data":{"apple":"\\u00b5","format":1,"zebra":1},"kind":"open","link_s":"1.000","mono_ns":1000000000,'
    )
    assert list(json.loads(row)) == sorted(json.loads(row))


def test_an_open_record_knows_what_it_was_opened_with(tmp_path: Path) -> None:
    record = made(tmp_path, at(1, 1), mode="emulator")
    assert record.opening == {"mode": "emulator"}
    record.abandon()
    bare = Record(tmp_path / "x", -1, "x", lambda: at(1, 1), "nurse", NO_PREDECESSOR)
    assert (bare.opening, bare.lines, bare.lost, bare.head) == ({}, 0, None, NO_PREDECESSOR)


def test_a_record_that_cannot_be_begun_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(module, "_sync_directory", refuse)
        with pytest.raises(RecordLost) as lost:
            made(tmp_path, at(1, 1))
    assert str(lost.value) == f"The record cannot be written in {tmp_path}: Input/output error"
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_cannot_be_begun_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_write_all", lambda handle, data: (_ for _ in ()).throw(OSError(errno.EIO, "Input/output error")))
    with pytest.raises(RecordLost) as lost:
        made(tmp_path, at(1, 1))
    assert str(lost.value) == f"The record cannot be written in {tmp_path}: The record cannot be written any more: Input/output error."


def test_a_closed_record_says_so(tmp_path: Path) -> None:
    record = made(tmp_path, at(1, 1))
    record.close({})
    with pytest.raises(RecordLost) as closed:
        record.write("note", {})
    assert str(closed.value) == "The record is closed."


def test_a_file_that_vanished_does_not_hide_why_nothing_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was begun, so the file is taken away; that it is gone already is no second trouble."""

    def refuse(directory: Path) -> None:
        next(directory.glob("*.jsonl")).unlink()
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(module, "_sync_directory", refuse)
    with pytest.raises(RecordLost, match="Input/output error"):
        made(tmp_path, at(1, 1))


def test_the_first_record_of_all_names_64_zeros(tmp_path: Path) -> None:
    record = made(tmp_path, at(1, 1))
    record.abandon()
    assert lines_of(record.path)[0]["prev"] == "0" * 64 == NO_PREDECESSOR


def closed(directory: Path, *moments: Times, **opening: Any) -> Record:
    record = made(directory, *moments, **opening)
    record.close({})
    return record


def previous(record: Record) -> str:
    return str(lines_of(record.path)[0]["prev"])


@pytest.mark.parametrize("content", [b"", b"\n\n", b'{"torn', b"junk\n", b"[]\n", b'{"kind":"open","prev":7}\n', b"[" * 70_000 + b"\n"])
@pytest.mark.parametrize("before", [True, False])
def test_what_is_no_record_is_nobodys_predecessor(tmp_path: Path, content: bytes, before: bool) -> None:
    """Killed before its first line: the record after it named no predecessor, and a tail cut off before it was missed by none."""
    expected = closed(tmp_path, at(1, 1)).head if before else NO_PREDECESSOR
    (tmp_path / "20990101T000000Z-X-0000.jsonl").write_bytes(content)
    assert predecessors(tmp_path).newest == expected


def test_what_cannot_be_read_is_nobodys_predecessor(tmp_path: Path) -> None:
    (tmp_path / "20990101T000000Z-X-0000.jsonl").mkdir()
    (tmp_path / "20990101T000001Z-X-0000.jsonl").symlink_to(tmp_path / "nowhere")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "20990101T000002Z-X-0000.jsonl").symlink_to(closed(tmp_path / "elsewhere", at(1, 1)).path)
    assert predecessors(tmp_path).newest == NO_PREDECESSOR
    first = closed(tmp_path, at(1, 1))
    assert predecessors(tmp_path).newest == first.head


def test_what_can_suddenly_not_be_read_any_more_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = closed(tmp_path, at(1, 1)), closed(tmp_path, at(1, 61))
    listed = archive.records(tmp_path)
    monkeypatch.setattr(archive, "records", lambda directory: listed)
    second.path.unlink()
    assert predecessors(tmp_path).newest == first.head


def test_an_opening_that_was_never_finished_names_nobody(tmp_path: Path) -> None:
    """Its name says that the clock had been wrong: the newest record has the oldest name, and only a torn opening names it."""
    ahead = closed(tmp_path, at(0, 0))
    newest = closed(tmp_path, at(0, -86_400.0))
    assert previous(newest) == ahead.head
    opening = {"kind": "open", "prev": newest.head}
    (tmp_path / "20990101T000000Z-X-0000.jsonl").write_text(json.dumps(opening), encoding="ascii")
    assert predecessors(tmp_path).newest == newest.head


def test_where_each_is_named_by_another_the_newest_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No writer of ours leaves that; a new record begins all the same, and always alike."""
    heads = []
    for day in range(3):
        opening = json.dumps({"kind": "open", "prev": "", "day": day})
        (tmp_path / f"2026010{day + 1}T000000Z-X-0000.jsonl").write_text(f"{opening}\n", encoding="ascii")
        heads.append(hashlib.sha256(opening.encode()).hexdigest())
    following = {f"2026010{day + 1}": heads[(day + 1) % 3] for day in range(3)}
    real = before._looked_at
    monkeypatch.setattr(before, "_looked_at", lambda path: ({following[path.name[:8]]}, (real(path) or ((), None))[1]))
    assert predecessors(tmp_path).newest == heads[2]


def test_an_opening_longer_than_any_is_none(tmp_path: Path) -> None:
    opening = {"kind": "open", "prev": NO_PREDECESSOR, "note": "x" * (3 << 19)}
    (tmp_path / "20990101T000000Z-X-0000.jsonl").write_text(json.dumps(opening) + "\n", encoding="ascii")
    assert predecessors(tmp_path).newest == NO_PREDECESSOR


def test_a_record_that_was_emptied_meanwhile_has_no_last_line() -> None:
    assert before._last_whole_line(BytesIO(b"\n\n")) is None
    assert before._last_whole_line(BytesIO()) is None


def test_a_record_larger_than_any_is_not_read_whole(tmp_path: Path) -> None:
    """One sparse file among the records made `rnprog stop` wait for half a minute before it said anything."""
    first = closed(tmp_path, at(1, 1))
    huge = closed(tmp_path, at(1, 61))
    os.truncate(huge.path, 3 << 30)
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert predecessors(tmp_path).newest == first.head
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 1 << 20, "not a gigabyte more"


def test_the_head_is_that_of_the_last_whole_line(tmp_path: Path) -> None:
    first = closed(tmp_path, at(1, 1))
    with first.path.open("ab") as file:
        file.write(b'\n{"torn')
    assert predecessors(tmp_path).newest == first.head


@pytest.mark.parametrize("long", [0, 20_000], ids=["read whole", "read from its end"])
@pytest.mark.parametrize("beside", [0, 1], ids=["whole blocks", "not whole blocks"])
def test_a_last_line_that_was_never_written_out_is_no_head(tmp_path: Path, long: int, beside: int) -> None:
    """The start that finds it sets it aside; a record that named it would follow from nothing then. One that was damaged later stays."""
    first = made(tmp_path, at(1, 1))
    first.write("note", {"text": "x" * long})
    head = first.head
    first.write("note", {"text": "x" * 2_001})
    first.abandon()
    content = first.path.read_bytes()
    assert len(content) % 512, "counted from the end it is another block"
    begin = (len(content) - 1_000) // 512 * 512 + beside
    content = content[:begin] + bytes(64) + content[begin + 64 :]
    first.path.write_bytes(content)
    assert predecessors(tmp_path).newest == (hashlib.sha256(content.split(b"\n")[2]).hexdigest() if beside else head)


def test_the_last_line_of_a_long_record_is_found(tmp_path: Path) -> None:
    record = made(tmp_path, at(1, 1))
    for _ in range(3):
        record.write("note", {"text": "x" * 600_000})
    record.write("note", {})
    record.close({})
    assert predecessors(tmp_path).newest == record.head


def test_a_last_line_longer_than_any_is_found_too(tmp_path: Path) -> None:
    record = made(tmp_path, at(1, 1))
    record.write("note", {"text": "x" * (2 << 20)})
    record.abandon()
    assert predecessors(tmp_path).newest == record.head


@pytest.mark.parametrize("ahead_s", [86_400.0, -86_400.0], ids=["ahead", "behind"])
def test_each_record_follows_from_the_one_before_also_when_the_clock_was_wrong_once(tmp_path: Path, ahead_s: float) -> None:
    """The clock was a day ahead during one visit: every visit after it named that one, and its own tail was missed by none."""
    visits = [closed(tmp_path, at(0, 0))]
    for utc_s in (ahead_s, ahead_s + 60, 60.0, 120.0, 180.0):
        visits.append(closed(tmp_path, at(0, utc_s)))
        assert previous(visits[-1]) == visits[-2].head
    assert broken([each.path for each in visits]) == {}


def test_the_very_first_record_may_have_been_made_by_a_clock_that_was_ahead(tmp_path: Path) -> None:
    visits = [closed(tmp_path, at(0, utc_s)).path for utc_s in (86_400.0, 0.0, 60.0)]
    assert broken(visits) == {}


def test_where_every_record_is_named_the_newest_is_the_predecessor(tmp_path: Path) -> None:
    """No writer of ours leaves that."""
    record = closed(tmp_path, at(1, 1))
    for name, named in (("1", record.head), ("2", hashlib.sha256(b"same").hexdigest())):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"kind": "open", "prev": named}) + "\nsame\n")
    assert predecessors(tmp_path).newest in (record.head, hashlib.sha256(b"same").hexdigest())


def opening_of(record: Record) -> dict[str, Any]:
    data: dict[str, Any] = lines_of(record.path)[0]["data"]
    return data


def test_a_record_that_follows_from_one_alone_names_no_other(tmp_path: Path) -> None:
    for minute in range(3):
        assert opening_of(closed(tmp_path, at(minute, minute), n=minute)) == {"format": 1, "n": minute}


def test_each_end_that_none_has_named_is_named_once(tmp_path: Path) -> None:
    """Three were written at once. Each was named as it was then; their ends are named by the first record after them."""
    three = [made(tmp_path, at(minute, minute * 60)) for minute in range(3)]
    for each in three:
        each.write("note", {})
        each.close({})
    assert previous(after := closed(tmp_path, at(9, 900))) == three[2].head
    assert opening_of(after)["also_before"] == {three[1].path.stem: three[1].head, three[0].path.stem: three[0].head}
    assert "also_before" not in opening_of(last := closed(tmp_path, at(10, 960)))
    assert previous(last) == after.head
    assert chain([each.path for each in (*three, after, last)]) == ({}, (last.path,), {})


def test_a_record_that_goes_on_is_named_anew(tmp_path: Path) -> None:
    long = made(tmp_path, at(0, 0))
    for minute in range(1, 4):
        long.write("note", {"n": minute})
        between = closed(tmp_path, at(minute, minute * 60))
        assert long.head in (previous(between), *opening_of(between).get("also_before", {}).values())
    long.close({})
    assert opening_of(closed(tmp_path, at(9, 900)))["also_before"] == {long.path.stem: long.head}


def test_of_very_many_ends_the_rest_is_left_to_the_next_record(tmp_path: Path) -> None:
    for number in range(MOST + 5):
        opening = {"kind": "open", "prev": NO_PREDECESSOR, "n": number}
        (tmp_path / f"20260101T00{number:04d}Z-X-0000.jsonl").write_text(json.dumps(opening) + "\n", encoding="ascii")
    assert len(opening_of(first := closed(tmp_path, at(0, 0)))["also_before"]) == MOST
    assert len(opening_of(second := closed(tmp_path, at(1, 60)))["also_before"]) == 4
    assert "also_before" not in opening_of(closed(tmp_path, at(2, 120)))
    assert previous(second) == first.head


@pytest.mark.parametrize("data", [7, {}, {"also_before": 7}, {"also_before": {"x": 7}}])
def test_an_opening_that_names_others_strangely_names_none(tmp_path: Path, data: object) -> None:
    opening = json.dumps({"kind": "open", "prev": NO_PREDECESSOR, "data": data})
    (tmp_path / "20260101T000000Z-X-0000.jsonl").write_text(opening + "\n", encoding="ascii")
    assert predecessors(tmp_path).newest == hashlib.sha256(opening.encode()).hexdigest()


def test_the_first_line_kept_in_memory_is_what_was_given(tmp_path: Path) -> None:
    """Who the record is about does not depend on what lies beside it."""
    made(tmp_path, at(0, 0)).abandon()
    made(tmp_path, at(0, 0)).abandon()
    assert made(tmp_path, at(1, 60), patient="K-7").opening == {"patient": "K-7"}


@pytest.mark.parametrize(("value", "written"), [("2.50", "2.50"), ("1E+2", "100"), ("1E-7", "0.0000001"), ("0", "0")])
def test_an_amount_has_no_exponent(value: str, written: str) -> None:
    assert amount(Decimal(value)) == written


def test_on_windows_no_directory_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = tmp_path / "there-is-none"
    with pytest.raises(FileNotFoundError):
        module._sync_directory(missing)
    with monkeypatch.context() as patched:
        patched.setattr(module, "os", SimpleNamespace(name="nt"))
        module._sync_directory(missing)
    assert not missing.exists()


def test_a_line_whose_writing_was_cut_short_is_taken_away_before_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal between two writes of a long line: what there is of it must not stay behind a shorter one."""
    record = made(tmp_path, at(1, 1))
    real = os.write

    def half(handle: int, data: Any) -> int:
        if len(data) > 500:
            return real(handle, bytes(data)[: len(data) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(KeyboardInterrupt):
        record.write("note", {"text": "x" * 600})
    monkeypatch.undo()
    assert record.write("note", {}) == 1
    record.close({})
    assert record.lost is None and audit(record.path).good


def test_where_it_cannot_be_taken_away_the_record_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = made(tmp_path, at(1, 1))

    def told_to_go(handle: int, data: Any) -> int:
        raise KeyboardInterrupt

    def fails(*values: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "write", told_to_go)
    with pytest.raises(KeyboardInterrupt):
        record.write("note", {})
    monkeypatch.setattr(os, "ftruncate", fails)
    with pytest.raises(RecordLost, match="Input/output error"):
        record.write("note", {})
    record.abandon()
