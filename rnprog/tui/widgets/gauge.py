"""The charge gauge: each bound a bar, with its value, its limit and a word. Full is at the limit; nothing is hidden beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from textual.content import Content
from textual.widget import Widget

from rnprog.tui.bounds import Bound
from rnprog.tui.glyphs import glyphs
from rnprog.tui.widgets.text import Text, columns, row

NARROWEST, WIDEST = 5, 48
"""Cells of a bar."""
BESIDE = 32
"""Cells beside it: name, sign, value and limit, the edges of the screen."""
NEAR = Decimal("0.9")
"""Of any limit: a caution from here on, so that what is nearly full does not look like everything else (a choice of this project)."""


def gauge(title: str, bounds: Sequence[Bound], width: int = NARROWEST) -> Content:
    """A line a bound, with bars of so many cells. A bar is full at its limit and not before: it is rounded down."""
    rows = [row(each.name, _bar(each, width), Content.assemble(each.value, (each.limit and f"/{each.limit}", "$quiet"))) for each in bounds]
    return Content("\n").join([Content.styled(title, "bold"), columns(rows, gap=1)])


def _bar(bound: Bound, width: int) -> Content:
    g = glyphs()
    if bound.share is None:
        return Content.styled(f"{g.empty * width} ?", "$quiet")
    filled = min(width, int(bound.share * width))
    over = bound.share > 1
    near = bound.share >= min(NEAR, bound.caution or NEAR)
    tone, sign = ("$refused", g.fault) if over else ("$caution", g.watch) if near else ("$ok", g.ok)
    return Content.styled(f"{g.full * filled}{g.empty * (width - filled)} {sign}", tone)


def states() -> list[tuple[str, Widget]]:
    """All of them."""
    D = Decimal
    return [
        (
            "well within",
            Text(gauge("Left", [Bound("mA device", "1.5", "10.0", D("0.15")), Bound("mA voltage", "not measured", "", None)])),
        ),
        ("caution", Text(gauge("Left", [Bound("uC/cm2 rule", "21.0", "30", D("0.7"), D("0.66"))]))),
        ("beyond", Text(gauge("Left", [Bound("Shannon k", "1.90", "1.75", D("1.08"), D("0.85"))]))),
    ]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
