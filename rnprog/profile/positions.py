"""Where each entry stands in a TOML text: line, column and the value as it is written.

A scan by itself, made only when there is something to point at, because the TOML reader keeps no positions. It never fails: of a text
that is not correct TOML it finds what comes before the fault. It must not know the profile format. Keys written with escapes are not
found; whoever asks gets the place of the table around them.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from rnprog.profile.findings import KeyPath

_DEEPEST = 16
_TOKEN = re.compile(
    r"""
    (?P<string> \"{3} (?:[^\\]|\\.)*? (?:\"{3,5} | \\?\Z)
              | '{3} .*? (?:'{3,5} | \Z)
              | " (?:[^"\\\n]|\\[^\n])* "
              | ' [^'\n]* ' )
  | (?P<comment> \#[^\n]* )
  | (?P<newline> \n )
  | (?P<mark> [=,.\[\]{}] )
  | (?P<bare> [^\s=,.\[\]{}"'\#]+ )
    """,
    re.VERBOSE | re.DOTALL,
)
"""An unclosed long text reaches to the end of the file, which also keeps the search linear."""

_WHOLE_NUMBER = re.compile(r"(?:=|,|\[)\s*+([+-]?[0-9][0-9_]*+)(?![\w.])")


@dataclass(frozen=True, slots=True)
class Place:
    """All count from 1, columns in characters."""

    line: int
    column: int
    """Of the key, or of the opening bracket of a table."""
    value_column: int
    """Of the value; the same as `column` for a table."""
    literal: str
    """The value as it is written; empty for a table."""


@dataclass(slots=True)
class Places:
    """What a scan found."""

    by_path: dict[KeyPath, Place] = field(default_factory=dict)
    repeated: list[tuple[KeyPath, Place]] = field(default_factory=list)
    """Entries and tables that were there before."""

    def nearest(self, path: KeyPath) -> Place:
        """The place of an entry, or of the innermost table around it that was found, or the start of the file."""
        while path:
            if path in self.by_path:
                return self.by_path[path]
            path = path[:-1]
        return Place(1, 1, 1, "")


def without_texts(text: str) -> str:
    """`text` with every string and comment blanked out; all other characters keep their places."""
    return _TOKEN.sub(lambda token: _blank(token.group()) if token.lastgroup in ("string", "comment") else token.group(), text)


def scan(text: str) -> Places:
    """The places of all tables and entries in `text`, whose lines end in a plain line feed."""
    scanner = _Scanner(text)
    try:
        scanner.document()
    except _Lost:
        return scanner.places
    return scanner.places


def deepest_opening(text: str, most: int) -> tuple[int, int]:
    """Line and column of the first bracket that stands in more than `most` others; of the last bracket if there is none."""
    plain, depth, at = without_texts(text), 0, 0
    for bracket in re.finditer(r"[\[\]{}]", plain):
        depth, at = depth + (1 if bracket[0] in "[{" else -1), bracket.start()
        if depth > most:
            break
    return _line_and_column(text, at)


def long_number(text: str) -> tuple[int, int]:
    """Line and column of the first whole number with more digits than Python reads; of the longest number if there is none."""
    numbers = list(_WHOLE_NUMBER.finditer(without_texts(text)))
    at = max(numbers, key=lambda each: len(each[1]), default=None)
    most = sys.get_int_max_str_digits()
    at = next((each for each in numbers if most and sum(map(str.isdigit, each[1])) > most), at)
    return (1, 1) if at is None else _line_and_column(text, at.start(1))


def _line_and_column(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


class _Lost(Exception):
    """The text is not TOML from here on."""


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


_END = _Token("end", "", -1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.places = Places()
        self._text = text
        self._line_ends = [end.start() for end in re.finditer("\n", text)]
        self._tokens = [_Token(token.lastgroup or "", token.group(), token.start()) for token in _TOKEN.finditer(text)]
        self._at = 0
        self._headers: set[KeyPath] = set()

    def document(self) -> None:
        prefix: KeyPath = ()
        while (token := self._peek()) is not _END:
            if token.kind in ("newline", "comment"):
                self._at += 1
            elif token.text == "[":
                prefix = self._header()
            else:
                self._pair(prefix, 0)
                self._to_line_end()

    def _header(self) -> KeyPath:
        opening = self._take("[")
        listed = self._peek().text == "["
        if listed:
            self._take("[")
        path = self._keys()
        self._take("]")
        place = self._place(opening, opening, "")
        if path in self._headers and not listed:
            self.places.repeated.append((path, place))
        self._headers.add(path)
        self.places.by_path.setdefault(path, place)
        self._to_line_end()
        return path

    def _pair(self, prefix: KeyPath, depth: int) -> None:
        start = self._peek()
        keys = self._keys()
        self._take("=")
        path = (*prefix, *keys)
        value = self._peek()
        place = self._place(start, value, "")
        around = replace(place, value_column=place.column)
        for length in range(len(prefix) + 1, len(path)):
            self.places.by_path.setdefault(path[:length], around)
        repeated = path in self.places.by_path
        if not repeated:
            self.places.by_path[path] = place
        place = replace(place, literal=self._text[value.start : self._value(path, depth)])
        if repeated:
            self.places.repeated.append((path, place))
        else:
            self.places.by_path[path] = place

    def _value(self, path: KeyPath, depth: int) -> int:
        """Passes one value and returns where it ends."""
        if depth > _DEEPEST:
            raise _Lost
        opening = self._peek()
        if opening.text == "{":
            return self._inside("{", "}", path, depth)
        if opening.text == "[":
            return self._inside("[", "]", path, depth)
        end = opening.start
        while (token := self._peek()).kind not in ("newline", "comment", "end") and token.text not in (",", "}", "]"):
            end = token.start + len(token.text)
            self._at += 1
        return end

    def _inside(self, opening: str, closing: str, path: KeyPath, depth: int) -> int:
        """Passes an inline table, whose entries count, or an array, whose entries do not."""
        self._take(opening)
        while (token := self._peek()).text != closing:
            if token is _END:
                raise _Lost
            if token.kind in ("newline", "comment") or token.text == ",":
                self._at += 1
            elif opening == "{":
                self._pair(path, depth + 1)
            else:
                kept, self.places = self.places, Places()
                self._value(path, depth + 1)
                self.places = kept
        return self._take(closing).start + 1

    def _keys(self) -> KeyPath:
        keys = [self._key()]
        while self._peek().text == ".":
            self._at += 1
            keys.append(self._key())
        return tuple(keys)

    def _key(self) -> str:
        token = self._peek()
        if token.kind not in ("bare", "string"):
            raise _Lost
        self._at += 1
        return token.text if token.kind == "bare" else token.text[1:-1]

    def _to_line_end(self) -> None:
        while self._peek().kind not in ("newline", "end"):
            self._at += 1

    def _take(self, text: str) -> _Token:
        token = self._peek()
        if token.text != text:
            raise _Lost
        self._at += 1
        return token

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _place(self, start: _Token, value: _Token, literal: str) -> Place:
        line = bisect_left(self._line_ends, start.start)
        line_start = self._line_ends[line - 1] + 1 if line else 0
        return Place(line + 1, start.start - line_start + 1, value.start - line_start + 1, literal)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
