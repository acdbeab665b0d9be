"""Log pages: a gap is told, a hole is not believed, an unknown kind is shown."""

import pytest

from rnprog.device.errors import ProtocolMismatch
from rnprog.device.rn1.logs import page
from rnprog.protocol.messages import LogEntry, PingReply, ReadLogReply


def reply(*numbers: int, lost: int = 0, newest: int = 9, kind: int = 10) -> ReadLogReply:
    entries = tuple(LogEntry(number, 1, kind, 0, 0, 0, 0) for number in numbers)
    return ReadLogReply(numbers[0] if numbers else newest + 1, numbers[-1] + 1 if numbers else newest + 1, newest, lost, entries)


def test_pages_of_several_answers_are_joined() -> None:
    found = page([reply(1, 2), reply(3, 4)], 1)
    assert [row.number for row in found.rows] == [1, 2, 3, 4]
    assert (found.next_cursor, found.newest, found.lost) == (5, 9, 0)


def test_a_gap_is_told() -> None:
    found = page([reply(5, 6, lost=4), reply(7, 8)], 1)
    assert found.lost == 4 and [row.number for row in found.rows] == [5, 6, 7, 8]


@pytest.mark.parametrize(
    "replies",
    [[reply(1, 2), reply(4)], [reply(2, 3)], [reply(1), reply(1)], [reply(3, 2)], [reply(5, lost=3)]],
    ids=["middle", "beginning", "twice", "backwards", "more than told"],
)
def test_a_hole_that_is_not_told_is_a_mismatch(replies: list[ReadLogReply]) -> None:
    with pytest.raises(ProtocolMismatch, match="hole"):
        page(list(replies), 1)


def test_a_cursor_of_zero_is_the_beginning() -> None:
    assert page([reply(1)], 0).lost == 0


def test_something_else_is_no_page() -> None:
    with pytest.raises(ProtocolMismatch):
        page([PingReply(b"")], 1)


def test_an_unknown_kind_is_shown_by_number() -> None:
    assert page([reply(1, kind=99)], 1).rows[0].what == "kind 99"
    assert page([reply(1, kind=17)], 1).rows[0].what == "stop"
