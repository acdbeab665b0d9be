"""What is said about the structure of a profile is what the pydantic models say, entry by entry."""

import itertools
import random
import tomllib

import pytest
from pydantic import ValidationError

from rnprog.profile.numbers import exact
from rnprog.profile.schema import Document
from rnprog.profile.structure import _of_table
from tests.profile.mutations import TURNS, spoiled
from tests.profile.texts import GOOD, PULLED, SIGNED, SKIN

_OTHER = ("1", "1.5", "true", '"x"', "[]", "{}", "2026-01-31", '"-L1+L2"', "-1", "nan", '"\\u202e"', '""', "[[1]]", "{ a = 1 }")


def by_pydantic(tables: dict[str, object]) -> set[tuple[str, ...]]:
    try:
        Document.model_validate(tables)
    except ValidationError as error:
        return {tuple(str(part) for part in fault["loc"]) for fault in error.errors()}
    return set()


def by_layout(tables: dict[str, object]) -> set[tuple[str, ...]]:
    return {problem.path for problem in _of_table((), tables, itertools.count())}


def changed_somewhere(text: str, chance: random.Random) -> str:
    """An entry gone, renamed, moved, or with another kind of value; or a few characters spoiled."""
    lines = text.splitlines()
    at = chance.randrange(1, len(lines))
    match chance.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines[at] = "x" + lines[at]
        case 2:
            lines[at] = f"{lines[at].partition('=')[0]}= {chance.choice(_OTHER)}"
        case 3:
            lines.insert(chance.randrange(1, len(lines)), lines.pop(at))
        case _:
            return spoiled(text, chance)
    return "\n".join(lines)


@pytest.mark.parametrize("text", [GOOD, PULLED, SIGNED, SKIN], ids=["draft", "pulled", "signed", "percutaneous"])
def test_the_two_find_fault_with_the_same_entries(text: str) -> None:
    chance, faulty = random.Random(7), 0
    for _ in range(TURNS):
        changed = text
        for _ in range(chance.randrange(1, 4)):
            changed = changed_somewhere(changed, chance)
        try:
            tables = tomllib.loads(changed, parse_float=exact)
        except tomllib.TOMLDecodeError:
            continue
        if tables.get("schema") == "rnprog.profile/2":
            assert by_layout(tables) == by_pydantic(tables), changed
            faulty += bool(by_layout(tables))
    assert faulty > TURNS / 5
