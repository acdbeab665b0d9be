"""A small app that shows one widget in all its states: `python -m rnprog.tui.widgets.NAME`. `t` changes the theme."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Label

from rnprog.tui.themes import COLOURS, DEFAULT, theme


class Showcase(App[None]):
    """Every state below its name."""

    CSS = "Showcase { background: $page; color: $ink; } Label { color: $quiet; margin: 1 0 0 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [("t", "next_theme", "Theme"), ("q", "quit", "Quit")]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, states: Iterable[tuple[str, Widget]]) -> None:
        super().__init__()
        self._states = tuple(states)
        for name in COLOURS:
            self.register_theme(theme(name))
        self.theme = DEFAULT

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our names exist in any theme."""
        return COLOURS[DEFAULT]

    def compose(self) -> ComposeResult:
        """One after the other."""
        with VerticalScroll():
            for name, widget in self._states:
                yield Label(name, markup=False)
                yield widget

    def action_next_theme(self) -> None:
        """The next of ours."""
        names = list(COLOURS)
        self.theme = names[(names.index(self.theme) + 1) % len(names)]


def show_all(states: Iterable[tuple[str, Widget]]) -> None:
    """Run until `q`."""
    Showcase(states).run()
