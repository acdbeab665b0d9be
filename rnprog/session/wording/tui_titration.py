"""Words of the titration screen: the set-up of a side, what a burst is doing, what is asked, which key does what now."""

from __future__ import annotations

from rnprog.session.wording.bilateral import amounts
from rnprog.therapy.threshold import Rung

NO_LEADS = (
    "Measure the leads first: F5, here or on F3. That is a small stimulation itself. Without a fresh impedance nothing is stimulated."
)
CURVE_EMPTY = "Each burst stands here."
BOTH_DONE = "Both sides have an amplitude. F5, or t: check them together, at 80, 90 and 100 %. l r: one side again. F6: the program."
BOTH_CHECKED = "Both sides were checked together. F6: the program."
SETUP_KEYS = "l r side   m way   p precision\nk contacts   w pulse width\nh how confirmed"
PICKING_KEYS = "0 1 2 3 c  cathode, anode, off\nk  these contacts are right"
MEASURE_FIRST = "F5  Measure the leads"
CHECK_BOTH = "F5  Check both sides together"
F8_FIRST = "F8 first: read the device"
F8_ABOVE = "F8 first: see above"
ASSISTED, ASCENDING, MANUAL = "assisted, {precision}", "ascending, in small steps", "by hand, you choose each one"
NO_PROPOSAL = "NO PROPOSAL"
LIMIT = "LIMIT OF TODAY"
LAST_ATTEMPT = "LAST ATTEMPT"
ENDED_BY_STOP = "Stopped, without an amplitude. How the output is now stands above."
REPEAT_TITLE = "Titrate this side again?"
REPEAT_YES = "Titrate again"
CHECKING_BOTH = "checking both sides together"
BOTH_SIDES = "BOTH SIDES"
BOTH_TOGETHER = "both sides together"

PREPARING = "preparing at 0 mA"
BEGINS = "BEGINS NOW"
FLOWING = "FLOWING NOW"
FLOWS, NOTHING_HEARD = "flowing", "nothing is heard"
GIVEN = "GIVEN, AND OFF AGAIN"
YOUR_CHOICE = "YOUR CHOICE"
ANSWER_FIRST = "answer first"
WHAT_DID_IT_DO = "What did it do?"
WHAT_DID_THE_WEAKER_DO = "What did the weaker side do?"
FEEL_NOW = "Feel for the muscle now. F12 stops at once."
NOT_GIVEN = "NOT GIVEN"
TOO_STRONG = "TOO STRONG"
TOO_STRONG_HEAD = "too strong"
ASK_BESIDES = "What did the muscle do besides? 0 1 2 3, or u: nobody looked."
TOO_STRONG_NOTED = " is noted. What did the muscle do besides? 0 none, 1, 2, 3; u: nobody looked."
TOO_STRONG_REPORTED = "TOO STRONG was reported. "
END_ADVISED = " It was reported before: ending here is advised (F9)."
PRESS_ONE = "What did it do? Press one sign, or touch it."
STOPS_AT_ONCE = "F12 or Ctrl+C stops at once."
AGREE_KEYS = "c the patient agrees: go on below it   F9 finish this side"
GIVEN_BY = "F5, pressed by the operator"
AGREED_BY = "c, pressed by the operator after asking the patient"
FINISHED_BY = "F9, pressed by the operator"
ENDED_BY_ITSELF = "the device had ended the test stimulation by itself"
THRESHOLD_ROW = "threshold"


def confirmed_by(way: str) -> str:
    """How a contraction is confirmed."""
    return f"by {way}"


def titrate_label(side: str) -> str:
    """On the button that begins a side."""
    return f"F5  Titrate the {side} side, from 0 mA"


def old_leads(minutes: int) -> str:
    """Before a side is prepared."""
    return f"The leads were measured {minutes} min ago. F5 measures them again before anything is prepared."


def titrating(side: str) -> str:
    """What is under way."""
    return f"titrating the {side} side"


def problem(side: str) -> str:
    """What did not succeed."""
    return f"titration, {side}"


def repeat_question(side: str, amplitude: str) -> str:
    """Before a side is titrated that has an amplitude."""
    return f"The {side} side has an amplitude: {amplitude}. It stays until a burst is given in the new titration, and is replaced then."


def not_usable(electrodes: str, others: str) -> str:
    """The last measurement speaks against these contacts. `others`: usable pairs; empty: there is none."""
    return f"The last measurement does not allow {electrodes}. Usable: {others or 'none'}."


def ramping(amount: str) -> str:
    """The set-point is not reached yet, or left again."""
    return f"RAMPING, {amount} NOW"


def give_label(amplitude: str) -> str:
    """On the button that gives a burst."""
    return f"F5  Give {amplitude}"


def both_at(rung: Rung) -> str:
    """Both sides with the amplitude of each."""
    return f"{BOTH_SIDES}: {amounts(rung)};"


def give_both(rung: Rung) -> str:
    """On the button that gives one burst on both sides."""
    return f"F5  Give L {rung.left_ma}, R {rung.right_ma} mA"


NOTHING_YET = "nothing answered yet"
WAS_PREPARED, WAS_PROPOSED, WAS_FLOWING, WAS_GIVEN = "prepared at 0 mA", "proposed", "WAS FLOWING", "given, and off again"
OUTPUT_NOT_KNOWN = "The output is not known now. This is what was last known of it."


def last_known(name: str, was: str) -> str:
    """Beside the amplitude, after contact was lost."""
    return f"LAST KNOWN  {name}  {was}"


def share_answered(share_percent: int, answer: str) -> str:
    """What both sides together did there."""
    return f"{share_percent} %: {answer}"


def both_keys(tolerated: Rung | None, *, undo: bool) -> str:
    """While a burst on both sides is offered. `tolerated`: the highest share so far; what F9 leaves for the program is said."""
    left = "no program for both then" if tolerated is None else f"at most L {tolerated.left_ma}, R {tolerated.right_ma} mA then"
    return f"F9 end the check: {left}{'   b take the answer back' if undo else ''}"


def go_on_below(amplitude: str) -> str:
    """On the same button, after something was too strong."""
    return f"c  Go on below {amplitude}"


def offer_keys(at_most: str, *, undo: bool) -> str:
    """While a burst is offered."""
    return f"+ - another, at most {at_most}{'   b take the answer back' if undo else ''}   F9 finish this side"


def stays_below(ceiling: str) -> str:
    """After something was too strong."""
    return f"Ask the patient. Whatever follows stays at {ceiling} or below."


def you_choose(at_most: str) -> str:
    """The method leaves it to a person."""
    return f"You choose the amplitude. At most {at_most} now."


def both(left: str, right: str) -> str:
    """What is given on both sides together."""
    return f"Both sides: left {left}, right {right}."
