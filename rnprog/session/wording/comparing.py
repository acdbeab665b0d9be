"""Words of the comparison of electrode pairs."""

from __future__ import annotations

from collections.abc import Sequence

from rnprog.session.compare import Compared
from rnprog.therapy.contacts import Electrodes

TITLE = "Electrode pairs, the best first"
COLUMNS = (
    "Best first: a therapy amplitude whose room below discomfort is not narrow, then little charge. therapy: what a full titration would "
    "probably propose. room: up to discomfort; ample from 1.3 times the amplitude, as far as it was tried. uC: charge of one phase. uC/s: "
    "charge of a second of stimulation; the battery's cost goes with it. lowest: the chance, by the model, that this pair has the lowest "
    "threshold."
)


def begins(pairs: Sequence[Electrodes]) -> str:
    """Said before the first pair."""
    names = ", ".join(str(pair) for pair in pairs)
    return f"Comparing {names}: a few bursts each, every pair from 0 mA, every burst confirmed by you. f ends a pair, s stops everything."


def advice(compared: Compared) -> str:
    """What to do with the ranking."""
    if compared.cut_short is not None:
        return f"The comparison ended early: {compared.cut_short.reason}"
    if not compared.ranking or compared.ranking[0].proposal is None:
        return (
            "No pair came to a therapy amplitude. Nothing was written. Consider a longer pulse width, and check the impedance: "
            "rnprog impedance."
        )
    best = compared.ranking[0].screened.electrodes
    side = compared.results[0].plan.setup.side
    if compared.closer:
        pairs = " and ".join(str(each.screened.electrodes) for each in compared.closer)
        return f"Too close to call between {pairs}: titrate both before you choose. rnprog titrate --side {side} --electrodes={best}"
    return f"These values are rough, and nothing was written. Next, in full: rnprog titrate --side {side} --electrodes={best}"
