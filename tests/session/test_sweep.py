"""Measuring impedance: all pairs, in one order, and no reading is ever called fresher than it is."""

from itertools import combinations

import pytest

from rnprog.protocol.opcodes import Opcode
from rnprog.session import sweep
from rnprog.session.outcomes import Differs, Refused, Unknown
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.wording import safety
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
    intent_1, outcome_1, *second = [line["data"] for line in desk.lines() if line["kind"] in ("intent", "outcome")]
    for (intent, outcome), pairs in zip(((intent_1, outcome_1), second), (8, 12), strict=True):
        assert len(intent["pairs"]) == pairs and (intent["test_ma"], intent["test_us"]) == ("0.2", "100")
        assert len(outcome["readings"]) == pairs and outcome["result"] == "applied"
    flowed = truth(session)
    assert flowed.off and max(change["amplitude_ua"] for change in flowed.changes) <= 200


def test_measuring_one_lead_keeps_the_other_and_the_age_of_the_oldest(session: Session) -> None:
    first_ms = session.now_ms
    measured(session)
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
    outcomes = [line["data"] for line in desk.lines() if line["kind"] == "outcome"]
    assert word in {reading["verdict"] for outcome in outcomes for reading in outcome["readings"]}


def test_what_is_not_known_of_one_round_is_known_of_the_other(session: Session, desk: Desk) -> None:
    """Each round has an outcome of its own: what was measured in the first is not called undone because of the second."""
    faulty(session, "drop-request=IMPEDANCE@2")
    assert isinstance(sweep.measure(session, BOTH), Unknown)
    session.resolve()
    results = [line["data"].get("result") or line["data"]["settled"] for line in desk.lines() if line["kind"] in ("outcome", "settled")]
    assert results == ["applied", "unknown", "it was not carried out, and a late copy of it can no longer be"]
    assert sum(change["cause"] == "impedance" for change in truth(session).changes) == 8


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


def test_a_device_that_measures_more_strongly_than_it_declares_is_measured_once_and_never_again(session: Session, desk: Desk) -> None:
    """D16 of the fault list: the second request is not sent, and what was driven is said and recorded."""
    measured(session)
    faulty(session, "strong-impedance=1500")
    desk.tape.clear()
    ended = sweep.measure(session, BOTH)
    assert isinstance(ended, Differs) and (ended.written, ended.read) == ("0.2 mA, 100 us", "1.5 mA, 100 us")
    assert "1.5 mA" in ended.words.happened and "output is off" in ended.words.stimulation and "Do not measure again" in ended.words.now
    assert desk.tape.opcodes() == [Opcode.IMPEDANCE, Opcode.STATUS]
    outcome = desk.lines()[-1]["data"]
    assert (outcome["test_ma"], outcome["test_us"], outcome["pairs_driven"], outcome["output"]) == ("1.5", "100", 8, "off")
    assert session.sweep is None
    assert isinstance(Stimulation(session, setup()).arm(), Refused)
    again = sweep.measure(session, BOTH)
    assert isinstance(again, Refused) and "not measured again" in again.reasons[0].text
    assert desk.tape.opcodes() == [Opcode.IMPEDANCE, Opcode.STATUS]


def test_a_strong_measurement_whose_end_cannot_be_read_claims_no_off(session: Session) -> None:
    faulty(session, "strong-impedance=1500,half-open=STATUS@1")
    ended = sweep.measure(session, BOTH)
    assert isinstance(ended, Differs) and "could not be read" in ended.words.stimulation


def test_a_strong_measurement_beside_a_prepared_side_says_what_the_device_says() -> None:
    words = safety.measured_too_strongly("0.2 mA, 100 us", "1.5 mA, 100 us", 16, "armed", "0.8")
    assert "says: armed" in words.stimulation and "0.8 s" in words.stimulation
