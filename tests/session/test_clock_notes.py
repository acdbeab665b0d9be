"""What a record says of clocks, as a reader is told it."""

from typing import Any

import pytest

from rnprog.session.clock_notes import clock_notes


def stepped(by_s: object, seq: object = 7) -> dict[str, Any]:
    return {"kind": "clock stepped", "seq": seq, "data": {"by_s": by_s}}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (stepped("86400.000"), "Line 7: the computer's clock was set ahead by 24 hours, or the computer slept for so long."),
        (stepped("-172800.0"), "Line 7: the computer's clock was set back by 2 days."),
        (stepped("-3.2"), "set back by 3 seconds"),
        ({"kind": "open", "seq": 0, "data": {"clock_skew_s": "-7200.4"}}, "the clock of the device was 2 hours behind the computer's."),
        ({"kind": "open", "seq": 0, "data": {"clock_skew_s": "61"}}, "61 seconds ahead of"),
    ],
)
def test_it_is_told(row: dict[str, Any], told: str) -> None:
    (text,) = clock_notes([row])
    assert told in text and text.endswith(".")


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "open", "seq": 0, "data": {"clock_skew_s": "60"}},
        {"kind": "open", "seq": 0, "data": {"clock_skew_s": None}},
        {"kind": "open", "seq": 0, "data": {}},
        {"kind": "note", "seq": 1, "data": {"by_s": "86400"}},
        *(stepped(value) for value in ("soon", "NaN", "Infinity", "1e999999", None, 5, [])),
    ],
)
def test_nothing_is_told_of_what_is_well_or_no_number(row: dict[str, Any]) -> None:
    assert not list(clock_notes([row]))


def test_a_line_without_a_number_does_not_fail() -> None:
    assert next(clock_notes([stepped("5", "x\x1b[2J")])).startswith("Line 0:")
