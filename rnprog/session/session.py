"""One connected appointment. Owns the order of things: intent on disk, then the wire, then the outcome on disk; STOP before all of it.

It decides nothing about doses (the envelope does) and knows no wire. Exceptions of the device floor end here and become outcomes.
Stimulation, impedance and programs are in `stimulation.py`, `sweep.py` and `programs.py`, all of them through `command` below.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

from rnprog.device.api import Battery, DeviceStatus, Stimulator
from rnprog.device.bench import Bench
from rnprog.device.clock import Clock
from rnprog.device.errors import DeviceError, Pending, Superseded
from rnprog.session.beginning import Beginning
from rnprog.session.ceilings import Ceilings
from rnprog.session.endings import ending_of
from rnprog.session.heartbeat import Heartbeat, pass_time
from rnprog.session.mode import Mode
from rnprog.session.outcomes import Applied, Outcome, Reason, ReasonKind, Refused, StopConfirmed, StopNotConfirmed, StopOutcome, Unknown
from rnprog.session.record import Record, RecordLost
from rnprog.session.resolve import Resolution, resolve
from rnprog.session.stopping import INTERRUPTED, Halted, not_confirmed, stop_and_read, with_what_is_stored
from rnprog.session.trouble import Trouble, TroubleKind, while_reading
from rnprog.session.wording import Words, safety
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Side
from rnprog.therapy.envelope import PatientLimits, SafetyEnvelope
from rnprog.therapy.impedance import ImpedanceSweep

T = TypeVar("T")

IDLE_LIMIT_S = 120.0
"""Without any input for so long, test stimulation ends (a project choice, `unverified`)."""
_WINDS_DOWN = ("disarm",)  # commands that need no more disk than what was put aside


class Session:
    """Use `wiring.connected` to get one."""

    def __init__(
        self,
        device: Stimulator,
        clock: Clock,
        *,
        mode: Mode,
        bench: Bench,
        record: Record | None = None,
        limits: PatientLimits | None = None,
        run_on_accepted: bool = False,
    ) -> None:
        self.device = device
        self.clock = clock
        self.mode = mode
        self.bench = bench
        self.record = record  # None: a session that only reads
        self.envelope = SafetyEnvelope(device.capabilities, limits)
        self.heart = Heartbeat(device.heartbeat, clock)
        self.run_on_accepted = run_on_accepted
        """The operator accepted that this device does not end test stimulation by itself when contact is lost."""
        self.pending: Pending | None = None
        self.sweep: ImpedanceSweep | None = None
        self.unfit: str | None = None  # why nothing may be measured in this session any more
        self.armed: set[Side] = set()
        self.met = self.latest = device.status()
        """The state as it was when this session, or its newest link, began; and as it was read last."""
        self.beginning = Beginning()
        self.ceilings = Ceilings()
        self.link_session = self.met.link_session
        self.halted: StopOutcome | None = None
        """Set by STOP, cleared by `reopen_link`."""
        self._interrupted: str | None = None
        self._stopping = threading.RLock()  # held from the sending of STOP until it was read back
        self._cut_off: tuple[str, int] | None = None  # the command under way that changes a slot, and the slot
        self.stop_asked: Callable[[], bool] = lambda: False  # a face's look at its keys, called in every slice of waiting
        self.test_accepted = False  # the operator accepted an impedance test that might be felt
        self.face_keeps_time = False
        """A screen's own loop calls `heart.face_alive`; `tick`, which another thread calls, does not speak for it then."""
        self._input_s = clock.now_s()

    @property
    def capabilities(self) -> Capabilities:
        """What the device can do."""
        return self.device.capabilities

    @property
    def serial(self) -> str:
        """The serial number this session began with."""
        return self.device.identity.serial

    @property
    def now_ms(self) -> int:
        """The link's clock in ms, for the age of what was measured."""
        return int(self.clock.now_s() * 1000)

    @property
    def off_within_s(self) -> str:
        """How long test stimulation can outlive the link, for sentences."""
        return format(self.capabilities.run_on_bound_s.normalize(), "f")

    @property
    def maybe_on(self) -> bool:
        """Whether test stimulation may be prepared or running: something was armed, or a STOP was not confirmed."""
        return bool(self.armed) or isinstance(self.halted, StopNotConfirmed)

    # reading

    def status(self) -> DeviceStatus:
        """Read the state. Trouble when it does not come back."""
        with self._reading():
            self.latest = self.device.status()
        return self.latest

    def battery(self) -> Battery:
        """Read the battery."""
        with self._reading():
            return self.device.battery()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except DeviceError as error:
            raise while_reading(error, self.off_within_s, armed=self.maybe_on) from error

    # commanding

    def command(self, what: str, intent: dict[str, Any], send: Callable[[], T], outcome: Callable[[T], dict[str, Any]]) -> Outcome[T]:
        """Write the intent, send, write the outcome. Nothing is sent while a command is unresolved or the record is lost."""
        if self.pending is not None:
            return Refused((Reason(ReasonKind.UNRESOLVED, safety.unresolved(self.pending.command)),))
        if self.halted is not None:
            return Refused((Reason(ReasonKind.OVER, safety.AFTER_STOP),))
        try:
            self._write("intent", {"what": what, **intent})
        except RecordLost as error:
            return Refused((Reason(ReasonKind.RECORD, str(self._without_record(error))),))
        if self.record is not None and self.record.tight and what not in _WINDS_DOWN:
            self.note("outcome", {"what": what, "result": "not sent", "reason": "the disk is full"})
            return Refused((Reason(ReasonKind.RECORD, safety.DISK_FULL),))
        self._cut_off = (what, int(intent["slot"])) if "slot" in intent else None
        return self._send(what, send, outcome)

    def _send(self, what: str, send: Callable[[], T], outcome: Callable[[T], dict[str, Any]]) -> Outcome[T]:
        ending: Outcome[T]
        try:
            result = send()
        except DeviceError as error:
            if isinstance(error, Superseded):
                self._leave_if_stopped(what)
            ending, data = ending_of(error, what, self.off_within_s, maybe_on=self.maybe_on)
            if isinstance(ending, Unknown):
                self.pending = ending.pending
        except BaseException:
            self._interrupted = what  # told with the STOP that follows: sent first, recorded after
            raise
        else:
            ending = Applied(result)
            data = {"what": what, "result": "applied", **outcome(result)}
        self._cut_off = None
        self.note("outcome", data)
        return ending

    def _leave_if_stopped(self, what: str) -> None:
        """Halted when a STOP from elsewhere has overtaken this command; it is awaited to its end."""
        with self._stopping:
            halted = self.halted
        if halted is not None:
            self._cut_off = None
            self.note("outcome", {"what": what, "result": "overtaken by STOP"})
            raise Halted(halted)

    def note(self, kind: str, data: dict[str, Any]) -> None:
        """A line in the record. Trouble when it was not taken, and when this session has no record; everything is stopped then."""
        try:
            self._write(kind, data)
        except RecordLost as error:
            raise Trouble(TroubleKind.RECORD, self._without_record(error)) from error

    def _write(self, kind: str, data: dict[str, Any]) -> None:
        if self.record is None:
            raise RecordLost("This session only reads; it has no record.")
        self.record.write(kind, data)

    def _without_record(self, error: RecordLost) -> Words:
        """Nothing goes on without a record. What is said of the output is what the STOP said."""
        outcome = self.stop("record lost", by_itself=True)
        return safety.record_lost(str(error)) if isinstance(outcome, StopConfirmed) else outcome.words

    def resolve(self) -> Resolution | None:
        """Settle what is pending by reading the device; None when nothing is. Trouble when the read fails too: still unknown then."""
        if self.pending is None:
            return None
        resolution = resolve(self.pending, self.status())
        if self.record is not None and self.record.lost is None:
            self.note("settled", resolution.as_data())
        self.pending = None
        if resolution.status.link_session != self.link_session:
            self.forget()
        self.armed &= set(resolution.status.armed)
        if not self.armed:
            self.heart.end()
        return resolution

    # time

    def tick(self) -> None:
        """The face is alive; call it every 0.1 s while anything is armed. Halted when somebody stopped; when the heartbeat failed or nobody
        touched anything for two minutes it stops, and raises Trouble, or Halted when that STOP is not confirmed."""
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
            self._stop_because(f"no input for {IDLE_LIMIT_S:.0f} s", safety.idle(int(IDLE_LIMIT_S)))

    def _stop_because(self, cause: str, happened: str, first: str = "") -> NoReturn:
        """STOP, then Trouble with what happened and what is certain now; Halted when the STOP is not confirmed."""
        outcome = self.stop(cause, by_itself=True)
        if not isinstance(outcome, StopConfirmed):
            raise Halted(outcome)
        raise Trouble(TroubleKind.LINK, safety.ended_early(outcome.words, outcome.found, happened, first))

    def input_seen(self) -> None:
        """The person in front of the screen did something."""
        self._input_s = self.clock.now_s()

    def wait(self, dt_s: float) -> None:
        """Let time pass on the link's clock with the face alive and the heart beating. Trouble as `tick`."""
        pass_time(self.clock, self.heart, dt_s, self.tick)

    # stopping

    def stop(self, cause: str, told: Callable[[StopOutcome], None] | None = None, *, by_itself: bool = False) -> StopOutcome:
        """STOP, at any time, from any thread: sent first, read back, `told`, recorded last (a disk may be slow). Never raises."""
        self.heart.end()
        self.ceilings.by_a_person = not by_itself
        outcome: StopOutcome = not_confirmed(INTERRUPTED, self.off_within_s)
        try:
            with self._stopping:
                self.forget()
                outcome = stop_and_read(self.device, self.off_within_s, self.met, self.met if self.halted is not None else self.latest)
                if isinstance(outcome, StopConfirmed):
                    self.pending = None
                    outcome = with_what_is_stored(self.device, outcome, self._cut_off)
                    self._cut_off = None
        finally:
            self.halted = outcome
            if told is not None:
                told(outcome)
            self._record_stop(cause, outcome)
        return outcome

    def _record_stop(self, cause: str, outcome: StopOutcome) -> None:
        if self.record is None or self.record.lost is not None:
            return
        confirmed = isinstance(outcome, StopConfirmed)
        try:
            self._write("stop", {"cause": cause, "confirmed": confirmed, "during": self._interrupted, "words": outcome.words.happened})
        except RecordLost:
            return  # the stop itself stands; `record.lost` says that it could not be written down

    def forget(self) -> None:
        """Everything that held only for this link session: armed sides, the impedance sweep."""
        self.armed.clear()
        self.sweep = None

    def reopen_link(self) -> None:
        """After STOP: a new link session, read only; everything starts from 0. Trouble when the device does not answer."""
        with self._reading():
            self.device.resume_link()
            self.met = self.latest = self.device.status()
        self.link_session = self.met.link_session
        self.halted = None
        self.forget()

    def close(self) -> None:
        """Stop whatever is armed, close the record, give the port free."""
        try:
            if self.armed:
                self.stop("session closed")
            self.heart.close()
            if self.record is not None and self.record.lost is None:
                self.record.close({"output_left": "unknown" if self.maybe_on else "off"})
        finally:
            self.heart.end()
            self.bench.close()
            self.device.close()
