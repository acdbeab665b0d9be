"""The record: what was done, notes, and closing it, after which it is checked by the second implementation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from rnprog.session.wording import Words
from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_screens as tells
from rnprog.tui import tasks
from rnprog.tui.keys import keyed
from rnprog.tui.link_worker import Priority
from rnprog.tui.plain_input import PlainInput
from rnprog.tui.screens.dialogs import Confirm
from rnprog.tui.screens.frame import SafeScreen
from rnprog.tui.state import Phase, State
from rnprog.tui.view_model import clean
from rnprog.tui.widgets.record_lines import in_short_told, lines_told
from rnprog.tui.widgets.text import Text

if TYPE_CHECKING:
    from rnprog.tui.app import RnprogApp


class RecordScreen(SafeScreen):
    """F5 closes; what is typed and entered becomes a note."""

    NAME = "record"
    FROM_DEVICE = False

    def body(self) -> Iterable[Widget]:
        """Its name, the field for a note, its lines."""
        yield Text("", id="record-head")
        yield PlainInput(placeholder=tells.NOTE_HINT, id="note", max_length=400)
        with Horizontal(id="record-row"):
            yield Text("", id="lines")
            yield Text("", id="in-short")

    def on_screen_resume(self) -> None:
        """Read what it holds now."""
        super().on_screen_resume()
        self.desk.submit(Priority.POLL, "", tasks.read_lines)

    def forget(self) -> None:
        """A note that was half written was about the last patient."""
        self.query_one("#note", Input).value = ""

    def fill(self, state: State) -> None:
        """Open, closed, or none."""
        self.query_one("#record-head", Text).put(head(state))
        note = self.query_one("#note", Input)
        note.disabled = not state.live
        note.placeholder = tells.NOTE_HINT if state.live else tells.NO_NOTE
        self.query_one("#lines", Text).put(lines_told(state.lines))
        self.query_one("#in-short", Text).put(in_short_told(state.lines))

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """A note."""
        text = clean(submitted.value).strip()
        if text and self.desk.submit(Priority.MEASURE, "", tasks.note(text)):
            submitted.input.clear()

    def main_action(self) -> None:
        """Ask, then close."""
        ask_to_close(self.desk)


def ask_to_close(desk: RnprogApp) -> None:
    """The question before the record is closed; then this screen, with what the check of it found."""

    def close(yes: bool | None) -> None:
        worker = desk.worker
        if yes and worker is not None:
            desk.call_later(desk.go, "record")
            desk.submit(Priority.POLL, "", tasks.read_lines)
            worker.leave()

    if desk.state.live and desk.state.busy is None:
        desk.push_screen(Confirm(tells.CLOSE_TITLE, say.close_question(), tells.CLOSE_YES), close)


def head(state: State) -> Content:
    """Which record, and what is known of it."""
    if state.record is None:
        return Content(say.RECORD_EMPTY)
    name = clean(state.record.name)
    if state.phase is Phase.CLOSED:
        return _closed(state, name)
    if state.phase is Phase.LOST:
        return Content.assemble((f"{tells.LINK_LOST}  ", "bold $refused"), keyed(tells.record_lost(name)))
    lines = f"{len(state.lines)} lines" if state.lines else tells.BEING_READ
    keys = tells.AFTER_THE_SIDE if state.prepared else tells.CLOSES
    return Content.assemble(("OPEN  ", "bold $ok"), name, f"   {lines}   ", (keyed(keys), "$quiet"))


def _closed(state: State, name: str) -> Content:
    found = state.audit
    if found is None:
        return Content.assemble(("CLOSED  ", "bold $caution"), tells.record_unread(name))
    words: Words = say.record_whole(name, found.lines, found.head[:16]) if found.good else say.record_faulty(name, len(found.faults))
    mark = (f"{tells.CLOSED_WHOLE}  ", "bold $ok") if found.good else (f"{tells.CLOSED_FAULTS}  ", "bold $refused")
    return Content("\n").join([Content.assemble(mark, words.happened), Content(words.stimulation), Content.styled(words.now, "$quiet")])
