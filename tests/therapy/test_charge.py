"""Charge rules against independent computations, and the published worked values."""

from collections.abc import Callable
from decimal import Decimal as D
from decimal import localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.charge import (
    CAUTION_K,
    LIMIT_K,
    ChargeLevel,
    balance_problem,
    charge_pc,
    compliance_problem,
    density_exceeds,
    density_level,
    figures,
    figures_of,
    highest_compliant_ua,
    longest_pulse_us,
    shannon_level,
)
from rnprog.therapy.units import Microseconds, Milliamps, UnitError

AREA_LARGE = D("0.1225")
AREA_SMALL = D("0.0598")
WORKING_WIDTH_US = 214


def shannon_k(amplitude_ma: D, width_us: D, area_cm2: D) -> D:
    """log10(Q^2 / A) with 60 digits, from milliamps and square centimetres; shares nothing with the product."""
    with localcontext() as context:
        context.prec = 60
        charge_uc = amplitude_ma * width_us / 1000
        return (charge_uc * charge_uc / area_cm2).log10()


def um2(area_cm2: D) -> int:
    return int(area_cm2 * 10**8)


@pytest.mark.parametrize("area_cm2", [AREA_LARGE, AREA_SMALL, D("0.01"), D("20")])
def test_levels_on_the_whole_grid(area_cm2: D) -> None:
    """Every amplitude of the reference device, with pulse widths across its range."""
    wrong = []
    for tenths in range(1, 101):
        for width_us in range(50, 501, 9):
            amplitude_ma = D(tenths) / 10
            phase_pc = charge_pc(tenths * 100, width_us)
            k = shannon_k(amplitude_ma, D(width_us), area_cm2)
            density = Fraction(tenths, 10) * width_us / 1000 / Fraction(area_cm2)
            expected_k = "refused" if k > D("1.75") else "caution" if k >= D("1.5") else "acceptable"
            expected_d = "refused" if density > 30 else "caution" if density >= 20 else "acceptable"
            levels = (shannon_level(phase_pc, um2(area_cm2)), density_level(phase_pc, um2(area_cm2)))
            if levels != (expected_k, expected_d):
                wrong.append((amplitude_ma, width_us, levels))
    assert wrong == []


@given(st.integers(1, 10**9), st.integers(1, 10**10))
def test_k_is_exact_anywhere(phase_pc: int, area_um2: int) -> None:
    with localcontext() as context:
        context.prec = 60
        k = (D(phase_pc) ** 2 / (D(area_um2) * 10**4)).log10()
    expected = "refused" if k > D("1.75") else "caution" if k >= D("1.5") else "acceptable"
    assert shannon_level(phase_pc, area_um2) == expected


@pytest.mark.parametrize("area_um2", [1, 5_980_000, 12_250_000, 2_000_000_000])
@pytest.mark.parametrize(("exponent", "level"), [(D("1.5"), ChargeLevel.CAUTION), (D("1.75"), ChargeLevel.REFUSED)])
def test_k_turns_at_the_very_picocoulomb(area_um2: int, exponent: D, level: ChargeLevel) -> None:
    with localcontext() as context:
        context.prec = 60
        edge_pc = (D(10) ** exponent * 10**4 * area_um2).sqrt()
    below = int(edge_pc)
    assert shannon_level(below, area_um2) != level
    assert shannon_level(below + 1, area_um2) == level


def test_density_bounds_are_exact() -> None:
    area_um2 = um2(AREA_LARGE)
    assert density_level(2_449_999, area_um2) is ChargeLevel.ACCEPTABLE
    assert density_level(2_450_000, area_um2) is ChargeLevel.CAUTION
    assert density_level(3_675_000, area_um2) is ChargeLevel.CAUTION
    assert density_level(3_675_001, area_um2) is ChargeLevel.REFUSED


@given(st.integers(0, 10**9), st.integers(1, 10**10), st.decimals(min_value=D("0.001"), max_value=100, places=4))
def test_any_density_limit_is_compared_exactly(phase_pc: int, area_um2: int, limit: D) -> None:
    density = Fraction(phase_pc, 10**6) / Fraction(area_um2, 10**8)
    assert density_exceeds(phase_pc, area_um2, limit) == (density > Fraction(limit))


@pytest.mark.parametrize(
    ("area_cm2", "d30_ma", "k150_ma", "k175_ma"),
    [(AREA_LARGE, "17.2", "9.2", "12.3"), (AREA_SMALL, "8.4", "6.4", "8.6")],
)
def test_worked_amplitudes(area_cm2: D, d30_ma: str, k150_ma: str, k175_ma: str) -> None:
    """The worked table at 214 us gives these to one decimal: the bound lies within 0.05 mA of each."""

    def turns(level_of: Callable[[int, int], ChargeLevel], level: ChargeLevel, near: str) -> bool:
        before, after = (level_of(charge_pc(int(D(near) * 1000) + shift, WORKING_WIDTH_US), um2(area_cm2)) for shift in (-51, 51))
        return before != level and after == level

    assert turns(density_level, ChargeLevel.REFUSED, d30_ma)
    assert turns(shannon_level, ChargeLevel.CAUTION, k150_ma)
    assert turns(shannon_level, ChargeLevel.REFUSED, k175_ma)


@pytest.mark.parametrize(("area_cm2", "density", "k"), [(AREA_LARGE, "17.5", "1.57"), (AREA_SMALL, "35.8", "1.88")])
def test_worked_figures_at_10_ma(area_cm2: D, density: str, k: str) -> None:
    found = figures(Milliamps(D(10)), Microseconds(D(WORKING_WIDTH_US)), area_cm2)
    assert found.charge_uc == D("2.14")
    assert f"{found.density_uc_cm2:.1f}" == density
    assert f"{found.shannon_k:.2f}" == k


@given(st.integers(1, 100), st.integers(50, 500), st.integers(1, 4))
def test_figures_assume_that_one_contact_carries_all(tenths: int, width_us: int, contacts: int) -> None:
    amplitude_ma, width = Milliamps(D(tenths) / 10), Microseconds(D(width_us))
    found = figures(amplitude_ma, width, AREA_LARGE, contacts)
    assert found == figures(amplitude_ma, width, AREA_LARGE)
    assert found.charge_uc == amplitude_ma * width / 1000
    assert found.shannon_k == pytest.approx(float(shannon_k(amplitude_ma, width, AREA_LARGE)), abs=1e-12)


def test_no_charge_has_no_k() -> None:
    found = figures_of(0, AREA_LARGE)
    assert (found.charge_uc, found.density_uc_cm2, found.shannon_k) == (D(0), D(0), None)


def test_figures_refuse_what_they_cannot_hold() -> None:
    with pytest.raises(UnitError):
        figures(Milliamps(D("0.0001")), Microseconds(D(214)), AREA_LARGE)
    with pytest.raises(ValueError, match="at least one contact"):
        figures(Milliamps(D(1)), Microseconds(D(214)), AREA_LARGE, 0)
    with pytest.raises(ValueError, match="area above zero"):
        figures(Milliamps(D(1)), Microseconds(D(214)), D(0))


def test_balance() -> None:
    assert balance_problem(2500, 200, 2500, 200, 50, 20_000) is None
    assert balance_problem(2500, 200, 1250, 400, 50, 20_000) is None
    off_by_one = balance_problem(2500, 200, 2499, 200, 50, 20_000)
    assert off_by_one is not None
    assert "0.500000 and 0.499800 uC" in off_by_one
    assert balance_problem(2500, 200, 2500, 200, 50, 0) == "The pulse rate must be above zero."


def test_a_pulse_may_fill_90_percent_of_its_period() -> None:
    assert balance_problem(1000, 8975, 1000, 8975, 50, 50_000) is None
    too_long = balance_problem(1000, 8976, 1000, 8975, 50, 50_000)
    assert too_long is not None
    assert "different charge" in too_long
    assert "lasts 18001 us" in too_long
    assert "18000 us at most" in too_long


@given(st.integers(1, 10_000), st.integers(0, 500), st.integers(100, 1_000_000))
def test_the_period_rule_against_fractions(width_us: int, gap_us: int, rate_mhz: int) -> None:
    whole_us = 2 * width_us + gap_us
    fits = Fraction(whole_us) <= Fraction(9, 10) * 10**6 / Fraction(rate_mhz, 1000)
    assert (balance_problem(100, width_us, 100, width_us, gap_us, rate_mhz) is None) == fits
    assert (whole_us <= longest_pulse_us(rate_mhz)) == fits


@given(st.integers(0, 20_000), st.integers(1, 10_000), st.integers(1, 20_000))
def test_compliance_against_fractions(amplitude_ua: int, impedance_ohm: int, compliance_mv: int) -> None:
    needed_v = Fraction(amplitude_ua, 10**6) * impedance_ohm
    fits = needed_v <= Fraction(85, 100) * Fraction(compliance_mv, 1000)
    assert (compliance_problem(amplitude_ua, impedance_ohm, compliance_mv) is None) == fits
    assert (amplitude_ua <= highest_compliant_ua(impedance_ohm, compliance_mv)) == fits


def test_compliance_in_words() -> None:
    assert compliance_problem(7650, 1000, 9000) is None
    assert compliance_problem(7651, 1000, 9000) == (
        "At the measured 1000 ohm the device can be relied on for 7.650 mA at most, not for 7.651 mA. "
        "Choose a lower amplitude or other electrodes."
    )


def test_the_slowest_rate_there_is_has_a_period_too() -> None:
    assert balance_problem(2500, 200, 2500, 200, 50, 1) is None
    assert longest_pulse_us(1) == 900_000_000


def test_every_problem_of_a_pulse_is_a_sentence_of_its_own() -> None:
    assert balance_problem(1000, 8976, 1000, 8975, 50, 50_000) == (
        "The two phases of the pulse carry different charge (8.976000 and 8.975000 uC). Choose equal charge in both phases. "
        "One whole pulse lasts 18001 us, but at this rate it may last 18000 us at most. Choose a lower rate or a shorter pulse width."
    )


@pytest.mark.parametrize("phase_pc", [0, 1, 10**12])
def test_a_charge_is_written_without_exponent(phase_pc: int) -> None:
    problem = balance_problem(phase_pc, 1, 2, 1, 0, 1000)
    assert problem is not None and f"({phase_pc // 10**6}.{phase_pc % 10**6:06d} and 0.000002 uC)" in problem


def test_figures_without_a_contact_say_so() -> None:
    with pytest.raises(ValueError, match=r"^Charge density needs at least one contact with an area above zero\.$"):
        figures(Milliamps(D(1)), Microseconds(D(214)), D(0))


def test_the_levels_are_called_so_everywhere() -> None:
    assert [level.value for level in ChargeLevel] == ["acceptable", "caution", "refused"]


@pytest.mark.parametrize(("told", "level"), [(CAUTION_K, ChargeLevel.CAUTION), (LIMIT_K, ChargeLevel.REFUSED)])
def test_the_k_that_is_told_is_the_k_that_decides(told: D, level: ChargeLevel) -> None:
    with localcontext() as context:
        context.prec = 60
        edge_pc = (D(10) ** told * 10**4 * um2(AREA_LARGE)).sqrt()
    assert shannon_level(int(edge_pc), um2(AREA_LARGE)) != level
    assert shannon_level(int(edge_pc) + 1, um2(AREA_LARGE)) == level
