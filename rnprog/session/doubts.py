"""When a side is better ended than brought up higher. Owns the two reasons; it advises, and a person may still go on.

Asked before each rise above everything that was tolerated, because each of those is a step into the unknown; the same or a lower amplitude
is no new risk and is not asked about.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from rnprog.session.wording import doubts as words
from rnprog.therapy.contacts import Contact, Electrodes
from rnprog.therapy.impedance import ImpedanceReading, ImpedanceSweep, Verdict, judged
from rnprog.therapy.titration import Titration

WRONG_PLACE_AFTER = 2
"""So many bursts felt in the wrong place are no slip of the tongue. A choice of this project, `unverified`."""
SUSPECT_LEAD_MA = Decimal(2)
"""Where half of the patients contract by the population's prior (`therapy.threshold.priors`). A lead that reads like a fault and has not
contracted up to here will hardly be helped by more. `unverified`."""

_ASTRAY = (Verdict.EQUALISED, Verdict.SHORT)
"""Readings that let a burst pass, and let its current go another way."""


def astray(sweep: ImpedanceSweep | None, electrodes: Electrodes) -> bool:
    """Whether the last measurement says that current may miss the muscle: a used contact is equalised with others, or touches one."""
    return sweep is not None and _astray(sweep.readings, set(electrodes.contacts) - {Contact.CASE})


def _astray(readings: Collection[ImpedanceReading], used: Collection[Contact]) -> bool:
    found = zip(readings, judged(readings), strict=True)
    return any(kind in _ASTRAY and not reading.pair.isdisjoint(used) for reading, kind in found)


def better_ended(titration: Titration, amplitude_ma: Decimal, *, on_suspect_lead: bool) -> str:
    """Why this side is better ended than brought up to `amplitude_ma`; empty: nothing speaks against it."""
    if amplitude_ma <= titration.highest_tolerated_ma:
        return ""
    if wrong_place(titration):
        return words.end_after_wrong_place(amplitude_ma)
    if on_suspect_lead and amplitude_ma > SUSPECT_LEAD_MA and not any(burst.grade for burst in titration.log):
        return words.end_on_suspect_lead(titration.highest_tolerated_ma, amplitude_ma)
    return ""


def wrong_place(titration: Titration) -> bool:
    """Whether it was felt in the wrong place often enough to be believed."""
    return sum(burst.elsewhere for burst in titration.log) >= WRONG_PLACE_AFTER
