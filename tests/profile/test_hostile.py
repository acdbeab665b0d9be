"""Hostile texts are read or refused in the time of a few shelves and with 64 MiB, the fast way and the whole one (reliability M7)."""

import tracemalloc

import pytest

from rnprog.profile.findings import worst
from rnprog.profile.quick import Quick
from rnprog.profile.verify import verify_text
from tests.pace import shelves
from tests.profile.texts import GOOD

FULL = 16 * 1024
HOSTILE = {
    "spaces": " " * (FULL - 1) + "x",
    "spaces in a value": "a =" + " " * (FULL - 9) + "x",
    "spaces after a value": "a = 1" + " " * (FULL - 9) + "x",
    "a long key": "a" * FULL,
    "a long number": "a = " + "1" * (FULL - 4),
    "a long fraction": "a = 1." + "0" * (FULL - 7) + "1",
    "one key of many parts": "a." * (FULL // 2 - 3) + "a = 1",
    "brackets": "a = " + "[" * 500,
    "braces": "a = " + "{b=" * 500,
    "a row": "a = {" + "b = 1, " * 2300 + "}",
    "a row of commas": "a = {" + "," * (FULL - 8) + "}",
    "many lines": "\n" * FULL,
    "many keys": "".join(f"k{number} = 1\n" for number in range(1300)),
    "many tables": "".join(f"[t{number}]\n" for number in range(1700)),
    "many quotes": '"""' * (FULL // 3),
    "many short texts": '""' * (FULL // 2),
    "backslashes": 'a = """' + "\\\n" * 8000 + '"""',
    "backslashes and spaces": 'a = """' + "\\\n      " * 2000 + '"""',
    "an open text": 'a = """' + "x" * (FULL - 8),
    "hashes": "#" * FULL,
    "equals": "=" * FULL,
    "a good file and a long comment": GOOD + "#" + "x" * (FULL - len(GOOD) - 1),
    "many near misses": "".join(f"amplitud{number} = 1\n" for number in range(900)),
}
MOST_SHELVES = 8.0
MOST_BYTES = 64 * 2**20


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_is_slow(name: str) -> None:
    text = HOSTILE[name]
    assert len(text) <= FULL
    assert shelves(lambda: Quick().good(text, None), MOST_SHELVES) <= MOST_SHELVES
    assert shelves(lambda: verify_text(text, "inline.toml"), MOST_SHELVES) <= MOST_SHELVES


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_takes_much_memory_or_passes(name: str) -> None:
    text = HOSTILE[name]
    tracemalloc.start()
    good, found = Quick().good(text, None), verify_text(text, "inline.toml")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_BYTES
    assert good == (not found) == (name == "a good file and a long comment")
    assert worst(found) in ((0,) if good else (1, 65))
