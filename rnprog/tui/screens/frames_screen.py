"""The last frames on the line, decoded: for whoever asks what was really said. Read from memory, five times a second while it is shown."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.widget import Widget

from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_screens as words
from rnprog.tui.frames import Line
from rnprog.tui.keys import keyed
from rnprog.tui.screens.frame import SafeScreen, stands
from rnprog.tui.state import State
from rnprog.tui.widgets.text import Text, columns, row


class FramesScreen(SafeScreen):
    """F5 holds it still, and lets it run again."""

    NAME = "frames"
    FROM_DEVICE = False

    def __init__(self) -> None:
        super().__init__()
        self.held = False
        self._count = -1

    def body(self) -> Iterable[Widget]:
        """A head and the lines."""
        yield Text("", id="frames-head", classes="hint")
        yield Text("", id="frames")

    def fill(self, state: State) -> None:
        """As many as fit."""
        self._refresh()

    def show_age(self, state: State) -> None:
        """New frames."""
        super().show_age(state)
        if stands(self) and self.is_current:
            self._refresh()

    def _refresh(self) -> None:
        frames = self.desk.frames
        self.query_one("#frames-head", Text).put(keyed(words.frames_head(frames.count, held=self.held)))
        if self.held or frames.count == self._count:
            return
        self._count = frames.count
        lines = frames.newest(max(self.size.height - 8, 8))
        self.query_one("#frames", Text).put(told(lines, max(self.size.width - 5, 20)) if lines else Content(say.FRAMES_EMPTY))

    def main_action(self) -> None:
        """Hold, or go on."""
        self.held = not self.held
        self._refresh()


def told(lines: list[Line], width: int) -> Content:
    """Seconds on the link's clock, direction, name, the rest."""
    rows = columns(
        [
            row(
                Content.styled(f"{line.at_s:.3f}", "$quiet"),
                Content.styled("sent" if line.direction == ">" else "came", "$ok" if line.direction == ">" else "$caution"),
                Content.styled(line.name, "bold"),
                line.detail,
            )
            for line in lines
        ],
        right=frozenset((0,)),
    )
    return Content("\n").join(line.truncate(width, ellipsis=True) for line in rows.split("\n"))
