"""Who confirms a burst and says what it did. A person does so in a face; here are the two that need none, both for the emulator only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rnprog.device.bench import Bench
from rnprog.session.outcomes import Refused
from rnprog.session.stimulation import Delivered
from rnprog.therapy.ascending import Next
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.titration import Answer, Titration
from rnprog.therapy.units import Milliamps, UnitError


@dataclass(frozen=True, slots=True)
class Offer:
    """What the observer is asked to confirm."""

    side: Side
    proposal: Next | None
    """None: the method leaves the amplitude to the observer (manual)."""
    highest_allowed_ma: Milliamps
    titration: Titration


@dataclass(frozen=True, slots=True)
class Deliver:
    """Give this burst. `confirmed_by` goes into the record."""

    amplitude_ma: Milliamps
    confirmed_by: str


@dataclass(frozen=True, slots=True)
class Finish:
    """End the titration of this side with what is known."""

    why: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop now."""

    why: str


@dataclass(frozen=True, slots=True)
class Undo:
    """Take the last answer back and give it again. A report of discomfort stays."""


Choice = Deliver | Finish | Stop | Undo


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Felt, or something contracts, in the wrong place: never a contraction of the multifidus."""

    answer: Answer = Answer.FELT
    """`FELT`, or `DISCOMFORT`."""


Report = Answer | Elsewhere | Stop


class Observer(Protocol):
    """Confirms each burst and reports what it did."""

    name: str

    def choose(self, offer: Offer) -> Choice:
        """Confirm the proposal, choose an amplitude, end, or stop."""

    def judge(self, delivered: Delivered) -> Report:
        """What the burst did."""

    def refused(self, refused: Refused) -> bool:
        """The burst was not allowed and nothing was sent. Whether to be asked again; otherwise the titration ends here."""


class ObserverError(ValueError):
    """The observer cannot be used; a sentence says why. Nothing was delivered because of it."""


class Simulated:
    """Asks the emulator's tissue what a hand on the back would feel, over the bench channel, never over the device protocol."""

    name = "simulated"

    def __init__(self, bench: Bench) -> None:
        if not bench.there:
            raise ObserverError("The simulated observer works on the emulator only: this device has no bench channel.")
        self._bench = bench

    def choose(self, offer: Offer) -> Choice:
        """Confirm whatever is proposed; without a proposal, one step up as far as it is allowed."""
        if offer.proposal is not None:
            return Deliver(offer.proposal.amplitude_ma, self.name)
        up = AMPLITUDE.range.above(offer.titration.last_delivered_ma)
        if up is None or up > offer.highest_allowed_ma or offer.titration.thresholds().motor_ma is not None:
            return Finish("no further step")
        return Deliver(Milliamps(up), self.name)

    def judge(self, delivered: Delivered) -> Report:
        """Discomfort before the wrong place before contraction before sensation."""
        felt = self._bench.ask({"cmd": "feel", "side": str(delivered.side)})
        if felt.get("elsewhere"):
            return Elsewhere(Answer.DISCOMFORT if felt.get("discomfort") else Answer.FELT)
        if felt.get("discomfort"):
            return Answer.DISCOMFORT
        graded = {1: Answer.FLICKER, 2: Answer.CLEAR, 3: Answer.STRONG}.get(felt.get("grade", 0))
        return graded or (Answer.FELT if felt.get("felt") else Answer.NONE)

    def refused(self, refused: Refused) -> bool:
        """Nobody is there to choose another amplitude."""
        return False


Script = list[tuple[int, list[str]]]

ELSEWHERE = "elsewhere"
"""The word of a script for `Elsewhere`."""


class Scripted:
    """Answers from a file: one line per burst, `clear`, or `1.2mA clear` where the method leaves the amplitude to the observer.

    The words are those of `Answer`, and `elsewhere`: felt, or something contracts, in the wrong place. `#` begins a comment; `finish` and
    `stop` end. Emulator only: on a real device a person observes.
    """

    def __init__(self, path: Path, bench: Bench, lines: Script | None = None) -> None:
        """`lines`: as `read_script` read them before anything was connected; None: read now."""
        self.name = f"script:{path.name}"
        if not bench.there:
            raise ObserverError("A script can answer on the emulator only: on a real device a person observes.")
        self._lines = read_script(path) if lines is None else lines
        self._at = 0

    def choose(self, offer: Offer) -> Choice:
        """The next line's amplitude, or the proposal. At the end of the file the titration is finished."""
        if self._at >= len(self._lines):
            return Finish("the script has ended")
        number, words = self._lines[self._at]
        if words[0] in ("finish", "stop"):
            self._at += 1
            return Finish(f"{self.name} line {number}") if words[0] == "finish" else Stop(f"{self.name} line {number}")
        amplitude_ma = _amplitude(words[0], number) if len(words) == 2 else None
        if amplitude_ma is None and offer.proposal is None:
            raise ObserverError(f"Line {number} of the script names no amplitude, and this method needs one: write `1.2mA {words[0]}`.")
        wanted = amplitude_ma if amplitude_ma is not None else offer.proposal.amplitude_ma if offer.proposal else None
        assert wanted is not None  # one of the two is there, checked above
        return Deliver(wanted, f"{self.name} line {number}")

    def judge(self, delivered: Delivered) -> Report:
        """The answer of the line that was delivered."""
        number, words = self._lines[self._at]
        self._at += 1
        if words[-1] == ELSEWHERE:
            return Elsewhere()
        return Stop(f"{self.name} line {number}") if words[-1] == "stop" else Answer(words[-1])

    def refused(self, refused: Refused) -> bool:
        """A script does not change its mind."""
        return False


def read_script(path: Path) -> Script:
    """The lines of a script, each with its number. ObserverError when it is none; its cause is an OSError when it cannot be read at all."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ObserverError(f"The script {path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ObserverError(f"The script {path} cannot be read: it is no text in UTF-8.") from error
    known = {*Answer, ELSEWHERE, "finish", "stop"}
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if words[-1] not in known or len(words) > 2:
            raise ObserverError(f"Line {number} of the script is not an answer. Known: {', '.join(sorted(known))}.")
        if len(words) == 2:
            _amplitude(words[0], number)
        found.append((number, words))
    return found


def _amplitude(text: str, number: int) -> Milliamps:
    try:
        return Milliamps(AMPLITUDE.parse(text))
    except UnitError as error:
        raise ObserverError(f"Line {number} of the script: {error.reason}") from error


ObserverMaker = Callable[[Side], Observer]
