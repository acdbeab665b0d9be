"""The end of a burst: waited for, and judged by what the device says after it."""

from __future__ import annotations

from decimal import Decimal

from rnprog.device.api import DeviceFlag, DeviceStatus, Output
from rnprog.session.particular import end_burst
from rnprog.session.session import Session
from rnprog.session.stopping import Halted
from rnprog.session.wording import Words, safety
from rnprog.therapy.contacts import Side

SETTLE_S = 0.05
"""After a burst's end, before its outcome is read."""

_AT_LIMIT = {Side.LEFT: DeviceFlag.AT_LIMIT_LEFT, Side.RIGHT: DeviceFlag.AT_LIMIT_RIGHT}


def wait_for_the_end(session: Session, duration_s: Decimal) -> DeviceStatus:
    """Let a burst flow to its end, and read the state. Halted when the device is not the one that began it; Trouble as `Session.tick`."""
    session.wait(float(duration_s) + SETTLE_S)
    end_burst(session)
    status = session.status()
    if status.link_session != session.link_session:  # it restarted, or another programmer has it: nothing read before holds now
        raise Halted(session.stop("the device restarted, or another programmer has connected", by_itself=True))
    return status


def went_wrong(side: Side, status: DeviceStatus) -> Words | None:
    """What to say when the burst on this side did not go as it should; None when it did."""
    if DeviceFlag.LEASE_EXPIRED in status.flags or side not in status.armed:
        return safety.lease_ended("the link was silent for too long, or the device had a reason of its own")
    if status.output is Output.TEST_ON:
        return safety.still_on(str(side))
    return safety.at_limit(str(side)) if _AT_LIMIT[side] in status.flags else None
