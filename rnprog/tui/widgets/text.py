"""A text that is drawn again only when it has changed, and to which markup is never applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.app import RenderResult
from textual.content import Content, Span
from textual.style import Style
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.css.styles import RulesMap

OLD = "-old"
"""The class of a field or button whose screen's values are old."""


class Ages:
    """A widget that is drawn in grey while its screen's values are old: the link is lost, or the device is silent.

    It asks its screen when it is drawn, because a class of the screen would have every style below it worked out anew first, and that takes
    longer than the drawing.
    """

    screen: Any

    @property
    def is_old(self) -> bool:
        """Whether they are."""
        return bool(getattr(self.screen, "old", False))

    def aged(self, content: Content) -> Content:
        """The same in the colour of what is old, where it is old."""
        if not self.is_old:
            return content
        spans = [Span(span.start, span.end, _calm(span.style)) for span in content.spans]
        return Content(content.plain, [Span(0, len(content.plain), "$stale"), *spans])


def _calm(style: Style | str) -> str:
    words = str(style).split()
    if "on" in words:  # a mark: what it marks has to be told further on
        return "bold reverse"
    return " ".join(word for word in words if word in ("bold", "reverse"))


class Text(Ages, Static):
    """`put` replaces what it says."""

    def __init__(self, content: Content | str = "", *, id: str | None = None, classes: str | None = None) -> None:
        self._said = content if isinstance(content, Content) else Content(content)
        super().__init__(self._said, id=id, classes=classes, markup=False)

    def put(self, content: Content | str) -> None:
        """Say this from now on."""
        wanted = content if isinstance(content, Content) else Content(content)
        if not wanted.is_same(self._said):
            before, self._said = self._said, wanted
            self.update(wanted, layout=not self._as_large(before, wanted))

    def _as_large(self, before: Content, wanted: Content) -> bool:
        """Whether both take the same place, so that nothing around has to be laid out anew."""
        width, styles = self.content_size.width, self.styles
        rules = cast("RulesMap", styles)  # as Textual itself hands them over
        if not width or (styles.is_auto_width and before.get_optimal_width(rules, 0) != wanted.get_optimal_width(rules, 0)):
            return False
        return not styles.is_auto_height or before.get_height(rules, width) == wanted.get_height(rules, width)

    def render(self) -> RenderResult:
        """In grey, where it is old."""
        return self.aged(self._said) if self.is_old else super().render()

    @property
    def said(self) -> Content:
        """What it says."""
        return self._said


def columns(rows: list[list[Content | str]], *, gap: int = 2, right: frozenset[int] = frozenset()) -> Content:
    """Rows below each other with their columns in line; `right`: columns that end in line, numbers."""
    cells = [[cell if isinstance(cell, Content) else Content(cell) for cell in row] for row in rows]
    widths = [max((row[at].cell_length for row in cells if at < len(row)), default=0) for at in range(max(map(len, cells), default=0))]
    lines = []
    for row in cells:
        parts: list[Content] = []
        for at, cell in enumerate(row):
            space = " " * (widths[at] - cell.cell_length)
            parts += [Content(space), cell] if at in right else [cell, Content(space)]
            parts.append(Content(" " * gap))
        lines.append(Content("").join(parts).rstrip())
    return Content("\n").join(lines)


def row(*cells: Content | str) -> list[Content | str]:
    """One row for `columns`."""
    return list(cells)
