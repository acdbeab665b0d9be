"""docs/protocol.md, taken apart: sections, tables and the bytes of the examples."""

import re
from functools import cache
from pathlib import Path

TEXT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")

_TYPED = re.compile(r"(\w+)(?: mask| contact)? (u8|u16|u32|u64|text16|16 bytes)\b")


@cache
def section(title: str) -> str:
    """The text under a heading that begins so, up to the next heading of its rank or higher."""
    found = re.search(rf"^(#+) {re.escape(title)}.*?\n(.*?)(?=^#{{1,2}} |^### |\Z)", TEXT, re.M | re.S)
    assert found, f"the document has no section {title!r}"
    return found[2]


def rows(text: str, *header: str) -> list[list[str]]:
    """The rows of the table whose header begins with these cells."""
    start = "| " + " | ".join(header)
    lines = text.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith(start))
    found = []
    for line in lines[at + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def commands() -> list[list[str]]:
    """[opcode, name, class, request, answer] of section 4."""
    found = re.findall(r"^\| (0x[0-9A-F]{2}) \| (\w+) \| (\w+) \| (.*?) \| (.*?) \|$", TEXT, re.M)
    return [list(row) for row in found]


def typed(cell: str) -> list[tuple[str, str]]:
    """(name, type) of every field a cell or sentence names, in order."""
    return _TYPED.findall(cell)


def numbered(text: str) -> dict[int, str]:
    """`0 OFF, 1 ARMED (in a burst)` as {0: "OFF", 1: "ARMED"}."""
    return {int(number): name.strip() for number, name in re.findall(r"\b(\d+) ([A-Za-z][A-Za-z_ -]*)", text)}


def examples() -> list[tuple[str, bytes]]:
    """("body" or "line", its bytes) of section 9, in order. Lines that go on are indented and hold hex only."""
    text = TEXT[TEXT.index("## 9. Worked examples") :]
    found = re.findall(r"^(body|line) +((?:[0-9A-F]{2} ?)+(?:\n {8}(?:[0-9A-F]{2} ?)+)*)$", text, re.M)
    return [(kind, bytes.fromhex(digits)) for kind, digits in found]
