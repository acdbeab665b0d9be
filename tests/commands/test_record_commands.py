"""`rnprog record`: what earlier sessions left behind."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rnprog.session.record import Record, Times
from tests.commands.running import Cli


@pytest.fixture
def record(cli: Cli) -> Path:
    return Path(cli("impedance", "--port", "emu://", "--lead", "left", "--json").json["record"])


def test_list(cli: Cli, record: Path) -> None:
    ran = cli("record", "list")
    assert ran.code == 0
    assert record.stem in ran.out and "impedance" in ran.out and "emulator" in ran.out and "closed" in ran.out
    (found,) = cli("record", "list", "--json").json["records"]
    assert (found["path"], found["serial"], found["closed"]) == (str(record), "RN1-E0000000", True)


def test_an_empty_place(cli: Cli) -> None:
    assert cli("record", "list").code == 0
    assert cli("record", "list", "--json").json["records"] == []
    assert cli("record", "show").code == 66
    assert cli("record", "verify", "--json").json["code"] == 66


def test_show_the_newest_or_one_by_the_beginning_of_its_name(cli: Cli, record: Path) -> None:
    ran = cli("record", "show")
    assert ran.code == 0
    assert "intent impedance" in ran.out and "[6 entries]" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert cli("record", "show", record.stem[:9]).out == ran.out == cli("record", "show", str(record)).out
    lines = cli("record", "show", "--json").json["lines"]
    kinds = [line["kind"] for line in lines]
    assert (kinds[:3], kinds[-1]) == (["open", "intent", "outcome"], "close")


def test_verify(cli: Cli, record: Path) -> None:
    good = cli("record", "verify", "--json")
    assert (good.code, good.json["ok"], good.json["closed"]) == (0, True, True)
    assert cli("record", "verify", "--head", good.json["head"]).code == 0
    assert cli("record", "verify", "--head", "0" * 64).code == 1
    lines = record.read_text().splitlines()
    record.write_text("\n".join([*lines[:2], lines[2].replace("normal", "open", 1), lines[3]]) + "\n")
    bad = cli("record", "verify")
    assert bad.code == 1
    assert f"{record.name}:4:" in bad.out.replace("\n", "")
    told = cli("record", "verify", "--json").json
    assert told["ok"] is False and told["faults"][0]["line"] == 4 and told["reasons"]


def test_verify_what_is_no_record(cli: Cli, tmp_path: Path) -> None:
    other = tmp_path / "letter.jsonl"
    other.write_text("Dear all\n")
    assert cli("record", "verify", str(other)).code == 65
    assert cli("record", "show", str(other)).code == 65
    assert cli("record", "verify", str(tmp_path / "none.jsonl")).code == 66


def test_escapes_in_a_record_reach_no_terminal(cli: Cli, records: Path, record: Path) -> None:
    rows = [json.loads(line) for line in record.read_text().splitlines()]
    rows[0]["data"]["command"] = rows[0]["data"]["serial"] = "[/x]\x1b]0;own\x07"
    record.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    for words in (("record", "list"), ("record", "show"), ("record", "list", "--plain")):
        ran = cli(*words)
        assert ran.code == 0
        assert "\x1b" not in ran.out + ran.err and "[/x]" in ran.out


def test_a_clock_that_was_set_within_a_session_is_told_in_words(cli: Cli, tmp_path: Path) -> None:
    """H6 of the fault list: a day's step is flagged, and whoever reads the record is told."""
    moments = iter([(0, 0), (1, 1), (2, 86_402), (3, 86_403), (4, 86_404), (5, 86_405)])

    def times() -> Times:
        mono_s, wall_s = next(moments)
        return Times(mono_s * 10**9, datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=wall_s), float(mono_s))

    made = Record.create(tmp_path / "stepped", "RN1-E0000000", times, actor="nurse", opening={"mode": "emulator", "clock_skew_s": "-7200"})
    made.write("note", {})
    made.close({})
    for command in ("show", "verify"):
        ran = cli("record", command, str(made.path))
        said = " ".join(ran.err.split())
        assert ran.code == 0 and "clock was set ahead by 24 hours" in said and "the device was 2 hours behind" in said
        assert len(cli("record", command, str(made.path), "--json").json["clocks"]) == 2


def test_a_record_with_good_clocks_says_nothing_of_them(cli: Cli, record: Path) -> None:
    assert "clock" not in cli("record", "show").err and cli("record", "verify", "--json").json["clocks"] == []


def test_verify_all(cli: Cli, record: Path) -> None:
    second = Path(cli("impedance", "--port", "emu://", "--lead", "left", "--json").json["record"])
    good = cli("record", "verify", "--all")
    assert good.code == 0 and record.stem in good.out and second.stem in good.out
    assert max(map(len, good.out.splitlines())) <= 80
    assert [each["faults"] for each in cli("record", "verify", "--all", "--json").json["records"]] == [[], []]
    record.write_text("".join(record.read_text().splitlines(keepends=True)[:-1]))
    assert cli("record", "verify", record.stem).code == 0, "by itself it looks whole"
    bad = cli("record", "verify", "--all", "--json")
    assert bad.code == 1 and bad.json["ok"] is False
    assert [each["path"] for each in bad.json["records"] if each["faults"]] == [str(second)]
    assert "the record before this one is not here as it was" in bad.json["reasons"][0]["text"]


def test_verify_all_says_which_ends_no_record_names(cli: Cli, record: Path) -> None:
    """The newest one's, always; of one that was overlapped, until the next has begun."""
    ran = cli("record", "verify", "--all")
    assert ran.code == 0 and f"No later record names the end of {record.stem}:" in " ".join(ran.err.split())
    second = Path(cli("impedance", "--port", "emu://", "--lead", "left", "--json").json["record"])
    told = cli("record", "verify", "--all", "--json").json
    assert (told["ends_named_by_none"], told.get("reasons", [])) == ([second.stem], [])


def test_verify_all_finds_what_was_rewritten_behind_an_overlapping_record(cli: Cli, tmp_path: Path) -> None:
    moments = iter(range(100))

    def begun() -> Record:
        def times() -> Times:
            now_s = next(moments)
            return Times(now_s * 10**9, datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=now_s), float(now_s))

        return Record.create(tmp_path / "clinic", "RN1-E0000000", times, actor="nurse", opening={"mode": "emulator"})

    first = begun()
    begun().close({})
    first.write("answer", {"answer": "nothing"})
    first.close({})
    for _ in range(2):
        begun().close({})
    *before, answer, _ = first.path.read_text().splitlines(keepends=True)
    first.path.write_text("".join(before) + answer.replace("nothing", "twinge"))
    assert cli("record", "verify", str(first.path)).code == 0, "by itself it looks whole"
    ran = cli("record", "verify", "--all", "--record-dir", str(tmp_path / "clinic"))
    assert ran.code == 1 and f"the record {first.path.stem} is not here as it was when this one began" in " ".join(ran.out.split())


def test_verify_all_with_a_file_that_is_no_record(cli: Cli, record: Path) -> None:
    record.with_name("20260101T000000Z-x.jsonl").write_text("junk\n")
    ran = cli("record", "verify", "--all", "--json")
    assert (ran.code, ran.json["reasons"][0]["kind"], len(ran.json["records"])) == (65, "unreadable", 1)


@pytest.mark.parametrize("words", [("--all", "--head", "0" * 64), ("--all", "20260101")], ids=str)
def test_all_and_one_of_them(cli: Cli, record: Path, words: tuple[str, ...]) -> None:
    assert cli("record", "verify", *words).code == 2


def test_verify_all_where_there_is_none(cli: Cli) -> None:
    assert cli("record", "verify", "--all").code == 66


def test_a_record_behind_a_link_is_refused_in_a_sentence(cli: Cli, record: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.jsonl"
    link.symlink_to(record)
    for words in (["verify"], ["show"], ["export"], ["reconcile"]):
        ran = cli("record", *words, str(link), *([str(link)] if words == ["reconcile"] else []))
        assert ran.code == 66 and "links are not followed" in " ".join(ran.err.split()), words
    assert cli("record", "verify", "--json", str(link)).json["reasons"][0]["text"].endswith("Name the file itself.")


def test_verify_all_tells_of_a_link_among_the_records(cli: Cli, record: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.jsonl").write_bytes(record.read_bytes())
    (record.parent / "link.jsonl").symlink_to(tmp_path / "elsewhere.jsonl")
    ran = cli("record", "verify", "--all", "--json")
    assert ran.code == 65 and "links are not followed" in ran.json["reasons"][0]["text"]
    assert "cannot be read" in " ".join(cli("record", "list").out.split())


def test_a_folder_of_records_that_is_reached_by_a_link_is_fine(cli: Cli, record: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").symlink_to(record.parent, target_is_directory=True)
    place = ("--record-dir", str(tmp_path / "folder"))
    assert cli("record", "verify", *place).code == 0
    assert cli("impedance", "--port", "emu://", "--lead", "left", *place).code == 0
    assert cli("record", "verify", "--all", *place).code == 0
    assert len(list(record.parent.glob("*.jsonl"))) == 2


def test_verify_all_finds_a_line_behind_the_end_of_a_session_that_was_found_unclosed(cli: Cli, record: Path, records: Path) -> None:
    """A closing line was written behind what a crash had left, and all records were called whole."""
    rows = record.read_bytes().splitlines(keepends=True)
    record.write_bytes(b"".join(rows[:-1]))
    record.with_suffix(".reserve").write_bytes(b"")
    assert cli("impedance", "--port", "emu://", "--lead", "left").code == 0
    assert cli("record", "verify", "--all").code == 0
    record.write_bytes(b"".join(rows))
    ran = cli("record", "verify", "--all", "--json")
    assert ran.code == 1 and cli("record", "verify", record.stem).code == 0
    (fault,) = ran.json["reasons"]
    assert fault["text"].startswith(f"{record.name}:{len(rows)}: stands behind the end at which the record 2")
    assert {each["record"] for each in ran.json.get("unclosed", [])} == set() and len(list(records.glob("*.jsonl"))) == 2
