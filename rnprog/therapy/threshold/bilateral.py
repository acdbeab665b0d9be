"""Both sides together at 80, 90 and 100 % of the chosen amplitudes. Owns this check; each side was titrated alone before.

Both start from 0 and go up in rungs of at most 0.5 mA; one burst at each rung, one answer for both. Discomfort ends it and goes back to
the last share that was tolerated. The safety envelope approves every burst for the pair; here nothing is known of a device.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rnprog.therapy.checks import STEP_LIMIT_MA
from rnprog.therapy.grid import Range
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.titration import Answer, TitrationError
from rnprog.therapy.units import Milliamps

SHARES_PERCENT = (80, 90, 100)


@dataclass(frozen=True, slots=True)
class Rung:
    """One burst on both sides."""

    left_ma: Milliamps
    right_ma: Milliamps
    share_percent: int | None
    """80, 90 or 100; `None`: on the way there."""


class Ending(StrEnum):
    TOLERATED = "tolerated"
    """At 100 %."""
    REDUCED = "reduced"
    """Too strong together; the amplitudes are those of the last share that was tolerated."""
    TOO_STRONG = "too strong"
    """Too strong before 80 %; no amplitudes for both together."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How the check ended."""

    ending: Ending
    last: Rung | None
    """The amplitudes to use; `None`: none."""


def rungs(left_ma: Milliamps, right_ma: Milliamps, amplitudes: Range = AMPLITUDE.range) -> tuple[Rung, ...]:
    """Every burst of the check in order. Shares are taken down to the grid, and never below its lowest step above 0.

    Raises `TitrationError` unless both amplitudes are above 0 and on the grid.
    """
    if not all(amplitudes.contains(each) and each > 0 for each in (left_ma, right_ma)):
        raise TitrationError("The check of both sides needs an amplitude above 0 mA on each side, in steps of the device.")
    ladder: list[Rung] = []
    left, right = Milliamps(left_ma * 0), Milliamps(right_ma * 0)
    for percent in SHARES_PERCENT:
        goals = (_share(left_ma, percent, amplitudes), _share(right_ma, percent, amplitudes))
        there = False
        while not there:
            left, right = _nearer(left, goals[0], amplitudes), _nearer(right, goals[1], amplitudes)
            there = (left, right) == goals
            ladder.append(Rung(left, right, percent if there else None))
    return tuple(ladder)


def next_rung(ladder: Sequence[Rung], answers: Sequence[Answer]) -> Rung | Checked:
    """What follows after these answers, one for each burst given. Unsure repeats the rung; all else without discomfort goes on."""
    reached = 0
    for answer in answers:
        if answer is Answer.DISCOMFORT:
            tolerated = [rung for rung in ladder[:reached] if rung.share_percent is not None]
            return Checked(Ending.REDUCED, tolerated[-1]) if tolerated else Checked(Ending.TOO_STRONG, None)
        reached += answer is not Answer.UNSURE
    return ladder[reached] if reached < len(ladder) else Checked(Ending.TOLERATED, ladder[-1])


def _share(amplitude_ma: Milliamps, percent: int, amplitudes: Range) -> Milliamps:
    legal = amplitudes.at_or_below(amplitude_ma * percent / 100)
    if legal is None or legal == 0:
        return Milliamps(amplitudes.minimum or amplitudes.step)
    return Milliamps(legal)


def _nearer(now_ma: Milliamps, goal_ma: Milliamps, amplitudes: Range) -> Milliamps:
    """The goal, or as near as one step of at most 0.5 mA goes."""
    return Milliamps(min(goal_ma, amplitudes.at_or_below(now_ma + STEP_LIMIT_MA) or goal_ma))
