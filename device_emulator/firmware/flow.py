"""What leaves one channel: a shape, its pulses, and the account of it. The only place that writes ground truth and counts charge.

Knows no reason for output: who opens and closes it tells why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from device_emulator.firmware.envelope import Envelope
from device_emulator.truth import Truth, Why

ChargeMeter = Callable[[float], None]
"""Told the charge delivered, in microcoulomb, both phases counted."""


@dataclass(frozen=True, slots=True)
class Pulses:
    """The pulses inside an envelope."""

    width_us: int
    rate_mhz: int


class Flow:
    """One channel's current. Closed: nothing flows."""

    def __init__(self, channel: int, truth: Truth, meter: ChargeMeter) -> None:
        self.channel = channel
        self.peak_ua = 0.0
        """Highest current since the flow was opened."""
        self._truth = truth
        self._meter = meter
        self._envelope: Envelope | None = None
        self._pulses = Pulses(0, 0)
        self.settled_us = 0
        """Accounted for until then."""

    def open(self, now_us: int, envelope: Envelope, pulses: Pulses, why: Why) -> None:
        """Let the envelope flow from now on."""
        self._envelope, self._pulses = envelope, pulses
        self.settled_us = now_us
        self.peak_ua = envelope.value_ua(now_us)
        self._write(now_us, why)

    def reshape(self, now_us: int, envelope: Envelope, why: Why) -> None:
        """Go on with another envelope. Nothing happens when the flow is closed."""
        if self._envelope is not None:
            self.settle(now_us)
            self._envelope = envelope
            self.peak_ua = max(self.peak_ua, envelope.value_ua(now_us))
            self._write(now_us, why)

    def close(self, now_us: int, why: Why) -> None:
        """End it at once."""
        if self._envelope is not None:
            self.settle(now_us, final=True)
            self._envelope = None
            self._truth.write(now_us, self.channel, 0.0, 0.0, self._pulses.width_us, self._pulses.rate_mhz, why)

    @property
    def is_open(self) -> bool:
        return self._envelope is not None

    def value_ua(self, now_us: int) -> int:
        """What flows now, in whole microamperes."""
        return 0 if self._envelope is None else round(self._envelope.value_ua(now_us))

    def next_us(self) -> int | None:
        """When the slope next changes; None: closed, or only its end is left."""
        if self._envelope is None:
            return None
        at_us = self._envelope.next_us(self.settled_us)
        return None if at_us is None or at_us >= self._envelope.end_us else at_us

    def settle(self, now_us: int, final: bool = False) -> None:
        """Account for everything up to now, and note each turn of the slope. `final`: a close follows in the same instant."""
        envelope = self._envelope
        if envelope is None or now_us <= self.settled_us:
            return
        self.peak_ua = max(self.peak_ua, envelope.peak_ua(self.settled_us, now_us))
        pulses_per_s = self._pulses.rate_mhz / 1000
        self._meter(2 * envelope.area_ua_s(self.settled_us, now_us) * pulses_per_s * self._pulses.width_us / 1e6)
        turn_us = envelope.next_us(self.settled_us)
        while turn_us is not None and turn_us <= now_us and turn_us < envelope.end_us and not (final and turn_us == now_us):
            self._write(turn_us, Why.RAMP)
            turn_us = envelope.next_us(turn_us)
        self.settled_us = now_us

    def _write(self, at_us: int, why: Why) -> None:
        envelope = self._envelope
        if envelope is not None:
            self._truth.write(
                at_us,
                self.channel,
                envelope.value_ua(at_us),
                envelope.slope_ua_per_s(at_us),
                self._pulses.width_us,
                self._pulses.rate_mhz,
                why,
            )
