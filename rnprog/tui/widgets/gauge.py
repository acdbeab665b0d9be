"""The charge gauge: each bound a bar, with its value, its limit and a word. Full is at the limit; nothing is hidden beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from textual.content import Content
from textual.widget import Widget

from rnprog.tui.bounds import Bound
from rnprog.tui.glyphs import glyphs
from rnprog.tui.widgets.text import Text, columns, row

BAR = 5


def gauge(title: str, bounds: Sequence[Bound]) -> Content:
    """A line a bound."""
    rows = [row(each.name, _bar(each), Content.assemble(each.value, (f"/{each.limit}", "$quiet"))) for each in bounds]
    return Content("\n").join([Content.styled(title, "bold"), columns(rows, gap=1)])


def _bar(bound: Bound) -> Content:
    g = glyphs()
    if bound.share is None:
        return Content.styled(f"{g.empty * BAR} ?", "$quiet")
    filled = min(BAR, int(bound.share * BAR + Decimal("0.5")))
    over = bound.share > 1
    near = bound.caution is not None and bound.share >= bound.caution
    tone, sign = ("$refused", g.fault) if over else ("$caution", g.watch) if near else ("$ok", g.ok)
    return Content.styled(f"{g.full * filled}{g.empty * (BAR - filled)} {sign}", tone)


def states() -> list[tuple[str, Widget]]:
    """All of them."""
    D = Decimal
    return [
        (
            "well within",
            Text(gauge("Left", [Bound("mA device", "1.5", "10.0", D("0.15")), Bound("mA voltage", "?", "no impedance", None)])),
        ),
        ("caution", Text(gauge("Left", [Bound("uC/cm2 rule", "21.0", "30", D("0.7"), D("0.66"))]))),
        ("beyond", Text(gauge("Left", [Bound("Shannon k", "1.90", "1.75", D("1.08"), D("0.85"))]))),
    ]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
