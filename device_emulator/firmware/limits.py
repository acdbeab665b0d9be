"""The device's own limits, in its own integers: uA, us, mHz, ms, pC, nC/cm2. Shares no code and no table with any programmer.

Every check raises Refusal or returns nothing; nothing is ever rounded or clamped.
"""

from __future__ import annotations

from device_emulator.firmware.identity import CAPABILITIES as CAN
from device_emulator.firmware.refusal import Refusal
from rnprog.protocol.opcodes import FieldId, RefusalCode

CASE_BIT = 0x100
LEAD_MASKS = (0x00F, 0x0F0)
"""Contacts of the left and of the right lead."""
BURST_MIN_MS, BURST_MAX_MS = 100, 60_000
DUTY_NUMERATOR, DUTY_DENOMINATOR = 9, 10
"""Both phases and the gap between them may fill at most 0.9 of the period."""


def within(value: int, low: int, high: int, step: int, field: FieldId) -> None:
    """Range first, then grid (counted from 0)."""
    if value < low:
        raise Refusal(RefusalCode.OUT_OF_RANGE, field, low, value)
    if value > high:
        raise Refusal(RefusalCode.OUT_OF_RANGE, field, high, value)
    if value % step:
        raise Refusal(RefusalCode.OFF_GRID, field, step, value)


def amplitude(amplitude_ua: int) -> None:
    within(amplitude_ua, 0, CAN.amplitude_max_ua, CAN.amplitude_step_ua, FieldId.AMPLITUDE_UA)


def width(width_us: int) -> None:
    within(width_us, CAN.width_min_us, CAN.width_max_us, CAN.width_step_us, FieldId.WIDTH_US)


def rate(rate_mhz: int) -> None:
    within(rate_mhz, CAN.rate_min_mhz, CAN.rate_max_mhz, CAN.rate_step_mhz, FieldId.RATE_MHZ)


def ramps(up_ms: int, down_ms: int) -> None:
    within(up_ms, 0, CAN.ramp_max_ms, CAN.ramp_step_ms, FieldId.RAMP_UP_MS)
    within(down_ms, 0, CAN.ramp_max_ms, CAN.ramp_step_ms, FieldId.RAMP_DOWN_MS)


def balance(width_us: int, rate_mhz: int) -> None:
    """Room in the period for both phases: (2 width + gap) <= 0.9 period. In RN-1's ranges it always holds; checked all the same."""
    busy_us = 2 * width_us + CAN.interphase_gap_us
    if busy_us * rate_mhz * DUTY_DENOMINATOR > 1_000_000_000 * DUTY_NUMERATOR:
        room_us = 1_000_000_000 * DUTY_NUMERATOR // (DUTY_DENOMINATOR * rate_mhz)
        raise Refusal(RefusalCode.BALANCE, FieldId.WIDTH_US, room_us, busy_us)


def electrodes(channel: int, cathodes: int, anodes: int) -> None:
    """At least one of each, none in both, all on the channel's own lead or the case."""
    allowed = LEAD_MASKS[channel] | CASE_BIT
    for mask, field in ((cathodes, FieldId.CATHODES), (anodes, FieldId.ANODES)):
        if not mask or mask & ~allowed:
            raise Refusal(RefusalCode.ELECTRODES, field, allowed, mask)
    if cathodes & anodes:
        raise Refusal(RefusalCode.ELECTRODES, FieldId.ANODES, cathodes, anodes)


def charge(amplitude_ua: int, width_us: int, contacts: int) -> None:
    """Charge density of one phase, as if its whole current left through each single contact. 1 uA x 1 us is 1 pC; 1 um2 is 1e-8 cm2."""
    charge_pc = amplitude_ua * width_us
    for bit, area_um2 in ((0x0FF, CAN.contact_area_um2), (CASE_BIT, CAN.case_area_um2)):
        if contacts & bit and charge_pc * 100_000 > CAN.density_limit_nc_cm2 * area_um2:
            density = -(-charge_pc * 100_000 // area_um2)
            raise Refusal(RefusalCode.CHARGE_LIMIT, FieldId.DENSITY_NC_CM2, CAN.density_limit_nc_cm2, density)


def step(amplitude_ua: int, delivered_ua: int) -> None:
    """A set-point may go at most one step limit above the highest amplitude delivered since the channel was armed."""
    highest_ua = delivered_ua + CAN.step_limit_ua
    if amplitude_ua > highest_ua:
        raise Refusal(RefusalCode.STEP_TOO_LARGE, FieldId.AMPLITUDE_UA, highest_ua, amplitude_ua)


def burst_duration(duration_ms: int, ramps_ms: int) -> None:
    """`ramps_ms`: the longest of both ramps together; they must fit."""
    within(duration_ms, BURST_MIN_MS, BURST_MAX_MS, 1, FieldId.DURATION_MS)
    if duration_ms < ramps_ms:
        raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.DURATION_MS, ramps_ms, duration_ms)


def slot(number: int) -> None:
    within(number, 0, CAN.slots - 1, 1, FieldId.SLOT)
