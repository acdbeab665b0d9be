"""The recruitment curve of one side: every burst stands at its amplitude, as high as what it did. It needs no colour.

The scale is fixed and widens in jumps, so that the picture does not move under the clinician's eyes. It is drawn again only after a burst.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from rnprog.session.wording import tui as say
from rnprog.therapy.titration import Answer
from rnprog.tui.glyphs import glyphs
from rnprog.tui.widgets.text import aged

ROWS: tuple[tuple[str, str, str, str], ...] = (
    (Answer.DISCOMFORT, "TOO STRONG", "X", "$refused"),
    (Answer.STRONG, "strong", "3", "$ok"),
    (Answer.CLEAR, "clear", "2", "$ok"),
    (Answer.FLICKER, "flicker", "1", "$ok"),
    (Answer.FELT, "felt", "f", "$caution"),
    (Answer.UNSURE, "unsure", "?", "$quiet"),
    (Answer.NONE, "none", "0", "$quiet"),
)
"""From the top: answer, word, sign, tone."""
SCALES_MA = (Decimal(2), Decimal(4), Decimal(6), Decimal(10))
LABEL = 11


@dataclass(frozen=True, slots=True)
class Point:
    """One burst."""

    amplitude_ma: Decimal
    answer: Answer
    elsewhere: bool = False


class Curve(Widget, can_focus=False):
    """Filled by `show`."""

    DEFAULT_CSS = "Curve { width: 100%; height: 9; color: $ink; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.points: Sequence[Point] = ()
        self.now_ma: Decimal | None = None
        self.ceiling_ma: Decimal | None = None

    def show(self, points: Sequence[Point], now_ma: Decimal | None, ceiling_ma: Decimal | None) -> None:
        """The bursts, the amplitude that is being asked about, and what discomfort has set as the most."""
        if (tuple(points), now_ma, ceiling_ma) != (tuple(self.points), self.now_ma, self.ceiling_ma):
            self.points, self.now_ma, self.ceiling_ma = tuple(points), now_ma, ceiling_ma
            self.refresh()

    @property
    def scale_ma(self) -> Decimal:
        """The end of the amplitude axis."""
        most = max((*(point.amplitude_ma for point in self.points), self.now_ma or Decimal(0)), default=Decimal(0))
        return next((scale for scale in SCALES_MA if most < scale), SCALES_MA[-1])

    def render(self) -> RenderResult:
        """Seven levels, as far apart as there is room, and the axis below them."""
        width = max(self.size.width - LABEL - 2, 12)
        g = glyphs()
        lines: list[Content] = []
        for answer, word, sign, tone in ROWS:
            lines += [self._row("", "", "", "", width)] * max(0, (self.size.height - 2) // len(ROWS) - 1)
            lines.append(self._row(answer, word, sign, tone, width))
        lines.append(Content.styled(f"{'':{LABEL}}{g.corner}{g.floor * width}", "$quiet"))
        lines.append(Content.styled(f"{'mA':>{LABEL - 1}}  {self._axis(width)}", "$quiet"))
        return aged(self, Content("\n").join(lines))

    def _column(self, amplitude_ma: Decimal, width: int) -> int:
        return min(width - 1, int(amplitude_ma / self.scale_ma * (width - 1)))

    def _row(self, answer: str, word: str, sign: str, tone: str, width: int) -> Content:
        g = glyphs()
        cells = [(" ", "")] * width
        if self.now_ma is not None:
            cells[self._column(self.now_ma, width)] = (g.axis, "$running")
        if self.ceiling_ma is not None:
            cells[self._column(self.ceiling_ma, width)] = (g.mark, "$refused")
        for point in self.points:
            if point.answer == answer:
                cells[self._column(point.amplitude_ma, width)] = ("E" if point.elsewhere else sign, f"bold {tone}")
        label = Content.styled(f"{word:>{LABEL - 1}} ", tone if any(point.answer == answer for point in self.points) else "$quiet")
        if not self.points and answer == Answer.CLEAR:
            empty = say.CURVE_EMPTY[:width]
            return Content.assemble(label, (g.axis, "$quiet"), (empty, "$quiet"))
        return Content.assemble(label, (g.axis, "$quiet"), *cells)

    def _axis(self, width: int) -> str:
        cells = [" "] * width
        for quarter in range(5):
            at_ma = self.scale_ma * quarter / 4
            text = f"{at_ma:.1f}"
            start = min(self._column(at_ma, width), width - len(text))
            cells[start : start + len(text)] = list(text)
        return "".join(cells).rstrip()


def states() -> list[tuple[str, Widget]]:
    """All of them."""
    D = Decimal
    some = [Point(D("0.5"), Answer.NONE), Point(D("1.0"), Answer.FELT), Point(D("1.2"), Answer.FLICKER), Point(D("1.3"), Answer.CLEAR)]
    more = [
        *some,
        Point(D("1.5"), Answer.STRONG),
        Point(D("1.8"), Answer.FELT, True),
        Point(D("2.3"), Answer.DISCOMFORT),
        Point(D("0.8"), Answer.UNSURE),
    ]
    cases = [
        ("empty", [], None, None),
        ("some bursts, one proposed", some, D("1.3"), None),
        ("too strong, a ceiling", more, None, D("2.0")),
    ]
    found: list[tuple[str, Widget]] = []
    for name, points, now_ma, ceiling_ma in cases:
        curve = Curve()
        curve.styles.height = 9
        curve.show(points, now_ma, ceiling_ma)
        found.append((name, curve))
    return found


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
