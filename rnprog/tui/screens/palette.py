"""Everything by name: a few letters find it. A dialog of our own, because STOP has to stay below it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_screens as words
from rnprog.tui.plain_input import PlainInput
from rnprog.tui.screens.frame import SafeModal

ENTRIES = words.PALETTE


def matching(text: str) -> list[tuple[str, str]]:
    """The entries whose letters hold those of `text`, in order; those that hold it whole come first."""
    wanted = text.casefold().strip()
    whole = [entry for entry in ENTRIES if wanted in entry[0].casefold()]
    return whole + [entry for entry in ENTRIES if entry not in whole and _holds(entry[0].casefold(), wanted)]


def _holds(name: str, wanted: str) -> bool:
    letters = iter(name)
    return all(letter in letters for letter in wanted)


class Palette(SafeModal[str | None]):
    """The action that was chosen."""

    AUTO_FOCUS = "#palette-input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False)]

    def body(self) -> Iterable[Widget]:
        """A field above a list."""
        yield PlainInput(placeholder=say.PALETTE_HINT, id="palette-input", max_length=40)
        yield OptionList(id="palette-list", markup=False)

    def on_mount(self) -> None:
        """All of them."""
        super().on_mount()
        self._fill("")

    def _fill(self, text: str) -> None:
        listed = self.query_one("#palette-list", OptionList)
        listed.clear_options()
        found = matching(text)
        listed.add_options([Option(Content(name), id=action) for name, action in found] or [Option(say.PALETTE_NOTHING, disabled=True)])
        listed.highlighted = 0 if found else None

    def on_input_changed(self, change: Input.Changed) -> None:
        """Fewer, or more."""
        self._fill(change.value)

    def on_key(self, key: events.Key) -> None:
        """Up and down move in the list while the field keeps the letters."""
        listed = self.query_one("#palette-list", OptionList)
        if key.key in ("up", "down") and listed.option_count:
            key.stop()
            (listed.action_cursor_up if key.key == "up" else listed.action_cursor_down)()

    def on_input_submitted(self) -> None:
        """The marked one."""
        listed = self.query_one("#palette-list", OptionList)
        if listed.highlighted is not None:
            self.dismiss(listed.get_option_at_index(listed.highlighted).id)

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """By touch."""
        self.dismiss(selected.option.id)

    def action_close(self) -> None:
        """Nothing."""
        self.dismiss(None)
