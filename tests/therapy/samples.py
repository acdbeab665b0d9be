"""A device, a program and a sweep that are all in order; tests change one thing at a time."""

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Contact, Electrodes, Side
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.grid import Range
from rnprog.therapy.impedance import ImpedanceReading, ImpedanceSweep
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds

HERE: dict[str, Any] = {"serial": "RN1-0042", "link_session": 7, "now_ms": 100_000}
"""The device, the link session and the moment of most tests."""

RN1 = Capabilities(
    model="RN-1",
    amplitude_ma=Range(D(0), D("10.0"), D("0.1")),
    pulse_width_us=Range(D(50), D(500), D(1)),
    rate_hz=Range(D("1.0"), D("50.0"), D("0.1")),
    ramp_s=Range(D(0), D(10), D("0.5")),
    on_s=Range(D(1), D(60), D(1)),
    off_s=Range(D(0), D(120), D(1)),
    session_min=Range(D(1), D(60), D(1)),
    sessions_per_day=Range(D(0), D(6), D(1)),
    step_limit_ma=D("0.5"),
    leads=(Side.LEFT, Side.RIGHT),
    contacts_per_lead=4,
    contact_area_cm2=D("0.1225"),
    case_area_cm2=D("20"),
    compliance_v=D("9.0"),
    interphase_gap_us=50,
    charge_density_limit_uc_cm2=D("30"),
    slots=4,
    lease_s=D("0.8"),
    run_on_bound_s=D("1.0"),
    impedance_test_ma=D("0.2"),
    impedance_test_us=D(100),
    impedance_min_ohm=50,
    impedance_max_ohm=10_000,
)


def ma(text: str) -> Milliamps:
    return Milliamps(D(text))


def device(**changes: Any) -> Capabilities:
    return replace(RN1, **changes)


def side(electrodes: str = "-L1+L2", amplitude_ma: str = "2.5", pulse_width_us: str = "214") -> SideProgram:
    return SideProgram(Electrodes.parse(electrodes), ma(amplitude_ma), Microseconds(D(pulse_width_us)))


BOTH = Program(
    left=side(),
    right=side("-R1+R2", "3.0"),
    rate_hz=Hertz(D(20)),
    ramp_up_s=Seconds(D(2)),
    ramp_down_s=Seconds(D(2)),
    on_s=Seconds(D(10)),
    off_s=Seconds(D(20)),
    session_min=Minutes(D(30)),
    sessions_per_day=D(2),
)


def program(**changes: Any) -> Program:
    return replace(BOTH, **changes)


def sweep(ohm: int | None = 800, **changes: Any) -> ImpedanceSweep:
    """Every pair on each lead and each contact against the case, all with the same value."""
    pairs = [(a, b) for a in Contact for b in Contact if a < b and (a[0] == b[0] or Contact.CASE in (a, b))]
    whole = ImpedanceSweep(tuple(ImpedanceReading(a, b, ohm) for a, b in pairs), "RN1-0042", 7, 90_000)
    return replace(whole, **changes)


def setup(**changes: Any) -> TestSetup:
    usual = TestSetup(Side.LEFT, Electrodes.parse("-L1+L2"), Microseconds(D(214)), Hertz(D(20)), Seconds(D(1)), Seconds(D(1)))
    return replace(usual, **changes)
