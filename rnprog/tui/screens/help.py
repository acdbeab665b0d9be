"""The keys, by what they are for. One dialog; STOP stays below it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from rnprog.session.wording import tui as say
from rnprog.tui.screens.frame import SafeModal
from rnprog.tui.widgets.text import Text, columns, row

KEYS: tuple[tuple[str, str], ...] = (
    ("F12, Ctrl+C", "STOP. Everywhere, at any time. Both always work."),
    ("F2 F3 F4 F6 F7", "Overview, leads, titration, program, record: the order of an appointment"),
    ("F5", "The one thing this screen is for: measure, prepare, give, write, close"),
    ("F8", "Do what the message above calls for"),
    ("+ -", "Another amplitude is wanted; nothing flows before F5"),
    ("0 f 1 2 3 e x u", "What a burst did: none, felt, flicker, clear, strong, wrong place, TOO STRONG, unsure"),
    ("c", "After TOO STRONG: the patient agrees, go on below it"),
    ("t", "Both sides have an amplitude: check them together"),
    ("b", "Take the last answer back, and give it again"),
    ("F9", "Finish this side with what is known"),
    ("l r m p 0-3 c", "Before a side: left, right, the way, how exactly, its contacts"),
    ("Ctrl+P", "Everything else: profiles, frames, themes"),
    ("PgUp PgDn, Tab", "Scroll; go to the fields"),
    ("F10", "Leave. It asks, and stops first."),
)


WIDTH = 50
"""Cells of the second column."""


class Help(SafeModal[None]):
    """Esc or F1 closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,enter", "close", "Close", show=False)]

    def body(self) -> Iterable[Widget]:
        """Keys and what they do."""
        yield Text(Content.styled("Keys", "bold"))
        rows = []
        for key, what in KEYS:
            first, *others = textwrap.wrap(what, WIDTH)
            rows.append(row(Content.styled(key, "bold"), first))
            rows += [row("", other) for other in others]
        yield Text(columns(rows))
        yield Text(say.RESEARCH, classes="hint")

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)
