"""Which past may serve as a beginning, and that it never moves the first burst."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from rnprog.session.appointment import Search, run
from rnprog.session.archive import HALF_OF_BURSTS
from rnprog.session.observers import Simulated
from rnprog.session.priors import earlier_records, informed
from rnprog.session.titrate import Method, Plan, Titrated, titrate
from rnprog.therapy.contacts import Side
from rnprog.therapy.threshold import PriorKind
from rnprog.therapy.units import Hertz, Microseconds
from tests.session.desk import Desk, measured, setup, truth
from tests.session.past import Visit
from tests.session.test_appointment import Guide, burst_template

D = Decimal


def plan(side: Side = Side.LEFT, how: str = "palpation", **changes: Any) -> Plan:
    return Plan(setup(side, **changes), Method.ASSISTED, D("0.3"), how)


def begun(desk: Desk, wanted: Plan, found: dict[Side, Titrated] | None = None) -> Plan:
    with desk.open() as session:
        return informed(wanted, session, earlier_records(session), found or {})


def test_without_a_past_nothing_is_assumed(desk: Desk) -> None:
    found = begun(desk, plan())
    assert found == plan() and found.prior.kind is PriorKind.POPULATION


def test_an_earlier_visit_of_the_same_electrodes_serves_and_is_said(desk: Desk) -> None:
    with Visit(desk.record_dir, 200) as older:
        older.titrated("1.6", estimate_ma="1.58")
    with Visit(desk.record_dir, 100) as made:
        made.titrated("1.9", estimate_ma="1.83")
    found = begun(desk, plan())
    assert (found.prior.kind, found.prior.centre_ma) == (PriorKind.PREVIOUS_VISIT, D("1.83")), "the newest"
    assert found.begun_from.startswith(
        f"At the visit of {made.at.date().isoformat()} the threshold on these electrodes was about 1.83 mA (how surely"
    )
    assert "still begins from 0 mA" in found.begun_from


@pytest.mark.parametrize(
    "other",
    [
        {"electrodes": "-L2+L3"},
        {"width_us": "300"},
        {"how": "EMG"},
        {"side": "right", "electrodes": "-R1+R2"},
        {"ending": "too_many_bursts"},
        {"estimate_ma": None},
        {"estimate_ma": "0"},
        {"width_us": "wide"},
        {"electrodes": "-L1"},
    ],
    ids=str,
)
def test_what_does_not_mean_the_same_does_not_serve(desk: Desk, other: dict[str, Any]) -> None:
    with Visit(desk.record_dir, 100) as made:
        made.titrated("1.9", **{"estimate_ma": "1.83", **other})
    assert begun(desk, plan()).prior.kind is PriorKind.POPULATION


@pytest.mark.parametrize("identity", [{"mode": "device"}, {"serial": "RN1-E0000009"}], ids=str)
def test_an_emulator_never_serves_a_device_nor_one_device_another(desk: Desk, identity: dict[str, Any]) -> None:
    with Visit(desk.record_dir, 100, **identity) as made:
        made.titrated("1.9", estimate_ma="1.83")
    assert begun(desk, plan()).prior.kind is PriorKind.POPULATION


def test_a_record_that_was_changed_does_not_serve(desk: Desk) -> None:
    with Visit(desk.record_dir, 100) as made:
        made.titrated("1.9", estimate_ma="1.83")
    made.path.write_text(made.path.read_text().replace("1.83", "3.83"))
    assert begun(desk, plan()).prior.kind is PriorKind.POPULATION


def test_what_the_method_itself_recorded_serves_the_next_visit_and_the_first_burst_stays(desk: Desk) -> None:
    with desk.open() as session:
        measured(session)
        first = titrate(session, plan(), Simulated(session.bench), lambda burst: None)
    with desk.open() as session:
        measured(session)
        wanted = informed(plan(), session, earlier_records(session), {})
        assert first.estimate is not None and wanted.prior.centre_ma == first.estimate.median_ma
        assert f"(9 in 10 chance: {first.estimate.lower_ma} to {first.estimate.upper_ma})" in wanted.begun_from
        past = earlier_records(session)
        assert past is not None and past.titrated[0].definition == HALF_OF_BURSTS, "never compared with a level that was clear"
        second = titrate(session, wanted, Simulated(session.bench), lambda burst: None)
        assert truth(session).peaks_ua(0)[0] <= 500
    assert len(second.titration.log) <= len(first.titration.log) + 2
    (noted,) = [line["data"] for line in desk.lines() if line["kind"] == "titration"]
    assert (noted["prior"], noted["prior_ma"]) == ("previous visit", str(first.estimate.median_ma))


def left(desk: Desk) -> Titrated:
    with desk.open() as session:
        measured(session)
        result = titrate(session, plan(), Simulated(session.bench), lambda burst: None)
    assert result.finished is not None and result.ending == "threshold"
    return result


def test_the_second_side_begins_from_the_first(desk: Desk) -> None:
    result = left(desk)
    for path in desk.records():
        path.unlink()
    found = begun(desk, plan(Side.RIGHT), {Side.LEFT: result})
    assert found.prior.kind is PriorKind.SECOND_SIDE
    assert result.estimate is not None and f"On the left side the threshold was {result.estimate.median_ma} mA" in found.begun_from
    assert begun(desk, plan(), {Side.LEFT: result}).prior.kind is PriorKind.POPULATION, "a side is not the other one"


@pytest.mark.parametrize("other", [{"how": "EMG"}, {"pulse_width_us": Microseconds(D(300))}, {"rate_hz": Hertz(D(30))}], ids=str)
def test_the_other_side_serves_only_where_it_means_the_same(desk: Desk, other: dict[str, Any]) -> None:
    result = left(desk)
    assert begun(desk, plan(Side.RIGHT, **other), {Side.LEFT: result}).prior.kind is PriorKind.POPULATION
    unfinished = replace(result, finished=None)
    assert begun(desk, plan(Side.RIGHT), {Side.LEFT: unfinished}).prior.kind is PriorKind.POPULATION


def test_an_earlier_visit_goes_before_the_other_side(desk: Desk) -> None:
    result = left(desk)
    with Visit(desk.record_dir, 100) as made:
        made.titrated("1.9", side="right", electrodes="-R1+R2", estimate_ma="1.83")
    assert begun(desk, plan(Side.RIGHT), {Side.LEFT: result}).prior.kind is PriorKind.PREVIOUS_VISIT


def test_in_an_appointment_both_are_used(desk: Desk) -> None:
    with desk.open() as session:
        report = run(session, burst_template(), Guide(), search=Search(past=earlier_records(session)))
    kinds = [result.plan.prior.kind for result in report.titrated.values()]
    assert kinds == [PriorKind.POPULATION, PriorKind.SECOND_SIDE]
    with desk.open() as session:
        again = run(session, burst_template(), Guide(), search=Search(past=earlier_records(session)))
        assert [peaks[0] for peaks in (truth(session).peaks_ua(0), truth(session).peaks_ua(1))] == [500.0, 500.0]
    assert {result.plan.prior.kind for result in again.titrated.values()} == {PriorKind.PREVIOUS_VISIT}
