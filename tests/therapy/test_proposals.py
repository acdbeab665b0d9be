"""Patient limits, test setups, the ladder, and what counts as an inward move."""

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.contacts import Side
from rnprog.therapy.proposals import Ladder, PatientLimits, inward
from rnprog.therapy.units import UnitError
from tests.therapy.samples import BOTH, ma, program, setup, side


def test_patient_limits_by_side() -> None:
    limits = PatientLimits(left_max_ma=ma("3.0"))
    assert (limits.highest_ma(Side.LEFT), limits.highest_ma(Side.RIGHT)) == (D("3.0"), None)


@pytest.mark.parametrize("odd", [D("NaN"), D("-0.1"), D("Infinity"), 3.0, 3, True])
def test_limits_and_ladders_hold_amplitudes_only(odd: Any) -> None:
    with pytest.raises(UnitError, match="left patient limit"):
        PatientLimits(left_max_ma=odd)
    with pytest.raises(UnitError, match="right patient limit"):
        PatientLimits(right_max_ma=odd)
    with pytest.raises(UnitError, match="last delivered"):
        Ladder(odd, ma("0"))
    with pytest.raises(UnitError, match="highest tolerated"):
        Ladder(ma("0"), odd)
    with pytest.raises(UnitError, match="ceiling"):
        Ladder(ma("0"), ma("0"), odd)


@pytest.mark.parametrize("name", ["pulse_width_us", "rate_hz", "ramp_up_s", "ramp_down_s"])
def test_a_setup_holds_ordinary_decimals_only(name: str) -> None:
    for odd in (D("NaN"), 1.0, 1, None):
        with pytest.raises(UnitError, match="ordinary decimal"):
            setup(**{name: odd})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"left": None},
        {"left": side(amplitude_ma="2.4")},
        {"left": side(amplitude_ma="2.0", pulse_width_us="267")},
        {"left": side("-L0+L3", "0")},
        {"rate_hz": D(19)},
        {"on_s": D(9)},
        {"off_s": D(21)},
        {"ramp_up_s": D(3)},
        {"ramp_down_s": D(3)},
        {"session_min": D(29)},
        {"sessions_per_day": D(1)},
    ],
)
def test_inward(changes: dict[str, Any]) -> None:
    assert inward(BOTH, program(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"left": side(amplitude_ma="2.6", pulse_width_us="100")},
        {"left": side(amplitude_ma="2.0", pulse_width_us="268")},
        {"left": side("-L1+case")},
        {"right": side("-R1+R2", "3.1")},
        {"rate_hz": D("20.1")},
        {"on_s": D(11)},
        {"off_s": D(19)},
        {"ramp_up_s": D("1.5")},
        {"ramp_down_s": D("1.5")},
        {"session_min": D(31)},
        {"sessions_per_day": D(3)},
    ],
)
def test_not_inward(changes: dict[str, Any]) -> None:
    assert not inward(BOTH, program(**changes))


def test_a_side_cannot_be_added() -> None:
    assert not inward(program(left=None), BOTH)
    assert inward(program(left=None), program(left=side(amplitude_ma="0")))


tenths = st.integers(0, 400)
widths = st.integers(1, 900)


@given(tenths, widths, tenths, widths)
def test_inward_never_raises_amplitude_or_charge(ma_1: int, us_1: int, ma_2: int, us_2: int) -> None:
    before, after = (
        program(left=side(amplitude_ma=str(D(amplitude) / 10), pulse_width_us=str(width)))
        for amplitude, width in ((ma_1, us_1), (ma_2, us_2))
    )
    assert inward(before, after) == (ma_2 == 0 or (ma_2 <= ma_1 and ma_2 * us_2 <= ma_1 * us_1))
    assert inward(before, before)
    assert inward(replace(before), after) == inward(before, replace(after))
