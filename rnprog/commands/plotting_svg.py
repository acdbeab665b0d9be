"""The picture of a threshold as SVG: one file, no library, nothing fetched. Owns the drawing; its numbers are `threshold.curves`."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from rnprog.commands.plotting import LEGEND, MARKS, shown_to_ma
from rnprog.session.wording import assisted as words
from rnprog.therapy.threshold import Curves, Estimate

_WIDTH, _HEIGHT = 720, 520
_LEFT, _RIGHT = 70, 690
_TOPS = (70, 270)
_PANEL = 150
_INK, _FAINT, _BLUE, _RED = "#10141c", "#8a93a3", "#0b62a4", "#b00020"
_STYLE = "font-family:sans-serif;font-size:13px"


def as_svg(drawn: Curves, known: Estimate, title: str, unknown: str = "") -> str:
    """The whole file. `title` says which side, electrodes and way of confirming, and on which kind of device. `unknown` stands in place of
    a threshold that was not found, and no line marks one then; empty: it was found."""
    to_ma, threshold = shown_to_ma(drawn), unknown or words.estimate(known)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" style="{_STYLE}" fill="{_INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        _text(_LEFT, 24, title, "font-weight:bold"),
        _text(_LEFT, 44, f"Threshold {threshold}. By the model; not a dose."),
        *_density(drawn, known, to_ma, found=not unknown),
        *_recruitment(drawn, to_ma),
        *_bursts(drawn, to_ma),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _x(level_ma: float, to_ma: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * min(level_ma, to_ma) / to_ma


def _y(share: float, top: int) -> float:
    return top + _PANEL * (1 - share)


def _text(x: float, y: float, said: str, style: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="{style}">{escape(said)}</text>'


def _line(points: Iterable[tuple[float, float]], colour: str, dashes: str = "") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'


def _frame(top: int, to_ma: float, said: str) -> list[str]:
    bottom = top + _PANEL
    ticks = [_text(_x(whole, to_ma), bottom + 16, str(whole), f"fill:{_FAINT}", "middle") for whole in range(int(to_ma) + 1)]
    return [
        _text(_LEFT, top - 6, said),
        f'<rect x="{_LEFT}" y="{top}" width="{_RIGHT - _LEFT}" height="{_PANEL}" fill="none" stroke="{_FAINT}"/>',
        *ticks,
        _text(_RIGHT, bottom + 30, "mA", f"fill:{_FAINT}", "end"),
    ]


def _density(drawn: Curves, known: Estimate, to_ma: float, *, found: bool) -> list[str]:
    top = _TOPS[0]
    highest = max(point.per_ma for point in drawn.density)
    inside = [point for point in drawn.density if point.level_ma <= to_ma]
    corners = [(_x(p.level_ma, to_ma), _y(p.per_ma / highest, top)) for p in inside]
    area = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(corners[0][0], _y(0, top)), *corners, (corners[-1][0], _y(0, top))])
    lower, upper, middle = (_x(float(each), to_ma) for each in (known.lower_ma, known.upper_ma, known.median_ma))
    return [
        *_frame(top, to_ma, "Where the threshold lies; shaded: 9 in 10 chance"),
        f'<rect x="{lower:.1f}" y="{top}" width="{max(upper - lower, 1):.1f}" height="{_PANEL}" fill="{_BLUE}" fill-opacity="0.12"/>',
        f'<polygon points="{area}" fill="{_BLUE}" fill-opacity="0.35"/>',
        *([_line([(middle, _y(0, top)), (middle, _y(1, top))], _BLUE)] if found else []),
    ]


def _recruitment(drawn: Curves, to_ma: float) -> list[str]:
    top = _TOPS[1]
    inside = [point for point in drawn.recruitment if point.level_ma <= to_ma]

    def curve(shares: Iterable[float]) -> list[tuple[float, float]]:
        return [(_x(point.level_ma, to_ma), _y(share, top)) for point, share in zip(inside, shares, strict=True)]

    said = "Chance of a contraction (solid), clear or stronger (long dashes), too strong (short dashes)"
    shares = [_text(_LEFT - 8, _y(share, top) + 4, f"{share * 100:.0f} %", f"fill:{_FAINT}", "end") for share in (0, 0.5, 1)]
    lines = [_line(curve(p.contraction for p in inside), _BLUE)]
    if drawn.graded:
        lines.append(_line(curve(p.clear for p in inside), _BLUE, "12 5"))
    lines.append(_line(curve(p.discomfort for p in inside), _RED, "4 4"))
    return [*_frame(top, to_ma, said if drawn.graded else said.replace(", clear or stronger (long dashes)", "")), *shares, *lines]


def _bursts(drawn: Curves, to_ma: float) -> list[str]:
    """Answers at their amplitudes, one above the other where there are several."""
    top = _TOPS[1] + _PANEL + 52
    seen: dict[float, int] = {}
    marks = []
    for burst in drawn.bursts:
        row = seen[burst.level_ma] = seen.get(burst.level_ma, -1) + 1
        marks.append(_text(_x(burst.level_ma, to_ma), top + 12 * min(row, 2), MARKS[burst.answer], "font-size:11px", "middle"))
    return [*marks, _text(_LEFT, _HEIGHT - 8, f"Bursts: {LEGEND}", f"fill:{_FAINT};font-size:11px")]
