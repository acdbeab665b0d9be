"""One appointment for a person of each cohort, through session, protocol, emulator and tissue; judged by what only the emulator knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnprog.session.appointment import run
from rnprog.session.audit import audit
from rnprog.session.observers import Simulated
from rnprog.session.session import Session
from rnprog.therapy.contacts import Side
from tests.session.desk import Desk, state, truth
from tests.session.reconcile import assert_reconciled
from tests.session.test_appointment import Guide, burst_template
from tests.session.test_assisted import Tissue, keeps_the_guards

SUBJECT = 1001
"""Its number in each cohort; no other was tried."""


class Watched(Guide):
    """The tissue observes, and every burst is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.watching: list[Tissue] = []

    def observer(self, session: Session, side: Side) -> Tissue:
        self.watching.append(Tissue(Simulated(session.bench)))
        return self.watching[-1]


@pytest.mark.parametrize("cohort", "ABCDE")
def test_an_appointment_of_each_cohort(desk: Desk, tmp_path: Path, cohort: str) -> None:
    person = tmp_path / "person.toml"
    person.write_text(f'[person]\ncohort = "{cohort}"\nsubject = {SUBJECT}\n')
    guide = Watched()
    with desk.open(f"emu://?seed={SUBJECT}&patient={person}") as session:
        nerve = session.bench.ask({"cmd": "patient"})["nerve"]
        report = run(session, burst_template(), guide)
        flowed = truth(session)
        assert state(session)["armed_channels"] == 0 and flowed.off
    assert_reconciled(flowed.changes, desk.lines(), same_clock=True, lossless=True)
    assert audit(desk.records()[-1]).good
    for watched in guide.watching[:2]:
        keeps_the_guards(watched.given)
    for side, result in report.titrated.items():
        true_ma = nerve["motor_ma"][0 if side is Side.LEFT else 1]
        assert result.estimate is not None
        if result.ending == "threshold":
            assert abs(float(result.estimate.median_ma) - true_ma) <= 0.15 * true_ma, (side, result.estimate, true_ma)
        if result.proposed_ma is not None:
            assert true_ma <= float(result.proposed_ma) <= 1.6 * true_ma
    if cohort == "E":
        assert report.stored is None and all(result.proposed_ma is None for result in report.titrated.values())
