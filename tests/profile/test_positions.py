"""Places of entries, and texts that try to mislead the scan."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.profile.positions import Place, scan, without_texts
from tests.profile.texts import GOOD


def test_an_entry_has_its_line_columns_and_literal() -> None:
    place = scan(GOOD).by_path["left", "amplitude_ma"]
    assert GOOD.splitlines()[place.line - 1] == "amplitude_ma = 2.5"
    assert place == Place(place.line, 1, 16, "2.5")


def test_every_entry_of_the_good_profile_is_found() -> None:
    found = set(scan(GOOD).by_path)
    tables = tomllib.loads(GOOD)
    wanted = {(table, key) for table, entries in tables.items() if isinstance(entries, dict) for key in entries}
    assert wanted <= found
    assert ("left", "thresholds_ma", "motor") in found
    assert ("provenance", "sources", "left", "electrodes") in found


@pytest.mark.parametrize(
    ("text", "path", "line", "literal"),
    [
        ("a = 1\n[b] # [c]\nd = 2 # e = 3\n", ("b", "d"), 3, "2"),
        ('x = """\ny = 1\n"""\ny = 2', ("y",), 4, "2"),
        ("x = '''\ny = 1'''''\ny = 2", ("y",), 3, "2"),
        ('x = """a\\""""\ny = 2', ("y",), 2, "2"),
        ('"q" = 2.5', ("q",), 1, "2.5"),
        ("a.b.c = 1979-05-27 07:32:00", ("a", "b", "c"), 1, "1979-05-27 07:32:00"),
        ("x = [\n 1, # y = 1\n {y = 3}, [ ] ]\ny = 2", ("y",), 4, "2"),
        ("a = {b = [1, 2], c = {d = -0}}", ("a", "c", "d"), 1, "-0"),
        ("[[t]]\nk = 1\n[[t]]\nk = 2", ("t", "k"), 2, "1"),
        ("a = [\n]", ("a",), 1, "[\n]"),
    ],
)
def test_places(text: str, path: tuple[str, ...], line: int, literal: str) -> None:
    tomllib.loads(text)
    place = scan(text).by_path[path]
    assert (place.line, place.literal) == (line, literal)


def test_what_stands_twice() -> None:
    places = scan("[a]\nx = 1\nx = 2\n[b]\n[a]\nc = {d = 1, d = 2}\n")
    assert [(path, place.line) for path, place in places.repeated] == [(("a", "x"), 3), (("a",), 5), (("a", "c", "d"), 6)]


def test_the_nearest_place_of_a_missing_entry_is_its_table() -> None:
    places = scan("x = 1\n[a]\nb = 2\n")
    assert places.nearest(("a", "missing")).line == 2
    assert places.nearest(("missing",)) == Place(1, 1, 1, "")


@pytest.mark.parametrize(
    "text", ["", "[", "[a", "= 1", "a =", "a = {", "a = [", "a = [" * 40, "a = {b = " * 40, '"', '"""', "a.", "a = }", "a = ]\nb = 1"]
)
def test_what_is_no_toml_ends_the_scan(text: str) -> None:
    scan(text)


def test_texts_and_comments_are_blanked_in_place() -> None:
    text = 'a = \'..\' # ..\n".." = """..\n..""" \n'
    assert without_texts(text) == "a =" + " " * 10 + "\n" + " " * 4 + " =" + " " * 6 + "\n" + " " * 6 + "\n"


@given(st.text(alphabet="ab=.[]{}\"'\\#\n, 1", max_size=200))
def test_the_scan_never_fails(text: str) -> None:
    scan(text)
    assert len(without_texts(text)) == len(text)
