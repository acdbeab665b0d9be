"""The guards of titration as reasons: what `therapy.threshold` refuses, for every method and by hand, in words. Owns no guard itself."""

from __future__ import annotations

from rnprog.session.outcomes import Reason, ReasonKind
from rnprog.session.wording import assisted as words
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.threshold import Broken, Guard, broken
from rnprog.therapy.titration import State, Titration
from rnprog.therapy.units import Milliamps

SOURCE = "titration rule"
_OF_THE_ENVELOPE = (Guard.NOT_A_STEP, Guard.STEP_ABOVE_LAST, Guard.STEP_ABOVE_TOLERATED, Guard.CEILING, Guard.ENVELOPE)
"""The envelope has these, too, and names each with its own figures."""


def reasons(
    titration: Titration,
    side: Side,
    amplitude_ma: Milliamps,
    target_ma: Milliamps | None,
    *,
    refused: bool,
) -> tuple[Reason, ...]:
    """Every guard that this burst would break, beside the envelope's own word; empty: none. `refused`: the envelope has refused it, and
    what it says is not said again. A burst that only waits for an answer, or for the titration to begin, is not judged here."""
    left_out = set(_OF_THE_ENVELOPE) if refused else set()
    if titration.state in (State.ASKING, State.IDLE):
        left_out.add(Guard.NOT_READY)
    found = broken(titration, amplitude_ma, amplitude_ma, target_ma=target_ma)  # the envelope was asked about this very amplitude
    return tuple(_reason(each, titration, side, amplitude_ma) for each in found if each.guard not in left_out)


def _reason(found: Broken, titration: Titration, side: Side, amplitude_ma: Milliamps) -> Reason:
    text = words.broken(found, titration)
    if found.guard is Guard.NOT_READY:
        return Reason(ReasonKind.OVER, text, side=str(side), source=SOURCE)
    bound = "" if found.highest_ma is None else f"{found.highest_ma} mA"
    return Reason(ReasonKind.ENVELOPE, text, AMPLITUDE.key, str(side), f"{amplitude_ma} mA", bound, SOURCE)
