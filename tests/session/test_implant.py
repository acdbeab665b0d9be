"""An appointment that ends with a program on its way says what the implant holds, and the implant holds it."""

from __future__ import annotations

import pytest

from rnprog.session.appointment import run
from rnprog.session.outcomes import Differs, Unknown
from rnprog.session.wording import implant as words
from tests.session.desk import Desk
from tests.session.test_appointment import TEMPLATE, Guide

ENDINGS = [
    ("drop-reply=STAGE@1", Unknown, False, False, False),
    ("drop-request=COMMIT@1", Unknown, False, False, False),
    ("drop-reply=COMMIT@1", Unknown, True, False, False),
    ("no-effect=COMMIT@1,drop-reply=COMMIT@1", Unknown, False, False, False),
    ("drop-reply=ACTIVATE@1", Unknown, True, True, False),
    ("no-effect=ACTIVATE@1", Differs, True, False, False),
    ("drop-reply=SCHEDULE_SET@1", Unknown, True, True, True),
    ("no-effect=SCHEDULE_SET@1", Differs, True, True, False),
]


@pytest.mark.parametrize("fault, kind, ours, active, enabled", ENDINGS)
def test_what_is_said_is_what_the_implant_holds(desk: Desk, fault: str, kind: type, ours: bool, active: bool, enabled: bool) -> None:
    with desk.open(f"emu://?faults={fault}") as session:
        report = run(session, TEMPLATE, Guide())
        held, now = session.device.stored(0), session.status()
    assert isinstance(report.problem, kind)
    assert report.sent and report.stored is None and report.implant is not None and report.proposal is not None
    assert (held.program == report.proposal.program, held.active, now.schedule_enabled) == (ours, active, enabled)
    assert (report.implant.ours, report.implant.stored.active, report.implant.schedule_enabled) == (ours, active, enabled)
    said = str(report.problem.words)  # type: ignore[union-attr]
    assert report.implant.sentence in said
    assert ("holds the program of this appointment" in said) is ours
    assert ("sessions start by themselves" in said) is enabled
    assert (words.COMPLETE in said) is (ours and active and enabled)


def test_a_device_that_fell_silent_leaves_it_unknown(desk: Desk) -> None:
    with desk.open("emu://?faults=half-open=COMMIT@1") as session:
        report = run(session, TEMPLATE, Guide())
    assert report.sent and report.implant is None and isinstance(report.problem, Unknown)
    assert "not known" in words.tried("left 1 mA", sent=report.sent, known=report.implant is not None)


def test_a_device_that_restarted_is_read_on_a_new_link(desk: Desk) -> None:
    with desk.open("emu://?faults=reset=COMMIT@1") as session:
        report = run(session, TEMPLATE, Guide())
    assert report.implant is not None and report.sent


def test_a_program_that_was_not_sent_leaves_the_implant_as_it_was(desk: Desk) -> None:
    with desk.open() as session:
        report = run(session, TEMPLATE, Guide(confirm=None))
    assert not report.sent and report.implant is None and report.unfinished is not None
    assert "keeps the program it had" in words.tried("left 1 mA", sent=report.sent, known=False)
