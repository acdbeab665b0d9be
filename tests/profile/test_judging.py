"""Therapy's findings get their rule ids; none is lost, and unreadable entries do not hide the others."""

from dataclasses import replace
from decimal import Decimal

import pytest

from rnprog.profile.judging import rule_of
from rnprog.profile.reference import REFERENCE_SOURCE, RN1
from rnprog.profile.verify import verify_text
from rnprog.therapy.contacts import Side
from rnprog.therapy.findings import Caution, Source, Violation
from tests.profile.texts import GOOD, changed, only, rules_of, without


def test_all_sides_and_rules_are_reported_at_once() -> None:
    text = changed(
        ("= 2.5", "= 10.05"), ("amplitude_ma = 2.0", "amplitude_ma = 3.5"), ("on_s = 10", "on_s = 2"), ("off_s = 20", "off_s = 500")
    )
    found = {(finding.rule, finding.field) for finding in verify_text(text, "inline.toml")}
    assert found >= {
        ("RN205", "left.amplitude_ma"),
        ("RN206", "left.amplitude_ma"),
        ("RN502", "left.amplitude_ma"),
        ("RN403", "left.amplitude_ma"),
        ("RN403", "right.amplitude_ma"),
        ("RN401", "program.ramp_up_s"),
        ("RN205", "program.off_s"),
    }


def test_an_unreadable_entry_does_not_hide_the_others() -> None:
    text = changed(
        ("rate_hz = 20.0", "rate_hz = nan"),
        ("-L1+L2", "-L1"),
        ("= 2.5", "= 2.55"),
        ("amplitude_ma = 2.0", "amplitude_ma = 3.5"),
        ("on_s = 10", "on_s = 99"),
    )
    found = {(finding.rule, finding.field) for finding in verify_text(text, "inline.toml")}
    assert found == {
        ("RN204", "program.rate_hz"),
        ("RN402", "left.electrodes"),
        ("RN206", "left.amplitude_ma"),
        ("RN502", "left.amplitude_ma"),
        ("RN403", "right.amplitude_ma"),
        ("RN205", "program.on_s"),
        ("RN502", "program.on_s"),
    }


def test_charge_is_judged_even_if_the_rate_cannot_be_read() -> None:
    text = changed(("rate_hz = 20.0", "rate_hz = true"), ("= 2.5", "= 10.0"), ("= 214", "= 500"))
    assert {"RN203", "RN301", "RN302"} <= set(rules_of(text))
    assert "RN303" not in rules_of(text)


def test_the_smaller_area_counts() -> None:
    big = changed(('"0.1225"', '"1"'), ("= 2.5", "= 10.0"), ("= 214", "= 500"))
    assert {"RN301", "RN503"} <= set(rules_of(big))
    text = changed(("= 2.5", "= 10.0"), ("= 214", "= 100"))
    assert "RN301" not in rules_of(text)
    assert "RN301" in rules_of(text, replace(RN1, contact_area_cm2=Decimal("0.01")))


def test_a_model_without_limits_is_judged_by_the_rules_of_rnprog_only() -> None:
    text = changed(('"RN-1"', '"XY-2"'), ("= 2.5", "= 10.1"))
    found = set(rules_of(text))
    assert {"RN501", "RN205", "RN403"} <= found
    assert not {rule for rule in found if rule.startswith("RN5")} - {"RN501"}
    assert "--limits" in only(text, "RN501").text
    assert "RN501" not in rules_of(changed(('"RN-1"', '"XY-2"')), replace(RN1, model="XY-2"))


def test_a_device_rule_names_whose_limits_they_are() -> None:
    text = changed(("= 2.5", "= 10.1"))
    assert only(text, "RN502").source == REFERENCE_SOURCE
    assert only(text, "RN502", RN1).source == "limits reported by RN-1"
    assert only(text, "RN205").source == "RN-1 reference design, not a clinical recommendation"


def test_a_device_with_one_lead_refuses_the_other_side() -> None:
    assert only(GOOD, "RN505", replace(RN1, leads=(Side.LEFT,))).field == "right.electrodes"


def test_the_area_decides_nothing_while_it_cannot_be_read() -> None:
    assert "RN503" not in rules_of(changed(('"0.1225"', '"0.1225 cm2"')))
    assert rules_of(without('contact_area_cm2 = "0.1225"')) == ["RN202", "RN603"]


@pytest.mark.parametrize("kind", [Violation, Caution])
@pytest.mark.parametrize("source", [Source.LADDER, Source.IMPEDANCE, Source.COMPLIANCE])
def test_a_finding_without_an_id_of_its_own_is_kept(kind: type[Violation], source: Source) -> None:
    found = kind("amplitude_ma", "Amplitude", Side.LEFT, "2.5 mA", "less", source, "A rule.")
    assert rule_of(found) == "RN400"
