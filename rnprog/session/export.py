"""A record as a table for spreadsheets. Owns which columns there are and what may stand in a cell; the order of lines is the record's.

A cell of text that a spreadsheet would take for a formula begins with an apostrophe; numbers stay numbers. Nothing unprintable gets in.
A spreadsheet may separate by a semicolon, a bar or a tab instead of the comma, and then begins a cell within one of ours: the same holds
there. It does not hold behind any other character, a blank among them, that a person makes a separator by hand.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any
from unicodedata import category, normalize

COLUMNS = (
    *("line", "utc", "link_s", "actor", "kind", "what", "result", "side", "electrodes"),
    *("amplitude_ma", "pulse_width_us", "rate_hz", "duration_s", "answer", "more"),
)
_SIGNS = "=+-@\u2212"
"""What a formula begins with, in any form of these letters (full-width, small, raised); the last is the sign of subtraction."""
_UNSEEN = '"\u115f\u1160\u2800\U0001d159'
"""Letters that show nothing, and the quote, which a spreadsheet takes away where a cell begins. Blanks and accents are known by kind."""
_SEPARATORS = re.compile("([;|])")
_SIGN_IN_JSON = re.compile(r"([;|] *)([=+\-@])")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_OWN = {"line": "seq", "utc": "utc", "link_s": "link_s", "actor": "actor", "kind": "kind"}
LARGEST_CELL = 8_000
"""Characters, apostrophes not counted; the spreadsheets that people use take at most 32,767."""


def as_csv(lines: Iterable[dict[str, Any]]) -> str:
    """The lines of a record, one row each, under COLUMNS. What has no column of its own is in `more`, as JSON. Rows end in CR LF."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for line in lines:
        first, *others = _row(line)
        table.writerow([cell(first, begins_row=True), *map(cell, others)])
    return text.getvalue()


def _row(line: dict[str, Any]) -> list[object]:
    data = dict(line["data"])
    row: list[object] = [line.get(_OWN[name]) if name in _OWN else data.pop(name, None) for name in COLUMNS[:-1]]
    return [*row, data or None]


def cell(value: object, *, begins_row: bool = False) -> str:
    """What a cell holds; what is neither a text nor a number is JSON, and reads back as it was.

    `begins_row`: separated otherwise, this cell goes on with the whole row, and what begins with a minus is no number any more.
    """
    if value is None:
        return ""
    whole = value if isinstance(value, str) else _SIGN_IN_JSON.sub(_escaped, json.dumps(value, sort_keys=True))
    text = "".join(each if each.isprintable() else "?" for each in whole)[:LARGEST_CELL]
    if _NUMBER.fullmatch(text) and not (begins_row and text.startswith("-")):
        return text
    return "".join(f"'{piece}" if _is_formula(piece) else piece for piece in _SEPARATORS.split(text))


def _escaped(found: re.Match[str]) -> str:
    """A sign within a text of JSON, where no apostrophe may be put in: the same text, written otherwise."""
    return f"{found[1]}\\u{ord(found[2]):04x}"


def _is_formula(text: str) -> bool:
    """Whether the first thing that can be seen of it is one of the signs."""
    for letter in text:
        for each in normalize("NFKC", letter):
            if not (each.isspace() or each in _UNSEEN or category(each).startswith("M")):
                return each in _SIGNS
    return False
