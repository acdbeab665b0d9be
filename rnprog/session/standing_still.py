"""Whether the computer slept, or this program stood still for so long that the device ended what nothing kept alive. Reads only.

A freeze (SIGSTOP, a debugger, a virtual machine that was paused) leaves no trace in the clocks that tell of a sleep. What this end believes
only says when to ask: a busy computer beats late, and the lease may hold all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnprog.device.api import DeviceFlag
from rnprog.device.clock import Clock
from rnprog.session.attached import Attached
from rnprog.session.heartbeat import Heartbeat
from rnprog.session.wording import safety

SLEPT_S = 1.0
"""A sleep of this computer that ends a session; a shorter one the lease of the device outlives (a project choice, `unverified`)."""


@dataclass(frozen=True, slots=True)
class Void:
    """Why nothing holds any more that was read before."""

    cause: str
    """For the record."""
    happened: str
    """In a sentence."""
    lost: bool
    """Whether the link may be lost too."""


class StandingStill:
    """Looks at the clocks, and asks the device where they say that its lease may be over."""

    def __init__(self, clock: Clock) -> None:
        self._slept_s = clock.slept_s()

    def look(self, attached: Attached, heart: Heartbeat, *, ask: bool) -> Void | None:
        """What was found since the last look; None: nothing. `ask` False: the device is not asked, because somebody else does that."""
        before_s, self._slept_s = self._slept_s, attached.clock.slept_s()
        slept_s = self._slept_s - before_s
        if slept_s > SLEPT_S:
            return Void("this computer was asleep", safety.asleep(slept_s), lost=True)
        still_s = _unkept_s(attached, heart) if ask else None
        if still_s is None:
            return None
        return Void(f"this program stood still for {still_s:.1f} s", safety.stood_still(still_s), lost=False)


def _unkept_s(attached: Attached, heart: Heartbeat) -> float | None:
    """For how long nothing had kept the lease when the device says that it has ended since; None: it holds, or nothing hangs on it, or the
    device does not answer, which the next heartbeat tells."""
    lease_s = attached.capabilities.lease_s
    if lease_s is None or not heart.on or not attached.armed:
        return None
    still_s = heart.unkept_s
    if still_s <= lease_s:
        return None
    status = attached.glance()
    if status is None:
        return None
    if DeviceFlag.LEASE_EXPIRED in status.flags and not status.armed:
        return still_s
    heart.kept()
    return None
