"""Parameters: the table against the published rows, the steps, and the read-back that is cut off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.protocol.errors import LocalProtocolError
from rnprog.protocol.opennerve.parameters import SETTINGS, STIMULATION, TEXTS, Parameter, channels

ALL = {**STIMULATION, **SETTINGS}
PER_UNIT = {"uA": 1000, "mHz": 1000, "ms": 1000, "mV": 1000}
"""The device counts in mA, Hz, s and V."""

PUBLISHED = {
    "SP02": (2, 50, 2),
    "SP03": (2, 20, 10),
    "SP04": (1, 2000, 5),
    "SP05": (0, 10, 2),
    "SP07": (1, 30, 1),
    "SP08": (0, 30, 9),
    "SP13": (5, 50, 5),
    "SP14": (10, 60, 45),
    "SP15": (2, 40, 20),
    "SP17": (5, 150, 25),
    "ST12": (1, 1439, 510),
    "HP14": (1, 60, 11),
    "HP27": (20, 40, 32),
}
"""Smallest, largest and factory value as steps on the wire."""

parameters = st.sampled_from(sorted(ALL.values(), key=lambda row: row.id))


@pytest.mark.parametrize("identity", PUBLISHED)
def test_the_table_is_the_published_one(identity: str) -> None:
    row = ALL[identity]
    assert (row.wire_range[0], row.wire_range[-1], row.default_told) == PUBLISHED[identity]


def test_ids_are_unique_and_complete() -> None:
    assert len(STIMULATION) == 19 + 12
    assert not (set(STIMULATION) | set(SETTINGS)) & set(TEXTS)
    assert not {"HP20", "HP21"} & (set(SETTINGS) | set(TEXTS))
    assert all(row.id == identity for identity, row in ALL.items())
    assert len(channels()) == STIMULATION["SP09"].maximum


@given(parameters, st.data())
def test_steps_and_values_are_exact_both_ways(row: Parameter, data: st.DataObject) -> None:
    steps = data.draw(st.sampled_from(row.wire_range))
    assert row.steps(row.value(steps)) == steps
    assert row.minimum <= row.value(steps) <= row.maximum


@given(parameters, st.integers(-10, 3_000_000))
def test_no_value_is_rounded_or_moved_into_range(row: Parameter, value: int) -> None:
    if row.minimum <= value <= row.maximum and value % row.step == 0:
        assert row.value(row.steps(value)) == value
    else:
        with pytest.raises(LocalProtocolError, match=row.id):
            row.steps(value)


@pytest.mark.parametrize("row", ALL.values(), ids=ALL)
def test_what_is_cut_off_is_what_binary_fractions_cut_off(row: Parameter) -> None:
    """The device's own arithmetic, on every step there is."""
    size = row.step / PER_UNIT.get(row.unit, 1)
    for steps in row.wire_range:
        told = int(steps * size / size)
        assert row.told(steps) == told
        assert row.holds(steps, told)
        assert not row.holds(steps, told + 2)


def test_the_known_quirks() -> None:
    assert STIMULATION["SP02"].told(43) == 42 and STIMULATION["SP13"].told(43) == 42
    assert [steps for steps in STIMULATION["SP17"].wire_range if STIMULATION["SP17"].told(steps) != steps] == [43, 81, 86, 91]
    assert SETTINGS["HP26"].default_told == 32


def test_what_is_told_alike() -> None:
    """43 steps are told as 42, so 42 told may be either; what is told at the end of the range is only itself."""
    row = STIMULATION["SP02"]
    assert row.told_alike(42) == (42, 43)
    assert row.told_alike(40) == (40,)
    assert row.told_alike(row.wire_range[-1]) == (row.wire_range[-1],)
