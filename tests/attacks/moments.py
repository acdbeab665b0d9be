"""The device at every word that counts: what it held when a line of the record was written, when a STOP was told, when the record was lost;
and every request that it really took. In virtual time these are exact: nothing happens between a word and the look at the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from device_emulator.firmware.rn1 import Rn1
from rnprog.protocol.endpoint import Outcome
from rnprog.protocol.messages import Refused, Request, Stop
from rnprog.session.outcomes import StopConfirmed, StopOutcome
from rnprog.session.record import Record
from rnprog.session.session import Session
from tests.attacks.snapshots import Snapshot, snapshot


@dataclass(frozen=True)
class Executed:
    """A request that the device itself took up, late or doubled as it came; not one that it only claimed to have carried out."""

    at_s: float
    request: Request
    outcome: Outcome | None
    """None: the power went meanwhile."""


@dataclass(frozen=True)
class Spoken:
    """A line that was about to be written, and the device at that moment. `seq`: its number, or the first one it may have got."""

    seq: int
    kind: str
    data: dict[str, Any]
    now: Snapshot
    taken: bool
    """False: the writing was cut short; the line may have been acknowledged by the next one."""


@dataclass(frozen=True)
class Stopped:
    """A STOP that was told as confirmed."""

    now: Snapshot
    answered: bool
    """Whether the device had answered one since it was asked for."""


@dataclass
class Moments:
    """Of one session."""

    executed: list[Executed] = field(default_factory=list)
    stops: list[Stopped] = field(default_factory=list)
    """Each STOP that was told as confirmed, written down or not."""
    stops_answered: int = 0
    """How many STOPs the device has answered as carried out."""
    lost: Spoken | None = None
    """The line that the record did not take any more."""
    _rn1: Rn1 | None = None
    _spoken: list[Spoken] = field(default_factory=list)

    def look_at(self, rn1: Rn1) -> None:
        """This is the device. Everything that it executes is noted from now on."""
        if self._rn1 is rn1:
            return
        self._rn1 = rn1
        execute, answer = rn1.execute, rn1._execute

        def answered(request: Request) -> Outcome:
            outcome = answer(request)
            self.stops_answered += isinstance(request, Stop) and not isinstance(outcome, Refused)
            return outcome

        def noted(request: Request) -> Outcome:
            outcome: Outcome | None = None
            try:
                outcome = execute(request)
                return outcome
            finally:
                self.executed.append(Executed(rn1.now_us / 1e6, request, outcome))

        rn1.execute, rn1._execute = noted, answered  # type: ignore[method-assign]

    def now(self) -> Snapshot:
        """The device at this moment."""
        assert self._rn1 is not None
        return snapshot(self._rn1, len(self.executed))

    def at(self, line: dict[str, Any]) -> Snapshot | None:
        """The device when this line of the record was about to be written; None: nobody looked."""
        for each in self._spoken:
            mine = each.seq == line["seq"] if each.taken else each.seq <= line["seq"] <= each.seq + 1
            if mine and each.kind == line["kind"] and each.data.get("what") == line["data"].get("what"):
                return each.now
        return None

    @contextmanager
    def kept(self, ours: Callable[[Record | None], bool]) -> Iterator[None]:
        """Every line of our record and every STOP of our session is looked at meanwhile."""
        write, stop = Record.write, Session.stop

        def writes(record: Record, kind: str, data: dict[str, Any], **named: Any) -> int:
            if self._rn1 is None or not ours(record):
                return write(record, kind, data, **named)
            seq, now, taken, was_lost = record.lines, self.now(), False, record.lost is not None
            try:
                seq = write(record, kind, data, **named)
                taken = True
                return seq
            finally:
                spoken = Spoken(seq, kind, data, now, taken)
                if record.lost is not None and not was_lost:
                    self.lost = spoken
                else:
                    self._spoken.append(spoken)

        def stops(session: Session, cause: str, told: Callable[[StopOutcome], None] | None = None, **named: Any) -> StopOutcome:
            before = self.stops_answered

            def tell(outcome: StopOutcome) -> None:
                if isinstance(outcome, StopConfirmed) and self._rn1 is not None and ours(session.record):
                    self.stops.append(Stopped(self.now(), self.stops_answered > before))
                if told is not None:
                    told(outcome)

            return stop(session, cause, tell, **named)

        Record.write, Session.stop = writes, stops  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            Record.write, Session.stop = write, stop  # type: ignore[method-assign]
