"""The rules behind the safety envelope, one function each: what is checked and which sentence says so.

It approves nothing; only `envelope` does. It must not know slots, approvals or titration. Numbers that are finer than
the integers of the charge rules are rounded up before a check, never down, and only for the check.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.charge import (
    CAUTION_DENSITY_UC_CM2,
    CAUTION_K,
    LIMIT_DENSITY_UC_CM2,
    LIMIT_K,
    ChargeFigures,
    ChargeLevel,
    balance_problem,
    charge_pc,
    compliance_problem,
    density_exceeds,
    density_level,
    figures_of,
    highest_compliant_ua,
    longest_pulse_us,
    shannon_level,
)
from rnprog.therapy.contacts import Contact, Electrodes, Side, index_on_lead
from rnprog.therapy.findings import Caution, Source, Violation
from rnprog.therapy.grid import Range
from rnprog.therapy.impedance import NORMAL_FROM_OHM, NORMAL_TO_OHM, ImpedanceSweep, NotUsable, Verdict, usable
from rnprog.therapy.parameters import AMPLITUDE, PULSE_WIDTH, Parameter
from rnprog.therapy.program import ELECTRODES_KEY
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, plain

UA_PER_MA = 1000
MHZ_PER_HZ = 1000
_ELECTRODES_LABEL = "Electrodes"


@dataclass(frozen=True, slots=True)
class Dose:
    """What one side would receive."""

    side: Side
    electrodes: Electrodes
    amplitude_ma: Milliamps
    pulse_width_us: Microseconds
    rate_hz: Hertz

    @property
    def amplitude_ua(self) -> int:
        return _at_least(self.amplitude_ma, UA_PER_MA)

    @property
    def width_us(self) -> int:
        return _at_least(self.pulse_width_us, 1)

    @property
    def phase_pc(self) -> int:
        """Charge of one phase in pC."""
        return charge_pc(max(self.amplitude_ua, 0), max(self.width_us, 0))


@dataclass(frozen=True, slots=True)
class Gate:
    """The impedance at hand and the moment at which it is judged."""

    sweep: ImpedanceSweep | None
    serial: str
    link_session: int
    now_ms: int


def range_findings(parameter: Parameter, value: Decimal, device: Range, side: Side | None = None) -> Iterator[Violation]:
    """The ranges of rnprog and of the device; the dose has to satisfy both."""
    name = _name(parameter.label, side)
    shown = parameter.show(value)
    for source, owner, allowed in ((Source.PRODUCT, "rnprog", parameter.range), (Source.DEVICE, "the device", device)):
        for problem in allowed.problems(value, parameter.unit):
            sentence = f"{name} {shown} {problem.text}, the limit of {owner}. {problem.advice}"
            yield Violation(parameter.key, parameter.label, side, shown, problem.bound, source, sentence)


def patient_findings(dose: Dose, highest_ma: Milliamps | None) -> Iterator[Violation]:
    """The highest amplitude that the patient profile allows on this side; `None`: it sets none."""
    if highest_ma is None or dose.amplitude_ma <= highest_ma:
        return
    shown, highest = AMPLITUDE.show(dose.amplitude_ma), AMPLITUDE.show(highest_ma)
    sentence = (
        f"{_name(AMPLITUDE.label, dose.side)} {shown} is above {highest}, the limit of the patient profile. Choose {highest} or less."
    )
    yield Violation(AMPLITUDE.key, AMPLITUDE.label, dose.side, shown, f"at most {highest}", Source.PATIENT, sentence)


def electrode_findings(side: Side, electrodes: Electrodes, capabilities: Capabilities) -> Iterator[Violation]:
    """Whether the set makes sense on this side, and whether the device has these contacts."""
    shown = str(electrodes)
    problem = electrodes.problem(side)
    if problem is not None:
        bound = f"a cathode and an anode on the {side} lead"
        sentence = f"{side.label} electrodes: {problem}"
        yield Violation(ELECTRODES_KEY, _ELECTRODES_LABEL, side, shown, bound, Source.PRODUCT, sentence)
    if side not in capabilities.leads:
        bound = f"leads: {', '.join(capabilities.leads)}"
        sentence = f"This device has no {side} lead. Leave the {side} side without stimulation."
        yield Violation(ELECTRODES_KEY, _ELECTRODES_LABEL, side, shown, bound, Source.DEVICE, sentence)
    absent = [c for c in electrodes.contacts if (index_on_lead(c) or 0) >= capabilities.contacts_per_lead]
    if absent:
        bound = f"{capabilities.contacts_per_lead} contacts on each lead"
        sentence = f"{side.label} electrodes: this device has no contact {', '.join(absent)}. Choose other contacts."
        yield Violation(ELECTRODES_KEY, _ELECTRODES_LABEL, side, shown, bound, Source.DEVICE, sentence)
    most = capabilities.contacts_per_pole
    if max(len(electrodes.cathodes), len(electrodes.anodes)) > most:
        bound = f"at most {most} on each pole"
        sentence = f"{side.label} electrodes: this device drives at most {most} contact on each pole, not {shown}. Choose fewer contacts."
        yield Violation(ELECTRODES_KEY, _ELECTRODES_LABEL, side, shown, bound, Source.DEVICE, sentence)


def worst_figures(dose: Dose, capabilities: Capabilities) -> ChargeFigures:
    """The charge figures on the smallest area used: the one with the highest density."""
    smallest = min(_areas(dose, capabilities), key=lambda named: named[1])
    return figures_of(dose.phase_pc, Decimal(smallest[1]).scaleb(-8))


def charge_findings(dose: Dose, capabilities: Capabilities) -> Iterator[Violation | Caution]:
    """Charge density and k on both poles, each kind of area by itself; the device's own density limit as well."""
    phase_pc = dose.phase_pc
    for place, area_um2 in _areas(dose, capabilities):
        numbers = figures_of(phase_pc, Decimal(area_um2).scaleb(-8))
        density = f"{numbers.density_uc_cm2:.2f} uC/cm2"
        k = "none" if numbers.shannon_k is None else f"{numbers.shannon_k:.3f}"
        density_at, k_at = density_level(phase_pc, area_um2), shannon_level(phase_pc, area_um2)
        density_name = f"{dose.side.label} charge density {density} on {place}"
        k_name = f"{dose.side.label} Shannon value k {k} on {place}"
        act = "Lower the amplitude or the pulse width."
        if density_at is ChargeLevel.REFUSED:
            limit = f"{LIMIT_DENSITY_UC_CM2} uC/cm2"
            sentence = f"{density_name} is above {limit}. {act}"
            yield _charge_violation(dose, density, f"at most {limit}", Source.CHARGE, sentence)
        if k_at is ChargeLevel.REFUSED:
            sentence = f"{k_name} is above {LIMIT_K}, where tissue may be harmed. {act}"
            yield _charge_violation(dose, f"k {k}", f"k at most {LIMIT_K}", Source.CHARGE, sentence)
        if density_exceeds(phase_pc, area_um2, capabilities.charge_density_limit_uc_cm2):
            limit = f"{plain(capabilities.charge_density_limit_uc_cm2)} uC/cm2"
            sentence = f"{density_name} is above {limit}, the limit of the device. {act}"
            yield _charge_violation(dose, density, f"at most {limit}", Source.DEVICE, sentence)
        note = "Allowed; use no more than is needed."
        if density_at is ChargeLevel.CAUTION:
            limit = f"{CAUTION_DENSITY_UC_CM2} uC/cm2"
            sentence = f"{density_name} has reached {limit}. {note}"
            yield _charge_caution(dose, density, f"below {limit}", sentence)
        if k_at is ChargeLevel.CAUTION:
            sentence = f"{k_name} has reached {CAUTION_K}. {note}"
            yield _charge_caution(dose, f"k {k}", f"k below {CAUTION_K}", sentence)


def balance_findings(dose: Dose, capabilities: Capabilities) -> Iterator[Violation]:
    """Whether a symmetric pulse of this width fits the period; the second phase mirrors the first."""
    rate_mhz = _at_least(dose.rate_hz, MHZ_PER_HZ)
    amplitude_ua, width_us, gap_us = dose.amplitude_ua, dose.width_us, capabilities.interphase_gap_us
    problem = balance_problem(amplitude_ua, width_us, amplitude_ua, width_us, gap_us, rate_mhz)
    if problem is not None:
        bound = f"whole pulse at most {longest_pulse_us(rate_mhz)} us" if rate_mhz > 0 else "rate above 0 Hz"
        sentence = f"{dose.side.label} side: {problem}"
        shown = PULSE_WIDTH.show(dose.pulse_width_us)
        yield Violation(PULSE_WIDTH.key, PULSE_WIDTH.label, dose.side, shown, bound, Source.CHARGE, sentence)


def impedance_findings(dose: Dose, gate: Gate, capabilities: Capabilities) -> Iterator[Violation | Caution]:
    """The impedance gate, and with a usable impedance the compliance rule."""
    found = usable(gate.sweep, dose.electrodes, serial=gate.serial, link_session=gate.link_session, now_ms=gate.now_ms)
    side, label = dose.side, "Impedance"
    if isinstance(found, NotUsable):
        reason = found.reason
        if not capabilities.has_impedance:
            reason = "This device cannot measure impedance, and without it rnprog does not stimulate."
        bound = "a fresh, usable impedance of these electrodes"
        sentence = f"{side.label} side: {reason}"
        yield Violation("impedance", label, side, found.kind.value, bound, Source.IMPEDANCE, sentence)
        return
    shown = f"{found.impedance_ohm} ohm"
    if found.verdict is not Verdict.NORMAL:
        bound = f"{NORMAL_FROM_OHM} to {NORMAL_TO_OHM} ohm"
        sentence = f"{side.label} impedance {shown} is {found.verdict}; usual is {bound}. Allowed; watch the response."
        yield Caution("impedance", label, side, shown, bound, Source.IMPEDANCE, sentence)
    problem = compliance_problem(dose.amplitude_ua, found.impedance_ohm, capabilities.compliance_mv)
    if problem is not None:
        highest_ma = Decimal(highest_compliant_ua(found.impedance_ohm, capabilities.compliance_mv)).scaleb(-3)
        bound = f"at most {plain(highest_ma)} mA at {shown}"
        value = AMPLITUDE.show(dose.amplitude_ma)
        sentence = f"{side.label} side: {problem}"
        yield Violation(AMPLITUDE.key, AMPLITUDE.label, side, value, bound, Source.COMPLIANCE, sentence)


def _areas(dose: Dose, capabilities: Capabilities) -> tuple[tuple[str, int], ...]:
    """The kinds of contact used on either pole, with their area; one contact is assumed to carry all of the charge."""
    contacts = dose.electrodes.contacts
    areas = []
    if Contact.CASE in contacts:
        areas.append(("the case", capabilities.case_area_um2))
    if set(contacts) != {Contact.CASE}:
        areas.append(("a contact", capabilities.contact_area_um2))
    return tuple(areas)


def _charge_violation(dose: Dose, value: str, bound: str, source: Source, sentence: str) -> Violation:
    return Violation("charge", "Charge", dose.side, value, bound, source, sentence)


def _charge_caution(dose: Dose, value: str, bound: str, sentence: str) -> Caution:
    return Caution("charge", "Charge", dose.side, value, bound, Source.CHARGE, sentence)


def _at_least(value: Decimal, per_unit: int) -> int:
    """`value` in the smaller unit, the next integer up if it is not exact."""
    return ceil(Fraction(value) * per_unit)


def _name(label: str, side: Side | None) -> str:
    return label if side is None else f"{side.label} {label.lower()}"
