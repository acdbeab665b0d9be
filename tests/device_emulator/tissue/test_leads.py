"""Encapsulation and broken parts against their closed forms."""

from __future__ import annotations

from dataclasses import replace
from math import exp, inf, pi, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_emulator.tissue.bands import NORMAL
from device_emulator.tissue.electrodes import CASE, FLUID_OHM, Contact, Electrodes
from device_emulator.tissue.leads import ACTIVATION_DAY, LOOSE_OPEN_SHARE, LOOSE_US, TAU_DAYS, UNREST, Site, healthy_leads

FLAT = Electrodes((*[Contact(500.0, 4.0)] * 8, Contact(50.0, 300.0)))


def test_the_curve_of_one_contact() -> None:
    site = Site(500.0, 120.0, phases=(0.3, 1.7))
    for day in (0, 14, 45, 90, 180, 365):
        waves = (sin(2 * pi * day / 9 + 0.3) + sin(2 * pi * day / 23 + 1.7)) / 2
        fading = exp(-day / 45)
        assert site.resistance_ohm(day) == pytest.approx(500 * (1 + 0.08 * fading * waves) + 120 * (1 - fading))
    assert Site(500.0, 120.0).resistance_ohm(0) == 500.0
    assert Site(500.0, 120.0).resistance_ohm(TAU_DAYS) == pytest.approx(500 + 120 * (1 - 1 / exp(1)))
    assert Site(inf).resistance_ohm(100) == inf


def test_large_fluctuation_first_stable_by_six_months() -> None:
    for seed in range(40):
        leads = healthy_leads(seed)
        for site in leads.sites[:CASE]:
            days = [site.resistance_ohm(day) for day in range(731)]
            early = max(days[:60]) - min(days[:60])
            late = max(days[180:365]) - min(days[180:365])
            assert late < 0.02 * days[365] and late < early / 3
            assert abs(days[730] - days[365]) < 0.001 * days[365]
            assert days[365] > days[ACTIVATION_DAY], "a capsule only adds"
    assert UNREST < 0.1


def test_healthy_pairs_stay_in_the_sacral_band_at_all_times_and_end_near_one_kiloohm() -> None:
    settled = []
    for seed in range(100):
        leads = healthy_leads(seed)
        for day in (ACTIVATION_DAY, 30, 45, 90, 180, 365, 1_826):
            electrodes = leads.at(day, 0.0)
            readings = [electrodes.load_ohm(1 << contact, 1 << CASE, 100) for contact in range(CASE)]
            readings += [electrodes.load_ohm(1 << at, 2 << at, 100) for at in (0, 1, 2, 4, 5, 6)]
            assert all(NORMAL.from_ohm <= ohm <= NORMAL.to_ohm for ohm in readings)
            settled += readings[CASE:] if day == 365 else []
    assert sum(settled) / len(settled) == pytest.approx(1_200, rel=0.1), "DBS leads: about 1 kohm"


def test_the_same_seed_has_the_same_leads() -> None:
    assert healthy_leads(7) == healthy_leads(7) != healthy_leads(8)
    assert healthy_leads(7).at(20, 0.0) == healthy_leads(7).at(20, 99.0)


def test_a_loose_conductor_opens_and_closes_and_repeats_by_seed() -> None:
    leads = replace(healthy_leads(3), loose_contacts=(5,))
    states = [leads.is_loose_now(5, at * LOOSE_US / 1e6) for at in range(2_000)]
    assert sum(states) / 2_000 == pytest.approx(LOOSE_OPEN_SHARE, abs=0.05)
    assert states == [replace(healthy_leads(3), loose_contacts=(5,)).is_loose_now(5, at * LOOSE_US / 1e6 + 0.1) for at in range(2_000)]
    opened = next(at for at in range(2_000) if states[at]) * LOOSE_US / 1e6
    closed = next(at for at in range(2_000) if not states[at]) * LOOSE_US / 1e6
    assert leads.at(14, opened).load_ohm(0x20, 0x40, 100) == inf
    assert leads.at(14, closed).load_ohm(0x20, 0x40, 100) == healthy_leads(3).at(14, 0.0).load_ohm(0x20, 0x40, 100)


def test_fluid_by_hand() -> None:
    """Two contacts of a four-contact lead, all alike: by symmetry both nodes stand at half the voltage, and no current crosses between."""
    wet = FLAT.with_fluid(0)
    ohm = 500 + 100 / 4.0
    assert wet.load_ohm(0x01, 0x02, 100) == pytest.approx(1 / (1 / (2 * ohm) + 1 / (2 * FLUID_OHM)))
    assert wet.path(0x01, 0x02, 100).tissue_share == pytest.approx(FLUID_OHM / (FLUID_OHM + ohm))


def test_fluid_makes_readings_low_and_alike_and_leaves_the_other_lead_alone() -> None:
    for seed in range(20):
        dry, wet = healthy_leads(seed).at(14, 0.0), replace(healthy_leads(seed), wet_sides=(0,)).at(14, 0.0)
        pairs = [wet.load_ohm(1 << at, 1 << other, 100) for at in range(4) for other in range(at + 1, 4)]
        case = [wet.load_ohm(1 << at, 1 << CASE, 100) for at in range(4)]
        assert max(pairs) < 0.4 * NORMAL.from_ohm and max(pairs) / min(pairs) < 1.06
        assert max(case) < NORMAL.from_ohm and max(case) / min(case) < 1.25
        assert wet.load_ohm(0x20, 0x40, 100) == dry.load_ohm(0x20, 0x40, 100) and wet.path(0x20, 0x40, 100).tissue_share == 1.0


def test_fluid_does_not_mend_a_broken_conductor() -> None:
    broken = FLAT.with_open(1).with_fluid(0)
    assert broken.load_ohm(0x02, 0x04, 100) < 400, "but it hides it: the pool is reached before the break"
    assert broken.path(0x02, 0x04, 100).tissue_share == 0.0


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 0x1FF), st.integers(1, 0x1FF), st.sets(st.integers(0, 8), max_size=4), st.booleans(), st.booleans(), st.integers(0, 500)
)
def test_whatever_is_broken_the_load_is_a_load_and_does_not_depend_on_direction(cathodes, anodes, broken, wet, short, width_us) -> None:
    anodes &= ~cathodes
    electrodes = healthy_leads(1).at(14, 0.0)
    for contact in broken:
        electrodes = electrodes.with_open(contact)
    electrodes = electrodes.with_fluid(0) if wet else electrodes
    electrodes = electrodes.with_short(1, 2) if short else electrodes
    path = electrodes.path(cathodes, anodes, width_us)
    assert path.load_ohm > 0 and 0 <= path.tissue_share <= 1 + 1e-9
    assert electrodes.load_ohm(anodes, cathodes, width_us) == pytest.approx(path.load_ohm)
    if not anodes:
        assert path.load_ohm == inf
