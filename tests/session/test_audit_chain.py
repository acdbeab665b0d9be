"""The head of each record is kept by the one after it: what was done to a whole record afterwards is found."""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rnprog.session.audit import Fault, audit
from rnprog.session.audit_chain import (
    NAMED_IN_A_STRANGE_WAY,
    NOT_AS_IT_WAS,
    SAYS_FIRST,
    behind_the_end,
    broken,
    chain,
    not_as_it_was,
    not_that_end,
)
from rnprog.session.record import Record, Times
from rnprog.session.unclosed import put_right, unclosed

MOMENT = datetime(2026, 1, 5, 9, 0, 0, tzinfo=UTC)


def made(directory: Path, minute: int) -> Path:
    record = Record.create(
        directory, "RN1", lambda: Times(minute * 60 * 10**9, MOMENT + timedelta(minutes=minute), 0.0), actor="nurse", opening={"n": minute}
    )
    record.write("note", {"text": f"visit {minute}"})
    record.close({})
    return record.path


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    return [made(tmp_path, minute) for minute in range(3)]


def rewritten(path: Path, old: str, new: str) -> None:
    """Every line changed and chained anew, as one who knows the format would do it."""
    rows, head = [], None
    for row in path.read_text().replace(old, new).splitlines():
        line = json.loads(row)
        if head is not None:
            line["prev"] = head
        text = json.dumps(line, sort_keys=True, separators=(",", ":"))
        head = hashlib.sha256(text.encode()).hexdigest()
        rows.append(text + "\n")
    path.write_text("".join(rows))


def test_records_that_are_as_they_were_follow_from_one_another(three: list[Path]) -> None:
    assert broken(three) == {}
    assert broken([]) == {}


def test_one_that_begins_while_another_is_being_written_follows_from_it(tmp_path: Path) -> None:
    first = Record.create(tmp_path, "RN1", lambda: Times(0, MOMENT, 0.0), actor="nurse", opening={})
    second = made(tmp_path, 1)
    first.write("note", {})
    first.close({})
    assert broken([first.path, second]) == {}


def overlapped(directory: Path) -> Path:
    """A record that goes on while another is begun and closed."""
    first = Record.create(directory, "RN1", lambda: Times(0, MOMENT, 0.0), actor="nurse", opening={})
    first.write("note", {"text": "visit 0"})
    made(directory, 1)
    first.write("answer", {"text": "answer 0"})
    first.close({})
    return first.path


def test_the_end_of_a_record_that_was_overlapped_is_named_by_the_next(tmp_path: Path) -> None:
    """The one in between names it as it was then; what was said afterwards could be written anew, and no record missed it."""
    first = overlapped(tmp_path)
    third, fourth = made(tmp_path, 2), made(tmp_path, 3)
    paths = sorted(tmp_path.glob("*.jsonl"))
    assert chain(paths) == ({}, (fourth,), {})
    whole = first.read_text()
    rewritten(first, "answer 0", "answer 9")
    assert audit(first).good, "by itself it looks whole"
    assert broken(paths) == {third: not_as_it_was(first.stem)}
    first.write_text("".join(whole.splitlines(keepends=True)[:2]))
    assert audit(first).good
    assert broken(paths) == {third: not_as_it_was(first.stem)}
    first.unlink()
    assert third in broken([path for path in paths if path != first])


def test_the_end_that_no_later_record_names_is_told(tmp_path: Path) -> None:
    first = overlapped(tmp_path)
    second = next(path for path in tmp_path.glob("*.jsonl") if path != first)
    assert set(chain([first, second]).unnamed) == {first, second}


def test_a_record_of_an_earlier_release_is_named_too(tmp_path: Path) -> None:
    """Its followers named one predecessor only, whatever else had ended."""
    first = overlapped(tmp_path)
    later = made(tmp_path, 2)
    line, *others = (json.loads(row) for row in later.read_text().splitlines())
    del line["data"]["also_before"]
    later.write_text("".join(json.dumps(each, sort_keys=True, separators=(",", ":")) + "\n" for each in (line, *others)))
    assert first in chain(sorted(tmp_path.glob("*.jsonl"))).unnamed
    now = made(tmp_path, 3)
    assert json.loads(now.read_text().splitlines()[0])["data"]["also_before"] == {
        first.stem: hashlib.sha256(first.read_bytes().splitlines()[-1]).hexdigest()
    }
    assert chain(sorted(tmp_path.glob("*.jsonl"))).unnamed == (now,)


@pytest.mark.parametrize("named", [7, [], {"x": 7}, {"x": "abc"}, {"x": "G" * 64}])
def test_predecessors_that_are_named_as_no_writer_names_them(tmp_path: Path, three: list[Path], named: object) -> None:
    rows = three[2].read_text().splitlines(keepends=True)
    line = json.loads(rows[0])
    line["data"]["also_before"] = named
    three[2].write_text(json.dumps(line) + "\n" + "".join(rows[1:]))
    assert broken(three) == {three[2]: NAMED_IN_A_STRANGE_WAY}


def test_a_name_in_a_forged_record_reaches_no_terminal_raw(three: list[Path]) -> None:
    rows = three[2].read_text().splitlines(keepends=True)
    line = json.loads(rows[0])
    line["data"]["also_before"] = {"\x1b[31m" + "x" * 500: "a" * 64}
    three[2].write_text(json.dumps(line) + "\n" + "".join(rows[1:]))
    (text,) = broken(three).values()
    assert "\x1b" not in text and len(text) < 400


def test_a_record_that_was_written_anew_is_missed_by_the_next(three: list[Path]) -> None:
    rewritten(three[1], "visit 1", "visit 9")
    assert audit(three[1]).good, "by itself it looks whole"
    assert broken(three) == {three[2]: NOT_AS_IT_WAS}


def test_a_tail_that_was_cut_off_is_missed_by_the_next(three: list[Path]) -> None:
    three[1].write_text("".join(three[1].read_text().splitlines(keepends=True)[:-1]))
    assert audit(three[1]).good
    assert broken(three) == {three[2]: NOT_AS_IT_WAS}


def test_a_record_that_was_taken_away_is_missed_by_the_next(three: list[Path]) -> None:
    three[0].unlink()
    assert broken(three[1:]) == {three[1]: NOT_AS_IT_WAS}


def test_a_record_that_names_itself_does_not_follow(three: list[Path]) -> None:
    own = hashlib.sha256(three[0].read_bytes().split(b"\n")[1]).hexdigest()
    text = three[0].read_text()
    three[0].write_text(text.replace("0" * 64, own, 1))
    assert three[0] in broken(three)


def test_one_that_says_it_was_the_first_and_was_not(tmp_path: Path, three: list[Path]) -> None:
    (tmp_path / "elsewhere").mkdir()
    stranger = made(tmp_path / "elsewhere", 5)
    assert broken([*three, stranger]) == {stranger: SAYS_FIRST}


@pytest.mark.parametrize("content", [b"", b"junk", b"[]\n", b'{"kind":"note"}\n', b'{"kind":"open","prev":1,"utc":"x"}\n', b"[" * 100_000])
def test_what_is_no_record_is_left_to_the_audit(tmp_path: Path, three: list[Path], content: bytes) -> None:
    odd = tmp_path / "odd.jsonl"
    odd.write_bytes(content)
    assert broken([*three, odd, tmp_path / "missing.jsonl"]) == {}


# the end at which a session was found unclosed


def killed(directory: Path, *, torn: bytes = b"") -> Path:
    """A record whose program died."""
    record = Record.create(directory, "RN1", lambda: Times(0, MOMENT, 0.0), actor="nurse", opening={})
    record.write("intent", {"what": "burst"})
    assert record._handle is not None
    os.write(record._handle, torn)
    os.close(record._handle)
    return record.path


def next_start(directory: Path, minute: int, *, told: dict[str, Any] | None = None) -> Path:
    """A record that is begun then, told of what was left, and puts it right. `told`: what it says instead."""
    found = unclosed(directory)
    opening = {"unclosed": [told] if told is not None else [each.as_dict() for each in found]}
    moment = MOMENT + timedelta(minutes=minute)
    record = Record.create(directory, "RN1", lambda: Times(minute * 60 * 10**9, moment, 0.0), actor="nurse", opening=opening)
    put_right(directory, found)
    record.close({})
    return record.path


def goes_on(path: Path, *kinds: str) -> None:
    """Lines that follow from the last one, as the writer would write them."""
    rows = path.read_bytes().splitlines()
    for kind in kinds:
        line = {**json.loads(rows[-1]), "seq": len(rows), "kind": kind, "prev": hashlib.sha256(rows[-1]).hexdigest()}
        rows.append(json.dumps(line, sort_keys=True, separators=(",", ":")).encode())
    path.write_bytes(b"".join(row + b"\n" for row in rows))


def test_a_line_behind_the_end_of_a_session_that_was_found_unclosed_was_added(tmp_path: Path) -> None:
    """A confirmed stop and a closing line were written behind what a crash had left, and all records were called whole."""
    first = killed(tmp_path)
    second = next_start(tmp_path, 1)
    assert chain([first, second]) == ({}, (second,), {})
    goes_on(first, "stop", "close")
    assert audit(first).good and broken([first, second]) == {}, "by themselves they look whole"
    assert chain([first, second]).moved == {first: Fault(3, behind_the_end(second.stem))}


def test_an_end_that_was_written_anew_or_cut_off_is_named_in_the_record_itself(tmp_path: Path) -> None:
    first = killed(tmp_path)
    second = next_start(tmp_path, 1)
    whole = first.read_text()
    rewritten(first, "burst", "arm")
    assert chain([first, second]).moved == {first: Fault(2, not_that_end(second.stem))}
    first.write_text(whole.splitlines(keepends=True)[0])
    assert chain([first, second]).moved == {first: Fault(1, not_that_end(second.stem))}


def test_a_torn_end_that_was_set_aside_is_where_it_was_found(tmp_path: Path) -> None:
    first = killed(tmp_path, torn=b'{"actor"')
    paths = [first, next_start(tmp_path, 1), next_start(tmp_path, 2)]
    assert chain(paths) == ({}, (paths[-1],), {})


@pytest.mark.parametrize("line", [0, 1])
def test_a_damaged_line_that_stays_is_no_added_line(tmp_path: Path, line: int) -> None:
    """The whole lines before it are not where the record ends."""
    first = killed(tmp_path)
    rows = first.read_bytes().split(b"\n")
    rows[line] = b"\xff" + rows[line]
    first.write_bytes(b"\n".join(rows))
    paths = [first, next_start(tmp_path, 1)]
    assert chain(paths).moved == {}
    goes_on_with_junk = first.read_bytes() + b"{}\n"
    first.write_bytes(goes_on_with_junk)
    assert chain(paths).moved == {first: Fault(3, behind_the_end(paths[1].stem))}


def test_a_last_line_that_was_never_written_out_leaves_the_records_following(tmp_path: Path) -> None:
    first = killed(tmp_path)
    rows = first.read_bytes().split(b"\n")
    rows[1] = bytes(64) + rows[1][64:]
    first.write_bytes(b"\n".join(rows))
    paths = [first, next_start(tmp_path, 1)]
    assert audit(first).good and chain(paths) == ({}, (paths[1],), {})


def test_a_session_that_was_running_when_another_one_began_may_go_on(tmp_path: Path) -> None:
    """Its head was named as it was then; that is no end."""
    overlapped(tmp_path)
    third = next_start(tmp_path, 2)
    assert chain(sorted(tmp_path.glob("*.jsonl"))) == ({}, (third,), {})


def test_a_session_that_is_found_again_as_it_was_is_no_fault(tmp_path: Path) -> None:
    """The start that found it died before it put anything right."""
    first = killed(tmp_path, torn=b"x")
    found = unclosed(tmp_path)[0].as_dict()
    paths = [first, made(tmp_path, 1), next_start(tmp_path, 2, told=found), next_start(tmp_path, 3, told=found)]
    assert chain(paths).moved == {}


def test_what_an_earlier_release_says_of_an_unclosed_session_is_understood(tmp_path: Path) -> None:
    first = killed(tmp_path)
    found = {key: value for key, value in unclosed(tmp_path)[0].as_dict().items() if key not in ("damaged_lines", "end")}
    second = next_start(tmp_path, 1, told=found)
    assert chain([first, second]).moved == {}
    goes_on(first, "close")
    assert chain([first, second]).moved == {first: Fault(3, behind_the_end(second.stem))}


@pytest.mark.parametrize("odd", [7, {"lines": "2"}, {"lines": True}, {"lines": 0}, {"end": 7}, {"record": ["x"]}, {"damaged_lines": None}])
def test_an_unclosed_session_that_is_told_as_no_programmer_tells_it_is_passed_over(tmp_path: Path, odd: Any) -> None:
    first = killed(tmp_path)
    told = {**unclosed(tmp_path)[0].as_dict(), **odd} if isinstance(odd, dict) else odd
    second = next_start(tmp_path, 1, told=told)
    goes_on(first, "close")
    assert chain([first, second]).moved == {}


def test_a_record_says_nothing_of_its_own_end(tmp_path: Path) -> None:
    first = killed(tmp_path)
    rows = first.read_text().splitlines(keepends=True)
    opening = json.loads(rows[0])
    opening["data"]["unclosed"] = [{"record": first.stem, "lines": 1, "head": "0" * 64}]
    first.write_text(json.dumps(opening) + "\n" + rows[1])
    assert chain([first]).moved == {}


def test_a_record_behind_a_link_is_not_read(tmp_path: Path, three: list[Path]) -> None:
    link = tmp_path / "link.jsonl"
    link.symlink_to(three[0])
    assert chain([link, *three]) == chain(three)
