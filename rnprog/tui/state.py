"""What the screens know. Pure: no widget, no port, no clock; every value carries the moment it was read. How events change it: `after.py`.

Screens are drawn from a `State` and from nothing else, so that what is shown is always what was read, with its age.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnprog.tui.notices import Call, Notice, Weight
from rnprog.tui.titrating import OPEN, Titrating

if TYPE_CHECKING:
    from rnprog.device.api import Battery, DeviceStatus, Identity, StoredProgram
    from rnprog.session.archive import History, Measured
    from rnprog.session.audit import Audit
    from rnprog.session.basis import Basis
    from rnprog.session.beginning import Beginning
    from rnprog.session.bilateral import Together
    from rnprog.session.mode import Mode
    from rnprog.session.outcomes import Refused, StopOutcome
    from rnprog.session.programs import Proposal
    from rnprog.session.triage import Judged
    from rnprog.therapy.capabilities import Capabilities
    from rnprog.therapy.contacts import Electrodes, Side
    from rnprog.therapy.envelope import PatientLimits
    from rnprog.therapy.impedance import ImpedanceSweep
    from rnprog.therapy.program import Program

__all__ = ["STALE_S", "Call", "Notice", "Phase", "State", "Weight"]

STALE_S = 1.5
"""A value older than this is shown as old, whatever the link thread was doing meanwhile: the state is read ten times a second (a choice of
this project, `unverified`). A read that is not answered makes it old at once."""


SILENT_S = 0.5
"""A choice of this project, `unverified`."""


class Phase(Enum):
    """How things stand with the link."""

    AWAY = "away"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    LOST = "lost"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class State:
    """Everything the screens know."""

    phase: Phase = Phase.AWAY
    visit: int = 0
    """Counts the connections: whatever a screen keeps belongs to one of them."""
    port: str = ""
    mode: Mode | None = None
    identity: Identity | None = None
    capabilities: Capabilities | None = None
    off_within_s: str = ""
    status: DeviceStatus | None = None
    status_at_s: float = 0.0
    unheard: bool = False
    """The port is gone or an answer overdue, and nothing has been read since."""
    battery: Battery | None = None
    battery_at_s: float = 0.0
    stored: tuple[StoredProgram, ...] = ()
    stored_at_s: float = 0.0
    notices: tuple[str, ...] = ()
    """What has to be said about this device before it is used."""
    beginning: Beginning | None = None
    last_visit: Measured | None = None
    past: History | None = None
    """Of earlier visits; None: not read yet."""
    record: Path | None = None
    busy: str | None = None
    sweep: ImpedanceSweep | None = None
    judged: Judged | None = None
    measured_at_s: float = 0.0
    usable: dict[Side, tuple[Electrodes, ...]] = field(default_factory=dict)
    side: Side | None = None
    """The one that is being titrated."""
    titrating: dict[Side, Titrating] = field(default_factory=dict)
    together: Together | None = None
    """The check of both sides; None: not made since the last titration."""
    taken: tuple[str, Program] | None = None
    """A profile's name and program, to be looked at before it is written."""
    basis: Basis | None = None
    """What that profile was read from, or what was written from it since; None: not read from a device."""
    limits: PatientLimits | None = None
    """Of the patient, from that profile."""
    proposed: Proposal | None = None
    not_allowed: Refused | None = None
    wrote: StoredProgram | None = None
    schedule_enabled: bool | None = None
    lines: Sequence[dict[str, Any]] = ()
    audit: Audit | None = None
    stopping: bool = False
    doubtful: bool = False
    """A STOP was not confirmed, or a command not answered: the output counts as on."""
    halt: StopOutcome | None = None
    """What STOP came to; nothing is begun before the device was read again. None: it was, or nobody said STOP."""
    another_patient: str | None = None
    """The patient code, when the implant carries the fingerprint of another one and nobody has gone on with it."""
    lost: Notice | None = None
    """What was told when the link was lost. It stands until a device is connected."""
    notice: Notice | None = None

    @property
    def live(self) -> bool:
        """Whether values can still change."""
        return self.phase is Phase.CONNECTED

    @property
    def ready(self) -> bool:
        """Whether something may be begun: the device is there and at nothing, nobody said STOP, nothing is in doubt, nor whose it is."""
        return self.live and self.busy is None and self.halt is None and not self.doubtful and self.another_patient is None

    @property
    def prepared(self) -> bool:
        """Whether a side is prepared, or both are."""
        return any(each.step in OPEN for each in self.titrating.values())

    def stale(self, now_s: float) -> bool:
        """Whether the state shown is too old to be called the present one."""
        return self.status is not None and (not self.live or self.unheard or now_s - self.status_at_s > STALE_S)

    def silent(self, now_s: float) -> bool:
        """Whether nothing was heard for so long that what flows by now is not known. Longer than one late answer, shorter than a lease."""
        return self.stale(now_s) and now_s - self.status_at_s > SILENT_S

    def alike(self, other: State) -> bool:
        """Whether nothing differs but when it was read, and what runs by itself in a device: its time, its lease."""
        if self.status is None or other.status is None:
            return self == other
        mine, same = self.status, other.status
        same = replace(same, uptime_s=mine.uptime_s, lease_remaining_s=mine.lease_remaining_s, last_command=mine.last_command)
        return self == replace(other, status=same, status_at_s=self.status_at_s, battery_at_s=self.battery_at_s)

    def side_of(self, side: Side) -> Titrating:
        """Where a side stands."""
        return self.titrating.get(side, Titrating())
