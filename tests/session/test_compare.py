"""Electrode pairs compared with few bursts each."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rnprog.session.audit import audit
from rnprog.session.compare import Compared, compare, neighbours
from rnprog.session.observers import Report, Simulated, Stop, Switch
from rnprog.session.session import Session
from rnprog.session.stimulation import Delivered
from rnprog.session.titrate import Method, Plan, Titrated
from rnprog.session.wording import comparing as words
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.threshold import Outcome, PriorKind
from rnprog.therapy.titration import Answer
from tests.session.desk import Desk, measured, setup, state, truth
from tests.session.reconcile import assert_reconciled
from tests.session.test_assisted import Nurse, graded

D = Decimal


class Sharp(Nurse):
    """An examiner and a muscle without error: felt from 0.75 times the threshold of each pair in turn, flicker from it, clear from 1.2."""

    def __init__(self, thresholds_ma: list[Decimal]) -> None:
        super().__init__([Answer.NONE])
        self.thresholds_ma = thresholds_ma

    def judge(self, delivered: Delivered) -> Report:
        at = sum(not offer.titration.log for offer in self.offers) - 1
        share = delivered.amplitude_ma / self.thresholds_ma[at]
        return Answer.CLEAR if share >= D("1.2") else Answer.FLICKER if share >= 1 else Answer.FELT if share >= D("0.75") else Answer.NONE


def run(session: Session, observer: object, side: Side = Side.LEFT, pairs: tuple[Electrodes, ...] = ()) -> tuple[Compared, list[Plan]]:
    measured(session)
    plans: list[Plan] = []
    ended: list[Titrated] = []
    base = Plan(setup(side), Method.ASSISTED, D("0.3"))
    found = compare(
        session, base, pairs or neighbours(side), observer, begins=plans.append, listener=lambda burst: None, ended=ended.append
    )  # type: ignore[arg-type]
    assert ended == found.results and state(session)["armed_channels"] == 0 and truth(session).off
    return found, plans


@pytest.mark.parametrize("seed", range(3))
def test_every_pair_is_screened_from_zero_and_they_are_ranked(desk: Desk, seed: int) -> None:
    with desk.open(f"emu://?seed={seed}") as session:
        found, plans = run(session, Simulated(session.bench))
        flowed = truth(session)
    assert [str(each.plan.setup.electrodes) for each in found.results] == ["-L0+L1", "-L1+L2", "-L2+L3"]
    assert all(each.titration.log[0].amplitude_ma <= D("0.5") and len(each.titration.log) <= 12 for each in found.results)
    assert all(each.proposed_ma is None for each in found.results), "a screening proposes no therapy"
    assert str(found.ranking[0].screened.electrodes) == "-L1+L2", "the contact at the nerve"
    assert abs(sum(each.lowest_probability for each in found.ranking) - 1) < 1e-6
    assert all((each.charge_uc is None) == (each.proposal is None) for each in found.ranking)
    assert_reconciled(flowed.changes, desk.lines(), same_clock=True, lossless=True)
    assert audit(desk.records()[-1]).good
    assert {plan.profile.name for plan in plans} == {"screening"}


def test_later_pairs_begin_from_those_before(session: Session) -> None:
    _, plans = run(session, Simulated(session.bench), pairs=(Electrodes.parse("-L1+L2"), Electrodes.parse("-L2+L1")))
    assert [plan.prior.kind for plan in plans] == [PriorKind.POPULATION, PriorKind.OTHER_PAIR]


def test_a_pair_that_cannot_be_used_is_passed_over(desk: Desk) -> None:
    with desk.open("emu://?scenario=left-open") as session:
        found, _ = run(session, Simulated(session.bench))
    assert found.cut_short is None and len(found.results) == 3
    assert {str(each.screened.electrodes) for each in found.ranking} == {"-L2+L3"}


def test_stop_ends_all_of_it_and_what_was_found_stays(session: Session) -> None:
    answers = graded("none", "none", "flicker", "none", "flicker", "flicker")
    nurse = Nurse(answers)
    nurse.choices = {7: Stop("enough")}
    found, _ = run(session, nurse, pairs=(Electrodes.parse("-L1+L2"), Electrodes.parse("-L2+L3"), Electrodes.parse("-L0+L1")))
    assert found.cut_short is not None and found.cut_short.stop is not None and len(found.results) < 3
    assert words.advice(found).startswith("The comparison ended early")


def test_a_pair_that_is_clearly_worse_ends_early(desk: Desk) -> None:
    """Bursts are spent on the pairs that may be chosen."""
    nurse = Sharp([D("1.1"), D("2.4")])
    with desk.open() as session:
        found, plans = run(session, nurse, pairs=(Electrodes.parse("-L1+L2"), Electrodes.parse("-L2+L3")))
    first, second = found.results
    assert (first.ending, second.ending) == ("threshold", "worse")
    assert [len(plan.rivals) for plan in plans] == [0, 1]
    assert len(second.titration.log) < 8 and second.finished is not None and second.finished.outcome is Outcome.WORSE
    assert "above that of -L1+L2" in second.reason and "no more bursts" in second.reason
    assert [str(each.screened.electrodes) for each in found.ranking] == ["-L1+L2", "-L2+L3"] and found.ranking[1].proposal is None
    assert "Next, in full" in words.advice(found) and audit(desk.records()[-1]).good


def test_a_pair_that_went_on_by_hand_is_not_ranked(session: Session) -> None:
    found, _ = run(session, Nurse([], {1: Switch(Method.MANUAL, "nurse")}), pairs=neighbours(Side.LEFT)[:1])
    assert found.ranking == () and "No pair came to a therapy amplitude" in words.advice(found)


def test_what_is_advised_names_a_command(desk: Desk) -> None:
    with desk.open("emu://?seed=2") as session:
        found, _ = run(session, Simulated(session.bench))
    assert "rnprog titrate --side left --electrodes=-L1+L2" in words.advice(found)
    found.closer = found.ranking[:2]
    assert words.advice(found).startswith("Too close to call between -L1+L2 and")
