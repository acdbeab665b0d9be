"""Every amplitude, every width and every kind of contact, against a computation of charge, density and k that shares nothing with ours."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest

from rnprog.profile.quiet import quiet_pc, quiet_us
from rnprog.profile.reference import RN1
from rnprog.profile.verify import verify_text
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.rules import Dose, balance_findings, charge_findings
from rnprog.therapy.units import Hertz, Microseconds, Milliamps
from tests.profile.texts import changed

CONTACT_CM2, CASE_CM2 = Fraction("0.1225"), Fraction(10)
AMPLITUDES_UA = range(100, 10_001, 100)
WIDTHS_US = range(50, 501)
SETS = {
    "-L1+L2": [CONTACT_CM2],
    "-L0-L1+L2": [CONTACT_CM2],
    "-L1+case": [CONTACT_CM2, CASE_CM2],
    "-L0+L1+L2+L3": [CONTACT_CM2],
}


def expected(amplitude_ua: int, width_us: int, areas_cm2: list[Fraction]) -> set[str]:
    """Rules by the textbook: Q = I t, D = Q / A, k = log10(Q D); the whole charge on one contact."""
    charge_uc = Fraction(amplitude_ua * width_us, 10**6)
    rules = set()
    for area_cm2 in areas_cm2:
        density = charge_uc / area_cm2
        power = charge_uc * density
        rules |= {"RN301", "RN504"} if density > 30 else {"RN304"} if density >= 20 else set()
        rules |= {"RN302"} if above(power, Fraction(7, 4)) else {"RN305"} if not below(power, Fraction(3, 2)) else set()
    return rules


def above(power: Fraction, k: Fraction) -> bool:
    """log10(power) > k, exactly."""
    return power**k.denominator > Fraction(10) ** k.numerator


def below(power: Fraction, k: Fraction) -> bool:
    return power**k.denominator < Fraction(10) ** k.numerator


@pytest.mark.parametrize("electrodes", SETS)
def test_the_whole_grid(electrodes: str) -> None:
    """45,100 doses for each set of electrodes: the rules themselves, and the limit below which the fast way does not ask them."""
    parsed = Electrodes.parse(electrodes, Side.LEFT)
    quiet = quiet_pc(Side.LEFT, parsed, RN1)
    wanted_at = {charge_pc: expected(1, charge_pc, SETS[electrodes]) for charge_pc in {a * w for a in AMPLITUDES_UA for w in WIDTHS_US}}
    told_at: dict[int, set[str]] = {}
    for charge_pc in wanted_at:  # the rules depend on the product alone, which the next test shows
        dose = Dose(Side.LEFT, parsed, Milliamps(Decimal(charge_pc) / 1000), Microseconds(Decimal(1)), Hertz(Decimal(20)))
        told_at[charge_pc] = {_rule(finding) for finding in charge_findings(dose, RN1)}
    wrong = {charge_pc: told_at[charge_pc] for charge_pc, wanted in wanted_at.items() if told_at[charge_pc] != wanted}
    assert not wrong
    assert all((charge_pc <= quiet) == (not wanted) for charge_pc, wanted in wanted_at.items())


def _rule(finding: object) -> str:
    from rnprog.profile.judging import rule_of

    return rule_of(finding)  # type: ignore[arg-type]


@pytest.mark.parametrize("electrodes", SETS)
@pytest.mark.parametrize("amplitude_ua", [100, 2500, 4900, 7300, 9900, 10_000])
def test_from_the_file_to_the_finding(electrodes: str, amplitude_ua: int) -> None:
    """Whole files across the grid, with the numbers as a person writes them."""
    text = changed(("-L1+L2", electrodes), ("amplitude_ma = 2.5", f"amplitude_ma = {amplitude_ua / 1000:.1f}"))
    text = changed(("max_amplitude_ma = 3.0", "max_amplitude_ma = 10.0"), ("discomfort = 3.4", "discomfort = 10.0"), text=text)
    for width_us in range(50, 501, 25):
        told = {each.rule for each in verify_text(changed(("= 214", f"= {width_us}"), text=text), "inline.toml")}
        assert told == expected(amplitude_ua, width_us, SETS[electrodes]), f"{amplitude_ua} uA, {width_us} us"


def test_the_textbook_agrees_with_logarithms_where_they_are_certain() -> None:
    for charge_uc in (Fraction(1), Fraction(2), Fraction(5)):
        power = charge_uc**2 / CONTACT_CM2
        assert above(power, Fraction(7, 4)) == (math.log10(power) > 1.75)


@pytest.mark.parametrize("rate_hz", ["1.0", "20.0", "49.9", "50.0"])
def test_the_longest_quiet_pulse_is_where_the_rule_begins_to_speak(rate_hz: str) -> None:
    longest = quiet_us(Decimal(rate_hz), RN1)
    none = Electrodes(frozenset(), frozenset())
    for width_us in range(1001):
        dose = Dose(Side.LEFT, none, Milliamps(Decimal(0)), Microseconds(Decimal(width_us)), Hertz(Decimal(rate_hz)))
        assert (next(balance_findings(dose, RN1), None) is None) == (width_us <= longest)
