"""Where OpenNerve's wire and medicine meet: steps and mA, electrode numbers and contacts, parameters and programs. Exact or refused.

CH1 to CH4 are the contacts of one lead, tip first; which side it is on is the operator's word. Sources: docs/devices.md.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from decimal import Decimal
from zlib import crc32

from rnprog.device.api import ImpedanceReport
from rnprog.device.errors import DeviceRefused, ProtocolMismatch
from rnprog.device.opennerve.dialect import Dialect
from rnprog.device.opennerve.line import refuse
from rnprog.protocol.errors import LocalProtocolError
from rnprog.protocol.opennerve.codes import Role
from rnprog.protocol.opennerve.parameters import SETTINGS, STIMULATION
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Electrodes, Side
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.grid import Range
from rnprog.therapy.impedance import ImpedanceReading
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds, UnitError, to_integer

MODEL = "OpenNerve Gen2"
RAIL_V = Decimal("11.633")
TEST_STEPS = 5
"""SP13 during an impedance test: 0.5 mA, the least the device can be set to."""
TEST_US = 500
LEAST_OHM, MOST_OHM = 100, 5_000
"""The range of its impedance measurement as its makers give it; an open circuit is told as about 5.5 kohm."""
RUN_ON_STEPS = 1
RUN_ON_SLACK_S = 11
"""Therapy of a lost link ended between 120 s and 130 s with HP14 at 119 s: at most 11 s later. One value was measured; that the same holds
for HP14 = 10 s is an extrapolation."""
PARK_STEPS = STIMULATION["SP02"].wire_range[0]
BURST_ON_STEPS, BURST_OFF_STEPS = 1, 30
"""Test stimulation runs as one train of 10 s and then 300 s of nothing: the device's own bound besides HP14."""
STEP_LIMIT_MA = Decimal("0.5")
"""The device has none; this is rnprog's."""
UNKNOWN_CM2 = Decimal("1e-8")
"""An area that nobody has stated counts as next to nothing, so that nothing is stimulated over it."""

PROGRAM = ("SP09", "SP10", "SP03", "SP04", "SP05", "SP06", "SP07", "SP08", "SP02")
"""The parameters a program is made of, besides the session's times, in the order they are written: the amplitude last."""


def run_on_s() -> Decimal:
    """How long test stimulation can outlive a lost link, with HP14 at its least."""
    return Decimal(SETTINGS["HP14"].value(RUN_ON_STEPS)) / 1000 + RUN_ON_SLACK_S


def side_of(dialect: Dialect) -> Side:
    """The side the lead is on."""
    return Side(dialect.lead)


def capabilities(dialect: Dialect, role: Role, highest_steps: int) -> Capabilities:
    """What it can do for this role. `highest_steps`: SP13; the device lowers to it whatever is above."""
    highest_ma = _ma("SP13", highest_steps)
    return Capabilities(
        model=MODEL,
        amplitude_ma=replace(_range("SP02", 1000), maximum=highest_ma),
        pulse_width_us=_range("SP03", 1),
        rate_hz=_range("SP04", 1000),
        ramp_s=_range("SP05", 1000),
        on_s=_range("SP07", 1000),
        off_s=_range("SP08", 1000),
        session_min=Range(Decimal(1), Decimal(60), Decimal(1)),
        sessions_per_day=Range(Decimal(0), Decimal(0), Decimal(1)),
        step_limit_ma=STEP_LIMIT_MA,
        leads=(side_of(dialect),),
        contacts_per_lead=4,
        contact_area_cm2=dialect.contact_cm2 or UNKNOWN_CM2,
        case_area_cm2=dialect.case_cm2 or UNKNOWN_CM2,
        compliance_v=RAIL_V,
        interphase_gap_us=0,
        charge_density_limit_uc_cm2=Decimal(30),
        slots=1,
        lease_s=None,
        run_on_bound_s=run_on_s(),
        impedance_test_ma=_ma("SP13", TEST_STEPS),
        impedance_test_us=Decimal(TEST_US),
        impedance_min_ohm=LEAST_OHM,
        impedance_max_ohm=MOST_OHM,
        has_impedance=role is Role.ADMIN,
        has_live_amplitude=False,
        has_program_store=role in (Role.ADMIN, Role.CLINICIAN),
        ends_bursts=False,
        tells_output=False,
        contacts_per_pole=1,
    )


def bench_capabilities(dialect: Dialect) -> Capabilities:
    """In bench mode: nothing that needs a parameter, a measurement or a start."""
    nothing = capabilities(dialect, Role.PATIENT, TEST_STEPS)
    return replace(nothing, has_impedance=False, has_program_store=False, slots=0)


def number_of(contact: Contact, dialect: Dialect) -> int:
    """1 to 4, 5 the enclosure. DeviceRefused for a contact of the other side."""
    if contact is Contact.CASE:
        return 5
    lead = CONTACTS_OF[side_of(dialect)]
    if contact not in lead:
        raise refuse(f"This device has one lead, on the {dialect.lead} side: there is no {contact}. Nothing was sent.", "ELECTRODES")
    return lead.index(contact) + 1


def contact_of(number: int, dialect: Dialect) -> Contact:
    """The contact of an electrode number. ProtocolMismatch for a number there is not."""
    if number == 5:
        return Contact.CASE
    if not 1 <= number <= 4:
        raise ProtocolMismatch(f"The device names electrode {number}; it has 1 to 5.")
    return CONTACTS_OF[side_of(dialect)][number - 1]


def poles(electrodes: Electrodes, dialect: Dialect) -> tuple[int, int]:
    """Cathode and anode. DeviceRefused for more than one contact on a pole."""
    if len(electrodes.cathodes) != 1 or len(electrodes.anodes) != 1:
        raise refuse(f"This device drives one contact on each pole, not {electrodes}. Choose one cathode and one anode.", "ELECTRODES")
    (cathode,), (anode,) = electrodes.cathodes, electrodes.anodes
    return number_of(cathode, dialect), number_of(anode, dialect)


def setup_steps(setup: TestSetup, dialect: Dialect) -> dict[str, int]:
    """What is written to prepare test stimulation, without its amplitude."""
    cathode, anode = poles(setup.electrodes, dialect)
    return {
        "SP09": cathode,
        "SP10": anode,
        "SP03": _steps("SP03", setup.pulse_width_us, 1),
        "SP04": _steps("SP04", setup.rate_hz, 1000),
        "SP05": _steps("SP05", setup.ramp_up_s, 1000),
        "SP06": _steps("SP06", setup.ramp_down_s, 1000),
        "SP07": BURST_ON_STEPS,
        "SP08": BURST_OFF_STEPS,
    }


def amplitude_steps(amplitude_ma: Decimal) -> int:
    """SP02. DeviceRefused for an amplitude it cannot hold; 0 mA is one."""
    return _steps("SP02", amplitude_ma, 1000)


def amplitude(steps: int) -> Milliamps:
    """mA of SP02."""
    return Milliamps(_ma("SP02", steps))


def pulse(amplitude: int, width: int) -> str:
    """SP02 and SP03, for people."""
    return f"{_ma('SP02', amplitude)} mA and {STIMULATION['SP03'].value(width)} us"


def program_steps(program: Program, dialect: Dialect, session_start: int) -> dict[str, int]:
    """All parameters of a program, the session's end as `stop`. DeviceRefused for what the device cannot hold."""
    side = side_of(dialect)
    part, other = program.side(side), program.side(Side.RIGHT if side is Side.LEFT else Side.LEFT)
    if part is None or other is not None:
        raise refuse(f"This device has one lead, on the {side} side: a program has that side and no other.", "WRITE_PROGRAM", "SIDE")
    if program.sessions_per_day:
        raise refuse("This device has no daily schedule that can be relied on: set the sessions per day to 0.", "WRITE_PROGRAM")
    setup = TestSetup(side, part.electrodes, part.pulse_width_us, program.rate_hz, program.ramp_up_s, program.ramp_down_s)
    stop = session_start + to_integer(program.session_min, 1)
    if stop > STIMULATION["ST12"].maximum:
        raise refuse("The session would end after midnight, which the device cannot hold. Choose a shorter session.", "WRITE_PROGRAM")
    steps = setup_steps(setup, dialect)
    steps |= {"SP07": _steps("SP07", program.on_s, 1000), "SP08": _steps("SP08", program.off_s, 1000)}
    return {**steps, "SP02": amplitude_steps(part.amplitude_ma), "stop": stop}


def program(held: dict[str, int], dialect: Dialect) -> Program:
    """The program that parameters make, allowed or not. ProtocolMismatch when they make none."""
    side = side_of(dialect)
    electrodes = Electrodes(
        frozenset((contact_of(held["SP09"], dialect),)),
        frozenset((contact_of(held["SP10"], dialect),)),
    )
    minutes = held["stop"] - held["start"]
    if minutes <= 0:
        raise ProtocolMismatch(f"its session ends before it begins (minute {held['start']} to {held['stop']} of the day)")
    part = SideProgram(electrodes, amplitude(held["SP02"]), Microseconds(_value("SP03", held, 1)))
    return Program(
        left=part if side is Side.LEFT else None,
        right=part if side is Side.RIGHT else None,
        rate_hz=Hertz(_value("SP04", held, 1000)),
        ramp_up_s=Seconds(_value("SP05", held, 1000)),
        ramp_down_s=Seconds(_value("SP06", held, 1000)),
        on_s=Seconds(_value("SP07", held, 1000)),
        off_s=Seconds(_value("SP08", held, 1000)),
        session_min=Minutes(Decimal(minutes)),
        sessions_per_day=Decimal(0),
    )


def fingerprint(held: dict[str, int]) -> int:
    """CRC-32 over what the device tells of its program, so that whoever asks finds the same; the device has none of its own."""
    told = [STIMULATION[name].told(held[name]) for name in PROGRAM]
    return crc32(struct.pack(f"<{len(told) + 2}H", *told, held["start"], held["stop"]))


def reading(first: Contact, second: Contact, ohm: int) -> ImpedanceReading:
    """One pair. Above the measuring range it has no value: an open circuit saturates there and does not read infinite."""
    over = ohm > MOST_OHM
    return ImpedanceReading(first, second, None if over else ohm, over_range=over, under_range=ohm < LEAST_OHM)


def report(readings: tuple[ImpedanceReading, ...]) -> ImpedanceReport:
    """What was found, and with which pulse."""
    return ImpedanceReport(_ma("SP13", TEST_STEPS), Decimal(TEST_US), readings)


def _range(identity: str, per_unit: int) -> Range:
    row = STIMULATION[identity]
    return Range(Decimal(row.minimum) / per_unit, Decimal(row.maximum) / per_unit, Decimal(row.step) / per_unit)


def _ma(identity: str, steps: int) -> Decimal:
    return Decimal(STIMULATION[identity].value(steps)) / 1000


def _value(identity: str, held: dict[str, int], per_unit: int) -> Decimal:
    return Decimal(STIMULATION[identity].value(held[identity])) / per_unit


def _steps(identity: str, value: Decimal, per_unit: int) -> int:
    row = STIMULATION[identity]
    try:
        return row.steps(to_integer(value, per_unit))
    except (LocalProtocolError, UnitError) as error:
        text = f"The device cannot hold {row.name} {value}: {error}. Nothing was sent."
        raise DeviceRefused(text, command="SETTINGS", reason="SAID", field=row.id, limit=0, value=0) from error
