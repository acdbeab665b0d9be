"""After a titration: have the electrodes it used stayed as they were? A lead that changed under way makes what was found doubtful.

D8 of the fault list. While output is on, the device tells only that it is at its limit; a change that stays below the limit is found here.
"""

from __future__ import annotations

from decimal import Decimal

from rnprog.session import sweep
from rnprog.session.outcomes import Applied, Outcome
from rnprog.session.session import Session
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.impedance import ImpedanceReading, ImpedanceSweep

JUMP = Decimal("0.5")
"""A change by half or more within one titration is no drift (a project choice, `unverified`)."""


def recheck(session: Session, side: Side, electrodes: Electrodes, before: ImpedanceSweep | None) -> Outcome[tuple[str, ...]]:
    """Measure the lead again and compare the contacts of `electrodes` with `before`. The pairs that jumped, in words; empty: none did."""
    outcome = sweep.measure(session, (side,))
    if not isinstance(outcome, Applied) or before is None:
        return Applied(()) if isinstance(outcome, Applied) else outcome
    used = electrodes.cathodes | electrodes.anodes
    then = {reading.pair: reading for reading in before.readings if set(reading.pair) <= used}
    now = {reading.pair: reading for reading in outcome.readback.readings if reading.pair in then}
    return Applied(tuple(_told(then[pair], now[pair]) for pair in then if pair in now and _jumped(then[pair], now[pair])))


def _jumped(then: ImpedanceReading, now: ImpedanceReading) -> bool:
    if then.impedance_ohm is None or now.impedance_ohm is None:
        return then.impedance_ohm is not now.impedance_ohm
    return abs(now.impedance_ohm - then.impedance_ohm) >= JUMP * then.impedance_ohm


def _told(then: ImpedanceReading, now: ImpedanceReading) -> str:
    return f"{then.name} {then.impedance_ohm or '---'} ohm before, {now.impedance_ohm or '---'} ohm now"
