"""The invariants of the project's reliability plan that this floor answers for, one test each, against the emulator's own truth."""

import json
import os
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from device_emulator.host import Host
from rnprog.device import errors
from rnprog.device.errors import DeviceError
from rnprog.protocol import messages as m
from rnprog.protocol.messages import REQUESTS
from rnprog.protocol.opcodes import Opcode, RequestClass
from rnprog.session import programs, sweep
from rnprog.session.appointment import run
from rnprog.session.audit import audit
from rnprog.session.outcomes import Applied, Differs, Refused, Unknown
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble
from rnprog.therapy.contacts import Side
from rnprog.therapy.titration import Answer, TitrationError
from rnprog.therapy.units import Hertz
from tests.device.rig import Truth, altered, python, strange, truth_of
from tests.session.desk import BOTH, Desk, applied, armed, faulty, give, given, measured, program, proposal, setup, state, truth, written
from tests.session.reconcile import assert_reconciled
from tests.session.test_appointment import TEMPLATE, Guide

D = Decimal
LEASE_S = 0.8
WRITES = {opcode for opcode, kind in REQUESTS.items() if kind.CLASS is RequestClass.COMMAND}


def leased(flowed: Truth, renewed: list[float]) -> None:
    """Test stimulation flows only within 0.8 s of a renewal."""
    for channel in (0, 1):
        mine = [c for c in flowed.changes if c["channel"] == channel and not c["cause"].startswith("impedance")]
        for change, following in pairwise(mine):
            if change["amplitude_ua"] or change["slope_ua_per_s"]:
                for moment in (change["t_s"], following["t_s"]):
                    assert any(at_s - 1e-6 <= moment <= at_s + LEASE_S + 1e-3 for at_s in renewed), (moment, change)


def test_1_output_on_implies_a_live_lease(session: Session, desk: Desk) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5", duration_s="4")
    session.wait(0.3)
    faulty(session, "half-open@6")
    with pytest.raises(Halted, match="STOP NOT CONFIRMED"):
        give(stimulation, "0.6", "9")
    session.bench.ask({"cmd": "advance", "seconds": 3})
    leased(truth(session), beats_sent(desk))
    assert truth(session).off


def test_2_every_rise_traces_to_a_recorded_user_action_and_is_one_step_at_most(desk: Desk) -> None:
    with desk.open() as session:
        report = run(session, TEMPLATE, Guide())
        assert report.stored is not None
        flowed = truth(session)
    assert_reconciled(flowed.changes, desk.lines(), same_clock=True, lossless=True)
    for channel in (0, 1):
        peaks = [0.0, *flowed.peaks_ua(channel)]
        assert all(later - earlier <= 500 for earlier, later in pairwise(peaks))


def test_3_connect_and_reconnect_send_no_write(session: Session, desk: Desk) -> None:
    assert not set(desk.tape.opcodes()) & WRITES
    given(armed(session), "0.5")
    session.stop("the test")
    desk.tape.clear()
    session.reopen_link()
    assert not set(desk.tape.opcodes()) & WRITES
    assert session.status().setpoint_ma == {Side.LEFT: D(0), Side.RIGHT: D(0)}


def test_3_connecting_leaves_a_running_therapy_session_as_it_is(desk: Desk) -> None:
    with desk.open("emu://?scenario=therapy-running") as session:
        session.clock.sleep(1)
        flowed = truth(session)
        assert flowed.flowing() != [0.0, 0.0]
        assert {change["cause"] for change in flowed.changes} <= {"therapy-on", "ramp"}


def test_4_a_shown_value_was_read_in_this_link_session_and_revision(session: Session) -> None:
    """What was measured or looked at before a STOP, a change or a restart is not used afterwards."""
    measured(session)
    old = proposal(session)
    written(session, rate_hz=Hertz(D(30)))
    assert isinstance(programs.apply(session, old, confirmed_by="the test"), Refused)
    session.stop("the test")
    session.reopen_link()
    assert session.sweep is None
    assert isinstance(Stimulation(session, setup()).arm(), Refused)
    before = session.link_session
    session.bench.ask({"cmd": "reset"})
    assert session.status().link_session != before


@pytest.mark.parametrize("opcode", ["ARM", "SET_AMPLITUDE", "BURST", "DISARM", "IMPEDANCE", "COMMIT", "ACTIVATE", "SCHEDULE_SET"])
def test_5_a_word_of_success_implies_a_matching_read_back(session: Session, opcode: str) -> None:
    """Without an answer nothing is called applied, and what is called applied is what the device holds."""
    stored = written(session)
    made = proposal(session, slot=1)
    stimulation, right = armed(session), Stimulation(session, setup(Side.RIGHT))
    faulty(session, f"drop-reply={opcode}@1")
    endings: list[Any] = [
        lambda: give(stimulation, "0.5"),
        right.arm,
        stimulation.disarm,
        right.disarm,
        lambda: sweep.measure(session, BOTH),
        lambda: programs.apply(session, made, confirmed_by="t"),
        lambda: programs.activate(session, stored, confirmed_by="t"),
        lambda: programs.enable_schedule(session, True, confirmed_by="t"),
    ]
    seen: list[Any] = []
    for ending in endings:
        seen.append(ending())
        if isinstance(seen[-1], Unknown):
            break
    assert isinstance(seen[-1], Unknown), seen
    assert session.pending is not None and session.pending.command == opcode
    for ending in seen[:-1]:
        assert isinstance(ending, Applied | Refused)


def test_5_a_device_that_says_done_and_holds_something_else_is_not_believed(session: Session) -> None:
    made = proposal(session)
    image = altered(m.ReadSlotReply, data=bytes(48))
    strange(session.device.link, {Opcode.SLOT_READ: image})
    assert isinstance(programs.apply(session, made, confirmed_by="the test"), Differs)


@pytest.mark.parametrize("cut", range(1, 7))
def test_6_the_devices_program_is_wholly_the_old_or_the_new_one(session: Session, cut: int) -> None:
    old, new = written(session).program, proposal(session, rate_hz=Hertz(D(30)))
    faulty(session, f"power-cut@{cut}")
    programs.apply(session, new, confirmed_by="the test")
    faulty(session, "")
    session.stop("the test")
    session.reopen_link()
    assert programs.read_slot(session, 0).program in (old, new.program)


def test_7_the_serial_number_is_constant_within_a_session(session: Session) -> None:
    before = session.serial
    stimulation = armed(session)
    other = Host("healthy", 9, virtual=True)
    other.advance(session.clock.now_s())
    session.device.link.port._line._host = other
    with pytest.raises((Trouble, Halted)):
        session.wait(2)
        session.status()
    assert session.serial == before
    assert isinstance(give(stimulation, "0.5"), Refused | Unknown)
    with pytest.raises(Trouble):
        session.reopen_link()
        session.status()
    assert not other.device.truth.changes


def test_8_charge_density_balance_and_compliance_hold_for_whatever_was_sent(desk: Desk) -> None:
    """Random wishes; whatever reached the electrodes satisfies every rule, computed here from first principles in integers."""
    chance = Random(8)
    for seed in range(6):
        with desk.open(f"emu://?seed={seed}") as session:
            measured(session)
            ohm = {reading.name: reading.impedance_ohm for reading in session.sweep.readings}  # type: ignore[union-attr]
            width = D(chance.choice([50, 214, 500]))
            rate = Hertz(D(chance.choice(["1.0", "20", "50.0"])))
            stimulation = Stimulation(session, setup(pulse_width_us=width, rate_hz=rate))  # type: ignore[arg-type]
            applied(stimulation.arm())
            stimulation.titration = stimulation.titration.begin()
            for step in range(1, 40):
                ending = give(stimulation, str(D("0.5") * step))
                if not isinstance(ending, Applied) or ending.readback.alert is not None:
                    break
                stimulation.answer(Answer.NONE, by="the test")
                session.wait(0.3)
            for change in truth(session).changes:
                if change["cause"] not in ("burst", "ramp", "set-amplitude"):
                    continue
                ua, us, mhz = change["amplitude_ua"], change["width_us"], change["rate_mhz"]
                density_uc_cm2 = ua * us * 1e-6 / 0.1225
                assert density_uc_cm2 <= 30
                assert (2 * us + 20) * 10 <= 9 * (1_000_000_000 // mhz)
                assert ua * 1e-6 * (ohm["L1 to L2"] or 0) <= 0.85 * 9.0 + 1e-9


WRITER = """
import sys
from pathlib import Path
from tests.session.desk import Desk, armed, given
from rnprog.therapy.titration import Answer
with Desk(Path(sys.argv[1])).open() as session:
    stimulation = armed(session)
    while True:
        given(stimulation, '0.5', Answer.NONE)
        session.wait(0.3)
        print(session.record.lines, flush=True)
"""


def test_9_acknowledged_record_lines_survive(tmp_path: Any) -> None:
    """Killed in the middle of an appointment: all that was acknowledged is there, in one chain."""
    with python(WRITER, str(tmp_path), XDG_RUNTIME_DIR=os.environ["XDG_RUNTIME_DIR"]) as process:
        assert process.stdout is not None
        for _ in range(8):
            acknowledged = int(process.stdout.readline())
        process.kill()
        process.wait(10)
    (path,) = tmp_path.glob("*.jsonl")
    whole = [json.loads(row) for row in path.read_bytes().split(b"\n")[:-1]]
    assert len(whole) >= acknowledged
    assert {fault.text for fault in audit(path).faults} <= {"the last line is torn: it has no end"}


SPECS = [
    "",
    "noise@7",
    "delay=0.03",
    "drop-reply=STATUS@3,corrupt-reply=SLOT_INFO@1",
    "drop-request=SET_AMPLITUDE@2",
    "drop-reply=BURST@2",
    "corrupt-reply=DISARM@1",
    "late-reply=SET_AMPLITUDE@1~0.3",
    "duplicate-reply=BURST@1",
    "drop-reply=HEARTBEAT@4",
    "reset@25",
    "unplug@30",
    "half-open@22",
    "nak-stop,drop-reply=BURST@1",
    "power-cut@3",
    "no-effect=SET_AMPLITUDE@1",
    "no-effect=BURST@1",
    "no-effect=DISARM@1",
    "steal=BURST@1",
    "wrong-reply=STATUS@2",
    "wild-telemetry=STATUS@3",
    "serial-change@20",
    "other-host@20",
    "foreign-commit=COMMIT@1",
    "babble=200000",
]


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("seed", range(3))
def test_10_the_record_explains_every_change_of_output_in_random_faulted_sessions(desk: Desk, spec: str, seed: int) -> None:
    """Random actions on a faulted line. Only typed endings; afterwards: off, explained, leased, and a whole record."""
    chance = Random(f"{spec} {seed}")
    flowed: Truth | None = None
    try:
        with desk.open(f"emu://?seed={seed}") as session:
            bench = session.bench
            measured(session)
            faulty(session, spec)
            try:
                _random_actions(session, chance)
            finally:
                session.bench.ask({"cmd": "fault", "spec": ""})
                session.bench.ask({"cmd": "advance", "seconds": 3})
                flowed = truth_of(bench)
                at_end = state(session)
    except (Trouble, Halted):
        pass
    assert flowed is not None
    assert flowed.off and at_end["armed_channels"] == 0
    leased(flowed, beats_sent(desk))
    assert_reconciled(flowed.changes, desk.lines(), same_clock=True, lossless=False)
    assert audit(desk.records()[-1]).good


def beats_sent(desk: Desk) -> list[float]:
    """Renewals as sent: with answers lost, what was received says less."""
    return [at_s for at_s, frame in desk.tape.frames(">") if frame.opcode in (Opcode.ARM, Opcode.HEARTBEAT)]


def _random_actions(session: Session, chance: Random) -> None:
    sides: dict[Side, Stimulation] = {}
    for _ in range(40):
        side = chance.choice(list(Side))
        stimulation = sides.get(side)
        action = chance.choice(["arm", "give", "give", "give", "answer", "wait", "disarm", "stop", "settle", "write", "measure"])
        try:
            match action:
                case "arm" if stimulation is None:
                    stimulation = Stimulation(session, setup(side))
                    if isinstance(stimulation.arm(), Applied):
                        stimulation.titration = stimulation.titration.begin()
                        sides[side] = stimulation
                case "give" if stimulation is not None:
                    amplitude = D(chance.randrange(1, 25)) / 10
                    stimulation.deliver(amplitude, D(chance.choice(["0.1", "0.4", "2"])), confirmed_by="chance")  # type: ignore[arg-type]
                case "answer" if stimulation is not None:
                    stimulation.answer(chance.choice(list(Answer)), by="chance")
                case "disarm" if stimulation is not None:
                    stimulation.disarm()
                    sides.pop(side)
                case "stop" if chance.random() < 0.2:
                    session.stop("chance")
                case "settle":
                    session.resolve()
                    if session.halted is not None:
                        sides.clear()
                        session.reopen_link()
                case "write" if not session.armed:
                    made = programs.propose(session, program(), programs.read_slot(session, 0))
                    programs.apply(session, made, confirmed_by="chance")
                case "measure":
                    sweep.measure(session, (side,))
                case _:
                    session.wait(chance.choice([0.1, 0.3, 1.0]))
        except TitrationError:
            continue
        except (Trouble, Halted):
            sides.clear()
            session.stop("after trouble")


def test_11_nothing_but_typed_errors_leaves_the_device_floor(desk: Desk) -> None:
    """The errors that a session turns into outcomes all have one base."""
    kinds = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert all(issubclass(kind, DeviceError) for kind in kinds)
