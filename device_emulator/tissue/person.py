"""Everything that is assumed about one person: subject, leads, habits. Data; nothing happens here."""

from __future__ import annotations

from dataclasses import dataclass, field

from device_emulator.tissue.habits import Habits
from device_emulator.tissue.leads import Leads, healthy_leads
from device_emulator.tissue.subjects import Subject, subject


@dataclass(frozen=True, slots=True)
class Person:
    """`index`: the subject's number in its cohort, and the seed of all chance about this person."""

    index: int
    cohort: str
    subject: Subject
    leads: Leads
    habits: Habits = field(default_factory=Habits)


def person(index: int, cohort: str = "A") -> Person:
    """Subject `index` with healthy leads."""
    return Person(index, cohort, subject(cohort, index), healthy_leads(index))
