"""Measuring impedance: which pairs, in which order, and what was found. The verdicts are medicine's (`therapy.impedance`)."""

from __future__ import annotations

from itertools import combinations, product

from rnprog.device.api import ImpedanceReport
from rnprog.session.outcomes import Applied, Differs, Outcome, Reason, ReasonKind, Refused
from rnprog.session.particular import not_measured
from rnprog.session.record import amount
from rnprog.session.session import Session
from rnprog.session.wording import impedance
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Side
from rnprog.therapy.impedance import FRESH_FOR_MS, ImpedanceReading, ImpedanceSweep, verdict

Pairs = tuple[tuple[Contact, Contact], ...]


def pairs_of(sides: tuple[Side, ...]) -> Pairs:
    """Each contact against the case, then each pair on the same lead."""
    return tuple(pair for pairs in rounds_of(sides) for pair in pairs)


def rounds_of(sides: tuple[Side, ...]) -> tuple[Pairs, Pairs]:
    """The two rounds of a measurement. Each is one request with an outcome of its own: what is not known after it is not known of any of
    its pairs. The rounds are some time apart, which shows a contact that comes and goes."""
    against_case = product((contact for side in sides for contact in CONTACTS_OF[side]), (Contact.CASE,))
    within_lead = (pair for side in sides for pair in combinations(CONTACTS_OF[side], 2))
    return tuple(against_case), tuple(within_lead)


def leads_among(session: Session, sides: tuple[Side, ...]) -> tuple[Side, ...]:
    """Those of the sides that the device has a lead on; all of them when it has none there, for it to refuse."""
    return tuple(side for side in sides if side in session.capabilities.leads) or sides


def measure(session: Session, sides: tuple[Side, ...]) -> Outcome[ImpedanceSweep]:
    """Measure the leads of some sides. The sweep becomes the session's; readings of a lead that was not measured now are kept. Differs
    when the device drives more than it declares: there is no sweep then, and none is made in this session any more."""
    if session.unfit is not None:
        return Refused((Reason(ReasonKind.ENVELOPE, session.unfit, "impedance"),))
    if (refused := not_measured(session)) is not None:
        return refused
    began_ms = session.now_ms
    readings: tuple[ImpedanceReading, ...] = ()
    for pairs in rounds_of(leads_among(session, sides)):
        outcome = _measure_round(session, pairs)
        if not isinstance(outcome, Applied):
            return outcome
        readings += outcome.readback.readings
    session.sweep = sweep = _joined(session, ImpedanceSweep(readings, session.serial, session.link_session, began_ms))
    return Applied(sweep)


def _measure_round(session: Session, pairs: Pairs) -> Outcome[ImpedanceReport]:
    caps = session.capabilities
    intent = {
        "pairs": [f"{first}-{second}" for first, second in pairs],
        "test_ma": amount(caps.impedance_test_ma),
        "test_us": amount(caps.impedance_test_us),
    }
    outcome = session.command("impedance", intent, lambda: session.device.measure(pairs), _as_data)
    if isinstance(outcome, Differs):
        session.unfit, session.sweep = impedance.MEASURED_TOO_STRONGLY, None
    return outcome


def _joined(session: Session, sweep: ImpedanceSweep) -> ImpedanceSweep:
    """With what was measured before of another lead, while it is fresh."""
    measured = {reading.pair for reading in sweep.readings}
    earlier = session.sweep
    still_good = earlier is not None and session.now_ms - earlier.taken_at_ms <= FRESH_FOR_MS
    if earlier is not None and still_good and not {reading.pair for reading in earlier.readings} <= measured:
        kept = tuple(reading for reading in earlier.readings if reading.pair not in measured)
        # The age of a joined sweep is that of its oldest part, so nothing is ever called fresher than it is.
        return ImpedanceSweep((*kept, *sweep.readings), session.serial, session.link_session, earlier.taken_at_ms)
    return sweep


def _as_data(report: ImpedanceReport) -> dict[str, object]:
    readings = [
        {"pair": reading.name, "impedance_ohm": reading.impedance_ohm, "verdict": str(verdict(reading))} for reading in report.readings
    ]
    return {"test_ma": amount(report.test_ma), "test_us": amount(report.test_us), "readings": readings}
