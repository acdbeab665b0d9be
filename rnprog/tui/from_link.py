"""How the link thread's events come into the app's loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from rnprog.tui import events as e


class FromLink(Message):
    """An event of the link thread, on its way to the screen's loop."""

    def __init__(self, event: e.Event) -> None:
        super().__init__()
        self.event = event
