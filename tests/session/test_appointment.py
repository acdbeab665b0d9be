"""A whole appointment, through each of the three ports; and the emulator's own truth explained by the record, pulse by pulse."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from rnprog.session.appointment import Report, Template, run, usable_pairs
from rnprog.session.audit import audit
from rnprog.session.observers import Observer, Simulated, Stop
from rnprog.session.outcomes import Refused, Unknown
from rnprog.session.session import Session
from rnprog.session.titrate import Method
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.titration import Answer
from rnprog.therapy.units import Hertz, Microseconds, Minutes, Seconds
from tests.device.rig import emulator
from tests.session.desk import Desk, faulty, truth
from tests.session.reconcile import assert_reconciled
from tests.session.test_titrate import Person, give

D = Decimal
TEMPLATE = Template(
    electrodes={Side.LEFT: Electrodes.parse("-L1+L2"), Side.RIGHT: Electrodes.parse("-R1+R2")},
    pulse_width_us=Microseconds(D(214)),
    rate_hz=Hertz(D(20)),
    ramp_up_s=Seconds(D(2)),
    ramp_down_s=Seconds(D(2)),
    on_s=Seconds(D(10)),
    off_s=Seconds(D(20)),
    session_min=Minutes(D(30)),
    sessions_per_day=D(2),
    burst_s=D("0.3"),
    burst_ramp_s=Seconds(D(0)),
)


class Guide:
    """Leads without a face. `people` observe; without one for a side, the tissue does."""

    def __init__(self, people: dict[Side, Person] | None = None, *, confirm: str | None = "yes", leave_out: tuple[Side, ...] = ()) -> None:
        self.people = people or {}
        self.confirm = confirm
        self.leave_out = leave_out
        self.told: list[str] = []
        self.choices: dict[Side, list[Electrodes]] = {}

    def __getattr__(self, name: str) -> Any:
        """Every other step is only told."""
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *values: self.told.append(name)

    def electrodes(self, session: Session, side: Side, usual: Electrodes) -> Electrodes | None:
        if side in self.leave_out:
            return None
        return self.choices[side].pop(0) if self.choices.get(side) else usual

    def observer(self, session: Session, side: Side) -> Observer:
        return self.people.get(side) or Simulated(session.bench)

    def confirms(self, session: Session, proposal: object) -> str | None:
        self.told.append("confirms")
        return self.confirm


def quick() -> dict[Side, Person]:
    """Real time is short: two bursts a side."""
    return {side: Person(give("0.4", "0.4"), [Answer.CLEAR, Answer.CLEAR]) for side in Side}


@contextmanager
def appointment(desk: Desk, url: str, guide: Guide, template: Template = TEMPLATE, **options: Any) -> Iterator[tuple[Session, Report]]:
    with desk.open(url) as session:
        report = run(session, template, guide, **options)
        yield session, report


@pytest.mark.parametrize("seed", range(3))
def test_a_whole_appointment_in_virtual_time(desk: Desk, seed: int) -> None:
    guide = Guide()
    with appointment(desk, f"emu://?seed={seed}", guide, burst_template()) as (session, report):
        assert report.unfinished is None, report.unfinished
        assert report.stored is not None and report.stored.active and report.schedule_enabled
        status = session.status()
        assert (status.active_slot, status.active_crc, status.schedule_enabled) == (0, report.stored.crc, True)
        assert report.stored.program is not None
        for side in Side:
            part = report.stored.program.side(side)
            assert part is not None and part.amplitude_ma == report.titrated[side].proposed_ma
        flowed = truth(session)
    assert_reconciled(flowed.changes, desk.lines(), same_clock=True, lossless=True)
    assert flowed.off
    assert audit(desk.records()[-1]).good
    assert guide.told[:3] == ["identified", "leads", "measured"] and guide.told[-1] == "wrote"


def burst_template() -> Template:
    return replace(TEMPLATE, burst_s=D(2), burst_ramp_s=Seconds(D("0.5")))


@pytest.mark.parametrize("arguments", [("--tcp", "127.0.0.1:0"), ("--pty",)], ids=lambda arguments: arguments[0].strip("-"))
def test_a_whole_appointment_through_a_real_line_in_real_time(desk: Desk, arguments: tuple[str, ...]) -> None:
    with emulator(*arguments) as running:
        with appointment(desk, running.url, Guide(quick()), method=Method.MANUAL) as (session, report):
            assert report.unfinished is None, report.unfinished
            assert report.stored is not None and report.stored.active and report.schedule_enabled
            flowed = truth(session)
        assert_reconciled(flowed.changes, desk.lines(), same_clock=False, lossless=True)
        together = [400.0, 400.0, 500.0]
        assert flowed.peaks_ua(0) == flowed.peaks_ua(1) == [400.0] * 2 + together
        assert audit(desk.records()[-1]).good


def test_one_side_may_be_left_out(desk: Desk) -> None:
    with appointment(desk, "emu://", Guide(leave_out=(Side.RIGHT,))) as (session, report):
        assert report.stored is not None and report.stored.program is not None
        assert report.stored.program.right is None
        assert not truth(session).bursts(1)


def test_without_any_side_there_is_no_program(desk: Desk) -> None:
    with appointment(desk, "emu://", Guide(leave_out=tuple(Side))) as (session, report):
        assert report.proposal is None and report.unfinished
        assert session.device.stored(0).program is None


def test_without_a_confirmation_nothing_is_written(desk: Desk) -> None:
    with appointment(desk, "emu://", Guide(confirm=None)) as (session, report):
        assert report.proposal is not None and report.stored is None and report.unfinished
        assert session.device.stored(0).program is None and not session.status().schedule_enabled


def test_electrodes_that_cannot_be_used_are_asked_for_again(desk: Desk) -> None:
    guide = Guide()
    guide.choices = {Side.LEFT: [Electrodes.parse("-L1+L2"), Electrodes.parse("-L2+L3")]}
    with appointment(desk, "emu://?scenario=left-open", guide) as (session, report):
        assert guide.told.count("refused") == 1
        assert report.titrated[Side.LEFT].plan.setup.electrodes == Electrodes.parse("-L2+L3")
        assert Electrodes.parse("-L1+L2") not in usable_pairs(session, Side.LEFT)
        assert Electrodes.parse("-L2+L3") in usable_pairs(session, Side.LEFT)


@pytest.mark.parametrize("scenario", ["low-battery", "charging", "therapy-running"])
def test_a_device_that_cannot_be_measured_ends_it_at_once(desk: Desk, scenario: str) -> None:
    with appointment(desk, f"emu://?scenario={scenario}", Guide()) as (session, report):
        assert isinstance(report.problem, Refused) and report.unfinished
        assert not truth(session).bursts()


def test_stop_in_the_left_titration_leaves_the_right_side_alone(desk: Desk) -> None:
    guide = Guide({Side.LEFT: Person([*give("0.4"), Stop("enough")])})
    with appointment(desk, "emu://", guide, method=Method.MANUAL) as (session, report):
        assert report.unfinished and report.stored is None
        assert not truth(session).bursts(1) and truth(session).off
        flowed = truth(session)
    assert_reconciled(flowed.changes, desk.lines(), same_clock=True, lossless=True)


FAULTS = [
    "SET_AMPLITUDE@2",
    "BURST@1",
    "BURST@3",
    "DISARM@1",
    "DISARM@2",
    "STAGE@1",
    "VALIDATE@1",
    "COMMIT@1",
    "ACTIVATE@1",
    "SCHEDULE_SET@1",
]


@pytest.mark.parametrize("what", ["drop-reply", "drop-request"])
@pytest.mark.parametrize("where", FAULTS)
def test_any_lost_command_ends_it_off_explained_and_typed(desk: Desk, what: str, where: str) -> None:
    with desk.open() as session:
        faulty(session, f"{what}={where}")
        report = run(session, TEMPLATE, Guide())
        assert isinstance(report.problem, Unknown), report
        assert report.unfinished
        flowed = truth(session)
        assert flowed.off
    assert_reconciled(flowed.changes, desk.lines(), same_clock=True, lossless=False)
    assert audit(desk.records()[-1]).good


def test_the_template_without_any_proposal_is_no_program() -> None:
    assert TEMPLATE.program({}) is None
    assert TEMPLATE.setup(Side.RIGHT).electrodes == Electrodes.parse("-R1+R2")
