"""What a triage can find, what each finding rests on, and where its rule comes from. The rules themselves are in `triage.py`.

NEEDS CLINICIAN SIGN-OFF: see there. What is said about a finding is in `session/wording`.
"""

from dataclasses import dataclass
from enum import StrEnum

from rnprog.therapy.contacts import Contact, Side
from rnprog.therapy.impedance import ImpedanceReading
from rnprog.therapy.trend import OnceOpen, PastTitration, ThresholdTrend, Trend


class Finding(StrEnum):
    """Declared in the order in which they are told: the gravest first."""

    LEAD_OPEN = "lead open"
    """Every contact of a lead is open or high against the case, at least one of them open."""
    LEAD_HIGH = "lead high"
    """Every contact of a lead is high, none open."""
    CASE = "case"
    """Every contact of a lead is open or high against the case, though pairs on the lead are neither."""
    EQUALISED = "equalised"
    SHORT = "short"
    CONTACT_OPEN = "contact open"
    LOOSE = "loose"
    """Open in one reading and not in another, as a conductor makes it that breaks and touches again."""
    ONCE_OPEN = "open before"
    """Open at an earlier measurement, not long ago, though current passes now: `loose` over more than one measurement."""
    UNKNOWN = "unknown"
    ROSE = "rose"
    FELL = "fell"
    CONTACT_HIGH = "contact high"
    CONTACT_LOW = "contact low"
    WRONG_PLACE = "felt in the wrong place"
    """With impedances in order: the field sign of a lead that moved."""
    THRESHOLD_JUMPED = "threshold jumped"
    """With impedances in order: the lead may have moved."""
    THRESHOLD_AND_FAULT = "threshold jumped, and a fault"
    """The fault comes first: it may explain the threshold."""
    TITRATION_AND_FAULT = "titration odd, and a fault"
    """Felt in the wrong place, or not reached, and a fault that comes first: it may explain this too."""
    NOT_REACHED = "contraction not reached"
    """With impedances in order, and no earlier threshold that would make it a jump."""
    NOTHING = "nothing found"


class Source(StrEnum):
    """What a rule was drawn from. None is about the multifidus."""

    SACRAL_BANDS = "sacral leads: 400-1500 ohm normal, above 4000 open, low when wires touch or are wet (Urology Times)"
    SACRAL_REVISIONS = "26 sacral revisions: equalised impedances commonest; 5 of 26 with normal impedance (PubMed 16979724)"
    BRAIN_DRIFT = "1764 brain leads: large changes, mostly stable by about 6 months (PMC5876470)"
    BRAIN_SPREAD = "94 people with brain leads: 141 ohm spread within a contact (Cheung 2013, Brain Stimulation 6:746)"
    INTEGRITY = "brain leads: readings can be falsely high; judge by the integrity test, generator first, then lead (tohm.372)"
    MIGRATION = "spinal cord: stimulation of the wrong region with normal impedance; X-ray confirms (a patient's account; rapm-2023-104347)"
    USE = "42 people, 5 years: lower use went with non-response, cause not determined (PubMed 40813075)"
    PROJECT = "a choice of this project"


SOURCES: dict[Finding, tuple[Source, ...]] = {
    Finding.LEAD_OPEN: (Source.SACRAL_BANDS, Source.INTEGRITY),
    Finding.LEAD_HIGH: (Source.SACRAL_BANDS, Source.INTEGRITY),
    Finding.CASE: (Source.INTEGRITY, Source.PROJECT),
    Finding.EQUALISED: (Source.SACRAL_REVISIONS, Source.PROJECT),
    Finding.SHORT: (Source.SACRAL_BANDS, Source.PROJECT),
    Finding.CONTACT_OPEN: (Source.SACRAL_BANDS, Source.INTEGRITY),
    Finding.LOOSE: (Source.INTEGRITY, Source.PROJECT),
    Finding.ONCE_OPEN: (Source.INTEGRITY, Source.PROJECT),
    Finding.UNKNOWN: (Source.PROJECT,),
    Finding.ROSE: (Source.BRAIN_DRIFT, Source.BRAIN_SPREAD),
    Finding.FELL: (Source.BRAIN_DRIFT, Source.BRAIN_SPREAD),
    Finding.CONTACT_HIGH: (Source.SACRAL_BANDS, Source.PROJECT),
    Finding.CONTACT_LOW: (Source.SACRAL_BANDS, Source.PROJECT),
    Finding.WRONG_PLACE: (Source.MIGRATION, Source.PROJECT),
    Finding.THRESHOLD_JUMPED: (Source.SACRAL_REVISIONS, Source.MIGRATION, Source.PROJECT),
    Finding.THRESHOLD_AND_FAULT: (Source.SACRAL_REVISIONS, Source.PROJECT),
    Finding.TITRATION_AND_FAULT: (Source.SACRAL_REVISIONS, Source.PROJECT),
    Finding.NOT_REACHED: (Source.SACRAL_REVISIONS, Source.PROJECT),
    Finding.NOTHING: (Source.SACRAL_REVISIONS, Source.USE),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """One finding, and what it rests on."""

    finding: Finding
    side: Side | None
    """`None`: it concerns the whole system."""
    contacts: tuple[Contact, ...] = ()
    """Those that stand out against the case, in order."""
    readings: tuple[ImpedanceReading, ...] = ()
    """What it rests on."""
    trends: tuple[Trend, ...] = ()
    """What is known of the past of these readings."""
    threshold: ThresholdTrend | None = None
    """`None`: not about a titration, or with nothing to compare it with."""
    titration: PastTitration | None = None
    """The titration it is about; `None`: not about one."""
    once: tuple[OnceOpen, ...] = ()
    """When each of `contacts` was last open. Empty: not about the past."""

    @property
    def sources(self) -> tuple[Source, ...]:
        return SOURCES[self.finding]
