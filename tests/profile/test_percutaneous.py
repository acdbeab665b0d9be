"""Profiles of another class of device: they are verified by their own ranges, and never taken for a program."""

from decimal import Decimal

import pytest

from rnprog.profile.fields import NUMBERS, SOURCED
from rnprog.profile.findings import ProfileError
from rnprog.profile.percutaneous import COMMON, DURATION, NO_SOURCE, OF_SIDE
from rnprog.profile.schema import parse
from tests.profile.texts import GOOD, SKIN, changed, only, rules_of, without

WITH_AREA = changed(("[target]\n", '[target]\ncontact_area_cm2 = "0.01"\n'), text=SKIN)
WITH_AREA = changed(("[provenance.sources]\n", '[provenance.sources]\ncontact_area_cm2 = "unverified"\n'), text=WITH_AREA)


def test_only_the_duration_has_a_source() -> None:
    assert "K223306" in DURATION.source
    assert all(each.source == NO_SOURCE and "unverified" in each.source for each in (*COMMON, *OF_SIDE) if each is not DURATION)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("duration_days = 60", "duration_days = 61", "RN205"),
        ("duration_days = 60", "duration_days = 0", "RN205"),
        ("duration_days = 60", "duration_days = 59.5", "RN206"),
        ("hours_per_day = 6", "hours_per_day = 25", "RN205"),
        ("rate_hz = 20.0", "rate_hz = 20.05", "RN206"),
        ("pulse_width_us = 50", "pulse_width_us = 9", "RN205"),
        ("amplitude_ma = 1.0", "amplitude_ma = 2.1", "RN403"),
        ("amplitude_ma = 1.0", "amplitude_ma = 30.1", "RN205"),
        ("[percutaneous.left]\n", "[percutaneous.left]\nelectrodes = '-L1+L2'\n", "RN201"),
        ("[percutaneous]\n", "[program]\nrate_hz = 20.0\n[percutaneous]\n", "RN410"),
        ('"percutaneous"', '"implanted"', "RN410"),
        ("hours_per_day = 6\n", "", "RN202"),
    ],
)
def test_what_is_out_of_place_is_found(old: str, new: str, rule: str) -> None:
    assert rule in rules_of(changed((old, new), text=SKIN))


def test_a_range_without_a_source_says_so() -> None:
    assert "unverified" in only(changed(("rate_hz = 20.0", "rate_hz = 200.0"), text=SKIN), "RN205").source


def test_charge_is_judged_where_the_area_is_known() -> None:
    assert rules_of(SKIN) == ["RN306"]
    assert "RN306" not in rules_of(WITH_AREA)
    strong = changed(("amplitude_ma = 1.0", "amplitude_ma = 20.0"), ("max_amplitude_ma = 2.0", "max_amplitude_ma = 20.0"), text=WITH_AREA)
    assert {"RN301", "RN302"} <= set(rules_of(strong))  # 20 mA for 50 us on 0.01 cm2: 1 uC, 100 uC/cm2, k 2
    assert only(strong, "RN301").field == "percutaneous.left.amplitude_ma"


def test_without_a_side_nothing_is_stimulated() -> None:
    text = SKIN[: SKIN.index("[percutaneous.left]")] + SKIN[SKIN.index("[provenance]") :]
    assert "RN406" in rules_of(without("percutaneous.left", text=text))


def test_it_is_never_taken_for_a_program() -> None:
    with pytest.raises(ProfileError, match="percutaneous stimulator"):
        parse(SKIN, "inline.toml")
    assert "RN202" in rules_of(changed(('"implanted"', '"percutaneous"')))
    assert parse(GOOD, "inline.toml").program.rate_hz == Decimal(20)


def test_every_number_needs_a_source() -> None:
    numbers = [path for path in NUMBERS if path[0] == "percutaneous"]
    assert all(SOURCED[path] == path for path in numbers)
    assert "RN601" in rules_of(without("percutaneous.rate_hz", text=SKIN))
