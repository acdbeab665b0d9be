"""Changed texts, by the seed: what a slip of the keyboard, a merge or a spoiled disk makes of a profile."""

import random
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from hypothesis import settings

TURNS = 5 * settings().max_examples
"""So many changed texts are looked at: 500, and 10,000 with --soak."""

NUMBER = re.compile(r"(?m)^(?P<key>[a-z_]+) = (?P<literal>[0-9.]+)|(?P<inner>perception|motor|discomfort) = (?P<value>[0-9.]+)")


def doses(text: str) -> list[tuple[int, int]]:
    """Where each literal of a dose stands, from and to."""
    return [(found.start(group), found.end(group)) for found in NUMBER.finditer(text) for group in ("literal", "value") if found[group]]


def spoiled_literals(literal: str, chance: random.Random) -> Iterator[str]:
    """What may become of a number; each is another number, or none that a dose may be written as."""
    at = chance.randrange(len(literal))
    digit = chance.choice("0123456789")
    yield literal[:at] + digit + literal[at + 1 :]
    yield literal[:at] + digit + literal[at:]
    yield literal[:at] + literal[at + 1 :]
    yield literal[:at] + chance.choice(",_ eEx'\"o") + literal[at:]
    yield literal + "0" * chance.randrange(12, 22) + "1"
    yield f"{literal}.{'0' * 19}1" if "." not in literal else f"{literal}{'0' * 19}1"
    yield chance.choice("+-") + literal
    yield f"{literal}{chance.choice(('e0', 'e1', 'e-1', 'E3'))}"
    yield chance.choice(("nan", "inf", "true", f'"{literal}"', f"[{literal}]", "2026-01-31", "0x10", "1_0", "", "{}", "0o7", "-0", "1e400"))
    yield str(Decimal(literal) * chance.choice((10, 100, 1000)))
    yield format(Decimal(literal) / chance.choice((10, 100, 1000)), "f")


def same_number(literal: str, other: str) -> bool:
    """Whether the other says the same in plain digits, for example "2.50" for "2.5"."""
    other = other.strip(" ")
    if not re.fullmatch(r"(0|[1-9][0-9]*)(\.[0-9]+)?", other) or len(other.replace(".", "")) > 12:
        return False
    try:
        return Decimal(other) == Decimal(literal)
    except InvalidOperation:
        return False


def mutated_doses(text: str, count: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """`count` texts with one dose changed, each with the old literal and the new one."""
    chance = random.Random(seed)
    places = doses(text)
    while count:
        start, end = chance.choice(places)
        literal = text[start:end]
        other = chance.choice(list(spoiled_literals(literal, chance)))
        if not same_number(literal, other):
            count -= 1
            yield literal, other, text[:start] + other + text[end:]


def spoiled(text: str, chance: random.Random) -> str:
    """`text` with something done to it anywhere: a character, a line, a value."""
    lines = text.split("\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(9):
        case 0:
            lines[at], lines[other] = lines[other], lines[at]
        case 1:
            del lines[at]
        case 2:
            lines.insert(at, lines[other])
        case 3:
            where = chance.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:where] + chance.choice("\"'\\#=[]{}.,-+ \t\r\0é\u202e0123456789abc") + lines[at][where:]
        case 4:
            where = chance.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:where] + lines[at][where + 1 :]
        case 5:
            lines[at] = "  " + lines[at] + chance.choice(("", " ", " # a comment", "#", " \\"))
        case 6:
            lines[at] = lines[at].replace("=", chance.choice(("=", " = ", "==", "", ".x =")), 1)
        case 7:
            lines.insert(
                at,
                chance.choice(
                    ("[left]", "[a]", "[left.thresholds_ma]", "x = 1", '"left" = 1', '"""', "[[left]]", "[provenance.sources.left]")
                ),
            )
        case _:
            places = doses(text)
            if not places:
                return text
            start, end = chance.choice(places)
            literal = text[start:end]
            return text[:start] + chance.choice(list(spoiled_literals(literal, chance))) + text[end:]
    return "\n".join(lines)
