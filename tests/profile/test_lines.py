"""The fast reader reads a part of TOML, and reads it as the full reader does."""

import random
import tomllib
from decimal import Decimal

import pytest

from rnprog.profile.lines import Reader, numbers_in_a_row
from rnprog.profile.signing import entries
from tests.profile.mutations import TURNS, spoiled
from tests.profile.texts import GOOD, SIGNED, SKIN

NOTES = '''schema = "rnprog.profile/2"
[profile]
notes = """
One line \\
   and the next,
then a new one."""
'''


def reader() -> Reader:
    return Reader(lambda shape: True)


def as_entries(text: str) -> dict[tuple[str, ...], object] | None:
    """What the fast reader reads, or None."""
    read = reader().read(text)
    if read is None:
        return None
    numbers, texts = read.numbers(), read.texts()
    if numbers is None:
        return None
    return {**texts, **{path: Decimal(literal) for path, literal in numbers.items()}}


@pytest.mark.parametrize("text", [GOOD, SIGNED, SKIN, NOTES], ids=["draft", "signed", "percutaneous", "notes"])
def test_it_reads_what_the_full_reader_reads(text: str) -> None:
    assert as_entries(text) == dict(entries(tomllib.loads(text, parse_float=Decimal)))


@pytest.mark.parametrize("text", [GOOD, SIGNED, SKIN, NOTES], ids=["draft", "signed", "percutaneous", "notes"])
def test_whatever_it_reads_the_full_reader_reads_alike(text: str) -> None:
    chance, read = random.Random(3), 0
    for _ in range(TURNS):
        changed = text
        for _ in range(chance.randrange(1, 4)):
            changed = spoiled(changed, chance)
        mine = as_entries(changed)
        if mine is not None:
            assert mine == dict(entries(tomllib.loads(changed, parse_float=Decimal))), changed
            read += 1
    assert read > TURNS / 40


@pytest.mark.parametrize("text", [GOOD, SIGNED, SKIN, NOTES], ids=["draft", "signed", "percutaneous", "notes"])
def test_a_reader_that_has_met_the_layout_reads_alike_too(text: str) -> None:
    """It then reads the whole file at once, by what it made of the one before."""
    chance, met, read = random.Random(5), reader(), 0
    for _ in range(40):
        assert met.read(text) is not None
    for _ in range(TURNS):
        changed = spoiled(text, chance)
        mine, fresh = met.read(changed), reader().read(changed)
        assert (mine is None) == (fresh is None), changed
        if mine is not None and fresh is not None:
            assert (mine.numbers(), mine.texts()) == (fresh.numbers(), fresh.texts()), changed
            read += 1
    assert read > TURNS / 40


@pytest.mark.parametrize("value", ["01", "1.", "-1", "1e1", "1_0", "+1", " ", "1 2", "0x1", "nan", "'1'", "1.0.0", "1\n2", "1 # x", "1\t"])
def test_a_layout_that_was_met_lets_no_other_kind_of_number_in(value: str) -> None:
    met = reader()
    for _ in range(40):
        assert met.read(GOOD) is not None
    changed = GOOD.replace("on_s = 10", f"on_s = {value}", 1)
    mine, fresh = met.read(changed), reader().read(changed)
    assert (mine and mine.numbers()) == (fresh and fresh.numbers())


@pytest.mark.parametrize(
    "text",
    [
        "a = 01",
        "a = 1.",
        "a = .5",
        "a = 1_0",
        "a = +1",
        "a = 1e3",
        'a = "\\u0041"',
        'a = ""',
        "a = 'x'",
        '"a" = 1',
        "a = [1]",
        "a = 1\na = 2",
        "[a]\n[a]",
        "a.b = 1\n[a]\nc = 2",
        "[a]\nb.c = 1\n[a.b]\nd = 1",
        "a = { b = 1, }",
        "a = { b = 1, b = 2 }",
        "a = { b = 1 }\n[a.c]",
        "[[a]]",
        "a = 1 b = 2",
        'a = "x" "y"',
        'a = """x""y"""',
        "a\n= 1",
        "a = 1\r\nb = 2",
        "a = 1 # \x07",
        "a = 1\u2028b = 2",
        "a = 1234567890123",
    ],
)
def test_it_leaves_everything_else_to_the_full_reader(text: str) -> None:
    assert as_entries(text) is None


def test_numbers_in_a_row() -> None:
    assert numbers_in_a_row(" a = 1, b = 2.5 ") == {"a": "1", "b": "2.5"}
    assert numbers_in_a_row(" a = 1 b = 2 ") is None
    assert numbers_in_a_row("a = 1,, b = 2") is None


def test_it_forgets_shapes_when_there_are_too_many() -> None:
    one = reader()
    for number in range(Reader.MOST_SHAPES + 10):
        assert one.read(f"key_{number} = 1\n") is not None
    assert len(one._shapes) <= Reader.MOST_SHAPES
