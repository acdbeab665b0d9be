"""Words of a search that had better end: felt in the wrong place, a lead that lets current go astray; and what to do after one in vain."""

from __future__ import annotations

from decimal import Decimal

from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.titration import Titration


def elsewhere_once(amplitude_ma: Decimal) -> str:
    """After the first burst that was felt in the wrong place."""
    return (
        f"Felt in the wrong place at {AMPLITUDE.show(amplitude_ma)}: ask where, and write it down. If the next burst is felt there too, "
        "this side is better ended."
    )


def elsewhere(amplitude_ma: Decimal) -> str:
    """After another burst that was felt in the wrong place, with the lowest amplitude at which one was."""
    return (
        f"Felt in the wrong place from {AMPLITUDE.show(amplitude_ma)} on: ask where, and write it down. More amplitude seldom helps. "
        "Finish this side instead; another electrode pair may reach the muscle."
    )


def end_after_wrong_place(amplitude_ma: Decimal) -> str:
    """Asked before a rise after that."""
    return (
        f"The next step would be {AMPLITUDE.show(amplitude_ma)}: better end this side. Go higher only if the patient agrees and you have a "
        "reason, and name the amplitude yourself."
    )


def end_on_suspect_lead(tolerated_ma: Decimal, amplitude_ma: Decimal) -> str:
    """Asked before a rise on a lead whose readings let current go astray."""
    return (
        f"Up to {AMPLITUDE.show(tolerated_ma)} nothing contracted, and this lead reads as if its conductors were joined: current may miss "
        f"the muscle. The next step would be {AMPLITUDE.show(amplitude_ma)}, and more amplitude is not the answer: better end this side. "
        "Go higher only if the patient agrees and you have a reason, and name the amplitude yourself."
    )


def bounded() -> str:
    """After a search in vain below a limit that something too strong has set before."""
    return (
        "The limit of today on these electrodes left it no more room, and a longer pulse does not lift it. Titrate this side with another "
        "electrode pair, which starts without this limit, or on another day."
    )


def next_step(titration: Titration, *, wrong_place: bool, on_suspect_lead: bool) -> str:
    """What to do now after a search without a threshold; what speaks most against more amplitude goes first."""
    if wrong_place and titration.elsewhere_ma is not None:
        return elsewhere(titration.elsewhere_ma)
    if on_suspect_lead:
        return (
            "More amplitude is not the answer on this lead: measure it once more (rnprog impedance), and if it stays, tell the implanting "
            "team."
        )
    if titration.thresholds().discomfort_ma is not None:
        return (
            "It was too strong: believe the patient, let them rest, and say before each burst what comes. Then, if they agree, titrate "
            "this side again from 0 mA in smaller steps (--profile cautious), with another electrode pair, or on another day."
        )
    if titration.earlier_ceiling_ma is not None:
        return bounded()
    if any(burst.grade for burst in titration.log):
        return (
            "Let the muscle rest, then titrate this side again from 0 mA (with --profile quick a rougher value will do), or choose another "
            "electrode pair."
        )
    return (
        "Titrate this side again from 0 mA; if nothing contracts then either, with a longer pulse width or another electrode pair, and "
        "check the impedance."
    )
