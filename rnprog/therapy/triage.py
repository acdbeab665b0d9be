"""Which fault the readings point to. A table of rules, each with its sources; what is said about a finding is in `session/wording`.

NEEDS CLINICIAN SIGN-OFF. The rules are a synthesis from sacral, brain and spinal cord stimulation, made by this project; none was published
for leads on the medial branch, and no clinician has signed it. A finding names what is likely, never what is certain: an X-ray or an
operation decides. Everything a rule relies on is in the finding, so that a person can judge it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rnprog.therapy.advice import SOURCES, Advice, Finding, Source
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Side, in_order, lead_of
from rnprog.therapy.impedance import ImpedanceReading, Pair, Verdict, contact_verdicts_of, equalised, judged, verdict
from rnprog.therapy.trend import OnceOpen, PastTitration, ThresholdTrend, Trend

__all__ = ["SOURCES", "Advice", "Finding", "Source", "triage", "triage_of_titration"]


_ORDER = {finding: place for place, finding in enumerate(Finding)}


def triage(
    readings: Sequence[ImpedanceReading],
    trends: Mapping[Pair, Trend],
    thresholds: Mapping[Side, ThresholdTrend],
    newest: Mapping[Side, PastTitration] | None = None,
    once: Collection[OnceOpen] = (),
) -> tuple[Advice, ...]:
    """Everything that stands out on the leads that were measured, the gravest first; `NOTHING`, alone, when nothing does. `newest`: the
    newest titration of a side that came to an end by itself, for a side without a threshold trend. `once`: contacts that were open at
    an earlier measurement."""
    alone = newest or {}
    sides = {side for reading in readings for side in map(lead_of, reading.pair) if side is not None}
    found = [
        advice
        for side in Side
        if side in sides
        for advice in _lead(_Lead.of(side, readings, trends, once), thresholds.get(side), alone.get(side))
    ]
    return _gravest_first(found) or (Advice(Finding.NOTHING, None),)


def triage_of_titration(
    newest: PastTitration,
    readings: Sequence[ImpedanceReading],
    trends: Mapping[Pair, Trend],
    threshold: ThresholdTrend | None,
    *,
    searched: bool,
    once: Collection[OnceOpen] = (),
) -> tuple[Advice, ...]:
    """What stands out after a titration, the gravest first: faults of the contacts it used, and what it says of the place of the lead.
    Empty when nothing does. `threshold`: `newest` against earlier ones, if there are any; `searched`: it came to an end by itself."""
    faults = [advice for advice in _faults(_Lead.of(newest.side, readings, trends, once)) if _touches(advice, newest)]
    return _gravest_first([*faults, *_of_titration(newest, threshold, faults, searched=searched)])


def _gravest_first(found: Iterable[Advice]) -> tuple[Advice, ...]:
    return tuple(sorted(found, key=lambda advice: _ORDER[advice.finding]))


@dataclass(frozen=True, slots=True)
class _Lead:
    side: Side
    judged: tuple[tuple[ImpedanceReading, Verdict], ...]
    contacts: Mapping[Contact, Verdict]
    """Against the case."""
    alike: frozenset[Contact]
    trends: Mapping[Pair, Trend]
    once: tuple[OnceOpen, ...]

    @classmethod
    def of(cls, side: Side, readings: Sequence[ImpedanceReading], trends: Mapping[Pair, Trend], once: Collection[OnceOpen]) -> "_Lead":
        own = [reading for reading in readings if reading.pair & set(CONTACTS_OF[side])]
        verdicts = judged(own, {pair for pair, trend in trends.items() if trend.drifted})
        return cls(side, tuple(zip(own, verdicts, strict=True)), contact_verdicts_of(own), equalised(own), trends, tuple(once))

    @property
    def every(self) -> list[ImpedanceReading]:
        return [reading for reading, _ in self.judged]

    def readings(self, *wanted: Verdict) -> list[ImpedanceReading]:
        return [reading for reading, found in self.judged if found in wanted]

    def with_verdict(self, *wanted: Verdict) -> frozenset[Contact]:
        return frozenset(contact for contact, found in self.contacts.items() if found in wanted)

    def advice(self, finding: Finding, contacts: Iterable[Contact], readings: Iterable[ImpedanceReading]) -> Advice:
        rests_on = tuple(readings)
        known = tuple(self.trends[reading.pair] for reading in rests_on if reading.pair in self.trends)
        return Advice(finding, self.side, in_order(frozenset(contacts)), rests_on, known)


def _lead(lead: _Lead, threshold: ThresholdTrend | None, alone: PastTitration | None) -> list[Advice]:
    found = _faults(lead)
    newest = threshold.newest if threshold is not None else alone
    return found if newest is None else [*found, *_of_titration(newest, threshold, found, searched=True)]


def _faults(lead: _Lead) -> list[Advice]:
    whole = _whole_lead(lead)
    if whole is not None:
        return [whole]
    return [*_single_opens(lead), *_once_open(lead), *_wet_or_short(lead), *_drifts(lead), *_outside_band(lead)]


def _touches(advice: Advice, titration: PastTitration) -> bool:
    """By the contacts that stand out; by the pairs where none does."""
    odd = frozenset(advice.contacts) or frozenset(contact for reading in advice.readings for contact in reading.pair)
    return bool(odd & _used(titration))


def _used(titration: PastTitration) -> frozenset[Contact]:
    return frozenset(titration.electrodes.contacts) - {Contact.CASE}


def _of_titration(newest: PastTitration, threshold: ThresholdTrend | None, faults: list[Advice], *, searched: bool) -> list[Advice]:
    """At most one: the wrong place says more than a jump, and a jump more than a search in vain."""
    if newest.elsewhere_ma is not None:
        finding = Finding.WRONG_PLACE
    elif threshold is not None and threshold.jumped:
        finding = Finding.THRESHOLD_JUMPED
    elif searched and newest.motor_ma is None:
        finding = Finding.NOT_REACHED
    else:
        return []
    if any(_touches(advice, newest) for advice in faults):
        finding = Finding.THRESHOLD_AND_FAULT if finding is Finding.THRESHOLD_JUMPED else Finding.TITRATION_AND_FAULT
    return [Advice(finding, newest.side, in_order(_used(newest)), threshold=threshold, titration=newest)]


def _whole_lead(lead: _Lead) -> Advice | None:
    """High on all contacts of a lead: connector or fracture; unless current passes from contact to contact."""
    opened, high = lead.with_verdict(Verdict.OPEN), lead.with_verdict(Verdict.HIGH, Verdict.OPEN)
    if len(lead.contacts) < 2 or high != lead.contacts.keys():
        return None
    to_case = [reading for reading, _ in lead.judged if Contact.CASE in reading.pair]
    within = [verdict(reading) for reading, _ in lead.judged if Contact.CASE not in reading.pair]
    if any(found in (Verdict.NORMAL, Verdict.LOW, Verdict.SHORT) for found in within):
        return lead.advice(Finding.CASE, high, to_case)
    return lead.advice(Finding.LEAD_OPEN if opened else Finding.LEAD_HIGH, high, to_case)


def _single_opens(lead: _Lead) -> list[Advice]:
    """High on one contact: leave it out."""
    opened = lead.with_verdict(Verdict.OPEN)
    passes = [reading for reading, _ in lead.judged if verdict(reading) not in (Verdict.OPEN, Verdict.UNKNOWN)]
    loose = frozenset(contact for contact in opened if any(contact in reading.pair for reading in passes))
    pairs = _besides(opened, lead.readings(Verdict.OPEN))
    often = frozenset(contact for contact in lead.contacts if sum(contact in reading.pair for reading in pairs) > 1)
    found = []
    if opened - loose:
        found.append(lead.advice(Finding.CONTACT_OPEN, opened - loose, _to_case(opened - loose, lead.readings(Verdict.OPEN))))
    if loose or pairs:
        of_loose = [reading for reading, _ in lead.judged if reading.pair & loose]
        found.append(lead.advice(Finding.LOOSE, loose | often, [*of_loose, *pairs]))
    unknown = lead.readings(Verdict.UNKNOWN)
    if unknown:
        found.append(lead.advice(Finding.UNKNOWN, lead.with_verdict(Verdict.UNKNOWN), unknown))
    return found


def _once_open(lead: _Lead) -> list[Advice]:
    """Open at an earlier measurement and passing now. A contact without a number now is told as that."""
    passing = lead.contacts.keys() - lead.with_verdict(Verdict.OPEN, Verdict.UNKNOWN)
    once = tuple(each for each in lead.once if each.contact in passing)
    contacts = frozenset(each.contact for each in once)
    return [replace(lead.advice(Finding.ONCE_OPEN, contacts, _to_case(contacts, lead.every)), once=once)] if once else []


def _wet_or_short(lead: _Lead) -> list[Advice]:
    """Low or equal between contacts: fluid or short."""
    found = []
    if lead.alike:
        alike = [reading for reading, _ in lead.judged if reading.pair & lead.alike and reading.pair <= lead.alike | {Contact.CASE}]
        found.append(lead.advice(Finding.EQUALISED, lead.alike, alike))
    short = [reading for reading in lead.readings(Verdict.SHORT) if not reading.pair <= lead.alike]
    if short:
        touching = frozenset(contact for reading in short for contact in reading.pair) - {Contact.CASE}
        found.append(lead.advice(Finding.SHORT, touching, short))
    return found


def _drifts(lead: _Lead) -> list[Advice]:
    """Beyond the patient's own band, and not explained by a broken, short-circuited or wet conductor."""
    drifted = _besides(_explained(lead), lead.readings(Verdict.DRIFTED))
    to_case, told = _told(drifted)
    found = []
    for finding, rose in ((Finding.ROSE, True), (Finding.FELL, False)):
        moved = [reading for reading in told if ((lead.trends[reading.pair].change_percent or 0) > 0) is rose]
        if moved:
            found.append(lead.advice(finding, to_case & {contact for reading in moved for contact in reading.pair}, moved))
    return found


def _outside_band(lead: _Lead) -> list[Advice]:
    """Usable with caution, as it has always been for this patient, or with no past to compare with."""
    found = []
    for finding, of_band in ((Finding.CONTACT_HIGH, Verdict.HIGH), (Finding.CONTACT_LOW, Verdict.LOW)):
        contacts, told = _told(_besides(_explained(lead), lead.readings(of_band)))
        if told:
            found.append(lead.advice(finding, contacts, told))
    return found


def _told(readings: Sequence[ImpedanceReading]) -> tuple[frozenset[Contact], list[ImpedanceReading]]:
    """The contacts that stand out against the case, and what to tell: their pairs follow from them."""
    contacts = frozenset(contact for reading in readings if Contact.CASE in reading.pair for contact in reading.pair) - {Contact.CASE}
    return contacts, [reading for reading in readings if Contact.CASE in reading.pair or not reading.pair & contacts]


def _explained(lead: _Lead) -> frozenset[Contact]:
    """Contacts whose odd readings need no second explanation."""
    short = frozenset(contact for reading in lead.readings(Verdict.SHORT) for contact in reading.pair) - {Contact.CASE}
    return lead.with_verdict(Verdict.OPEN, Verdict.UNKNOWN) | short | lead.alike


def _to_case(contacts: frozenset[Contact], readings: Iterable[ImpedanceReading]) -> list[ImpedanceReading]:
    return [reading for reading in readings if Contact.CASE in reading.pair and reading.pair & contacts]


def _besides(contacts: frozenset[Contact], readings: Iterable[ImpedanceReading]) -> list[ImpedanceReading]:
    """Readings that none of these contacts takes part in."""
    return [reading for reading in readings if not reading.pair & contacts]
