"""The scenario `flaky-cable` through whole appointments: its lesson holds, whatever the seed."""

from __future__ import annotations

import pytest

from device_emulator.scenarios import SCENARIOS
from rnprog.session.appointment import Report, run
from rnprog.session.audit import audit
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble
from tests.session.desk import Desk, measured, state, truth
from tests.session.reconcile import assert_reconciled
from tests.session.test_appointment import TEMPLATE, Guide

VISITS_MAX = 4


def visit(desk: Desk, url: str) -> tuple[Report | None, str]:
    """An appointment on that cable: its report when it came to one, and what was said when it did not come to its end."""
    report, said = None, ""
    with desk.open(url) as session:
        try:
            measured(session)
            report = run(session, TEMPLATE, Guide())
            said = str(report.unfinished or "")
        except (Trouble, Halted) as ended:
            said = str(ended)
        line = session.device.line_health()
        assert line.noise_frames and line.repeated_reads, "what the cable does is counted"
        session.bench.ask({"cmd": "fault", "spec": ""})
        assert state(session)["armed_channels"] == 0 and truth(session).off, "however it ended"
        flowed = truth(session).changes
    assert audit(desk.records()[-1]).good
    assert_reconciled(flowed, desk.lines(), same_clock=True, lossless=False)
    return report, said


@pytest.mark.parametrize(("seed", "at_once"), [(2, True), (8, True), (6, False)])
def test_an_appointment_ends_well_or_says_what_to_do_and_is_begun_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, seed: int, at_once: bool
) -> None:
    """Most go through; one that is cut short is begun again, and meets another chance."""
    monkeypatch.setenv("RNPROG_STATE_DIR", str(desk.record_dir / "state"))
    visits = [visit(desk, f"emu://cable?scenario=flaky-cable&seed={seed}")]
    while not _stored(visits[-1][0]) and len(visits) < VISITS_MAX:
        said = visits[-1][1]
        ways = ("Check the cable", "start again from 0 mA", "starts from 0 mA", "could be used", "Titrate again")
        assert any(way in said for way in ways), said
        visits.append(visit(desk, f"emu://cable?scenario=flaky-cable&seed={seed}"))
    assert _stored(visits[-1][0])
    assert (len(visits) == 1) is at_once


def _stored(report: Report | None) -> bool:
    return report is not None and report.stored is not None


def test_the_lesson_speaks_of_what_happens() -> None:
    lesson = SCENARIOS["flaky-cable"].lesson
    assert lesson is not None
    assert "for a moment" not in lesson.sees and "ends there" in lesson.sees and "--resume" in lesson.do
