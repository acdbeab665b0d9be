"""How much a person uses the therapy at home, as a share of what is prescribed, over the months. Pure arithmetic.

Published (sources in docs/emulator.md): ReActiv8-B, year 2: 87 % of participants still using, median 43 % of the maximum; UK, five
years: device logs, mean 1,106 h of 1,826 h = 61 %, falling with time. The curve through those points is ours, `unverified`:

    share(t) = floor + (start - floor) * exp(-t / fall), t in months from activation

with start 0.85. B: floor 0.35, fall 9.5 months make 43 % of year 2. UK: floor 0.52, fall 16 months make 61 % of five years. Persons
differ by a normal draw on the logit (SD 0.8, `unverified`); the median person follows the curve. The 43 % is read as the median of
those still using.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from random import Random
from statistics import NormalDist

STARTS = ("remote", "schedule")
_NORMAL = NormalDist()
_EDGE = 0.02


@dataclass(frozen=True, slots=True)
class Habits:
    """One person at home. Shares are of the prescribed time."""

    starts: str = "remote"
    """`remote`: starts each session with the remote, as ReActiv8 patients do; `schedule`: the device starts by itself."""
    start_share: float = 0.85
    floor_share: float = 0.35
    fall_months: float = 9.5
    spread: float = 0.8
    """SD between persons, on the logit; 0: the median person."""
    still_using_at_24: float = 0.87
    """Share of persons who have not given up 24 months after activation."""
    complete_share: float = 0.9
    """Sessions not cut short by the person; `unverified`."""


PUBLISHED_B = Habits()
PUBLISHED_UK = Habits(floor_share=0.52, fall_months=16.0)


@dataclass(frozen=True, slots=True)
class Use:
    """A person's own curve."""

    habits: Habits
    logit_shift: float
    gives_up_month: float

    def share(self, month: float) -> float:
        """Wanted share of the prescribed time at a month from activation; 0 after giving up."""
        if month >= self.gives_up_month:
            return 0.0
        habits = self.habits
        middle = habits.floor_share + (habits.start_share - habits.floor_share) * exp(-max(0.0, month) / habits.fall_months)
        middle = min(max(middle, _EDGE), 1 - _EDGE)
        return 1 / (1 + exp(-log(middle / (1 - middle)) - self.logit_shift))


def use_of(habits: Habits, seed: int) -> Use:
    """The curve of one person; the same for the same seed. Seed 0 is the median person, who does not give up."""
    if seed == 0:
        return Use(habits, 0.0, float("inf"))
    chance = Random(f"habits {seed}")
    shift = habits.spread * _NORMAL.inv_cdf(min(max(chance.random(), 1e-9), 1 - 1e-9))
    waits = -log(max(chance.random(), 1e-12))
    per_month = -log(habits.still_using_at_24) / 24 if habits.still_using_at_24 < 1 else 0.0
    return Use(habits, shift, waits / per_month if per_month else float("inf"))
