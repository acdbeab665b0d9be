"""Electrode pairs of one lead compared: each is screened with few bursts, then they are ranked. Owns the order and what ends it early.

How a pair is screened and what ranks it is medicine's (`therapy.threshold.pairs`); each pair is an ordinary titration from 0 mA, with all
its guards, its record and its observer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from rnprog.session.offers import Observer
from rnprog.session.outcomes import Refused
from rnprog.session.session import Session
from rnprog.session.titrate import titrate
from rnprog.session.titrated import Listener, Method, Plan, Titrated
from rnprog.therapy.contacts import CONTACTS_OF, Electrodes, Side
from rnprog.therapy.threshold import SCREENING, Ranked, Screened, closer_look, rank, rivals, screening_settings


@dataclass(slots=True)
class Compared:
    """What a comparison came to."""

    ranking: tuple[Ranked, ...] = ()
    """The best first; empty: no pair was screened to its end."""
    closer: tuple[Ranked, ...] = ()
    """The two pairs that deserve a full titration before choosing; empty: the first is sure enough."""
    results: list[Titrated] = field(default_factory=list)
    """Every titration, in its order, those that were refused or cut short as well."""
    cut_short: Titrated | None = None
    """The titration that ended the comparison before its time; None: it went through."""


def neighbours(side: Side) -> tuple[Electrodes, ...]:
    """The pairs of neighbouring contacts of a lead, cathode first: what is compared when nothing else is asked for."""
    return tuple(Electrodes(frozenset({cathode}), frozenset({anode})) for cathode, anode in pairwise(CONTACTS_OF[side]))


def compare(
    session: Session,
    base: Plan,
    pairs: Sequence[Electrodes],
    observer: Observer,
    *,
    begins: Callable[[Plan], None],
    listener: Listener,
    ended: Callable[[Titrated], None],
) -> Compared:
    """Screen each pair and rank them. `base`: everything but electrodes, profile and prior. A pair that is refused is passed over; STOP and
    a command that did not succeed end the comparison. Trouble as `titrate`."""
    compared, screened = Compared(), list[Screened]()
    for pair in pairs:
        plan = _plan(session, base, pair, screened)
        begins(plan)
        result = titrate(session, plan, observer, listener)
        compared.results.append(result)
        ended(result)
        if result.stop is not None or session.halted is not None or (result.problem is not None and not _passed_over(result)):
            compared.cut_short = result
            break
        found = _screened(session, result)
        if found is not None:
            screened.append(found)
    if screened:
        compared.ranking = rank(screened)
        compared.closer = closer_look(compared.ranking)
    return compared


def _plan(session: Session, base: Plan, pair: Electrodes, screened: Sequence[Screened]) -> Plan:
    setup = replace(base.setup, electrodes=pair)
    settings = screening_settings(pair, screened, base.settings, serial=session.serial, pulse_width_us=setup.pulse_width_us)
    return replace(
        base, setup=setup, method=Method.ASSISTED, profile=SCREENING, prior=settings.prior, to_therapy=False, rivals=rivals(screened)
    )


def _passed_over(result: Titrated) -> bool:
    """These electrodes cannot be used; nothing was given."""
    return isinstance(result.problem, Refused) and not result.titration.log


def _screened(session: Session, result: Titrated) -> Screened | None:
    """None: it came to no end of its own (went on by hand, a lead that changed, a burst that went wrong)."""
    finished, limit_ma, setup = result.finished, result.limit_ma, result.plan.setup
    if finished is None or limit_ma is None or result.alert is not None or result.problem is not None:
        return None
    return Screened(
        setup.electrodes,
        result.titration,
        result.plan.settings,
        finished,
        setup.pulse_width_us,
        setup.rate_hz,
        session.serial,
        limit_ma,
    )
