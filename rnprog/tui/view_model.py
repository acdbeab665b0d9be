"""From what is known to what is written: short texts with their tone, no widget. Every text of a device was cleaned by its decoder, and is
cleaned once more here, because records and profiles come from files."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from textual.content import Content

from rnprog.device.api import DeviceStatus, Output
from rnprog.session.mode import Mode
from rnprog.therapy.contacts import Side
from rnprog.therapy.impedance import Verdict, blocking
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.tui.glyphs import glyphs
from rnprog.tui.state import STALE_S, Phase, State


class Tone(StrEnum):
    """Colours by meaning: the names of the theme's variables."""

    INK = "$ink"
    QUIET = "$quiet"
    OK = "$ok"
    CAUTION = "$caution"
    REFUSED = "$refused"
    STALE = "$stale"
    RUNNING = "$running"


@dataclass(frozen=True, slots=True)
class Said:
    """A text, a sign and a tone."""

    sign: str
    text: str
    tone: Tone

    def content(self, style: str = "") -> Content:
        """As it is drawn."""
        return Content.styled(f"{self.sign} {self.text}".strip(), f"{style} {self.tone}".strip())


def clean(text: object) -> str:
    """Printable text on one line, whatever stood there."""
    return "".join(each if each.isprintable() else "?" for each in str(text))


def age(seconds: float) -> str:
    """How long ago, short."""
    if seconds < 10:
        return f"{max(seconds, 0.0):.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"


def who(state: State) -> tuple[str, str]:
    """The badge: which kind of device, and the name of its colour (`emulator` or `device`). Words, shape and colour all differ."""
    g = glyphs()
    match state.mode:
        case Mode.EMULATOR:
            return f"{g.emulator * 2} EMULATOR {g.emulator * 2}", "emulator"
        case Mode.CLAIMED:
            return f"{g.device * 2} SAYS IT IS AN EMULATOR: TREATED AS REAL {g.device * 2}", "device"
        case Mode.DEVICE:
            return f"{g.device * 2} REAL DEVICE {g.device * 2}", "device"
        case None:
            return "NO DEVICE", "quiet"


def output(state: State, now_s: float) -> Said:
    """What is certain about the output, now."""
    g = glyphs()
    status = state.status
    if state.stopping:
        return Said(g.stop, "STOP SENT, ANSWER AWAITED", Tone.CAUTION)
    if state.doubtful:
        return Said(g.unknown, "OUTPUT UNKNOWN: TREAT AS ON", Tone.REFUSED)
    if state.phase is Phase.LOST:
        return Said(g.lost, "LINK LOST: OUTPUT UNKNOWN", Tone.REFUSED)
    if status is None:
        return Said(g.off, "no device" if state.phase is not Phase.CONNECTING else "connecting", Tone.QUIET)
    if state.phase is Phase.CLOSED:
        return Said(g.off, f"CLOSED. Last read: OUTPUT {str(status.output).upper()}", Tone.QUIET)
    said = _output(status)
    return Said(said.sign, said.text, Tone.STALE) if state.stale(now_s) else said


def _output(status: DeviceStatus) -> Said:
    g = glyphs()
    match status.output:
        case Output.OFF:
            return Said(g.off, "OUTPUT OFF", Tone.OK)
        case Output.NOT_TOLD:
            return Said(g.unknown, "OUTPUT NOT TOLD: TREAT AS ON", Tone.REFUSED)
        case Output.ARMED:
            sides = " and ".join(str(side) for side in status.armed).upper()
            return Said(g.prepared, f"PREPARED {sides}, NOTHING FLOWS".replace("  ", " "), Tone.CAUTION)
        case Output.TEST_ON:
            return Said(g.on, f"ON {flowing(status)}".strip(), Tone.RUNNING)
        case Output.MEASURING:
            return Said(g.on, "MEASURING THE LEADS", Tone.RUNNING)
        case Output.THERAPY_ON:
            return Said(g.on, f"THERAPY ON {flowing(status)}".strip(), Tone.RUNNING)


def flowing(status: DeviceStatus) -> str:
    """What flows, side by side."""
    return ", ".join(f"{side} {AMPLITUDE.show(status.output_ma[side])}" for side in Side if status.output_ma.get(side))


def read_age(state: State, now_s: float) -> Said:
    """How old the state shown is."""
    if state.status is None:
        return Said("", "", Tone.QUIET)
    seconds = now_s - state.status_at_s
    old = state.stale(now_s)
    return Said("", f"{'OLD: ' if old else ''}read {age(seconds)} ago", Tone.STALE if old else Tone.QUIET)


def battery(state: State) -> str:
    """Its charge."""
    found = state.battery
    if found is None:
        return ""
    word = " charging" if found.charging else " LOW" if found.low else ""
    charge = f"{found.percent} %" if found.percent is not None else f"{found.voltage_v} V" if found.voltage_v is not None else "not told"
    return f"battery {charge}{word}"


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


__all__ = ["STALE_S", "Said", "Tone", "age", "battery", "clean", "flowing", "output", "read_age", "shown", "verdict", "who"]
