"""The program: what the device holds, what is asked for, what was read back; every bound; writing it, confirmed by the serial number."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input

from rnprog.session.standard import STANDARD, template_from
from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_program as words
from rnprog.session.wording.tui_screens import read_ago
from rnprog.therapy.contacts import Side
from rnprog.therapy.program import Program
from rnprog.tui import events as e
from rnprog.tui import tasks
from rnprog.tui.bounds import bounds
from rnprog.tui.glyphs import glyphs
from rnprog.tui.keys import keyed
from rnprog.tui.link_worker import Priority
from rnprog.tui.plain_input import PlainInput
from rnprog.tui.screens.dialogs import ConfirmSerial
from rnprog.tui.screens.frame import SafeScreen, screen_time, stands
from rnprog.tui.screens.record import ask_to_close
from rnprog.tui.state import State
from rnprog.tui.view_model import age, clean, no_device, said
from rnprog.tui.widgets.gauge import BESIDE, NARROWEST, WIDEST, gauge
from rnprog.tui.widgets.program_rows import FIELDS, Field, changed, program_with, text_of
from rnprog.tui.widgets.text import Text


class Asked(PlainInput):
    """The field of one setting."""

    def __init__(self, field: Field) -> None:
        super().__init__(id=f"asked-{field.key}", classes="asked", max_length=10)
        self.field = field


class ProgramScreen(SafeScreen):
    """F5 writes, after the end of the serial number was typed."""

    NAME = "program"
    SCROLLS = "#program"

    def __init__(self) -> None:
        super().__init__()
        self.slot = 0
        self.wanted: Program | None = None
        self._from: object = None  # what `wanted` was made from
        self._asked: tuple[object, ...] | None = None  # digest, slot, whether there was no impedance when it was judged, and basis
        self._problem = ""

    def body(self) -> Iterable[Widget]:
        """What stands in the way above; table and gauge beside each other, which scroll together; the button at the bottom."""
        yield Text("", id="program-head")
        yield Text("", id="program-verdict")
        with Horizontal(id="program"):
            # Four columns and a field a setting: a row of widgets for each setting takes four times as long to put together, and a side
            # may be prepared while that is waited for.
            yield Text(_column(words.SETTING, (field.label for field in FIELDS)), id="program-names")
            yield Text("", id="program-now")
            with Vertical(id="program-asked"):
                yield Text(Content.styled(words.ASKED_FOR, "$quiet"))
                for field in FIELDS:  # electrodes are chosen by titrating, so theirs is no field
                    yield Text("-", id=f"asked-{field.key}") if field.parameter is None else Asked(field)
            yield Text("", id="program-held")
            yield Text("", id="gauge")
        with Horizontal(id="program-buttons"):
            write = Button(keyed(words.WRITE), id="write")
            write.can_focus = False
            yield write
            yield Text(words.keys(glyphs().fault, glyphs().ok), classes="hint")

    def forget(self) -> None:
        """The last implant's program, and what was typed into it."""
        self.slot = 0
        self._asked = None
        self._take(None)

    def show_age(self, state: State) -> None:
        """How old what the slots hold is."""
        super().show_age(state)
        if stands(self) and self.is_current:
            self.query_one("#program-head", Text).put(self._head(state))

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
            told = Content("\n").join(gauge(words.used(side.label), found, self._bar_width()) for side, found in sides.items())
        self.query_one("#gauge", Text).put(told)
        self.query_one("#program-verdict", Text).put(self._verdict(state))
        button, written = self.query_one("#write", Button), self._is_written(state)
        button.label = words.CLOSE if written else words.WRITE
        button.disabled = not (written or self._may_write(state))

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
        for field in FIELDS:
            self._set_field(field)

    def _set_field(self, field: Field) -> None:
        text = "-" if self.wanted is None else text_of(self.wanted, field)
        cell = self.query_one(f"#asked-{field.key}")
        if isinstance(cell, Input):
            with cell.prevent(Input.Changed):
                cell.value = text.partition(" ")[0] if text[:1].isdigit() else ""
                cell.remove_class("-wrong")
            cell.disabled = not text[:1].isdigit()
        elif isinstance(cell, Text):
            cell.put(text)

    def _rows(self, state: State) -> None:
        held = next((each for each in state.stored if each.slot == self.slot), None)
        now, wrote = held.program if held is not None else None, state.wrote
        same = wrote is not None and wrote.slot == self.slot and wrote.program is not None and wrote.program == self.wanted
        room = None if self.size.width >= 100 else 1  # on a narrow screen the sign alone; what it means stands beside the button
        marks = []
        for field in FIELDS:
            if same:
                marks.append(Content.styled(f"{glyphs().ok} {words.READ_BACK}"[:room], "$ok"))
            else:
                differs = self.wanted is not None and changed(now, self.wanted, field)
                marks.append(Content.styled(f"{glyphs().fault} {words.CHANGES}"[:room], "bold $caution") if differs else Content(""))
        self.query_one("#program-now", Text).put(_column(words.IN_THE_SLOT, ("-" if now is None else text_of(now, f) for f in FIELDS)))
        self.query_one("#program-held", Text).put(_column("", marks))

    def on_input_changed(self, change: Input.Changed) -> None:
        """Somebody edits a value: the program is made anew, or it is said why it cannot be."""
        if not isinstance(change.input, Asked) or self.wanted is None:
            return
        self.wanted, self._problem = program_with(self.wanted, change.input.field, change.value)
        change.input.set_class(bool(self._problem), "-wrong")
        self.fill(self.desk.state)

    # what is said of it

    def _propose(self, state: State) -> None:
        if self.wanted is None or not state.ready or self._problem or not self.is_current:
            return
        key = (self.wanted.digest(), self.slot, state.sweep is None, state.basis)
        if key != self._asked and self.desk.submit(Priority.MEASURE, "", tasks.propose(self.wanted, self.slot, state.basis)):
            self._asked = key

    def _is_current(self, state: State) -> bool:
        found = state.proposed
        return found is not None and self.wanted is not None and found.slot == self.slot and found.program == self.wanted

    def _may_write(self, state: State) -> bool:
        return self._is_current(state) and state.not_allowed is None and not self._problem and state.ready

    def _is_written(self, state: State) -> bool:
        wrote = state.wrote
        return wrote is not None and wrote.slot == self.slot and wrote.program == self.wanted and not self._problem

    def _head(self, state: State) -> Content:
        if self.wanted is None:
            return Content(keyed(say.PROGRAM_EMPTY) if state.live else no_device(state))
        slots = [
            Content.styled(words.slot(each.slot, active=each.active), "bold $on-mark on $ok" if each.slot == self.slot else "$quiet")
            for each in state.stored
        ]
        aged = read_ago(age(screen_time(self) - state.stored_at_s), old=False)
        return Content.assemble(words.SLOT, *slots, "   ", (f"{_named(state)}; {aged}", "$quiet"))

    def _verdict(self, state: State) -> Content:
        wrote = state.wrote
        if self._problem:
            return Content.assemble((f"{words.NOT_A_VALUE}  ", "bold $refused"), self._problem)
        if wrote is not None and self._is_written(state):
            told = say.written(wrote.slot, wrote.revision, f"{wrote.crc:08x}")
            return Content.assemble(("WRITTEN  ", "bold $ok"), keyed(f"{told.happened} {told.stimulation} {told.now}"))
        if state.live and (state.halt is not None or state.doubtful):
            return Content.assemble(("CAUTION  ", "bold $caution"), keyed(say.DOUBTFUL_FIRST if state.doubtful else say.READ_FIRST))
        if not self._is_current(state) or state.proposed is None:
            return Content("")
        lines: list[Content] = []
        if state.not_allowed is not None:
            lines += [Content.assemble(("REFUSED  ", "bold $refused"), said(reason.text)) for reason in state.not_allowed.reasons]
        lines += [Content.assemble(("CAUTION  ", "bold $caution"), said(each.sentence)) for each in state.proposed.review.cautions]
        if not lines:
            lines.append(Content.assemble(("ALLOWED  ", "bold $ok"), keyed(words.ALLOWED)))
        return Content("\n").join(lines)

    # what is done

    def on_key(self, key: events.Key) -> None:
        """s: another slot; t: from the titrations instead of a profile; while no field is being edited."""
        if isinstance(self.focused, Input):
            return
        if key.character == "t" and self.desk.state.taken is not None and _titrated(self.desk.state):
            key.stop()
            self.desk.see(e.ProfileLeft())
        elif key.character == "s":
            key.stop()
            slots = max(len(self.desk.state.stored), 1)
            self.slot = (self.slot + 1) % slots
            self.fill(self.desk.state)

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """The same as F5, by touch."""
        pressed.stop()
        self.main_action()

    def main_action(self) -> None:
        """Ask before writing; what is written, and as it is wanted, needs only the record's end."""
        state = self.desk.state
        if self._is_written(state):
            ask_to_close(self.desk)
        elif self._may_write(state) and state.identity is not None:
            given = words.in_short(state.proposed.program) if state.proposed is not None else ""
            question = say.write_question(self.slot, clean(state.identity.model), clean(state.identity.serial), given)
            self.desk.push_screen(ConfirmSerial(say.WRITE_TITLE, question, state.identity.serial), self._write)

    def _write(self, typed: str | None) -> None:
        state = self.desk.state
        if typed is None or not self._may_write(state) or state.proposed is None:
            return
        how = words.typed_by_operator(typed)
        self.desk.submit(Priority.THERAPY, words.WRITING, tasks.write(state.proposed, how))


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


def _titrated(state: State) -> bool:
    return any((result := state.side_of(side).result) is not None and result.proposed_ma is not None for side in Side)


def _named(state: State) -> str:
    if state.taken is not None:
        return words.from_profile(clean(state.taken[0]), instead=_titrated(state))
    return words.TITRATED if any(state.side_of(side).result is not None for side in Side) else words.AS_IT_RUNS


def _column(head: str, cells: Iterable[str | Content]) -> Content:
    return Content("\n").join([Content.styled(head, "$quiet"), *(Content(cell) if isinstance(cell, str) else cell for cell in cells)])
