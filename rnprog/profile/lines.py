"""A fast reader for profiles written in the ordinary way: one entry a line, plain strings, plain numbers.

It reads a part of TOML and says "no" to everything else; whatever it does read, it reads as a TOML reader would (a test compares). That is
what makes it safe: a file it says "no" to is read by the full reader. Lines and layouts that it has met before cost it next to nothing,
for profiles are much alike. It must not know what an entry means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from rnprog.profile.findings import KeyPath
from rnprog.profile.stencil import Stencils
from rnprog.profile.unseen import UNSEEN

_LINE = re.compile(
    r"""
    [ ]*+ (?:
        \[ (?P<table> [a-z0-9_]+ (?:\.[a-z0-9_]+)? ) \]
      | (?P<key> [a-z0-9_]+ (?:\.[a-z0-9_]+){0,2} ) [ ]* = [ ]* (?:
            (?P<number> (?:0|[1-9][0-9]{0,11}) (?:\.[0-9]{1,11})? )
          | "(?P<text> [^"\\]+ )"
          | (?P<long> \"{3} )
          | \{ (?P<row> [^{}"'\#]+ ) \}
        )
    )?+ [ ]*+ (?: \#.* )?
    """,
    re.VERBOSE,
)
_LONG = re.compile(r"(?:[^\"\\]++|\\\n)+")
_IN_A_ROW = re.compile(r" *([a-z_]+) *= *((?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,11})?) *(?:,|$)")
_JOINED = re.compile(r"\\\n[ \n]*")
_QUOTES = '"""'


class Kind(IntEnum):
    """What stands in a line."""

    NOTHING = 0
    TABLE = 1
    NUMBER = 2
    TEXT = 3
    LONG = 4
    """A text over several lines, whose content is kept apart."""
    ROW = 5
    """Numbers in a row."""


_KINDS = {"number": (Kind.NUMBER, "=0"), "text": (Kind.TEXT, "=1"), "long": (Kind.LONG, "=2"), "row": (Kind.ROW, "=3")}
"""By the group of the value in a line: its kind, and what marks it."""


class _Line(NamedTuple):
    mark: str
    """What makes lines alike: table or key, and the kind."""
    kind: Kind
    path: KeyPath
    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What stands in which line: one and the same for all files that are laid out alike."""

    numbers: tuple[tuple[KeyPath, int], ...]
    texts: tuple[tuple[KeyPath, int], ...]
    long_texts: tuple[KeyPath, ...]
    """In their order."""
    rows: tuple[tuple[KeyPath, int], ...]
    present: frozenset[KeyPath]
    """Every entry and every table, also those that are only implied."""


class Read(NamedTuple):
    """A file that was read: literals of numbers, and texts."""

    shape: Shape
    values: Sequence[str]
    """The value of each line."""
    long_texts: Sequence[str]

    def numbers(self) -> dict[KeyPath, str] | None:
        """Every number as it is written; `None` if those in a row are not written in the ordinary way."""
        values = self.values
        found = {path: values[at] for path, at in self.shape.numbers}
        for path, at in self.shape.rows:
            inside = numbers_in_a_row(values[at])
            if inside is None:
                return None
            found.update(((*path, key), literal) for key, literal in inside.items())
        return found

    def texts(self) -> dict[KeyPath, str]:
        """Every text, with the lines of a long text joined as TOML does."""
        values = self.values
        return {path: values[at] for path, at in self.shape.texts} | self.joined()

    def joined(self) -> dict[KeyPath, str]:
        """The long texts alone."""
        return {path: _JOINED.sub("", text.removeprefix("\n")) for path, text in zip(self.shape.long_texts, self.long_texts, strict=True)}


class Reader:
    """Reads one text after the other."""

    MOST_SHAPES = 1000
    MOST_LINES = 4000
    """Lines that many files share are soon there again, and lines that one file has for itself are not worth keeping."""

    def __init__(self, fits: Callable[[Shape], bool]) -> None:
        """`fits`: whether the entries of a shape are those that are wanted, asked once for each."""
        self._fits = fits
        self._shapes: dict[tuple[str, ...], Shape | None] = {}
        self._lines = _Lines()
        self._stencils: Stencils[Shape] = Stencils()

    def read(self, text: str) -> Read | None:
        """The entries of `text`; `None` if it is not written in the ordinary way, says something twice, or does not fit."""
        if not text.replace("\n", "").isprintable() or not (text.isascii() or UNSEEN.search(text) is None):
            return None
        ordinary, *pairs = _apart(text)
        met = self._stencils.match(ordinary)
        shape, values = met or self._by_line(ordinary)
        if shape is None or len(shape.long_texts) != len(pairs):
            return None
        return Read(shape, values, pairs)

    def _by_line(self, ordinary: str) -> tuple[Shape | None, tuple[str, ...]]:
        try:
            lines = list(map(self._lines.__getitem__, ordinary.split("\n")))
        except KeyError:
            return None, ()
        marks, values = zip(*lines, strict=True)
        shape = self._shapes[marks] if marks in self._shapes else self._met(ordinary, marks)
        if shape is not None and self._stencils.wanted():
            self._stencils.make([match for line in ordinary.split("\n") if (match := _LINE.fullmatch(line))], shape)
        return shape, values

    def _met(self, text: str, marks: tuple[str, ...]) -> Shape | None:
        if len(self._shapes) >= self.MOST_SHAPES:
            self._shapes.clear()
        made = _shape(text)
        shape = self._shapes[marks] = made if made is not None and self._fits(made) else None
        return shape


class _Lines(dict[str, tuple[str, str]]):
    """The mark and the value of each line that was met. KeyError for a line that is not written in the ordinary way."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: dict[str, str] = {}
        """By all that stands before the quote of a text."""

    def __missing__(self, line: str) -> tuple[str, str]:
        head, _, rest = line.partition('"')
        mark = self._marks.get(head)
        if mark is not None and rest.find('"') == len(rest) - 1 > 0 and "\\" not in rest:  # as the pattern of a line has it
            found = (mark, rest[:-1])
        else:
            met = _line(line)
            if met is None:
                raise KeyError(line)
            found = (met.mark, met.value)
            if met.kind is Kind.TEXT:
                self._marks[head] = met.mark
        if len(self) >= Reader.MOST_LINES:
            self.clear()
            self._marks.clear()
        self[line] = found
        return found


def numbers_in_a_row(text: str) -> dict[str, str] | None:
    """The numbers of an inline table by their keys; `None` if it is not written in the ordinary way."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _IN_A_ROW.match(text, at)
        if match is None or match[1] in found:
            return None
        found[match[1]] = match[2]
        at = match.end()
    return None if not found or text.rstrip().endswith(",") else found


def _apart(text: str) -> list[str]:
    """The text without what stands between triple quotes, and what stood there.

    Triple quotes in a comment make lines that say "here was a long text" and long texts two different numbers, and the file is left to the
    full reader; likewise an end that is missing, and anything in a long text that would have to be understood.
    """
    if _QUOTES not in text:
        return [text]
    parts = text.split(_QUOTES)
    between = parts[1::2]
    if len(parts) % 2 == 0 or not all(_LONG.fullmatch(each) for each in between):
        return ["?"]
    return [_QUOTES.join(parts[::2]), *between]


def _line(line: str) -> _Line | None:
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    group = match.lastgroup
    if group in _KINDS:
        kind, mark = _KINDS[group]
        key, value = match.group("key", group)
        return _Line(key + mark, kind, tuple(key.split(".")), value)
    table = match["table"]
    return _Line("", Kind.NOTHING, (), "") if table is None else _Line(f"[{table}", Kind.TABLE, tuple(table.split(".")), "")


def _shape(text: str) -> Shape | None:
    lines = [line for each in text.split("\n") if (line := _line(each)) is not None]
    found: dict[Kind, list[tuple[KeyPath, int]]] = {kind: [] for kind, _ in _KINDS.values()}
    prefix: KeyPath = ()
    seen: set[KeyPath] = set()
    implied: set[KeyPath] = set()
    for at, line in enumerate(lines):
        if line.kind is Kind.NOTHING:
            continue
        path = line.path if line.kind is Kind.TABLE else (*prefix, *line.path)
        if path in seen:
            return None
        seen.add(path)
        if line.kind is Kind.TABLE:
            prefix = path
        else:
            implied.update(path[:length] for length in range(len(prefix) + 1, len(path)))
            found[line.kind].append((path, at))
    values = {path for kind in found.values() for path, _ in kind}
    if implied & seen or any(path[:length] in values for path in seen for length in range(1, len(path))):
        return None
    present = frozenset(path[:length] for path in seen for length in range(1, len(path) + 1))
    long_texts = tuple(path for path, _ in found[Kind.LONG])
    return Shape(tuple(found[Kind.NUMBER]), tuple(found[Kind.TEXT]), long_texts, tuple(found[Kind.ROW]), present)
