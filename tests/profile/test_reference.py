"""The packaged limits are those of the protocol document, number by number."""

import re
from decimal import Decimal
from pathlib import Path

from rnprog.profile.reference import LIMITS_OF, RN1
from rnprog.therapy.grid import Range

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "protocol.md"


def documented() -> dict[str, Decimal]:
    section = DOCUMENT.read_text(encoding="utf-8").partition("### 4.8 ")[2].partition("\n## ")[0]
    return {name: Decimal(number.replace(",", "")) for name, number in re.findall(r"\| (\w+) \| ([0-9,]+) (?=\|)", section)}


def test_the_reference_limits_are_those_of_the_document() -> None:
    d = documented()
    assert LIMITS_OF == {"RN-1": RN1}
    assert RN1.amplitude_ma == Range(Decimal(0), d["amplitude_max_ua"] / 1000, d["amplitude_step_ua"] / 1000)
    assert RN1.step_limit_ma == d["step_limit_ua"] / 1000
    assert RN1.pulse_width_us == Range(d["width_min_us"], d["width_max_us"], d["width_step_us"])
    assert RN1.rate_hz == Range(d["rate_min_mhz"] / 1000, d["rate_max_mhz"] / 1000, d["rate_step_mhz"] / 1000)
    assert RN1.ramp_s == Range(Decimal(0), d["ramp_max_ms"] / 1000, d["ramp_step_ms"] / 1000)
    assert RN1.on_s == Range(d["on_min_ms"] / 1000, d["on_max_ms"] / 1000, d["on_step_ms"] / 1000)
    assert RN1.off_s == Range(Decimal(0), d["off_max_ms"] / 1000, d["off_step_ms"] / 1000)
    assert RN1.session_min == Range(d["session_min_s"] / 60, d["session_max_s"] / 60, d["session_step_s"] / 60)
    assert RN1.sessions_per_day == Range(Decimal(0), d["sessions_per_day_max"], Decimal(1))
    assert [len(RN1.leads), RN1.contacts_per_lead, RN1.slots] == [d["leads"], d["contacts_per_lead"], d["slots"]]
    assert [RN1.contact_area_um2, RN1.case_area_um2] == [d["contact_area_um2"], d["case_area_um2"]]
    assert [RN1.compliance_mv, RN1.interphase_gap_us] == [d["compliance_mv"], d["interphase_gap_us"]]
    assert RN1.charge_density_limit_uc_cm2 == d["density_limit_nc_cm2"] / 1000
    assert [RN1.lease_s, RN1.run_on_bound_s] == [d["lease_ms"] / 1000, d["run_on_bound_ms"] / 1000]
    assert [RN1.impedance_test_ma, RN1.impedance_test_us] == [d["impedance_current_ua"] / 1000, d["impedance_width_us"]]
    assert [RN1.impedance_min_ohm, RN1.impedance_max_ohm] == [d["impedance_min_ohm"], d["impedance_max_ohm"]]
