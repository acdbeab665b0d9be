"""What is believed before the first burst. Owns priors over the grid, as robust mixtures; it reads no records.

Every informed prior keeps a tenth of the population's, so that a wrong earlier value is overruled by a few answers. The spreads of the
population and between sides and visits are assumptions, `unverified`. An earlier value serves only where it means the same thing: same
device, same electrodes, same pulse width, same way of confirming a contraction.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from math import exp, log

from rnprog.therapy.contacts import Electrodes
from rnprog.therapy.threshold.evidence import Modality, same_modality
from rnprog.therapy.threshold.response import LOGS, Vector
from rnprog.therapy.titration import TitrationError
from rnprog.therapy.units import Microseconds, is_plain

POPULATION_LOG_MEAN, POPULATION_LOG_SPREAD = log(2.0), 0.65
SECOND_SIDE_LOG_SPREAD = 0.42
SAME_SITE_LOG_SPREAD = 0.15
OTHER_PAIR_LOG_SPREAD = 0.50
"""Pairs of one lead differ less than patients do. An assumption, `unverified`."""
INFORMED_SHARE = 0.9


class PriorKind(StrEnum):
    POPULATION = "population"
    SECOND_SIDE = "second side"
    PREVIOUS_VISIT = "previous visit"
    OTHER_PAIR = "other pair"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A threshold found before, with all that has to be the same for it to be used."""

    threshold_ma: Decimal
    """An estimate (median), above 0; any number of decimals."""
    serial: str
    """Of the device. A record made on an emulator never serves a real device: their serial numbers differ."""
    electrodes: Electrodes
    pulse_width_us: Microseconds
    modality: Modality


@dataclass(frozen=True, slots=True)
class Prior:
    """A belief before the first burst. Make one with the functions below."""

    kind: PriorKind
    weights: Vector
    """Probabilities over the grid; they add up to 1."""
    centre_ma: Decimal | None = None
    """The earlier threshold; `None`: none is used."""


def population() -> Prior:
    """Nothing is known of this patient."""
    return Prior(PriorKind.POPULATION, _bell(POPULATION_LOG_MEAN, POPULATION_LOG_SPREAD))


def second_side(other: Earlier, *, serial: str, pulse_width_us: Microseconds, modality: Modality) -> Prior:
    """The other side was titrated before, in this visit. Raises `TitrationError` unless device, pulse width and modality are the same."""
    _same(other, serial, pulse_width_us, modality)
    return _informed(PriorKind.SECOND_SIDE, other.threshold_ma, SECOND_SIDE_LOG_SPREAD)


def previous_visit(earlier: Earlier, *, serial: str, electrodes: Electrodes, pulse_width_us: Microseconds, modality: Modality) -> Prior:
    """These electrodes were titrated at an earlier visit. Raises `TitrationError` unless everything is the same: another pulse width moves
    the threshold, and another pair is another place."""
    _same(earlier, serial, pulse_width_us, modality)
    if earlier.electrodes != electrodes:
        raise TitrationError("The earlier threshold was found on other electrodes, so it is not used here.")
    return _informed(PriorKind.PREVIOUS_VISIT, earlier.threshold_ma, SAME_SITE_LOG_SPREAD)


def other_pair(other: Earlier, *, serial: str, pulse_width_us: Microseconds, modality: Modality) -> Prior:
    """Another pair of the same lead was screened before. Raises `TitrationError` unless device, pulse width and modality are the same."""
    _same(other, serial, pulse_width_us, modality)
    return _informed(PriorKind.OTHER_PAIR, other.threshold_ma, OTHER_PAIR_LOG_SPREAD)


def _same(earlier: Earlier, serial: str, pulse_width_us: Microseconds, modality: Modality) -> None:
    if earlier.serial != serial:
        raise TitrationError("The earlier threshold was found with another device, so it is not used here.")
    if earlier.pulse_width_us != pulse_width_us:
        raise TitrationError("The earlier threshold was found with another pulse width, so it is not used here.")
    same_modality(earlier.modality, modality)


def _informed(kind: PriorKind, threshold_ma: Decimal, log_spread: float) -> Prior:
    if not is_plain(threshold_ma) or threshold_ma <= 0:
        raise TitrationError("An earlier threshold must be above 0 mA to be used.")
    near, anywhere = _bell(log(threshold_ma), log_spread), _bell(POPULATION_LOG_MEAN, POPULATION_LOG_SPREAD)
    mixed = tuple(INFORMED_SHARE * a + (1.0 - INFORMED_SHARE) * b for a, b in zip(near, anywhere, strict=True))
    return Prior(kind, mixed, threshold_ma)


@lru_cache(maxsize=32)
def _bell(log_mean: float, log_spread: float) -> Vector:
    """A normal distribution of ln threshold, cut to the grid."""
    heights = [exp(-0.5 * ((each - log_mean) / log_spread) ** 2) for each in LOGS]
    total = sum(heights)
    return tuple([each / total for each in heights])
