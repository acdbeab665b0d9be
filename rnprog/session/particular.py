"""What the session has to do itself, or to ask first, where a device says in its capabilities that it cannot do what others can.

Knows no model: only what is declared. What a device cannot is said before anything is done (`wording/devices.py`).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rnprog.session.outcomes import Applied, Differs, Reason, ReasonKind, Refused, StopConfirmed, Unknown
from rnprog.session.session import Session
from rnprog.session.stopping import Halted
from rnprog.session.wording import impedance, safety
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.units import Seconds

MOST_MA, MOST_US = Decimal("0.2"), Decimal(100)
"""The measurement is stimulation that nobody confirms contact by contact, so it stays far below what can be felt (RN-1's own figures; a
choice of this project, `unverified`). A device that tests with more is not measured without consent."""
ACCEPTED_MA, ACCEPTED_US = Decimal("0.5"), Decimal(500)
"""With consent at most so much: the least an OpenNerve can be set to. Nothing stronger is measured at all (a choice of this project)."""


def not_measured(session: Session) -> Refused | None:
    """Why the impedance is not measured on this device; None: it may be."""
    caps = session.capabilities
    test_ma, test_us = caps.impedance_test_ma, caps.impedance_test_us
    if not caps.has_impedance:
        return Refused((Reason(ReasonKind.DEVICE, impedance.NOT_WITH_THIS, "impedance"),))
    if test_ma <= MOST_MA and test_us <= MOST_US:
        return None
    if test_ma > ACCEPTED_MA or test_us > ACCEPTED_US:
        text = impedance.too_strong(test_ma, test_us)
    elif not session.test_accepted:
        text = impedance.needs_consent(test_ma, test_us)
    else:
        return None
    return Refused((Reason(ReasonKind.ENVELOPE, text, "impedance"),))


def not_possible(session: Session, *, stimulates: bool) -> Refused | None:
    """Why a command that measures, and stimulates or not, would be refused on this device sooner or later: to be said before anything is
    announced or recorded. None: nothing that is known now stands in the way."""
    measured = not_measured(session)
    reasons = () if measured is None else measured.reasons
    if stimulates and session.capabilities.has_impedance and session.capabilities.lease_s is None and not session.run_on_accepted:
        reasons += (Reason(ReasonKind.ENVELOPE, safety.no_lease(session.off_within_s), "lease"),)
    return Refused(reasons) if reasons else None


def end_burst(session: Session) -> None:
    """End a burst on a device that does not by itself. Halted, after STOP, when it did not end or did not run as it was set."""
    if session.capabilities.ends_bursts or not session.armed:
        return
    sides = tuple(sorted(session.armed))
    intent = {"sides": [str(side) for side in sides]}
    outcome = session.command("end burst", intent, lambda: session.device.end_burst(sides), lambda output: {"output": str(output)})
    if isinstance(outcome, Applied):
        return
    stopped = session.stop("the burst did not end as it should", by_itself=True)
    if isinstance(stopped, StopConfirmed) and isinstance(outcome, Differs | Unknown):
        stopped = replace(stopped, words=replace(stopped.words, happened=f"{outcome.words.happened} {stopped.words.happened}"))
    raise Halted(stopped)


def with_ramps_that_fit(setup: TestSetup, capabilities: Capabilities) -> TestSetup:
    """The set-up with each ramp of rnprog's own choosing made the next longer one that the device has: longer is gentler. A ramp longer
    than all of them is left as it is, for the envelope to refuse."""
    return replace(setup, ramp_up_s=_ramp(setup.ramp_up_s, capabilities), ramp_down_s=_ramp(setup.ramp_down_s, capabilities))


def _ramp(wanted_s: Seconds, capabilities: Capabilities) -> Seconds:
    allowed = capabilities.ramp_s
    longer_s = allowed.above(wanted_s)
    return wanted_s if allowed.contains(wanted_s) or longer_s is None else Seconds(longer_s)
