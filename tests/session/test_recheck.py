"""A lead that changes while it is titrated: found afterwards, and nothing is proposed from it."""

from decimal import Decimal as D

import pytest

from rnprog.session.recheck import recheck
from rnprog.session.session import Session
from rnprog.session.titrate import LEAD_CHANGED, Method, Plan, titrate
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.titration import Answer
from tests.session.desk import Desk, applied, faulty, measured, setup, state, truth
from tests.session.test_titrate import Person, give

USED = Electrodes.parse("-L1+L2")


def test_a_lead_that_stays_as_it_is_has_not_jumped(session: Session) -> None:
    before = measured(session)
    assert applied(recheck(session, Side.LEFT, USED, before)) == ()
    assert applied(recheck(session, Side.LEFT, USED, None)) == ()


@pytest.mark.parametrize(
    ("spec", "told"), [("impedance-jump=2@1", "ohm now"), ("lead-open=1", "--- ohm now"), ("impedance-jump=1.2@1", "")]
)
def test_half_as_much_again_is_a_jump_and_a_fifth_is_not(session: Session, spec: str, told: str) -> None:
    before = measured(session)
    faulty(session, spec)
    found = applied(recheck(session, Side.LEFT, USED, before))
    assert (len(found), all(told in each for each in found)) == (1 if told else 0, True)


def test_what_was_found_on_a_lead_that_changed_proposes_nothing(session: Session, desk: Desk) -> None:
    measured(session)
    faulty(session, "impedance-jump=2@8")
    result = titrate(session, Plan(setup(), Method.MANUAL, D(1)), Person(give("0.4", "0.4"), [Answer.CLEAR, Answer.CLEAR]), lambda _: None)
    assert (result.ending, result.proposed_ma, result.thresholds.motor_ma) == (LEAD_CHANGED, None, None)
    assert "The lead changed during the titration" in result.reason and "output is off" in result.reason
    assert state(session)["armed_channels"] == 0 and truth(session).off
    (noted,) = [line["data"] for line in desk.lines() if line["kind"] == "titrated"]
    assert (noted["ending"], noted["proposed_ma"]) == (LEAD_CHANGED, None)
