"""Every rule of the catalogue, with a text that keeps it and one that breaks it."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from rnprog.profile.reference import RN1
from rnprog.profile.rules import RULES, Severity
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.grid import Range
from tests.profile.texts import GOOD, PULLED, SIGNED, SKIN, changed, emulated, only, rules_of, signed, without

STRONGER = replace(RN1, model="RN-9")
NARROW = replace(RN1, amplitude_ma=Range(Decimal(0), Decimal("2.2"), Decimal("0.1")))
LOW_DENSITY = replace(RN1, charge_density_limit_uc_cm2=Decimal(4))
WEAK = replace(RN1, compliance_v=Decimal(1))
THREE_CONTACTS = replace(RN1, contacts_per_lead=3)
SMALL_CONTACT = (
    ('contact_area_cm2 = "0.1225"', 'contact_area_cm2 = "0.01"'),
    ("max_amplitude_ma = 3.0", "max_amplitude_ma = 4.0"),
    ("amplitude_ma = 2.0", "amplitude_ma = 0.5"),
)
NO_SIDES = changed(("[left]", "[left_]"))[: GOOD.index("[left]")] + GOOD[GOOD.index("[provenance]") : GOOD.index("left.electrodes")]
SAME = GOOD


class Case(NamedTuple):
    rule: str
    breaks: str
    keeps: str = SAME
    field: str | None = None
    capabilities: Capabilities | None = None


CASES = [
    Case("RN103", GOOD + "#" * 16_384, GOOD + "#" * (16_384 - len(GOOD))),
    Case("RN105", f"x{'.a' * 17} = 1\n{GOOD}", changed(('title = "Both sides"', f'title = "{"." * 60}"'))),
    Case("RN106", changed(("on_s = 10", "on_s = "))),
    Case("RN107", changed(("on_s = 10", "on_s = 10\non_s = 10")), field="program.on_s"),
    Case("RN108", changed(("profile/2", "profile/9"))),
    Case("RN110", changed(("on_s = 10", "on_s = 10 # \u202e")), changed(("on_s = 10", "on_s = 10 # größer"))),
    Case("RN201", changed(("[left]\n", "[left]\namplitude_ua = 2500\n")), field="left.amplitude_ua"),
    Case("RN202", without("session_min = 30"), field="program.session_min"),
    Case("RN203", changed(("on_s = 10", "on_s = true")), field="program.on_s"),
    Case("RN204", changed(("on_s = 10", "on_s = 1e1")), changed(("on_s = 10", "on_s = 10.0")), "program.on_s"),
    Case("RN205", changed(("rate_hz = 20.0", "rate_hz = 50.1")), changed(("rate_hz = 20.0", "rate_hz = 50.0")), "program.rate_hz"),
    Case("RN206", changed(("= 2.5", "= 2.55")), changed(("= 2.5", "= 2.500")), "left.amplitude_ma"),
    Case("RN207", changed(("Both sides", "Both \\u202esides")), changed(("Both sides", "Beide Seiten, größer")), "profile.title"),
    Case("RN208", changed(("left-and-right", "Left")), field="profile.name"),
    Case("RN209", changed(("2026-01-31", "2026-02-30")), changed(("2026-01-31", "2028-02-29")), "provenance.created"),
    Case("RN210", changed(('"0.1225"', '"12.25"')), field="target.contact_area_cm2"),
    Case("RN211", changed(('"draft"', '"final"')), field="profile.state"),
    Case("RN212", changed(('"implanted"', '"wireless"')), field="profile.class"),
    # 4.0 mA x 80 us on 0.01 cm2 is 32 uC/cm2, with k 1.01; 75 us is 30 exactly
    Case("RN213", changed(("0a1b2c3d", "0x1b2c3d"), text=PULLED), PULLED, "origin.checksum"),
    Case("RN214", changed(('created = "2026-01-31"', 'created = "2026-01-31"\nmode = "Emulator"')), emulated(GOOD), "provenance.mode"),
    Case(
        "RN301",
        changed(*SMALL_CONTACT, ("= 2.5", "= 4.0"), ("= 214", "= 80")),
        changed(*SMALL_CONTACT, ("= 2.5", "= 4.0"), ("= 214", "= 75")),
    ),
    # 10 mA x 265 us on 0.1225 cm2 is k 1.758; 262 us is 1.748
    Case("RN302", changed(("= 2.5", "= 10.0"), ("= 214", "= 265")), changed(("= 2.5", "= 10.0"), ("= 214", "= 262")), "left.amplitude_ma"),
    Case("RN304", changed(*SMALL_CONTACT, ("= 214", "= 80")), changed(*SMALL_CONTACT, ("= 214", "= 79")), "left.amplitude_ma"),
    Case("RN305", changed(("= 2.5", "= 10.0"), ("= 214", "= 200")), changed(("= 2.5", "= 10.0"), ("= 214", "= 190")), "left.amplitude_ma"),
    Case("RN401", changed(("on_s = 10", "on_s = 3")), changed(("on_s = 10", "on_s = 4")), "program.ramp_up_s"),
    Case("RN402", changed(("-L1+L2", "-L1")), changed(("-L1+L2", "-L1+case")), "left.electrodes"),
    Case("RN403", changed(("= 2.5", "= 3.1")), changed(("= 2.5", "= 3.0")), "left.amplitude_ma"),
    Case(
        "RN404",
        changed(("discomfort = 3.4", "discomfort = 2.9")),
        changed(("discomfort = 3.4", "discomfort = 3.0")),
        "left.max_amplitude_ma",
    ),
    Case("RN405", changed(("motor = 1.8", "motor = 3.5")), changed(("motor = 1.8", "motor = 3.4")), "left.thresholds_ma.motor"),
    Case("RN406", NO_SIDES, field=""),
    Case(
        "RN407",
        changed(("session_min = 30", "session_min = 730")),
        changed(("session_min = 30", "session_min = 720")),
        "program.sessions_per_day",
    ),
    Case("RN408", changed(("= 2.5", "= 0.0"), ("amplitude_ma = 2.0", "amplitude_ma = 0")), changed(("= 2.5", "= 0")), ""),
    Case("RN306", SKIN, changed(("[target]\n", '[target]\ncontact_area_cm2 = "0.1"\n'), text=SKIN), "target.contact_area_cm2"),
    Case("RN307", GOOD, changed(("= 2.5", "= 2.1"), ("amplitude_ma = 2.0", "amplitude_ma = 2.1")), "left.amplitude_ma", WEAK),
    Case("RN410", changed(("[left]\n", "[percutaneous]\n[left]\n")), field="percutaneous"),
    Case("RN501", changed(('"RN-1"', '"RN-7"')), field="target.device_model"),
    Case("RN501", GOOD, changed(('"RN-1"', '"RN-9"')), "target.device_model", STRONGER),
    Case("RN502", GOOD, changed(("= 2.5", "= 2.2")), "left.amplitude_ma", NARROW),
    Case("RN503", changed(('"0.1225"', '"0.12"')), field="target.contact_area_cm2"),
    Case("RN504", GOOD, changed(("= 2.5", "= 2.2")), "left.amplitude_ma", LOW_DENSITY),
    Case("RN505", changed(("-L1+L2", "-L1+L3")), GOOD, "left.electrodes", THREE_CONTACTS),
    Case("RN506", changed(('"0.1225"', '"0.12"')), field="target.contact_area_cm2"),
    Case("RN507", changed(('"RN-1 reference lead"', '"another lead"')), field="target.lead_model"),
    Case("RN508", SKIN, SKIN, "profile.class", RN1),
    Case("RN601", without('on_s = "'), field="program.on_s"),
    Case("RN602", changed(('on_s = "unverified"', 'on_s = "TODO"')), field="provenance.sources.on_s"),
    Case("RN603", without("thresholds_ma = {"), field="provenance.sources.left.thresholds_ma"),
    Case("RN604", changed(("rate_hz = 20.0", "rate_hz = 20.1"), text=SIGNED), SIGNED, "validation.digest"),
    Case("RN605", SIGNED, SIGNED, "validation.limits", NARROW),
    Case("RN607", signed(emulated(GOOD)), emulated(GOOD), "provenance.mode"),
    Case("RN606", changed(('"draft"', '"validated"')), SIGNED, "profile.state"),
]
ELSEWHERE = {
    "RN101": "test_reading",
    "RN102": "test_reading",
    "RN104": "test_reading",
    "RN109": "test_verify",
    "RN303": "below: no pulse of rnprog is long enough at a rate of rnprog",
    "RN400": "test_judging",
    "RN409": "test_verify",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_broken_rule_is_found(case: Case) -> None:
    assert case.rule in rules_of(case.breaks, case.capabilities)
    if case.field is not None:
        found = only(case.breaks, case.rule, case.capabilities)
        assert found.field == case.field
        assert found.severity is RULES[case.rule].severity
        assert found.text.endswith(".")
        assert found.source


NEEDS_OTHER_LIMITS = ("RN508", "RN605")
"""What keeps these rules is the same profile, without the limits of the other device."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_kept_rule_is_not_found(case: Case) -> None:
    assert case.rule not in rules_of(case.keeps, None if case.rule in NEEDS_OTHER_LIMITS else case.capabilities)


def test_a_pulse_must_fit_its_period() -> None:
    """At 50 Hz 500 us fit easily, so this needs a width that is out of range too."""
    text = changed(("= 214", "= 9000"), ("rate_hz = 20.0", "rate_hz = 50.0"))
    assert "RN303" in rules_of(text)
    assert only(text, "RN303").field == "left.pulse_width_us"
    assert "RN303" not in rules_of(changed(("= 214", "= 8990"), ("rate_hz = 20.0", "rate_hz = 50.0")))


def test_every_rule_has_its_test() -> None:
    assert {case.rule for case in CASES} | set(ELSEWHERE) == set(RULES)


def test_the_good_profile_breaks_no_rule() -> None:
    assert rules_of(GOOD) == []


def test_ids_and_exit_codes_go_together() -> None:
    for name, rule in RULES.items():
        assert name == rule.id
        assert rule.text.endswith(".")
        assert (rule.exit_code in (65, 66)) == name.startswith("RN1")
        assert rule.severity is Severity.ERROR or rule.exit_code == 1


def test_the_document_lists_the_rules_as_they_are() -> None:
    document = (Path(__file__).resolve().parents[2] / "docs" / "profiles.md").read_text(encoding="utf-8")
    rows = [line for line in document.splitlines() if line.startswith("| RN")]
    assert rows == [f"| {rule.id} | {rule.severity} | {rule.text} |" for rule in RULES.values()]
