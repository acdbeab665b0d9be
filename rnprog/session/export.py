"""A record as a table for spreadsheets. Owns which columns there are and what may stand in a cell; the order of lines is the record's.

A cell of text that a spreadsheet would take for a formula begins with an apostrophe; numbers stay numbers. Nothing unprintable gets in.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any

COLUMNS = (
    *("line", "utc", "link_s", "actor", "kind", "what", "result", "side", "electrodes"),
    *("amplitude_ma", "pulse_width_us", "rate_hz", "duration_s", "answer", "more"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_OWN = {"line": "seq", "utc": "utc", "link_s": "link_s", "actor": "actor", "kind": "kind"}
LARGEST_CELL = 8_000
"""Characters; the spreadsheets that people use take at most 32,767."""


def as_csv(lines: Iterable[dict[str, Any]]) -> str:
    """The lines of a record, one row each, under COLUMNS. What has no column of its own is in `more`, as JSON."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for line in lines:
        table.writerow([cell(each) for each in _row(line)])
    return text.getvalue()


def _row(line: dict[str, Any]) -> list[object]:
    data = dict(line["data"])
    row: list[object] = [line.get(_OWN[name]) if name in _OWN else data.pop(name, None) for name in COLUMNS[:-1]]
    return [*row, json.dumps(data, sort_keys=True) if data else None]


def cell(value: object) -> str:
    """What a cell holds."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    text = "".join(each if each.isprintable() else "?" for each in text)[:LARGEST_CELL]
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
