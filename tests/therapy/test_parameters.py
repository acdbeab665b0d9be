"""The declared parameters: ranges, reading and refusals in words."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.parameters import (
    AMPLITUDE,
    PARAMETERS,
    PULSE_WIDTH,
    RAMP_UP,
    SESSIONS_PER_DAY,
    Parameter,
)
from rnprog.therapy.units import UnitError

each_parameter = pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.key)


def test_the_reference_design() -> None:
    assert {p.key: (p.unit, str(p.minimum), str(p.maximum), str(p.step)) for p in PARAMETERS} == {
        "amplitude_ma": ("mA", "0.0", "10.0", "0.1"),
        "pulse_width_us": ("us", "50", "500", "1"),
        "rate_hz": ("Hz", "1.0", "50.0", "0.1"),
        "ramp_up_s": ("s", "0.0", "10.0", "0.5"),
        "ramp_down_s": ("s", "0.0", "10.0", "0.5"),
        "on_s": ("s", "1", "60", "1"),
        "off_s": ("s", "0", "120", "1"),
        "session_min": ("min", "1", "60", "1"),
        "sessions_per_day": ("/day", "0", "6", "1"),
    }


@each_parameter
def test_says_where_its_numbers_come_from(parameter: Parameter) -> None:
    assert "not a clinical recommendation" in parameter.source


@each_parameter
def test_bounds_are_legal_and_nothing_beyond(parameter: Parameter) -> None:
    assert parameter.problem(parameter.minimum) is None
    assert parameter.problem(parameter.maximum) is None
    assert "outside the range" in (parameter.problem(parameter.maximum + parameter.step) or "")
    assert "outside the range" in (parameter.problem(parameter.minimum - parameter.step) or "")


@each_parameter
@given(data=st.data())
def test_every_legal_value_reads_back_as_shown(parameter: Parameter, data: st.DataObject) -> None:
    steps = int((parameter.maximum - parameter.minimum) / parameter.step)
    value = parameter.minimum + parameter.step * data.draw(st.integers(0, steps))
    assert parameter.parse(parameter.show(value)) == value
    between = value + parameter.step / 2
    assert parameter.problem(between)
    for neighbour in parameter.neighbours(between):
        assert parameter.problem(neighbour) is None


def test_off_step_offers_both_neighbours_and_rounds_nothing() -> None:
    with pytest.raises(UnitError) as caught:
        AMPLITUDE.parse("2.47 mA")
    assert caught.value.reason == "2.47 mA is not a step of 0.1 mA: 2.4 mA or 2.5 mA?"


def test_out_of_range_names_the_range() -> None:
    with pytest.raises(UnitError) as caught:
        AMPLITUDE.parse("12 mA")
    assert caught.value.reason == "12.0 mA is outside the range of 0.0 mA to 10.0 mA. The nearest value is 10.0 mA."
    assert PULSE_WIDTH.problem(D("600.5")) == (
        "600.5 us is outside the range of 50 us to 500 us and is not a step of 1 us. The nearest value is 500 us."
    )


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "-0"])
def test_a_non_number_is_said_to_be_one(odd: str) -> None:
    assert AMPLITUDE.problem(D(odd)) == "Amplitude: this is not a number. Enter a number in mA."
    assert AMPLITUDE.neighbours(D("NaN")) == ()


def test_units_are_required_except_for_counts_and_labelled_fields() -> None:
    with pytest.raises(UnitError, match="write the unit"):
        AMPLITUDE.parse("2.5")
    assert AMPLITUDE.parse("2.5", unit_required=False) == D("2.5")
    assert SESSIONS_PER_DAY.parse("2") == 2
    assert RAMP_UP.parse("1.5 s") == D("1.5")


def test_shown_with_the_decimals_of_the_step() -> None:
    assert AMPLITUDE.show(D(2)) == "2.0 mA"
    assert AMPLITUDE.show(D("2.475")) == "2.475 mA"
    assert PULSE_WIDTH.show(D("214")) == "214 us"
