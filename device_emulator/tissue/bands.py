"""Published impedance bands, as numbers with their source. None is for a lead on the medial branch: sacral and DBS leads."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Band:
    """Readings from `from_ohm` up to `to_ohm`."""

    name: str
    from_ohm: float
    to_ohm: float
    leads: str
    source: str


NORMAL = Band("normal", 400, 1_500, "sacral nerve stimulation, not multifidus", "Urology Times, abnormal impedances")
OPEN = Band("open", 4_000, inf, "sacral nerve stimulation, not multifidus", "Urology Times, abnormal impedances")
SHORT = Band("short", 0, 100, "no lead: a choice of this project", "unverified")
SETTLED = Band("settled by about six months", 1_000, 1_000, "1,764 DBS leads, not multifidus: about 1 kohm", "PMC5876470")
BANDS = (NORMAL, OPEN, SHORT, SETTLED)
