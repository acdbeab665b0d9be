"""The other half of `translate.py`: program images and programs, exact in both directions, or an error."""

from __future__ import annotations

from decimal import Decimal

from rnprog.device.rn1.translate import channels_mask, contact_mask, contacts_of, milliamps, minutes, seconds
from rnprog.protocol.image import IMAGE_FORMAT, ProgramImage
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.units import Hertz, Microseconds, to_integer

_SIDES = (Side.LEFT, Side.RIGHT)


def image(program: Program) -> ProgramImage:
    """The wire image of a program."""
    sides = tuple(side for side in _SIDES if program.side(side) is not None)
    left, right = _side_numbers(program.left), _side_numbers(program.right)
    return ProgramImage(
        IMAGE_FORMAT,
        channels_mask(sides),
        *left,
        *right,
        rate_mhz=to_integer(program.rate_hz, 1000),
        ramp_up_ms=to_integer(program.ramp_up_s, 1000),
        ramp_down_ms=to_integer(program.ramp_down_s, 1000),
        on_ms=to_integer(program.on_s, 1000),
        off_ms=to_integer(program.off_s, 1000),
        session_s=to_integer(program.session_min, 60),
        sessions_per_day=to_integer(program.sessions_per_day, 1),
    )


def _side_numbers(part: SideProgram | None) -> tuple[int, int, int, int]:
    if part is None:
        return 0, 0, 0, 0
    amplitude_ua, width_us = to_integer(part.amplitude_ma, 1000), to_integer(part.pulse_width_us, 1)
    return contact_mask(part.electrodes.cathodes), contact_mask(part.electrodes.anodes), amplitude_ua, width_us


def program(held: ProgramImage) -> Program:
    """The program in an image, allowed or not."""
    return Program(
        left=_side_program(held.channels & 1, held.left_cathodes, held.left_anodes, held.left_amplitude_ua, held.left_width_us),
        right=_side_program(held.channels & 2, held.right_cathodes, held.right_anodes, held.right_amplitude_ua, held.right_width_us),
        rate_hz=Hertz(seconds(held.rate_mhz)),
        ramp_up_s=seconds(held.ramp_up_ms),
        ramp_down_s=seconds(held.ramp_down_ms),
        on_s=seconds(held.on_ms),
        off_s=seconds(held.off_ms),
        session_min=minutes(held.session_s),
        sessions_per_day=Decimal(held.sessions_per_day),
    )


def _side_program(present: int, cathodes: int, anodes: int, amplitude_ua: int, width_us: int) -> SideProgram | None:
    if not present:
        return None
    electrodes = Electrodes(contacts_of(cathodes), contacts_of(anodes))
    return SideProgram(electrodes, milliamps(amplitude_ua), Microseconds(Decimal(width_us)))
