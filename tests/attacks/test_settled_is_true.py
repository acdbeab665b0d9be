"""Every command, and what can happen to it, to its answer and to its effect: whatever is then said of it is true of the device."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rnprog.protocol.opcodes import Opcode
from rnprog.session import patient, programs
from rnprog.session.outcomes import Unknown
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble
from tests.attacks import invariants
from tests.attacks.watch import Watch
from tests.session.desk import armed, give, given, measured, proposal, setup, written


def arms(session: Session) -> Callable[[], Any]:
    measured(session)
    return Stimulation(session, setup()).arm


def gives(session: Session) -> Callable[[], Any]:
    stimulation = armed(session)
    return lambda: give(stimulation, "0.4")


def releases(session: Session) -> Callable[[], Any]:
    return armed(session).disarm


def writes(session: Session) -> Callable[[], Any]:
    proposed = proposal(session)
    return lambda: programs.apply(session, proposed, confirmed_by="the test")


def activates(session: Session) -> Callable[[], Any]:
    stored = written(session)
    return lambda: programs.activate(session, stored, confirmed_by="the test")


def schedules(session: Session) -> Callable[[], Any]:
    written(session)
    return lambda: programs.enable_schedule(session, True, confirmed_by="the test")


def signs(session: Session) -> Callable[[], Any]:
    return lambda: patient.store(session, "A-1", confirmed_by="the test")


COMMANDS = {
    Opcode.ARM: arms,
    Opcode.SET_AMPLITUDE: gives,
    Opcode.BURST: gives,
    Opcode.DISARM: releases,
    Opcode.STAGE: writes,
    Opcode.VALIDATE: writes,
    Opcode.COMMIT: writes,
    Opcode.ACTIVATE: activates,
    Opcode.SCHEDULE_SET: schedules,
    Opcode.PATIENT_KEY_WRITE: signs,
}
UNREAD = ",".join(f"drop-reply=STATUS@{count}" for count in (1, 2, 3))
ONLY_CLAIMED = "no-effect={0}@1,drop-reply={0}@1"
HAPPENS = (
    "drop-reply={0}@1",
    "drop-request={0}@1",
    "late-reply={0}@1~0.6",
    "no-effect={0}@1",
    ONLY_CLAIMED,
    "no-effect={0}@1," + UNREAD,
    "quantise=300,drop-reply={0}@1",
    "clamp=200," + UNREAD,
    "reset={0}@1",
    "power-cut={0}@1",
    "other-host={0}@1,drop-reply={0}@1",
)


def said(root: Path, made: Callable[[Session], Callable[[], Any]], spec: str, *, stop: bool = False) -> Watch:
    """A session in which something happens to one command, settled by a read where it was open; `stop`: behind a STOP."""
    watch = Watch(root / "r")
    try:
        with watch.open() as session:
            act = made(session)
            watch.faults(spec)
            act()
            if stop:
                session.stop("the test")
                session.reopen_link()
            session.resolve()
    except (Trouble, Halted) as ending:
        assert str(ending).endswith(".")
    watch.afterwards()
    return watch


@pytest.mark.parametrize("happens", HAPPENS)
@pytest.mark.parametrize("opcode", COMMANDS, ids=lambda opcode: opcode.name)
def test_what_is_said_of_a_command_is_true(own_place: Path, opcode: Opcode, happens: str) -> None:
    watch = said(own_place, COMMANDS[opcode], happens.format(opcode.name))
    invariants.at_the_end(watch)
    assert any(line["kind"] == "outcome" for line in watch.lines)


@pytest.mark.parametrize("happens", HAPPENS)
@pytest.mark.parametrize("opcode", COMMANDS, ids=lambda opcode: opcode.name)
def test_what_is_said_of_a_command_behind_a_stop_is_true(own_place: Path, opcode: Opcode, happens: str) -> None:
    watch = said(own_place, COMMANDS[opcode], happens.format(opcode.name), stop=True)
    invariants.at_the_end(watch)
    results = [line["data"]["result"] for line in watch.lines if line["kind"] == "outcome"]
    settled = [line["data"]["what"] for line in watch.lines if line["kind"] == "settled"]
    assert watch.lines[-1]["data"]["unsettled"] == []
    assert len(settled) == (results[-1] == "unknown" and COMMANDS[opcode] in (writes, activates, schedules, signs))


def test_a_step_goes_up_from_a_burst_that_was_settled(own_place: Path) -> None:
    """0.5 mA, then 0.2 mA whose answer is lost, and which flowed: from there 1.0 mA is more than a step."""
    watch = Watch(own_place / "r")
    with watch.open() as session:
        stimulation = armed(session)
        given(stimulation, "0.5")
        session.wait(0.3)
        watch.faults("drop-reply=BURST@1")
        assert isinstance(give(stimulation, "0.2"), Unknown)
        session.resolve()
        session.wait(1.0)
        give(stimulation, "1.0")
    watch.afterwards()
    assert watch.tested.peaks_ua(0)[:2] == [500.0, 200.0]
    invariants.at_the_end(watch)
