"""Characters that nobody sees, or that make a line look other than it reads: in a file that people check by eye they hide what is there.

Controls and line separators, those that turn the direction of text (Unicode bidirectional controls), and all that Unicode says to draw
nothing for (Default_Ignorable_Code_Point). A tab and a line feed are none; an unusual space is seen as a space.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

UNSEEN = re.compile(
    "[\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def unseen(text: str) -> Iterator[tuple[int, int, str]]:
    """Line, column and name of each in `text`, whose lines end in a plain line feed."""
    if text.isascii() and "\x7f" not in text:
        return
    for number, line in enumerate(text.split("\n"), 1):
        for found in UNSEEN.finditer(line):
            yield number, found.start() + 1, name_of(found[0])


def name_of(character: str) -> str:
    """What Unicode calls it: "U+202E RIGHT-TO-LEFT OVERRIDE"."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
