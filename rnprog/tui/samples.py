"""States as they are met in an appointment, made by hand: for the files that show a widget in all its states, and for pictures.

No number here is anybody's; no device is asked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from rnprog.device.api import Battery, CommandTrace, DeviceStatus, Identity, Output, StoredProgram
from rnprog.session.archive import History, Measured, Titrated
from rnprog.session.mode import Mode
from rnprog.session.observers import Offer
from rnprog.session.stimulation import Delivered
from rnprog.session.titrate import Burst, Method, Plan
from rnprog.therapy.ascending import Next
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.grid import Range
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.threshold import Estimate
from rnprog.therapy.titration import Answer, Titration
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds
from rnprog.tui.state import Phase, State
from rnprog.tui.titrating import Step, Titrating

D = Decimal


def capabilities() -> Capabilities:
    """Those of the reference design."""
    return Capabilities(
        model="RN-1",
        amplitude_ma=Range(D("0.0"), D("10.0"), D("0.1")),
        pulse_width_us=Range(D(50), D(500), D(1)),
        rate_hz=Range(D("1.0"), D("50.0"), D("0.1")),
        ramp_s=Range(D("0.0"), D("10.0"), D("0.5")),
        on_s=Range(D(1), D(60), D(1)),
        off_s=Range(D(0), D(120), D(1)),
        session_min=Range(D(1), D(60), D(1)),
        sessions_per_day=Range(D(0), D(6), D(1)),
        step_limit_ma=D("0.5"),
        leads=(Side.LEFT, Side.RIGHT),
        contacts_per_lead=4,
        contact_area_cm2=D("0.12"),
        case_area_cm2=D("10"),
        compliance_v=D("12"),
        interphase_gap_us=30,
        charge_density_limit_uc_cm2=D(30),
        slots=4,
        lease_s=D("0.8"),
        run_on_bound_s=D(1),
        impedance_test_ma=D("0.2"),
        impedance_test_us=D(100),
        impedance_min_ohm=50,
        impedance_max_ohm=20_000,
    )


def status() -> DeviceStatus:
    """Output off, one program active."""
    none = {Side.LEFT: D(0), Side.RIGHT: D(0)}
    return DeviceStatus(
        output=Output.OFF,
        armed=(),
        setpoint_ma=none,
        output_ma=none,
        lease_remaining_s=D(0),
        flags=frozenset(),
        active_slot=0,
        active_crc=0x1A2B3C4D,
        active_revision=3,
        schedule_enabled=True,
        dropped_events=0,
        uptime_s=D(1200),
        boot_count=4,
        link_session=1,
        last_command=CommandTrace(0, "", ""),
    )


def program() -> Program:
    """Both sides."""
    left = SideProgram(Electrodes.parse("-L1+L2"), Milliamps(D("1.5")), Microseconds(D(214)))
    right = SideProgram(Electrodes.parse("-R1+R2"), Milliamps(D("1.8")), Microseconds(D(214)))
    times = (Seconds(D(2)), Seconds(D(2)), Seconds(D(10)), Seconds(D(20)), Minutes(D(30)))
    return Program(left, right, Hertz(D(20)), *times, D(2))


def past() -> History:
    """Two visits, two titrations."""
    first, last = (datetime(2026, month, 11, 9, 30, tzinfo=UTC) for month in (2, 5))
    path, test = Path("20260511T093000Z-RN1-E0000001-0a1b.jsonl"), ("0.2", "100")
    measured = tuple(
        Measured(
            at.isoformat(), path, {f"L{n} to case": ohm + 20 * n for n in range(4)}, {f"L{n} to case": "normal" for n in range(4)}, test, at
        )
        for at, ohm in ((last, 780), (first, 760))
    )
    found = tuple(
        Titrated(last, side, contacts, ("214", "20", "palpation"), "threshold", D(motor), None, D(most))
        for side, contacts, motor, most in (("left", "-L1+L2", "1.3", "1.6"), ("right", "-R1+R2", "1.5", "1.8"))
    )
    return History(measured, found, ())


def connected() -> State:
    """A device has just been read."""
    measured = datetime(2026, 5, 11, 9, 30, tzinfo=UTC)
    pairs: dict[str, int | None] = {f"L{number} to case": 780 + 20 * number for number in range(4)}
    stored = (StoredProgram(0, program(), 0x1A2B3C4D, 3, True), *(StoredProgram(n, None, 0, 0, False, "empty") for n in (1, 2, 3)))
    return State(
        phase=Phase.CONNECTED,
        port="emu://",
        mode=Mode.EMULATOR,
        identity=Identity("RN-1", "RN1-E0000001", "1.0.0", 1, 4, True, True),
        capabilities=capabilities(),
        off_within_s="1",
        status=status(),
        battery=Battery(D("3.92"), 83, False, False, False),
        stored=stored,
        last_visit=Measured(
            measured.isoformat(),
            Path("20260511T093000Z-RN1-E0000001-0a1b.jsonl"),
            pairs,
            dict.fromkeys(pairs, "normal"),
            ("0.2", "100"),
            measured,
        ),
        past=past(),
        record=Path("20261125T101500Z-RN1-E0000001-7f3a.jsonl"),
        schedule_enabled=True,
    )


def plan(side: Side = Side.LEFT, method: Method = Method.ASCENDING) -> Plan:
    """A usual one."""
    electrodes = Electrodes.parse("-L1+L2" if side is Side.LEFT else "-R1+R2")
    setup = TestSetup(side, electrodes, Microseconds(D(214)), Hertz(D(20)), Seconds(D("0.5")), Seconds(D("0.5")))
    return Plan(setup, method)


ANSWERED = (
    ("0.5", Answer.NONE),
    ("1.0", Answer.FELT),
    ("1.2", Answer.FLICKER),
    ("1.3", Answer.CLEAR),
    ("1.3", Answer.CLEAR),
)


def bursts(side: Side = Side.LEFT, count: int = 5) -> tuple[Burst, ...]:
    """Some answered bursts."""
    found = []
    for number, (amplitude, answer) in enumerate(ANSWERED[:count], 1):
        delivered = Delivered(side, Milliamps(D(amplitude)), D(2), status())
        found.append(Burst(number, delivered, answer, None))
    return tuple(found)


def titration(count: int = 5) -> Titration:
    """The same as the titration's own log."""
    found = Titration().begin()
    for amplitude, answer in ANSWERED[:count]:
        found = found.burst_given(Milliamps(D(amplitude))).answered(answer)
    return found


def expected() -> tuple[tuple[Decimal, Answer], ...]:
    """What a model might expect: more the higher the amplitude."""
    steps = ((12, Answer.NONE), (14, Answer.FLICKER), (18, Answer.CLEAR), (21, Answer.STRONG))
    return tuple((D(tenth) / 10, next(answer for below, answer in steps if tenth < below)) for tenth in range(1, 21))


def offered(count: int = 4) -> State:
    """A burst is proposed on the left side."""
    proposal = Next(Milliamps(D("1.3")), "A clear contraction is repeated before it is believed.")
    estimate = Estimate(D("1.24"), D("1.10"), D("1.42"), D("0.10"), 0.72)
    offer = Offer(Side.LEFT, proposal, Milliamps(D("1.8")), titration(count), estimate=estimate)
    now = Titrating(Step.OFFERED, plan(), 7, offer, expected=expected(), bursts=bursts(count=count))
    base = connected()
    assert base.status is not None
    armed = replace(base.status, output=Output.ARMED, armed=(Side.LEFT,))
    return replace(base, status=armed, side=Side.LEFT, titrating={Side.LEFT: now})


def giving() -> State:
    """A burst flows."""
    base = offered()
    assert base.status is not None
    now = replace(base.side_of(Side.LEFT), step=Step.GIVING, giving_ma=D("1.3"))
    on = replace(base.status, output=Output.TEST_ON, output_ma={Side.LEFT: D("1.3"), Side.RIGHT: D(0)})
    return replace(base, status=on, titrating={Side.LEFT: now})


def asked() -> State:
    """A burst is over and waits for its answer."""
    base = offered()
    delivered = Delivered(Side.LEFT, Milliamps(D("1.3")), D(2), status())
    now = replace(base.side_of(Side.LEFT), step=Step.ASKED, delivered=delivered)
    return replace(base, titrating={Side.LEFT: now})
