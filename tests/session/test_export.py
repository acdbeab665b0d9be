"""Records as tables: every line is there, numbers stay numbers, and no cell is a formula."""

import csv
import io
import json
from typing import Any

import pytest

from rnprog.session.export import COLUMNS, LARGEST_CELL, as_csv, cell


def line(seq: int, **data: Any) -> dict[str, Any]:
    return {"seq": seq, "utc": "2026-01-05T09:00:00.000+00:00", "link_s": "1.500", "actor": "nurse", "kind": "intent", "data": data}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_for_each_line_and_what_has_no_column_is_kept_as_json() -> None:
    found = rows(as_csv([line(0), line(1, what="burst", side="left", amplitude_ma="1.2", duration_s="2", slot=3, deep={"a": [1]})]))
    assert tuple(found[0]) == COLUMNS
    assert found[0]["line"] == "0" and found[0]["more"] == "" and found[0]["amplitude_ma"] == ""
    assert (found[1]["what"], found[1]["side"], found[1]["amplitude_ma"], found[1]["link_s"]) == ("burst", "left", "1.2", "1.500")
    assert json.loads(found[1]["more"]) == {"slot": 3, "deep": {"a": [1]}}


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-L1+L2", "@SUM(A1)", "=cmd|' /C calc'!A0", "-1e5", "--1", "+5"])
def test_what_a_spreadsheet_would_take_for_a_formula_is_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", [" =1+1", "  -1", "\u3164=1", "\u0301=1", "\ufe0f=1", '"=1', "＝1+1", "＋1", "－1", "＠x", "﹦1", "\u22121+1", "⁼1"]
)
def test_a_formula_behind_what_is_not_seen_or_in_other_letters_is_text(text: str) -> None:
    shown = cell(text)
    assert shown.startswith("'") and shown[1:] == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x;=1+1;y", "x;'=1+1;y"),
        ("x|@SUM(A1)", "x|'@SUM(A1)"),
        ("pain; -L1 worse", "pain;' -L1 worse"),
        ('x;""=1', 'x;\'""=1'),
        ("x;＝1", "x;'＝1"),
        ("left;-1", "left;'-1"),
        ("=1;=2", "'=1;'=2"),
        ("felt left; a = b - c | none", "felt left; a = b - c | none"),
    ],
)
def test_a_formula_is_text_for_a_spreadsheet_that_separates_otherwise_too(text: str, shown: str) -> None:
    assert cell(text) == shown


@pytest.mark.parametrize("separator", [";", "|", "\t"])
def test_no_cell_of_a_whole_table_is_a_formula_by_whatever_it_is_separated(separator: str) -> None:
    """A row that is cut elsewhere begins with its first column and may end in the next one."""
    hostile = ["x;=1+1;y", "x|=1", 'x;""=1', "x;-1", "cmd|' /C calc'!A0", ";", "|", '"', "-1", "=1"]
    told = [line(0, text=each, what=each, deep={each: [each, -1]}) | {"actor": each, "kind": each} for each in hostile]
    table = as_csv([*told, line(-1, what="x") | {"utc": "1"}])
    for row in csv.reader(io.StringIO(table, newline=""), delimiter=separator):
        assert not [each for each in row if each.lstrip(' "').startswith(("=", "+", "-", "@"))], row


def test_what_is_kept_as_json_says_the_same_as_before() -> None:
    data = {"note": "x;=1|@y; -z", "list": ["a;=1", -2, "b - c"], "k;=1": "＝1"}
    (found,) = rows(as_csv([line(0, **data)]))
    assert json.loads(found["more"]) == data


@pytest.mark.parametrize("text", ["-1", "1.2", "0", "-0.5", "nurse", "L1=2", ""])
def test_numbers_and_plain_words_stay_as_they_are(text: str) -> None:
    assert cell(text) == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (12, "12"), (True, "true"), ("\x1b[31m\t\r\n\u202e", "?[31m????"), ("\t=1", "?=1"), ("x" * 9000, "x" * LARGEST_CELL)],
)
def test_nothing_unprintable_and_nothing_endless_gets_in(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_line_breaks_quotes_and_commas_do_not_make_new_cells() -> None:
    (found,) = rows(as_csv([line(0, what='a,"b"\n=1', side=["x"])]))
    assert found["what"] == 'a,"b"?=1' and found["side"] == '["x"]'
