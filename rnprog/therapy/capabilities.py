"""What a connected device says it can do. Owns the shape of that answer and its plausibility; knows no wire format.

Areas have no default on purpose: without the contact area of the implanted lead no charge density can be judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rnprog.therapy.contacts import Contact, Side
from rnprog.therapy.grid import Range
from rnprog.therapy.units import is_plain, to_integer

__all__ = ["Capabilities", "CapabilitiesError", "Range"]

UM2_PER_CM2 = 100_000_000
MV_PER_V = 1000
MOST_CONTACTS_PER_LEAD = 4


class CapabilitiesError(ValueError):
    """A device answer that cannot be right. `reason` is a sentence for the clinician."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Limits and properties of one device, as it reports them. Raises `CapabilitiesError` if they cannot be right."""

    model: str
    amplitude_ma: Range
    pulse_width_us: Range
    rate_hz: Range
    ramp_s: Range
    """For ramp up and ramp down alike."""
    on_s: Range
    off_s: Range
    session_min: Range
    sessions_per_day: Range
    step_limit_ma: Decimal
    """The largest rise of the amplitude set-point in one step that the device accepts."""
    leads: tuple[Side, ...]
    contacts_per_lead: int
    contact_area_cm2: Decimal
    case_area_cm2: Decimal
    compliance_v: Decimal
    interphase_gap_us: int
    charge_density_limit_uc_cm2: Decimal
    """The device's own limit; the limits of `charge` hold besides it."""
    slots: int
    """Number of program slots; they count from 0."""
    lease_s: Decimal | None
    """`None`: the device has no lease, and `run_on_bound_s` applies."""
    run_on_bound_s: Decimal
    """How long test stimulation can outlive a lost link."""
    impedance_test_ma: Decimal
    impedance_test_us: Decimal
    impedance_min_ohm: int
    impedance_max_ohm: int
    has_impedance: bool = True
    has_live_amplitude: bool = True
    has_program_store: bool = True
    ends_bursts: bool = True
    """False: a burst runs until the host ends it."""
    tells_output: bool = True
    """False: it cannot be asked whether anything flows; what it acknowledged is all there is."""
    contacts_per_pole: int = 9
    """At most so many contacts on one pole; 9 is every contact there is."""

    def __post_init__(self) -> None:
        for reason in self._contradictions():
            raise CapabilitiesError(f"The device description cannot be right: {reason}. Do not stimulate.")

    @property
    def contact_area_um2(self) -> int:
        return to_integer(self.contact_area_cm2, UM2_PER_CM2)

    @property
    def case_area_um2(self) -> int:
        return to_integer(self.case_area_cm2, UM2_PER_CM2)

    @property
    def compliance_mv(self) -> int:
        return to_integer(self.compliance_v, MV_PER_V)

    def area_um2(self, contact: Contact) -> int:
        """Area of `contact`, in square micrometres."""
        return self.case_area_um2 if contact is Contact.CASE else self.contact_area_um2

    def _contradictions(self) -> Iterator[str]:
        for name, value in (
            ("step limit", self.step_limit_ma),
            ("contact area", self.contact_area_cm2),
            ("case area", self.case_area_cm2),
            ("compliance voltage", self.compliance_v),
            ("charge density limit", self.charge_density_limit_uc_cm2),
            ("lease", Decimal(1) if self.lease_s is None else self.lease_s),
        ):
            if not is_plain(value) or value <= 0:
                yield f"the {name} must be a number above zero"
        for name, value in (
            ("run-on time", self.run_on_bound_s),
            ("amplitude of the impedance test", self.impedance_test_ma),
            ("pulse width of the impedance test", self.impedance_test_us),
        ):
            if not is_plain(value) or value < 0:
                yield f"the {name} must be a number, not below zero"
        if not 1 <= self.contacts_per_lead <= MOST_CONTACTS_PER_LEAD:
            yield f"a lead has 1 to {MOST_CONTACTS_PER_LEAD} contacts"
        if not self.leads or len(set(self.leads)) != len(self.leads):
            yield "it must name its leads, each once"
        if self.interphase_gap_us < 0 or self.slots < 0:
            yield "the gap between phases and the number of slots cannot be below zero"
        if not 0 <= self.impedance_min_ohm <= self.impedance_max_ohm:
            yield "the impedance range is upside down"
        for name, value, per_unit in (
            ("contact area", self.contact_area_cm2, UM2_PER_CM2),
            ("case area", self.case_area_cm2, UM2_PER_CM2),
            ("compliance voltage", self.compliance_v, MV_PER_V),
        ):
            if (Fraction(value) * per_unit).denominator != 1:
                yield f"the {name} is given more finely than it can be checked"
