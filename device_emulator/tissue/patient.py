"""The patient on the table: electrodes and nerve together, and what a hand on the back feels of the last burst.

Implements the firmware's Body by its shape and knows nothing of the firmware. What it answers is reproducible: the uniforms of a burst
depend on seed, visit, side and the number of the burst on that side, and a burst asked about twice answers the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from device_emulator.tissue.electrodes import Electrodes
from device_emulator.tissue.leads import ACTIVATION_DAY
from device_emulator.tissue.nerve import NERVE_MM, OTHER_MM, Feeling, pair_factor, respond, width_factor
from device_emulator.tissue.person import Person
from device_emulator.tissue.subjects import SEED, Subject

_STREAMS = (500_000_000, 1_500_000_000)
"""Offsets of the burst streams of a first visit, left and right. The left one is the benchmark's."""
_LEAD_CONTACTS = 4
_DAY_S = 86_400
DAYS_PER_MONTH = 365.25 / 12


class Driven(Protocol):
    """How a burst drives its electrodes."""

    @property
    def channel(self) -> int: ...

    @property
    def cathodes(self) -> int: ...

    @property
    def anodes(self) -> int: ...

    @property
    def width_us(self) -> int: ...


@dataclass(slots=True)
class Felt:
    """The present or last burst of one side."""

    number: int = 0
    factor: float = 1.0
    """Threshold of its electrodes and width over the reference; infinite: nothing reaches the nerve."""
    uniforms: tuple[float, float, float] = (1.0, 1.0, 1.0)
    peak_ua: float = 0.0
    elsewhere_factor: float = float("inf")
    """The same for the structure in the wrong place."""


class Patient:
    """One person with one implant. `days_since_activation` is that of the moment in which the emulation begins; `visit`: how often the
    device was switched on before, so that each visit has a chance of its own."""

    def __init__(self, person: Person, days_since_activation: float = 0.0, visit: int = 0) -> None:
        self.person = replace(person, leads=replace(person.leads, visit=visit))
        self.subject: Subject = person.subject.at_visit(person.index, round(days_since_activation / DAYS_PER_MONTH))
        self.clock: Callable[[], float] = lambda: 0.0
        """Seconds since the emulation began; the device sets it."""
        self._fixed: Electrodes | None = None
        self._first_day = ACTIVATION_DAY + days_since_activation
        self._streams = [_stream(person.index, offset, visit) for offset in _STREAMS]
        self._last = [Felt(), Felt()]

    @property
    def age_days(self) -> float:
        """Of the implant."""
        return self._first_day + self.clock() / _DAY_S

    @property
    def electrodes(self) -> Electrodes:
        """As they are now. Set: as they are from now on, whatever leads and months say."""
        return self._electrodes_in(0.0)

    @electrodes.setter
    def electrodes(self, electrodes: Electrodes) -> None:
        self._fixed = electrodes

    def _electrodes_in(self, in_s: float) -> Electrodes:
        return self._fixed if self._fixed is not None else self.person.leads.at(int(self.age_days), self.clock() + in_s)

    def load_ohm(self, cathodes: int, anodes: int, width_us: int, in_s: float = 0.0) -> float:
        return self._electrodes_in(in_s).load_ohm(cathodes, anodes, width_us)

    def burst_begins(self, drive: Driven) -> None:
        """Three uniforms are drawn for each burst of a side, whatever comes of it."""
        side, stream = drive.channel, self._streams[drive.channel]
        uniforms = (stream.random(), stream.random(), stream.random())
        number = self._last[side].number + 1
        self._last[side] = Felt(number, self._factor(drive, NERVE_MM), uniforms, 0.0, self._factor(drive, OTHER_MM))

    def delivered(self, channel: int, peak_ua: float) -> None:
        self._last[channel].peak_ua = peak_ua

    def last_burst(self, side: int) -> Felt:
        """Number, electrodes' factor and peak of the last burst; number 0: none yet."""
        return self._last[side]

    def feel(self, side: int) -> Feeling:
        """What a hand on the back, and the person, report of the last burst of a side."""
        last = self._last[side]
        peak_ma = last.peak_ua / 1000
        return respond(self.subject, side, peak_ma / last.factor, last.uniforms, max(0, last.number - 1), peak_ma / last.elsewhere_factor)

    def _factor(self, drive: Driven, place_mm: float) -> float:
        electrodes, first = self.electrodes, _LEAD_CONTACTS * drive.channel
        share = electrodes.path(drive.cathodes, drive.anodes, drive.width_us).tissue_share
        if share <= 0:
            return float("inf")
        sides = [electrodes.live(mask) for mask in (drive.cathodes, drive.anodes)]
        near = [tuple(contact - first for contact in side if first <= contact < first + _LEAD_CONTACTS) for side in sides]
        where = pair_factor(near[0], near[1], self.person.leads.shift_mm[drive.channel], place_mm)
        return where * width_factor(drive.width_us, self.subject.chronaxie_us) / share


def _stream(seed: int, offset: int, visit: int) -> Random:
    """The chance of one side's bursts at one visit."""
    first = SEED * 1_000_003 + offset + seed
    return Random(f"bursts {first} {visit}" if visit else first)
