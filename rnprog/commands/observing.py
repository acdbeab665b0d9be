"""The observer `ask`: a person confirms each burst and says what it did. One key and Enter each; the giving key is not an answering key."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from rnprog.commands.asking import Lines, StopTyped
from rnprog.session.observers import Choice, Deliver, Elsewhere, Finish, Offer, Report, Stop, Undo
from rnprog.session.outcomes import Refused
from rnprog.session.stimulation import Delivered
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.titration import Answer, State
from rnprog.therapy.units import Milliamps, UnitError


class Answers(StrEnum):
    """Which answers are offered."""

    YESNO = "yesno"
    GRADE = "grade"
    GRADE_FELT = "grade+felt"


_KEYS: dict[Answers, dict[str, Answer]] = {
    Answers.YESNO: {"n": Answer.NONE, "y": Answer.CLEAR},
    Answers.GRADE: {"0": Answer.NONE, "1": Answer.FLICKER, "2": Answer.CLEAR, "3": Answer.STRONG},
    Answers.GRADE_FELT: {"0": Answer.NONE, "f": Answer.FELT, "1": Answer.FLICKER, "2": Answer.CLEAR, "3": Answer.STRONG},
}
_COMMON: dict[str, Answer | Elsewhere] = {"e": Elsewhere(), "x": Answer.DISCOMFORT, "?": Answer.UNSURE}
_COMMON_WORDS = "e in the wrong place, x TOO STRONG, ? unsure, s STOP"
_WORDS = {
    Answers.YESNO: "y contraction, n none",
    Answers.GRADE: "0 none, 1 flicker, 2 clear, 3 strong",
    Answers.GRADE_FELT: "0 none, f felt, 1 flicker, 2 clear, 3 strong",
}


class Asking:
    """Asks the person at the keyboard."""

    name = "ask"

    def __init__(self, lines: Lines, answers: Answers, say: Callable[[str], None]) -> None:
        self._lines = lines
        self._answers = answers
        self._say = say

    def choose(self, offer: Offer) -> Choice:
        """`g` gives what is proposed; an amplitude with its unit gives that; `f`, `u`, `s`."""
        backing_off = offer.titration.state is State.BACKING_OFF
        if backing_off:
            self._say("  Discomfort was reported. Whatever follows stays below it.")
        self._say(
            f"  {offer.proposal.reason}"
            if offer.proposal
            else f"  Which amplitude? At most {AMPLITUDE.show(offer.highest_allowed_ma)} now."
        )
        can_undo = bool(offer.titration.log) and not backing_off
        keys = ["g give it"] * (offer.proposal is not None) + ["1.2mA another amplitude"] + ["u undo"] * can_undo
        question = f"  {', '.join([*keys, 'f finish this side', 's STOP'])}\n>"
        while True:
            try:
                typed = self._lines.ask(question, bool, question).lower()
            except StopTyped as stop:
                return Stop(str(stop))
            if typed == "f":
                return Finish("f, typed by the operator")
            if typed == "u" and can_undo:
                return Undo()
            if typed == "g" and offer.proposal is not None:
                return self._deliver(offer.proposal.amplitude_ma, typed)
            wanted = self._amplitude(typed)
            if wanted is not None:
                return self._deliver(wanted, typed)

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

    def _deliver(self, amplitude_ma: Milliamps, typed: str) -> Deliver:
        self._say(f"  Asked for {AMPLITUDE.show(amplitude_ma)}. s and Enter stop it.")
        return Deliver(amplitude_ma, f"{typed}, typed by the operator")

    def judge(self, delivered: Delivered) -> Report:
        """What the burst did. `e`: felt, or something contracts, anywhere but in the muscle beside the spine."""
        keys: dict[str, Answer | Elsewhere] = {**_KEYS[self._answers], **_COMMON}
        self._say(f"  {AMPLITUDE.show(delivered.amplitude_ma)} was given and is off again. What did it do?")
        question = f"  {_WORDS[self._answers]}, {_COMMON_WORDS}\n>"
        try:
            typed = self._lines.ask(question, lambda text: text.lower() in keys, question)
        except StopTyped as stop:
            return Stop(str(stop))
        return keys[typed.lower()]

    def refused(self, refused: Refused) -> bool:
        """Say why, and ask again."""
        self._say("  Not given; nothing was sent:")
        for reason in refused.reasons:
            self._say(f"  - {reason.text}")
        return True
