"""Who the device is, what it is doing, what it runs, and what the last visit found."""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from rnprog.device.api import StoredProgram
from rnprog.session.wording import beginning as words
from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_screens as tells
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE, OFF, ON, PULSE_WIDTH, RATE, SESSION_LENGTH
from rnprog.therapy.units import plain
from rnprog.tui import tasks
from rnprog.tui.keys import keyed
from rnprog.tui.link_worker import Priority
from rnprog.tui.screens.frame import SafeScreen, screen_time, stands
from rnprog.tui.state import Phase, State
from rnprog.tui.view_model import age, clean, said
from rnprog.tui.widgets.past import past_told, program_told
from rnprog.tui.widgets.text import Text, columns, row


class OverviewScreen(SafeScreen):
    """Only shows."""

    NAME = "overview"

    def body(self) -> Iterable[Widget]:
        """Facts, then what was found at the beginning."""
        with Vertical(id="facts-side"):
            yield Text("", id="facts")
            yield Text("", id="found")
            yield Text("", id="next", classes="hint")
        with Vertical(id="past-side"):
            yield Text("", id="in-words")
            yield Text("", id="past")

    def on_screen_resume(self) -> None:
        """Earlier visits are read once, behind everything else."""
        super().on_screen_resume()
        if self.desk.state.past is None:
            self.desk.submit(Priority.POLL, "", tasks.read_past)

    def show_age(self, state: State) -> None:
        """How old each of it is."""
        super().show_age(state)
        if stands(self) and self.is_current:
            self.query_one("#facts", Text).put(facts(state, screen_time(self)))

    def fill(self, state: State) -> None:
        """Everything that was read."""
        self.query_one("#facts", Text).put(facts(state, screen_time(self)))
        self.query_one("#found", Text).put(beginning(state))
        active = next((each for each in state.stored if each.active), None)
        self.query_one("#in-words", Text).put(program_told(None if active is None else active.program))
        self.query_one("#past", Text).put(past_told(state.past) if state.identity is not None else "")
        ready = keyed(tells.NEXT_LEADS) if state.phase is Phase.CONNECTED else ""
        self.query_one("#next", Text).put(ready)


def facts(state: State, now_s: float) -> Content:
    """Label and value, line by line, with the age of what changes; nothing before a device was read."""
    identity, caps = state.identity, state.capabilities
    if identity is None or caps is None:
        return Content("")
    active = next((each for each in state.stored if each.active), None)
    rows = [
        row(_label("Device"), f"{clean(identity.model)} {clean(identity.serial)}, {tells.firmware(clean(identity.firmware))}"),
        row(_label("Port"), clean(state.port)),
        row(_label("Battery"), f"{_battery(state)}{_aged(now_s - state.battery_at_s)}"),
        row(_label("Runs"), *_program(state, active, _aged(now_s - state.stored_at_s))),
        row(_label(tells.BY_ITSELF), tells.EVERY_DAY if state.schedule_enabled else tells.NOT_BY_ITSELF),
        row(_label(tells.LAST_VISIT), _last_visit(state)),
        row(_label(tells.CAN_GIVE), _limits(state)),
        row(_label(tells.LOST_LINK), say.run_on(state.off_within_s)),
        row(_label("Record"), clean(state.record.name) if state.record else "none"),
    ]
    return columns(rows)


def _label(text: str) -> Content:
    return Content.styled(text, "$quiet")


def _battery(state: State) -> str:
    found = state.battery
    if found is None:
        return tells.NOT_READ
    more = tells.CHARGING if found.charging else tells.LOW if found.low else ""
    told = [f"{found.percent} %" if found.percent is not None else "", f"{plain(found.voltage_v)} V" if found.voltage_v is not None else ""]
    return f"{', '.join(each for each in told if each) or tells.NOT_TOLD_BY_DEVICE}{more}"


def _aged(seconds: float) -> str:
    return f"; {tells.read_ago(age(seconds), old=False)}"


def _program(state: State, stored: StoredProgram | None, aged: str) -> tuple[Content]:
    if state.capabilities is not None and not state.capabilities.has_program_store:
        return (Content.styled(tells.PROGRAM_NOT_TOLD, "$caution"),)
    if stored is None or stored.program is None:
        found = tells.NO_PROGRAM if stored is None else f"slot {stored.slot}: {stored.problem}"
        return (Content.styled(f"{found}{aged}", "$caution"),)
    program = stored.program
    sides = [f"{side} {part.electrodes} {AMPLITUDE.show(part.amplitude_ma)}" for side in Side if (part := program.side(side)) is not None]
    width = next((PULSE_WIDTH.show(part.pulse_width_us) for side in Side if (part := program.side(side)) is not None), "")
    times = f"{RATE.show(program.rate_hz)}, {width}, {ON.show(program.on_s)} on, {OFF.show(program.off_s)} off"
    daily = tells.daily(SESSION_LENGTH.show(program.session_min), plain(program.sessions_per_day))
    lines = (tells.slot(stored.slot, stored.revision, "; ".join(sides)), f"            {times}; {daily}{aged}")
    return (Content("\n").join([Content(lines[0]), Content(lines[1])]),)


def _last_visit(state: State) -> str:
    past = state.last_visit
    if past is None:
        return tells.NO_VISIT
    odd = [f"{clean(pair)} {clean(found).upper()}" for pair, found in past.verdicts.items() if found not in ("normal", "low", "high")]
    return f"{clean(past.utc).replace('T', ' ')[:16]} UTC: {', '.join(odd[:4]) or tells.all_usable(len(past.verdicts))}"


def _limits(state: State) -> str:
    caps = state.capabilities
    if caps is None:
        return ""
    ranges = (f"{plain(each.minimum)}-{plain(each.maximum)} {unit}" for each, unit in ((caps.pulse_width_us, "us"), (caps.rate_hz, "Hz")))
    return tells.limits(plain(caps.amplitude_ma.maximum), ", ".join(ranges), plain(caps.compliance_v))


def beginning(state: State) -> Content:
    """Sessions that were never closed, a wrong clock, and what is to be said about this device."""
    lines: list[Content] = []
    found = state.beginning
    if found is None:
        return Content("")
    for each in found.unclosed[-2:]:
        mine = state.identity is not None and each.serial == state.identity.serial
        output = str(state.status.output) if state.status is not None else "unknown"
        told = words.never_closed(each.as_dict(), this_device=mine, output=output)
        lines.append(Content.assemble(("CAUTION  ", "bold $caution"), said(str(told))))
    scheduled = state.capabilities is None or bool(state.capabilities.sessions_per_day.maximum)
    if found.clock_is_wrong and found.clock_skew_s is not None:
        lines.append(Content.assemble(("CAUTION  ", "bold $caution"), said(words.clock_is_wrong(found.clock_skew_s, scheduled=scheduled))))
    lines += [Content.assemble(("NOTE  ", "bold $caution"), said(each)) for each in state.notices]
    return Content("\n").join(lines)
