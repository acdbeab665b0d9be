"""A titration's log read as evidence: what each answer says of contraction and feeling. Owns the scales and the modalities.

It changes nothing and forgets nothing: manual and assisted bursts are the same log, so one can take over from the other at any burst.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from rnprog.therapy.threshold.posterior import Evidence, Report
from rnprog.therapy.threshold.response import Contraction
from rnprog.therapy.titration import Answer, Burst, Titration, TitrationError
from rnprog.therapy.units import UnitError, to_integer

TENTHS_PER_MA = 10


class Modality(StrEnum):
    """How a contraction is confirmed. Thresholds that are seen lie 11 % above those measured by EMG (Westin 2014, PMC3954153), so
    modalities are never mixed in one estimate."""

    PALPATION = "palpation"
    SIGHT = "sight"
    ULTRASOUND = "ultrasound"
    EMG = "emg"


class Scale(StrEnum):
    """What is asked after each burst."""

    YES_NO = "yes or no"
    """Contraction or none; flicker, clear and strong are all a yes."""
    GRADE = "grade"
    GRADE_FELT = "grade and feeling"
    """Graded; where nothing contracted the patient says whether it was felt."""


class MixedModalities(TitrationError):
    """Contractions confirmed in different ways were to go into one estimate."""


_SEEN = {
    Answer.NONE: Contraction.NONE,
    Answer.FELT: Contraction.NONE,
    Answer.FLICKER: Contraction.FLICKER,
    Answer.CLEAR: Contraction.CLEAR,
    Answer.STRONG: Contraction.STRONG,
    Answer.CONTRACTION: Contraction.SOME,
}
_FELT = {Answer.NONE: False, Answer.FELT: True}


def evidence(titration: Titration, scale: Scale) -> tuple[Evidence, ...]:
    """What the answered bursts say, in their order. Unsure says nothing; discomfort only what was rated besides it (and see `report`).

    Raises `TitrationError` for an amplitude that is not a whole number of tenths of a milliampere: no model was made for it.
    """
    return tuple(found for burst in titration.log if (found := _read(burst, scale)) is not None)


def report(titration: Titration) -> Report | None:
    """Where discomfort begins, as this log shows it; `None`: nothing was too strong, or only in the wrong place, which is no matter of this
    muscle. What the patient tolerated at or above it is passed over. Raises `TitrationError` for a finer amplitude than 0.1 mA."""
    too_strong = [tenths_of(burst) for burst in titration.log if burst.answer is Answer.DISCOMFORT and not burst.elsewhere]
    if not too_strong:
        return None
    lowest = min(too_strong)
    tolerated = [tenths_of(burst) for burst in titration.log if burst.answer not in (None, Answer.DISCOMFORT)]
    return Report(lowest, max((each for each in tolerated if each < lowest), default=0))


def same_modality(*modalities: Modality) -> Modality:
    """The one modality of all of them (at least one is given). Raises `MixedModalities` if there are several."""
    different = sorted(set(modalities))
    if len(different) > 1:
        raise MixedModalities(
            f"Contractions were confirmed by {' and by '.join(different)}. These are never mixed in one estimate. Begin a new titration."
        )
    return different[0]


def tenths_of(burst: Burst) -> int:
    """The amplitude in tenths of a milliampere. Raises `TitrationError` if it is finer."""
    try:
        return to_integer(burst.amplitude_ma, TENTHS_PER_MA)
    except UnitError as error:
        raise TitrationError("The estimate works in steps of 0.1 mA, and this titration holds a finer amplitude. Go on by hand.") from error


def contractions(found: Iterable[Evidence]) -> int:
    """How many of them were a contraction of any grade."""
    return sum(bool(each.seen) for each in found)


def rated(found: Iterable[Evidence]) -> int:
    """How many of them say whether there was a contraction."""
    return sum(each.seen is not None for each in found)


@lru_cache(maxsize=256)
def _read(burst: Burst, scale: Scale) -> Evidence | None:
    answer = burst.rated
    if answer is None or answer not in _SEEN:
        return None
    seen = _SEEN[answer]
    asked = scale is Scale.GRADE_FELT and not burst.elsewhere and burst.answer is not Answer.DISCOMFORT
    felt = _FELT.get(answer) if asked else None
    if scale is Scale.YES_NO and seen is not Contraction.NONE:
        seen = Contraction.SOME
    return Evidence(tenths_of(burst), seen, felt)
