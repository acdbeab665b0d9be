"""Draws the pictures of docs/emulator.md from the models themselves. Usage: python docs/pictures/patient.py [FOLDER]

Plain SVG, standard library only; the same input gives the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from device_emulator.clock import VIRTUAL_START_UNIX_MS
from device_emulator.home import diary
from device_emulator.home_past import days_of
from device_emulator.tissue.habits import PUBLISHED_B, use_of
from device_emulator.tissue.leads import ACTIVATION_DAY, healthy_leads
from device_emulator.tissue.nerve import contraction_probability, respond, width_factor
from device_emulator.tissue.pulse import clipped, load_of, regulated
from device_emulator.tissue.subjects import CHRONAXIE_US, Subject, cohort_a

BLUE, ORANGE, GREEN, PINK, GREY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#777777"
WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 44, 56
DAY_MS = 86_400_000

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, a line and a number every `step`."""

    title: str
    low: float
    high: float
    step: float

    def marks(self) -> list[float]:
        return [self.low + self.step * at for at in range(round((self.high - self.low) / self.step) + 1)]


class Chart:
    """A frame with axes; lines, bars and words are added to it."""

    def __init__(self, title: str, across: Axis, up: Axis) -> None:
        self._across, self._up = across, up
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="DejaVu Sans, Arial, sans-serif" '
            f'font-size="12" fill="#222"><title>{title}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{title}</text>',
        ]
        for mark in across.marks():
            x = self._x(mark)
            self._parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
            self._parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{mark:g}</text>')
        for mark in up.marks():
            y = self._y(mark)
            self._parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
            self._parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{mark:g}</text>')
        middle = (TOP + HEIGHT - BOTTOM) / 2
        self._parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 14}" text-anchor="middle">{across.title}</text>')
        self._parts.append(f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">{up.title}</text>')

    def line(self, points: Points, colour: str, *, dashed: bool = False, width: float = 2) -> None:
        """A line through points."""
        path = "L".join(f"{self._x(x):.1f} {self._y(y):.1f}" for x, y in points)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self._parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>')

    def bars(self, points: Points, width: float, colour: str) -> None:
        """Bars from the bottom; `width` on the axis across."""
        for x, y in points:
            left, top = self._x(x), self._y(y)
            size = f'width="{self._x(x + width) - left - 2:.1f}" height="{self._y(self._up.low) - top:.1f}"'
            self._parts.append(f'<rect x="{left + 1:.1f}" y="{top:.1f}" {size} fill="{colour}" fill-opacity="0.55"/>')

    def word(self, x: float, y: float, text: str, colour: str = "#222") -> None:
        """Words that begin at a point."""
        self._parts.append(f'<text x="{self._x(x):.1f}" y="{self._y(y):.1f}" fill="{colour}">{text}</text>')

    def save(self, path: Path) -> None:
        path.write_text("\n".join([*self._parts, "</svg>"]) + "\n", encoding="utf-8")

    def _x(self, value: float) -> float:
        return LEFT + (value - self._across.low) / (self._across.high - self._across.low) * (WIDTH - LEFT - RIGHT)

    def _y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (value - self._up.low) / (self._up.high - self._up.low) * (HEIGHT - TOP - BOTTOM)


def strength_duration() -> Chart:
    motor_ma = cohort_a(0).motor_ma[0]
    chart = Chart("Strength and duration, subject 0", Axis("pulse width, µs", 0, 500, 50), Axis("mA; nC / 200", 0, 8, 1))
    widths = range(50, 501, 10)
    chart.line([(width, motor_ma * width_factor(width)) for width in widths], BLUE)
    chart.line([(width, motor_ma * width_factor(width) * width / 200) for width in widths], ORANGE)
    rheobase_ma = motor_ma * width_factor(10**9)
    chart.line([(0, rheobase_ma), (500, rheobase_ma)], GREY, dashed=True, width=1)
    chart.line([(0, 2 * rheobase_ma), (CHRONAXIE_US, 2 * rheobase_ma), (CHRONAXIE_US, 0)], GREY, dashed=True, width=1)
    chart.word(75, 5.2, "motor threshold, mA", BLUE)
    chart.word(225, 5.3, "charge at threshold, nC / 200: a straight line (Weiss)", ORANGE)
    chart.word(330, rheobase_ma - 0.35, f"rheobase {rheobase_ma:.2f} mA", GREY)
    chart.word(156, 0.2, "chronaxie 150 µs: twice the rheobase", GREY)
    return chart


def recruitment() -> Chart:
    someone = cohort_a(0)
    chart = Chart("One burst on the left of subject 0: what is reported", Axis("amplitude, mA", 0, 5, 0.5), Axis("chance", 0, 1, 0.1))
    steps = [at / 25 for at in range(1, 126)]
    told = [shares(someone, x) for x in steps]
    chart.line([(x, each[0]) for x, each in zip(steps, told, strict=True)], GREEN)
    chart.line([(x, contraction_probability(someone, 0, x)) for x in steps], BLUE)
    chart.line([(x, each[1]) for x, each in zip(steps, told, strict=True)], BLUE, dashed=True)
    chart.line([(x, each[2]) for x, each in zip(steps, told, strict=True)], BLUE, dashed=True, width=1)
    chart.line([(x, each[3]) for x, each in zip(steps, told, strict=True)], ORANGE)
    for x, y, text, colour in (
        (0.95, 0.55, "I feel it", GREEN),
        (2.06, 0.5, "flicker", BLUE),
        (3.35, 0.3, "clear, strong (dashed)", BLUE),
        (3.5, 0.7, "it hurts", ORANGE),
        (4.15, 0.87, f"misses: {100 * someone.miss_rate:.0f} %", BLUE),
        (0.15, 0.045, f"false alarms: {100 * someone.false_alarm_rate:.0f} %", BLUE),
    ):
        chart.word(x, y, text, colour)
    return chart


def shares(someone: Subject, amplitude_ma: float, steps: int = 400) -> tuple[float, float, float, float]:
    """How many of evenly spread uniforms report it: felt, grade 2, grade 3, discomfort."""
    told = [respond(someone, 0, amplitude_ma, (u, u, u)) for u in ((at + 0.5) / steps for at in range(steps))]
    counts = (sum(each.felt for each in told), sum(each.grade >= 2 for each in told), sum(each.grade >= 3 for each in told))
    return counts[0] / steps, counts[1] / steps, counts[2] / steps, sum(each.discomfort for each in told) / steps


def impedance() -> Chart:
    chart = Chart(
        "Pairs of neighbours of five people over the first year", Axis("days from implantation", 0, 360, 30), Axis("ohm", 0, 1_600, 200)
    )
    for seed, colour in enumerate((BLUE, ORANGE, GREEN, PINK, GREY)):
        leads = healthy_leads(seed)
        chart.line([(day, leads.at(day, 0.0).load_ohm(0b10, 0b100, 100)) for day in range(361)], colour, width=1.5)
    for ohm in (400, 1_500):
        chart.line([(0, ohm), (360, ohm)], "#222", dashed=True, width=1)
    chart.word(20, 425, "400 to 1,500 ohm: normal for sacral leads, not multifidus")
    chart.line([(ACTIVATION_DAY, 0), (ACTIVATION_DAY, 1_600)], GREY, dashed=True, width=1)
    chart.word(ACTIVATION_DAY + 4, 60, "activation, day 14", GREY)
    chart.line([(182, 0), (182, 1_600)], GREY, dashed=True, width=1)
    chart.word(186, 60, "six months: DBS leads mostly stable", GREY)
    return chart


def waveform() -> Chart:
    electrodes = healthy_leads(0).at(ACTIVATION_DAY, 0.0)
    load = load_of(electrodes.load_ohm(2, 4, 0), electrodes.load_ohm(2, 4, 214), 214)
    chart = Chart("One pulse over L1 and L2, subject 0, compliance 9 V", Axis("µs", 0, 450, 50), Axis("V", -10, 10, 2))
    chart.line([(point.t_us, point.voltage_mv / 1000) for point in regulated(load, 3_000, 214, 20, 9_000)], BLUE)
    chart.line([(point.t_us, point.voltage_mv / 1000) for point in regulated(load, 9_000, 214, 20, 9_000)], ORANGE)
    chart.line([(point.t_us, point.voltage_mv / 1000) for point in clipped(load, 9_000, 214, 9_000)], GREY, dashed=True)
    chart.word(8, 3.6, "3 mA", BLUE)
    chart.word(8, 7.0, "9 mA wanted, held down by RN-1 so that the pulse ends at 9 V", ORANGE)
    chart.word(222, 8.6, "a generator that clips", GREY)
    return chart


def use() -> Chart:
    chart = Chart(
        "Use at home, month by month, of the person of scenario year-of-use",
        Axis("months from activation", 0, 24, 2),
        Axis("% of 60 minutes a day", 0, 100, 10),
    )
    first_ms = VIRTUAL_START_UNIX_MS
    sessions = list(diary(PUBLISHED_B, 0, first_ms, first_ms + days_of(24) * DAY_MS, 2, 1_800))
    bars = []
    for month in range(24):
        span = [first_ms // 1000 + days_of(each) * 86_400 for each in (month, month + 1)]
        minutes = sum(session.delivered_s for session in sessions if span[0] <= session.start_unix_s < span[1]) / 60
        bars.append((float(month), min(100.0, 100 * minutes / (60 * (days_of(month + 1) - days_of(month))))))
    chart.bars(bars, 1, BLUE)
    curve = use_of(PUBLISHED_B, 0)
    chart.line([(at / 10, 100 * curve.share(at / 10)) for at in range(241)], ORANGE)
    chart.line([(12, 43), (24, 43)], "#222", dashed=True, width=1.5)
    chart.word(14.2, 62, "year 2, published median: 43 %")
    chart.word(5.3, 80, "the model's curve", ORANGE)
    return chart


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    drawn = {
        "strength-duration": strength_duration(),
        "recruitment": recruitment(),
        "impedance-year": impedance(),
        "waveform": waveform(),
        "use-at-home": use(),
    }
    for name, chart in drawn.items():
        chart.save(folder / f"{name}.svg")


if __name__ == "__main__":
    main()
