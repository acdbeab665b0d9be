"""Leads between a device and its body, with conductors that a fault breaks, joins or makes worse. Whole, it passes everything on."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from math import inf
from operator import or_

from device_emulator.firmware.body import Body, Drive

SHORT_OHM = 5.0


class FaultyLeads:
    """A Body around a Body."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self.open_mask = 0
        """Contacts whose conductors are broken."""
        self._shorts: tuple[int, ...] = ()
        self.factor = 1.0
        """Load over what it would be."""

    @property
    def shorts(self) -> tuple[int, ...]:
        """Masks of contacts whose conductors touch. Set: those with a contact in common become one, whatever their order."""
        return self._shorts

    @shorts.setter
    def shorts(self, masks: tuple[int, ...]) -> None:
        found: list[int] = []
        for mask in masks:
            joined = reduce(or_, (other for other in found if other & mask), mask)
            found = [*(other for other in found if not other & mask), joined]
        self._shorts = tuple(found)

    def load_ohm(self, cathodes: int, anodes: int, width_us: int, in_s: float = 0.0) -> float:
        cathodes, anodes = cathodes & ~self.open_mask, anodes & ~self.open_mask
        if not cathodes or not anodes:
            return inf
        if any(cathodes & short and anodes & short for short in self.shorts):
            return SHORT_OHM
        return self.factor * self._body.load_ohm(cathodes, anodes, width_us, in_s)

    def burst_begins(self, drive: Drive) -> None:
        """Contacts that are cut off drive nothing; a set that is shorted drives the short and no tissue."""
        cathodes, anodes = drive.cathodes & ~self.open_mask, drive.anodes & ~self.open_mask
        if any(cathodes & short and anodes & short for short in self.shorts):
            cathodes = anodes = 0
        self._body.burst_begins(replace(drive, cathodes=cathodes, anodes=anodes))

    def delivered(self, channel: int, peak_ua: float) -> None:
        self._body.delivered(channel, peak_ua)
