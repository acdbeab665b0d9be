"""One therapy session: the duty cycle of a program over its session length. Needs no link and no lease. Knows no slot and no schedule."""

from __future__ import annotations

from collections.abc import Callable

from device_emulator.firmware.envelope import gate
from device_emulator.firmware.flow import Flow, Pulses
from device_emulator.firmware.image import Program
from device_emulator.truth import Why

Drivable = Callable[[int, int, int], float]
"""(cathodes, anodes, width_us) -> uA."""


class TherapySession:
    """Runs from its making until `end`. Off-phases belong to it: nothing flows, and the device is THERAPY_ON all the same."""

    def __init__(self, now_us: int, program: Program, flows: tuple[Flow, Flow], drivable: Drivable) -> None:
        self.program = program
        self.start_us = now_us
        self.end_us = now_us + program.session_s * 1_000_000
        self.at_limit = 0
        self._flows = [(flows[side.channel], side) for side in program.sides]
        self._drivable = drivable
        self._boundary_us = now_us
        self._on = False
        self._turn(now_us)

    def delivered_s(self, now_us: int) -> int:
        """Whole seconds of the session that have run."""
        return (min(now_us, self.end_us) - self.start_us) // 1_000_000

    def next_us(self) -> int:
        """When the next thing happens by itself."""
        times = [self.end_us, self._boundary_us, *(flow.next_us() for flow, _ in self._flows)]
        return min(at_us for at_us in times if at_us is not None)

    def run(self, now_us: int) -> bool:
        """Let happen what is due; True: the session is complete, and its output off."""
        for flow, _ in self._flows:
            flow.settle(now_us)
        if now_us >= self.end_us:
            self.end(now_us, Why.SESSION_COMPLETE)
            return True
        if now_us >= self._boundary_us:
            self._turn(now_us)
        return False

    def end(self, now_us: int, why: Why) -> None:
        """Output off at once."""
        for flow, _ in self._flows:
            flow.close(now_us, why)

    def _turn(self, now_us: int) -> None:
        program = self.program
        if self._on:
            for flow, _ in self._flows:
                flow.close(now_us, Why.THERAPY_OFF)
        self._on = not self._on or program.off_ms == 0
        length_ms = program.on_ms if self._on else program.off_ms
        self._boundary_us = now_us + length_ms * 1000
        if not self._on:
            return
        for flow, side in self._flows:
            drivable_ua = self._drivable(side.cathodes, side.anodes, side.width_us)
            up_us, down_us = program.ramp_up_ms * 1000, program.ramp_down_ms * 1000
            envelope = gate(now_us, self._boundary_us, up_us, down_us, side.amplitude_ua, drivable_ua)
            if envelope.at_limit:
                self.at_limit |= 1 << side.channel
            flow.open(now_us, envelope, Pulses(side.width_us, program.rate_mhz), Why.THERAPY_ON)
