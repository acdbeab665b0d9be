"""What is chosen for a side before it is titrated: contacts, pulse width, the way, how exactly, how a contraction is confirmed. Pure.

Whether it may be given is decided by the session.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from rnprog.session.standard import PULSE_WIDTHS_US, STANDARD, template_from
from rnprog.session.titrate import Method, Plan
from rnprog.session.titrated import WAYS_TO_CONFIRM
from rnprog.therapy.contacts import Contact, Electrodes, Side
from rnprog.therapy.threshold import CAUTIOUS, PRECISE, QUICK, Profile
from rnprog.therapy.threshold import STANDARD as STANDARD_PRECISION

if TYPE_CHECKING:
    from rnprog.session.appointment import Template
    from rnprog.therapy.envelope import TestSetup
    from rnprog.therapy.units import Microseconds
    from rnprog.tui.state import State

METHODS = (Method.ASSISTED, Method.ASCENDING, Method.MANUAL)
PRECISIONS = (STANDARD_PRECISION, PRECISE, QUICK, CAUTIOUS)
"""How exactly, and how carefully, the method assisted searches."""

Kind = TypeVar("Kind")


@dataclass(slots=True)
class Choosing:
    """Made by hand where there is something, else what the active program has, else the standard."""

    side: Side = Side.LEFT
    method: Method = Method.ASSISTED
    precision: Profile = STANDARD_PRECISION
    how_confirmed: str = WAYS_TO_CONFIRM[0]
    _template: Template = STANDARD
    _contacts: dict[Side, Electrodes] = field(default_factory=dict)
    _widths: dict[Side, Microseconds] = field(default_factory=dict)
    _offered: tuple[Microseconds, ...] = PULSE_WIDTHS_US

    def follow(self, state: State) -> None:
        """What the device holds and can give is known now."""
        active = next((each.program for each in state.stored if each.active and each.program is not None), None)
        self._template = STANDARD if active is None else template_from(active)
        if state.capabilities is not None:
            if self.side not in state.capabilities.leads:
                self.side = next(iter(state.capabilities.leads))
            self._offered = tuple(each for each in PULSE_WIDTHS_US if state.capabilities.pulse_width_us.contains(each))

    def electrodes(self, side: Side) -> Electrodes:
        """The contacts of a side."""
        return self._contacts.get(side, self._template.electrodes[side])

    def setup(self) -> TestSetup:
        """Test stimulation of the chosen side."""
        width_us = self._widths.get(self.side, self._template.pulse_width_us)
        return replace(self._template.setup(self.side), electrodes=self.electrodes(self.side), pulse_width_us=width_us)

    def plan(self) -> Plan:
        """The titration of the chosen side."""
        return Plan(self.setup(), self.method, self._template.burst_s, self.how_confirmed, self.precision)

    def choose(self, side: Side, electrodes: Electrodes) -> None:
        """These contacts, by hand."""
        self._contacts[side] = electrodes

    def turn(self, contact: Contact) -> None:
        """Off, cathode, anode, off."""
        now = self.electrodes(self.side)
        if contact in now.cathodes:
            turned = Electrodes(now.cathodes - {contact}, now.anodes | {contact})
        elif contact in now.anodes:
            turned = Electrodes(now.cathodes, now.anodes - {contact})
        else:
            turned = Electrodes(now.cathodes | {contact}, now.anodes)
        self.choose(self.side, turned)

    def longer(self) -> None:
        """The next longer pulse that is offered; after the longest the shortest."""
        now_us = self.setup().pulse_width_us
        if self._offered:
            self._widths[self.side] = next((each for each in self._offered if each > now_us), self._offered[0])

    def next_method(self) -> None:
        """Another way."""
        self.method = _following(METHODS, self.method)

    def next_precision(self) -> None:
        """Otherwise exact."""
        self.precision = _following(PRECISIONS, self.precision)

    def next_way_to_confirm(self) -> None:
        """Confirmed otherwise."""
        self.how_confirmed = _following(WAYS_TO_CONFIRM, self.how_confirmed)


def _following(all_of_them: tuple[Kind, ...], now: Kind) -> Kind:
    return all_of_them[(all_of_them.index(now) + 1) % len(all_of_them)]
