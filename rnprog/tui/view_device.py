"""What a device says, as it is written: its output, amplitudes, verdicts. As `view_model.py`, for what only a device needs."""

from __future__ import annotations

from decimal import Decimal

from rnprog.device.api import DeviceStatus, Output
from rnprog.session.wording import tui_screens as say
from rnprog.therapy.contacts import Side
from rnprog.therapy.impedance import Verdict, blocking
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.tui.glyphs import glyphs
from rnprog.tui.view_model import Said, Tone


def told_output(status: DeviceStatus) -> Said:
    """What the device says of its output."""
    g = glyphs()
    match status.output:
        case Output.OFF:
            return Said(g.off, say.OUTPUT_OFF, Tone.OK)
        case Output.NOT_TOLD:
            return Said(g.unknown, say.OUTPUT_NOT_TOLD, Tone.REFUSED)
        case Output.ARMED:
            sides = " and ".join(str(side) for side in status.armed)
            return Said(g.prepared, say.prepared(sides), Tone.CAUTION)
        case Output.TEST_ON:
            return Said(g.on, f"ON {flowing(status)}".strip(), Tone.RUNNING)
        case Output.MEASURING:
            return Said(g.on, say.MEASURING_LEADS, Tone.RUNNING)
        case Output.THERAPY_ON:
            return Said(g.on, f"{say.THERAPY_ON} {flowing(status)}".strip(), Tone.RUNNING)


def flowing(status: DeviceStatus) -> str:
    """What flows, side by side."""
    return ", ".join(f"{side} {AMPLITUDE.show(status.output_ma[side])}" for side in Side if status.output_ma.get(side))


def verdict(found: Verdict) -> Said:
    """A verdict: word, sign, tone."""
    g = glyphs()
    if blocking(found):
        return Said(g.fault, str(found).upper(), Tone.REFUSED)
    if found is Verdict.NORMAL:
        return Said(g.ok, "normal", Tone.OK)
    return Said(g.watch, str(found) if found in (Verdict.LOW, Verdict.HIGH) else str(found).upper(), Tone.CAUTION)


def shown(amplitude_ma: Decimal | None) -> str:
    """An amplitude, or that there is none."""
    return AMPLITUDE.show(amplitude_ma) if amplitude_ma is not None else "-"
