"""The one thread that owns the port. Owns the queue, its priorities and the stop epoch; knows no widget and no therapy.

Tasks wait in the order STOP, therapy, measure, poll. STOP itself waits for nobody: it leaves through a thread of its own, beside whatever
exchange is under way (docs/decisions/0003), and everything that was queued before it is dropped. The screen keeps the lease alive by
`face_alive`, called from its own loop and from nowhere else: when that loop hangs, the heart stops beating and the device ends its output.
"""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from rnprog.device.api import Battery
from rnprog.device.errors import DeviceError, LinkLost
from rnprog.session.audit import Audit, Unreadable, audit
from rnprog.session.outcomes import StopNotConfirmed, StopOutcome
from rnprog.session.session import Session
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble, while_reading
from rnprog.session.wiring import Wish, connected
from rnprog.tui import events as e
from rnprog.tui.beats import LOOK_S, Beats, Post, poll_of
from rnprog.tui.ending import fault, unconfirmed
from rnprog.tui.reading import everything
from rnprog.tui.stopper import Stopper

BATTERY_EVERY = 100
"""Polls."""
UNHEARD_S = 0.09
"""Silence after a question for so long makes old what is shown: a device owes its answer to a read within 50 ms (docs/protocol.md, 10)."""

Task = Callable[[Session, Post], None]


class Priority(IntEnum):
    """Smaller goes first."""

    THERAPY = 1
    MEASURE = 2
    POLL = 3


@dataclass(order=True)
class _Queued:
    priority: Priority
    order: int
    epoch: int = field(compare=False)
    what: str = field(compare=False)
    task: Task | None = field(compare=False)
    """None: leave the device."""


STOP_ENDS_S = 15.0
"""So long a STOP under way may take before a session is closed all the same; the slowest device gives up after 12 s."""


class LinkWorker:
    """Start it once; `close` it before the program ends. Every method but `_...` returns at once and may be called from the screen."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._queue: queue.PriorityQueue[_Queued] = queue.PriorityQueue()
        self._wishes: queue.Queue[Wish | None] = queue.Queue()
        self._order = itertools.count()
        self._epoch = 0
        self._session: Session | None = None
        self.latest: Session | None = None
        """The newest that was opened, also when it is over: it knows what STOP came to."""
        self._closing = False
        self._told: StopOutcome | None = None
        self._stopper = Stopper(post, lambda: self._session)
        self._thread = threading.Thread(target=self._run, name="rnprog-link", daemon=True)
        self._thread.start()

    # what the screen calls

    @property
    def connected(self) -> bool:
        """Whether a session is open."""
        return self._session is not None

    @property
    def armed(self) -> bool:
        """Whether test stimulation may be prepared or running."""
        session = self._session
        return session is not None and session.maybe_on

    @property
    def stopping(self) -> bool:
        """Whether a STOP is under way."""
        return self._stopper.under_way

    @property
    def stop_asked_s(self) -> float:
        """When STOP was asked for last, monotonic."""
        return self._stopper.asked_s

    def unheard(self, now_s: float) -> bool | None:
        """Whether the port is gone, or an answer overdue, by the machine's clock; None: no session is open. Waits for no exchange and for
        none of its repetitions, so the screen asks it in its own loop."""
        session = self._session
        return None if session is None else session.line.unheard(now_s, UNHEARD_S)

    def overdue_in_s(self, now_s: float) -> float | None:
        """How long until the answer that is awaited now is overdue, below 0 when it is; None: none is awaited."""
        session = self._session
        since_s = None if session is None else session.line.awaited_since_s
        return None if since_s is None else since_s + UNHEARD_S - now_s

    def face_alive(self, ago_s: float = 0.0) -> None:
        """The screen's own loop is alive, and was seen so long ago. Sends nothing by itself."""
        session = self._session
        if session is not None:
            session.heart.face_alive(ago_s)

    def input_seen(self) -> None:
        """The person touched something."""
        session = self._session
        if session is not None:
            session.input_seen()

    def connect(self, wish: Wish) -> None:
        """Connect, when no other device is."""
        self._wishes.put(wish)

    def submit(self, priority: Priority, what: str, task: Task) -> None:
        """Queue a task; it is dropped when STOP comes first, and when no device is connected."""
        if self._session is not None:
            self._queue.put(_Queued(priority, next(self._order), self._epoch, what, task))

    def leave(self) -> None:
        """Close the session when what is under way is over."""
        if self._session is not None:
            self._queue.put(_Queued(Priority.THERAPY, next(self._order), self._epoch, "", None))

    def stop(self, cause: str) -> None:
        """STOP, now, beside anything else. Returns at once; from any thread, and from a signal's handler."""
        self._epoch += 1
        self._stopper.ask(cause)

    def stop_here(self, cause: str) -> None:
        """The same from the calling thread, which waits for what it comes to: its bytes go before any other thread has a turn."""
        self._epoch += 1
        self._stopper.say_here(cause)

    def close(self, timeout_s: float = 5.0) -> None:
        """End for good: stop whatever is prepared, close the record, give the port free. Waits, so call it when the screen is gone."""
        if self.armed and self._session is not None and self._session.halted is None:  # else `connected` says it once more
            self.stop("the program is closed")
        self._stopper.wait(timeout_s)
        self._closing = True
        self._wishes.put(None)
        self._thread.join(timeout_s)
        self._stopper.close(timeout_s)

    # the link thread

    def _run(self) -> None:
        while True:
            wish = self._wishes.get()
            if wish is None:
                return
            self._visit(wish)

    def _visit(self, wish: Wish) -> None:
        """From opening the port to giving it free."""
        self._post(e.Connecting(wish.port))
        record, opened = None, False
        try:
            with connected(wish) as session:
                self._forget_tasks()
                record = session.record.path if session.record is not None else None
                session.face_keeps_time = True
                session.stop_asked = Beats(session, self._post).look
                self._post(everything(session, wish))
                self._session = self.latest = session
                opened = True
                try:
                    self._serve(session)
                except Trouble as trouble:
                    self._post(e.Lost(trouble.words))  # before anything is closed: every value on the screen is old from here on
                    raise
                finally:
                    self._session = None  # whoever says STOP from here on is told that no device is connected
                    self._stopper.wait(STOP_ENDS_S)  # nothing is closed beneath a STOP
        except (Trouble, Halted) as ending:  # Halted: while everything was read for the first time
            if not opened:
                self._post(e.NotConnected(ending.words if isinstance(ending, Trouble) else ending.outcome.words))
            return
        except Exception as error:  # noqa: BLE001 - a bug becomes a sentence; `connected` has stopped what was prepared
            self._post(e.Lost(fault(error, None, self.latest, unconfirmed(self.latest))))
            return
        self._post(e.Closed(record, _audited(record)))

    def _forget_tasks(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._queue.get_nowait()

    def _serve(self, session: Session) -> None:
        """Do what is queued, and read the state while nothing is. Trouble when the link is lost."""
        polls = 0
        poll_s = poll_of(session)
        while not self._closing:
            queued = self._next(session, poll_s)
            if queued is None:
                polls += 1
                self._poll(session, battery=polls % BATTERY_EVERY == 0)
                continue
            if queued.epoch != self._epoch:
                continue  # STOP came first
            if queued.task is None:
                return
            self._do(session, queued.what, queued.task)

    def _next(self, session: Session, within_s: float) -> _Queued | None:
        """What is queued by then. Trouble when the port is gone meanwhile: nobody waits for the next read to see that."""
        end_s = time.monotonic() + within_s
        while (left_s := end_s - time.monotonic()) > 0 and not self._closing:
            with suppress(queue.Empty):
                return self._queue.get(timeout=min(left_s, LOOK_S))
            try:
                session.line.look()
            except LinkLost as error:
                raise while_reading(error, session.off_within_s, armed=session.maybe_on) from error
        return None

    def _do(self, session: Session, what: str, task: Task) -> None:
        if what:
            self._post(e.Busy(what))
        try:
            task(session, self._post)
        except Halted as halted:
            self._post(e.Stopped(halted.outcome, time.monotonic()))
        except Trouble as trouble:
            if isinstance(trouble.__cause__, LinkLost):
                raise
            self._tell_trouble(session, trouble)
        finally:
            if what:
                self._post(e.Busy(None))

    def _poll(self, session: Session, *, battery: bool) -> None:
        """One read of the state. A device that is silent keeps its old values, which grow old on the screen; a lost link is Trouble."""
        if session.halted is not None:  # after STOP nothing is asked before the person goes on
            self._tell_halt(session.halted)
            if isinstance(session.halted, StopNotConfirmed):
                self._insist(session)
            return
        try:
            status = session.status()
            found: Battery | None = session.battery() if battery else None
        except Halted as halted:
            self._tell_halt(halted.outcome)
        except Trouble as trouble:
            if isinstance(trouble.__cause__, LinkLost):
                raise
            self._post(e.Told(trouble.words, passing=True))
        else:
            self._post(e.Polled(status, found, time.monotonic()))

    def _insist(self, session: Session) -> None:
        """A STOP that was not confirmed is said again as soon as the device answers; Trouble when its port is gone."""
        try:
            session.device.resume_link()  # reads only
        except LinkLost as error:
            raise while_reading(error, session.off_within_s, armed=True) from error
        except DeviceError:
            return
        self._tell_halt(session.stop("STOP said again, by itself", by_itself=True))

    def _tell_trouble(self, session: Session, trouble: Trouble) -> None:
        """What did not succeed; where it made a STOP necessary, that STOP with its cause."""
        if session.halted is None or session.halted is self._told:
            self._post(e.Told(trouble.words))
        else:
            self._told = session.halted
            self._post(e.Stopped(session.halted, time.monotonic(), trouble.words))

    def _tell_halt(self, outcome: StopOutcome) -> None:
        """A STOP that came from another process has to be told here, once."""
        if outcome is not self._told:
            self._told = outcome
            self._post(e.Stopped(outcome, time.monotonic()))


def _audited(record: Path | None) -> Audit | None:
    try:
        return audit(record) if record is not None else None
    except Unreadable:
        return None
