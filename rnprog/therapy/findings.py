"""What the safety check says: violations, cautions and the review that gathers them. Owns these shapes only."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rnprog.therapy.charge import ChargeFigures
from rnprog.therapy.contacts import Side


class Source(StrEnum):
    """Where a bound comes from: one of three parties, a rule of physics or procedure, or what a patient said."""

    PRODUCT = "rnprog"
    DEVICE = "device"
    PATIENT = "patient profile"
    CHARGE = "charge rule"
    COMPLIANCE = "compliance rule"
    IMPEDANCE = "impedance rule"
    LADDER = "step rule"
    REPORT = "report of discomfort"


@dataclass(frozen=True, slots=True)
class _Finding:
    field: str
    """Key of the parameter ("amplitude_ma"), or the name of what was judged ("electrodes")."""
    label: str
    side: Side | None
    """`None`: it concerns the whole program."""
    value: str
    """The offending value with its unit."""
    bound: str
    """The bound with its unit."""
    source: Source
    sentence: str
    """What is wrong and what to do, for a clinician."""


@dataclass(frozen=True, slots=True)
class Violation(_Finding):
    """A bound that is broken: nothing is sent."""


@dataclass(frozen=True, slots=True)
class Caution(_Finding):
    """Allowed, but the clinician should know."""


@dataclass(frozen=True, slots=True)
class Review:
    """Everything found about a program, whether or not it may be sent."""

    violations: tuple[Violation, ...]
    cautions: tuple[Caution, ...]
    figures: Mapping[Side, ChargeFigures]
    """Per stimulated side, for the contact with the highest charge density."""

    @property
    def allowed(self) -> bool:
        return not self.violations


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was approved. Every bound that was broken, in the order of the program."""

    violations: tuple[Violation, ...]
    cautions: tuple[Caution, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(violation.sentence for violation in self.violations)
