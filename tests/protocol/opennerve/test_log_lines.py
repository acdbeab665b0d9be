"""Log lines, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.protocol.opennerve.log_lines import EVENTS, KINDS, LogLine, format_line, parse_line
from rnprog.protocol.opennerve.payloads import Clock, read_log
from tests.protocol.opennerve.test_payloads import clocks

POWER_ON = LogLine(Clock(2026, 11, 22, 12, 59, 23), 134, "EV", "PO")


def test_the_recorded_entry() -> None:
    data = b"[2026-11-22T12:59:23Z(134)]<EV>PO   \r\n"
    assert parse_line(data) == POWER_ON
    assert format_line(POWER_ON) == data
    assert read_log(POWER_ON.stamp).payload == bytes((26, 11, 22, 12, 59, 23, 134))


@given(clocks.filter(lambda clock: clock.year < 2100), st.integers(0, 255), st.sampled_from(sorted(KINDS)), st.sampled_from(sorted(EVENTS)))
def test_an_entry_comes_through(clock: Clock, subsecond: int, kind: str, text: str) -> None:
    line = LogLine(clock, subsecond, kind, text)
    assert parse_line(format_line(line)) == line


@pytest.mark.parametrize("data", [b"", b"[x]", b"[2026-11-22T12:59:23Z(999)]<EV>PO", b"[2026-11-22T12:59:23Z(13)]<EV>PO", b"\xff" * 40])
def test_something_else_is_no_entry(data: bytes) -> None:
    assert parse_line(data) is None


@given(st.binary(max_size=60))
def test_nothing_raises(data: bytes) -> None:
    found = parse_line(data)
    assert found is None or found.kind.isupper()
