"""A profile as a value: what a file says, in the types of therapy. Knows neither TOML nor files; judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.program import Program
from rnprog.therapy.proposals import PatientLimits
from rnprog.therapy.units import Milliamps, plain

UNVERIFIED = "unverified"
"""What stands in place of a source when there is none."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Amplitudes found on one side, in mA."""

    perception_ma: Milliamps | None = None
    """`None`: not found yet."""
    motor_ma: Milliamps | None = None
    """`None`: not found yet."""
    discomfort_ma: Milliamps | None = None
    """`None`: not reached."""

    def as_dict(self) -> dict[str, str | None]:
        """For JSON: decimal strings with the decimals of the amplitude step."""
        return {
            "perception_ma": _ma(self.perception_ma),
            "motor_ma": _ma(self.motor_ma),
            "discomfort_ma": _ma(self.discomfort_ma),
        }


@dataclass(frozen=True, slots=True)
class Validation:
    """Who signed a profile off, when, and against what. Whether it still holds is judged in `signing`."""

    by: str
    on: str
    """Date, year-month-day."""
    limits: str
    """The limits in words."""
    limits_digest: str
    digest: str
    """Of the content that was signed off."""

    def as_dict(self) -> dict[str, str]:
        return {"by": self.by, "on": self.on, "limits": self.limits, "limits_digest": self.limits_digest, "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Origin:
    """Which slot of which implant a profile was read from, and what that held then. Whether it holds that still is asked in `session`."""

    serial: str | None
    """`None`: the device tells none that tells it from others."""
    slot: int
    active: bool
    """Whether it was the slot that the implant ran."""
    revision: int
    """0: the device counts none."""
    checksum: str
    """8 hexadecimal digits."""
    on: str
    """Date, year-month-day."""

    def as_dict(self) -> dict[str, object]:
        """For JSON, under the names of the file."""
        return {
            "serial": self.serial,
            "slot": self.slot,
            "active": self.active,
            "revision": self.revision,
            "checksum": self.checksum,
            "on": self.on,
        }


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile. Its numbers are ordinary decimals, but no range was judged yet."""

    name: str
    title: str
    notes: str
    """Empty: none."""
    state: str
    """Draft or validated: one that was changed after its sign-off is a draft again, whatever its file says."""
    device_model: str
    lead_model: str
    contact_area_cm2: Decimal
    serial: str | None
    """`None`: for any device of the model."""
    patient_code: str | None
    """A pseudonym; `None`: for no one patient."""
    author: str
    created: str
    """Date, year-month-day."""
    program: Program
    limits: PatientLimits
    thresholds: Mapping[Side, Thresholds] = field(default_factory=lambda: MappingProxyType({}))
    """Only the sides on which some were found."""
    record: str | None = None
    """The session record it was made from; `None`: not from one."""
    mode: str | None = None
    """Whether its values come from a device or from an emulator; `None`: from neither, as far as the file tells."""
    validation: Validation | None = None
    """`None`: never signed off. Whether it still holds is said by `state`."""
    origin: Origin | None = None
    """`None`: not read from a device, so no state of one can make it outdated."""
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Per entry ("rate_hz", "left.amplitude_ma") its source, or "unverified"."""

    @property
    def unverified(self) -> tuple[str, ...]:
        """The entries that are marked as unverified, in the order of the file."""
        return tuple(entry for entry, source in self.sources.items() if source == UNVERIFIED)

    def as_dict(self) -> dict[str, object]:
        """For JSON: units in the keys, every dose a decimal string."""
        return {
            "name": self.name,
            "title": self.title,
            "notes": self.notes,
            "state": self.state,
            "device_model": self.device_model,
            "lead_model": self.lead_model,
            "contact_area_cm2": plain(self.contact_area_cm2),
            "serial": self.serial,
            "patient_code": self.patient_code,
            "author": self.author,
            "created": self.created,
            "record": self.record,
            "mode": self.mode,
            "validation": None if self.validation is None else self.validation.as_dict(),
            "origin": None if self.origin is None else self.origin.as_dict(),
            "program": self.program.as_dict(),
            "program_digest": self.program.digest(),
            "max_amplitude_ma": {side.value: _ma(self.limits.highest_ma(side)) for side in Side},
            "thresholds": {side.value: found.as_dict() for side, found in self.thresholds.items()},
            "sources": dict(self.sources),
        }


def _ma(value: Decimal | None) -> str | None:
    return None if value is None else AMPLITUDE.show(value).removesuffix(f" {AMPLITUDE.unit}")
