"""Who confirms a burst and says what it did. A person does so in a face; here are the two that need none, both for the emulator only.
What they are asked, and what they may say, is in `offers.py`; it can be imported from here, too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rnprog.device.bench import Bench
from rnprog.session.offers import (
    Choice,
    Deliver,
    Elsewhere,
    Finish,
    Given,
    Hurts,
    Moved,
    Observer,
    Offer,
    Proceed,
    Report,
    Said,
    Stop,
    Switch,
    TooStrong,
    Undo,
    said_of,
)
from rnprog.session.outcomes import Refused
from rnprog.session.stimulation import Delivered
from rnprog.session.titrated import Method
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.titration import CONFIRM_OF, Answer
from rnprog.therapy.units import Milliamps, UnitError

__all__ = [
    "ALONE",
    "SWITCHES",
    "Choice",
    "Deliver",
    "Elsewhere",
    "Finish",
    "Given",
    "Hurts",
    "Moved",
    "Observer",
    "ObserverError",
    "ObserverMaker",
    "Offer",
    "Proceed",
    "Report",
    "Said",
    "Script",
    "Scripted",
    "Simulated",
    "Stop",
    "Switch",
    "TooStrong",
    "Undo",
    "read_script",
    "said_of",
]


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
        """Confirm whatever is proposed; without a proposal, one step up as far as it is allowed, or the same again after a contraction. On
        after a first discomfort, not after a second; no higher where ending is advised."""
        if offer.agree is not None:
            return Finish("too strong again") if offer.agree.suggest_end else Proceed(self.name)
        if offer.end_first:
            return Finish(offer.end_first)
        if offer.proposal is not None:
            return Deliver(offer.proposal.amplitude_ma, self.name)
        last = offer.titration.log[-1] if offer.titration.log else None
        if last is not None and last.grade and offer.titration.thresholds().motor_ma is None:
            tried = sum(burst.amplitude_ma == last.amplitude_ma for burst in offer.titration.log)
            return Deliver(last.amplitude_ma, self.name) if tried < CONFIRM_OF else Finish("no further step")
        up = AMPLITUDE.range.above(offer.titration.last_delivered_ma)
        if up is None or up > offer.highest_allowed_ma or offer.titration.thresholds().motor_ma is not None:
            return Finish("no further step")
        return Deliver(Milliamps(up), self.name)

    def judge(self, delivered: Delivered) -> Report:
        """Discomfort before the wrong place before contraction before sensation. Of both sides what is too strong, else the weaker one."""
        sides = (delivered.side,) if delivered.both is None else tuple(Side)
        reports = [self._report(side) for side in sides]
        too_strong = [each for each in reports if said_of(each).answer is Answer.DISCOMFORT]
        return too_strong[0] if too_strong else max(reports, key=_mildness)

    def _report(self, side: Side) -> Given:
        felt = self._bench.ask({"cmd": "feel", "side": str(side)})
        graded = {1: Answer.FLICKER, 2: Answer.CLEAR, 3: Answer.STRONG}.get(felt.get("grade", 0))
        if felt.get("elsewhere"):
            return Elsewhere(Answer.DISCOMFORT if felt.get("discomfort") else Answer.FELT)
        if felt.get("discomfort"):
            return TooStrong(graded or Answer.NONE)
        return graded or (Answer.FELT if felt.get("felt") else Answer.NONE)

    def refused(self, refused: Refused) -> bool:
        """Nobody is there to choose another amplitude."""
        return False


_MILDER = (Answer.STRONG, Answer.CLEAR, Answer.FLICKER, Answer.FELT, Answer.NONE)


def _mildness(report: Given) -> int:
    """The wrong place is no contraction at all."""
    return _MILDER.index(report) if isinstance(report, Answer) else len(_MILDER)


Script = list[tuple[int, list[str]]]

PROCEED = "proceed"
"""The word of a script for `Proceed`, after discomfort."""
SWITCHES = {str(method): method for method in (Method.MANUAL, Method.ASSISTED)}
MOVED = "moved"
"""The word of a script for `Moved`."""
ENDS = ("finish", "stop")
ALONE = frozenset({PROCEED, MOVED, *SWITCHES, *ENDS})
"""Words of a script that name no answer."""
ELSEWHERE = "elsewhere"
"""The word of a script for `Elsewhere`."""


class Scripted:
    """Answers from a file: one line per burst, `clear`, or `1.2mA clear` where the method leaves the amplitude to the observer.

    The words are those of `Answer`, and `elsewhere`: felt, or something contracts, in the wrong place. On a line of their own: `proceed`
    goes on after discomfort, `moved` starts from 0 again, `manual` and `assisted` change who finds the amplitude, `finish` and `stop` end.
    Where ending is advised, only a line that names its amplitude goes higher; any other ends. `#` begins a comment. Emulator only: on a
    real device a person observes.
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
        by = f"{self.name} line {number}"
        if words[0] in ALONE:
            self._at += 1
        if words[0] in ENDS:
            return Finish(by) if words[0] == "finish" else Stop(by)
        if words[0] in SWITCHES:
            return Switch(SWITCHES[words[0]], by)
        if words[0] in (PROCEED, MOVED):
            return Proceed(by) if words[0] == PROCEED else Moved(by)
        if offer.agree is not None:
            return Finish(f"discomfort, and {by} does not say {PROCEED}")
        amplitude_ma = _amplitude(words[0], number) if len(words) == 2 else None
        if amplitude_ma is None and offer.end_first:
            return Finish(offer.end_first)
        if amplitude_ma is None and offer.proposal is None:
            raise ObserverError(f"Line {number} of the script names no amplitude, and this method needs one: write `1.2mA {words[0]}`.")
        wanted = amplitude_ma if amplitude_ma is not None else offer.proposal.amplitude_ma if offer.proposal else None
        assert wanted is not None  # one of the two is there, checked above
        return Deliver(wanted, by)

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
    known = {*Answer, ELSEWHERE, *ALONE}
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if words[-1] not in known or len(words) > 2 or (len(words) == 2 and words[-1] in ALONE - {"stop"}):
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
