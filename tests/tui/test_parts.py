"""The parts without a screen: keymap, memory, frames, palette, worker."""

import asyncio
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rnprog.protocol.connection import HostConnection
from rnprog.protocol.messages import Identify
from rnprog.session.outcomes import StopConfirmed
from rnprog.session.session import Session
from rnprog.session.wiring import Wish
from rnprog.therapy.titration import Answer
from rnprog.tui import events as e
from rnprog.tui.beats import Post
from rnprog.tui.frames import Frames
from rnprog.tui.keymap import KeymapError, read_keymap
from rnprog.tui.link_worker import LinkWorker, Priority
from rnprog.tui.screens.palette import matching
from rnprog.tui.start import Remembered, in_real_time, recall, remember
from rnprog.tui.widgets.curve import Curve, Point
from rnprog.tui.widgets.number import drawn
from rnprog.tui.widgets.showcase import Showcase
from tests.device.rig import until


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[keys]\nstop = "f9"', "STOP keeps its keys"),
        ('[keys]\ntitration = "f12"', "cannot have the key"),
        ('[keys]\nmain = "f9,ctrl+c,f12"', "cannot have the key"),
        ('[keys]\nmain = "f11, f12"', "cannot have the key"),
        ('[keys]\nmain = "space"', "cannot have the key"),
        ('[keys]\nmain = "plus"', "cannot have the key"),
        ('[keys]\nmain = "delete"', "cannot have the key"),
        ('[keys]\nmain = "up"', "cannot have the key"),
        ('[keys]\nmain = "ctrl+m"', "cannot have the key"),
        ('[keys]\nmain = "F12"', "cannot have the key"),
        ('[keys]\noverview = "f5"', "would mean both overview and main"),
        ('[keys]\nmain = "f11"\nhelp = "f11"', "would mean both"),
        ('[keys]\nmain = "g"', "single letter"),
        ('[keys]\nfly = "f9"', "there is no action"),
        ("keys = 3", "no table"),
        ("[keys", "cannot be understood"),
        ("a" + ".a" * 40 + " = 1", "no keymap"),
    ],
)
def test_a_keymap_that_is_wrong_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    with pytest.raises(KeymapError, match=says):
        read_keymap(path)


def test_a_keymap(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('[keys]\ntitration = "ctrl+t"\n')
    assert read_keymap(path) == {"titration": "ctrl+t"}
    path.write_text('[keys]\noverview = "F5"\nmain = "f2"\n')
    assert read_keymap(path) == {"overview": "f5", "main": "f2"}, "two that change places do not clash"
    with pytest.raises(KeymapError, match="cannot be read"):
        read_keymap(tmp_path / "none.toml")


def test_the_last_device_is_remembered_by_its_serial_number() -> None:
    assert recall() == Remembered()
    remember(Remembered("RN1-1", "RN-1", "/dev/ttyACM3", "rnprog-light"))
    assert recall().serial == "RN1-1" and recall().theme == "rnprog-light"


def test_a_person_means_real_time() -> None:
    assert in_real_time("emu://x") == "emu://x?clock=wall"
    assert in_real_time("emu://x?seed=1") == "emu://x?seed=1&clock=wall"
    assert in_real_time("emu://?clock=virtual") == "emu://?clock=virtual"
    assert in_real_time("/dev/ttyACM0") == "/dev/ttyACM0"


def test_frames_are_decoded_and_noise_is_named() -> None:
    frames = Frames()
    sent = HostConnection(1).send(Identify()).data
    frames.trace(1.5, ">", b"\x00" + sent)
    frames.trace(1.6, "<", b"\x05garbage\x00")
    first, *others = frames.newest()
    assert (first.name, first.direction) == ("IDENTIFY", ">")
    assert [line.name for line in others] == ["noise"] and frames.count == 2


def test_the_palette_finds_by_letters() -> None:
    assert matching("stop")[0] == ("STOP", "stop")
    assert matching("hic")[0][0] == "Theme: high contrast"
    assert matching("zzz") == [] and len(matching("")) > 10


def test_a_number_is_drawn_in_three_lines_or_in_five() -> None:
    assert len(drawn("1.3", high=False)) == 3 and len(drawn("1.3", high=True)) == 5
    assert {len(line) for line in drawn("10.0", high=True)} == {26}, "13 points, each two cells wide"


def test_the_scale_widens_in_jumps_only() -> None:
    curve = Curve()
    scales = []
    for tenth in range(1, 95):
        curve.show([Point(Decimal(tenth) / 10, Answer.FELT)], None, None)
        scales.append(curve.scale_ma)
    assert len(set(scales)) == 4 and scales == sorted(scales)


def test_the_curve_is_drawn_five_times_a_second_at_most() -> None:
    """Thirty changes as fast as they come are drawn once, and once more when the time is over: as it is then."""

    async def scene() -> None:
        async with Showcase([("curve", Curve())]).run_test(size=(60, 14)) as pilot:
            curve = pilot.app.query_one(Curve)
            waits: list[tuple[float, Any]] = []
            curve.set_timer = lambda delay_s, callback: waits.append((delay_s, callback)) or object()  # type: ignore[method-assign, assignment]
            for tenth in range(1, 31):
                curve.show([Point(Decimal(tenth) / 10, Answer.FELT)], None, None)
            assert curve.drawn == 1 and [delay_s for delay_s, _ in waits] == [0.2]
            curve._waits = None
            waits.pop()[1]()
            assert curve.drawn == 2 and len(waits) == 1 and curve.points[0].amplitude_ma == Decimal(3)
            waits.pop()[1]()
            assert curve.drawn == 2, "nothing new, nothing drawn"

    asyncio.run(scene())


def test_the_curve_shows_what_the_model_expects_and_where_the_threshold_lies() -> None:
    from rnprog.therapy.threshold import Estimate

    async def scene() -> None:
        async with Showcase([("curve", Curve())]).run_test(size=(60, 14)) as pilot:
            curve = pilot.app.query_one(Curve)
            expected = tuple((Decimal(tenth) / 10, Answer.NONE if tenth < 12 else Answer.CLEAR) for tenth in range(1, 20))
            curve.show(
                [Point(Decimal("1.3"), Answer.CLEAR)],
                None,
                None,
                expected,
                Estimate(Decimal("1.22"), Decimal("1.05"), Decimal("1.48"), Decimal("0.1"), 0.7),
            )
            await pilot.pause()
            lines = [strip.text for strip in pilot.app.screen._compositor.render_strips()]
            clear, none, floor = (next(line for line in lines if word in line) for word in ("clear", "none", "threshold"))
            assert "·" in clear and "2" in clear and "·" in none and "━" in floor and "┻" in floor
            assert clear.index("·") > none.index("·"), "more at higher amplitudes"

    asyncio.run(scene())


class Heard:
    """The events of a worker, and a way to wait for one."""

    def __init__(self) -> None:
        self.events: list[e.Event] = []
        self.news = threading.Condition()

    def __call__(self, event: e.Event) -> None:
        with self.news:
            self.events.append(event)
            self.news.notify_all()

    def wait(self, kind: type, timeout_s: float = 10.0) -> e.Event:
        with self.news:
            assert self.news.wait_for(lambda: any(isinstance(event, kind) for event in self.events), timeout_s), self.events
            return next(event for event in self.events if isinstance(event, kind))


def test_therapy_goes_before_measuring_before_polling_and_stop_empties_the_queue(tmp_path: Path) -> None:
    heard = Heard()
    worker = LinkWorker(heard)
    worker.connect(Wish("emu://?clock=virtual", "test", True, tmp_path))
    heard.wait(e.Connected)
    while not worker.connected:
        pass
    done: list[str] = []
    hold, begun = threading.Event(), threading.Event()

    def holding(session: Session, post: Post) -> None:
        begun.set()
        hold.wait(10)

    worker.submit(Priority.POLL, "first", holding)
    begun.wait(10)
    for priority, name in ((Priority.POLL, "poll"), (Priority.MEASURE, "measure"), (Priority.THERAPY, "therapy")):
        worker.submit(priority, name, lambda session, post, name=name: done.append(name))
    last = threading.Event()
    worker.submit(Priority.POLL, "last", lambda session, post: last.set())
    hold.set()
    last.wait(10)
    assert done == ["therapy", "measure", "poll"]
    hold.clear()
    begun.clear()
    worker.submit(Priority.THERAPY, "again", holding)
    begun.wait(10)
    worker.submit(Priority.THERAPY, "late", lambda session, post: done.append("late"))
    worker.stop("the test")
    stopped = heard.wait(e.Stopped)
    assert isinstance(stopped, e.Stopped), "STOP does not wait for the task under way"
    hold.set()
    worker.leave()
    closed = heard.wait(e.Closed)
    assert isinstance(closed, e.Closed) and closed.audit is not None and closed.audit.good
    assert "late" not in done, "what was queued before STOP is dropped"
    worker.close()


class Busy:
    """A worker with a task under way that ends when it is let go."""

    def __init__(self, folder: Path) -> None:
        self.heard = Heard()
        self.worker = LinkWorker(self.heard)
        self.wish = Wish("emu://?clock=virtual", "test", True, folder)
        self.hold, self._begun, self._last = threading.Event(), threading.Event(), threading.Event()
        self.done: list[str] = []
        self.connect()
        self.worker.submit(Priority.THERAPY, "holding", self._holding)
        self._begun.wait(10)

    def connect(self) -> None:
        self.worker.connect(self.wish)
        self.heard.wait(e.Connected)
        until(lambda: self.worker.connected, 10)

    def queue(self, name: str) -> None:
        self.worker.submit(Priority.THERAPY, name, lambda session, post: self.done.append(name))

    def through(self) -> list[str]:
        """What was done of the queue, once all of it is through."""
        self.worker.submit(Priority.POLL, "last", lambda session, post: self._last.set())
        assert self._last.wait(10)
        self.worker.close()
        return self.done

    def _holding(self, session: Session, post: Post) -> None:
        self._begun.set()
        self.hold.wait(10)


@pytest.mark.parametrize("say", ["stop", "stop_here"])
def test_what_was_queued_before_stop_is_dropped_whoever_says_it(tmp_path: Path, say: str) -> None:
    busy = Busy(tmp_path)
    busy.queue("late")
    getattr(busy.worker, say)("the test")
    busy.heard.wait(e.Stopped)
    busy.hold.set()
    assert busy.through() == []


def test_what_was_queued_for_one_session_is_not_done_in_the_next(tmp_path: Path) -> None:
    """A task for one patient, on the device of another."""
    busy = Busy(tmp_path)
    busy.worker.leave()
    busy.queue("late")
    busy.hold.set()
    busy.heard.wait(e.Closed)
    busy.connect()
    assert busy.through() == []


def test_a_session_is_not_closed_beneath_a_stop_that_is_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The STOP key, and SIGTERM at once: the first STOP was told, its session was closed beneath the second, which could not be confirmed
    any more, and the program never ended."""
    busy = Busy(tmp_path)
    busy.hold.set()
    session, reached, go_on = busy.worker._session, threading.Event(), threading.Event()
    assert session is not None
    real, close, wait = session.device.stop, session.close, busy.worker._stopper.wait

    def stops() -> Any:
        reached.set()
        go_on.wait(10)
        return real()

    def closes() -> None:
        close()
        go_on.set()

    def waits(timeout_s: float) -> None:
        go_on.set()
        wait(timeout_s)

    monkeypatch.setattr(busy.worker._stopper, "wait", waits)
    monkeypatch.setattr(session.device, "stop", stops)
    monkeypatch.setattr(session, "close", closes)
    busy.worker.stop("the program is closed")
    assert reached.wait(10)
    busy.worker.leave()
    stopped = busy.heard.wait(e.Stopped)
    assert isinstance(stopped, e.Stopped) and isinstance(stopped.outcome, StopConfirmed)
    assert isinstance(busy.heard.wait(e.Closed), e.Closed)
    busy.worker.close()


def test_the_face_is_alive_only_when_it_says_so(tmp_path: Path) -> None:
    """`tick`, called by the link thread, does not speak for the screen."""
    heard = Heard()
    worker = LinkWorker(heard)
    worker.connect(Wish("emu://?clock=wall", "test", True, tmp_path))
    heard.wait(e.Connected)
    while (session := worker._session) is None:
        pass
    worker.face_alive()
    before = session.heart._face_s
    session.tick()
    assert session.heart._face_s == before
    worker.face_alive()
    assert session.heart._face_s > before
    worker.close()
    assert not worker.connected
