"""The lease is kept alive only while the face is; everything else lets it run out."""

import threading
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import pytest

from rnprog.device.api import Beat, Output
from rnprog.device.clock import WallClock
from rnprog.device.errors import NoAnswer, Superseded
from rnprog.protocol.opcodes import Opcode
from rnprog.session.heartbeat import BEAT_S, FACE_S, Heartbeat
from rnprog.session.session import Session
from rnprog.session.trouble import Trouble
from tests.device.rig import emulator, until
from tests.session.desk import Desk, applied, armed, faulty, give, given, state, truth

LEASE_S = 0.8


# virtual time


def test_the_lease_is_kept_through_a_minute_of_waiting(session: Session, desk: Desk) -> None:
    armed(session)
    desk.tape.clear()
    session.wait(60)
    assert state(session)["armed_channels"] == 1
    beats = [at_s for at_s, frame in desk.tape.frames() if frame.opcode == Opcode.HEARTBEAT]
    gaps = [later - earlier for earlier, later in pairwise(beats)]
    assert len(beats) in (299, 300) and max(gaps) <= BEAT_S + 2e-3


def test_no_beat_is_sent_while_nothing_is_armed(session: Session, desk: Desk) -> None:
    desk.tape.clear()
    session.wait(5)
    stimulation = armed(session)
    applied(stimulation.disarm())
    desk.tape.clear()
    session.wait(5)
    assert Opcode.HEARTBEAT not in desk.tape.opcodes()


def test_when_beats_cease_the_device_ends_it_within_the_lease(session: Session) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5")
    session.heart.end()
    session.clock.sleep(5)
    assert state(session)["armed_channels"] == 0


def test_one_lost_beat_is_trouble_and_ends_the_rest(session: Session) -> None:
    armed(session)
    faulty(session, "drop-reply=HEARTBEAT@3")
    with pytest.raises(Trouble):
        session.wait(3)
    assert not session.heart.on


# wall time, in this process


def wall_session(desk: Desk) -> Iterator[Session]:
    with desk.open("emu://?clock=wall") as session:
        yield session


@pytest.fixture
def wall(desk: Desk) -> Iterator[Session]:
    yield from wall_session(desk)


def lives_on(session: Session, for_s: float) -> None:
    """The face is alive for a while."""
    end_s = session.clock.now_s() + for_s

    def later() -> bool:
        session.tick()
        return session.clock.now_s() >= end_s

    until(later, for_s + 5)


def test_a_thread_beats_while_the_face_ticks(wall: Session, desk: Desk) -> None:
    armed(wall)
    desk.tape.clear()
    lives_on(wall, 1.1)
    assert state(wall)["armed_channels"] == 1
    beats = [at_s for at_s, frame in desk.tape.frames() if frame.opcode == Opcode.HEARTBEAT]
    assert 4 <= len(beats) <= 7


def test_a_face_that_freezes_lets_the_lease_run_out_and_the_device_is_off_within_a_second(wall: Session) -> None:
    """Nobody ticks from here on: the device's own truth says when the current ended."""
    stimulation = armed(wall)
    given(stimulation, "0.5", duration_s="0.1")
    wall.device.burst((stimulation.side,), Decimal(20))
    frozen_s = truth(wall).now_s
    wall.heart.face_alive()
    until(lambda: state(wall)["armed_channels"] == 0, 3, "the end of the lease")
    after = truth(wall)
    assert after.off and after.changes[-1]["cause"] == "lease-expired"
    assert after.last_on_s() - frozen_s <= 0.2 + LEASE_S + 0.05
    assert wall.heart.last is not None


def test_a_face_that_comes_back_in_time_keeps_it(wall: Session) -> None:
    armed(wall)
    for _ in range(2):
        end_s = wall.clock.now_s() + 0.4
        until(lambda end_s=end_s: wall.clock.now_s() >= end_s, 3)  # type: ignore[misc]
        lives_on(wall, 0.3)
    assert state(wall)["armed_channels"] == 1


@pytest.mark.parametrize("kind", ["tcp", "pty"])
def test_a_burst_is_carried_through_by_beats_over_a_real_line(desk: Desk, kind: str) -> None:
    with emulator(*(["--tcp", "127.0.0.1:0"] if kind == "tcp" else ["--pty"])) as running, desk.open(running.url) as session:
        stimulation = armed(session)
        delivered = applied(give(stimulation, "0.5", "1.0"))
        assert delivered.alert is None
        assert truth(session).peaks_ua(0) == [500.0]


# the heart by itself


def beating(beat: object = None) -> tuple[Heartbeat, list[int]]:
    calls: list[int] = []

    def count() -> Beat:
        calls.append(1)
        if isinstance(beat, Exception):
            raise beat
        return Beat(Decimal("0.8"), Output.ARMED, {}, frozenset())

    return Heartbeat(count, WallClock()), calls


def seen(heart: Heartbeat, what: bool) -> bool:
    """The face is alive while it looks."""
    heart.face_alive()
    return what


def test_it_ends_at_once_and_for_good_from_anywhere() -> None:
    heart, calls = beating()
    for _ in range(3):
        heart.begin()
        until(lambda: seen(heart, bool(calls)), 3)
        heart.end()
        heart.end()
        assert not heart.on
        calls.clear()
    heart.close()
    heart.close()
    assert "rnprog-heartbeat" not in {thread.name for thread in threading.enumerate()}


def test_a_beat_that_a_stop_overtook_is_no_problem() -> None:
    heart, calls = beating(Superseded("STOP came first"))
    heart.begin()
    until(lambda: seen(heart, not heart.on), 3)
    assert heart.problem is None and calls == [1]
    heart.close()


def test_a_beat_that_fails_is_kept_as_the_problem_and_ends_it() -> None:
    heart, calls = beating(NoAnswer("silence"))
    heart.begin()
    until(lambda: seen(heart, not heart.on), 3)
    assert isinstance(heart.problem, NoAnswer) and calls == [1]
    heart.begin()
    assert heart.problem is None
    heart.close()


def test_a_signal_while_its_thread_is_being_started_leaves_it_closable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that was closed at this moment ended the command as a bug: a thread cannot be waited for that was never started."""
    heart, calls = beating()

    def told_to_go(thread: threading.Thread) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", told_to_go)
    with pytest.raises(KeyboardInterrupt):
        heart.begin()
    monkeypatch.undo()
    heart.close()
    assert not heart.on and not calls


def test_a_beat_that_had_to_wait_for_the_line_asks_for_the_face_again() -> None:
    """A repeated read holds the line for a second; a beat that was due before, for a face that has frozen since, came out behind it."""
    line, left, calls = threading.RLock(), list[int](), list[int]()

    class Turn:
        """The line, and how often a beat has had it."""

        def __enter__(self) -> None:
            line.acquire()

        def __exit__(self, *_: object) -> None:
            line.release()
            left.append(1)

    clock = WallClock()

    def beat() -> Beat:
        calls.append(1)
        return Beat(Decimal("0.8"), Output.ARMED, {}, frozenset())

    heart = Heartbeat(beat, clock, Turn())  # type: ignore[arg-type]
    heart.begin()
    with line:
        until(lambda: seen(heart, heart.next_s < clock.now_s() + 0.05), 3)  # due soon, and the face is still alive
        began_s = clock.now_s()
        until(lambda: clock.now_s() > began_s + 2 * FACE_S + 0.1, 3)
        assert heart.next_s > began_s and not left, "the beat waits for the line"
    until(lambda: bool(left), 3)
    assert not calls, "the face has not been seen since"
    heart.face_alive()
    until(lambda: seen(heart, bool(calls)), 3)
    heart.close()


def test_a_stop_while_a_beat_is_due_breaks_no_thread(wall: Session) -> None:
    """Many stops, each against the beating thread; it still beats for the next side."""
    for _ in range(2):
        armed(wall)
        lives_on(wall, 0.21)
        wall.stop("the test")
        wall.reopen_link()
    for _ in range(5):  # on a computer that is too busy for it the lease may run out, as it should
        armed(wall)
        lives_on(wall, 0.9)
        if state(wall)["armed_channels"] == 1:
            return
        wall.stop("the test")
        wall.reopen_link()
    pytest.fail("the beats did not keep a side prepared")
