"""What is believed of a threshold before the first burst: from an earlier visit, or from the other side. Owns which past may serve.

An earlier value serves only where it means the same: same device, same kind of device (an emulator's never serves a real one), same
pulse width and rate, contractions confirmed the same way. For an earlier visit the electrodes have to be the same, too. Whatever is
believed, the first burst stays at 0.5 mA or below, and a tenth of the belief stays with patients at large.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from rnprog.session.archive import History, history
from rnprog.session.archive import Titrated as Past
from rnprog.session.session import Session
from rnprog.session.titrated import Plan, Titrated
from rnprog.session.wording import titration as words
from rnprog.therapy.contacts import Electrodes, ElectrodesError, Side
from rnprog.therapy.threshold import Earlier, Outcome, Prior, previous_visit, second_side
from rnprog.therapy.titration import TitrationError


def earlier_records(session: Session) -> History | None:
    """Everything that may serve; None without a record directory."""
    if session.record is None:
        return None
    path = session.record.path
    return history(path.parent, serial=session.serial, mode=str(session.mode), besides=path)


def informed(plan: Plan, session: Session, past: History | None, found: Mapping[Side, Titrated]) -> Plan:
    """The plan with the best that is known: these electrodes at an earlier visit, else the other side in this one, else nothing."""
    return _from_visit(plan, session, past) or _from_other_side(plan, session, found) or plan


def _from_visit(plan: Plan, session: Session, past: History | None) -> Plan | None:
    for each in past.titrated if past is not None else ():
        earlier = _earlier(plan, session, each)
        if earlier is None:
            continue
        setup, settings = plan.setup, plan.settings
        try:
            prior = previous_visit(
                earlier,
                serial=session.serial,
                electrodes=setup.electrodes,
                pulse_width_us=setup.pulse_width_us,
                modality=settings.modality,
            )
        except TitrationError:
            continue
        return _begun_from(plan, prior, words.begun_from_visit(earlier.threshold_ma, each.interval_ma, each.at.date().isoformat()))
    return None


def _earlier(plan: Plan, session: Session, past: Past) -> Earlier | None:
    """A titration of the past as medicine wants it; None when it may not serve here."""
    setup = plan.setup
    width_us, rate_hz, how = past.conditions
    if past.side != setup.side or past.ending != "threshold" or not past.estimate_ma or how != plan.how_confirmed:
        return None
    try:
        electrodes = Electrodes.parse(past.electrodes, setup.side)
        if (Decimal(width_us), Decimal(rate_hz)) != (setup.pulse_width_us, setup.rate_hz):
            return None
    except (ElectrodesError, InvalidOperation):
        return None
    return Earlier(past.estimate_ma, session.serial, electrodes, setup.pulse_width_us, plan.settings.modality)


def _from_other_side(plan: Plan, session: Session, found: Mapping[Side, Titrated]) -> Plan | None:
    for side, other in found.items():
        done = other.finished
        if side is plan.setup.side or done is None or done.outcome is not Outcome.THRESHOLD or other.estimate is None:
            continue
        setup = other.plan.setup
        if setup.rate_hz != plan.setup.rate_hz:
            continue
        earlier = Earlier(other.estimate.median_ma, session.serial, setup.electrodes, setup.pulse_width_us, other.plan.settings.modality)
        try:
            prior = second_side(earlier, serial=session.serial, pulse_width_us=plan.setup.pulse_width_us, modality=plan.settings.modality)
        except TitrationError:
            continue
        interval_ma = (other.estimate.lower_ma, other.estimate.upper_ma)
        return _begun_from(plan, prior, words.begun_from_other_side(earlier.threshold_ma, interval_ma, str(side)))
    return None


def _begun_from(plan: Plan, prior: Prior, sentence: str) -> Plan:
    return replace(plan, prior=prior, begun_from=sentence)
