"""The therapy parameters of rnprog, each declared once: name, unit, range, step and where the numbers come from.

It must not know any device: a device has ranges of its own, and a dose has to satisfy both (see `envelope`).
"""

from dataclasses import dataclass
from decimal import Decimal

from rnprog.therapy.grid import Range
from rnprog.therapy.units import UnitError, is_plain, parse_quantity

RN1_SOURCE = "RN-1 reference design, not a clinical recommendation"
"""The ranges are those of the project's reference device. No published range for this therapy was found, so they are
`unverified` clinically."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One therapy parameter. `minimum`, `maximum` and `step` are in `unit`; the range is inclusive."""

    key: str
    label: str
    unit: str
    minimum: Decimal
    maximum: Decimal
    step: Decimal
    source: str
    """Where the range comes from, for the person who asks."""
    needs_unit: bool = True
    """False for a count, which may be written without its unit."""

    @property
    def range(self) -> Range:
        return Range(self.minimum, self.maximum, self.step)

    def parse(self, text: object, *, unit_required: bool = True) -> Decimal:
        """The legal value written in `text`. Raises `UnitError` if it cannot be read, is out of range or off step."""
        value = parse_quantity(text, self.unit, unit_required=unit_required and self.needs_unit)
        problem = self.problem(value)
        if problem is not None:
            raise UnitError(problem)
        return value

    def problem(self, value: Decimal) -> str | None:
        """Why `value` is not legal, as a sentence with what to choose instead; `None` if it is legal."""
        if not is_plain(value):
            return f"{self.label}: this is not a number. Enter a number in {self.unit}."
        if self.range.contains(value):
            return None
        shown = self.show(value)
        choices = " or ".join(self.show(legal) for legal in self.neighbours(value))
        if self.minimum <= value <= self.maximum:
            return f"{shown} is not a step of {self.show(self.step)}: {choices}?"
        off_step = "" if self.range.on_step(value) else f" and is not a step of {self.show(self.step)}"
        lowest, highest = self.show(self.minimum), self.show(self.maximum)
        return f"{shown} is outside the range of {lowest} to {highest}{off_step}. The nearest value is {choices}."

    def neighbours(self, value: Decimal) -> tuple[Decimal, ...]:
        """The nearest legal values strictly below and strictly above `value`, lowest first, inside the range."""
        return self.range.neighbours(value)

    def show(self, value: Decimal) -> str:
        """`value` with the step's decimals and the unit, for example "2.5 mA". Never rounds."""
        return self.range.show(value, self.unit)


AMPLITUDE = Parameter("amplitude_ma", "Amplitude", "mA", Decimal("0.0"), Decimal("10.0"), Decimal("0.1"), RN1_SOURCE)
PULSE_WIDTH = Parameter("pulse_width_us", "Pulse width", "us", Decimal(50), Decimal(500), Decimal(1), RN1_SOURCE)
RATE = Parameter("rate_hz", "Rate", "Hz", Decimal("1.0"), Decimal("50.0"), Decimal("0.1"), RN1_SOURCE)
RAMP_UP = Parameter("ramp_up_s", "Ramp up", "s", Decimal("0.0"), Decimal("10.0"), Decimal("0.5"), RN1_SOURCE)
RAMP_DOWN = Parameter("ramp_down_s", "Ramp down", "s", Decimal("0.0"), Decimal("10.0"), Decimal("0.5"), RN1_SOURCE)
ON = Parameter("on_s", "On time", "s", Decimal(1), Decimal(60), Decimal(1), RN1_SOURCE)
OFF = Parameter("off_s", "Off time", "s", Decimal(0), Decimal(120), Decimal(1), RN1_SOURCE)
SESSION_LENGTH = Parameter("session_min", "Session length", "min", Decimal(1), Decimal(60), Decimal(1), RN1_SOURCE)
SESSIONS_PER_DAY = Parameter(
    "sessions_per_day", "Sessions per day", "/day", Decimal(0), Decimal(6), Decimal(1), RN1_SOURCE, needs_unit=False
)

PARAMETERS: tuple[Parameter, ...] = (
    AMPLITUDE,
    PULSE_WIDTH,
    RATE,
    RAMP_UP,
    RAMP_DOWN,
    ON,
    OFF,
    SESSION_LENGTH,
    SESSIONS_PER_DAY,
)
