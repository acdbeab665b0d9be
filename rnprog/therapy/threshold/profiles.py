"""How exactly and how carefully a threshold is searched for: the profiles, and what else stays the same through one search.

All figures are choices of this project tried on simulated patients, `unverified` clinically.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from rnprog.therapy.threshold.evidence import Modality, Scale
from rnprog.therapy.threshold.priors import Prior, population
from rnprog.therapy.threshold.response import CLASSES, GRADED_CLASSES, Classes


@dataclass(frozen=True, slots=True)
class Profile:
    """When a search ends, and how much risk a step up may carry."""

    name: str
    tolerance_ma: Decimal
    tolerance_share: Decimal
    """The threshold is given to within the larger of the two: mA, or this share of it with `tolerance_more_ma` added."""
    confidence: float
    """Wanted probability of lying within the tolerance."""
    least_bursts: int
    """Ratings, with yes and no; `Settings.least_bursts` is what counts."""
    most_bursts: int
    warn_bursts: int
    discomfort_risk: float
    """What `Settings.step_risk` is made of."""
    tolerance_more_ma: Decimal = Decimal(0)
    near_risk: float | None = None
    """In place of `discomfort_risk` once something contracted; `None`: the same."""
    holds: bool = False
    """After a contraction nothing higher is offered until a burst there, or above it, was without one."""

    def within_ma(self, threshold_ma: float) -> float:
        """The tolerance at this threshold."""
        return max(float(self.tolerance_ma), float(self.tolerance_more_ma) + float(self.tolerance_share) * threshold_ma)


STANDARD = Profile("standard", Decimal("0.12"), Decimal("0.05"), 0.85, 7, 28, 20, 0.025)
CAUTIOUS = Profile("cautious", Decimal("0.12"), Decimal("0.05"), 0.85, 7, 28, 20, 0.02)
QUICK = Profile("quick", Decimal(0), Decimal("0.055"), 0.85, 5, 25, 20, 0.025, Decimal("0.125"))
PRECISE = Profile("precise", Decimal("0.10"), Decimal("0.05"), 0.90, 7, 30, 25, 0.025)
SCREENING = Profile("screening", Decimal("0.30"), Decimal("0.20"), 0.80, 3, 12, 10, 0.025)
"""For comparing electrode pairs: a rough value of each."""

PROFILES: tuple[Profile, ...] = (STANDARD, CAUTIOUS, QUICK, PRECISE, SCREENING)

WITH_YES_NO: dict[Profile, Profile] = {
    STANDARD: replace(
        STANDARD, tolerance_ma=Decimal("0.125"), tolerance_share=Decimal("0.049"), most_bursts=31, near_risk=0.022, holds=True
    )
}
"""What a profile is with yes and no, if it is another. Most of a search's risk lies on the way up; near the threshold there is no hurry, so
steps are more careful from the first contraction on. The tolerance and the few bursts more pay for that. Settled on simulated patients,
`unverified`."""

AIM: dict[Scale, float] = {Scale.YES_NO: 1.0, Scale.GRADE: 1.09, Scale.GRADE_FELT: 1.15}
"""Where the search places its bursts, as a multiple of the estimate. A grade tells most a little above the threshold, between flicker and
clear; feeling makes the ascent safer, so more of that is affordable."""

BELIEVED: dict[Scale, Classes] = {Scale.YES_NO: CLASSES, Scale.GRADE: GRADED_CLASSES, Scale.GRADE_FELT: GRADED_CLASSES}
"""The kinds of muscle and rater that are thought possible (decision 0015)."""

FEWER: dict[Scale, int] = {Scale.YES_NO: 0, Scale.GRADE: 1, Scale.GRADE_FELT: 2}
"""By how much the least number of ratings is lower, because each answer says more."""

RISK: dict[Scale, float] = {Scale.YES_NO: 1.0, Scale.GRADE: 1.0, Scale.GRADE_FELT: 1.4}
"""How much of the profile's risk a step up may carry. The steps that feeling forbids are most of the dangerous ones, so those that are left
may be larger and fewer patients meet a burst that is too strong than with grades alone (docs/titration.md)."""


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
    classes: Classes | None = None
    """Other kinds of muscle and rater than the scale's; `None`: the scale's."""

    @property
    def rules(self) -> Profile:
        """The profile as it is with these answers."""
        return WITH_YES_NO.get(self.profile, self.profile) if self.scale is Scale.YES_NO else self.profile

    @property
    def aim_at(self) -> float:
        return AIM[self.scale] if self.aim is None else self.aim

    @property
    def believed(self) -> Classes:
        return BELIEVED[self.scale] if self.classes is None else self.classes

    @property
    def worst_rater(self) -> tuple[float, float]:
        """The most misses and the most false alarms that are thought possible, as shares: what a stated probability rests on."""
        return max(misses for _, _, misses, _ in self.believed), max(false for _, false, _, _ in self.believed)

    @property
    def least_bursts(self) -> int:
        """So many ratings a threshold needs at least."""
        return self.rules.least_bursts - FEWER[self.scale]

    def step_risk(self, contracted: bool = False) -> float:
        """The highest chance of discomfort that a step up may carry, by the model, unless it is the smallest there is; `contracted`: after
        the first contraction."""
        near = self.rules.near_risk if contracted else None
        return RISK[self.scale] * (self.rules.discomfort_risk if near is None else near)
