"""Advice about a lead, as it is shown and as data for scripts. What is advised is decided and worded in `session`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rnprog.commands.render import Face, Sheet
from rnprog.session.triage import Judged
from rnprog.session.wording import impedance as words
from rnprog.therapy.trend import PastTitration, ThresholdTrend
from rnprog.therapy.triage import Advice


def told(found: Judged) -> list[words.Told]:
    """Each piece of advice in words."""
    return [_told(found, advice) for advice in found.advice]


def _told(found: Judged, advice: Advice) -> words.Told:
    return words.told(advice, found.instead(advice), ends=found.ends(advice), thresholds_known=found.thresholds_known)


def show_advice(face: Face, said: Iterable[words.Told]) -> None:
    """The advice under its heading, on stdout."""
    face.show("", words.ADVICE_TITLE, words.ADVICE_MEANS)
    for each in said:
        rows = [("Found", each.found), ("Likely", each.likely), ("Do now", each.now), ("Source", each.source)]
        face.show("", Sheet(each.title, ("", ""), rows))


def say_advice(say: Callable[[str], None], found: Judged | None) -> None:
    """The same as talk, without the sources, before the appointment goes on."""
    for each in told(found) if found is not None else ():
        say(f"  ADVICE  {each.title}")
        say(f"  Found   {each.found}")
        say(f"  Likely  {each.likely}")
        say(f"  Do now  {each.now}")
        say(f"  {words.SIGN_OFF}")


def advice_data(found: Judged | None) -> list[dict[str, Any]]:
    """For JSON."""
    return [_data(advice, _told(found, advice)) for advice in found.advice] if found is not None else []


def _data(advice: Advice, said: words.Told) -> dict[str, Any]:
    return {
        "finding": str(advice.finding),
        "side": None if advice.side is None else str(advice.side),
        "contacts": [str(contact) for contact in advice.contacts],
        "readings": [reading.name for reading in advice.readings],
        "open_before": [{"contact": str(each.contact), "age_days": each.age_days} for each in advice.once],
        "title": said.title,
        "found": said.found,
        "likely": said.likely,
        "now": said.now,
        "threshold": _threshold_data(advice.titration, advice.threshold),
        "sources": [str(source) for source in advice.sources],
        "unverified": True,
        "needs_clinician_sign_off": True,
    }


def _threshold_data(titration: PastTitration | None, trend: ThresholdTrend | None) -> dict[str, Any] | None:
    """None: not about a titration. Without an earlier one `before_ma` is None and `visits` 0."""
    newest = titration or (trend.newest if trend is not None else None)
    if newest is None:
        return None
    last = trend.earlier[0] if trend is not None and trend.earlier else None
    return {
        "electrodes": str(newest.electrodes),
        "motor_ma": newest.motor_ma,
        "highest_ma": newest.highest_ma,
        "discomfort": newest.discomfort,
        "elsewhere_ma": newest.elsewhere_ma,
        "age_days": newest.age_days,
        "before_ma": trend.before_ma if trend is not None else None,
        "visits": trend.visits if trend is not None else 0,
        "before_on": last.on or None if last is not None else None,
        "before_days": last.age_days if last is not None else None,
        "jumped": trend.jumped if trend is not None else False,
    }
