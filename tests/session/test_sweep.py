"""Measuring impedance: all pairs, in one order, and no reading is ever called fresher than it is."""

from itertools import combinations

import pytest

from rnprog.session import sweep
from rnprog.session.outcomes import Refused, Unknown
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Side
from tests.session.desk import BOTH, Desk, applied, faulty, measured, setup, truth


def test_all_pairs_of_a_side_and_each_contact_against_the_case() -> None:
    pairs = sweep.pairs_of((Side.LEFT,))
    assert len(pairs) == len(set(map(frozenset, pairs))) == 10
    contacts = CONTACTS_OF[Side.LEFT]
    assert set(map(frozenset, pairs)) == {frozenset(p) for p in (*combinations(contacts, 2), *((c, Contact.CASE) for c in contacts))}
    assert len(sweep.pairs_of(BOTH)) == 20


def test_a_measurement_is_recorded_with_its_own_stimulation(session: Session, desk: Desk) -> None:
    found = measured(session)
    assert len(found.readings) == 20
    intent, outcome = [line["data"] for line in desk.lines() if line["kind"] in ("intent", "outcome")]
    assert len(intent["pairs"]) == 20 and (intent["test_ma"], intent["test_us"]) == ("0.2", "100")
    assert len(outcome["readings"]) == 20 and outcome["result"] == "applied"
    flowed = truth(session)
    assert flowed.off and max(change["amplitude_ua"] for change in flowed.changes) <= 200


def test_measuring_one_lead_keeps_the_other_and_the_age_of_the_oldest(session: Session) -> None:
    measured(session)
    first_ms = session.now_ms
    session.clock.sleep(60)
    applied(sweep.measure(session, (Side.LEFT,)))
    assert session.sweep is not None
    assert len(session.sweep.readings) == 20
    assert session.sweep.taken_at_ms == first_ms
    applied(sweep.measure(session, BOTH))
    assert session.sweep.taken_at_ms > first_ms and len(session.sweep.readings) == 20


def test_after_ten_minutes_measuring_one_lead_makes_that_lead_usable_again(session: Session) -> None:
    """The old half does not drag the new one into staleness: it is dropped."""
    measured(session)
    session.clock.sleep(660)
    applied(sweep.measure(session, (Side.LEFT,)))
    applied(Stimulation(session, setup()).arm())
    refused = Stimulation(session, setup(Side.RIGHT)).arm()
    assert isinstance(refused, Refused)


@pytest.mark.parametrize("scenario, word", [("left-open", "open"), ("right-short", "short")])
def test_verdicts_are_in_the_record(desk: Desk, scenario: str, word: str) -> None:
    with desk.open(f"emu://?scenario={scenario}") as session:
        measured(session)
    outcome = next(line["data"] for line in desk.lines() if line["kind"] == "outcome")
    assert word in {reading["verdict"] for reading in outcome["readings"]}


def test_a_measurement_that_is_not_answered_leaves_the_old_one(session: Session) -> None:
    old = measured(session)
    faulty(session, "drop-reply=IMPEDANCE@2")
    assert isinstance(sweep.measure(session, BOTH), Unknown)
    assert session.sweep is old


@pytest.mark.parametrize("scenario", ["low-battery", "charging", "therapy-running"])
def test_a_device_that_does_not_measure_now_says_why(desk: Desk, scenario: str) -> None:
    with desk.open(f"emu://?scenario={scenario}") as session:
        refused = sweep.measure(session, BOTH)
        assert isinstance(refused, Refused) and refused.reasons[0].text
        assert session.sweep is None
