"""One connected appointment. Owns the order of things: intent on disk, then the wire, then the outcome on disk; STOP before all of it.

It decides nothing about doses (the envelope does) and knows no wire. Exceptions of the device floor end here and become outcomes.
Stimulation, impedance and programs are in `stimulation.py`, `sweep.py` and `programs.py`, all of them through `command` below.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

from rnprog.device.api import Stimulator
from rnprog.device.bench import Bench
from rnprog.device.errors import DeviceError, Superseded
from rnprog.device.link import Link
from rnprog.session.attached import Attached
from rnprog.session.beginning import Beginning
from rnprog.session.ceilings import Ceilings
from rnprog.session.endings import JustRoomToEnd, ending_of
from rnprog.session.heartbeat import Heartbeat, pass_time
from rnprog.session.left_open import LeftOpen
from rnprog.session.mode import Mode
from rnprog.session.outcomes import Applied, Outcome, Reason, ReasonKind, Refused, StopConfirmed, StopOutcome, Unknown
from rnprog.session.record import Record, RecordLost
from rnprog.session.resolve import Held, Meant, Resolution, held_now, resolve, same_link
from rnprog.session.standing_still import StandingStill
from rnprog.session.stopping import Halted, ended_early, interrupted, stop_and_read
from rnprog.session.trouble import Trouble, TroubleKind
from rnprog.session.wording import Words, safety
from rnprog.session.wording import record as record_words
from rnprog.therapy.envelope import PatientLimits, SafetyEnvelope
from rnprog.therapy.impedance import ImpedanceSweep

T = TypeVar("T")

IDLE_LIMIT_S = 120.0
"""Without any input for so long, test stimulation ends (a project choice, `unverified`)."""
_WINDS_DOWN = ("disarm",)  # commands that need no more disk than what was put aside


class Session(Attached):
    """Use `wiring.connected` to get one."""

    def __init__(
        self,
        device: Stimulator,
        line: Link,
        *,
        mode: Mode,
        bench: Bench,
        record: Record | None = None,
        limits: PatientLimits | None = None,
    ) -> None:
        super().__init__(device, line.clock)
        self.line = line
        self.mode = mode
        self.bench = bench
        self.record = record  # None: a session that only reads
        self.envelope = SafetyEnvelope(device.capabilities, limits)
        self.heart = Heartbeat(device.heartbeat, line.clock, line.turn)
        self.run_on_accepted = False
        """The operator accepted that this device does not end test stimulation by itself when contact is lost."""
        self.sweep: ImpedanceSweep | None = None
        self.unfit: str | None = None  # why nothing may be measured in this session any more
        self.beginning = Beginning()
        self.ceilings = Ceilings()
        self.link_session = self.met.link_session
        self._interrupted: str | None = None
        self._stopping = threading.RLock()  # held from the sending of STOP until it was read back
        self._left_open = LeftOpen()
        self._stops = 0  # how often STOP was begun
        self.stop_asked: Callable[[], bool] = lambda: False  # a face's look at its keys, called in every slice of waiting
        self.test_accepted = False  # the operator accepted an impedance test that might be felt
        self.face_keeps_time = False
        """A screen's own loop calls `heart.face_alive`; `tick`, which another thread calls, does not speak for it then."""
        self._input_s = self.clock.now_s()
        self._standing_still = StandingStill(self.clock)

    def command(self, what: str, intent: dict[str, Any], send: Callable[[], T], outcome: Callable[[T], dict[str, Any]]) -> Outcome[T]:
        """Write the intent, send, write the outcome. Nothing is sent while a command is unresolved, the record is lost, or nobody has
        settled whose implant it is; nor once a STOP has begun elsewhere, which opens no new link before this command has left it."""
        stops = self._stops
        self._awake()
        refused = self.not_now()
        if refused is not None:
            return refused
        ending: Outcome[T]
        try:
            with self._left_open.under_way:
                self._begin(what, intent, stops)
                result = send()
        except RecordLost as error:
            return Refused((Reason(ReasonKind.RECORD, str(self._without_record(error, record_words.NOT_SENT))),))
        except JustRoomToEnd:
            return Refused((Reason(ReasonKind.RECORD, safety.DISK_FULL),))
        except DeviceError as error:
            if isinstance(error, Superseded):
                self._leave_if_stopped(what)
            link = (self.link_session, self.latest.boot_count)
            ending, data = ending_of(error, what, self.off_within_s, maybe_on=self.maybe_on, link=link)
            if isinstance(ending, Unknown):
                self.pending = ending.pending
        except BaseException:
            self._interrupted = what  # told with the STOP that follows: sent first, recorded after
            raise
        else:
            ending = Applied(result)
            data = {"what": what, "result": "applied", **outcome(result)}
        with self._left_open.ending(ending, self.record):
            self.note("outcome", data, record_words.gone_before(what, str(data["result"])))
        return ending

    def _begin(self, what: str, intent: dict[str, Any], stops: int) -> None:
        """The intent on the disk. RecordLost when it is not, JustRoomToEnd, or Superseded when a STOP came first."""
        self._write("intent", {"what": what, **intent})
        if self.record is not None and self.record.tight and what not in _WINDS_DOWN:
            self._write("outcome", {"what": what, "result": "not sent", "reason": "the disk is full"})
            raise JustRoomToEnd
        if self._stops != stops:
            raise Superseded("STOP came first; this command was dropped.")
        self.meant = Meant(what, intent)
        self._left_open.begins(self.meant)

    def _leave_if_stopped(self, what: str) -> None:
        """Halted when a STOP from elsewhere has overtaken this command; it is awaited to its end."""
        with self._stopping:
            halted = self.halted
        if halted is not None:
            self.note("outcome", {"what": what, "result": "overtaken by STOP"})
            raise Halted(halted)

    def note(self, kind: str, data: dict[str, Any], before: str = "") -> None:
        """A line in the record. Trouble when it was not taken, and when this session has no record; everything is stopped then. `before`:
        what had been done by then, in a sentence."""
        try:
            self._write(kind, data)
        except RecordLost as error:
            raise Trouble(TroubleKind.RECORD, self._without_record(error, before)) from error

    def _write(self, kind: str, data: dict[str, Any]) -> None:
        if self.record is None:
            raise RecordLost("This session only reads; it has no record.")
        self.record.write(kind, data)

    def _without_record(self, error: RecordLost, before: str) -> Words:
        """Nothing goes on without a record. What is said of the output, and of a slot that was being changed, is what the STOP said."""
        outcome = self.stop("record lost", by_itself=True)
        return record_words.lost(str(error), before, outcome.stored) if isinstance(outcome, StopConfirmed) else outcome.words

    def resolve(self) -> Resolution | None:
        """Settle what is pending by reading the device, and what was being changed; None when nothing is. Trouble when the read fails too:
        still unknown then. Halted, after another STOP, when the device holds on to what its link session has lost."""
        if self.pending is None:
            return None
        status, looked = self.status(), False
        held: Held = None
        if same_link(self.pending, status) or status.link_session == self.link_session:
            with self.reading():
                held, looked = held_now(self.device, self.meant.intent), True
        resolution = resolve(self.pending, status, self.meant, held, looked=looked)
        if resolution.contradicted:
            raise Halted(self.stop("its link session is over, and a side is still prepared", by_itself=True))
        if self.record is not None and self.record.lost is None:
            self.note("settled", resolution.as_data())
        self.pending = self._left_open.meant = None
        if resolution.status.link_session != self.link_session:
            self.forget()
        self.armed &= set(resolution.status.armed)
        if not self.armed:
            self.heart.end()
        return resolution

    @contextmanager
    def reading(self) -> Iterator[None]:
        """As of `Attached`; Halted where a STOP came meanwhile, which says more than that the read failed."""
        stops = self._stops
        try:
            with super().reading():
                yield
        except Trouble as trouble:
            with self._stopping:
                if self._stops != stops and self.halted is not None:
                    raise Halted(self.halted) from trouble
            raise

    def tick(self) -> None:
        """The face is alive; call it every 0.1 s while anything is armed. Halted when somebody stopped, or nobody touched
        anything for two minutes; when the heartbeat failed it stops, and raises Trouble, or Halted when that STOP is not confirmed."""
        self._awake()
        if self.halted is None and self.armed and self.stop_asked():
            self.stop("the operator said stop")
        with self._stopping:  # somebody else's STOP is awaited to its end
            halted = self.halted
        if halted is not None:
            raise Halted(halted)
        if not self.face_keeps_time:
            self.heart.face_alive()
        self.heart.pump()
        problem = self.heart.problem
        if problem is not None:
            self.heart.problem = None
            self._stop_because("the heartbeat failed", safety.contact_lost(problem), safety.cable_first(problem))
        if self.armed and self.clock.now_s() - self._input_s > IDLE_LIMIT_S:
            self._stop_because(f"no input for {IDLE_LIMIT_S:.0f} s", safety.idle(int(IDLE_LIMIT_S)), lost=False)

    def _awake(self) -> None:
        """After a sleep nothing holds that was read before it: STOP, and Trouble (see `_stop_because`), armed or not; Halted when the lease
        ran out because this program stood still. A screen, which asks the device all the time, finds that out by itself."""
        void = self._standing_still.look(self, self.heart, ask=not self.face_keeps_time)
        if void is not None and self.halted is None:
            self._stop_because(void.cause, void.happened, lost=void.lost)

    def _stop_because(self, cause: str, happened: str, first: str = "", *, lost: bool = True) -> NoReturn:
        """STOP, then Trouble with what happened and what is certain now; Halted when nothing was lost, or the STOP is not confirmed."""
        self.halted = outcome = ended_early(self.stop(cause, by_itself=True), happened, first)
        if not lost or not isinstance(outcome, StopConfirmed):
            raise Halted(outcome)
        raise Trouble(TroubleKind.LINK, outcome.words)

    def input_seen(self) -> None:
        """The person in front of the screen did something."""
        self._input_s = self.clock.now_s()

    def wait(self, dt_s: float, over: Callable[[], bool] = lambda: False) -> None:
        """Let time pass on the link's clock with the face alive and the heart beating, until `over` at most. Trouble as `tick`."""
        pass_time(self.clock, self.heart, dt_s, self.tick, over)

    @property
    def needs_stop(self) -> bool:
        """Whether leaving now calls for STOP: something may be on, or a command on what the implant stores was cut off."""
        return bool(self.armed) or self.heart.on or (self._left_open.meant is not None and self.pending is None)

    def stop(self, cause: str, told: Callable[[StopOutcome], None] | None = None, *, by_itself: bool = False) -> StopOutcome:
        """STOP, at any time, from any thread: sent first, read back, `told`, recorded last (a disk may be slow). Never raises."""
        self._stops += 1
        self.heart.end()
        self.ceilings.by_a_person = not by_itself
        outcome: StopOutcome = interrupted(self.off_within_s)
        settled: Resolution | None = None
        try:
            with self._stopping:
                self.forget()
                outcome = stop_and_read(self.device, self.off_within_s, self.met, self.met if self.halted is not None else self.latest)
                if isinstance(outcome, StopConfirmed):
                    outcome, settled = self._left_open.settle(self, outcome)
                self.halted = outcome  # before anybody who waits for the end of this STOP looks
        finally:
            self.halted = outcome
            if told is not None:
                told(outcome)
            self._record_stop(cause, outcome, settled)
            self.ceilings.cut_off(self.record)
        return outcome

    def _record_stop(self, cause: str, outcome: StopOutcome, settled: Resolution | None) -> None:
        if self.record is None or self.record.lost is not None:
            return
        confirmed = isinstance(outcome, StopConfirmed)
        try:
            self._write("stop", {"cause": cause, "confirmed": confirmed, "during": self._interrupted, "words": outcome.words.happened})
            if settled is not None:
                self._write("settled", settled.as_data())
        except RecordLost:
            return  # the stop itself stands; `record.lost` says that it could not be written down

    def forget(self) -> None:
        """Everything that held only for this link session: armed sides and their heartbeat, the impedance sweep."""
        self.heart.end()
        self.armed.clear()
        self.sweep = None

    def reopen_link(self) -> None:
        """After STOP: a new link session, read only; everything starts from 0. Trouble when the device does not answer."""
        stops = self._stops
        with self.reading():
            self.device.resume_link()
            self.met = self.latest = self.device.status()
        self.link_session = self.met.link_session
        with self._stopping:
            self.halted = None if self._stops == stops else self.halted  # another STOP may have come meanwhile
            self.forget()

    def close(self) -> None:
        """Stop whatever is armed, close the record, give the port free."""
        try:
            if self.armed:
                self.stop("session closed", by_itself=True)
            self.heart.close()
            if self.record is not None and self.record.lost is None:
                unsettled = [self.meant.what] if self.pending or self._left_open.meant else []
                self.record.close({"output_left": self.output_left, "unsettled": unsettled})
        finally:
            self.heart.end()
            self.bench.close()
            self.device.close()
            if self.record is not None:
                self.record.abandon()  # a lost one, too: its file is free for the next start, which tells of it
