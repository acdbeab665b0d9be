"""Test stimulation and measurement: arm, set-point, burst gate, lease (docs/protocol.md, 4.3, 4.4 and section 7).

A state machine that jumps from event to event: `next_us` says when something happens by itself, `run` lets it happen. Owns both channels'
flows; knows no request, no memory and no therapy session (therapy.py borrows the flows).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf

from device_emulator.firmware import limits
from device_emulator.firmware.body import Body, Drive
from device_emulator.firmware.envelope import Envelope, gate
from device_emulator.firmware.flow import ChargeMeter, Flow, Pulses
from device_emulator.firmware.identity import CAPABILITIES as CAN
from device_emulator.firmware.refusal import Refusal
from device_emulator.truth import Truth, Why
from rnprog.protocol.messages import CapabilitiesReply
from rnprog.protocol.opcodes import FieldId, OutputState, RefusalCode

PAIR_US = 20_000
"""One impedance pair."""
MEASURE_RATE_MHZ = 50_000
"""One pulse in the 20 ms of a pair."""

_BOTH = (0, 1)


@dataclass(slots=True)
class Armed:
    """An armed channel."""

    drive: Drive
    setpoint_ua: int = 0
    drivable_ua: float = inf
    """What the compliance voltage drives; as found when the burst began."""
    delivered_ua: int = 0
    """Highest set-point that flowed at full ramp since the channel was armed; of one held down by the compliance limit, what was driven."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A burst. One for both channels."""

    channels: int
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Shot:
    """One impedance pair as it is driven. `driven_ua` 0: no path."""

    channel: int
    driven_ua: float


class Output:
    """Both channels in test stimulation. Every method that can refuse raises Refusal before it changes anything."""

    def __init__(self, body: Body, truth: Truth, meter: ChargeMeter) -> None:
        self.flows = (Flow(0, truth, meter), Flow(1, truth, meter))
        self.channels: list[Armed | None] = [None, None]
        self.lease_end_us: int | None = None
        self.gate: Gate | None = None
        self.at_limit = 0
        """Channels at the compliance limit; kept until DISARM, STOP or the next ARM of that side."""
        self.lease_expired = False
        """Since the last ARM."""
        self.can = CAN
        """What this device says it can do."""
        self._body = body
        self._shots: list[tuple[int, Shot]] = []
        """What is left of a measurement: (start, shot)."""
        self._measuring_end_us: int | None = None

    @property
    def state(self) -> OutputState:
        """Without the therapy session."""
        if self._measuring_end_us is not None:
            return OutputState.MEASURING
        if self.gate is not None:
            return OutputState.TEST_ON
        return OutputState.ARMED if self.armed else OutputState.OFF

    @property
    def armed(self) -> int:
        """Mask of armed channels."""
        left, right = self.channels
        return (left is not None) | (right is not None) << 1

    @property
    def idle(self) -> bool:
        """Nothing flows, nothing is armed, nothing will happen by itself."""
        return not self.armed and self._measuring_end_us is None and not self.flows[0].is_open and not self.flows[1].is_open

    def lease_remaining_ms(self, now_us: int) -> int:
        """0: no lease."""
        return 0 if self.lease_end_us is None else max(0, self.lease_end_us - now_us) // 1000

    def arm(self, now_us: int, drive: Drive) -> None:
        """Prepare a channel at 0. The first channel takes the lease, the second one renews it."""
        if self.channels[drive.channel] is not None or self.state not in (OutputState.OFF, OutputState.ARMED):
            raise Refusal(RefusalCode.BUSY, FieldId.CHANNEL, 0, drive.channel)
        limits.electrodes(drive.channel, drive.cathodes, drive.anodes)
        limits.width(drive.width_us)
        limits.rate(drive.rate_mhz)
        limits.ramps(drive.ramp_up_ms, drive.ramp_down_ms)
        limits.balance(drive.width_us, drive.rate_mhz)
        self.channels[drive.channel] = Armed(drive)
        self.at_limit &= ~(1 << drive.channel)
        self.lease_expired = False
        self._renew(now_us)

    def heartbeat(self, now_us: int) -> None:
        """Renew the lease, if there is one, and look whether the load is still what it was."""
        if self.lease_end_us is not None:
            self._renew(now_us)
        if self.gate is not None and any(self._load_moved(armed) for armed in self.channels if armed is not None):
            self.reload(now_us)

    def set_amplitude(self, now_us: int, channel: int, amplitude_ua: int) -> None:
        """Move the set-point; while the burst runs the output follows at once."""
        armed = self.channels[channel]
        if armed is None:
            raise Refusal(RefusalCode.NOT_ARMED, FieldId.CHANNEL, self.armed, channel)
        self.settle(now_us)
        limits.amplitude(amplitude_ua)
        limits.charge(amplitude_ua, armed.drive.width_us, armed.drive.cathodes | armed.drive.anodes)
        limits.step(amplitude_ua, armed.delivered_ua)
        armed.setpoint_ua = amplitude_ua
        if self.gate is not None and self.gate.channels & 1 << channel:
            self.flows[channel].reshape(now_us, self._envelope(armed, self.gate), Why.SET_AMPLITUDE)
            self._deliver(channel, now_us, now_us)

    def burst(self, now_us: int, channels: int, duration_ms: int) -> None:
        """Open the gate of some armed channels."""
        if self.gate is not None or self._measuring_end_us is not None:
            raise Refusal(RefusalCode.BUSY)
        if channels & ~self.armed:
            raise Refusal(RefusalCode.NOT_ARMED, FieldId.CHANNEL, self.armed, channels)
        drives = [armed.drive for armed in self.channels if armed is not None and channels & 1 << armed.drive.channel]
        limits.burst_duration(duration_ms, max(drive.ramp_up_ms + drive.ramp_down_ms for drive in drives))
        self.gate = Gate(channels, now_us, now_us + duration_ms * 1000)
        for channel in _BOTH:
            armed = self.channels[channel]
            if armed is not None and channels & 1 << channel:
                self._body.burst_begins(armed.drive)
                pulses = Pulses(armed.drive.width_us, armed.drive.rate_mhz)
                self.flows[channel].open(now_us, self._envelope(armed, self.gate), pulses, Why.BURST)
                self._deliver(channel, now_us, now_us)

    def reload(self, now_us: int) -> None:
        """The load has changed: what flows may have to change with it."""
        self.settle(now_us)
        for channel in _BOTH:
            armed = self.channels[channel]
            if armed is not None and self.gate is not None and self.gate.channels & 1 << channel:
                self.flows[channel].reshape(now_us, self._envelope(armed, self.gate), Why.LOAD_CHANGED)

    def disarm(self, now_us: int, channels: int, why: Why) -> int:
        """Set channels to 0 at once and release them. The mask of those that had been armed."""
        released = channels & self.armed
        self.settle(now_us)
        for channel in _BOTH:
            if channels & 1 << channel:
                self.flows[channel].close(now_us, why)
                self.channels[channel] = None
        self.at_limit &= ~channels
        if self.gate is not None and not self.gate.channels & self.armed:
            self.gate = None
        if not self.armed:
            self.lease_end_us = None
        return released

    def measure(self, now_us: int, shots: list[Shot]) -> int:
        """Drive impedance pairs one after the other; how long it takes, in us."""
        if self.state is not OutputState.OFF:
            raise Refusal(RefusalCode.BUSY)
        self._shots = [(now_us + at * PAIR_US, shot) for at, shot in enumerate(shots)]
        self._measuring_end_us = now_us + len(shots) * PAIR_US
        self._next_shot(now_us)
        return len(shots) * PAIR_US

    def abort(self, now_us: int, why: Why) -> int:
        """Everything to off in this instant: burst, measurement, both channels. The mask of channels that were armed or measured."""
        ended = sum(1 << flow.channel for flow in self.flows if flow.is_open and self._measuring_end_us is not None)
        self._shots.clear()
        self._measuring_end_us = None
        kept = 0 if why in (Why.STOP, Why.DISARMED) else self.at_limit
        ended |= self.disarm(now_us, 3, why)
        self.at_limit = kept
        return ended

    def next_us(self) -> int | None:
        """When the next thing happens by itself."""
        if self.idle:
            return None
        times = [self.lease_end_us, self._measuring_end_us, self.gate.end_us if self.gate else None]
        times += [flow.next_us() for flow in self.flows]
        times += [start_us for start_us, _ in self._shots[:1]]
        return min((at_us for at_us in times if at_us is not None), default=None)

    def run(self, now_us: int) -> tuple[Why, int] | None:
        """Let happen what is due. What ended and on which channels: BURST_DONE or LEASE_EXPIRED; None: nothing a host needs to know."""
        self.settle(now_us)
        if self.lease_end_us is not None and now_us >= self.lease_end_us:
            self.lease_expired = True
            return Why.LEASE_EXPIRED, self.abort(now_us, Why.LEASE_EXPIRED)
        if self._shots and now_us >= self._shots[0][0]:
            self._next_shot(now_us)
        if self._measuring_end_us is not None and now_us >= self._measuring_end_us:
            self._measuring_end_us = None
            self._close(now_us, 3, Why.IMPEDANCE_DONE)
        if self.gate is not None and now_us >= self.gate.end_us:
            channels, self.gate = self.gate.channels & self.armed, None
            self._close(now_us, channels, Why.BURST_DONE)
            return Why.BURST_DONE, channels
        return None

    def settle(self, now_us: int) -> None:
        """Account for what flowed until now."""
        for flow in self.flows:
            before_us = flow.settled_us
            flow.settle(now_us)
            if self.gate is not None and flow.is_open:
                self._deliver(flow.channel, before_us, now_us)

    def drivable_ua(self, cathodes: int, anodes: int, width_us: int) -> float:
        """The highest current the compliance voltage drives through these electrodes to the end of a pulse."""
        return CAN.compliance_mv * 1000 / self._body.load_ohm(cathodes, anodes, width_us)

    def _envelope(self, armed: Armed, open_gate: Gate) -> Envelope:
        drive = armed.drive
        armed.drivable_ua = self.drivable_ua(drive.cathodes, drive.anodes, drive.width_us)
        up_us, down_us = drive.ramp_up_ms * 1000, drive.ramp_down_ms * 1000
        envelope = gate(open_gate.start_us, open_gate.end_us, up_us, down_us, armed.setpoint_ua, armed.drivable_ua)
        if envelope.at_limit:
            self.at_limit |= 1 << drive.channel
        return envelope

    def admit(self, now_us: int, can: CapabilitiesReply) -> None:
        """Another lease and another test current from now on."""
        changed, self.can = can.lease_ms != self.can.lease_ms, can
        if changed and self.armed:
            self._renew(now_us)

    def _load_moved(self, armed: Armed) -> bool:
        drive = armed.drive
        drivable_ua = self.drivable_ua(drive.cathodes, drive.anodes, drive.width_us)
        return min(drivable_ua, armed.setpoint_ua) != min(armed.drivable_ua, armed.setpoint_ua)

    def _renew(self, now_us: int) -> None:
        """The lease runs anew; a device without one (lease_ms 0) takes none."""
        self.lease_end_us = now_us + self.can.lease_ms * 1000 if self.can.lease_ms else None

    def _deliver(self, channel: int, from_us: int, to_us: int) -> None:
        """Note what flowed in a time in which the set-point did not move."""
        armed = self.channels[channel]
        if armed is None or self.gate is None:
            return
        self._body.delivered(channel, self.flows[channel].peak_ua)
        full_from_us, full_to_us = self.gate.start_us + armed.drive.ramp_up_ms * 1000, self.gate.end_us - armed.drive.ramp_down_ms * 1000
        if from_us <= full_to_us and to_us >= full_from_us:
            armed.delivered_ua = max(armed.delivered_ua, ceil(min(armed.setpoint_ua, armed.drivable_ua)))

    def _next_shot(self, now_us: int) -> None:
        self._close(now_us, 3, Why.IMPEDANCE_DONE)
        start_us, shot = self._shots.pop(0)
        if shot.driven_ua > 0:
            envelope = gate(start_us, start_us + PAIR_US, 0, 0, shot.driven_ua, shot.driven_ua)
            pulses = Pulses(self.can.impedance_width_us, MEASURE_RATE_MHZ)
            self.flows[shot.channel].open(now_us, envelope, pulses, Why.IMPEDANCE)

    def _close(self, now_us: int, channels: int, why: Why) -> None:
        for channel in _BOTH:
            if channels & 1 << channel:
                self.flows[channel].close(now_us, why)
