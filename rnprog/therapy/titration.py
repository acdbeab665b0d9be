"""Titration as a table. Everything that changes a titration's state is in this file; it knows no device and no method.

A titration belongs to one side, one electrode set and one pulse width. Its log is the source of truth; thresholds,
the ladder and the ceiling are derived from it. Each change gives a new value, the old one stays as it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.units import Milliamps, is_plain


class State(StrEnum):
    IDLE = "idle"
    STEPPING = "stepping"
    """Ready for the next burst."""
    ASKING = "asking"
    """A burst was given and its answer is awaited."""
    BACKING_OFF = "backing off"
    """Discomfort was reported; the clinician has to confirm before anything more is given."""
    DONE = "done"
    STOPPED = "stopped"


class Event(StrEnum):
    BEGIN = "begin"
    BURST_GIVEN = "burst given"
    ANSWER_NOTHING = "answer: nothing"
    ANSWER_FELT = "answer: felt"
    ANSWER_CONTRACTION = "answer: contraction"
    ANSWER_DISCOMFORT = "answer: discomfort"
    ANSWER_UNSURE = "answer: unsure"
    CONTINUE = "continue below the ceiling"
    GAP = "gap"
    UNDO = "undo"
    FINISH = "finish"
    STOP = "stop"


TRANSITIONS: dict[State, dict[Event, State]] = {
    State.IDLE: {Event.BEGIN: State.STEPPING, Event.GAP: State.IDLE, Event.STOP: State.STOPPED},
    State.STEPPING: {
        Event.BURST_GIVEN: State.ASKING,
        Event.GAP: State.STEPPING,
        Event.UNDO: State.ASKING,
        Event.FINISH: State.DONE,
        Event.STOP: State.STOPPED,
    },
    State.ASKING: {
        Event.ANSWER_NOTHING: State.STEPPING,
        Event.ANSWER_FELT: State.STEPPING,
        Event.ANSWER_CONTRACTION: State.STEPPING,
        Event.ANSWER_UNSURE: State.STEPPING,
        Event.ANSWER_DISCOMFORT: State.BACKING_OFF,
        Event.GAP: State.ASKING,
        Event.STOP: State.STOPPED,
    },
    State.BACKING_OFF: {
        Event.CONTINUE: State.STEPPING,
        Event.GAP: State.BACKING_OFF,
        Event.FINISH: State.DONE,
        Event.STOP: State.STOPPED,
    },
    State.DONE: {Event.GAP: State.DONE, Event.STOP: State.DONE},
    State.STOPPED: {Event.GAP: State.STOPPED, Event.STOP: State.STOPPED},
}


class Answer(StrEnum):
    """What was felt or seen during a burst."""

    NONE = "none"
    FELT = "felt"
    """The patient feels it, no contraction."""
    FLICKER = "flicker"
    CLEAR = "clear"
    STRONG = "strong"
    DISCOMFORT = "discomfort"
    UNSURE = "unsure"
    """Nobody could tell whether the muscle contracted; there was no discomfort."""
    CONTRACTION = "contraction"
    """It contracted, and nobody was asked how strongly."""

    @property
    def grade(self) -> int | None:
        """Contraction 0 (none) to 3 (strong); `None` if the contraction was not rated. One that was not graded counts as 2: where only
        yes and no are asked for, a yes is what is looked for."""
        return _GRADES.get(self)

    @property
    def event(self) -> Event:
        return _EVENTS[self]


_GRADES = {Answer.NONE: 0, Answer.FELT: 0, Answer.FLICKER: 1, Answer.CLEAR: 2, Answer.STRONG: 3, Answer.CONTRACTION: 2}
_EVENTS = {
    Answer.NONE: Event.ANSWER_NOTHING,
    Answer.FELT: Event.ANSWER_FELT,
    Answer.FLICKER: Event.ANSWER_CONTRACTION,
    Answer.CLEAR: Event.ANSWER_CONTRACTION,
    Answer.STRONG: Event.ANSWER_CONTRACTION,
    Answer.CONTRACTION: Event.ANSWER_CONTRACTION,
    Answer.DISCOMFORT: Event.ANSWER_DISCOMFORT,
    Answer.UNSURE: Event.ANSWER_UNSURE,
}

MOTOR_GRADE = 2
"""A contraction counts from "clear" on. A choice of this project, `unverified`."""
CONFIRM_YES, CONFIRM_OF = 2, 3
"""A level is confirmed by 2 of its last 3 rated bursts, so one false report never decides. `unverified`."""

CEILING_BELOW_MA = Decimal("0.1")
CEILING_SHARE = Decimal("0.9")
"""After discomfort at x: at most x - 0.1 mA and at most 0.9 x. A choice of this project, `unverified`."""


class TitrationError(RuntimeError):
    """A step that is not possible now; the titration is unchanged. `reason` is a sentence for the clinician."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Burst:
    """One burst that was delivered, `amplitude_ma` above 0."""

    amplitude_ma: Milliamps
    answer: Answer | None
    """`None`: not answered."""
    elsewhere: bool = False
    """It was felt, or something contracted, in the wrong place. Such a burst is `FELT` or `DISCOMFORT`, never a contraction."""
    contraction: Answer | None = None
    """What contracted when it was too strong, if that was rated besides; `None` with every other answer, which says it itself."""

    @property
    def rated(self) -> Answer | None:
        """The answer as far as contraction goes; `None`: not answered, or discomfort alone."""
        return self.contraction if self.answer is Answer.DISCOMFORT else self.answer

    @property
    def grade(self) -> int | None:
        """The rated contraction, 0 to 3; `None` if it was not rated."""
        return None if self.answer is None else self.answer.grade


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The lowest amplitude, in mA, at which each was reported. `None`: not reported."""

    perception_ma: Milliamps | None
    motor_ma: Milliamps | None
    """The lowest level with a confirmed clear or strong contraction."""
    discomfort_ma: Milliamps | None


@dataclass(frozen=True, slots=True)
class Titration:
    """A titration at one moment. Make one with `Titration()`, or with the ceiling found earlier on these electrodes."""

    earlier_ceiling_ma: Milliamps | None = None
    """Sticky: a ceiling from an earlier titration with the same electrodes and pulse width."""
    state: State = State.IDLE
    log: tuple[Burst, ...] = ()
    interrupted: bool = False
    """There was a gap since the last burst, so the next one starts from 0 again."""

    def begin(self) -> "Titration":
        return self._after(Event.BEGIN)

    def burst_given(self, amplitude_ma: Milliamps) -> "Titration":
        """Note a burst that was delivered. Raises `TitrationError` unless the amplitude is a number above 0."""
        after = self._after(Event.BURST_GIVEN)
        if not is_plain(amplitude_ma) or amplitude_ma <= 0:
            raise TitrationError("A burst needs an amplitude above 0 mA.")
        return replace(after, log=(*self.log, Burst(amplitude_ma, None)), interrupted=False)

    def answered(self, answer: Answer, *, elsewhere: bool = False, contraction: Answer | None = None) -> "Titration":
        """Note what the last burst did. `elsewhere`: in the wrong place; it raises `TitrationError` with any answer but felt or discomfort,
        because what contracts elsewhere is not the multifidus. `contraction`: what was rated besides discomfort, and only then."""
        after = self._after(answer.event)
        if elsewhere and answer not in (Answer.FELT, Answer.DISCOMFORT):
            raise TitrationError("What is felt or contracts in the wrong place does not count as a contraction of the multifidus.")
        if contraction is not None and (answer is not Answer.DISCOMFORT or elsewhere or contraction.grade is None):
            raise TitrationError("Only a burst that was too strong can be rated twice, and the second time by its contraction.")
        rated = replace(self.log[-1], answer=answer, elsewhere=elsewhere, contraction=contraction)
        return replace(after, log=(*self.log[:-1], rated))

    def rated_besides(self, contraction: Answer) -> "Titration":
        """What contracted in the last burst, said after it was reported as too strong. Raises `TitrationError` unless it was, in the right
        place, and `contraction` is a rating."""
        last = self.log[-1] if self.log else None
        if last is None or last.answer is not Answer.DISCOMFORT or last.elsewhere or contraction.grade is None:
            raise TitrationError("Only a burst that was too strong can be rated twice, and the second time by its contraction.")
        return replace(self, log=(*self.log[:-1], replace(last, contraction=contraction)))

    def proceed(self) -> "Titration":
        """After discomfort: the clinician confirmed that bursts below the ceiling may follow."""
        return self._after(Event.CONTINUE)

    def gap(self) -> "Titration":
        """Link lost, posture changed, long pause: the last delivered amplitude counts as 0 from here."""
        return replace(self._after(Event.GAP), interrupted=True)

    def undone(self) -> "Titration":
        """Take back the last answer, to give another. A report of discomfort stays: it set a ceiling."""
        after = self._after(Event.UNDO)
        if not self.log or self.log[-1].answer is Answer.DISCOMFORT:
            raise TitrationError("There is no answer that can be taken back. A report of discomfort always stays.")
        return replace(after, log=(*self.log[:-1], replace(self.log[-1], answer=None, elsewhere=False)))

    def finished(self) -> "Titration":
        return self._after(Event.FINISH)

    def stopped(self) -> "Titration":
        """Possible in every state. A burst cut off without an answer counts as discomfort for the ceiling."""
        return self._after(Event.STOP)

    @property
    def last_delivered_ma(self) -> Milliamps:
        """Amplitude of the last burst; 0 at the start and after a gap."""
        return Milliamps(AMPLITUDE.minimum) if self.interrupted or not self.log else self.log[-1].amplitude_ma

    @property
    def highest_tolerated_ma(self) -> Milliamps:
        """The highest amplitude that was answered without discomfort; 0 if none."""
        tolerated = [burst.amplitude_ma for burst in self.log if burst.answer not in (None, Answer.DISCOMFORT)]
        return max(tolerated, default=Milliamps(AMPLITUDE.minimum))

    @property
    def ceiling_ma(self) -> Milliamps | None:
        """No burst may exceed it; `None` without discomfort so far. It never rises."""
        ceilings = [_ceiling_after(amplitude_ma) for amplitude_ma in self._uncomfortable()]
        if self.earlier_ceiling_ma is not None:
            ceilings.append(self.earlier_ceiling_ma)
        return min(ceilings, default=None)

    @property
    def elsewhere_ma(self) -> Milliamps | None:
        """The lowest amplitude that was felt, or contracted something, in the wrong place; `None`: none."""
        return min((burst.amplitude_ma for burst in self.log if burst.elsewhere), default=None)

    def confirmed(self, amplitude_ma: Decimal) -> bool:
        """Whether a clear or strong contraction at this level is confirmed by 2 of its last 3 rated bursts."""
        grades = [b.grade for b in self.log if b.amplitude_ma == amplitude_ma and b.grade is not None]
        return sum(grade >= MOTOR_GRADE for grade in grades[-CONFIRM_OF:]) >= CONFIRM_YES

    def thresholds(self) -> Thresholds:
        """What the log shows so far."""
        sensed = [b.amplitude_ma for b in self.log if b.answer is Answer.FELT or (b.grade or 0) > 0]
        motor = [b.amplitude_ma for b in self.log if self.confirmed(b.amplitude_ma)]
        painful = [b.amplitude_ma for b in self.log if b.answer is Answer.DISCOMFORT]
        return Thresholds(min(sensed, default=None), min(motor, default=None), min(painful, default=None))

    def _uncomfortable(self) -> Iterator[Milliamps]:
        for burst in self.log:
            cut_off = burst.answer is None and self.state is State.STOPPED
            if cut_off or burst.answer is Answer.DISCOMFORT:
                yield burst.amplitude_ma

    def _after(self, event: Event) -> "Titration":
        """The whole mechanism: look up the table. Raises `TitrationError` for an event that is not in it."""
        following = TRANSITIONS[self.state].get(event)
        if following is None:
            raise TitrationError(f"This is not possible now: the titration is {self.state}, not ready for '{event}'.")
        return replace(self, state=following)


def _ceiling_after(amplitude_ma: Milliamps) -> Milliamps:
    """The highest step at most x - 0.1 mA and at most 0.9 x; 0 if there is none."""
    highest_ma = min(amplitude_ma - CEILING_BELOW_MA, amplitude_ma * CEILING_SHARE)
    return Milliamps(AMPLITUDE.range.at_or_below(highest_ma) or AMPLITUDE.minimum)
