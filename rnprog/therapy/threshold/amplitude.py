"""The therapy amplitude: proposed from a threshold, confirmed by bursts, bounded for the patient. It proposes; a clinician decides.

Proposed is the lowest amplitude of the grid at which the muscle contracts with probability 0.9 (averaged over all that is not known), and
where it is 0.9 probable besides that it contracts in eight bursts of ten or more; as far as limits and the risk of discomfort let it. Three
bursts there confirm it; they are ordinary answers and go into the estimate.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rnprog.therapy.grid import Range
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.threshold.evidence import TENTHS_PER_MA
from rnprog.therapy.threshold.guards import limits
from rnprog.therapy.threshold.posterior import Posterior
from rnprog.therapy.threshold.profiles import Settings
from rnprog.therapy.threshold.search import Estimate, estimate_of, highest_risk, posterior_of, step_up
from rnprog.therapy.titration import Answer, State, Titration, TitrationError
from rnprog.therapy.units import Milliamps

CONTRACTION_PROBABILITY = 0.9
DEPENDABLE_CHANCE, DEPENDABLE_PROBABILITY = 0.8, 0.9
"""The average alone can hide a tenth of patients in whom the muscle contracts in half of the bursts, so the chance itself has to be this
high with this probability. A choice of this project, `unverified`."""
LEAST_PROBABILITY = 0.5
"""An amplitude at which the muscle contracts less often than not is no therapy, whatever keeps it down: nothing is proposed then. A choice
of this project, `unverified`."""
CONFIRM_BURSTS = 3
HIGHEST_RISK = 0.15
"""Above what was tolerated, nothing riskier than this is proposed. It is higher than the risk of a step in the search: a proposal is no
burst, its chance is stated, and it is approached by small steps. With the 2.5 % of a step, a tenth of patients would get too little."""


class Limit(StrEnum):
    """What keeps the proposal below the amplitude that would be wanted."""

    CEILING = "ceiling"
    """Discomfort, or a limit of charge, compliance, device or patient."""
    DISCOMFORT_RISK = "discomfort risk"


@dataclass(frozen=True, slots=True)
class Proposal:
    """An amplitude for therapy, with all that must be shown with it."""

    amplitude_ma: Milliamps
    contraction_probability: float
    """By the model, at this amplitude."""
    limited_by: Limit | None
    """`None`: what is wanted is reached."""
    discomfort_risk: float
    """By the model, given what was tolerated; 0 if this amplitude or a higher one was."""
    ceiling_ma: Milliamps | None
    """`None`: nothing has been too strong, and no limit is known."""
    margin_ma: Decimal | None
    """From the proposal up to the ceiling; `None` without one."""
    expected_discomfort_ma: Decimal
    """Where discomfort is as likely as not, by the model, to 0.01 mA. Not a limit."""
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Nothing:
    """No amplitude can be proposed: what is allowed contracts the muscle too seldom, was tried and did not, or is nothing at all."""

    ceiling_ma: Milliamps
    """The most that may be given."""
    estimate: Estimate
    limited_by: Limit = Limit.CEILING
    highest_ma: Milliamps | None = None
    """The highest that may be and is not likely too strong; `None`: not even the lowest of the grid, or all of it was tried."""
    contraction_probability: float = 0.0
    """By the model, there."""
    rejected_ma: Milliamps | None = None
    """Tried in vain: nothing up to here is proposed again."""


def propose(
    titration: Titration,
    limit_ma: Milliamps,
    settings: Settings,
    amplitudes: Range = AMPLITUDE.range,
    *,
    rejected_ma: Milliamps | None = None,
    least_probability: float = 0.0,
) -> Proposal | Nothing:
    """The therapy amplitude from this log. `limit_ma`: the most that charge, compliance, device and patient limit allow, without the small
    steps of the ladder (it is reached by the ladder). `rejected_ma`: bursts there did not all contract, so the next is at least one step
    higher, whatever the model says. `least_probability`: what contracts less often is not proposed; whoever treats with it asks for
    `LEAST_PROBABILITY`. Raises `TitrationError` for amplitudes finer than 0.1 mA in the log.
    """
    known = posterior_of(titration, settings)
    estimate = estimate_of(known, settings.rules)
    ceiling_ma = limit_ma if titration.ceiling_ma is None else min(limit_ma, titration.ceiling_ma)
    tolerated = int(titration.highest_tolerated_ma * TENTHS_PER_MA)
    chosen: Decimal | None = None
    limited_by, enough, contraction, risk = Limit.CEILING, False, 0.0, 0.0
    following = amplitudes.minimum if amplitudes.minimum > 0 else amplitudes.above(amplitudes.minimum)
    if rejected_ma is not None:
        following = amplitudes.above(rejected_ma)
    while following is not None and following <= ceiling_ma:
        tenths = _tenths(following)
        risk_there = known.discomfort(tenths, tolerated)
        if risk_there > HIGHEST_RISK:
            limited_by = Limit.DISCOMFORT_RISK
            break
        chosen, risk, contraction = following, risk_there, known.contraction(tenths)
        enough = contraction >= CONTRACTION_PROBABILITY and known.dependably(tenths, DEPENDABLE_CHANCE) >= DEPENDABLE_PROBABILITY
        if enough:
            break
        following = amplitudes.above(following)
    if chosen is None:
        return Nothing(ceiling_ma, estimate, limited_by, rejected_ma=rejected_ma)
    if contraction < least_probability:
        return Nothing(ceiling_ma, estimate, limited_by, Milliamps(chosen), contraction, rejected_ma)
    return Proposal(
        Milliamps(chosen),
        contraction,
        None if enough else limited_by,
        risk,
        titration.ceiling_ma,
        None if titration.ceiling_ma is None else titration.ceiling_ma - chosen,
        _expected_discomfort_ma(known, tolerated),
        estimate,
    )


class Verdict(StrEnum):
    REACH = "reach"
    """Not at the amplitude yet: the next rung of the ladder towards it."""
    REPEAT = "repeat"
    """At the amplitude: one more burst there."""
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    """A burst there did not contract, or was too strong: propose again from the longer log."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Where the confirmation of a proposed amplitude stands."""

    verdict: Verdict
    next_ma: Milliamps | None
    """The burst to offer; `None`: no burst follows, or (with `REACH`) none is allowed now."""
    contracted: int
    """With any grade: what a proposal promises is a contraction, not how strong it is."""
    given: int
    clear: int = 0
    """Those of them that were called clear or strong; none where no grades were asked for."""
    missed: int = 0
    """Those of the given that did not contract; one that was too strong may have contracted, or nobody looked."""


def confirm(
    titration: Titration,
    amplitude_ma: Milliamps,
    settings: Settings,
    *,
    since: int,
    highest_allowed: Milliamps,
    amplitudes: Range = AMPLITUDE.range,
) -> Confirmation:
    """Where the confirmation stands. `since`: the number of bursts in the log when the amplitude was proposed.

    Rungs on the way keep the guards (`broken` with this target) and the risk of a step in the search. Unsure counts as not given. Raises
    `TitrationError` while an answer is awaited.
    """
    if titration.state is State.ASKING:
        raise TitrationError("The last burst is not answered yet. Answer it first.")
    answers = [burst for burst in titration.log[since:] if burst.amplitude_ma == amplitude_ma and burst.answer not in (None, Answer.UNSURE)]
    graded = [None if burst.rated is None else burst.rated.grade for burst in answers]
    contracted, missed, given = sum(bool(grade) for grade in graded), graded.count(0), len(graded)
    clear = sum(burst.answer in (Answer.CLEAR, Answer.STRONG) for burst in answers)
    if missed or any(burst.answer is Answer.DISCOMFORT for burst in titration.log[since:]):
        return Confirmation(Verdict.REJECTED, None, contracted, given, clear, missed)
    if contracted >= CONFIRM_BURSTS:
        return Confirmation(Verdict.CONFIRMED, None, contracted, given, clear)
    careful_ma, _ = step_up(posterior_of(titration, settings), titration.highest_tolerated_ma, highest_risk(titration, settings))
    bound_ma = min(careful_ma, *(bound for _, bound in limits(titration, highest_allowed, target_ma=amplitude_ma)))
    if bound_ma >= amplitude_ma:
        return Confirmation(Verdict.REPEAT, amplitude_ma, contracted, given, clear)
    rung = amplitudes.at_or_below(bound_ma)
    return Confirmation(Verdict.REACH, Milliamps(rung) if rung else None, contracted, given, clear)


def patient_maximum(titration: Titration, limit_ma: Milliamps) -> Milliamps:
    """The highest amplitude that the patient may later choose alone: what was tolerated here, below the ceiling and `limit_ma`. 0: none."""
    bounds = [titration.highest_tolerated_ma, limit_ma]
    if titration.ceiling_ma is not None:
        bounds.append(titration.ceiling_ma)
    return min(bounds)


def _expected_discomfort_ma(known: Posterior, tolerated: int) -> Decimal:
    top = int(AMPLITUDE.maximum * TENTHS_PER_MA)
    for tenths in range(tolerated + 1, top):
        if known.discomfort(tenths, tolerated) >= 0.5:
            return Decimal(tenths) / TENTHS_PER_MA
    return AMPLITUDE.maximum


def _tenths(amplitude_ma: Decimal) -> int:
    return int(amplitude_ma * TENTHS_PER_MA)
