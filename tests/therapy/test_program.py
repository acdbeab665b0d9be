"""Programs as values: written form, fingerprint, differences, strict reading."""

import json
from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.program import Difference, Program, ProgramError, SideProgram, differences, program_from_dict
from rnprog.therapy.units import Hertz, Microseconds, Milliamps
from tests.therapy.samples import BOTH, program, side

WRITTEN: dict[str, Any] = {
    "left": {"electrodes": "-L1+L2", "amplitude_ma": "2.5", "pulse_width_us": "214"},
    "right": {"electrodes": "-R1+R2", "amplitude_ma": "3.0", "pulse_width_us": "214"},
    "rate_hz": "20.0",
    "ramp_up_s": "2.0",
    "ramp_down_s": "2.0",
    "on_s": "10",
    "off_s": "20",
    "session_min": "30",
    "sessions_per_day": "2",
}


def test_the_written_form() -> None:
    assert BOTH.as_dict() == WRITTEN
    assert program(right=None).as_dict()["right"] is None
    assert json.loads(json.dumps(BOTH.as_dict())) == WRITTEN


def test_the_sides() -> None:
    assert BOTH.side(Side.LEFT) is BOTH.left
    assert BOTH.side(Side.RIGHT) is BOTH.right


def test_the_fingerprint_is_of_the_values_not_of_their_digits() -> None:
    padded = program(rate_hz=Hertz(D("20.000")), left=side(amplitude_ma="2.50"))
    assert padded == BOTH
    assert padded.digest() == BOTH.digest()
    assert program(rate_hz=Hertz(D("20.1"))).digest() != BOTH.digest()
    # made by hand: sha256sum of the JSON text with sorted keys and no spaces
    assert BOTH.digest() == "5bc5df4eff9e9a0f4b633a655dc89cfed72fbe8f2f235c9848b6be534d835846"


def test_a_value_off_step_is_not_rounded_in_the_fingerprint() -> None:
    odd = program(left=side(amplitude_ma="2.5001"))
    assert odd.digest() != BOTH.digest()
    assert program_from_dict(odd.as_dict()) == odd


amplitudes = st.decimals(min_value=0, max_value=40, places=3)
parts = st.none() | st.builds(
    SideProgram,
    st.just(Electrodes.parse("-L0+case")),
    amplitudes,
    st.decimals(min_value=1, max_value=900, places=1),
)
programs = st.builds(
    Program,
    parts,
    st.none(),
    *(st.decimals(min_value=0, max_value=500, places=2) for _ in range(7)),
)


@given(programs, programs)
def test_round_trip_fingerprint_and_differences_agree(a: Program, b: Program) -> None:
    assert program_from_dict(a.as_dict()) == a
    assert (a.digest() == b.digest()) == (a == b) == (differences(a, b) == ())
    assert differences(a, a) == ()


def _with(key: str, value: object) -> dict[str, object]:
    return {**WRITTEN, key: value}


def _left(**changes: object) -> dict[str, object]:
    return _with("left", {**WRITTEN["left"], **changes})


@pytest.mark.parametrize(
    ("written", "key", "words"),
    [
        ({k: v for k, v in WRITTEN.items() if k != "on_s"}, "on_s", "missing"),
        ({k: v for k, v in WRITTEN.items() if k != "left"}, "left", "missing"),
        (_with("serial", "X"), "serial", "not known"),
        (_left(note="x"), "left.note", "not known"),
        (_with("left", {"electrodes": "-L1+L2"}), "left.amplitude_ma", "missing"),
        (_with("left", "off"), "left", "settings of the side"),
        (_with("left", True), "left", "settings of the side"),
        (_with("rate_hz", 20), "rate_hz", 'for example "50.0"'),
        (_with("rate_hz", 20.0), "rate_hz", "as text in quotes"),
        (_with("rate_hz", True), "rate_hz", "as text in quotes"),
        (_with("rate_hz", None), "rate_hz", "as text in quotes"),
        (_with("rate_hz", "20 Hz"), "rate_hz", "without a unit"),
        (_with("rate_hz", "NaN"), "rate_hz", "without a unit|not a number"),
        (_with("on_s", "-1"), "on_s", "without a sign"),
        (_left(amplitude_ma=D("2.5")), "left.amplitude_ma", "as text in quotes"),
        (_left(amplitude_ma="2,5"), "left.amplitude_ma", "decimal point"),
        (_left(electrodes="-R1+R2"), "left.electrodes", "left lead"),
        (_left(electrodes=7), "left.electrodes", "No electrodes"),
    ],
)
def test_reading_is_strict_and_names_the_key(written: dict[str, object], key: str, words: str) -> None:
    with pytest.raises(ProgramError, match=words) as caught:
        program_from_dict(written)
    assert caught.value.key == key
    assert str(caught.value) == f"{key}: {caught.value.reason}"


@pytest.mark.parametrize("odd", [D("NaN"), D("Infinity"), D("-0"), 20, 20.0, True, "20", None])
def test_a_program_holds_ordinary_decimals_only(odd: Any) -> None:
    with pytest.raises(ProgramError) as caught:
        program(rate_hz=odd)
    assert caught.value.key == "rate_hz"
    with pytest.raises(ProgramError) as caught:
        SideProgram(Electrodes.parse("-L1+L2"), Milliamps(D(1)), Microseconds(odd))
    assert caught.value.key == "pulse_width_us"


def test_a_program_outside_every_limit_can_be_held() -> None:
    found = program(left=side(amplitude_ma="99.999"), rate_hz=Hertz(D(0)))
    assert found.left == replace(side(), amplitude_ma=Milliamps(D("99.999")))


def test_differences_in_words() -> None:
    other = program(left=side(amplitude_ma="2.6"), right=None, rate_hz=Hertz(D(25)))
    assert differences(BOTH, other) == (
        Difference("left.amplitude_ma", "Left amplitude", "2.5 mA", "2.6 mA"),
        Difference("right.electrodes", "Right electrodes", "-R1+R2", "not stimulated"),
        Difference("right.amplitude_ma", "Right amplitude", "3.0 mA", "not stimulated"),
        Difference("right.pulse_width_us", "Right pulse width", "214 us", "not stimulated"),
        Difference("rate_hz", "Rate", "20.0 Hz", "25.0 Hz"),
    )
