"""Questions before something lasting. Each focuses Cancel; the key that opened it confirms nothing; pasted text does not count."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input

from rnprog.session.patient import LAST
from rnprog.session.wording import patient
from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_screens as words
from rnprog.tui.plain_input import PlainInput
from rnprog.tui.screens.frame import SafeModal
from rnprog.tui.state import State
from rnprog.tui.view_model import clean
from rnprog.tui.widgets.text import Text

LONGEST_CODE = 40
"""More of a patient code does not stand in a question: both ways on have to be seen below it."""


class Confirm(SafeModal[bool]):
    """Yes or no. True: yes."""

    AUTO_FOCUS = "#cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", show=False)]

    def __init__(self, title: str, question: str | Callable[[], str], yes: str) -> None:
        """`question`: asked anew whenever something has happened, where it depends on that."""
        super().__init__()
        self._title, self._yes = title, yes
        self._question: Callable[[], str] = question if callable(question) else lambda: question

    def body(self) -> Iterable[Widget]:
        """The question, then Cancel, then the other."""
        yield Text(Content.styled(self._title, "bold"), classes="title")
        yield Text(self._question(), classes="question")
        yield Horizontal(Button(words.CANCEL, id="cancel"), Button(Content(self._yes), id="yes"), classes="buttons")

    def show(self, state: State) -> None:
        """The frame, and the question as it is now."""
        super().show(state)
        for question in self.query(".question").results(Text):  # none, while it is being taken apart
            question.put(self._question())

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """One of the two."""
        self.dismiss(pressed.button.id == "yes")

    def action_cancel(self) -> None:
        """No."""
        self.dismiss(False)


class Typed(PlainInput):
    """A field that somebody types into; what is pasted does not count."""

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.screen.query_one("#wrong", Text).put(say.no_paste())


class ConfirmSerial(SafeModal[str | None]):
    """The end of the serial number has to be typed. What was typed, or None."""

    AUTO_FOCUS = "#cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", show=False)]
    CANCEL: ClassVar[str] = words.CANCEL
    HINT: ClassVar[str] = words.ENTER_WRITES
    WRONG: ClassVar[str] = say.NOT_THE_SERIAL

    def __init__(self, title: str, question: str, serial: str) -> None:
        super().__init__()
        self._title, self._question, self._serial = title, question, serial

    def body(self) -> Iterable[Widget]:
        """The question, Cancel, the field."""
        yield Text(Content.styled(self._title, "bold"), classes="title")
        yield Text(self._question, classes="question")
        yield Horizontal(
            Button(self.CANCEL, id="cancel"),
            Typed(placeholder=words.LAST_FOUR, max_length=LAST, id="typed", select_on_focus=False),
            classes="buttons",
        )
        yield Text(self.HINT, classes="hint")
        yield Text("", id="wrong")

    def on_key(self, key: events.Key) -> None:
        """Typing begins in the field, wherever the focus is; Enter and space on Cancel stay there."""
        field = self.query_one("#typed", Typed)
        if self.focused is not field and key.character is not None and key.character.isalnum():
            key.stop()
            field.focus()
            field.insert_text_at_cursor(key.character)

    def on_button_pressed(self) -> None:
        """Cancel is the only button."""
        self.dismiss(None)

    def on_input_changed(self, changed: Input.Changed) -> None:
        """What was wrong before is another matter."""
        if changed.value:
            self.query_one("#wrong", Text).put("")

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Enter in the field: it counts only when it is the end of the serial number."""
        if submitted.value == self._serial[-LAST:]:
            self.dismiss(submitted.value)
            return
        self.query_one("#wrong", Text).put(self.WRONG)
        submitted.input.clear()

    def action_cancel(self) -> None:
        """No."""
        self.dismiss(None)


class AnotherPatient(ConfirmSerial):
    """The implant carries the fingerprint of another patient code. None: it is to be given free."""

    CANCEL = patient.CLOSE_LINK
    HINT = patient.ENTER_GOES_ON
    WRONG = patient.NOT_THE_SERIAL

    def __init__(self, code: str, model: str, serial: str) -> None:
        super().__init__(patient.TITLE, patient.question(clean(code)[:LONGEST_CODE], clean(model), clean(serial)), serial)
