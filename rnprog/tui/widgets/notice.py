"""A message across the whole width: what happened, what is certain about the stimulation, what to do now; and its one button."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Static

from rnprog.session.wording import Words
from rnprog.tui.keys import keyed
from rnprog.tui.state import Call, Notice, Weight
from rnprog.tui.view_model import said

_CLASSES = {weight: weight.name.lower() for weight in Weight}


class NoticeBox(Vertical):
    """Hidden while there is nothing to say."""

    DEFAULT_CSS = """
    NoticeBox { display: none; width: 100%; height: auto; max-height: 9; padding: 0 1; background: $raised; overflow-y: auto;
        border-left: thick $quiet; color: $ink; }
    NoticeBox.-shown { display: block; }
    NoticeBox.caution, NoticeBox.unknown { border-left: thick $caution; }
    NoticeBox.refused { border-left: thick $refused; }
    NoticeBox.alarm { border-left: thick $alarm; background: $alarm; color: $on-alarm; }
    """

    class Answered(Message):
        """Its button was pressed."""

        def __init__(self, call: Call) -> None:
            super().__init__()
            self.call = call

    def __init__(self, notice: Notice | None = None) -> None:
        super().__init__()
        self.notice = notice
        self._text = Static("", markup=False)
        self._button = Button("")
        self._button.can_focus = False  # F8 and touch; a key that repeats must not answer by chance

    def compose(self) -> ComposeResult:
        """Text above button."""
        yield self._text
        yield self._button

    def on_mount(self) -> None:
        """Show what it was made with."""
        self._fill()

    def show(self, notice: Notice | None) -> None:
        """Another message, or none."""
        if notice != self.notice:
            self.notice = notice
            self._fill()

    def _fill(self) -> None:
        notice = self.notice
        self.set_class(notice is not None, "-shown")
        for weight, name in _CLASSES.items():
            self.set_class(notice is not None and notice.weight is weight, name)
        if notice is None:
            return
        self._text.update(text_of(notice))
        self._button.label = Content(f"{keyed('F8')}  {notice.call.value}")
        self.scroll_home(animate=False)

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """By touch."""
        pressed.stop()
        if self.notice is not None:
            self.post_message(self.Answered(self.notice.call))


def text_of(notice: Notice) -> Content:
    """The three parts, the heavy one first, each a line."""
    words = notice.words
    lines = [
        Content.assemble((f"{notice.weight.value}  ", "bold"), (said(words.happened), "bold")),
        *(Content(f"- {said(each)}") for each in notice.more),
        Content.assemble(("Stimulation: ", "bold"), said(words.stimulation)),
        Content.assemble(("Now: ", "bold"), said(words.now)),
    ]
    return Content("\n").join(lines)


def states() -> list[tuple[str, Widget]]:
    """All of them."""
    words = Words(
        "The device did not answer (burst).", "The output may be on; without further contact it ends within 1 s.", "Read it again."
    )
    return [(f"{weight.value}, {call.value}", NoticeBox(Notice(weight, words, call))) for weight, call in zip(Weight, Call, strict=True)]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
