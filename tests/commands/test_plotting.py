"""The picture of a threshold: it fits, it is ASCII where it has to be, and what it shows is what was given."""

from decimal import Decimal
from xml.etree import ElementTree

import pytest

from rnprog.commands.plotting import MARKS, WIDTH, as_numbers, as_text, shown_to_ma
from rnprog.commands.plotting_svg import as_svg
from rnprog.therapy.threshold import Curves, Scale, Settings, curves
from rnprog.therapy.threshold.search import estimate_of, posterior_of
from rnprog.therapy.titration import Answer, Titration
from rnprog.therapy.units import Milliamps

LOG = [("0.5", "none"), ("1.0", "felt"), ("1.2", "unsure"), ("1.2", "flicker"), ("1.2", "clear"), ("1.1", "none"), ("1.4", "strong")]
SETTINGS = Settings(scale=Scale.GRADE_FELT)


def titration(log: list[tuple[str, str]]) -> Titration:
    found = Titration().begin()
    for amplitude_ma, answer in log:
        found = found.burst_given(Milliamps(Decimal(amplitude_ma))).answered(Answer(answer))
    return found


def drawn(log: list[tuple[str, str]] = LOG, settings: Settings = SETTINGS) -> Curves:
    return curves(titration(log), settings)


@pytest.mark.parametrize("log", [LOG, [], [("0.1", "none")], [("9.9", "none")] * 3, [("0.5", "discomfort")]], ids=len)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_it_fits_into_eighty_columns(log: list[tuple[str, str]], ascii_only: bool) -> None:
    lines = as_text(drawn(log), ascii_only=ascii_only)
    assert max(map(len, lines)) <= 78
    assert "".join(lines).isascii() or not ascii_only
    assert not any(line != line.rstrip() for line in lines)


def test_every_burst_stands_at_its_amplitude() -> None:
    shown = drawn()
    to_ma = shown_to_ma(shown)
    lines = as_text(shown, ascii_only=True)
    axis = max(number for number, line in enumerate(lines) if line.startswith("      +"))
    rows = [line[7 : 7 + WIDTH] for line in lines[axis + 2 : -1]]
    for burst in shown.bursts:
        column = min(WIDTH - 1, int(burst.level_ma / to_ma * WIDTH))
        assert MARKS[burst.answer] in {row[column : column + 1] for row in rows}
    assert sum(not mark.isspace() for row in rows for mark in row) == len(LOG)


def test_the_highest_bar_stands_at_the_estimate() -> None:
    shown = drawn()
    to_ma = shown_to_ma(shown)
    known = estimate_of(posterior_of(titration(LOG), SETTINGS), SETTINGS.profile)
    top = as_text(shown, ascii_only=True)[1][7:]
    middle = next(number for number, sign in enumerate(top) if sign != " ") / WIDTH * to_ma
    assert abs(middle - float(known.median_ma)) <= 0.1 * float(known.median_ma)


def test_numbers_say_the_same_without_a_picture() -> None:
    said = as_numbers(drawn())
    assert len(said) == 4 and all("contraction at" in line and "too strong at" in line for line in said[1:])
    assert "above 10 mA" in as_numbers(drawn([("9.9", "none")] * 3))[-1]


@pytest.mark.parametrize(("scale", "lines"), [(Scale.YES_NO, 3), (Scale.GRADE_FELT, 4)])
def test_the_file_is_whole_escaped_and_within_its_frame(scale: Scale, lines: int) -> None:
    settings = Settings(scale=scale)
    known = estimate_of(posterior_of(titration(LOG), settings), settings.profile)
    file = ElementTree.fromstring(as_svg(drawn(LOG, settings), known, "left <&> -L1+L2"))
    name = "{http://www.w3.org/2000/svg}"
    assert file.findtext(f"{name}title") == "left <&> -L1+L2"
    curves_drawn = file.findall(f"{name}polyline")
    assert len(curves_drawn) == lines, "the middle, and a curve for each chance; clear only where it was graded"
    points = [pair.split(",") for line in curves_drawn for pair in (line.get("points") or "").split()]
    assert all(0 <= float(x) <= 720 and 0 <= float(y) <= 520 for x, y in points)
    marked = as_svg(drawn(LOG, settings), known, "left", "not known: above 1.20 mA")
    assert "Threshold not known: above 1.20 mA" in marked and str(known.median_ma) not in marked
    assert len(ElementTree.fromstring(marked).findall(f"{name}polyline")) == lines - 1, "nothing marks what was not found"
    assert all("http" not in (each.get("href") or "") for each in file.iter())
