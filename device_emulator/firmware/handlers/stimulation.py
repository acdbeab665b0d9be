"""Sections 4.3 and 4.4: impedance and test stimulation."""

from __future__ import annotations

from math import isinf

from device_emulator.firmware.body import Drive
from device_emulator.firmware.core import Core
from device_emulator.firmware.identity import CAPABILITIES as CAN
from device_emulator.firmware.output import PAIR_US, Shot
from device_emulator.firmware.refusal import Refusal
from device_emulator.truth import Why
from rnprog.protocol.messages import (
    Arm,
    ArmReply,
    Burst,
    BurstReply,
    Disarm,
    DisarmReply,
    MeasureImpedance,
    MeasureImpedanceReply,
    Pair,
    PairReading,
    SetAmplitude,
    SetAmplitudeReply,
)
from rnprog.protocol.opcodes import (
    OVER_RANGE_OHM,
    Cause,
    EntryKind,
    FieldId,
    ImpedanceFlag,
    Log,
    OutputState,
    RefusalCode,
)

_CASE = 8


def impedance(core: Core, request: MeasureImpedance) -> MeasureImpedanceReply:
    """Measure pairs. The answer comes when the last pair is done; the output state is MEASURING until then."""
    _no_therapy(core)
    if core.output.state is not OutputState.OFF:
        raise Refusal(RefusalCode.BUSY)
    for pair in request.pairs:
        if pair.first == pair.second:
            raise Refusal(RefusalCode.ELECTRODES, FieldId.CONTACT, 0, pair.second)
    core.check_fit()
    can = core.around.can
    loads_ohm = [
        core.around.body.load_ohm(1 << pair.first, 1 << pair.second, can.impedance_width_us, at * PAIR_US / 1e6)
        for at, pair in enumerate(request.pairs)
    ]
    shots = [Shot(_channel(pair), _driven_ua(load, can.impedance_current_ua)) for pair, load in zip(request.pairs, loads_ohm, strict=True)]
    core.answering.delay_us = core.output.measure(core.now_us, shots)
    readings = tuple(_reading(pair, load, can.impedance_current_ua) for pair, load in zip(request.pairs, loads_ohm, strict=True))
    for pair, reading in zip(request.pairs, readings, strict=True):
        code = pair.first + 256 * pair.second
        core.log(Log.IMPEDANCE, EntryKind.IMPEDANCE, 1 << _channel(pair), code, reading.impedance_ohm, reading.voltage_mv)
    return MeasureImpedanceReply(can.impedance_current_ua, can.impedance_width_us, readings)


def arm(core: Core, request: Arm) -> ArmReply:
    _no_therapy(core)
    core.check_fit()
    drive = Drive(
        request.channel,
        request.cathodes,
        request.anodes,
        request.width_us,
        request.rate_mhz,
        request.ramp_up_ms,
        request.ramp_down_ms,
    )
    core.output.arm(core.now_us, drive)
    contacts = drive.cathodes + 65_536 * drive.anodes
    core.log(Log.EVENTS, EntryKind.ARMED, 1 << drive.channel, drive.width_us, drive.rate_mhz, contacts)
    ramps = (drive.ramp_up_ms, drive.ramp_down_ms)
    return ArmReply(drive.channel, drive.cathodes, drive.anodes, drive.width_us, drive.rate_mhz, *ramps, core.around.can.lease_ms)


def set_amplitude(core: Core, request: SetAmplitude) -> SetAmplitudeReply:
    core.output.set_amplitude(core.now_us, request.channel, request.amplitude_ua)
    armed = core.output.channels[request.channel]
    return SetAmplitudeReply(request.channel, armed.setpoint_ua if armed is not None else 0)


def burst(core: Core, request: Burst) -> BurstReply:
    core.check_fit()
    core.output.burst(core.now_us, request.channels, request.duration_ms)
    setpoints = [
        armed.setpoint_ua if armed and request.channels & 1 << channel else 0 for channel, armed in enumerate(core.output.channels)
    ]
    amplitudes = setpoints[0] // 100 + (setpoints[1] // 100 << 16)
    core.log(Log.EVENTS, EntryKind.BURST, request.channels, 0, amplitudes, request.duration_ms)
    return BurstReply(request.channels, core.state, request.duration_ms)


def disarm(core: Core, request: Disarm) -> DisarmReply:
    """Releasing a channel that is not armed changes nothing and is no error."""
    flowing = sum(1 << flow.channel for flow in core.output.flows if flow.is_open) & core.output.armed
    released = core.output.disarm(core.now_us, request.channels, Why.DISARMED)
    if released:
        if flowing & released:
            core.log(Log.EVENTS, EntryKind.OUTPUT_ENDED, flowing & released, Cause.DISARMED)
        core.tell(Cause.DISARMED, released)
    return DisarmReply(core.output.armed, core.state)


def _no_therapy(core: Core) -> None:
    if core.session is not None:
        raise Refusal(RefusalCode.THERAPY_RUNNING)


def _channel(pair: Pair) -> int:
    contact = pair.second if pair.first == _CASE else pair.first
    return contact // 4


def _driven_ua(load_ohm: float, test_ua: int) -> float:
    """What the test source drives: its test current, or less when the compliance voltage is not enough."""
    return 0.0 if isinf(load_ohm) else min(float(test_ua), CAN.compliance_mv * 1000 / load_ohm)


def _reading(pair: Pair, load_ohm: float, test_ua: int) -> PairReading:
    if load_ohm > CAN.impedance_max_ohm:
        return PairReading(pair.first, pair.second, ImpedanceFlag.OVER_RANGE, CAN.compliance_mv, OVER_RANGE_OHM)
    flag = ImpedanceFlag.UNDER_RANGE if load_ohm < CAN.impedance_min_ohm else ImpedanceFlag.NONE
    voltage_mv = min(CAN.compliance_mv, round(load_ohm * test_ua / 1000))
    return PairReading(pair.first, pair.second, flag, voltage_mv, round(load_ohm))
