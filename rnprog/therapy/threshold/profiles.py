"""How exactly and how carefully a threshold is searched for: the profiles, and what else stays the same through one search.

All figures are choices of this project tried on simulated patients, `unverified` clinically.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from rnprog.therapy.threshold.evidence import Modality, Scale
from rnprog.therapy.threshold.priors import Prior, population
from rnprog.therapy.threshold.response import CLASSES, Classes


@dataclass(frozen=True, slots=True)
class Profile:
    """When a search ends, and how much risk a step up may carry."""

    name: str
    tolerance_ma: Decimal
    tolerance_share: Decimal
    """The threshold is given to within the larger of the two: mA, or this share of it."""
    confidence: float
    """Wanted probability of lying within the tolerance."""
    least_bursts: int
    most_bursts: int
    warn_bursts: int
    discomfort_risk: float
    """Highest chance of discomfort of a step up, by the model, unless the step is the smallest there is."""


STANDARD = Profile("standard", Decimal("0.12"), Decimal("0.05"), 0.85, 7, 28, 20, 0.025)
CAUTIOUS = Profile("cautious", Decimal("0.12"), Decimal("0.05"), 0.85, 7, 28, 20, 0.02)
QUICK = Profile("quick", Decimal("0.16"), Decimal("0.105"), 0.85, 5, 25, 20, 0.025)
PRECISE = Profile("precise", Decimal("0.10"), Decimal("0.05"), 0.90, 7, 30, 25, 0.025)
SCREENING = Profile("screening", Decimal("0.30"), Decimal("0.20"), 0.80, 3, 12, 10, 0.025)
"""For comparing electrode pairs: a rough value of each."""

PROFILES: tuple[Profile, ...] = (STANDARD, CAUTIOUS, QUICK, PRECISE, SCREENING)

AIM: dict[Scale, float] = {Scale.YES_NO: 1.0, Scale.GRADE: 1.06, Scale.GRADE_FELT: 1.15}
"""Where the search places its bursts, as a multiple of the estimate. A grade tells most a little above the threshold, between flicker and
clear; feeling makes the ascent safer, so more of that is affordable."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What stays the same through one search."""

    profile: Profile = STANDARD
    scale: Scale = Scale.YES_NO
    modality: Modality = Modality.PALPATION
    prior: Prior = field(default_factory=population)
    first_ma: Decimal = Decimal("0.5")
    """The first burst, and the first after a gap; at most 0.5 mA, whatever is known."""
    aim: float | None = None
    """Another multiple than the scale's; `None`: the scale's."""
    classes: Classes = CLASSES
    """The kinds of muscle and rater that are thought possible."""

    @property
    def aim_at(self) -> float:
        return AIM[self.scale] if self.aim is None else self.aim
