"""Words about impedance: what the test is, what is likely wrong with a lead, and what to do next.

The findings are medicine's (`therapy/triage.py`). Every piece of advice says where it comes from, and that a clinician has to sign it off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rnprog.session.wording import titration, trend
from rnprog.therapy.contacts import Contact, Electrodes
from rnprog.therapy.triage import Advice, Finding

SIGN_OFF = "Unverified for leads on the multifidus; needs clinician sign-off."
ADVICE_TITLE = "ADVICE, NEEDS CLINICIAN SIGN-OFF"
ADVICE_MEANS = (
    "A synthesis from sacral, brain and spinal cord stimulation. None of it was published for leads on the multifidus, and no clinician "
    "has signed it off. It names what is likely; it decides nothing."
)
NO_PAST = "There is no earlier measurement of this device to compare with."


_MOST_PAIRS = 4


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words. No part is ever empty."""

    title: str
    found: str
    likely: str
    now: str
    source: str


def announcement(test_ma: str, test_us: str, pairs: int) -> str:
    """Said before the measurement: it is itself a stimulation."""
    return (
        f"Measuring the impedance is itself a small stimulation: {test_ma} mA for {test_us} us, {pairs} pairs. "
        "It starts now and ends by itself."
    )


def equalised_before_bursts(side: str) -> str:
    """Said before the first burst: the readings allow output, and it may go astray."""
    return (
        f"CAUTION: probably fluid in the connector of the {side} lead. Current may miss the muscle, so more amplitude is not the answer. "
        "Consider measuring once more before any burst: rnprog impedance. Needs clinician sign-off."
    )


def unsteady(pairs: Sequence[tuple[str, int | None, int | None]]) -> str:
    """Two measurements of one day that do not agree. `pairs`: name, ohm then, ohm now; None: no number was obtained."""
    told = ", ".join(f"{name} {_ohm(then)} before and {_ohm(now)} now" for name, then, now in pairs[:_MOST_PAIRS])
    more = f", and {len(pairs) - _MOST_PAIRS} more" if len(pairs) > _MOST_PAIRS else ""
    return (
        f"This measurement and the last one, of the same day, do not agree: {told}{more}. A lead does not change so fast: a conductor or "
        "its connection may break and touch again. Measure three times: lying, sitting, bent forward, and do not rely on the better "
        f"reading. {SIGN_OFF}"
    )


def _ohm(value: int | None) -> str:
    return "no number" if value is None else f"{value} ohm"


def left_out(count: int) -> str:
    """Records that could not serve."""
    records = "1 record was" if count == 1 else f"{count} records were"
    return f"{records} left out of the comparison: damaged, changed or not readable. See `rnprog record verify`."


def passed_over(count: int) -> str:
    """Measurements that could not serve."""
    sweeps = "1 earlier measurement was" if count == 1 else f"{count} earlier measurements were"
    return f"{sweeps} left out of the baseline: made with another test pulse, or dated ahead of this computer's clock."


def told(advice: Advice, instead: Electrodes | None, *, ends: Sequence[Electrodes] = (), thresholds_known: bool) -> Told:
    """A finding in words. `instead`: a pair of the same lead that can be used; None: there is none. `ends`: those at its ends."""
    title, likely, now = _texts(advice, _instead(advice, instead), ends, thresholds_known)
    sources = "; ".join(f"{source}" for source in advice.sources)
    return Told(title, trend.found(advice), likely, now, f"{sources}. {SIGN_OFF}")


def _texts(advice: Advice, instead: str, ends: Sequence[Electrodes], thresholds_known: bool) -> tuple[str, str, str]:
    side = str(advice.side)
    lead = f"{side.capitalize()} lead"
    who = _listed(advice.contacts) or _listed([reading.name for reading in advice.readings])
    many = len(advice.contacts) > 1
    again = "Measure once more"
    match advice.finding:
        case Finding.LEAD_OPEN:
            return (
                f"{lead}: OPEN: no current passes over any contact.",
                f"The {side} lead is not connected: loose in its connector, or broken.",
                f"Do not stimulate on the {side} side. {again}; if it stays, ask the implanting team for an X-ray of lead and connector.",
            )
        case Finding.LEAD_HIGH:
            return (
                f"{lead}: high on every contact.",
                f"A poor connection or a break of the {side} lead; or scar tissue around it.",
                f"{again}. If it stays, ask the implanting team for an X-ray of lead and connector before any amplitude is raised.",
            )
        case Finding.CASE:
            return (
                f"{lead}: every contact is high against the case, the pairs are not.",
                "The lead conducts, but the case of the generator has poor contact: air in its pocket, or it has turned.",
                f"Do not use the case as an electrode. {again}, lying and sitting. If it stays, have the pocket looked at.",
            )
        case Finding.EQUALISED:
            return (
                f"{who}: EQUALISED: these contacts read alike.",
                f"Fluid in the connector of the {side} lead, which joins its conductors; or a crushed lead.",
                f"Do not raise the amplitude on the {side} side, and do not rely on thresholds found now: current may miss the muscle. "
                f"{again}; if it stays, tell the implanting team: the connection may have to be opened and dried, or the lead changed.",
            )
        case Finding.SHORT:
            return (
                f"{_listed([reading.name for reading in advice.readings])}: SHORT: these conductors touch.",
                "Damaged insulation, a crushed lead, or fluid between the conductors.",
                f"Leave {who} out: they act as one contact now, so their other readings fall as well. If more contacts follow at the next "
                f"visit, ask for an X-ray. {instead}",
            )
        case Finding.CONTACT_OPEN:
            return (
                f"{who}: OPEN: no current passes.",
                f"The conductor{'s' if many else ''} of {who} {'are' if many else 'is'} broken, or without contact in the connector.",
                f"Leave {who} out, and measure once more to be sure. {instead}",
            )
        case Finding.LOOSE:
            return (
                f"{who}: OPEN in one reading and not in another.",
                "A conductor that breaks and touches again, in the lead or in its connector.",
                f"Leave {who} out. Measure three times: lying, sitting, bent forward; if it changes again, ask for an X-ray. {instead}",
            )
        case Finding.ONCE_OPEN:
            it, breaks = ("them", "their conductors break and touch") if many else ("it", "its conductor breaks and touches")
            return (
                f"{who}: {'were' if many else 'was'} OPEN at an earlier measurement, and pass{'' if many else 'es'} now.",
                f"{who} may still be broken: probably {breaks} again, in the lead or in its connector. A good reading does not mend {it}.",
                f"Leave {who} out. Measure three times: lying, sitting, bent forward; if it changes again, ask for an X-ray. If the lead "
                f"or its connection was repaired since, a clinician decides. {instead}",
            )
        case Finding.UNKNOWN:
            return (
                f"{who}: UNKNOWN: no number was obtained.",
                "The measurement was disturbed.",
                f"{again} before {who} {'are' if many else 'is'} used. If no number comes, leave {'them' if many else 'it'} out.",
            )
        case Finding.ROSE:
            return (
                f"{who}: DRIFTED: higher than this patient's own baseline.",
                f"Scar tissue around the contact, or a connection that is working loose. {trend.early(advice)}".rstrip(),
                f"{again}. If it stays, find the thresholds anew before relying on {who}. If it rises further, ask for an X-ray.",
            )
        case Finding.FELL:
            return (
                f"{who}: DRIFTED: lower than this patient's own baseline.",
                f"Fluid near the connector, or insulation that is giving way. {trend.early(advice)}".rstrip(),
                f"{again}. If it stays, find the thresholds anew, from 0 mA. If it falls further, tell the implanting team.",
            )
        case Finding.CONTACT_HIGH | Finding.CONTACT_LOW:
            high = advice.finding is Finding.CONTACT_HIGH
            cause = "a poor connection or scar tissue" if high else "some fluid at the connector"
            return (
                f"{who}: {'high' if high else 'low'}: usable with caution.",
                "As usual for this patient."
                if advice.trends
                else f"Nothing sound is known from before: {cause}, or usual for this patient.",
                f"Prefer other contacts. {'Watch the compliance limit. ' if high else ''}Compare at the next visit.",
            )
        case Finding.NOTHING:
            what = "Neither the impedance nor the last titration gives an" if thresholds_known else "The impedance gives no"
            return (
                "Nothing stands out.",
                f"{what} explanation, should the patient respond less.",
                "If the patient responds less, find the thresholds first, to see whether the contraction is still there: rnprog titrate. "
                "Then check the delivered minutes in the implant's log: rnprog log therapy. Use that falls over the years is common, and "
                "no proof of a cause.",
            )

        case _:
            return titration.texts(advice, ends)


def _instead(advice: Advice, instead: Electrodes | None) -> str:
    if instead is None:
        return f"No other pair of the {advice.side} lead can be used now."
    return f"Use another pair and find its thresholds, for example: rnprog titrate --side {advice.side} --electrodes={instead}"


def _listed(names: Sequence[str | Contact]) -> str:
    words = [str(name) for name in names]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


MEASURED_TOO_STRONGLY = (
    "This device has measured with more current than it declares. It is not measured again, and without a fresh impedance nothing is "
    "stimulated. Do not use this device with rnprog."
)


NOT_WITH_THIS = "This device, or this key, cannot measure impedance, and without it rnprog does not stimulate. Nothing was sent."


def needs_consent(test_ma: Decimal, test_us: Decimal) -> str:
    """The device measures with more than rnprog lets pass without a yes."""
    return (
        f"This device measures impedance with {test_ma} mA for {test_us} us, pulse after pulse for 0.2 s a pair, which might be felt. It "
        "is not measured without your explicit consent (--accept-test-pulse). Tell the patient first."
    )


def too_strong(test_ma: Decimal, test_us: Decimal) -> str:
    """The device measures with more than rnprog lets pass without a person confirming it."""
    return (
        f"This device measures impedance with {test_ma} mA for {test_us} us, which might be felt. rnprog measures with at most 0.2 mA for "
        "100 us, so it does not measure here, and without a fresh impedance it does not stimulate. Do not use this device with rnprog."
    )
