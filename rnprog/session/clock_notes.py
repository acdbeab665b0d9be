"""What a record says of clocks, in words. Reads lines as found and trusts none: what is no number is passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from rnprog.session.beginning import SKEW_S
from rnprog.session.wording import beginning as words

_MOST_S = Decimal(10**10)
"""Three hundred years: a larger number is none."""


def clock_notes(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A sentence for a device clock that was wrong, and one for each step of the computer's."""
    for row in rows:
        if row.get("kind") == "open" and (skew_s := _seconds(row["data"].get("clock_skew_s"))) is not None and abs(skew_s) > SKEW_S:
            yield words.clock_was_wrong(skew_s)
        if row.get("kind") == "clock stepped" and (by_s := _seconds(row["data"].get("by_s"))) is not None:
            number = row.get("seq")
            yield words.clock_stepped(number if isinstance(number, int) else 0, by_s)


def _seconds(value: object) -> Decimal | None:
    try:
        found = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() and abs(found) < _MOST_S else None
