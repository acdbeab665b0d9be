"""Which rules apply to what: a side, a whole program, a test setup, a step of the amplitude.

It gathers findings from `rules` and approves nothing. It must not know slots, serial numbers or approvals.
"""

from collections.abc import Iterator
from decimal import Decimal

from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Side
from rnprog.therapy.findings import Caution, Source, Violation
from rnprog.therapy.grid import Range
from rnprog.therapy.parameters import (
    AMPLITUDE,
    OFF,
    ON,
    PULSE_WIDTH,
    RAMP_DOWN,
    RAMP_UP,
    RATE,
    SESSION_LENGTH,
    SESSIONS_PER_DAY,
    Parameter,
)
from rnprog.therapy.program import COMMON_PARAMETERS, Program
from rnprog.therapy.proposals import Ladder, PatientLimits, TestSetup
from rnprog.therapy.rules import (
    Dose,
    Gate,
    balance_findings,
    charge_findings,
    electrode_findings,
    impedance_findings,
    patient_findings,
    range_findings,
)
from rnprog.therapy.units import Milliamps, plain

Findings = Iterator[Violation | Caution]

STEP_LIMIT_MA = Decimal("0.5")
"""Largest rise above the last delivered and above the highest tolerated amplitude. A choice of this project,
`unverified` clinically."""

MINUTES_PER_DAY = 1440


def device_range(parameter: Parameter, capabilities: Capabilities) -> Range:
    """The device's range for a parameter of rnprog."""
    return {
        AMPLITUDE.key: capabilities.amplitude_ma,
        PULSE_WIDTH.key: capabilities.pulse_width_us,
        RATE.key: capabilities.rate_hz,
        RAMP_UP.key: capabilities.ramp_s,
        RAMP_DOWN.key: capabilities.ramp_s,
        ON.key: capabilities.on_s,
        OFF.key: capabilities.off_s,
        SESSION_LENGTH.key: capabilities.session_min,
        SESSIONS_PER_DAY.key: capabilities.sessions_per_day,
    }[parameter.key]


def side_findings(dose: Dose, capabilities: Capabilities, highest_ma: Milliamps | None, gate: Gate | None) -> Findings:
    """All rules for one side. `gate` `None`: impedance and compliance are not judged.

    Amplitude 0 delivers nothing: it is legal on every device and needs no impedance. With electrodes that cannot be
    used at all, the impedance between them is not asked for.
    """
    yield from electrode_findings(dose.side, dose.electrodes, capabilities)
    if dose.amplitude_ma != 0:
        yield from range_findings(AMPLITUDE, dose.amplitude_ma, capabilities.amplitude_ma, dose.side)
        yield from patient_findings(dose, highest_ma)
    yield from range_findings(PULSE_WIDTH, dose.pulse_width_us, capabilities.pulse_width_us, dose.side)
    yield from charge_findings(dose, capabilities)
    yield from balance_findings(dose, capabilities)
    if gate is not None and dose.electrodes.problem(dose.side) is None:
        yield from impedance_findings(dose, gate, capabilities)


def program_findings(program: Program, capabilities: Capabilities, patient: PatientLimits, gate: Gate | None) -> Findings:
    """All rules for a whole program; the impedance gate holds for the sides with an amplitude above 0."""
    doses = doses_of(program)
    for dose in doses:
        side_gate = gate if dose.amplitude_ma > 0 else None
        yield from side_findings(dose, capabilities, patient.highest_ma(dose.side), side_gate)
    for parameter in COMMON_PARAMETERS:
        yield from range_findings(parameter, program.value(parameter), device_range(parameter, capabilities))
    if not doses:
        sentence = "The program stimulates neither side. Set up at least one side."
        yield Violation("sides", "Sides", None, "none", "at least one side", Source.PRODUCT, sentence)
    elif all(dose.amplitude_ma == 0 for dose in doses):
        sentence = "The amplitude is 0 mA, so this program delivers nothing. Allowed; make sure that this is meant."
        zero = AMPLITUDE.show(AMPLITUDE.minimum)
        yield Caution(AMPLITUDE.key, AMPLITUDE.label, None, zero, "above 0 mA", Source.PRODUCT, sentence)
    yield from _duty_findings(program)


def setup_findings(
    setup: TestSetup, amplitude_ma: Milliamps, capabilities: Capabilities, highest_ma: Milliamps | None, gate: Gate
) -> Findings:
    """All rules for test stimulation on one side; the impedance gate holds already at amplitude 0."""
    dose = Dose(setup.side, setup.electrodes, amplitude_ma, setup.pulse_width_us, setup.rate_hz)
    yield from side_findings(dose, capabilities, highest_ma, gate)
    for parameter, value in ((RATE, setup.rate_hz), (RAMP_UP, setup.ramp_up_s), (RAMP_DOWN, setup.ramp_down_s)):
        yield from range_findings(parameter, value, device_range(parameter, capabilities))


def ladder_findings(side: Side, amplitude_ma: Milliamps, ladder: Ladder, capabilities: Capabilities) -> Iterator[Violation]:
    """The rules of small steps: above the last delivered, above the highest tolerated, and the ceiling."""
    last, tolerated = ladder.last_delivered_ma, ladder.highest_tolerated_ma
    device_step = capabilities.step_limit_ma
    bounds = [
        (last + STEP_LIMIT_MA, f"{STEP_LIMIT_MA} mA above the last delivered amplitude", Source.LADDER),
        (last + device_step, f"{plain(device_step)} mA above the last delivered amplitude", Source.DEVICE),
        (tolerated + STEP_LIMIT_MA, f"{STEP_LIMIT_MA} mA above the highest tolerated amplitude", Source.LADDER),
    ]
    if ladder.ceiling_ma is not None:
        bounds.append((ladder.ceiling_ma, "the ceiling set by discomfort", Source.LADDER))
    shown = AMPLITUDE.show(amplitude_ma)
    for highest_ma, why, source in bounds:
        if amplitude_ma > highest_ma:
            highest = AMPLITUDE.show(highest_ma)
            owner = "the device" if source is Source.DEVICE else "rnprog"
            sentence = f"{side.label} amplitude {shown} is above {highest}, {why} (a rule of {owner}). Choose {highest} or less."
            bound = f"at most {highest}, {why}"
            yield Violation(AMPLITUDE.key, AMPLITUDE.label, side, shown, bound, source, sentence)


def doses_of(program: Program) -> tuple[Dose, ...]:
    """The sides that the program sets up, left first."""
    parts = [(side, part) for side in Side if (part := program.side(side)) is not None]
    return tuple(Dose(side, part.electrodes, part.amplitude_ma, part.pulse_width_us, program.rate_hz) for side, part in parts)


def _duty_findings(program: Program) -> Iterator[Violation]:
    ramps_s = program.ramp_up_s + program.ramp_down_s
    if ramps_s > program.on_s:
        shown, on_time = RAMP_UP.show(ramps_s), ON.show(program.on_s)
        bound = f"ramps together at most {on_time}"
        sentence = f"The ramps together take {shown}, longer than the on time of {on_time}. Shorten the ramps."
        yield Violation(RAMP_UP.key, "Ramps", None, shown, bound, Source.PRODUCT, sentence)
    daily_min = program.sessions_per_day * program.session_min
    if daily_min > MINUTES_PER_DAY:
        shown, day = SESSION_LENGTH.show(daily_min), f"{MINUTES_PER_DAY} min"
        sentence = f"All sessions of a day together take {shown}, but a day has {day}. Choose fewer or shorter ones."
        yield Violation(SESSIONS_PER_DAY.key, SESSIONS_PER_DAY.label, None, shown, f"at most {day} a day", Source.PRODUCT, sentence)
