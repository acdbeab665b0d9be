"""The 48 bytes of a program (docs/protocol.md, section 6): reading them and checking them against every limit of the device."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from zlib import crc32

from device_emulator.firmware import limits
from device_emulator.firmware.identity import CAPABILITIES as CAN
from device_emulator.firmware.refusal import Refusal
from rnprog.protocol.opcodes import FieldId, RefusalCode

IMAGE_SIZE = 48
FORMAT = 1

_LAYOUT = struct.Struct("<BBHHHIHHHHIHHIHHIIHBB")


@dataclass(frozen=True, slots=True)
class Side:
    """What one channel does."""

    channel: int
    cathodes: int
    anodes: int
    amplitude_ua: int
    width_us: int


@dataclass(frozen=True, slots=True)
class Program:
    """A program the device can run. `sides` holds one or two entries."""

    sides: tuple[Side, ...]
    rate_mhz: int
    ramp_up_ms: int
    ramp_down_ms: int
    on_ms: int
    off_ms: int
    session_s: int
    sessions_per_day: int
    crc: int

    @property
    def channels(self) -> int:
        """Bit 0 left, bit 1 right."""
        return sum(1 << side.channel for side in self.sides)


def parse_image(image: bytes) -> Program:
    """The program in an image. Refusal when its length, form or any value is outside what the device can do."""
    if len(image) != IMAGE_SIZE:
        raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.LENGTH, IMAGE_SIZE, len(image))
    form, channels, zero_a, *rest = _LAYOUT.unpack(image)
    left, right = rest[0:5], rest[5:10]
    rate_mhz, ramp_up_ms, ramp_down_ms, on_ms, off_ms, session_s, sessions_per_day, zero_b = rest[10:]
    if form != FORMAT or zero_a or zero_b or left[4] or right[4]:
        raise Refusal(RefusalCode.MALFORMED)
    if not 1 <= channels <= 3:
        raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.CHANNEL, 3 if channels > 3 else 1, channels)
    sides = []
    for channel, values in enumerate((left, right)):
        if channels & 1 << channel:
            sides.append(Side(channel, *values[:4]))
        elif any(values):
            raise Refusal(RefusalCode.MALFORMED)
    program = Program(tuple(sides), rate_mhz, ramp_up_ms, ramp_down_ms, on_ms, off_ms, session_s, sessions_per_day, crc32(image))
    _check(program)
    return program


def build_image(program: Program) -> bytes:
    """The image of a program; its `crc` is not looked at. For a device that comes with something in it."""
    sides = {side.channel: side for side in program.sides}
    values: list[int] = [FORMAT, program.channels, 0]
    for channel in (0, 1):
        side = sides.get(channel, Side(channel, 0, 0, 0, 0))
        values += [side.cathodes, side.anodes, side.amplitude_ua, side.width_us, 0]
    values += [program.rate_mhz, program.ramp_up_ms, program.ramp_down_ms, program.on_ms, program.off_ms]
    return _LAYOUT.pack(*values, program.session_s, program.sessions_per_day, 0)


def _check(program: Program) -> None:
    limits.rate(program.rate_mhz)
    for side in program.sides:
        limits.electrodes(side.channel, side.cathodes, side.anodes)
        limits.amplitude(side.amplitude_ua)
        limits.width(side.width_us)
        limits.balance(side.width_us, program.rate_mhz)
        limits.charge(side.amplitude_ua, side.width_us, side.cathodes | side.anodes)
    limits.ramps(program.ramp_up_ms, program.ramp_down_ms)
    limits.within(program.on_ms, CAN.on_min_ms, CAN.on_max_ms, CAN.on_step_ms, FieldId.ON_MS)
    limits.within(program.off_ms, 0, CAN.off_max_ms, CAN.off_step_ms, FieldId.OFF_MS)
    if program.ramp_up_ms + program.ramp_down_ms > program.on_ms:
        room_ms = max(0, program.on_ms - program.ramp_up_ms)
        raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.RAMP_DOWN_MS, room_ms, program.ramp_down_ms)
    limits.within(program.session_s, CAN.session_min_s, CAN.session_max_s, CAN.session_step_s, FieldId.SESSION_S)
    limits.within(program.sessions_per_day, 0, CAN.sessions_per_day_max, 1, FieldId.SESSIONS_PER_DAY)
