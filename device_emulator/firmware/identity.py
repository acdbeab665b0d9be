"""Who the device is and what it says it can do (docs/protocol.md, 4.1 and 4.8). Numbers only; knows no state."""

from __future__ import annotations

from dataclasses import dataclass

from rnprog.protocol.messages import CapabilitiesReply

EMULATOR_FLAG = 0x0001

# The reference device of this project: its numbers are ours, not a vendor's.
CAPABILITIES = CapabilitiesReply(
    amplitude_max_ua=10_000,
    amplitude_step_ua=100,
    step_limit_ua=500,
    width_min_us=50,
    width_max_us=500,
    width_step_us=1,
    rate_min_mhz=1_000,
    rate_max_mhz=50_000,
    rate_step_mhz=100,
    ramp_max_ms=10_000,
    ramp_step_ms=500,
    on_min_ms=1_000,
    on_max_ms=60_000,
    on_step_ms=1_000,
    off_max_ms=120_000,
    off_step_ms=1_000,
    session_min_s=60,
    session_max_s=3_600,
    session_step_s=60,
    sessions_per_day_max=6,
    leads=2,
    contacts_per_lead=4,
    slots=4,
    contact_area_um2=12_250_000,
    case_area_um2=1_000_000_000,
    compliance_mv=9_000,
    interphase_gap_us=20,
    density_limit_nc_cm2=30_000,
    lease_ms=800,
    run_on_bound_ms=1_000,
    impedance_current_ua=200,
    impedance_width_us=100,
    impedance_min_ohm=50,
    impedance_max_ohm=10_000,
    max_payload=1_004,
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What IDENTIFY answers, apart from the boot count."""

    serial: str
    model: str = "RN-1"
    firmware: tuple[int, int, int] = (1, 0, 0)
    version_min: int = 1
    version_max: int = 1
    hardware: int = 1


def serial_of(seed: int) -> str:
    """The serial number a new emulated device gets. The E marks it as emulated, for people; a programmer must not rely on it."""
    return f"RN1-E{seed % 10_000_000:07d}"
