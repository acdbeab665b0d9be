"""What a burst did: eight answers, each a key and a place to touch. They answer an open question; none changes the output."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from rnprog.session.observers import Elsewhere
from rnprog.session.observers import Report as ReportOf
from rnprog.therapy.titration import Answer


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


class AnswerKey(Static):
    """One answer."""

    def __init__(self, choice: Choice) -> None:
        first, second = choice.words
        text = Content.assemble((choice.key, "bold"), f"\n{first}", f"\n{second}" if second else "")
        super().__init__(text, classes="too-strong" if choice.report is Answer.DISCOMFORT else "", markup=False)
        self._choice = choice

    def on_click(self) -> None:
        """By touch."""
        if not self.has_class("-closed"):
            self.post_message(Answers.Given(self._choice))


class Answers(Horizontal):
    """All of them. `open`: a question waits for its answer."""

    DEFAULT_CSS = """
    Answers { height: 3; width: 100%; }
    Answers.-tall { height: 5; }
    AnswerKey { width: 1fr; height: 100%; margin: 0 1 0 0; background: $ok; color: $on-mark; }
    AnswerKey { content-align: center middle; text-align: center; }
    AnswerKey.too-strong { background: $refused; }
    AnswerKey:hover { text-style: bold; }
    AnswerKey.-closed { background: $raised; color: $stale; }
    """

    class Given(Message):
        """An answer was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, *, asked: bool = False) -> None:
        super().__init__()
        self._asked = asked

    def compose(self) -> ComposeResult:
        """One a place."""
        for choice in CHOICES:
            yield AnswerKey(choice)

    def on_mount(self) -> None:
        """As it was made."""
        self.show(asked=self._asked)

    def show(self, *, asked: bool) -> None:
        """Whether a question is open."""
        self._asked = asked
        for key in self.query(AnswerKey):
            key.set_class(not asked, "-closed")


def states() -> list[tuple[str, Widget]]:
    """Both."""
    return [("nothing is asked", Answers()), ("a question is open", Answers(asked=True))]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
