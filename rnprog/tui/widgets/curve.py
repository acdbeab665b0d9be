"""The recruitment curve of one side: every burst stands at its amplitude, as high as what it did. It needs no colour.

Dots are what the model expects, and the mark on the axis is where the threshold lies by what is known; both are numbers that the session
hands over. The scale is fixed and widens in jumps, so that the picture does not move under the clinician's eyes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from textual.app import RenderResult
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from rnprog.session.wording import tui_titration as say
from rnprog.therapy.threshold import Estimate
from rnprog.therapy.titration import Answer
from rnprog.tui.glyphs import glyphs
from rnprog.tui.widgets.text import Ages

ROWS: tuple[tuple[str, str, str, str], ...] = (
    (Answer.DISCOMFORT, say.TOO_STRONG, "X", "$refused"),
    (Answer.STRONG, "strong", "3", "$ok"),
    (Answer.CLEAR, "clear", "2", "$ok"),
    (Answer.FLICKER, "flicker", "1", "$ok"),
    (Answer.FELT, "felt", "f", "$caution"),
    (Answer.UNSURE, "unsure", "?", "$quiet"),
    (Answer.NONE, "none", "0", "$quiet"),
)
"""From the top: answer, word, sign, tone."""
UNGRADED = (Answer.CONTRACTION, "contracts", "C", "$ok")
"""A contraction that nobody graded: a row of its own, when there was one."""
SCALES_MA = (Decimal(2), Decimal(4), Decimal(6), Decimal(10))
LABEL = 11
REDRAW_S = 0.2
"""Between two drawings, at least."""
Expected = tuple[Decimal, Answer]
"""An amplitude and what is more likely than not there, by the model."""


@dataclass(frozen=True, slots=True)
class Point:
    """One burst."""

    amplitude_ma: Decimal
    answer: Answer
    elsewhere: bool = False


class Curve(Ages, Widget, can_focus=False):
    """Filled by `show`."""

    DEFAULT_CSS = "Curve { width: 100%; height: 9; color: $ink; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.points: tuple[Point, ...] = ()
        self.now_ma: Decimal | None = None
        self.ceiling_ma: Decimal | None = None
        self.expected: tuple[Expected, ...] = ()
        self.estimate: Estimate | None = None
        self.drawn = 0
        """How often it was drawn anew."""
        self._waits: Timer | None = None
        self._late = False

    def show(
        self,
        points: Sequence[Point],
        now_ma: Decimal | None,
        ceiling_ma: Decimal | None,
        expected: Sequence[Expected] = (),
        estimate: Estimate | None = None,
    ) -> None:
        """The bursts, the amplitude that is being asked about, what discomfort has set as the most, and what the model expects.

        Drawn at most five times a second: what comes faster is drawn once, as it is then.
        """
        wanted = (tuple(points), now_ma, ceiling_ma, tuple(expected), estimate)
        if wanted == (self.points, self.now_ma, self.ceiling_ma, self.expected, self.estimate):
            return
        self.points, self.now_ma, self.ceiling_ma, self.expected, self.estimate = wanted
        if not self.is_mounted:
            self._draw()
        elif self._waits is None:
            self._draw()
            self._waits = self.set_timer(REDRAW_S, self._rest)
        else:
            self._late = True

    def _draw(self) -> None:
        self._late = False
        self.drawn += 1
        self.refresh()

    def _rest(self) -> None:
        """The time between two drawings is over."""
        self._waits = None
        if self._late:
            self._draw()
            self._waits = self.set_timer(REDRAW_S, self._rest)

    @property
    def scale_ma(self) -> Decimal:
        """The end of the amplitude axis."""
        most = max((*(point.amplitude_ma for point in self.points), self.now_ma or Decimal(0)), default=Decimal(0))
        return next((scale for scale in SCALES_MA if most < scale), SCALES_MA[-1])

    def render(self) -> RenderResult:
        """Seven levels, as far apart as there is room, and the axis below them."""
        width = max(self.size.width - LABEL - 2, 12)
        lines: list[Content] = []
        rows = self._levels()
        empty = max(0, self.size.height - 2 - len(rows))  # spread between the levels, so that the axis stands at the bottom
        for number, (answer, word, sign, tone) in enumerate(rows):
            lines += [self._row("", "", "", "", width)] * ((number + 1) * empty // len(rows) - number * empty // len(rows))
            lines.append(self._row(answer, word, sign, tone, width))
        lines.append(self._floor(width))
        lines.append(Content.styled(f"{'mA':>{LABEL - 1}}  {self._axis(width)}", "$quiet"))
        return self.aged(Content("\n").join(lines))

    def _levels(self) -> list[tuple[str, str, str, str]]:
        """The rows there are. An ungraded contraction takes its row from an answer that nobody gave, where the height is short."""
        given = {point.answer for point in self.points}
        rows = list(ROWS)
        if Answer.CONTRACTION in given:
            rows.insert(rows.index(next(row for row in ROWS if row[0] == Answer.FLICKER)), UNGRADED)
            if self.size.height < len(rows) + 2:
                free = next((row for row in reversed(ROWS) if row[0] not in given and row[0] != Answer.NONE), None)
                rows = [row for row in rows if row is not free]
        return rows

    def _floor(self, width: int) -> Content:
        """The axis; on it where the threshold lies by what is known: the interval, and its middle."""
        g = glyphs()
        cells = [(g.floor, "$quiet")] * width
        if self.estimate is not None:
            low, high = (self._column(min(each, self.scale_ma), width) for each in (self.estimate.lower_ma, self.estimate.upper_ma))
            for at in range(low, high + 1):
                cells[at] = (g.span, "$ok")
            cells[self._column(min(self.estimate.median_ma, self.scale_ma), width)] = (g.median, "bold $ok")
        label = f"{say.THRESHOLD_ROW:>{LABEL - 1}} " if self.estimate is not None else " " * LABEL
        return Content.assemble((label, "$quiet"), (g.corner, "$quiet"), *cells)

    def _column(self, amplitude_ma: Decimal, width: int) -> int:
        return min(width - 1, int(amplitude_ma / self.scale_ma * (width - 1)))

    def _row(self, answer: str, word: str, sign: str, tone: str, width: int) -> Content:
        g = glyphs()
        cells = [(" ", "")] * width
        for level_ma, row_of in self.expected:
            if row_of == answer and level_ma <= self.scale_ma:
                cells[self._column(level_ma, width)] = (g.dot, "$quiet")
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
    from rnprog.therapy.threshold import Estimate as Found

    model = tuple((D(tenth) / 10, Answer.NONE if tenth < 12 else Answer.FLICKER if tenth < 14 else Answer.CLEAR) for tenth in range(1, 20))
    found: list[tuple[str, Widget]] = []
    for name, points, now_ma, ceiling_ma in cases:
        curve = Curve()
        curve.styles.height = 9
        curve.show(points, now_ma, ceiling_ma)
        found.append((name, curve))
    curve = Curve()
    curve.styles.height = 9
    curve.show(some, D("1.3"), None, model, Found(D("1.22"), D("1.05"), D("1.48"), D("0.1"), 0.7))
    found.append(("with what the model expects", curve))
    return found


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
