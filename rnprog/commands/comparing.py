"""`rnprog titrate --compare`: electrode pairs of one lead, as a table for people and as data for scripts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rnprog.commands.render import Face, Sheet, Tone
from rnprog.commands.summary import estimate_data, proposal_data, titrated_data
from rnprog.session.compare import Compared
from rnprog.session.wording import comparing as words
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.threshold import Margin, Outcome, Ranked

_COLUMNS = ("pair", "threshold", "9 in 10", "therapy", "room", "uC", "uC/s", "lowest")
_ROOM = {
    Margin.AMPLE: ("ample", Tone.OK),
    Margin.UNTESTED: ("not tested", Tone.NOTE),
    Margin.NARROW: ("narrow", Tone.CAUTION),
    Margin.NONE: ("none", Tone.CAUTION),
}


def tell_compared(face: Face, compared: Compared) -> None:
    """The ranking and what it is made of."""
    face.data["pairs"] = [ranked_data(each) for each in compared.ranking]
    face.data["closer_look"] = [str(each.screened.electrodes) for each in compared.closer]
    face.data["titrations"] = [titrated_data(each) for each in compared.results]
    if compared.ranking:
        face.show(Sheet(words.TITLE, _COLUMNS, [_row(each) for each in compared.ranking], right=frozenset({1, 3, 5, 6, 7})))
        face.show(words.COLUMNS)
    face.show(words.advice(compared))


def ranked_data(ranked: Ranked) -> dict[str, Any]:
    """One pair for JSON."""
    found = ranked.screened.finished
    return {
        "electrodes": str(ranked.screened.electrodes),
        "outcome": str(found.outcome),
        "bursts": found.bursts,
        "estimate": estimate_data(found.estimate),
        "proposal": None if ranked.proposal is None else proposal_data(ranked.proposal),
        "margin": ranked.margin.name.lower(),
        "highest_tolerated_ma": ranked.screened.titration.highest_tolerated_ma,
        "lowest_probability": round(ranked.lowest_probability, 3),
        "charge_uc": ranked.charge_uc,
        "charge_uc_per_s": ranked.charge_uc_s,
    }


def _row(ranked: Ranked) -> list[str | tuple[str, Tone]]:
    known, proposed = ranked.screened.finished.estimate, ranked.proposal
    worse = ranked.screened.finished.outcome is Outcome.WORSE
    return [
        str(ranked.screened.electrodes),
        f"{known.median_ma} mA" if proposed is not None else "-",
        f"{known.lower_ma}-{known.upper_ma}" if proposed is not None else "higher" if worse else "not found",
        AMPLITUDE.show(proposed.amplitude_ma) if proposed is not None else "-",
        _ROOM[ranked.margin],
        _charge(ranked.charge_uc),
        _charge(ranked.charge_uc_s),
        _chance(ranked.lowest_probability),
    ]


def _chance(chance: float) -> str:
    """Never 0 % and never 100 %, and narrow."""
    return "<1 %" if chance < 0.01 else ">99 %" if chance > 0.99 else f"{chance * 100:.0f} %"


def _charge(charge_uc: Decimal | None) -> str:
    return "-" if charge_uc is None else f"{charge_uc:.2f}"
