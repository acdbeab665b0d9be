"""A number drawn large: five points high, with half blocks in three lines on a low screen and whole blocks in five lines on a high one."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from rnprog.tui.glyphs import ASCII, glyphs
from rnprog.tui.widgets.text import Ages

POINTS = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    ".": (" ", " ", " ", " ", "#"),
    "-": ("   ", "   ", "###", "   ", "   "),
}
HIGH = 5
_HALVES = {("#", "#"): "█", ("#", " "): "▀", (" ", "#"): "▄", (" ", " "): " "}


class Number(Ages, Widget, can_focus=False):
    """Digits, a point, a dash. `value` is what it says."""

    DEFAULT_CSS = "Number { width: auto; height: 3; }"

    def __init__(self, value: str) -> None:
        super().__init__()
        self.value = value

    @property
    def is_high(self) -> bool:
        """Whether the screen has room for five lines."""
        return bool(self.screen.classes & {"-high", "-tall"})

    def update(self, value: str) -> None:
        """Another number."""
        if value != self.value:
            before, self.value = self.get_content_width(None, None), value
            self.refresh(layout=self.get_content_width(None, None) != before)

    def get_content_width(self, container: object, viewport: object) -> int:
        """As wide as its lines."""
        return max(map(len, drawn(self.value, high=self.is_high)))

    def render(self) -> RenderResult:
        """In the lines there are."""
        return self.aged(Content("\n").join(Content(line) for line in drawn(self.value, high=self.is_high)))


def drawn(value: str, *, high: bool) -> list[str]:
    """Its lines."""
    rows = [" ".join(POINTS[sign][row] for sign in value) for row in range(HIGH)]
    if high:
        return ["".join(point * 2 for point in row).replace("#", glyphs().full) for row in rows]
    if glyphs() is ASCII:
        return ["", value, ""]
    pairs = zip(rows[0::2], [*rows[1::2], " " * len(rows[0])], strict=True)
    return ["".join(_HALVES[upper, lower] for upper, lower in zip(one, other, strict=True)) for one, other in pairs]


def states() -> list[tuple[str, Widget]]:
    """All its signs."""
    return [(value, Number(value)) for value in ("0.5", "1.3", "2.4", "6.7", "9.8", "10.0", "-")]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
