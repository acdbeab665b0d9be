"""Now against this patient's own past: impedance and contraction thresholds. Owns what a baseline is and when a change counts as one.

The caller sees to it that the past is of the same device, in the same mode, and whole (`session/archive.py`). No clock: ages are given.

Bands, all `unverified` for leads on the medial branch, where nothing was published:
- impedance, settled: 30 %. Within a brain contact followed for 6 months to 5 years the median standard deviation was 141 ohm (Cheung 2013,
  Brain Stimulation 6:746) at values of about 1000 ohm (PMC5876470); twice that, rounded up. A slow fall of 73 ohm a year is usual there
  (PMC4531050), so a baseline of many years may be left without any fault.
- impedance, first six months: 50 %, a choice of this project. Large changes, mostly stable by about 6 months (brain leads, PMC5876470).
- threshold: by half (a factor of 1.5) and at least 0.3 mA; or no contraction at 1.5 times the earlier threshold, or at 1.1 times where
  discomfort came first. Choices of this project. Repeated motor thresholds of the brain agree within about 10 % (PMC12803948); the emulator
  assumes that a threshold wanders from visit to visit by a standard deviation of 0.12 in its logarithm. A factor of 1.5 is 0.41 there:
  more than three of these. With nothing wrong, about 2 visits in 100 of its population count.
- open once: a contact that was open within the last 183 days, and passes current now, counts as one that breaks and touches again. The
  number of days is a choice of this project. A revision of the lead within that time is not known here: a person has to judge that.

The date of the implant is not known here. A baseline counts as settled when it was measured 183 days or more after the first record of
the device; so the wide band may last longer than needed, and never ends too early. A new lead on an old generator is not noticed.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from rnprog.therapy.contacts import Contact, Electrodes, Side
from rnprog.therapy.impedance import ImpedanceReading, Pair, Verdict, blocking, contact_verdicts_of, equalised, verdict

SETTLED_AFTER_DAYS = 183
SETTLED_BAND_PERCENT = 30
EARLY_BAND_PERCENT = 50
THRESHOLD_FACTOR = Decimal("1.5")
THRESHOLD_AT_LEAST_MA = Decimal("0.3")
ONCE_OPEN_DAYS = 183
LOST_FACTOR = Decimal("1.1")
"""Discomfort ended the search this far above the earlier threshold, and no contraction came: that counts as lost."""


@dataclass(frozen=True, slots=True)
class PastSweep:
    """What was measured once."""

    readings: tuple[ImpedanceReading, ...]
    age_days: int
    """Whole days from then to now; sweeps of the same age count as one visit."""


@dataclass(frozen=True, slots=True)
class OnceOpen:
    """A contact that was open at an earlier measurement."""

    contact: Contact
    age_days: int
    """Of the newest measurement that found it open."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a pair used to read: the median over visits, each with the median of its readings."""

    impedance_ohm: int
    visits: int
    newest_days: int
    oldest_days: int
    settled: bool
    """False: taken within six months of the device's first record, so more change is expected."""

    @property
    def band_percent(self) -> int:
        return SETTLED_BAND_PERCENT if self.settled else EARLY_BAND_PERCENT


@dataclass(frozen=True, slots=True)
class Trend:
    """One pair now against its baseline."""

    reading: ImpedanceReading
    baseline: Baseline
    change_percent: int | None
    """Rounded; below 0: it fell. `None`: open, short or without a number now, and the fault says more."""
    drifted: bool


@dataclass(frozen=True, slots=True)
class PastTitration:
    """A titration that came to an end. Only those with the same conditions are compared: palpation and EMG are not the same threshold."""

    side: Side
    electrodes: Electrodes
    conditions: tuple[str, ...]
    """Pulse width, rate, and how the contraction was confirmed, as recorded."""
    motor_ma: Decimal | None
    """`None`: no contraction was confirmed."""
    highest_ma: Decimal
    """The largest amplitude that was given."""
    discomfort: bool
    age_days: int
    elsewhere_ma: Decimal | None = None
    """The lowest amplitude that was felt, or contracted something, in the wrong place. `None`: none was reported."""
    on: str = ""
    """Its date, for people; empty: not known."""
    definition: str = ""
    """What `motor_ma` means. Two thresholds of different definitions are not compared; one that was not reached is, with any."""
    bounded: bool = False
    """Whether something that was too strong before bounded it from its beginning."""


@dataclass(frozen=True, slots=True)
class ThresholdTrend:
    """The newest titration of a side against the earlier ones with the same electrodes and conditions."""

    newest: PastTitration
    before_ma: Decimal
    """Median of the earlier contraction thresholds."""
    visits: int
    jumped: bool
    """Up or down by half, or a contraction that cannot be reached any more."""
    earlier: tuple[PastTitration, ...] = ()
    """Those it was compared with, newest first."""


def once_open(past: Iterable[PastSweep]) -> tuple[OnceOpen, ...]:
    """The contacts that were open within the last `ONCE_OPEN_DAYS`, in order. Measurements of today count."""
    newest: dict[Contact, int] = {}
    for sweep in past:
        if sweep.age_days <= ONCE_OPEN_DAYS:
            for contact in _open_contacts(sweep.readings):
                newest[contact] = min(sweep.age_days, newest.get(contact, sweep.age_days))
    return tuple(OnceOpen(contact, newest[contact]) for contact in Contact if contact in newest)


def _open_contacts(readings: Sequence[ImpedanceReading]) -> frozenset[Contact]:
    """Open against the case; or in more than one pair that no such contact explains."""
    to_case = frozenset(contact for contact, found in contact_verdicts_of(readings).items() if found is Verdict.OPEN)
    pairs = [reading.pair for reading in readings if verdict(reading) is Verdict.OPEN and not reading.pair & to_case]
    return to_case | {contact for contact in Contact if sum(contact in pair for pair in pairs) > 1}


def baselines(past: Iterable[PastSweep]) -> dict[Pair, Baseline]:
    """What each pair used to read. Left out are readings over a contact that was broken, short-circuited or equalised at the time.

    Sweeps of today count only when there are none of other days: the baseline is what was before this visit.
    """
    sweeps = tuple(past)
    oldest_days = max((sweep.age_days for sweep in sweeps), default=0)
    values: dict[Pair, dict[int, list[int]]] = {}
    for sweep in sweeps:
        unfit = _unfit(sweep.readings)
        for reading in sweep.readings:
            if reading.impedance_ohm is not None and not blocking(verdict(reading)) and not reading.pair & unfit:
                values.setdefault(reading.pair, {}).setdefault(sweep.age_days, []).append(reading.impedance_ohm)
    return {pair: _baseline(of_age, oldest_days) for pair, of_age in values.items()}


def _baseline(of_age: dict[int, list[int]], oldest_days: int) -> Baseline:
    ages = before_today(of_age)
    settled = [age for age in ages if oldest_days - age >= SETTLED_AFTER_DAYS]
    ages = settled or ages
    ohm = median(median(of_age[age]) for age in ages)
    return Baseline(round(ohm), len(ages), min(ages), max(ages), bool(settled))


def before_today(ages: Collection[int]) -> list[int]:
    """The ages of other days, if there are any."""
    return [age for age in ages if age > 0] or list(ages)


def _unfit(readings: Sequence[ImpedanceReading]) -> frozenset[Contact]:
    to_case = contact_verdicts_of(readings)
    broken = {contact for contact, found in to_case.items() if blocking(found)}
    short = {contact for reading in readings if verdict(reading) is Verdict.SHORT for contact in reading.pair}
    return (equalised(readings) | broken | short) - {Contact.CASE}


def trends(readings: Iterable[ImpedanceReading], past: dict[Pair, Baseline]) -> dict[Pair, Trend]:
    """Each pair that was measured now and has a baseline."""
    found = {}
    for reading in readings:
        baseline, ohm = past.get(reading.pair), reading.impedance_ohm
        if baseline is None:
            continue
        if ohm is None or blocking(verdict(reading)):
            found[reading.pair] = Trend(reading, baseline, None, False)
            continue
        moved = ohm - baseline.impedance_ohm
        drifted = abs(moved) * 100 > baseline.band_percent * baseline.impedance_ohm
        found[reading.pair] = Trend(reading, baseline, round(moved * 100 / baseline.impedance_ohm), drifted)
    return found


def threshold_trends(past: Iterable[PastTitration]) -> dict[Side, ThresholdTrend]:
    """Per side the newest titration against the earlier ones that can be compared with it; none, no entry. Newest first, as recorded."""
    every = sorted(past, key=lambda titration: titration.age_days)
    found = {}
    for side in Side:
        of_side = [each for each in every if each.side is side]
        if not of_side:
            continue
        newest = of_side[0]
        earlier = [
            each
            for each in of_side[1:]
            if (each.electrodes, each.conditions) == (newest.electrodes, newest.conditions)
            and each.motor_ma is not None
            and (newest.motor_ma is None or each.definition == newest.definition)
        ]
        ages = {each.age_days for each in earlier}
        other_days = {age for age in ages if age > newest.age_days} or ages
        compared = tuple(each for each in earlier if each.age_days in other_days)
        of_age = {age: [each.motor_ma for each in compared if each.age_days == age and each.motor_ma] for age in other_days}
        if of_age:
            before_ma = median(median(values) for values in of_age.values())
            found[side] = ThresholdTrend(newest, before_ma, len(of_age), _jumped(newest, before_ma), compared)
    return found


def _jumped(newest: PastTitration, before_ma: Decimal) -> bool:
    now_ma = newest.motor_ma
    if now_ma is None:
        return newest.highest_ma >= (LOST_FACTOR if newest.discomfort else THRESHOLD_FACTOR) * before_ma
    far = max(now_ma, before_ma) >= THRESHOLD_FACTOR * min(now_ma, before_ma)
    return far and abs(now_ma - before_ma) >= THRESHOLD_AT_LEAST_MA
