"""What can be asked of a connected device, and what is known of it: the half of a session that sends no command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rnprog.device.api import Battery, DeviceStatus, Output, Stimulator
from rnprog.device.clock import Clock
from rnprog.device.errors import DeviceError, Pending
from rnprog.session.outcomes import Reason, ReasonKind, Refused, StopNotConfirmed, StopOutcome
from rnprog.session.patient import Whose
from rnprog.session.resolve import Meant
from rnprog.session.trouble import while_reading
from rnprog.session.wording import safety
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Side


class Attached:
    """A device that answers, as it was met and as it was read last."""

    def __init__(self, device: Stimulator, clock: Clock) -> None:
        self.device = device
        self.clock = clock
        self.armed: set[Side] = set()
        self.pending: Pending | None = None
        """A command that was sent and not answered."""
        self.meant = Meant()
        """The newest command, answered or not."""
        self.halted: StopOutcome | None = None
        """Set by STOP; cleared when a new link is opened."""
        self.whose = Whose()
        """Whose implant it is. Nothing is commanded while that is open."""
        self.met = self.latest = device.status()
        """The state as it was when this session, or its newest link, began; and as it was read last."""

    @property
    def capabilities(self) -> Capabilities:
        """What the device can do."""
        return self.device.capabilities

    @property
    def serial(self) -> str:
        """The serial number this session began with."""
        return self.device.identity.serial

    @property
    def now_ms(self) -> int:
        """The link's clock in ms, for the age of what was measured."""
        return int(self.clock.now_s() * 1000)

    @property
    def off_within_s(self) -> str:
        """How long test stimulation can outlive the link, for sentences."""
        return format(self.capabilities.run_on_bound_s.normalize(), "f")

    @property
    def maybe_on(self) -> bool:
        """Whether test stimulation may be prepared or running: something was armed, or a STOP was not confirmed."""
        return bool(self.armed) or isinstance(self.halted, StopNotConfirmed)

    @property
    def output_left(self) -> str:
        """How the output is left, for the closing line. "off" says that nothing of this session is prepared any more, and that the device
        was not running a session of its own when it was read last."""
        own = self.latest.output
        open_ = self.pending is not None and self.halted is None  # a STOP settles the output, whatever else is open
        if self.maybe_on or open_ or own is Output.NOT_TOLD:
            return "unknown"
        return str(own if own is Output.THERAPY_ON else Output.OFF)

    def not_now(self) -> Refused | None:
        """Why nothing may be commanded now; None: something may."""
        if self.pending is not None:
            return Refused((Reason(ReasonKind.UNRESOLVED, safety.unresolved(self.meant.what)),))
        if self.halted is not None:
            return Refused((Reason(ReasonKind.OVER, safety.AFTER_STOP),))
        return Refused((self.whose.reason,)) if self.whose.open else None

    def status(self) -> DeviceStatus:
        """Read the state. Trouble when it does not come back."""
        with self.reading():
            self.latest = self.device.status()
        return self.latest

    def glance(self) -> DeviceStatus | None:
        """The state, asked for once and not repeated; None: no answer in time. It judges nothing: a heartbeat, or the next read, does."""
        with suppress(DeviceError):
            self.latest = self.device.status(glance=True)
            return self.latest
        return None

    def battery(self) -> Battery:
        """Read the battery."""
        with self.reading():
            return self.device.battery()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What is asked of the device within it is a read: what goes wrong is told as Trouble."""
        try:
            yield
        except DeviceError as error:
            unanswered = self.meant.what if self.pending is not None else None
            raise while_reading(error, self.off_within_s, armed=self.maybe_on, unanswered=unanswered) from error
