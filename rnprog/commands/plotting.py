"""What is known of a threshold as a picture: for the terminal in characters, as SVG for a file. Draws numbers; decides nothing.

Three things over the amplitude: where the threshold probably lies (the posterior), how likely a contraction is (the recruitment curve),
how likely it is too strong; below them every burst with its answer. All by the model, and not a dose.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rnprog.therapy.threshold import Curves
from rnprog.therapy.titration import Answer

WIDTH, ROWS = 64, 9
MARKS = {
    Answer.NONE: "0",
    Answer.FELT: "f",
    Answer.FLICKER: "1",
    Answer.CLEAR: "2",
    Answer.STRONG: "3",
    Answer.DISCOMFORT: "X",
    Answer.UNSURE: "?",
    Answer.CONTRACTION: "+",
}
LEGEND = "0 none f felt 1 flicker 2 clear 3 strong + yes X too strong ? unsure"
_BLOCKS = " ▁▂▃▄▅▆▇█"
_ASCII = " .:-=+*#@"
_LEVELS = 8


def shown_to_ma(drawn: Curves) -> float:
    """The right end of the picture: beyond it there is nothing to see."""
    given = max((burst.level_ma for burst in drawn.bursts), default=1.0)
    top = max(point.per_ma for point in drawn.density)
    likely = max((point.level_ma for point in drawn.density if point.per_ma > 0.02 * top), default=given)
    return float(min(10, max(1, int(max(given, likely)) + 1)))


def as_text(drawn: Curves, *, ascii_only: bool) -> list[str]:
    """Lines of at most 78 characters. With `ascii_only` nothing but ASCII."""
    to_ma = shown_to_ma(drawn)
    lines = ["Where the threshold lies (by the model; the higher, the more likely)"]
    lines += [f"      |{row}" for row in _bars(_resampled(drawn, to_ma), ascii_only=ascii_only)]
    lines += [f"      +{'-' * WIDTH}", _axis(to_ma), "", "Chance of a contraction (c) and of too strong (x), by the model"]
    lines += _recruitment(drawn, to_ma)
    lines += [f"      +{'-' * WIDTH}", _axis(to_ma), *_bursts(drawn, to_ma), f"       {LEGEND}"]
    return lines


def as_numbers(drawn: Curves) -> list[str]:
    """The same without a picture: where contraction and discomfort reach 10, 50 and 90 %."""
    parts = []
    for percent in (10, 50, 90):
        contraction = next((f"{p.level_ma:.1f} mA" for p in drawn.recruitment if p.contraction >= percent / 100), "above 10 mA")
        discomfort = next((f"{p.level_ma:.1f} mA" for p in drawn.recruitment if p.discomfort >= percent / 100), "above 10 mA")
        parts.append(f"{percent} % chance: contraction at {contraction}, too strong at {discomfort}.")
    return ["By the model:", *parts]


def _column(level_ma: float, to_ma: float) -> int:
    return min(WIDTH - 1, int(level_ma / to_ma * WIDTH))


def _resampled(drawn: Curves, to_ma: float) -> list[float]:
    """One density for each column, linear between the points of the model."""
    points = [(point.level_ma, point.per_ma) for point in drawn.density]
    return [_between(points, (column + 0.5) * to_ma / WIDTH) for column in range(WIDTH)]


def _between(points: Sequence[tuple[float, float]], at: float) -> float:
    for (left, low), (right, high) in pairwise(points):
        if left <= at <= right:
            return low + (high - low) * (at - left) / (right - left)
    return 0.0


def _bars(heights: Sequence[float], *, ascii_only: bool) -> list[str]:
    top = max(heights) or 1.0
    signs = _ASCII if ascii_only else _BLOCKS
    eighths = [round(height / top * ROWS * _LEVELS) for height in heights]
    rows = []
    for row in reversed(range(ROWS)):
        rest = [min(_LEVELS, max(0, each - row * _LEVELS)) for each in eighths]
        rows.append("".join(signs[each] for each in rest).rstrip())
    return rows


def _recruitment(drawn: Curves, to_ma: float) -> list[str]:
    grid = [[" "] * WIDTH for _ in range(ROWS)]
    for point in drawn.recruitment:
        if point.level_ma < to_ma:
            column = _column(point.level_ma, to_ma)
            for chance, sign in ((point.discomfort, "x"), (point.contraction, "c")):
                grid[ROWS - 1 - round(chance * (ROWS - 1))][column] = sign
    labels = {0: "100 %", ROWS // 2: " 50 %", ROWS - 1: "  0 %"}
    return [f"{labels.get(row, ''):>5} |{''.join(cells).rstrip()}" for row, cells in enumerate(grid)]


def _axis(to_ma: float) -> str:
    cells = [" "] * (WIDTH + 3)
    for whole in range(int(to_ma) + 1):
        for offset, sign in enumerate(str(whole)):
            cells[min(WIDTH, round(whole / to_ma * WIDTH)) + offset] = sign
    return f"      {''.join(cells).rstrip()} mA"


def _bursts(drawn: Curves, to_ma: float) -> list[str]:
    """Answers at their amplitudes, as many rows as one amplitude has answers."""
    rows: list[list[str]] = []
    for burst in drawn.bursts:
        column = _column(burst.level_ma, to_ma)
        row = next((each for each in rows if each[column] == " "), None)
        if row is None:
            rows.append(row := [" "] * WIDTH)
        row[column] = MARKS[burst.answer]
    return [f"       {''.join(row).rstrip()}" for row in rows]
