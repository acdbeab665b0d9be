"""The program: what the device holds, what is asked for, what was read back; every bound; writing it, confirmed by the serial number."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input

from rnprog.session.standard import STANDARD, template_from
from rnprog.session.wording import tui as say
from rnprog.therapy.contacts import Side
from rnprog.therapy.program import Program
from rnprog.tui import tasks
from rnprog.tui.bounds import bounds
from rnprog.tui.glyphs import glyphs
from rnprog.tui.link_worker import Priority
from rnprog.tui.screens.dialogs import ConfirmSerial
from rnprog.tui.screens.frame import SafeScreen
from rnprog.tui.state import State
from rnprog.tui.view_model import clean
from rnprog.tui.widgets.gauge import BESIDE, NARROWEST, WIDEST, gauge
from rnprog.tui.widgets.program_rows import FIELDS, Field, changed, program_with, text_of
from rnprog.tui.widgets.text import Text


class Row(Horizontal):
    """One setting: its name, what the slot holds, what is asked for, what was read back."""

    def __init__(self, field: Field) -> None:
        super().__init__(id=f"row-{field.key}", classes="program-row")
        self.field = field

    def compose(self) -> ComposeResult:
        """Four cells; electrodes are chosen by titrating, so theirs is no field."""
        yield Text(self.field.label, classes="name")
        yield Text("-", classes="now")
        yield Text("-", classes="asked") if self.field.parameter is None else Input(classes="asked", max_length=10)
        yield Text("", classes="held")


class ProgramScreen(SafeScreen):
    """F5 writes, after the end of the serial number was typed."""

    NAME = "program"
    SCROLLS = "#program"

    def __init__(self) -> None:
        super().__init__()
        self.slot = 0
        self.wanted: Program | None = None
        self._from: object = None  # what `wanted` was made from
        self._asked: tuple[str, int, bool] | None = None  # digest, slot, and whether there was no impedance when it was judged
        self._problem = ""

    def body(self) -> Iterable[Widget]:
        """What stands in the way above; table and gauge beside each other, which scroll together; the button at the bottom."""
        yield Text("", id="program-head")
        yield Text("", id="program-verdict")
        with Horizontal(id="program"):
            with Vertical(id="program-table"):
                with Horizontal(classes="program-row"):
                    for name, cls in (("Setting", "name"), ("In the slot", "now"), ("Asked for", "asked"), ("", "held")):
                        yield Text(Content.styled(name, "$quiet"), classes=cls)
                for field in FIELDS:
                    yield Row(field)
            yield Text("", id="gauge")
        with Horizontal(id="program-buttons"):
            write = Button("F5  Write", id="write")
            write.can_focus = False
            yield write
            yield Text(f"Tab  the fields     s  another slot\n{glyphs().fault} changes     {glyphs().ok} read back", classes="hint")

    def forget(self) -> None:
        """The last implant's program, and what was typed into it."""
        self.slot = 0
        self._asked = None
        self._take(None)

    def fill(self, state: State) -> None:
        """The program that follows from what was done, unless somebody is editing it."""
        self._follow(state)
        self.query_one("#program-head", Text).put(self._head(state))
        self._rows(state)
        self._propose(state)
        proposal = state.proposed if self._is_current(state) else None
        caps = state.capabilities
        told = Content("")
        if proposal is not None and caps is not None:
            sides = bounds(proposal, caps, state.limits, state.sweep)
            told = Content("\n").join(gauge(f"{side.label}: used of each limit", found, self._bar_width()) for side, found in sides.items())
        self.query_one("#gauge", Text).put(told)
        self.query_one("#program-verdict", Text).put(self._verdict(state))
        self.query_one("#write", Button).disabled = not self._may_write(state)

    def _bar_width(self) -> int:
        """Cells for a bar: what the table, the names and the figures leave."""
        table = 56 if self.size.width >= 100 else 43
        return max(NARROWEST, min(WIDEST, self.size.width - table - BESIDE))

    def on_resize(self) -> None:
        """As much room as there is."""
        if self.put_together:
            self.show(self.desk.state)

    # where the program comes from

    def _follow(self, state: State) -> None:
        source = _source(state)
        if (None if source is None else source[0]) != self._from:
            self._take(source)

    def _take(self, source: tuple[object, Program] | None) -> None:
        self._from, self.wanted = source or (None, None)
        self._problem = ""
        for row in self.query(Row):
            self._set_field(row)

    def _set_field(self, row: Row) -> None:
        text = "-" if self.wanted is None else text_of(self.wanted, row.field)
        cell = row.query_one(".asked")
        if isinstance(cell, Input):
            with cell.prevent(Input.Changed):
                cell.value = text.partition(" ")[0] if text[:1].isdigit() else ""
                cell.remove_class("-wrong")
            cell.disabled = not text[:1].isdigit()
        elif isinstance(cell, Text):
            cell.put(text)

    def _rows(self, state: State) -> None:
        held = next((each for each in state.stored if each.slot == self.slot), None)
        now = held.program if held is not None else None
        for row in self.query(Row):
            before = "-" if now is None else text_of(now, row.field)
            row.query_one(".now", Text).put(before)
            wrote = state.wrote
            mark = Content("")
            if wrote is not None and wrote.slot == self.slot and wrote.program is not None and wrote.program == self.wanted:
                mark = Content.styled(f"{glyphs().ok} read back", "$ok")
            elif self.wanted is not None and changed(now, self.wanted, row.field):
                mark = Content.styled(f"{glyphs().fault} changes", "bold $caution")
            row.query_one(".held", Text).put(mark)

    def on_input_changed(self, change: Input.Changed) -> None:
        """Somebody edits a value: the program is made anew, or it is said why it cannot be."""
        row = change.input.parent
        if not isinstance(row, Row) or self.wanted is None:
            return
        self.wanted, self._problem = program_with(self.wanted, row.field, change.value)
        change.input.set_class(bool(self._problem), "-wrong")
        self.fill(self.desk.state)

    # what is said of it

    def _propose(self, state: State) -> None:
        if self.wanted is None or not state.ready or self._problem:
            return
        key = (self.wanted.digest(), self.slot, state.sweep is None)
        if key != self._asked and self.desk.submit(Priority.MEASURE, "", tasks.propose(self.wanted, self.slot)):
            self._asked = key

    def _is_current(self, state: State) -> bool:
        found = state.proposed
        return found is not None and self.wanted is not None and found.slot == self.slot and found.program == self.wanted

    def _may_write(self, state: State) -> bool:
        return self._is_current(state) and state.not_allowed is None and not self._problem and state.ready

    def _head(self, state: State) -> Content:
        if self.wanted is None:
            return Content(say.PROGRAM_EMPTY if state.live else say.NO_DEVICE)
        slots = [
            Content.styled(
                f" {each.slot}{' active' if each.active else ''} ", "bold $on-mark on $ok" if each.slot == self.slot else "$quiet"
            )
            for each in state.stored
        ]
        return Content.assemble("Slot ", *slots, "   ", (_named(state), "$quiet"))

    def _verdict(self, state: State) -> Content:
        wrote = state.wrote
        if self._problem:
            return Content.assemble(("NOT A VALUE  ", "bold $refused"), self._problem)
        if wrote is not None and wrote.slot == self.slot and wrote.program == self.wanted:
            words = say.written(wrote.slot, wrote.revision, f"{wrote.crc:08x}")
            return Content.assemble(("WRITTEN  ", "bold $ok"), f"{words.happened} {words.stimulation} {words.now}")
        if state.live and (state.halt is not None or state.doubtful):
            return Content.assemble(("CAUTION  ", "bold $caution"), say.DOUBTFUL_FIRST if state.doubtful else say.READ_FIRST)
        if not self._is_current(state) or state.proposed is None:
            return Content("")
        lines: list[Content] = []
        if state.not_allowed is not None:
            lines += [Content.assemble(("REFUSED  ", "bold $refused"), clean(reason.text)) for reason in state.not_allowed.reasons]
        lines += [Content.assemble(("CAUTION  ", "bold $caution"), clean(each.sentence)) for each in state.proposed.review.cautions]
        if not lines:
            lines.append(Content.assemble(("ALLOWED  ", "bold $ok"), "No bound is violated. F5 writes it, after one more question."))
        return Content("\n").join(lines)

    # what is done

    def on_key(self, key: events.Key) -> None:
        """s: another slot, while no field is being edited."""
        if key.character == "s" and not isinstance(self.focused, Input):
            key.stop()
            slots = max(len(self.desk.state.stored), 1)
            self.slot = (self.slot + 1) % slots
            self.fill(self.desk.state)

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """The same as F5, by touch."""
        pressed.stop()
        self.main_action()

    def main_action(self) -> None:
        """Ask before writing."""
        state = self.desk.state
        if self._may_write(state) and state.identity is not None:
            question = say.write_question(self.slot, clean(state.identity.model), clean(state.identity.serial))
            self.desk.push_screen(ConfirmSerial(say.WRITE_TITLE, question, state.identity.serial), self._write)

    def _write(self, typed: str | None) -> None:
        state = self.desk.state
        if typed is None or not self._may_write(state) or state.proposed is None:
            return
        how = f"{typed}, the end of the serial number, typed by the operator"
        self.desk.submit(Priority.THERAPY, "writing the program", tasks.write(state.proposed, how))


def _source(state: State) -> tuple[object, Program] | None:
    """What the program is made from: the titrations of this appointment, else a profile, else what the implant runs."""
    active = next((each.program for each in state.stored if each.active and each.program is not None), None)
    ended = {side: result for side in Side if (result := state.side_of(side).result) is not None}
    found = {side: result for side, result in ended.items() if result.proposed_ma is not None}
    template = STANDARD if active is None else template_from(active)
    if found and state.taken is None:
        made = template.program(found)
        if made is not None:
            return tuple((side, result.proposed_ma, str(result.plan.setup.electrodes)) for side, result in found.items()), made
    if state.taken is not None:
        return state.taken, state.taken[1]
    return (("active", active.digest()), active) if active is not None else None


def _named(state: State) -> str:
    if state.taken is not None:
        return f"from the profile {clean(state.taken[0])}"
    titrated = any(state.side_of(side).result is not None for side in Side)
    return "from the titrations of this appointment" if titrated else "as the implant runs it"
