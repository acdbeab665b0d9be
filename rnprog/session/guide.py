"""What a face has to be able to do to lead through an appointment (`appointment.py`). The protocol alone; nobody leads here."""

from __future__ import annotations

from typing import Protocol

from rnprog.device.api import Battery, DeviceStatus, StoredProgram
from rnprog.session.bilateral import Together
from rnprog.session.offers import Observer
from rnprog.session.outcomes import Refused
from rnprog.session.programs import Proposal
from rnprog.session.session import Session
from rnprog.session.titrated import Burst, Plan, Titrated
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.impedance import ImpedanceSweep


class Guide(Protocol):
    """A face that leads through the appointment."""

    def identified(self, status: DeviceStatus, battery: Battery) -> None:
        """The device was read."""

    def leads(self, session: Session) -> None:
        """About to measure the impedance, which is itself a small stimulation."""

    def measured(self, found: ImpedanceSweep) -> None:
        """The leads were measured."""

    def electrodes(self, session: Session, side: Side, usual: Electrodes) -> Electrodes | None:
        """Which electrodes to titrate on this side; None leaves the side out."""

    def observer(self, session: Session, side: Side) -> Observer:
        """Who observes this side."""

    def refused(self, side: Side, refused: Refused) -> None:
        """The electrodes chosen cannot be used; nothing was sent. Asked for others next."""

    def begins(self, plan: Plan) -> None:
        """A side is about to be titrated."""

    def burst(self, burst: Burst) -> None:
        """A burst was given and answered."""

    def titrated(self, result: Titrated) -> None:
        """A side is done."""

    def both(self, left: Titrated, right: Titrated) -> None:
        """Both sides are about to be given together; `observer` is asked for the left one, who then observes both."""

    def checked(self, together: Together) -> None:
        """Both sides together are done."""

    def confirms(self, session: Session, proposal: Proposal) -> str | None:
        """Whether to write: the words that confirmed it, for the record; None: not written."""

    def wrote(self, stored: StoredProgram) -> None:
        """The program is in the device, read back."""
