"""A terminal that takes what is drawn, and shows it: by its progress, and by what it answers. The whole way, with a device and in real
time: tests/attacks/test_finds_at_terminals.py."""

from __future__ import annotations

import io
import math
import os
import select
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rnprog.session.wording import Words, command_line
from rnprog.tui.ending import fault, unconfirmed
from rnprog.tui.lasting import GIVE_UP_S, LOOK_S, Lasting, leave_behind
from rnprog.tui.seen import AGAIN_S, EVERY_S, LATE_S, QUESTION, Seen
from tests.session.desk import Desk, armed, faulty, measured
from tests.tui.stage import PORT

if sys.platform != "win32":
    import pty
    import tty

PICTURE = "\x1b[1;1Hx" * 20_000
"""More than any system buffers of a terminal."""
terminals = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")


class Drawing:
    """A terminal, and a thread that draws a picture on it."""

    def __init__(self, here: int, there: int) -> None:
        self.here = here
        self.ending = False
        self.file = open(there, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - `_drawing` closes it
        self.lasting = Lasting(self.file, lambda: self.ending)
        self.thread = threading.Thread(target=self.lasting.write, args=(PICTURE,))

    def until_full(self) -> None:
        """The picture is begun, and nothing more of it is taken."""
        self.thread.start()
        while self.still_s() < 3 * LOOK_S:
            self.thread.join(LOOK_S)

    def still_s(self) -> float:
        """For how long it has taken nothing."""
        return self.lasting.still_s(time.monotonic())


@contextmanager
def _drawing() -> Iterator[Drawing]:
    here, there = pty.openpty()
    tty.setraw(there)
    drawing = Drawing(here, there)
    try:
        yield drawing
    finally:
        drawing.ending = True
        drawing.thread.join()
        drawing.file.close()
        os.close(there)
        os.close(here)


@terminals
def test_a_terminal_that_stands_still_takes_nothing_and_one_that_is_read_a_little_does() -> None:
    with _drawing() as it:
        assert it.still_s() == 0.0, "nothing waits"
        it.until_full()
        while (still_s := it.still_s()) >= 3 * LOOK_S:
            os.read(it.here, 4096)
            it.thread.join(LOOK_S)
        assert still_s > 0.0, "something waits still"
        assert it.thread.is_alive(), "the picture is far from whole"


@terminals
def test_it_is_given_up_only_at_the_end_and_then_everything_is_dropped() -> None:
    with _drawing() as it:
        it.until_full()
        it.thread.join(GIVE_UP_S + 4 * LOOK_S)
        assert it.thread.is_alive() and not it.lasting.given_up, "whoever looks at it again goes on where it stood"
        it.ending = True
        it.thread.join(GIVE_UP_S + 40 * LOOK_S)
        assert not it.thread.is_alive() and it.lasting.given_up and it.still_s() == math.inf
        it.lasting.write(PICTURE)


@terminals
def test_pictures_that_wait_are_skipped_at_the_end_and_what_gives_the_terminal_back_is_not() -> None:
    with _drawing() as it:
        it.thread.start()
        while it.thread.is_alive():  # the last byte may have been read before the thread has ended
            if select.select([it.here], [], [], LOOK_S)[0]:
                os.read(it.here, 65_536)
        it.lasting.skipping = True
        it.lasting.write("a picture")
        it.lasting.write("")
        it.lasting.write("the end")
        left = b""
        while not left.endswith(b"the end"):
            left += os.read(it.here, 65_536)
        assert b"a picture" not in left


@terminals
def test_a_write_leaves_the_terminal_as_blocking_as_it_was() -> None:
    with _drawing() as it:
        it.until_full()
        assert os.get_blocking(it.file.fileno())


def test_words_that_are_left_behind_reach_a_file_that_is_no_terminal(tmp_path: Path) -> None:
    with open(tmp_path / "err", "w", encoding="utf-8") as file:
        leave_behind(file, "STOP NOT CONFIRMED\n")
    assert (tmp_path / "err").read_text() == "STOP NOT CONFIRMED\n"
    other = io.StringIO()
    leave_behind(other, "the same\n")
    assert other.getvalue() == "the same\n"


def test_only_a_terminal_that_has_answered_once_is_asked_and_held_to_it() -> None:
    put: list[str] = []
    seen = Seen(put.append)
    assert seen.lately(1.0, ask=True) and seen.lately(100.0, ask=True) and not put
    assert seen.answered() and not seen.answered()
    assert seen.lately(200.0, ask=False) and not put, "nothing is prepared"
    assert seen.lately(200.0, ask=True) and put == [QUESTION]
    assert seen.lately(200.0 + LATE_S, ask=True) and not seen.lately(200.01 + LATE_S, ask=True)
    seen.answered()
    assert seen.lately(200.02 + LATE_S, ask=True) and len(put) == 2
    seen.answered()
    assert seen.lately(200.03 + LATE_S, ask=True) and len(put) == 2, f"not more often than every {EVERY_S} s"


def test_an_answer_that_was_lost_is_asked_for_again_and_excuses_nothing_meanwhile() -> None:
    put: list[str] = []
    seen = Seen(put.append)
    seen.answered()
    seen.lately(1.0, ask=True)
    assert not seen.lately(1.01 + AGAIN_S, ask=True) and len(put) == 2
    assert not seen.lately(1.02 + AGAIN_S, ask=True), "the first question is still open"
    seen.answered()
    assert seen.lately(1.03 + AGAIN_S, ask=True)


def test_a_fault_is_told_with_what_is_certain_after_it(tmp_path: Path) -> None:
    error = RuntimeError("a test")
    nothing = command_line.bug("RuntimeError: a test", None, stopped=False)
    assert fault(error, None, None, None) == nothing and "No test stimulation was prepared" in str(nothing)
    with Desk(tmp_path / "r").open(PORT) as session:
        assert unconfirmed(session) is None and fault(error, None, session, None) == nothing
        measured(session)
        armed(session)
        faulty(session, "nak-stop")
        session.stop("the test")
        doubt = unconfirmed(session)
        assert doubt is session.halted and doubt is not None
        told = fault(error, None, session, doubt)
        assert told.happened.startswith("STOP NOT CONFIRMED") and "a fault in rnprog" in told.happened
        assert told.stimulation == doubt.words.stimulation and "stopped" not in str(told)
        faulty(session, "")
        session.reopen_link()
        session.stop("the test")
        assert unconfirmed(session) is None
        assert fault(error, None, session, None) == command_line.bug("RuntimeError: a test", None)
        under_way = unconfirmed(session, under_way=True)
        assert under_way is not None and isinstance(under_way.words, Words) and "before the device had answered" in under_way.words.happened
