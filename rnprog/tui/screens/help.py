"""The keys, by what they are for. One dialog; STOP stays below it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget

from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_keys as words
from rnprog.tui.keys import keyed
from rnprog.tui.screens.frame import SafeModal
from rnprog.tui.widgets.text import Text, columns, row

BESIDE, ASIDE = 8, 28
"""Lines of the screen that are not the list's; cells beside the second column."""
WIDEST = 66


class Help(SafeModal[None]):
    """Esc or F1 closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,enter", "close", show=False)]
    AUTO_FOCUS = "#keys-list"

    def body(self) -> Iterable[Widget]:
        """Keys and what they do, in a list that scrolls where the screen is low."""
        yield Text(Content.assemble((words.HELP_TITLE, "bold"), (f"   {words.HELP_CLOSE}", "$quiet")))
        with VerticalScroll(id="keys-list"):
            yield Text(id="keys-text")
            yield Text(say.RESEARCH, classes="hint")

    def on_mount(self) -> None:
        """For the screen there is."""
        super().on_mount()
        self.on_resize()

    def on_resize(self) -> None:
        """As wide and as high as the screen allows: banner, STOP, frame and title stay."""
        if self.put_together:
            self.query_one("#keys-list").styles.max_height = max(self.size.height - BESIDE, 4)
            self.query_one("#keys-text", Text).put(told(min(WIDEST, max(self.size.width - ASIDE, 20))))

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)


def told(width: int) -> Content:
    """Every key, with what it does wrapped into so many cells."""
    rows = []
    for key, what in words.KEYS:
        first, *others = textwrap.wrap(keyed(what), width)
        rows.append(row(Content.styled(keyed(key), "bold"), first))
        rows += [row("", other) for other in others]
    return columns(rows)
