"""rnprog's own search on a virtual patient, through the product's code: the titration table, the guards, next_step, propose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from math import log

from bench.titrating.patients import PHI, Couch, Ended, Patient, Reply, ended
from rnprog.therapy.grid import Range
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.threshold import (
    CAUTIOUS,
    PRECISE,
    QUICK,
    STANDARD,
    Confirm,
    Next,
    Nothing,
    Outcome,
    Profile,
    Proposal,
    Scale,
    Settings,
    Verdict,
    broken,
    confirm,
    next_step,
    population,
    propose,
)
from rnprog.therapy.threshold.amplitude import LEAST_PROBABILITY
from rnprog.therapy.threshold.priors import SAME_SITE_LOG_SPREAD, SECOND_SIDE_LOG_SPREAD, Prior, PriorKind, _informed
from rnprog.therapy.threshold.profiles import AIM
from rnprog.therapy.threshold.search import Step, posterior_of
from rnprog.therapy.titration import Answer, State, Titration
from rnprog.therapy.units import Milliamps

ROUNDS = 10
_STEP_MA = Decimal("0.5")
_GRADES = (Answer.NONE, Answer.FLICKER, Answer.CLEAR, Answer.STRONG)
OPENNERVE = Range(Decimal("0.2"), Decimal("5.0"), Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class Ours:
    """A way of using the search."""

    profile: Profile = STANDARD
    scale: Scale = Scale.YES_NO
    informed_by: str = ""
    """"second side" or "previous visit": that search is made first, without counting it."""
    amplitudes: Range = AMPLITUDE.range
    aim: float | None = None


OURS: dict[str, Ours] = {
    "rnprog": Ours(),
    "rnprog, quick": Ours(QUICK),
    "rnprog, precise": Ours(PRECISE),
    "rnprog, cautious": Ours(CAUTIOUS),
    "rnprog, risk 6 %": Ours(replace(STANDARD, discomfort_risk=0.06)),
    "rnprog, aim of feeling": Ours(aim=AIM[Scale.GRADE_FELT]),
    "rnprog, second side": Ours(informed_by="second side"),
    "rnprog, previous visit": Ours(informed_by="previous visit"),
}
ANSWERS = {"yesno": Scale.YES_NO, "grade": Scale.GRADE, "grade+felt": Scale.GRADE_FELT}


def session(way: Ours, who: Patient, index: int, seed: int, scale: Scale = Scale.YES_NO) -> Ended:
    """One whole search. AssertionError if a guard of the product was broken."""
    way = replace(way, scale=scale)
    settings = Settings(way.profile, way.scale, prior=_prior(way, who, index, seed), aim=way.aim)
    subject = who.other() if way.informed_by == "second side" else who
    return _search(way, settings, Couch(subject, index, seed))


def search(way: Ours, settings: Settings, couch: Couch, listen: Callable[[Titration, Step], None] | None = None) -> tuple[Titration, Step]:
    """The loop: next step, burst, answer; the log and the end."""
    titration = Titration().begin()
    while True:
        allowed = highest_allowed(titration, way.amplitudes)
        step = next_step(titration, allowed, settings, way.amplitudes)
        if listen is not None:
            listen(titration, step)
        if isinstance(step, Confirm):
            titration = titration.proceed()
        elif isinstance(step, Next):
            assert not broken(titration, step.amplitude_ma, allowed, amplitudes=way.amplitudes)
            reply = couch.burst(int(step.amplitude_ma * 10))
            titration = answered(titration.burst_given(step.amplitude_ma), reply)
        else:
            return titration, step


def answered(titration: Titration, reply: Reply) -> Titration:
    """The reply as the clinician would enter it."""
    rating = Answer.FELT if not reply.grade and reply.felt else _GRADES[reply.grade]
    return titration.answered(Answer.DISCOMFORT, contraction=rating) if reply.discomfort else titration.answered(rating)


def highest_allowed(titration: Titration, amplitudes: Range = AMPLITUDE.range) -> Milliamps:
    """What the envelope would say of a device whose only limit is its range."""
    bounds = [titration.last_delivered_ma + _STEP_MA, titration.highest_tolerated_ma + _STEP_MA, amplitudes.maximum]
    if titration.ceiling_ma is not None:
        bounds.append(titration.ceiling_ma)
    return Milliamps(min(bounds))


def _search(way: Ours, settings: Settings, couch: Couch) -> Ended:
    titration, step = search(way, settings, couch)
    assert not isinstance(step, Next | Confirm)
    known = posterior_of(titration, settings)
    estimate = known.quantile_ma(0.5)
    who = couch.who
    truth = who.threshold * (1 + who.drift * len(couch.given) / 2)
    result = ended(
        couch,
        estimate,
        outcome=str(step.outcome),
        within=abs(estimate - truth) <= settings.rules.within_ma(estimate),
        in_interval=known.quantile_ma(0.05) <= truth <= known.quantile_ma(0.95),
    )
    if step.outcome is not Outcome.THRESHOLD:
        return result
    first = _proposed(way, settings, titration)
    if not isinstance(first, Proposal):
        return result
    confirmed = _confirmed(way, settings, titration, first, couch)
    return replace(
        result,
        therapy=chance(who, first.amplitude_ma),
        therapy_above=float(first.amplitude_ma) > who.discomfort,
        confirmed=-1.0 if confirmed is None else chance(who, confirmed),
        more_bursts=len(couch.given) - result.bursts,
        more_above=couch.above - result.above,
    )


def chance(who: Patient, amplitude_ma: Milliamps) -> float:
    """The true chance of a contraction."""
    return PHI(log(float(amplitude_ma) / who.threshold) / who.spread)


def _confirmed(way: Ours, settings: Settings, titration: Titration, proposed: Proposal, couch: Couch) -> Milliamps | None:
    """The amplitude after its confirmation, proposed again where a burst did not contract; `None`: not in ten proposals."""
    titration = titration.proceed() if titration.state is State.BACKING_OFF else titration
    rejected_ma: Milliamps | None = None
    for _ in range(ROUNDS):
        since = len(titration.log)
        while True:
            allowed = highest_allowed(titration, way.amplitudes)
            stands = confirm(titration, proposed.amplitude_ma, settings, since=since, highest_allowed=allowed, amplitudes=way.amplitudes)
            if stands.next_ma is None:
                break
            assert not broken(titration, stands.next_ma, allowed, target_ma=proposed.amplitude_ma, amplitudes=way.amplitudes)
            titration = answered(titration.burst_given(stands.next_ma), couch.burst(int(stands.next_ma * 10)))
            titration = titration.proceed() if titration.state is State.BACKING_OFF else titration
        if stands.verdict is Verdict.CONFIRMED:
            return proposed.amplitude_ma
        if stands.missed:
            rejected_ma = max(proposed.amplitude_ma, rejected_ma or proposed.amplitude_ma)
        following = _proposed(way, settings, titration, rejected_ma)
        if not isinstance(following, Proposal):
            return None
        proposed = following
    return None


def _proposed(way: Ours, settings: Settings, titration: Titration, rejected_ma: Milliamps | None = None) -> Proposal | Nothing:
    """As a session does: nothing is proposed that contracts less often than not, nor again what was rejected."""
    limit_ma = Milliamps(way.amplitudes.maximum)
    return propose(titration, limit_ma, settings, way.amplitudes, rejected_ma=rejected_ma, least_probability=LEAST_PROBABILITY)


def _prior(way: Ours, who: Patient, index: int, seed: int) -> Prior:
    if not way.informed_by:
        return population()
    second = way.informed_by == "second side"
    first = who if second else who.before()
    plain = Settings(way.profile, way.scale)
    titration, _ = search(way, plain, Couch(first, index, seed, 600_000_000))
    kind, spread = (PriorKind.SECOND_SIDE, SECOND_SIDE_LOG_SPREAD) if second else (PriorKind.PREVIOUS_VISIT, SAME_SITE_LOG_SPREAD)
    return _informed(kind, Decimal(posterior_of(titration, plain).quantile_ma(0.5)).quantize(Decimal("0.01")), spread)
