"""When the leads are measured again, so that no burst is refused because people took their time. Owns the ages and the way of doing it.

An impedance serves for ten minutes (`therapy.impedance`); a side at half a minute a burst takes longer. While a side is prepared the device
measures nothing, so it is released first: the next burst starts from 0, and what was answered stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rnprog.session import sweep
from rnprog.session.offers import Offer
from rnprog.session.outcomes import Applied, Outcome, Reason, ReasonKind, Refused
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.wording import titration as words
from rnprog.therapy.contacts import Side, lead_of
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.impedance import FRESH_FOR_MS, NotUsable, usable

MINUTE_MS = 60_000
BEFORE_A_STEP_MS = 4 * MINUTE_MS
"""Older than this before a side or a program: measured again, so that it lasts. Working figures of this project, like those below."""
BEFORE_BOTH_MS = MINUTE_MS
"""The check of both sides has no pause to measure in."""
UNDER_WAY_MS = 8 * MINUTE_MS
"""Older than this within a side: announced with the next burst, measured after it."""


def age_ms(session: Session) -> int:
    """Of the last measurement; 0 without one."""
    return 0 if session.sweep is None else session.now_ms - session.sweep.taken_at_ms


def expired(session: Session) -> bool:
    """Whether it is too old to rely on."""
    return age_ms(session) > FRESH_FOR_MS


@dataclass(slots=True)
class Renewal:
    """Within one side. Announced with a burst and done after it; done at once when the measurement has expired meanwhile."""

    stimulation: Stimulation
    _announced: int | None = None
    """How many bursts had been given when it was announced."""
    _done: str = ""

    def due(self) -> bool:
        """Whether to measure before anything more is offered."""
        given = len(self.stimulation.titration.log)
        return expired(self.stimulation.session) or (self._announced is not None and given > self._announced)

    def carry_out(self) -> Outcome[TestSetup]:
        """Measure. Whatever does not succeed comes back, with the side released."""
        minutes = age_ms(self.stimulation.session) // MINUTE_MS
        outcome = _again(self.stimulation)
        self._announced, self._done = None, words.measured_again(minutes)
        return outcome

    def told(self, offer: Offer) -> Offer:
        """The offer with what there is to say: that the leads were measured, or that they will be after this burst."""
        session, said = self.stimulation.session, self._done
        self._done = ""
        if not said and offer.agree is None and age_ms(session) > UNDER_WAY_MS:
            self._announced = len(offer.titration.log)
            caps = session.capabilities
            said = words.to_be_measured(age_ms(session) // MINUTE_MS, caps.impedance_test_ma, caps.impedance_test_us)
        return replace(offer, remarks=(*offer.remarks, said)) if said else offer


def _again(stimulation: Stimulation) -> Outcome[TestSetup]:
    """Release the side, measure every lead that was measured before, prepare the side again."""
    session = stimulation.session
    measured = session.sweep.readings if session.sweep is not None else ()
    leads = {lead_of(reading.first) for reading in measured} | {stimulation.side}
    released = stimulation.disarm()
    if not isinstance(released, Applied):
        return released
    found = sweep.measure(session, tuple(side for side in Side if side in leads))
    return stimulation.arm() if isinstance(found, Applied) else found


def unusable(stimulation: Stimulation) -> Refused | None:
    """Why the last measurement lets no burst pass on these electrodes at all; None: it does."""
    session = stimulation.session
    found = usable(
        session.sweep,
        stimulation.setup.electrodes,
        serial=session.serial,
        link_session=session.link_session,
        now_ms=session.now_ms,
    )
    return Refused((Reason(ReasonKind.ENVELOPE, found.reason, "impedance"),)) if isinstance(found, NotUsable) else None
