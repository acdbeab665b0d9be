"""Words of the method assisted: what is proposed and why, what is known of the threshold, how a search ended, why a burst is refused.

An estimate is never one number: with it stand its interval and its probability. Chances are the model's, and are called so.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.threshold import (
    Broken,
    Confirm,
    Confirmation,
    Estimate,
    Finished,
    Guard,
    Limit,
    Next,
    Nothing,
    Outcome,
    Proposal,
    Screened,
    Settings,
    Verdict,
    Why,
)
from rnprog.therapy.threshold.amplitude import CONFIRM_BURSTS, HIGHEST_RISK
from rnprog.therapy.threshold.search import highest_risk
from rnprog.therapy.titration import State, Titration

UNKNOWN = "not known"

DISAGREES = (
    "The last answers point to another threshold than the first ones: the muscle tires, the patient moved, or an answer was wrong. "
    "Let the muscle rest, then go on."
)


def percent(chance: float) -> str:
    """A probability as a clinician reads it. Never 0 % and never 100 %: a model knows neither."""
    low, high = chance < 0.01, chance > 0.99
    return "less than 1 %" if low else "more than 99 %" if high else f"{chance * 100:.0f} %"


def estimate(known: Estimate) -> str:
    """All of it: the value, where it lies with 90 %, and how sure the value is."""
    span = f"9 in 10 chance: {known.lower_ma} to {known.upper_ma}"
    return f"{known.median_ma} mA ({span}), {percent(known.probability)} within {known.within_ma} mA"


def assumes(settings: Settings) -> str:
    """What a stated probability takes for granted; said once, where an outcome is told in full."""
    misses, false = settings.worst_rater
    return (
        f"The probability assumes an examiner who misses at most {100 * misses:g} % of the contractions and reports at most "
        f"{100 * false:g} % where there is none, and mostly far fewer; where answers are less sure than that, it is too high."
    )


def unknown(known: Estimate, titration: Titration) -> str:
    """A threshold that was not found: no number stands for it, only the end of the interval that the answers speak for."""
    grades = [burst.rated.grade for burst in titration.log if burst.rated is not None and burst.rated.grade is not None]
    contracted, empty = any(grades), not all(grades)
    if contracted and empty:
        return f"{UNKNOWN}: between {known.lower_ma} and {known.upper_ma} mA (9 in 10 chance, by the model)"
    if contracted:
        return f"{UNKNOWN}: below {known.upper_ma} mA (19 in 20 chance, by the model)"
    return f"{UNKNOWN}: above {known.lower_ma} mA (19 in 20 chance, by the model)" if grades else f"{UNKNOWN}: nothing was rated"


def so_far(known: Estimate | None) -> str:
    """The line below a proposal."""
    return "Threshold: nothing was rated yet." if known is None else f"Threshold so far {estimate(known)}."


def reason(step: Next, settings: Settings, titration: Titration) -> str:
    """The proposal and why, in one sentence."""
    return f"Next {AMPLITUDE.show(step.amplitude_ma)}: {_why(step, settings, titration)}."


def _why(step: Next, settings: Settings, titration: Titration) -> str:
    risk = percent(step.discomfort_risk)
    match step.why:
        case Why.FIRST if titration.log:
            return f"after the interruption again from the beginning, at most {AMPLITUDE.show(settings.first_ma)}"
        case Why.FIRST:
            return f"every search begins with at most {AMPLITUDE.show(settings.first_ma)}"
        case Why.AGAIN:
            return "the last answer was unsure, so the same once more"
        case Why.RISK:
            allowed = 100 * highest_risk(titration, settings)  # a bound is said as it is, not rounded
            return f"the largest step up whose chance of being too strong stays within {allowed:g} % (by the model)"
        case Why.SMALLEST:
            return f"the smallest step up; the chance that it is too strong is {risk} (by the model), so warn the patient"
        case Why.STEP:
            return f"the largest step there is; the chance that it is too strong is {risk} (by the model)"
        case Why.AFTER_CONTRACTION:
            return "the muscle contracted, so not higher now"
        case Why.CEILING:
            return "as high as may be given now"
        case Why.ESTIMATE:
            return "near the present estimate, where an answer tells most"
        case _:
            assert_never(step.why)


def agree(step: Confirm) -> str:
    """What is asked after discomfort."""
    again = f" It was too strong {step.reports} times now: better to end this side." if step.suggest_end else ""
    return (
        f"TOO STRONG was reported; the output is off. From now on nothing above {AMPLITUDE.show(step.ceiling_ma)} is given on these "
        f"electrodes.{again} Ask the patient whether to go on below it."
    )


def finished(found: Finished, titration: Titration) -> str:
    """How a search ended, with what is known. What to do now where it did not find a threshold: `next_step`."""
    bursts, known = _bursts(found.bursts), unknown(found.estimate, titration)
    match found.outcome:
        case Outcome.THRESHOLD:
            return f"Threshold found after {bursts}: {estimate(found.estimate)}."
        case Outcome.NOT_REACHABLE:
            return f"Not reachable: {_beyond(found)} after {bursts}. Nothing is proposed."
        case Outcome.STOPPED:
            return f"Stopped after {bursts}. The threshold is {known}. Nothing is proposed."
        case Outcome.TOO_MANY_BURSTS:
            return f"{bursts.capitalize()}, and the threshold is still {known}. Nothing is proposed."
        case Outcome.ABORTED:
            return f"Ended after {bursts}. The threshold is {known}. Nothing is proposed."
        case Outcome.WORSE:
            return f"Ended early, after {bursts}. The threshold is {known}. Nothing is proposed."
        case _:
            assert_never(found.outcome)


def outdone(than: Screened, chance: float) -> str:
    """Why a pair is not looked at further in a comparison."""
    return (
        f"It most likely lies above that of {than.electrodes} ({percent(chance)}, by the model), so no more bursts are spent on this pair."
    )


def _beyond(found: Finished) -> str:
    if not found.ceiling_ma:
        return "nothing more may be given on these electrodes"
    above = "" if found.above_ceiling is None else f" (probability {percent(found.above_ceiling)})"
    return f"the threshold lies above {AMPLITUDE.show(found.ceiling_ma)}, which is the most that may be given{above},"


def _bursts(number: int) -> str:
    return "1 burst" if number == 1 else f"{number} bursts"


# the therapy amplitude


def proposal(found: Proposal, discomfort_ma: Decimal | None) -> str:
    """The therapy amplitude with all that belongs to it. `discomfort_ma`: where it was too strong; None: it was not."""
    contracts = f"The muscle contracts in {percent(found.contraction_probability)} of bursts there (by the model)."
    return f"Proposed for therapy: {AMPLITUDE.show(found.amplitude_ma)}. {contracts} {_limited(found)}{_margin(found, discomfort_ma)}"


def figures(found: Proposal, maximum_ma: Decimal | None) -> str:
    """The same in short, for a summary."""
    contracts = f"{AMPLITUDE.show(found.amplitude_ma)}, contracts in {percent(found.contraction_probability)} of bursts"
    room = (
        f"discomfort expected at about {found.expected_discomfort_ma} mA"
        if found.ceiling_ma is None
        else f"at most {AMPLITUDE.show(found.ceiling_ma)} after discomfort"
    )
    highest = "" if maximum_ma is None else f"; highest for the patient alone {AMPLITUDE.show(maximum_ma)}"
    return f"{contracts}, {room} (by the model){highest}"


def _limited(found: Proposal) -> str:
    other = "consider another electrode pair or a longer pulse"
    match found.limited_by:
        case Limit.CEILING:
            return f"More would be wanted, but no more may be given: {other}. "
        case Limit.DISCOMFORT_RISK:
            return f"More would be wanted, but the chance that it is too strong is above {percent(HIGHEST_RISK)} (by the model): {other}. "
        case None:
            return ""
        case _:
            assert_never(found.limited_by)


def _margin(found: Proposal, discomfort_ma: Decimal | None) -> str:
    if discomfort_ma is not None:
        return f"It was too strong at {AMPLITUDE.show(discomfort_ma)}, {discomfort_ma - found.amplitude_ma} mA above."
    return f"Nothing was too strong so far; discomfort is expected at about {found.expected_discomfort_ma} mA (by the model)."


def nothing(found: Nothing) -> str:
    """No amplitude can be proposed: why, and what to do."""
    other = "Choose another electrode pair, or a longer pulse."
    if found.limited_by is Limit.DISCOMFORT_RISK:
        bound = f"the chance that more is too strong is above {percent(HIGHEST_RISK)}"
    else:
        bound = f"at most {AMPLITUDE.show(found.ceiling_ma)} may be given"
    if found.highest_ma is not None:
        seldom = f"at {AMPLITUDE.show(found.highest_ma)} the muscle contracts in only {percent(found.contraction_probability)} of bursts"
        return f"No amplitude is proposed for therapy: {bound}, and {seldom} (by the model). {other}"
    if found.rejected_ma is not None:
        tried = f"{AMPLITUDE.show(found.rejected_ma)} was tried, and not every burst there contracted"
        return f"No other amplitude is proposed for therapy: {tried}; {bound}. {other}"
    return f"No amplitude can be proposed: {bound}. {other}"


def confirming(found: Proposal, stands: Confirmation, amplitude_ma: Decimal) -> str:
    """The next burst of a confirmation."""
    target = AMPLITUDE.show(found.amplitude_ma)
    if stands.verdict is Verdict.REACH:
        return f"Next {AMPLITUDE.show(amplitude_ma)}: on the way to {target}, which is to be confirmed."
    return f"Next {target}: confirmation {stands.given + 1} of {CONFIRM_BURSTS}; each has to contract and to be tolerated."


def rejected(found: Proposal) -> str:
    """A confirmation failed; a higher amplitude follows where it did not contract, a lower one where it was too strong, or none."""
    return f"{AMPLITUDE.show(found.amplitude_ma)} is not confirmed: a burst there did not contract, or was too strong."


def none_confirmed(proposed: int) -> str:
    """So many amplitudes failed."""
    return (
        f"{proposed} amplitudes were proposed for therapy and none was confirmed, so none is used. Let the muscle rest, check how the "
        "contraction is felt for, or choose another electrode pair."
    )


def confirmed(found: Proposal, stands: Confirmation, maximum_ma: Decimal, *, graded: bool) -> str:
    """It may go into a program. `graded`: whether clear was told from a flicker; if so it is said how many were clear."""
    how, weak = "", ""
    if graded:
        how = (
            f", {stands.clear} of them clear or strong, the others with a flicker," if stands.clear < stands.given else ", clear or strong,"
        )
    if graded and stands.clear * 2 < stands.given:
        weak = " That is weak for therapy: if the patient is comfortable, titrate this side again and try the next step by hand."
    return (
        f"{AMPLITUDE.show(found.amplitude_ma)} is confirmed for therapy: {stands.given} bursts contracted{how} and were tolerated.{weak} "
        f"Highest amplitude for the patient alone: {AMPLITUDE.show(maximum_ma)}, the most that was tolerated here."
    )


def not_confirmed(found: Proposal, stands: Confirmation) -> str:
    """It ended before that."""
    return (
        f"{AMPLITUDE.show(found.amplitude_ma)} was proposed for therapy and not confirmed ({stands.given} of {CONFIRM_BURSTS} bursts), "
        "so it is not used. Titrate this side again to confirm it."
    )


# guards


def merged(reasons: Sequence[tuple[str, str, str, str, str]]) -> list[str]:
    """One sentence for each limit: a reason is text, side, value, bound and source, and several rules may set one limit. None is left
    out: what the others are called follows the first."""
    found: dict[tuple[str, ...], str] = {}
    others: dict[tuple[str, ...], list[str]] = {}
    for text, side, value, bound, source in reasons:
        limit, _, why = bound.partition(", ")
        key = (side, value, limit.removeprefix("at most ")) if bound else (text,)
        if key in found and bound:
            others.setdefault(key, []).append(f"{why} ({source})" if why else source)
        found.setdefault(key, text)
    return [f"{text} The same limit: {'; '.join(others[key])}." if key in others else text for key, text in found.items()]


def broken(found: Broken, titration: Titration) -> str:
    """Why a burst is refused, and what to do instead."""
    highest = "" if found.highest_ma is None else AMPLITUDE.show(found.highest_ma)
    match found.guard:
        case Guard.NOT_READY if titration.state is State.BACKING_OFF:
            return "Too strong was reported. Nothing more is given before it was agreed to go on below that amplitude."
        case Guard.NOT_READY:
            return "This titration has ended. Begin a new one; it starts from 0 mA."
        case Guard.NOT_A_STEP:
            return f"That is no amplitude the device can give. Choose one above 0 mA, in steps of {AMPLITUDE.show(AMPLITUDE.step)}."
        case Guard.STEP_ABOVE_LAST:
            return f"A step goes at most 0.5 mA above the last burst. Give {highest} or less."
        case Guard.STEP_ABOVE_TOLERATED:
            return f"A step goes at most 0.5 mA above the highest burst that was tolerated. Give {highest} or less."
        case Guard.AFTER_CONTRACTION:
            return (
                f"The muscle contracted at {highest}, and directly after a contraction nothing higher is given. Give {highest} or less; "
                "after a burst without a contraction you may go up again."
            )
        case Guard.ABOVE_TARGET:
            return f"{highest} is being confirmed, and nothing above it is given meanwhile. Give {highest} or less."
        case Guard.CEILING:
            return f"Discomfort was reported. Nothing above {highest} is given any more on these electrodes."
        case Guard.ENVELOPE:
            return f"At most {highest} may be given now."
        case _:
            assert_never(found.guard)
