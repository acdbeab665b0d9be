"""The posterior and the recruitment curve as points to draw. Pure data; drawing is done elsewhere. Not doses: floats throughout."""

from dataclasses import dataclass

from rnprog.therapy.threshold.evidence import Scale
from rnprog.therapy.threshold.posterior import Posterior
from rnprog.therapy.threshold.profiles import Settings
from rnprog.therapy.threshold.response import LEVELS_MA, STEP
from rnprog.therapy.threshold.search import posterior_of
from rnprog.therapy.titration import Answer, Titration

TENTHS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class DensityPoint:
    """Probability per mA that the threshold lies here."""

    level_ma: float
    per_ma: float


@dataclass(frozen=True, slots=True)
class RecruitmentPoint:
    """Chances at one amplitude, by the model."""

    level_ma: float
    contraction: float
    clear: float
    strong: float
    discomfort: float
    """Given what was tolerated and what was reported; 1 from the lowest amplitude that was too strong."""


@dataclass(frozen=True, slots=True)
class BurstPoint:
    """One answered burst."""

    level_ma: float
    answer: Answer


@dataclass(frozen=True, slots=True)
class Curves:
    """All that a drawing of a search needs."""

    density: tuple[DensityPoint, ...]
    recruitment: tuple[RecruitmentPoint, ...]
    bursts: tuple[BurstPoint, ...]
    graded: bool
    """Whether clear and strong were told apart; if not, these two curves are the model's assumption alone."""


def curves(titration: Titration, settings: Settings) -> Curves:
    """From a log. Raises `TitrationError` for amplitudes finer than 0.1 mA."""
    known = posterior_of(titration, settings)
    answered = tuple(BurstPoint(float(burst.amplitude_ma), burst.answer) for burst in titration.log if burst.answer is not None)
    return Curves(_density(known), _recruitment(known, titration), answered, settings.scale is not Scale.YES_NO)


def _density(known: Posterior) -> tuple[DensityPoint, ...]:
    return tuple(DensityPoint(level, weight / (level * STEP)) for level, weight in zip(LEVELS_MA, known.weights, strict=True))


def _recruitment(known: Posterior, titration: Titration) -> tuple[RecruitmentPoint, ...]:
    tolerated = int(titration.highest_tolerated_ma * 10)
    reported_ma = titration.thresholds().discomfort_ma or titration.ceiling_ma  # the latter from before this titration, or after STOP
    too_strong = TENTHS_SHOWN + 1 if reported_ma is None else max(1, int(reported_ma * 10))
    tolerated = min(tolerated, too_strong - 1)
    by_then = 1.0 if reported_ma is None else known.discomfort(too_strong, tolerated) or 1.0
    return tuple(
        RecruitmentPoint(
            tenths / 10,
            known.contraction(tenths),
            known.contraction(tenths, 2),
            known.contraction(tenths, 3),
            1.0 if tenths >= too_strong else known.discomfort(tenths, tolerated) / by_then,
        )
        for tenths in range(1, TENTHS_SHOWN + 1)
    )
