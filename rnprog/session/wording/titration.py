"""Words about what a titration says of a lead: a threshold that jumped, something felt in the wrong place, a contraction not reached.

The findings are medicine's (`therapy/triage.py`); where they come from, and that a clinician has to sign them off, is said with each of
them (`wording/impedance.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rnprog.therapy.contacts import Electrodes
from rnprog.therapy.parameters import AMPLITUDE, PULSE_WIDTH
from rnprog.therapy.titration import Answer
from rnprog.therapy.trend import PastTitration
from rnprog.therapy.triage import Advice, Finding

WRONG_PLACE = "in the wrong place"

ANSWER_WORDS = {
    Answer.NONE: "nothing",
    Answer.FELT: "felt, no contraction",
    Answer.FLICKER: "flicker",
    Answer.CLEAR: "clear, smooth contraction",
    Answer.STRONG: "strong contraction",
    Answer.DISCOMFORT: "TOO STRONG",
    Answer.UNSURE: "unsure",
    Answer.CONTRACTION: "contraction",
}

NOT_HELD = "Do not go on with this device: it does not hold what it is given. Report it, and look at its programs: rnprog program show."

TIRED_AFTER = 20
"""So many bursts on a side, and resting is advised. A choice of this project, `unverified`."""

_XRAY = "Ask for an X-ray, and compare it with the one taken after the implantation."
_IF_BEFORE = "If it contracted at earlier visits, ask for an X-ray: the lead may have moved."
_WHAT = {
    Finding.THRESHOLD_AND_FAULT: "the contraction threshold jumped",
    Finding.TITRATION_AND_FAULT: "no contraction was reached",
}

_WHAT_BOUNDS = {True: "was stopped before anybody could say what it did", False: "was too strong"}
"""What happened at an amplitude that bounds what follows, by whether it was cut off."""


def answered(answer: Answer, *, elsewhere: bool) -> str:
    """What a burst did, in words."""
    if not elsewhere:
        return ANSWER_WORDS[answer]
    return f"TOO STRONG, {WRONG_PLACE}" if answer is Answer.DISCOMFORT else f"felt {WRONG_PLACE}, no contraction"


def lead_changed(pairs: Sequence[str]) -> str:
    """The electrodes were others at the end than at the beginning: what was found with them is doubtful."""
    return (
        f"The lead changed during the titration ({'; '.join(pairs)}), so nothing is proposed. The side was released and its output is off. "
        "Measure the leads again (rnprog impedance), then find the thresholds anew with contacts that are in order."
    )


def _about(threshold_ma: Decimal, interval_ma: tuple[Decimal, Decimal] | None) -> str:
    """Never one number alone."""
    if interval_ma is None:
        return f"about {threshold_ma} mA (how surely is not in that record)"
    return f"{threshold_ma} mA (9 in 10 chance: {interval_ma[0]} to {interval_ma[1]})"


def begun_from_visit(threshold_ma: Decimal, interval_ma: tuple[Decimal, Decimal] | None, on: str) -> str:
    """Said before the first burst, when an earlier visit serves."""
    return (
        f"At the visit of {on} the threshold on these electrodes was {_about(threshold_ma, interval_ma)}. The search expects it near "
        "there, and still begins from 0 mA."
    )


def begun_from_other_side(threshold_ma: Decimal, interval_ma: tuple[Decimal, Decimal], side: str) -> str:
    """Said before the first burst, when the other side serves."""
    found = f"On the {side} side the threshold was {_about(threshold_ma, interval_ma)}."
    return f"{found} The search expects a similar one here, and still begins from 0 mA."


def too_strong_before(amplitude_ma: Decimal, ceiling_ma: Decimal, *, cut_off: bool, where: str) -> str:
    """Said before the first burst on electrodes that a report of discomfort bounds. `where`: the record; empty: in this session."""
    when = f"earlier today (record {where})" if where else "earlier in this appointment"
    return (
        f"{AMPLITUDE.show(amplitude_ma)} {_WHAT_BOUNDS[cut_off]} on these electrodes {when}, so nothing above "
        f"{AMPLITUDE.show(ceiling_ma)} is given on them today. Other electrodes start without this limit."
    )


def bound(electrodes: str, amplitude_ma: Decimal, width_us: Decimal, ceiling_ma: Decimal, *, cut_off: bool, where: str = "") -> str:
    """Said as soon as a side has ended: what is bounded, and what is not. `where`: the record of an earlier appointment of the day."""
    when = f" earlier today (record {where})" if where else ""
    most = f"nothing above {AMPLITUDE.show(ceiling_ma)}" if ceiling_ma else "nothing"
    return (
        f"{AMPLITUDE.show(amplitude_ma)} {_WHAT_BOUNDS[cut_off]}{when}: today {most} is given on {electrodes} with pulses of "
        f"{PULSE_WIDTH.show(width_us)} or longer. Other electrodes start without this limit."
    )


def too_strong_on(amplitude_ma: Decimal, *, on: str, where: str) -> str:
    """The same of an earlier day: told, and no limit any more."""
    return (
        f"CAUTION  On {on} {AMPLITUDE.show(amplitude_ma)} was too strong on these electrodes (record {where}). That is no limit today. "
        "Warn the patient before you come near it."
    )


def _report(found_ma: Decimal, width_us: Decimal, *, cut_off: bool = False) -> str:
    return f"{AMPLITUDE.show(found_ma)} at {PULSE_WIDTH.show(width_us)} {_WHAT_BOUNDS[cut_off]} on these electrodes"


def program_too_strong(above: str, ceiling_ma: Decimal, found_ma: Decimal, width_us: Decimal, *, cut_off: bool, where: str) -> str:
    """A program that a report of today forbids. `above`: what is above which bound, in words; `where`: as in `too_strong_before`."""
    when = f"earlier today (record {where})" if where else "earlier in this appointment"
    return (
        f"{above}: {_report(found_ma, width_us, cut_off=cut_off)} {when}. Nothing was written. Today choose {AMPLITUDE.show(ceiling_ma)} "
        f"or less, other electrodes, or a pulse shorter than {PULSE_WIDTH.show(width_us)}."
    )


def program_once_too_strong(above: str, found_ma: Decimal, width_us: Decimal, *, cut_off: bool, on: str, where: str) -> str:
    """The same of an earlier day: a caution, and no limit any more."""
    return (
        f"{above}: on {on} {_report(found_ma, width_us, cut_off=cut_off)} (record {where}). That is no limit today. Make sure that the "
        "patient has felt this amplitude today before it is written."
    )


def to_be_measured(minutes: int, test_ma: Decimal, test_us: Decimal) -> str:
    """Said with the burst before it."""
    return (
        f"The leads were measured {minutes} minutes ago. After this burst they are measured again, which is a small stimulation itself "
        f"({AMPLITUDE.show(test_ma)} for {PULSE_WIDTH.show(test_us)} a pair). Then it goes on from 0 mA; what was answered stays."
    )


def measured_again(minutes: int) -> str:
    """Said with the burst after it."""
    return f"The leads were measured again, {minutes} minutes after the last time. It goes on from 0 mA; what was answered stays."


def open_before(contact: str, age_days: int) -> str:
    """Said before a side is titrated: a contact that was open once is not trusted because it passes today."""
    when = "today" if age_days == 0 else "yesterday" if age_days == 1 else f"{age_days} days ago"
    return f"{contact} was OPEN at a measurement {when}. Leave it out even if it passes now: a broken conductor can touch for a while."


def tired() -> str:
    """Said once, after `TIRED_AFTER` bursts."""
    return (
        f"{TIRED_AFTER} bursts on this side: a muscle that tires needs more current, so the threshold creeps up. "
        "Let the muscle rest; do not chase it with more amplitude."
    )


def texts(advice: Advice, ends: Sequence[Electrodes]) -> tuple[str, str, str]:
    """Title, what is likely, what to do now. `ends`: pairs at either end of the lead that can be used. ValueError for another finding."""
    assert advice.side is not None  # a titration has a side
    lead = f"{advice.side.value.capitalize()} lead"
    newest = advice.titration or (advice.threshold.newest if advice.threshold is not None else None)
    assert newest is not None  # these findings are about one
    match advice.finding:
        case Finding.WRONG_PLACE:
            return (
                f"{lead}: felt in the wrong place, the impedance is in order.",
                "The lead may have moved (migration).",
                f"Ask where it is felt, and write it down. Do not raise the amplitude. {_XRAY} {_meanwhile(advice, ends)}",
            )
        case Finding.THRESHOLD_JUMPED:
            now = _meanwhile(advice, ends) if ends else f"Find the thresholds anew, from 0 mA: {_titrate(advice, newest.electrodes)}"
            return (
                f"{lead}: the contraction threshold jumped, the impedance is in order.",
                "The lead may have moved (migration).",
                f"Ask where it is felt now, and feel for the contraction on both sides. {_XRAY} Do not simply raise the amplitude. {now}",
            )
        case Finding.THRESHOLD_AND_FAULT | Finding.TITRATION_AND_FAULT:
            return (
                f"{lead}: besides, {_WHAT[advice.finding] if newest.elsewhere_ma is None else 'it was felt in the wrong place'}.",
                "The fault named above may explain it; the lead may also have moved.",
                "Deal with that fault first, then find the thresholds anew, from 0 mA, with contacts that are in order. If it stays, ask "
                "for an X-ray.",
            )
        case Finding.NOT_REACHED:
            return f"{lead}: no contraction was reached, the impedance is in order.", *_not_reached(advice, newest, ends)
        case _:
            raise ValueError(f"{advice.finding} is not about a titration")


def _not_reached(advice: Advice, newest: PastTitration, ends: Sequence[Electrodes]) -> tuple[str, str]:
    pair = _other_pair(advice, ends)
    if newest.discomfort:
        return (
            "Discomfort comes early: tension, fear, or a tender place. Or the pair lies away from the nerve, or the lead has moved.",
            "Believe the patient, and let them rest. Ask where it is felt. Go on only if they agree: below that amplitude"
            f"{pair} {_IF_BEFORE}",
        )
    if newest.bounded:
        instead = f"Try another pair, anew from 0 mA, {_command(advice, ends)}." if ends else "Try this side another day."
        return (
            "A limit of today holds on this pair, because something was too strong or was stopped there; the threshold may lie above it.",
            f"Leave this pair for today: a longer pulse does not lift the limit. {instead} {_IF_BEFORE}",
        )
    return (
        "A high threshold, a pair that lies away from the nerve, or a lead that has moved (migration).",
        f"Do not force it with more amplitude. Ask where it is felt. Try with a longer pulse (--pulse-width){pair} {_IF_BEFORE}",
    )


def _meanwhile(advice: Advice, ends: Sequence[Electrodes]) -> str:
    if not ends:
        return f"No other pair of the {advice.side} lead can be tried now."
    return f"Meanwhile another pair may reach the muscle. Find its thresholds anew, from 0 mA, {_command(advice, ends)}."


def _other_pair(advice: Advice, ends: Sequence[Electrodes]) -> str:
    return f", or with another pair, anew from 0 mA, {_command(advice, ends)}." if ends else "."


def _command(advice: Advice, ends: Sequence[Electrodes]) -> str:
    """The whole command for each end. What was felt does not tell which way a lead slipped, so neither end comes before the other."""
    if len(ends) == 1:
        return f"at the one end of the lead that is in order: {_titrate(advice, ends[0])}"
    return f"at either end of the lead; which way it slipped is not known: {' or: '.join(_titrate(advice, each) for each in ends)}"


def _titrate(advice: Advice, electrodes: Electrodes) -> str:
    return f"rnprog titrate --side {advice.side} --electrodes={electrodes}"
