"""Charge, charge density, charge balance and compliance: every formula of the safety limits, with its source.

All decisions are taken in integers (uA, us, pC, um2, ohm, mV); a `float` only displays k. It must not know programs,
devices or patients.

Formulas: Q = I * PW; D = Q / A; k = log10(Q * D) = log10(Q^2 / A), with Q in uC and A in cm2.

Sources:
- Shannon 1992, as reported by Wikipedia, "Shannon criteria": tissue damage was seen from k = 1.85. The data are cat
  cortex, about 7 h, 50 pulses a second, 400 us pulses, discs of 1 mm2 or more.
- Cogan et al. 2016 (PMC5386002): the criterion leaves out rate, duty cycle and time of exposure. It is therefore used
  as a ceiling here, never as a proof of safety.
- 30 uC/cm2: Boston Scientific's Vercise programmer warns above it (manualslib.mx/manual/109601, p. 39).
- k 1.5 and 1.75, 20 uC/cm2, 85 % of the compliance voltage and 90 % of the period are choices of this project,
  `unverified` clinically. None of the figures was established for the multifidus or the medial branch.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rnprog.therapy.units import Microseconds, Milliamps, to_integer

PC_PER_UC = 1_000_000
UM2_PER_CM2 = 100_000_000
UA_PER_MA = 1000

CAUTION_DENSITY_UC_CM2 = 20
LIMIT_DENSITY_UC_CM2 = 30
CAUTION_K = Decimal("1.5")
LIMIT_K = Decimal("1.75")

USABLE_COMPLIANCE_PERCENT = 85
USABLE_PERIOD_PERCENT = 90
_US_MHZ_PER_PERIOD = 1_000_000_000
"""Pulse period in us times rate in mHz."""

_UM2_PC2 = PC_PER_UC**2 // UM2_PER_CM2
"""Q^2/A in uC^2/cm2 is (pC^2/um2) divided by this."""


class ChargeLevel(StrEnum):
    ACCEPTABLE = "acceptable"
    CAUTION = "caution"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ChargeFigures:
    """For display; decisions are taken by `density_level` and `shannon_level`."""

    charge_uc: Decimal
    density_uc_cm2: Decimal
    shannon_k: float | None
    """`None`: no charge, so k is not defined."""


def charge_pc(amplitude_ua: int, width_us: int) -> int:
    """Charge of one phase in pC, exactly: 1 uA for 1 us is 1 pC."""
    return amplitude_ua * width_us


def figures(amplitude_ma: Milliamps, width_us: Microseconds, area_cm2: Decimal, contacts_in_parallel: int = 1) -> ChargeFigures:
    """Charge figures of one phase on one contact of `area_cm2` (above 0).

    Contacts in parallel share the current in unknown parts, so no sharing is assumed: the whole charge is put on one
    contact, whatever `contacts_in_parallel` (at least 1). That overstates the density and errs on the safe side.
    Raises `UnitError` if a dose is finer than 1 uA or 1 us, `ValueError` for no contact or no area.
    """
    if contacts_in_parallel < 1 or area_cm2 <= 0:
        raise ValueError("Charge density needs at least one contact with an area above zero.")
    return figures_of(charge_pc(to_integer(amplitude_ma, UA_PER_MA), to_integer(width_us, 1)), area_cm2)


def figures_of(phase_pc: int, area_cm2: Decimal) -> ChargeFigures:
    """The same figures from a charge in pC (0 or more)."""
    charge_uc = Decimal(phase_pc).scaleb(-6)
    density_uc_cm2 = charge_uc / area_cm2
    shannon_k = math.log10(charge_uc * density_uc_cm2) if phase_pc else None
    return ChargeFigures(charge_uc, density_uc_cm2, shannon_k)


def density_level(phase_pc: int, area_um2: int) -> ChargeLevel:
    """Caution from 20 uC/cm2 on, refused above 30 uC/cm2."""
    if density_exceeds(phase_pc, area_um2, Decimal(LIMIT_DENSITY_UC_CM2)):
        return ChargeLevel.REFUSED
    reached = phase_pc * UM2_PER_CM2 >= CAUTION_DENSITY_UC_CM2 * PC_PER_UC * area_um2
    return ChargeLevel.CAUTION if reached else ChargeLevel.ACCEPTABLE


def density_exceeds(phase_pc: int, area_um2: int, limit_uc_cm2: Decimal) -> bool:
    """Whether the charge density is above `limit_uc_cm2`, compared exactly."""
    numerator, denominator = limit_uc_cm2.as_integer_ratio()
    return phase_pc * UM2_PER_CM2 * denominator > numerator * PC_PER_UC * area_um2


def shannon_level(phase_pc: int, area_um2: int) -> ChargeLevel:
    """Caution from k = 1.5 on, refused above k = 1.75.

    Exact in integers: k > 7/4 is (Q^2/A)^4 > 10^7, and k >= 3/2 is (Q^2/A)^2 >= 10^3, so no rounded power of ten is
    needed.
    """
    squared, area = phase_pc**2, _UM2_PC2 * area_um2
    if squared**4 > 10**7 * area**4:
        return ChargeLevel.REFUSED
    return ChargeLevel.CAUTION if squared**2 >= 10**3 * area**2 else ChargeLevel.ACCEPTABLE


def balance_problem(first_ua: int, first_us: int, second_ua: int, second_us: int, gap_us: int, rate_mhz: int) -> str | None:
    """Why a biphasic pulse is not balanced or does not fit its period, as a sentence; `None` if it is fine.

    Both phases must carry the same charge to the last pC, and both phases with the gap may fill 90 % of the period.
    """
    if rate_mhz <= 0:
        return "The pulse rate must be above zero."
    first_pc, second_pc = charge_pc(first_ua, first_us), charge_pc(second_ua, second_us)
    problems = []
    if first_pc != second_pc:
        problems.append(
            f"The two phases of the pulse carry different charge ({_uc(first_pc)} and {_uc(second_pc)} uC). "
            "Choose equal charge in both phases."
        )
    length_us = first_us + gap_us + second_us
    if length_us * rate_mhz * 100 > USABLE_PERIOD_PERCENT * _US_MHZ_PER_PERIOD:
        longest_us = longest_pulse_us(rate_mhz)
        problems.append(
            f"One whole pulse lasts {length_us} us, but at this rate it may last {longest_us} us at most. "
            "Choose a lower rate or a shorter pulse width."
        )
    return " ".join(problems) or None


def longest_pulse_us(rate_mhz: int) -> int:
    """The longest whole pulse (both phases and the gap) that fits at `rate_mhz` (above 0), in whole us."""
    return USABLE_PERIOD_PERCENT * _US_MHZ_PER_PERIOD // (100 * rate_mhz)


def compliance_problem(amplitude_ua: int, impedance_ohm: int, compliance_mv: int) -> str | None:
    """Why the device may not be able to drive this current, as a sentence; `None` if I * Z <= 85 % of its voltage."""
    if amplitude_ua * impedance_ohm * 100 <= USABLE_COMPLIANCE_PERCENT * compliance_mv * 1000:
        return None
    highest_ua = highest_compliant_ua(impedance_ohm, compliance_mv)
    return (
        f"At the measured {impedance_ohm} ohm the device can be relied on for {_ma(highest_ua)} mA at most, "
        f"not for {_ma(amplitude_ua)} mA. Choose a lower amplitude or other electrodes."
    )


def highest_compliant_ua(impedance_ohm: int, compliance_mv: int) -> int:
    """The largest current within 85 % of the compliance voltage at `impedance_ohm` (above 0), in whole uA."""
    return USABLE_COMPLIANCE_PERCENT * compliance_mv * 1000 // (100 * impedance_ohm)


def _uc(phase_pc: int) -> str:
    return format(Decimal(phase_pc).scaleb(-6), "f")


def _ma(amplitude_ua: int) -> str:
    return format(Decimal(amplitude_ua).scaleb(-3), "f")
