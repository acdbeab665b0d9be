"""Measuring impedance: which pairs, in which order, and what was found. The verdicts are medicine's (`therapy.impedance`)."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations, product

from rnprog.device.api import ImpedanceReport
from rnprog.session.outcomes import Applied, Outcome, Reason, ReasonKind, Refused
from rnprog.session.record import amount
from rnprog.session.session import Session
from rnprog.session.wording import impedance
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Side
from rnprog.therapy.impedance import FRESH_FOR_MS, ImpedanceSweep, verdict

MOST_MA, MOST_US = Decimal("0.2"), Decimal(100)
"""The measurement is stimulation that nobody confirms contact by contact, so it stays far below what can be felt (RN-1's own figures; a
choice of this project, `unverified`). A device that tests with more is not measured."""

Pairs = tuple[tuple[Contact, Contact], ...]


def pairs_of(sides: tuple[Side, ...]) -> Pairs:
    """Each contact against the case, then each pair on the same lead."""
    against_case = product((contact for side in sides for contact in CONTACTS_OF[side]), (Contact.CASE,))
    within_lead = (pair for side in sides for pair in combinations(CONTACTS_OF[side], 2))
    return (*against_case, *within_lead)


def measure(session: Session, sides: tuple[Side, ...]) -> Outcome[ImpedanceSweep]:
    """Measure the leads of some sides. The sweep becomes the session's; readings of a lead that was not measured now are kept."""
    pairs = pairs_of(sides)
    caps = session.capabilities
    if caps.impedance_test_ma > MOST_MA or caps.impedance_test_us > MOST_US:
        return Refused((Reason(ReasonKind.ENVELOPE, impedance.too_strong(caps.impedance_test_ma, caps.impedance_test_us), "impedance"),))
    intent = {
        "pairs": [f"{first}-{second}" for first, second in pairs],
        "test_ma": amount(caps.impedance_test_ma),
        "test_us": amount(caps.impedance_test_us),
    }
    outcome = session.command("impedance", intent, lambda: session.device.measure(pairs), _as_data)
    if not isinstance(outcome, Applied):
        return outcome
    measured = {reading.pair for reading in outcome.readback.readings}
    sweep = ImpedanceSweep(outcome.readback.readings, session.serial, session.link_session, session.now_ms)
    earlier = session.sweep
    still_good = earlier is not None and session.now_ms - earlier.taken_at_ms <= FRESH_FOR_MS
    if earlier is not None and still_good and not {reading.pair for reading in earlier.readings} <= measured:
        kept = tuple(reading for reading in earlier.readings if reading.pair not in measured)
        # The age of a joined sweep is that of its oldest part, so nothing is ever called fresher than it is.
        sweep = ImpedanceSweep((*kept, *sweep.readings), session.serial, session.link_session, earlier.taken_at_ms)
    session.sweep = sweep
    return Applied(sweep)


def _as_data(report: ImpedanceReport) -> dict[str, object]:
    readings = [
        {"pair": reading.name, "impedance_ohm": reading.impedance_ohm, "verdict": str(verdict(reading))} for reading in report.readings
    ]
    return {"test_ma": amount(report.test_ma), "test_us": amount(report.test_us), "readings": readings}
