"""A range with a step: which values are legal and which are their neighbours. Owns this arithmetic for parameters
and device capabilities alike, exactly and without rounding. It must not know what a value means.
"""

from dataclasses import dataclass
from decimal import Decimal

from rnprog.therapy.units import is_plain, plain


class RangeError(ValueError):
    """A range that contradicts itself. `reason` is a sentence for the clinician."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class BoundProblem:
    """One bound that a value breaks."""

    bound: str
    """The bound with its unit, for example "at most 10.0 mA"."""
    text: str
    """What is wrong, to follow the value in a sentence: "is above 10.0 mA"."""
    advice: str
    """What to choose instead, a sentence."""


@dataclass(frozen=True, slots=True)
class Range:
    """`minimum`, `minimum + step`, ... up to `maximum` (all inclusive, one unit, named by whoever holds the range).

    Raises `RangeError` unless all are ordinary decimals, 0 <= minimum <= maximum and step > 0. A maximum that is not
    on the grid is allowed; the highest legal value is then the last step below it.
    """

    minimum: Decimal
    maximum: Decimal
    step: Decimal

    def __post_init__(self) -> None:
        if not (is_plain(self.minimum) and is_plain(self.maximum) and is_plain(self.step)):
            raise RangeError("A range needs ordinary decimal numbers for its lowest value, highest value and step.")
        if self.minimum < 0 or self.maximum < self.minimum or self.step <= 0:
            raise RangeError(f"A range from {plain(self.minimum)} to {plain(self.maximum)} in steps of {plain(self.step)} makes no sense.")

    @property
    def decimals(self) -> int:
        """Digits after the point that every legal value can be written with."""
        return max(len(plain(value).partition(".")[2]) for value in (self.minimum, self.step))

    def contains(self, value: Decimal) -> bool:
        """Whether `value` is inside the range and on a step."""
        return is_plain(value) and self.minimum <= value <= self.maximum and self.on_step(value)

    def on_step(self, value: Decimal) -> bool:
        """Whether `value` is a whole number of steps from the minimum, wherever it lies."""
        return self._steps_to(value)[1] == 0

    def at_or_below(self, value: Decimal) -> Decimal | None:
        """The highest legal value not above `value`; `None` if there is none."""
        if value < self.minimum:
            return None
        inside = min(value, self.maximum)
        return self.minimum + self.step * self._steps_to(inside)[0]

    def below(self, value: Decimal) -> Decimal | None:
        """The highest legal value strictly below `value`; `None` if there is none."""
        legal = self.at_or_below(value)
        if legal is None or legal < value:
            return legal
        return None if legal == self.minimum else legal - self.step

    def above(self, value: Decimal) -> Decimal | None:
        """The lowest legal value strictly above `value`; `None` if there is none."""
        legal = self.at_or_below(value)
        following = self.minimum if legal is None else legal + self.step
        return following if value < following <= self.maximum else None

    def neighbours(self, value: Decimal) -> tuple[Decimal, ...]:
        """The nearest legal values strictly below and strictly above `value`, lowest first; none for a non-number."""
        if not is_plain(value):
            return ()
        return tuple(legal for legal in (self.below(value), self.above(value)) if legal is not None)

    def _steps_to(self, value: Decimal) -> tuple[int, int]:
        """Whole steps from the minimum to `value`, and what is left over; 0: it is on a step. In integers, so exact whatever the digits."""
        (value_n, value_d), (low_n, low_d), (step_n, step_d) = (each.as_integer_ratio() for each in (value, self.minimum, self.step))
        return divmod((value_n * low_d - low_n * value_d) * step_d, step_n * value_d * low_d)

    def show(self, value: Decimal, unit: str) -> str:
        """`value` with its unit, with the decimals of the step; a finer value is shown in full, never rounded."""
        exact = plain(value)
        missing = self.decimals - len(exact.partition(".")[2])
        if value.is_finite() and missing > 0:
            exact += ("" if "." in exact else ".") + "0" * missing
        return f"{exact} {unit}"

    def problems(self, value: Decimal, unit: str) -> tuple[BoundProblem, ...]:
        """Every bound that `value` breaks: the range, and the step."""
        if not is_plain(value):
            return (BoundProblem(f"a number in {unit}", "is not a number", "Enter a number with its unit."),)
        found = []
        lowest, highest = self.show(self.minimum, unit), self.show(self.maximum, unit)
        if value > self.maximum:
            legal = " or ".join(self.show(below, unit) for below in self.neighbours(value))
            found.append(BoundProblem(f"at most {highest}", f"is above {highest}", f"Choose {legal} or less."))
        if value < self.minimum:
            found.append(BoundProblem(f"at least {lowest}", f"is below {lowest}", f"Choose {lowest} or more."))
        if not self.on_step(value):
            step = self.show(self.step, unit)
            choices = " or ".join(self.show(legal, unit) for legal in self.neighbours(value))
            found.append(BoundProblem(f"steps of {step}", f"is not a step of {step}", f"Choose {choices}."))
        return tuple(found)
