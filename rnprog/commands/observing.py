"""The observer `ask`: a person confirms each burst and says what it did. One key and Enter each; the giving key is not an answering key."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from rnprog.commands.asking import Lines, StopTyped
from rnprog.session.observers import (
    Choice,
    Deliver,
    Elsewhere,
    Finish,
    Given,
    Hurts,
    Moved,
    Offer,
    Proceed,
    Report,
    Stop,
    Switch,
    Undo,
)
from rnprog.session.outcomes import Refused
from rnprog.session.stimulation import Delivered
from rnprog.session.titrated import Method
from rnprog.session.wording import assisted as words
from rnprog.session.wording import bilateral
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.threshold import Scale
from rnprog.therapy.titration import Answer
from rnprog.therapy.units import Milliamps, UnitError


class Answers(StrEnum):
    """Which answers are offered."""

    YESNO = "yesno"
    GRADE = "grade"
    GRADE_FELT = "grade+felt"

    @property
    def scale(self) -> Scale:
        """The same in the terms of the search."""
        return {Answers.YESNO: Scale.YES_NO, Answers.GRADE: Scale.GRADE, Answers.GRADE_FELT: Scale.GRADE_FELT}[self]


_YES_NO = {"n": Answer.NONE, "y": Answer.CONTRACTION}
_GRADES = {"0": Answer.NONE, "1": Answer.FLICKER, "2": Answer.CLEAR, "3": Answer.STRONG}
_KEYS: dict[Answers, dict[str, Answer]] = {
    Answers.YESNO: _YES_NO,
    Answers.GRADE: _GRADES,
    Answers.GRADE_FELT: {**_GRADES, "f": Answer.FELT},
}
_COMMON: dict[str, Given] = {"e": Elsewhere(), "x": Answer.DISCOMFORT, "d": Answer.DISCOMFORT, "?": Answer.UNSURE}
_COMMON_WORDS = "e in the wrong place, d TOO STRONG, ? unsure, s STOP"
_YES_NO_WORDS, _GRADE_WORDS = "y contraction, n none", "0 none, 1 flicker, 2 clear, 3 strong"
_WORDS = {
    Answers.YESNO: _YES_NO_WORDS,
    Answers.GRADE: _GRADE_WORDS,
    Answers.GRADE_FELT: "0 nothing, f felt only, 1 flicker, 2 clear, 3 strong",
}
_SWITCH = {
    Method.ASSISTED: (Method.MANUAL, "m by hand"),
    Method.MANUAL: (Method.ASSISTED, "m let the method propose"),
    Method.ASCENDING: (Method.MANUAL, "m by hand"),
}


class Asking:
    """Asks the person at the keyboard."""

    name = "ask"

    def __init__(self, lines: Lines, answers: Answers, say: Callable[[str], None]) -> None:
        self._lines = lines
        self._answers = answers
        self._say = say

    def choose(self, offer: Offer) -> Choice:
        """Enter or `g` gives what is proposed; an amplitude with its unit gives that; `u`, `m`, `f`, `s`. After discomfort `c` first. Where
        ending is advised Enter ends, and only a typed amplitude goes higher."""
        for remark in offer.remarks:
            self._say(f"  {remark}")
        if offer.agree is not None:
            return self._agreed(offer)
        self._tell(offer)
        can_undo = bool(offer.titration.log) and offer.titration.log[-1].answer is not Answer.DISCOMFORT
        question = f"  {', '.join(_keys(offer, can_undo=can_undo))}\n>"
        enter_says_something = offer.proposal is not None or bool(offer.end_first)
        while True:
            try:
                typed = self._lines.ask(question, lambda text: bool(text) or enter_says_something, question).lower()
            except StopTyped as stop:
                return Stop(str(stop))
            choice = self._choice(typed, offer, can_undo=can_undo)
            if choice is not None:
                return choice

    def _tell(self, offer: Offer) -> None:
        if offer.proposal is not None:
            self._say(f"  {offer.proposal.reason}")
        elif not offer.end_first:
            self._say(f"  Which amplitude? At most {AMPLITUDE.show(offer.highest_allowed_ma)} now.")
        if offer.both is None:
            self._say(f"  {words.so_far(offer.estimate)}")

    def _choice(self, typed: str, offer: Offer, *, can_undo: bool) -> Choice | None:
        """None: it meant nothing here, and it was said why."""
        by = f"{typed or 'Enter'}, typed by the operator"
        if typed == "f" or (not typed and offer.end_first):
            return Finish(by)
        if typed == "u" and can_undo:
            return Undo()
        if typed == "p" and _begun(offer):
            return Moved(by)
        if typed == "m" and offer.both is None:
            return Switch(_SWITCH[offer.method][0], by)
        if typed in ("", "g") and offer.proposal is not None:
            return self._deliver(offer, offer.proposal.amplitude_ma, by)
        wanted = None if offer.both is not None else self._amplitude(typed)
        return None if wanted is None else self._deliver(offer, wanted, by)

    def _agreed(self, offer: Offer) -> Choice:
        """Too strong: going on needs a key that does nothing else, and Enter is not it."""
        assert offer.agree is not None  # asked by the caller
        self._say(f"  {words.agree(offer.agree)}")
        question = "  c the patient agrees: go on below it, f finish this side, s STOP\n>"
        try:
            typed = self._lines.ask(question, lambda text: text.lower() in ("c", "f"), question).lower()
        except StopTyped as stop:
            return Stop(str(stop))
        by = f"{typed}, typed by the operator"
        return Proceed(by) if typed == "c" else Finish(by)

    def _amplitude(self, typed: str) -> Milliamps | None:
        try:
            wanted = Milliamps(AMPLITUDE.parse(typed.replace("ma", "mA")))
        except UnitError as error:
            self._say(f"  {error.reason}")
            return None
        if wanted > 0:
            return wanted
        self._say("  A burst needs an amplitude above 0 mA.")
        return None

    def _deliver(self, offer: Offer, amplitude_ma: Milliamps, by: str) -> Deliver:
        asked = AMPLITUDE.show(amplitude_ma) if offer.both is None else bilateral.amounts(offer.both)
        self._say(f"  Asked for {asked}. s and Enter stop it.")
        return Deliver(amplitude_ma, by)

    def judge(self, delivered: Delivered) -> Report:
        """What the burst did. `e`: felt, or something contracts, anywhere but in the muscle beside the spine."""
        keys: dict[str, Given] = {**_KEYS[self._answers], **_COMMON}
        if delivered.both is None:
            self._say(f"  {AMPLITUDE.show(delivered.amplitude_ma)} was given and is off again. What did it do?")
        else:
            self._say(f"  {bilateral.amounts(delivered.both)} were given and are off again. What did the weaker side do?")
        question = f"  {_WORDS[self._answers]}\n  {_COMMON_WORDS}\n>"
        try:
            typed = self._lines.ask(question, lambda text: text.lower() in keys, question)
            report = keys[typed.lower()]
            return Hurts(self._besides) if report is Answer.DISCOMFORT else report
        except StopTyped as stop:
            return Stop(str(stop))

    def _besides(self) -> Answer | Stop | None:
        """What the muscle did in a burst that was too strong, which is noted by then: only that says something about the threshold."""
        keys = _YES_NO if self._answers is Answers.YESNO else _GRADES
        said = _YES_NO_WORDS if self._answers is Answers.YESNO else _GRADE_WORDS
        question = f"  Too strong: noted, and nothing that strong is given again. What did the muscle do? {said}, Enter nobody looked\n>"
        try:
            typed = self._lines.ask(question, lambda text: not text or text.lower() in keys, question)
        except StopTyped as stop:
            return Stop(str(stop))
        return keys.get(typed.lower())

    def refused(self, refused: Refused) -> bool:
        """Say why, and ask again."""
        self._say("  Not given; nothing was sent:")
        for text in words.merged([(each.text, each.side, each.value, each.bound, each.source) for each in refused.reasons]):
            self._say(f"  - {text}")
        return True


def _begun(offer: Offer) -> bool:
    """Whether there is something to begin anew from 0."""
    return offer.both is None and offer.titration.last_delivered_ma > 0


def _keys(offer: Offer, *, can_undo: bool) -> list[str]:
    """What may be typed, each with its meaning."""
    keys = ["Enter give it"] if offer.proposal is not None else ["Enter end this side"] if offer.end_first else []
    if offer.both is None:
        keys.append("1.2mA another" if offer.proposal is not None else "an amplitude such as 1.2mA")
    keys += ["u undo"] * can_undo
    if offer.both is None:
        keys.append(_SWITCH[offer.method][1])
    keys += ["p patient moved"] * _begun(offer)
    return [*keys, "f finish this side" if offer.both is None else "f end this check", "s STOP"]
