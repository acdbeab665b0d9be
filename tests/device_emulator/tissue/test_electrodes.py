"""Electrode closed forms."""

from __future__ import annotations

from itertools import permutations
from math import inf

import pytest

from device_emulator.device import EmulatedDevice
from device_emulator.tissue.electrodes import CASE, SHORT_OHM, Contact, Electrodes
from device_emulator.tissue.leads import healthy_electrodes
from device_emulator.tissue.person_file import person_from

FLAT = Electrodes((*[Contact(500.0, 4.0)] * 8, Contact(50.0, 300.0)))


def test_voltage_at_the_end_of_a_pulse() -> None:
    # 2 mA for 214 us: 2 mA x 1,000 ohm + 2 x 2 mA x 214 us / 4 uF = 2.0 V + 0.214 V
    assert 2e-3 * FLAT.load_ohm(0x01, 0x02, 214) == pytest.approx(2.214)
    assert FLAT.load_ohm(0x01, 0x100, 300) == pytest.approx(550 + 300 / 4 + 300 / 300)


def test_contacts_of_one_side_are_parallel() -> None:
    assert FLAT.load_ohm(0x03, 0x04, 200) == pytest.approx(250 + 200 / 8 + 500 + 200 / 4)


def test_current_the_compliance_voltage_drives() -> None:
    assert 9.0 / FLAT.load_ohm(0x01, 0x02, 200) == pytest.approx(9.0 / 1_100)


def test_open_contacts() -> None:
    broken = FLAT.with_open(1)
    assert broken.load_ohm(0x02, 0x04, 200) == inf
    assert broken.load_ohm(0x03, 0x04, 200) == FLAT.load_ohm(0x01, 0x04, 200), "the other contact carries it all"


def test_shorted_contacts() -> None:
    short = FLAT.with_short(5, 6)
    assert short.load_ohm(0x20, 0x40, 200) == SHORT_OHM and short.shorted(0x20, 0x40)
    assert short.load_ohm(0x20, 0x100, 0) == pytest.approx(250 + 50)
    assert not short.shorted(0x20, 0x10)


def test_healthy_values_lie_in_the_normal_range_for_any_seed() -> None:
    for seed in range(200):
        electrodes = healthy_electrodes(seed)
        assert electrodes == healthy_electrodes(seed)
        for contact in range(CASE):
            assert 400 <= electrodes.load_ohm(1 << contact, 1 << CASE, 100) <= 1_500
        assert 400 <= electrodes.load_ohm(0x02, 0x04, 100) <= 1_500
    assert healthy_electrodes(1) != healthy_electrodes(2)


@pytest.mark.parametrize("order", list(permutations([(4, 5), (5, 6), (6, 7)])))
def test_shorts_in_a_row_are_one_whatever_their_order(order) -> None:
    shorted = FLAT
    for first, second in order:
        shorted = shorted.with_short(first, second)
    assert shorted.shorts == (frozenset({4, 5, 6, 7}),) and shorted.joined(1 << 4) == {4, 5, 6, 7}
    assert shorted.shorted(1 << 4, 1 << 7) and shorted.load_ohm(1 << 4, 1 << 7, 100) == 5.0
    assert shorted.load_ohm(1 << 5, 1 << 8, 100) == FLAT.load_ohm(0b1111 << 4, 1 << 8, 100), "four contacts side by side"


@pytest.mark.parametrize("pairs", [[["R2", "R3"], ["R1", "R2"]], [["R1", "R2"], ["R2", "R3"]]])
def test_a_patient_file_may_name_shorts_in_any_order(pairs) -> None:
    electrodes = person_from({"electrodes": {"short_pairs": pairs}}).leads.at(14, 0.0)
    assert electrodes.load_ohm(1 << 5, 1 << 7, 100) == 5.0 and not electrodes.shorted(1 << 4, 1 << 7)


def test_faults_that_short_in_a_row_are_one() -> None:
    for spec in ("lead-short=12,lead-short=23", "lead-short=23,lead-short=12"):
        body = EmulatedDevice(faults=spec).rn1.around.body
        assert body.load_ohm(1 << 1, 1 << 3, 100) == 5.0 and body.load_ohm(1 << 0, 1 << 3, 100) > 100
