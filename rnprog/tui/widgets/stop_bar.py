"""The STOP bar: docked at the bottom of every screen and every dialog, the whole of it a button. It says what STOP came to."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from rnprog.session.wording import tui as say
from rnprog.tui.glyphs import glyphs


class StopBar(Widget, can_focus=False):
    """`stopping`: STOP was sent and its answer is awaited."""

    DEFAULT_CSS = """
    StopBar {
        dock: bottom; height: 3; width: 100%; background: $alarm; color: $on-alarm; content-align: center middle; text-style: bold;
    }
    """
    stopping = reactive(False)

    class Pressed(Message):
        """Somebody touched it."""

    def render(self) -> RenderResult:
        """One line in the middle of the bar."""
        sign = glyphs().stop
        if self.stopping:
            return Content(f"{sign} {say.STOPPING}")
        return Content.assemble(f"{sign}  {say.STOP_LABEL}  {sign}", f"    {say.STOP_KEYS}")

    def on_click(self) -> None:
        """Anywhere on it."""
        self.post_message(self.Pressed())


def states() -> list[tuple[str, Widget]]:
    """All of them."""
    waiting = StopBar()
    waiting.stopping = True
    found: list[tuple[str, Widget]] = [("ready", StopBar()), ("STOP was sent", waiting)]
    for _, widget in found:
        widget.styles.dock = "none"
    return found


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
