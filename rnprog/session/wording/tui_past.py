"""Words of what a large overview has room for: the program in sentences, and what earlier visits found."""

from __future__ import annotations

from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.parameters import AMPLITUDE, OFF, ON, PULSE_WIDTH, RAMP_DOWN, RAMP_UP, RATE, SESSION_LENGTH
from rnprog.therapy.program import Program
from rnprog.therapy.units import plain

PROGRAM_TITLE = "The program, in words"
THRESHOLDS_TITLE = "Thresholds of earlier visits"
IMPEDANCE_TITLE = "Impedance to the case, in Ohm, newest last"
NO_THRESHOLDS = "none on record on this computer"
BEING_READ = "The records of earlier visits are being read."
TO_CASE = " to case"
"""The end of a pair's name, as records have it."""
HEADS = ("date", "side", "contacts", "contracts", "too strong", "up to")


def program(found: Program) -> tuple[str, ...]:
    """A line a side, then what is common to both."""
    lines = []
    for side in Side:
        part = found.side(side)
        if part is None:
            lines.append(f"The {side} side is not stimulated.")
            continue
        pulses = f"{AMPLITUDE.show(part.amplitude_ma)} in pulses of {PULSE_WIDTH.show(part.pulse_width_us)}"
        lines.append(f"The {side} side gets {pulses}, {_poles(part.electrodes)}.")
    lines.append(
        f"{RATE.show(found.rate_hz)}, up in {RAMP_UP.show(found.ramp_up_s)}, on for {ON.show(found.on_s)}, down in "
        f"{RAMP_DOWN.show(found.ramp_down_s)}, off for {OFF.show(found.off_s)}."
    )
    lines.append(f"A session takes {SESSION_LENGTH.show(found.session_min)}; {plain(found.sessions_per_day)} of them a day.")
    return tuple(lines)


def _poles(electrodes: Electrodes) -> str:
    cathodes, anodes = (" and ".join(sorted(str(each) for each in these)) for these in (electrodes.cathodes, electrodes.anodes))
    return f"cathode {cathodes}, anode {anodes}"
