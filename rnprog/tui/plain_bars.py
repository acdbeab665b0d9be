"""Scroll bars of a terminal without other signs than ASCII: whole cells in a colour, without the eighths of a block at their ends."""

from __future__ import annotations

from typing import ClassVar

from textual.scrollbar import ScrollBar, ScrollBarRender


class PlainBars(ScrollBarRender):
    """A blank is drawn as nothing but its colour."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * len(ScrollBarRender.VERTICAL_BARS)
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * len(ScrollBarRender.HORIZONTAL_BARS)


def use_plain_bars() -> None:
    """In this process, from now on."""
    ScrollBar.renderer = PlainBars
