"""Impedance readings: what a value means, and whether a sweep may be relied on now. It must not know any dose.

Bands, in ohm. None was published for leads on the medial branch; all are `unverified` here:
- 400 to 1500 is normal and more than 4000 is open in sacral nerve stimulation (Urology Times, abnormal impedances);
- below 100 counts as short, and 100 to 400 and 1500 to 4000 as usable with a caution: choices of this project.

What one reading cannot show: whether the readings of a lead are *equalised* (fluid joins the conductors in the connector, see `equalised`),
and whether a reading *drifted* from this patient's own (`trend.py`). Neither blocks by itself.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from statistics import median

from rnprog.therapy.contacts import CONTACTS_OF, Contact, Electrodes

SHORT_BELOW_OHM = 100
NORMAL_FROM_OHM = 400
NORMAL_TO_OHM = 1500
OPEN_ABOVE_OHM = 4000

FRESH_FOR_MS = 10 * 60 * 1000
"""How long a sweep may be relied on. A choice of this project, `unverified` clinically."""


EQUAL_WITHIN_PERCENT = 10
"""Contact-case readings of a lead count as equal when the largest and the smallest differ by at most this share of their median. Two
contacts of a healthy four-contact lead differ by 16 to 20 % (median; brain leads, PMC9095704, figure 5). `unverified` here."""
EQUAL_PAIR_AT_MOST_PERCENT = 110
"""... and when each pair reads at most this share of the mean of its two contact-case readings. Separate contacts add up (nearly 200 %
less the case); through fluid a pair reads the same as its contacts, or next to nothing. A choice of this project, `unverified`."""
EQUAL_CONTACTS_AT_LEAST = 3
"""Two contacts that agree are chance, or a short between them."""

Pair = frozenset[Contact]


class Verdict(StrEnum):
    """Declared from harmless to serious."""

    NORMAL = "normal"
    LOW = "low"
    HIGH = "high"
    DRIFTED = "drifted"
    """Never of one reading alone: see `judged`."""
    EQUALISED = "equalised"
    """Never of one reading alone: see `judged`."""
    UNKNOWN = "unknown"
    SHORT = "short"
    OPEN = "open"


_SEVERITY = {kind: place for place, kind in enumerate(Verdict)}
_FAULT = {Verdict.OPEN: "is open", Verdict.SHORT: "is short-circuited", Verdict.UNKNOWN: "could not be measured"}


class NotUsableKind(StrEnum):
    """Why a sweep cannot be relied on; the first that applies, in this order."""

    MISSING = "missing"
    OTHER_DEVICE = "other device"
    OTHER_SESSION = "other session"
    STALE = "stale"
    NOT_MEASURED = "not measured"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class ImpedanceReading:
    """One measurement between two contacts, in either order."""

    first: Contact
    second: Contact
    impedance_ohm: int | None
    """`None`: no number was obtained; the flags may say why."""
    over_range: bool = False
    """More than the device can measure."""
    under_range: bool = False
    """Less than the device can measure."""

    @property
    def pair(self) -> Pair:
        return frozenset((self.first, self.second))

    @property
    def name(self) -> str:
        return f"{self.first} to {self.second}"


@dataclass(frozen=True, slots=True)
class ImpedanceSweep:
    """The readings of one measurement run, with what ties them to a device and a moment."""

    readings: tuple[ImpedanceReading, ...]
    serial: str
    link_session: int
    taken_at_ms: int
    """On the caller's monotonic clock."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A sweep that may be relied on for an electrode set."""

    impedance_ohm: int
    """The largest among the cathode-anode pairs: the worst case for compliance."""
    verdict: Verdict
    """The most serious verdict among the pairs; normal, low or high."""


@dataclass(frozen=True, slots=True)
class NotUsable:
    reason: str
    """A sentence with what to do."""
    kind: NotUsableKind


def verdict(reading: ImpedanceReading) -> Verdict:
    """What one reading means. Contradictory, missing or negative values are `UNKNOWN`."""
    ohm = reading.impedance_ohm
    if reading.over_range and reading.under_range:
        return Verdict.UNKNOWN
    if reading.over_range:
        return Verdict.OPEN
    if reading.under_range:
        return Verdict.SHORT
    if ohm is None or ohm < 0:
        return Verdict.UNKNOWN
    if ohm > OPEN_ABOVE_OHM:
        return Verdict.OPEN
    if ohm < SHORT_BELOW_OHM:
        return Verdict.SHORT
    if ohm > NORMAL_TO_OHM:
        return Verdict.HIGH
    return Verdict.LOW if ohm < NORMAL_FROM_OHM else Verdict.NORMAL


def blocking(found: Verdict) -> bool:
    """Whether stimulation over this path is refused."""
    return found in (Verdict.OPEN, Verdict.SHORT, Verdict.UNKNOWN)


def contact_verdicts(sweep: ImpedanceSweep) -> dict[Contact, Verdict]:
    """The verdict of each contact that was measured against the case; of several readings, the most serious."""
    return contact_verdicts_of(sweep.readings)


def contact_verdicts_of(readings: Collection[ImpedanceReading]) -> dict[Contact, Verdict]:
    """As `contact_verdicts`, of readings by themselves."""
    found: dict[Contact, Verdict] = {}
    for reading in readings:
        contacts = reading.pair - {Contact.CASE}
        if Contact.CASE in reading.pair and len(contacts) == 1:
            (contact,) = contacts
            earlier = found.get(contact, Verdict.NORMAL)
            found[contact] = max(earlier, verdict(reading), key=_SEVERITY.__getitem__)
    return {contact: found[contact] for contact in Contact if contact in found}


def equalised(readings: Collection[ImpedanceReading]) -> frozenset[Contact]:
    """The contacts whose readings are alike in a way that separate conductors are not: probably fluid in the connector.

    Three or four contacts of a lead, all measured against the case and with each other, none blocked against the case. Source: equalised
    impedances were the commonest abnormality in 26 sacral revisions, four of them managed by drying the connection (PubMed 16979724);
    no criterion in ohm was published. Limits: little fluid, which lowers the readings and leaves them apart, is not found (in the
    emulator's model up to 200 ohm from each conductor to the fluid is, 300 ohm in one case of five; no false alarm in 3000 healthy
    people there); neither is fluid between two contacts only (a low or short pair), nor fluid that reaches the case alone.
    """
    of_pair = {reading.pair: reading for reading in readings}
    found: set[Contact] = set()
    for contacts in CONTACTS_OF.values():
        groups = (set(group) for size in range(len(contacts), EQUAL_CONTACTS_AT_LEAST - 1, -1) for group in combinations(contacts, size))
        found |= next((group for group in groups if _alike(group, of_pair)), set())
    return frozenset(found)


def _alike(group: set[Contact], of_pair: dict[Pair, ImpedanceReading]) -> bool:
    to_case: dict[Contact, int] = {}
    for contact in group:
        ohm = _current_passes(of_pair.get(frozenset((contact, Contact.CASE))))
        if ohm is None:
            return False
        to_case[contact] = ohm
    if (max(to_case.values()) - min(to_case.values())) * 100 > EQUAL_WITHIN_PERCENT * median(to_case.values()):
        return False
    for first, second in combinations(group, 2):
        reading = of_pair.get(frozenset((first, second)))
        if reading is None or verdict(reading) in (Verdict.UNKNOWN, Verdict.OPEN):
            return False
        ohm = reading.impedance_ohm or 0  # under range without a number is next to nothing
        if 2 * ohm * 100 > EQUAL_PAIR_AT_MOST_PERCENT * (to_case[first] + to_case[second]):
            return False
    return True


def _current_passes(reading: ImpedanceReading | None) -> int | None:
    return None if reading is None or blocking(verdict(reading)) else reading.impedance_ohm


def judged(readings: Collection[ImpedanceReading], drifted: Collection[Pair] = ()) -> tuple[Verdict, ...]:
    """The verdict of each reading in the light of the others, and of those that `drifted`. It is never milder than `verdict`, and what
    blocks stays as it is. Two conductors that touch act as one contact, so all their other readings fall: that is the short, no drift."""
    alike = equalised(readings)
    touching = touching_contacts(readings)
    found = []
    for reading in readings:
        alone = verdict(reading)
        if not blocking(alone) and reading.pair & alike and reading.pair <= alike | {Contact.CASE}:
            alone = Verdict.EQUALISED
        elif not blocking(alone) and reading.pair in drifted and not reading.pair & touching:
            alone = Verdict.DRIFTED
        found.append(alone)
    return tuple(found)


def touching_contacts(readings: Collection[ImpedanceReading]) -> frozenset[Contact]:
    """The contacts on a lead whose conductors touch another one, or the case."""
    short = (reading.pair for reading in readings if verdict(reading) is Verdict.SHORT)
    return frozenset(contact for pair in short for contact in pair) - {Contact.CASE}


def usable(sweep: ImpedanceSweep | None, electrodes: Electrodes, *, serial: str, link_session: int, now_ms: int) -> Fresh | NotUsable:
    """Whether `sweep` may be relied on for `electrodes` on this device, in this link session, at `now_ms`.

    It may if it is at most 10 minutes old, has a reading for every cathode-anode pair, and neither those pairs nor a
    used contact (where it was measured against the case) is open, short or unknown.
    """
    if sweep is None:
        reason = "No impedance was measured yet. Measure the impedance of these electrodes first."
        return NotUsable(reason, NotUsableKind.MISSING)
    refusal = _not_ours(sweep, serial, link_session) or _not_fresh(sweep, now_ms)
    if refusal is not None:
        return refusal
    pairs = {frozenset((cathode, anode)) for cathode in electrodes.cathodes for anode in electrodes.anodes}
    readings = [reading for reading in sweep.readings if reading.pair in pairs]
    if not pairs or {reading.pair for reading in readings} != pairs:
        reason = f"The impedance of exactly these electrodes ({electrodes}) was not measured. Measure it now."
        return NotUsable(reason, NotUsableKind.NOT_MEASURED)
    faults = [f"{reading.name} {_FAULT[verdict(reading)]}" for reading in readings if blocking(verdict(reading))]
    for contact, found in contact_verdicts(sweep).items():
        if contact in electrodes.contacts and blocking(found) and frozenset((contact, Contact.CASE)) not in pairs:
            faults.append(f"{contact} to case {_FAULT[found]}")
    if faults:
        listed = ", ".join(faults)
        reason = f"Impedance problem: {listed}. Choose other electrodes or check the lead, then measure again."
        return NotUsable(reason, NotUsableKind.BLOCKED)
    worst = max((verdict(reading) for reading in readings), key=_SEVERITY.__getitem__)
    return Fresh(max(reading.impedance_ohm for reading in readings if reading.impedance_ohm is not None), worst)


def _not_ours(sweep: ImpedanceSweep, serial: str, link_session: int) -> NotUsable | None:
    if sweep.serial != serial:
        reason = "The impedance was measured on another device. Measure it on this one."
        return NotUsable(reason, NotUsableKind.OTHER_DEVICE)
    if sweep.link_session != link_session:
        reason = "The impedance was measured before the link was last opened or stopped. Measure it again."
        return NotUsable(reason, NotUsableKind.OTHER_SESSION)
    return None


def _not_fresh(sweep: ImpedanceSweep, now_ms: int) -> NotUsable | None:
    age_ms = now_ms - sweep.taken_at_ms
    if age_ms < 0:
        reason = "The time of the impedance measurement lies ahead of the clock. Measure it again."
        return NotUsable(reason, NotUsableKind.STALE)
    if age_ms > FRESH_FOR_MS:
        minutes = FRESH_FOR_MS // 60_000
        reason = f"The impedance was measured more than {minutes} minutes ago. Measure it again."
        return NotUsable(reason, NotUsableKind.STALE)
    return None
