"""Where the rules of therapy fall silent: the largest values about which they have nothing to say, found by asking them.

For `quick`, which then compares instead of asking. No rule and no limit stands here. It relies on the rules being monotone: what is said
about a charge is said about every larger one, and likewise for the width of a pulse (a test goes through the whole grid).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from rnprog.profile.compliance import drivable
from rnprog.profile.fields import NUMBERS, PROGRAM
from rnprog.profile.findings import KeyPath
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.checks import device_range, program_findings
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.parameters import AMPLITUDE, PARAMETERS, RATE
from rnprog.therapy.program import COMMON_PARAMETERS, Program
from rnprog.therapy.proposals import PatientLimits
from rnprog.therapy.rules import Dose, balance_findings, charge_findings, electrode_findings, range_findings
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds

MOST_PC = 10_000_000
"""More than 10 mA for 500 us, the highest that rnprog allows at all."""
MOST_US = 1000


def alone(path: KeyPath, value: Decimal, capabilities: Capabilities) -> bool:
    """Whether nothing is said about a number by itself: its range and step in rnprog and in the device, and whether that can drive it."""
    parameter = NUMBERS[path]
    device = device_range(parameter, capabilities) if parameter in PARAMETERS else parameter.range
    quiet = next(range_findings(parameter, value, device), None) is None
    return quiet and (parameter is not AMPLITUDE or drivable(value, capabilities))


def quiet_electrodes(side: Side, electrodes: Electrodes, capabilities: Capabilities) -> bool:
    """Whether nothing is said about an electrode set."""
    return next(electrode_findings(side, electrodes, capabilities), None) is None


def quiet_pc(side: Side, electrodes: Electrodes, capabilities: Capabilities) -> int:
    """The largest charge of one phase, in pC, about which nothing is said on these electrodes."""

    def quiet(phase_pc: int) -> bool:
        dose = Dose(side, electrodes, Milliamps(Decimal(phase_pc).scaleb(-3)), Microseconds(Decimal(1)), Hertz(RATE.minimum))
        return next(charge_findings(dose, capabilities), None) is None

    return _largest(MOST_PC, quiet)


def quiet_us(rate_hz: Decimal, capabilities: Capabilities) -> int:
    """The longest pulse width, in us, of which nothing is said at this rate."""
    electrodes = Electrodes(frozenset(), frozenset())

    def quiet(width_us: int) -> bool:
        dose = Dose(Side.LEFT, electrodes, Milliamps(Decimal(0)), Microseconds(Decimal(width_us)), Hertz(rate_hz))
        return next(balance_findings(dose, capabilities), None) is None

    return _largest(MOST_US, quiet)


def quiet_schedule(numbers: dict[KeyPath, Decimal], capabilities: Capabilities) -> bool:
    """Whether nothing is said about ramps, times and sessions together. The rate and the sides are not looked at."""
    values = {parameter.key: numbers[PROGRAM, parameter.key] for parameter in COMMON_PARAMETERS}
    program = Program(
        left=None,
        right=None,
        rate_hz=Hertz(values["rate_hz"]),
        ramp_up_s=Seconds(values["ramp_up_s"]),
        ramp_down_s=Seconds(values["ramp_down_s"]),
        on_s=Seconds(values["on_s"]),
        off_s=Seconds(values["off_s"]),
        session_min=Minutes(values["session_min"]),
        sessions_per_day=values["sessions_per_day"],
    )
    return all(found.field in ("sides", RATE.key) for found in program_findings(program, capabilities, PatientLimits(), None))


def _largest(most: int, quiet: Callable[[int], bool]) -> int:
    """The largest number up to `most` that is quiet; -1 if not even 0 is."""
    if not quiet(0):
        return -1
    low, high = 0, most + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if quiet(middle) else (low, middle)
    return low
