"""Words about the past of a patient: what a pair used to read, how long ago that was, where a contraction used to come."""

from __future__ import annotations

from collections.abc import Iterable

from rnprog.therapy.impedance import ImpedanceReading
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.trend import EARLY_BAND_PERCENT, SETTLED_BAND_PERCENT, Baseline, PastTitration, ThresholdTrend, Trend
from rnprog.therapy.triage import Advice

_MOST_READINGS = 6
_MONTH_DAYS, _YEAR_DAYS = 30, 365


def value(reading: ImpedanceReading) -> str:
    """A reading without its unit; in words when it is no number."""
    if reading.impedance_ohm is None:
        return "over range" if reading.over_range else "under range" if reading.under_range else "none"
    return str(reading.impedance_ohm)


def age(days: int) -> str:
    """How long ago, roughly."""
    if days <= 0:
        return "earlier today"
    if days < 2 * _MONTH_DAYS:
        return "1 day ago" if days == 1 else f"{days} days ago"
    if days < 2 * _YEAR_DAYS:
        return f"{days // _MONTH_DAYS} months ago"
    return f"{days // _YEAR_DAYS} years ago"


def change(trend: Trend) -> str:
    """The change against the baseline, for a table."""
    if trend.change_percent is None:
        return "-"
    return f"{trend.change_percent:+d} %" if trend.change_percent else "0 %"


def found(advice: Advice) -> str:
    """What a finding rests on: numbers now, and what they used to be."""
    newest = advice.titration or (advice.threshold.newest if advice.threshold is not None else None)
    if newest is not None:
        return _titration(newest, advice.threshold)
    if not advice.readings:
        return "All readings are between 400 and 1500 ohm and near this patient's own baseline, where there is one."
    if advice.once:
        return _once_open(advice)
    usual = {trend.reading.pair: trend.baseline for trend in advice.trends}
    parts = []
    for reading in advice.readings[:_MOST_READINGS]:
        ohm = " ohm" if reading.impedance_ohm is not None else ""
        was = f" (was {usual[reading.pair].impedance_ohm})" if reading.pair in usual else ""
        parts.append(f"{reading.name} {value(reading)}{ohm}{was}")
    more = len(advice.readings) - _MOST_READINGS
    listed = ", ".join(parts) + (f", and {more} more like these" if more > 0 else "")
    return f"{listed}. {_past(usual.values())}"


def _once_open(advice: Advice) -> str:
    now = ", ".join(f"{reading.name} {value(reading)}" for reading in advice.readings[:_MOST_READINGS])
    when = ", ".join(f"{each.contact} was open {age(each.age_days)}" for each in advice.once)
    return f"By the records of this device {when}. Now: {now} ohm."


def _past(usual: Iterable[Baseline]) -> str:
    newest = min(usual, key=lambda baseline: baseline.newest_days, default=None)
    if newest is None:
        return "There is nothing sound and earlier to compare with."
    if newest.newest_days == 0:
        return "Before: earlier today."
    the_last = "the last " if newest.visits > 1 else ""
    return f"Before: {visits(newest.visits)}, {the_last}{age(newest.newest_days)}."


def visits(count: int) -> str:
    """How many visits a baseline rests on."""
    return "1 earlier visit" if count == 1 else f"the median of {count} earlier visits"


def early(advice: Advice) -> str:
    """Said when the baseline is young."""
    young = any(not trend.baseline.settled for trend in advice.trends)
    return "In the first six months after implantation large changes are usual." if young else ""


def baseline_note(trends: Iterable[Trend]) -> str | None:
    """What the columns Baseline and Change are; None when nothing is known."""
    known = [trend.baseline for trend in trends]
    if not known:
        return None
    most = max(known, key=lambda baseline: baseline.visits)
    settled = [baseline.settled for baseline in known]
    band = f"{SETTLED_BAND_PERCENT} %" if all(settled) else f"{EARLY_BAND_PERCENT} % (wide: taken in the first six months of records)"
    if any(settled) and not all(settled):
        band = f"{SETTLED_BAND_PERCENT} %, or {EARLY_BAND_PERCENT} % where the baseline is from the first six months of records"
    if most.newest_days == 0:
        return f"Baseline: measured earlier today, on this device. Drifted: changed by more than {band}; unverified."
    when = age(most.newest_days) if most.newest_days == most.oldest_days else f"{age(most.oldest_days)} to {age(most.newest_days)}"
    return f"Baseline: {visits(most.visits)} of this device, {when}. Drifted: changed by more than {band}; unverified."


def _titration(newest: PastTitration, trend: ThresholdTrend | None) -> str:
    if newest.motor_ma is not None:
        now = f"a contraction came at {AMPLITUDE.show(newest.motor_ma)}"
    else:
        before = ", before discomfort" if newest.discomfort else ""
        now = f"no contraction was confirmed up to {AMPLITUDE.show(newest.highest_ma)}{before}"
    when = "today" if newest.age_days <= 0 else age(newest.age_days)
    elsewhere = "" if newest.elsewhere_ma is None else f"; it was felt in the wrong place from {AMPLITUDE.show(newest.elsewhere_ma)} on"
    return f"With {newest.electrodes}, {when}, {now}{elsewhere}. {_earlier(trend)}"


def _earlier(trend: ThresholdTrend | None) -> str:
    if trend is None:
        return "There is no earlier titration with these electrodes and this pulse to compare with."
    last = trend.earlier[0] if trend.earlier else None
    dated = "" if last is None else ", ".join(part for part in (last.on, age(last.age_days)) if part)
    if dated:
        dated = f", {'the last on ' if trend.visits > 1 else ''}{dated}"
    return f"Before: at {AMPLITUDE.show(trend.before_ma)} ({visits(trend.visits)}{dated})."
