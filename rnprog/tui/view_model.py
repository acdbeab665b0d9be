"""From what is known to what is written: short texts with their tone, no widget. Every text of a device was cleaned by its decoder, and is
cleaned once more here, because records and profiles come from files."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from textual.content import Content

from rnprog.session.mode import Mode
from rnprog.session.wording import tui as words
from rnprog.session.wording import tui_screens as say
from rnprog.session.wording.tui_keys import on_screen
from rnprog.tui.glyphs import glyphs
from rnprog.tui.keys import keyed
from rnprog.tui.state import Phase, State, Weight


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


def said(text: str) -> str:
    """A sentence of the session as the screen says it: its keys in place of commands, as they are bound, and nothing unprintable."""
    return clean(keyed(on_screen(text)))


def no_device(state: State) -> str:
    """On a screen that needs a device, and there is none: which key leads to one."""
    return keyed({Phase.LOST: words.LOST_FIRST, Phase.CLOSED: words.NOT_ANY_MORE}.get(state.phase, words.NO_DEVICE))


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
            return f"{g.device * 2} {say.SAYS_EMULATOR} {g.device * 2}", "device"
        case Mode.DEVICE:
            return f"{g.device * 2} {say.REAL_DEVICE} {g.device * 2}", "device"
        case None:
            return say.NO_DEVICE_BADGE, "quiet"


def output(state: State, now_s: float) -> Said:
    """What is certain about the output, now."""
    g = glyphs()
    status = state.status
    if state.stopping:
        return Said(g.stop, say.STOP_SENT, Tone.CAUTION)
    if state.phase is Phase.LOST:
        in_doubt = state.doubtful or (state.lost is not None and state.lost.weight is Weight.ALARM)  # judged when it was lost
        return Said(g.lost, say.LINK_LOST_IN_DOUBT if in_doubt else say.LINK_LOST_OUTPUT, Tone.REFUSED)
    if state.doubtful:
        return Said(g.unknown, say.UNKNOWN_OUTPUT, Tone.REFUSED)
    if status is None:
        return Said(g.off, say.NOTHING_CONNECTED if state.phase is not Phase.CONNECTING else "connecting", Tone.QUIET)
    if state.phase is Phase.CLOSED:
        return Said(g.off, say.closed_last(str(status.output)), Tone.QUIET)
    from rnprog.tui.view_device import told_output  # the first picture needs none of it

    said = told_output(status)
    return Said(said.sign, said.text, Tone.STALE) if state.stale(now_s) else said


def read_age(state: State, now_s: float) -> Said:
    """How old the state shown is."""
    if state.status is None:
        return Said("", "", Tone.QUIET)
    seconds = now_s - state.status_at_s
    old = state.stale(now_s)
    if state.halt is not None and state.live and not state.doubtful:  # nothing is read before the person goes on
        clock = time.strftime("%H:%M:%S", time.localtime(time.time() - seconds))
        return Said("", say.read_before_stop(clock), Tone.STALE if old else Tone.QUIET)
    return Said("", say.read_ago(age(seconds), old=old), Tone.STALE if old else Tone.QUIET)


def battery(state: State, now_s: float) -> str:
    """Its charge, and how long ago it was read."""
    found = state.battery
    if found is None:
        return ""
    word = " charging" if found.charging else " LOW" if found.low else ""
    charge = f"{found.percent} %" if found.percent is not None else f"{found.voltage_v} V" if found.voltage_v is not None else say.NOT_TOLD
    return say.battery(f"{charge}{word}", max(int(now_s - state.battery_at_s), 0))
