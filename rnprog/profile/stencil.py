"""One expression for a whole file that was read line by line: it fits the files that differ from it in nothing but values.

Whatever it fits, the reader of lines would have read alike: each value may be what the pattern of a line lets stand there, and all else
is as it was. Making one takes as long as reading many files, so only a few are made, and those that fit are asked first.
"""

from __future__ import annotations

import re
from typing import Generic, TypeVar

T = TypeVar("T")

NUMBER = r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,11})?"
VALUES = {"number": NUMBER, "text": r'[^"\\\n]++', "row": r"[^{}\"'\#\n]++"}
"""By the group of the value in a line: what may stand there."""


class Stencils(Generic[T]):
    """A few expressions, each with what is known of the files that it fits."""

    MOST = 4
    AFTER = 8
    """So many files that none of them fits before another one is made."""

    def __init__(self) -> None:
        self._made: list[tuple[re.Pattern[str], T]] = []
        self._missed = 0

    def match(self, text: str) -> tuple[T, tuple[str, ...]] | None:
        """What is known of a file that is written like this, and what stands in each line; empty for a line without a value."""
        for at, (pattern, known) in enumerate(self._made):
            found = pattern.fullmatch(text)
            if found is not None:
                if at:
                    self._made.insert(0, self._made.pop(at))
                return known, found.groups()
        return None

    def wanted(self) -> bool:
        """Whether one is to be made of a file that none fitted."""
        self._missed += 1
        return len(self._made) < self.MOST and self._missed % self.AFTER == 0

    def make(self, lines: list[re.Match[str]], known: T) -> None:
        """One more, of the lines of a file as the pattern of a line matched them."""
        self._made.insert(0, (re.compile("\n".join(_of_line(line) for line in lines)), known))


def _of_line(line: re.Match[str]) -> str:
    group = line.lastgroup
    if group not in VALUES:
        return re.escape(line[0]) + "()"
    before, after = line[0][: line.start(group)], line[0][line.end(group) :]
    return f"{re.escape(before)}({VALUES[group]}){re.escape(after)}"
