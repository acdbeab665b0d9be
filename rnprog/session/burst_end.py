"""The end of a burst: waited for, or brought about where the device cannot drive it; and judged by what the device says then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from rnprog.device.api import DeviceFlag, DeviceStatus, Output
from rnprog.session.outcomes import Applied, Outcome
from rnprog.session.particular import end_burst
from rnprog.session.session import Session
from rnprog.session.stopping import Halted
from rnprog.session.wording import Words, safety
from rnprog.therapy.contacts import Side

SETTLE_S = 0.05
"""After a burst's end, before its outcome is read."""

_AT_LIMIT = {Side.LEFT: DeviceFlag.AT_LIMIT_LEFT, Side.RIGHT: DeviceFlag.AT_LIMIT_RIGHT}


@dataclass(frozen=True, slots=True)
class BurstEnd:
    """How a burst ended."""

    status: DeviceStatus
    """Read after it."""
    limited: tuple[Side, ...] = ()
    """Sides on which the device said, while it flowed, that it cannot drive the set current: all sides of the burst were released then."""


def wait_for_the_end(session: Session, sides: tuple[Side, ...], duration_s: Decimal) -> BurstEnd:
    """Let a burst on these sides flow to its end, or release them all as soon as the device says that it is at its limit on one of them;
    and read the state. Halted when they could not be released, or the device is not the one that began it; Trouble as `Session.tick`."""
    session.wait(float(duration_s) + SETTLE_S, over=lambda: bool(_limited(session, sides)))
    limited = _limited(session, sides)
    if limited:
        made_free(session, sides)
    else:
        end_burst(session)
    status = session.status()
    if status.link_session != session.link_session:  # it restarted, or another programmer has it: nothing read before holds now
        raise Halted(session.stop("the device restarted, or another programmer has connected", by_itself=True))
    return BurstEnd(status, limited)


def _limited(session: Session, sides: Iterable[Side]) -> tuple[Side, ...]:
    """The sides at their limit, as a heartbeat, the read-back of BURST or a later reading has told while current flowed. A flag of a side
    that is not in this burst may be an old one: the device keeps it until that side is armed anew (docs/protocol.md, 4.2)."""
    read = session.device.last_status
    told = session.heart.told_flowing | (read.flags if read is not None and read.output is Output.TEST_ON else frozenset())
    return tuple(side for side in sides if _AT_LIMIT[side] in told)


def went_wrong(side: Side, end: BurstEnd) -> Words | None:
    """What to say when the burst on this side did not go as it should, or was ended for the other side's sake; None when it went well."""
    status = end.status
    if end.limited and status.output is not Output.TEST_ON:
        return safety.at_limit(str(side if side in end.limited else end.limited[0]))
    if DeviceFlag.LEASE_EXPIRED in status.flags or side not in status.armed:
        return safety.lease_ended("the link was silent for too long, or the device had a reason of its own")
    if status.output is Output.TEST_ON:
        return safety.still_on(str(side))
    return safety.at_limit(str(side)) if _AT_LIMIT[side] in status.flags else None


def release(session: Session, side: Side) -> Outcome[Output]:
    """Set a side to 0 and release it; heartbeats end with the last armed side."""
    outcome = session.command("disarm", {"side": str(side)}, lambda: session.device.disarm((side,)), lambda output: {"output": str(output)})
    if isinstance(outcome, Applied):
        session.armed.discard(side)
        if not session.armed:
            session.heart.end()
    return outcome


def made_free(session: Session, sides: Iterable[Side]) -> None:
    """Release these sides. Halted, after STOP, when that does not succeed; a STOP from elsewhere that came first is the one that counts."""
    for side in sides:
        if not isinstance(release(session, side), Applied):
            raise Halted(session.halted or session.stop("the side could not be released", by_itself=True))
