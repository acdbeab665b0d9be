"""Sections 4.3 and 4.4: impedance and test stimulation."""

from __future__ import annotations

from dataclasses import dataclass, field

from rnprog.protocol.fields import records, u8, u16, u32, zeros
from rnprog.protocol.messages.base import Message, Reply, Request
from rnprog.protocol.opcodes import Opcode, RequestClass


@dataclass(frozen=True, slots=True)
class Pair(Message):
    """Two contacts, 0-7 and 8 for the case."""

    first: int = u8(maximum=8)
    second: int = u8(maximum=8)


@dataclass(frozen=True, slots=True)
class MeasureImpedance(Request):
    """Measure pairs. This is stimulation, far below perception by design of the device."""

    OPCODE = Opcode.IMPEDANCE
    CLASS = RequestClass.COMMAND
    pairs: tuple[Pair, ...] = records(Pair, counted=True, minimum=1, maximum=16)


@dataclass(frozen=True, slots=True)
class PairReading(Message):
    """`impedance_ohm` 0xFFFFFFFF with OVER_RANGE. `flags`: ImpedanceFlag."""

    first: int = u8(maximum=8)
    second: int = u8(maximum=8)
    flags: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    voltage_mv: int = u16()
    impedance_ohm: int = u32()


@dataclass(frozen=True, slots=True)
class MeasureImpedanceReply(Reply):
    """What was used for the measurement, and each pair in the order asked."""

    OPCODE = Opcode.IMPEDANCE
    test_current_ua: int = u16()
    test_width_us: int = u16()
    readings: tuple[PairReading, ...] = records(PairReading, counted=True, minimum=1, maximum=16)


@dataclass(frozen=True, slots=True)
class Arm(Request):
    """Prepare a channel at amplitude 0 and take the lease. Nothing flows. Which contacts are allowed is the device's to say."""

    OPCODE = Opcode.ARM
    CLASS = RequestClass.COMMAND
    channel: int = u8(maximum=1)
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    cathodes: int = u16()
    anodes: int = u16()
    width_us: int = u16()
    rate_mhz: int = u32()
    ramp_up_ms: int = u16()
    ramp_down_ms: int = u16()


@dataclass(frozen=True, slots=True)
class ArmReply(Reply):
    """The fields as the device holds them, and the lease it gave."""

    OPCODE = Opcode.ARM
    channel: int = u8(maximum=1)
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    cathodes: int = u16(maximum=0x1FF)
    anodes: int = u16(maximum=0x1FF)
    width_us: int = u16()
    rate_mhz: int = u32()
    ramp_up_ms: int = u16()
    ramp_down_ms: int = u16()
    lease_ms: int = u16()


@dataclass(frozen=True, slots=True)
class SetAmplitude(Request):
    """Move the set-point of an armed channel."""

    OPCODE = Opcode.SET_AMPLITUDE
    CLASS = RequestClass.COMMAND
    channel: int = u8(maximum=1)
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    amplitude_ua: int = u32()


@dataclass(frozen=True, slots=True)
class SetAmplitudeReply(Reply):
    """The set-point as held."""

    OPCODE = Opcode.SET_AMPLITUDE
    channel: int = u8(maximum=1)
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    amplitude_ua: int = u32()


@dataclass(frozen=True, slots=True)
class Burst(Request):
    """Let the set-points flow for a while. `channels`: bit 0 left, bit 1 right."""

    OPCODE = Opcode.BURST
    CLASS = RequestClass.COMMAND
    channels: int = u8(minimum=1, maximum=3)
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    duration_ms: int = u32()


@dataclass(frozen=True, slots=True)
class BurstReply(Reply):
    """The burst has begun."""

    OPCODE = Opcode.BURST
    channels: int = u8(minimum=1, maximum=3)
    output_state: int = u8()
    duration_ms: int = u32()


@dataclass(frozen=True, slots=True)
class Disarm(Request):
    """Set channels to 0 and release them."""

    OPCODE = Opcode.DISARM
    CLASS = RequestClass.COMMAND
    channels: int = u8(minimum=1, maximum=3)


@dataclass(frozen=True, slots=True)
class DisarmReply(Reply):
    """What is still armed."""

    OPCODE = Opcode.DISARM
    armed_channels: int = u8(maximum=3)
    output_state: int = u8()
