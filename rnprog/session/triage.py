"""A sweep judged against what earlier records of the same device hold. Turns records into medicine's terms; decides nothing itself.

What counts as a baseline, and what a finding is, is decided in `therapy/trend.py` and `therapy/triage.py`; which records may serve, in
`archive.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

from rnprog.session.archive import History, Measured, Titrated, history
from rnprog.session.recheck import JUMP
from rnprog.session.record import RecordLost, amount
from rnprog.session.session import Session
from rnprog.session.trouble import Trouble, TroubleKind
from rnprog.session.wording import record as record_words
from rnprog.therapy.ascending import Outcome as Ending
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Electrodes, ElectrodesError, Side, index_on_lead, lead_of
from rnprog.therapy.impedance import ImpedanceReading, Pair, Verdict, judged
from rnprog.therapy.trend import OnceOpen, PastSweep, PastTitration, Trend, baselines, once_open, threshold_trends, trends
from rnprog.therapy.triage import Advice, triage, triage_of_titration

SAME_DAY = timedelta(days=1)
_CLEAR_ENDINGS = (Ending.THRESHOLD, Ending.NOT_REACHABLE)
"""Titrations that say something about the threshold; the others were ended early, or came to no result."""


@dataclass(frozen=True, slots=True)
class Unsteady:
    """A pair that reads otherwise than within the last day."""

    reading: ImpedanceReading
    before_ohm: int | None
    """None: no number was obtained then."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a sweep means for this patient."""

    readings: tuple[ImpedanceReading, ...]
    verdicts: tuple[Verdict, ...]
    """One for each reading."""
    trends: dict[Pair, Trend]
    advice: tuple[Advice, ...]
    compared: int
    """How many earlier measurements served."""
    passed_over: int
    """Earlier measurements that could not serve: made with another test pulse, or dated ahead of this computer's clock."""
    thresholds_known: bool
    """Whether each lead that was measured has a titration that can be compared with earlier ones."""
    once: tuple[OnceOpen, ...] = ()
    """The contacts that were open at an earlier measurement, with whatever pulse it was made."""

    def instead(self, advice: Advice) -> Electrodes | None:
        """Another pair of the same lead, neighbours first, with nothing odd about it or its contacts; None when there is none."""
        if advice.side is None:
            return None
        odd = {contact for each in self.advice if each.side is advice.side for contact in each.contacts}
        left = [contact for contact in CONTACTS_OF[advice.side] if contact not in odd]
        sound = {reading.pair for reading, found in zip(self.readings, self.verdicts, strict=True) if found is Verdict.NORMAL}
        pairs = [(first, second) for first, second in combinations(left, 2) if {first, second} in sound]
        nearest = min(pairs, key=_apart, default=None)
        return None if nearest is None else Electrodes(frozenset(nearest[:1]), frozenset(nearest[1:]))

    def ends(self, advice: Advice) -> tuple[Electrodes, ...]:
        """The sound pairs at either end of the lead, the outermost contact as cathode, without the pair that was titrated: what may reach
        the muscle when a lead moved, whichever way it did."""
        if advice.side is None or advice.titration is None:
            return ()
        contacts = CONTACTS_OF[advice.side]
        odd = {contact for each in self.advice if each.titration is None for contact in each.contacts}
        sound = {reading.pair for reading, found in zip(self.readings, self.verdicts, strict=True) if found is Verdict.NORMAL}
        outer = [(contacts[0], contacts[1]), (contacts[-1], contacts[-2])]
        used = frozenset(advice.titration.electrodes.contacts)
        free = [pair for pair in outer if {*pair} in sound and not odd & {*pair} and {*pair} != used]
        return tuple(Electrodes(frozenset({cathode}), frozenset({anode})) for cathode, anode in free)


def _apart(pair: tuple[Contact, Contact]) -> int:
    first, second = (index_on_lead(contact) or 0 for contact in pair)
    return second - first


def judge(readings: tuple[ImpedanceReading, ...], past: History, *, test: tuple[str, str], now: datetime) -> Judged:
    """Judge `readings`, taken `now` with the pulse `test` (current and width as the record writes them)."""
    fit = [each for each in past.measured if each.test == test and each.at <= now]
    known = trends(readings, baselines(_past_sweep(each, now) for each in fit))
    once = once_open(_past_sweep(each, now) for each in past.measured if each.at <= now)
    titrated = _titrations(past, now)
    thresholds = threshold_trends(titrated)
    newest = {each.side: each for each in reversed(titrated)}
    return Judged(
        readings,
        judged(readings, {pair for pair, trend in known.items() if trend.drifted}),
        known,
        triage(readings, known, thresholds, newest, once),
        len(fit),
        len(past.measured) - len(fit),
        {lead_of(contact) for reading in readings for contact in reading.pair} - {None} <= thresholds.keys(),
        once,
    )


def judge_titration(session: Session, newest: PastTitration, ending: str) -> Judged | None:
    """What the titration that has just ended says of its lead, with the impedance of this session and the earlier records of this device.
    None: the lead was not measured. Its `advice` is empty when nothing stands out."""
    if session.sweep is None:
        return None
    now = datetime.now(UTC)
    caps, past = session.capabilities, _past_of(session)
    contacts = set(CONTACTS_OF[newest.side])
    own = tuple(reading for reading in session.sweep.readings if reading.pair & contacts)
    found = judge(own, past, test=(amount(caps.impedance_test_ma), amount(caps.impedance_test_us)), now=now)
    searched = ending in _CLEAR_ENDINGS
    trend = threshold_trends([newest, *_titrations(past, now)]).get(newest.side) if searched else None
    return replace(found, advice=triage_of_titration(newest, own, found.trends, trend, searched=searched, once=found.once))


def open_before(session: Session, side: Side) -> tuple[OnceOpen, ...]:
    """Contacts of a lead that an earlier record of this device found open, whatever they read now."""
    now = datetime.now(UTC)
    found = once_open(_past_sweep(each, now) for each in _past_of(session).measured if each.at <= now)
    return tuple(each for each in found if each.contact in CONTACTS_OF[side])


def _past_of(session: Session) -> History:
    """Earlier records, beside the one that is being written; none without a record."""
    if session.record is None:
        return History((), (), ())
    path = session.record.path
    return history(path.parent, serial=session.serial, mode=str(session.mode), besides=path)


def unsteady(readings: tuple[ImpedanceReading, ...], past: History, *, test: tuple[str, str], now: datetime) -> tuple[Unsteady, ...]:
    """Pairs that were measured within the last day with the same pulse and then read quite otherwise: a value where there was none or the
    other way round, or half as much again. A lead does not change so fast; a contact that breaks and touches again does."""
    recent = [each for each in past.measured if each.test == test and timedelta(0) <= now - each.at <= SAME_DAY]
    found = []
    for reading in readings:
        last = next((each for each in recent if reading.name in each.impedance_ohm), None)
        if last is not None and _disagree(last.impedance_ohm[reading.name], reading.impedance_ohm):
            found.append(Unsteady(reading, last.impedance_ohm[reading.name]))
    return tuple(found)


def _disagree(then_ohm: int | None, now_ohm: int | None) -> bool:
    if then_ohm is None or now_ohm is None:
        return then_ohm is not now_ohm
    return abs(now_ohm - then_ohm) >= JUMP * then_ohm


def note(session: Session, found: Judged) -> None:
    """What was advised, for the record. Trouble when the record cannot be written; nothing is armed by a measurement."""
    data = {"compared_with": found.compared, "advice": [_as_data(advice) for advice in found.advice]}
    try:
        session.note("triage", data)
    except RecordLost as error:
        raise Trouble(TroubleKind.RECORD, record_words.lost(str(error), record_words.NOT_SENT)) from error


def _as_data(advice: Advice) -> dict[str, Any]:
    return {
        "finding": str(advice.finding),
        "side": str(advice.side) if advice.side else None,
        "contacts": [str(contact) for contact in advice.contacts],
        "readings": [reading.name for reading in advice.readings],
        "open_before_days": {str(each.contact): each.age_days for each in advice.once},
        "baseline_ohm": {trend.reading.name: trend.baseline.impedance_ohm for trend in advice.trends},
        "threshold_before_ma": amount(advice.threshold.before_ma) if advice.threshold else None,
        "elsewhere_ma": amount(advice.titration.elsewhere_ma) if advice.titration and advice.titration.elsewhere_ma else None,
        "needs_clinician_sign_off": True,
    }


def _past_sweep(measured: Measured, now: datetime) -> PastSweep:
    readings = (_past_reading(name, ohm, measured.verdicts.get(name, "")) for name, ohm in measured.impedance_ohm.items())
    return PastSweep(tuple(reading for reading in readings if reading is not None), (now - measured.at).days)


def _past_reading(name: str, ohm: int | None, found: str) -> ImpedanceReading | None:
    """A reading as recorded; its verdict is found anew from the number, and taken from the record only where there is none."""
    try:
        first, second = (Contact(each) for each in name.split(" to "))
    except ValueError:
        return None
    return ImpedanceReading(first, second, ohm, ohm is None and found == Verdict.OPEN, ohm is None and found == Verdict.SHORT)


def _titrations(past: History, now: datetime) -> list[PastTitration]:
    """Those that say something about the threshold, or the place of the lead, newest first."""
    return [found for each in past.titrated if each.at <= now and (found := _past_titration(each, now)) is not None]


def _speaks(titrated: Titrated) -> bool:
    """One that came to an end by itself says something about the threshold; one that was ended early, only where it was felt."""
    if titrated.ending not in _CLEAR_ENDINGS:
        return titrated.elsewhere_ma is not None and titrated.motor_ma is None
    return (titrated.ending == Ending.THRESHOLD) is bool(titrated.motor_ma)


def _past_titration(titrated: Titrated, now: datetime) -> PastTitration | None:
    if not _speaks(titrated):
        return None
    try:
        side = Side(titrated.side)
        electrodes = Electrodes.parse(titrated.electrodes, side)
    except (ValueError, ElectrodesError):
        return None
    return PastTitration(
        side,
        electrodes,
        titrated.conditions,
        titrated.motor_ma,
        titrated.highest_ma,
        titrated.discomfort_ma is not None,
        (now - titrated.at).days,
        elsewhere_ma=titrated.elsewhere_ma,
        on=titrated.at.date().isoformat(),
        definition=titrated.definition,
    )
