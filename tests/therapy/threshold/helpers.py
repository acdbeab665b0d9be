"""A titration written as one line, and a search without a device."""

from decimal import Decimal as D

from rnprog.therapy.threshold import Modality, Scale, Settings
from rnprog.therapy.titration import Answer, State, Titration
from rnprog.therapy.units import Milliamps
from tests.therapy.samples import ma

SIGNS = {
    "-": Answer.NONE,
    "f": Answer.FELT,
    "+": Answer.CLEAR,
    "1": Answer.FLICKER,
    "2": Answer.CLEAR,
    "3": Answer.STRONG,
    "?": Answer.UNSURE,
    "x": Answer.DISCOMFORT,
}
GRADED = Settings(scale=Scale.GRADE)
FELT = Settings(scale=Scale.GRADE_FELT)
YES_NO = Settings()
PALPATION = Modality.PALPATION


def titrated(bursts: str, start: Titration | None = None) -> Titration:
    """A log written like "0.5- 0.9- 1.2+": amplitude in mA and sign of the answer. After discomfort the clinician confirms."""
    titration = start or Titration().begin()
    for burst in bursts.split():
        titration = titration.burst_given(ma(burst[:-1])).answered(SIGNS[burst[-1]])
        if titration.state is State.BACKING_OFF:
            titration = titration.proceed()
    return titration


def allowed(titration: Titration, limit: str = "10.0") -> Milliamps:
    """What an envelope without any other limit than `limit` would say."""
    bounds = [titration.last_delivered_ma + D("0.5"), titration.highest_tolerated_ma + D("0.5"), D(limit)]
    if titration.ceiling_ma is not None:
        bounds.append(titration.ceiling_ma)
    return Milliamps(min(bounds))
