"""Test stimulation that ends between a command and its read-back: said as what it is, with its own next step, and no device is accused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rnprog.session.observers import Simulated
from rnprog.session.outcomes import Differs
from rnprog.session.titrate import Method, Plan, titrate
from rnprog.session.wording.titration import NOT_HELD
from tests.session.desk import Desk, armed, faulty, give, measured, setup, state, truth

RESTART = ("The device has restarted by itself", "If the device restarts again, do not go on with it, and report it.")
OTHER = ("Another programmer has connected to the device", "Make sure that nobody else programs this implant.")


@pytest.mark.parametrize("command", ["ARM", "SET_AMPLITUDE", "BURST"])
@pytest.mark.parametrize(("fault", "words"), [("reset", RESTART), ("other-host", OTHER)])
def test_a_restart_or_another_programmer_during_a_titration_is_not_blamed_on_the_device(
    desk: Desk, command: str, fault: str, words: tuple[str, str]
) -> None:
    """It strikes at the read after the command: the answer was right, and what was sent is gone."""
    after = {"ARM": "STATUS@1", "SET_AMPLITUDE": "STATUS@2", "BURST": "STATUS@3"}[command]
    with desk.open() as session:
        measured(session)
        faulty(session, f"{fault}={after}")
        result = titrate(session, Plan(setup(), Method.ASSISTED, Decimal("0.3")), Simulated(session.bench), lambda burst: None)
        assert state(session)["armed_channels"] == 0 and truth(session).off
    assert isinstance(result.problem, Differs) and result.problem.cut_off
    assert all(part in result.reason for part in (*words, "The output is off: the device was read and says so.", "start again from 0 mA"))
    assert result.reason.count(words[0]) == 1 and NOT_HELD not in result.reason and "READ-BACK" not in result.reason


def test_a_device_that_holds_nothing_is_still_accused(desk: Desk) -> None:
    with desk.open() as session:
        measured(session)
        faulty(session, "no-effect=SET_AMPLITUDE@1")
        result = titrate(session, Plan(setup(), Method.ASSISTED, Decimal("0.3")), Simulated(session.bench), lambda burst: None)
    assert isinstance(result.problem, Differs) and not result.problem.cut_off and result.reason.endswith(NOT_HELD)


def test_a_link_too_slow_for_the_lease_is_told_as_a_bad_link(desk: Desk) -> None:
    with desk.open() as session:
        stimulation = armed(session)
        faulty(session, "delay=0.2,drop-reply=STATUS@1,drop-reply=STATUS@3,drop-reply=STATUS@4")
        outcome = give(stimulation, "0.5", "2")
    assert isinstance(outcome, Differs) and outcome.cut_off
    assert "The device heard nothing for too long" in str(outcome.words) and "Check the cable" in str(outcome.words)
