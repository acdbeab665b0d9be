"""What a burst did: eight answers, each a key and a place to touch. They answer an open question; none changes the output."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import RenderResult
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from rnprog.session.observers import Elsewhere
from rnprog.session.observers import Report as ReportOf
from rnprog.therapy.titration import Answer
from rnprog.tui.widgets.text import Ages


@dataclass(frozen=True, slots=True)
class Choice:
    """One of them. The words stand below each other."""

    key: str
    words: tuple[str, str]
    report: ReportOf


CHOICES = (
    Choice("0", ("none", ""), Answer.NONE),
    Choice("f", ("felt", ""), Answer.FELT),
    Choice("1", ("flicker", ""), Answer.FLICKER),
    Choice("2", ("clear", ""), Answer.CLEAR),
    Choice("3", ("strong", ""), Answer.STRONG),
    Choice("e", ("wrong", "place"), Elsewhere()),
    Choice("x", ("TOO", "STRONG"), Answer.DISCOMFORT),
    Choice("u", ("unsure", ""), Answer.UNSURE),
)
KEYS = {choice.key: choice for choice in CHOICES}


class Answers(Ages, Widget, can_focus=False):
    """All of them beside each other, drawn as one: whether a question is open changes with every burst, and costs one drawing."""

    DEFAULT_CSS = """
    Answers { height: 3; width: 100%; }
    """

    class Given(Message):
        """An answer was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, *, asked: bool = False) -> None:
        super().__init__()
        self.asked = asked
        """Whether a question is open."""

    def show(self, *, asked: bool) -> None:
        """Whether a question is open, from now on."""
        if asked != self.asked:
            self.asked = asked
            self.refresh()

    def render(self) -> RenderResult:
        """A place each, as wide as the others but for one cell, and a free one between two."""
        height, width = self.size.height, max(self.size.width, len(CHOICES) * 2)
        lines = []
        for line in range(height):
            cells: list[str | tuple[str, str]] = []
            for number, choice in enumerate(CHOICES):
                first, end = number * width // len(CHOICES), (number + 1) * width // len(CHOICES)
                texts = [text for text in (choice.key, *choice.words) if text]
                above = (height - len(texts)) // 2
                text = texts[line - above] if 0 <= line - above < len(texts) else ""
                cells += [(f"{text:^{end - first - 1}}"[: end - first - 1], self._style(choice, bold=line == above)), " "]
            lines.append(Content.assemble(*cells[:-1]))
        return Content("\n").join(lines)

    def _style(self, choice: Choice, *, bold: bool) -> str:
        closed = not self.asked or self.is_old
        ground = "$raised" if closed else "$refused" if choice.report is Answer.DISCOMFORT else "$ok"
        return f"{'bold ' if bold else ''}{'$stale' if closed else '$on-mark'} on {ground}"

    def on_click(self, click: Click) -> None:
        """By touch."""
        if self.asked:
            self.post_message(self.Given(CHOICES[min(click.x * len(CHOICES) // max(self.size.width, 1), len(CHOICES) - 1)]))


def states() -> list[tuple[str, Widget]]:
    """Both."""
    return [("nothing is asked", Answers()), ("a question is open", Answers(asked=True))]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
