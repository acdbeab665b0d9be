"""The patient on the table: electrodes and nerve together, and what a hand on the back feels of the last burst.

Implements the firmware's Body by its shape and knows nothing of the firmware. What it answers is reproducible: the uniforms of a burst
depend on seed, side and the number of the burst on that side, and a burst asked about twice answers the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Protocol

from device_emulator.tissue.electrodes import Electrodes
from device_emulator.tissue.nerve import SEED, Feeling, Subject, pair_factor, respond, width_factor

_STREAMS = (500_000_000, 1_500_000_000)
"""Offsets of the burst streams, left and right. The left one is the benchmark's."""
_LEAD_CONTACTS = 4


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


class Patient:
    """One person with one implant. `index` is the subject's number in cohort A."""

    def __init__(self, index: int, subject: Subject, electrodes: Electrodes) -> None:
        self.subject = subject
        self.electrodes = electrodes
        self._streams = [Random(SEED * 1_000_003 + offset + index) for offset in _STREAMS]
        self._last = [Felt(), Felt()]

    def load_ohm(self, cathodes: int, anodes: int, width_us: int) -> float:
        return self.electrodes.load_ohm(cathodes, anodes, width_us)

    def burst_begins(self, drive: Driven) -> None:
        """Three uniforms are drawn for each burst of a side, whatever comes of it."""
        side, stream = drive.channel, self._streams[drive.channel]
        uniforms = (stream.random(), stream.random(), stream.random())
        factor = self._factor(drive)
        self._last[side] = Felt(self._last[side].number + 1, factor, uniforms)

    def delivered(self, channel: int, peak_ua: float) -> None:
        self._last[channel].peak_ua = peak_ua

    def last_burst(self, side: int) -> Felt:
        """Number, electrodes' factor and peak of the last burst; number 0: none yet."""
        return self._last[side]

    def feel(self, side: int) -> Feeling:
        """What a hand on the back, and the person, report of the last burst of a side."""
        last = self._last[side]
        return respond(self.subject, side, last.peak_ua / 1000 / last.factor, last.uniforms)

    def _factor(self, drive: Driven) -> float:
        if self.electrodes.shorted(drive.cathodes, drive.anodes):
            return float("inf")
        first = _LEAD_CONTACTS * drive.channel
        sides = [self.electrodes.live(mask) for mask in (drive.cathodes, drive.anodes)]
        near = [tuple(contact - first for contact in side if first <= contact < first + _LEAD_CONTACTS) for side in sides]
        return pair_factor(near[0], near[1]) * width_factor(drive.width_us)
