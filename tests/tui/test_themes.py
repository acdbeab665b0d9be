"""Contrast and colour-blind distance, computed: WCAG 2.2 for the one, CIELAB after Machado 2009 (severity 1) for the other."""

import math
import re
from itertools import combinations
from pathlib import Path

import pytest

from rnprog.tui.themes import COLOURS, MARKS, TEXTS, contrast, theme

LEAST = {"rnprog-dark": 4.5, "rnprog-light": 4.5, "rnprog-contrast": 7.0}
STATUS = ("ok", "caution", "refused")
DISTANCE = 20
"""CIE76. The words and signs beside a colour say the same, so this is a second line of defence (a choice of this project)."""
MACHADO = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}

each_theme = pytest.mark.parametrize("name", COLOURS)


@each_theme
def test_text_on_page_and_panel(name: str) -> None:
    colours = COLOURS[name]
    for text in TEXTS:
        for ground in ("page", "raised"):
            assert contrast(colours[text], colours[ground]) >= LEAST[name], (text, ground)


@each_theme
def test_text_on_marks_and_on_stop(name: str) -> None:
    colours = COLOURS[name]
    for mark in MARKS:
        assert contrast(colours["on-mark"], colours[mark]) >= LEAST[name], mark
    assert contrast(colours["on-alarm"], colours["alarm"]) >= 7.0, "STOP is the last thing to be hard to read"


def test_the_formula_is_the_published_one() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@each_theme
@pytest.mark.parametrize("eyes", MACHADO)
def test_states_stay_apart_for_every_eye(name: str, eyes: str) -> None:
    seen = {state: lab(COLOURS[name][state], eyes) for state in STATUS}
    for one, other in combinations(STATUS, 2):
        assert math.dist(seen[one], seen[other]) >= DISTANCE, (one, other, math.dist(seen[one], seen[other]))


@each_theme
def test_each_name_is_a_colour_that_textual_takes(name: str) -> None:
    made = theme(name)
    assert made.variables["ok"] == COLOURS[name]["ok"] and all(re.fullmatch("#[0-9A-F]{6}", each) for each in COLOURS[name].values())


def test_no_style_sheet_names_a_colour_by_itself() -> None:
    folder = Path(__file__).resolve().parents[2] / "rnprog" / "tui"
    for path in [*folder.rglob("*.tcss"), *folder.rglob("*.py")]:
        if path.name != "themes.py":
            assert not re.search(r"#[0-9A-Fa-f]{6}\b", path.read_text(encoding="utf-8")), path


def lab(colour: str, eyes: str) -> tuple[float, float, float]:
    linear = [_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5)]
    red, green, blue = (min(1.0, max(0.0, sum(w * c for w, c in zip(row, linear, strict=True)))) for row in MACHADO[eyes])
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (each ** (1 / 3) if each > 0.008856 else 7.787 * each + 16 / 116 for each in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
