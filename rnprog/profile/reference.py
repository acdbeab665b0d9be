"""The limits of the RN-1 reference device as data, for verification without a device at hand: docs/protocol.md, section 4.8.

A real device reports its own limits, and those are what counts when a program is written.
"""

from __future__ import annotations

from decimal import Decimal

from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Side
from rnprog.therapy.grid import Range

REFERENCE_SOURCE = "RN-1 reference limits, docs/protocol.md section 4.8"

RN1 = Capabilities(
    model="RN-1",
    amplitude_ma=Range(Decimal("0.0"), Decimal("10.0"), Decimal("0.1")),
    pulse_width_us=Range(Decimal(50), Decimal(500), Decimal(1)),
    rate_hz=Range(Decimal("1.0"), Decimal("50.0"), Decimal("0.1")),
    ramp_s=Range(Decimal("0.0"), Decimal("10.0"), Decimal("0.5")),
    on_s=Range(Decimal(1), Decimal(60), Decimal(1)),
    off_s=Range(Decimal(0), Decimal(120), Decimal(1)),
    session_min=Range(Decimal(1), Decimal(60), Decimal(1)),
    sessions_per_day=Range(Decimal(0), Decimal(6), Decimal(1)),
    step_limit_ma=Decimal("0.5"),
    leads=(Side.LEFT, Side.RIGHT),
    contacts_per_lead=4,
    contact_area_cm2=Decimal("0.1225"),
    case_area_cm2=Decimal(10),
    compliance_v=Decimal(9),
    interphase_gap_us=20,
    charge_density_limit_uc_cm2=Decimal(30),
    slots=4,
    lease_s=Decimal("0.8"),
    run_on_bound_s=Decimal(1),
    impedance_test_ma=Decimal("0.2"),
    impedance_test_us=Decimal(100),
    impedance_min_ohm=50,
    impedance_max_ohm=10_000,
)

LIMITS_OF: dict[str, Capabilities] = {RN1.model: RN1}
"""Per device model the limits that come with rnprog."""

LEAD_AREAS_CM2: dict[str, Decimal] = {"RN-1 reference lead": Decimal("0.1225")}
"""Per lead model the area of one contact. A published lead gets its line here with its source; none was found for this therapy."""
