"""What an observer said of a burst, noted on each side that was given. Owns the order: on the disk first, then what is asked besides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from rnprog.session.offers import Hurts, Report, Said, Stop, said_of
from rnprog.session.stimulation import Stimulation


def noted(report: Report, sides: Collection[Stimulation], by: str) -> Said | Stop:
    """Note on each side what an observer said, and only then ask what is asked besides. Errors as `Stimulation.answer`."""
    if isinstance(report, Stop):
        return report
    said = said_of(report)
    for side in sides:
        side.answer(said.answer, by=by, elsewhere=said.elsewhere, contraction=said.contraction)
    if not isinstance(report, Hurts):
        return said
    contraction = report.besides()
    if contraction is None or isinstance(contraction, Stop):
        return contraction or said
    for side in sides:
        side.besides(contraction, by=by)
    return replace(said, contraction=contraction)
