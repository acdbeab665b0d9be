"""Hostile files: whatever a file holds, it is read within the limits or refused in one sentence (reliability M7, M8, M10)."""

import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.profile.findings import Finding, ProfileError
from rnprog.profile.reading import LARGEST_BYTES, read_tables, read_text
from rnprog.profile.verify import verify_file, verify_text
from tests.pace import shelves
from tests.profile.texts import GOOD, changed, line_of, put

MOST_SHELVES, MEMORY_LIMIT = 40.0, 64 * 1024 * 1024
"""A bomb that is not refused takes tens of seconds and gigabytes. How quickly it is refused, about a tenth of this, is no test's matter."""
SIZE = LARGEST_BYTES - 200


def filled(piece: str) -> str:
    return piece * (SIZE // len(piece))


BOMBS = {
    "dots": "a" + filled(".a") + " = 1",
    "dots-100k": "a" + ".a" * 50_000 + " = 1",
    "dots-in-a-header": "[a" + filled(".a") + "]",
    "dots-behind-a-long-text": 'x = ["""\n\'""", {a' + filled(".a") + " = 1, b = 'c'}]",
    "dots-behind-four-quotes": 'x = ["""a"""", {a' + filled(".a") + ' = "1"}]',
    "dots-behind-a-literal": "'\"'" + filled(".a") + ' = "x"',
    "dots-within-the-limit": filled("a" + ".a" * 16 + "\n"),
    "many-dotted-lines": "".join(f"k{n}{'.a' * 16} = 1\n" for n in range(SIZE // 45)),
    "headers": "".join(f"[k{n}{'.a' * 16}]\n" for n in range(SIZE // 43)),
    "brackets": "a = " + "[" * 500,
    "brackets-on-lines": "a = " + filled("[\n"),
    "tables-in-tables": "a = " + "{a = " * 500,
    "lists-of-tables": filled("[[a]]\n"),
    "quotes": 'a = """' + filled('\\"""'),
    "quotes-and-backslash": 'a = """' + filled('\\"""') + "\\",
    "open-texts": filled('"""\\'),
    "long-integer": "a = " + "9" * 4000,
    "longer-integer": "a = " + "9" * 5000,
    "hexadecimal": "a = 0x" + filled("f"),
    "keys": "".join(f"k{n} = 1\n" for n in range(SIZE // 12)),
    "empty-lines": filled("\n"),
    "exponent": "a = 1e999999999",
    "comments": filled("#"),
}


@pytest.mark.parametrize(
    "text", [*BOMBS.values(), *(GOOD + text for text in BOMBS.values())], ids=[*BOMBS, *(f"good-{name}" for name in BOMBS)]
)
def test_a_bomb_is_refused_quickly_and_cheaply(text: str) -> None:
    assert verify_text(text, "bomb.toml")
    assert shelves(lambda: verify_text(text, "bomb.toml"), MOST_SHELVES) <= MOST_SHELVES
    tracemalloc.start()
    try:
        verify_text(text, "bomb.toml")
        assert tracemalloc.get_traced_memory()[1] <= MEMORY_LIMIT
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("literal", "rule"),
    [
        ("true", "RN203"),
        ("nan", "RN204"),
        ("-inf", "RN204"),
        ("1" + "0" * 30, "RN204"),
        ("1e30", "RN204"),
        ("-0", "RN204"),
        ("-0.0", "RN204"),
        ("+2", "RN204"),
        ("0x02", "RN204"),
        ("1_0", "RN204"),
        ("1979-05-27", "RN203"),
        ("07:32:00", "RN203"),
        ('"2.5"', "RN203"),
        ("[2.5]", "RN203"),
        ("{ma = 2.5}", "RN203"),
        ("2.50000000000000000001", "RN204"),
    ],
)
def test_a_trick_with_types_is_refused_by_the_name_of_the_entry(literal: str, rule: str) -> None:
    found = [finding for finding in verify_text(changed(("= 2.5", f"= {literal}")), "inline.toml") if finding.rule == rule]
    assert [finding.field for finding in found] == ["left.amplitude_ma"]
    assert found[0].text.startswith("Left amplitude:")
    assert (found[0].line, found[0].column) == (line_of("amplitude_ma"), 16)


def test_an_odd_number_behind_an_escaped_key_is_found_too() -> None:
    (found,) = verify_text(changed(("amplitude_ma = 2.5", '"\\u0061mplitude_ma" = -0')), "inline.toml")
    assert (found.rule, found.line) == ("RN204", line_of("[left]"))


@pytest.mark.parametrize(
    "key", ["[identity]\nserial = 1", "[calibration]\ngain = 1", "[left.ceiling]\nmax = 1", '"\\u001b]0;x\\u0007" = 1']
)
def test_unknown_entries_are_refused_by_name_and_shown_safely(key: str) -> None:
    (found,) = [finding for finding in verify_text(GOOD + key, "inline.toml") if finding.rule == "RN201"]
    assert found.text.isascii() and found.text.isprintable()
    assert found.field.split(".")[-1] in found.text


def test_each_repetition_is_named_with_both_lines() -> None:
    first = line_of("on_s")
    found = verify_text(changed(("on_s = 10", "on_s = 10\non_s = 11\non_s = 12")), "inline.toml")
    assert [(finding.rule, finding.line) for finding in found] == [("RN107", first + 1), ("RN107", first + 2)]
    assert f"line {first}" in found[0].text
    (table,) = verify_text(GOOD + "[left]\n", "inline.toml")
    assert (table.rule, table.field) == ("RN107", "left")
    both = verify_text(GOOD + "[left]\nthresholds_ma.motor = 1.0\n", "inline.toml")
    assert [(finding.rule, finding.field) for finding in both] == [("RN107", "left"), ("RN107", "left.thresholds_ma.motor")]


@pytest.mark.parametrize("text", ["a = 1\na.b = 2", "a.b = 1\n[a]\nc = 1", "a = {b = 1}\n[a.c]\n"])
def test_a_redefined_table_is_refused(text: str) -> None:
    (found,) = verify_text(f'schema = "rnprog.profile/2"\n{text}', "inline.toml")
    assert found.rule == "RN107"
    assert found.line in (2, 3)


def test_a_fault_at_the_end_is_placed_at_the_end() -> None:
    (found,) = verify_text("a = 1\nb = [", "inline.toml")
    assert (found.rule, found.line, found.column) == ("RN106", 2, 6)


@pytest.mark.parametrize(
    ("before", "number", "column"),
    [
        ("on_s = ", "1" * 5000, 8),
        ("on_s = ", "+" + "1_1" * 2200, 8),
        ("x = [1,\n  2, ", "7" * 5000, 6),
        ("x = { a = 1, b = ", "-" + "9" * 4400, 18),
    ],
    ids=["plain", "with underscores", "in a list", "in a row"],
)
def test_a_number_that_is_too_long_has_its_place(before: str, number: str, column: int) -> None:
    decoys = f"# {'1' * 4400}\nt = '{'1' * 4400}'\n"
    after = "\n]\n" if "[" in before else " }\n" if "{" in before else "\n"
    (found,) = verify_text(f"{decoys}{before}{number}{after}", "inline.toml")
    line = 3 + before.count("\n")
    assert (found.rule, found.line, found.column) == ("RN106", line, column)
    assert "digits" in found.text


def test_brackets_nested_over_many_lines_have_their_place() -> None:
    (found,) = verify_text("# [[[[\na = '[[['\nb = " + "[\n" * 2000 + "]\n" * 2000, "inline.toml")
    assert (found.rule, found.line, found.column) == ("RN105", 19, 1)
    assert "16" in found.text


@pytest.mark.parametrize(
    "schema", ["", 'schema = "rnprog.profile/1"\n', "schema = 1\n", 'schema = "rnprog.status/1"\n', 'schema = "rnprog.profile/3"\n']
)
def test_other_versions_and_other_files_are_refused_whole(schema: str) -> None:
    (found,) = verify_text(schema + GOOD.partition("\n")[2], "inline.toml")
    assert (found.rule, found.exit_code, found.line) == ("RN108", 65, 1)


def test_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    path = put(tmp_path)
    path.write_bytes(GOOD.replace("\n", "\r\n").encode())
    assert verify_file(path) == []
    assert verify_text(GOOD.replace("\n", "\r\n"), "inline.toml") == []


@pytest.mark.parametrize(
    ("content", "rule", "line"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), "RN104", 1),
        (GOOD.encode("utf-16"), "RN104", 1),
        (GOOD.replace("Both sides", "Beide Größen").encode("latin-1"), "RN104", 5),
        (b"schema = '\xed\xa0\x80'", "RN104", 1),
        (b"\x00" * 100, "RN106", 1),
        (b"\x1b[2J = 1", "RN106", 1),
        (b"x" * (LARGEST_BYTES + 1), "RN103", None),
        (b"", "RN108", 1),
    ],
)
def test_bytes_that_are_no_profile(tmp_path: Path, content: bytes, rule: str, line: int | None) -> None:
    path = put(tmp_path)
    path.write_bytes(content)
    (found,) = verify_file(path)
    assert (found.rule, found.line, found.exit_code) == (rule, line, 65)
    assert found.text.isprintable()


def refused(path: Path) -> Finding:
    with pytest.raises(ProfileError) as caught:
        read_text(path)
    (found,) = caught.value.findings
    assert caught.value.exit_code == 66
    return found


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "x.toml").rule == "RN101"
    assert refused(put(tmp_path) / "x.toml").rule == "RN101"


def test_links_are_not_followed(tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(put(tmp_path))
    assert refused(link).rule == "RN102"
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    assert refused(loop).rule == "RN102"
    assert refused(loop / "x.toml").rule == "RN102"


def test_only_ordinary_files_are_opened(tmp_path: Path) -> None:
    assert refused(tmp_path).rule == "RN102"
    assert refused(Path(os.devnull)).rule == "RN102"
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.toml")
        assert refused(tmp_path / "pipe.toml").rule == "RN102"


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_impossible_names(name: str) -> None:
    assert refused(Path(name)).rule == "RN102"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_closed_file(tmp_path: Path) -> None:
    path = put(tmp_path)
    path.chmod(0)
    assert refused(path).rule == "RN102"


@given(st.text(max_size=300))
def test_any_text_gives_findings_and_no_exception(text: str) -> None:
    assert verify_text(text, "inline.toml")


@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.text(alphabet="=.[]{}\"'\\#\n,_ 0159azeE+-\u202e", max_size=12))
def test_a_spoiled_profile_gives_findings_or_is_good(start: int, length: int, piece: str) -> None:
    for finding in verify_text(GOOD[:start] + piece + GOOD[start + length :], "inline.toml"):
        assert finding.text.endswith(".")
        assert finding.text.isprintable()


def test_the_reader_gives_no_float() -> None:
    assert "float" not in {
        type(value).__name__ for table in read_tables(GOOD, "x").values() if isinstance(table, dict) for value in table.values()
    }
