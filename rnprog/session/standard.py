"""What an appointment starts from when nobody chose a profile. Each number with its source or `unverified`.

Rate 20 Hz: RESTORE registry, arm text (NCT04803214). Two sessions of 30 min a day: Mitchell 2021 (PMC8456956). Everything else is a
working value of this project, `unverified` clinically: electrodes, pulse width, ramps, on and off time, burst length.
"""

from __future__ import annotations

from decimal import Decimal

from rnprog.session.appointment import Template
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.program import Program
from rnprog.therapy.units import Hertz, Microseconds, Minutes, Seconds

STANDARD = Template(
    electrodes={Side.LEFT: Electrodes.parse("-L1+L2"), Side.RIGHT: Electrodes.parse("-R1+R2")},
    pulse_width_us=Microseconds(Decimal(214)),
    rate_hz=Hertz(Decimal("20.0")),
    ramp_up_s=Seconds(Decimal("2.0")),
    ramp_down_s=Seconds(Decimal("2.0")),
    on_s=Seconds(Decimal(10)),
    off_s=Seconds(Decimal(20)),
    session_min=Minutes(Decimal(30)),
    sessions_per_day=Decimal(2),
)

PULSE_WIDTHS_US = tuple(Microseconds(Decimal(each)) for each in (100, 150, 214, 300, 400))
"""What a face offers to choose from, shortest first. A choice of this project, `unverified`; the command line takes any width."""


def template_from(program: Program, base: Template = STANDARD) -> Template:
    """The template that a program gives: all of it but the amplitudes. A side it leaves out keeps `base`'s electrodes; both sides are
    titrated with the pulse width of the left one, or of the only one."""
    electrodes = {side: part.electrodes if (part := program.side(side)) else base.electrodes[side] for side in Side}
    first = program.left or program.right
    return Template(
        electrodes=electrodes,
        pulse_width_us=first.pulse_width_us if first else base.pulse_width_us,
        rate_hz=program.rate_hz,
        ramp_up_s=program.ramp_up_s,
        ramp_down_s=program.ramp_down_s,
        on_s=program.on_s,
        off_s=program.off_s,
        session_min=program.session_min,
        sessions_per_day=program.sessions_per_day,
    )
