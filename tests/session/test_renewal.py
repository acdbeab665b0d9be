"""People take their time: half a minute a burst, and the impedance serves for ten minutes. Nothing may end because of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rnprog.session.appointment import run as appointment
from rnprog.session.observers import Choice, Deliver, Finish, Offer, Report, Simulated
from rnprog.session.outcomes import Refused
from rnprog.session.session import Session
from rnprog.session.titrate import MAX_BURSTS, Method, Plan, Titrated, titrate
from rnprog.session.titrate import Burst as Told
from rnprog.therapy.contacts import Side
from rnprog.therapy.threshold import PRECISE
from rnprog.therapy.titration import Answer
from tests.session.desk import Desk, faulty, ma, measured, setup, state
from tests.session.test_appointment import Guide, burst_template
from tests.session.test_assisted import Nurse, graded

D = Decimal


@dataclass
class Slow:
    """Takes so long for a choice, and so long for an answer."""

    session: Session
    choice_s: float
    answer_s: float
    inner: Any
    name: str = "slow"
    offers: list[Offer] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)

    def choose(self, offer: Offer) -> Choice:
        self.offers.append(offer)
        self.session.wait(self.choice_s)
        choice: Choice = self.inner.choose(offer)
        return choice

    def judge(self, delivered: Any) -> Report:
        self.session.wait(self.answer_s)
        report: Report = self.inner.judge(delivered)
        return report

    def refused(self, refused: Refused) -> bool:
        self.refusals.append(refused)
        return False


def measurements(desk: Desk) -> int:
    """Two rounds each."""
    intents = [line["data"] for line in desk.lines() if line["kind"] == "intent"]
    return len([data for data in intents if data["what"] == "impedance"]) // 2


def test_an_appointment_at_a_human_pace_reaches_its_program(desk: Desk) -> None:
    with desk.open() as session:
        guide = Guide({side: Slow(session, 25, 5, Simulated(session.bench)) for side in Side})  # type: ignore[misc]
        report = appointment(session, burst_template(), guide)
        assert session.clock.now_s() > 600, "longer than an impedance serves"
    for result in report.titrated.values():
        assert result.limit_ma is not None and result.limit_ma > 1 and "No amplitude can be proposed" not in result.reason
    assert report.unfinished is None and report.stored is not None and report.together is not None
    assert guide.told.count("leads") == guide.told.count("measured") >= 3, "told before each"
    assert audited_steps(desk)


def audited_steps(desk: Desk) -> bool:
    """No burst more than 0.5 mA above the one before it on its side; from 0 after each preparation."""
    last: dict[str, Decimal] = {}
    for line in desk.lines():
        data = line["data"]
        if line["kind"] == "outcome" and (data.get("what"), data.get("result")) == ("arm", "applied"):
            last[data["side"]] = D(0)
        if line["kind"] == "intent" and data.get("what") == "amplitude":
            assert D(data["amplitude_ma"]) <= last[data["side"]] + D("0.5"), data
            last[data["side"]] = D(data["amplitude_ma"])
    return True


def side(session: Session, observer: Any, method: Method = Method.ASSISTED, **changes: Any) -> tuple[Titrated, list[Told]]:
    if session.sweep is None:
        measured(session)
    told: list[Told] = []
    result = titrate(session, Plan(setup(), method, D("0.3"), **changes), observer, told.append)
    assert state(session)["armed_channels"] == 0 and session.armed == set()
    return result, told


def test_within_a_side_it_is_announced_then_measured_then_from_0_again(desk: Desk) -> None:
    answers = ["none", "felt", "none", "felt", "flicker", "none", "flicker", "none", "flicker", "clear", "none"]
    with desk.open() as session:
        slow = Slow(session, 60, 15, Nurse(graded(*answers)))
        result, told = side(session, slow, profile=PRECISE)
    said = [offer.remarks for offer in slow.offers]
    (announced,) = [n for n, each in enumerate(said) if any("After this burst they are measured again" in text for text in each)]
    assert any("The leads were measured again" in text for text in said[announced + 1])
    assert slow.offers[announced + 1].titration.interrupted and told[announced + 1].delivered.amplitude_ma <= D("0.5")
    assert len(result.titration.log) == len(answers), "what was answered stays"
    assert measurements(desk) == 3, "before, within, after"
    assert audited_steps(desk)


def test_where_the_measurement_expires_while_somebody_thinks_nothing_is_given_before_it_was_renewed(desk: Desk) -> None:
    with desk.open() as session:
        measured(session)
        session.wait(475)
        slow = Slow(session, 119, 119, Nurse(graded("none", "none", "none")))
        result, told = side(session, slow)
    assert [burst.delivered.amplitude_ma for burst in told][1] <= D("0.5") and not slow.refusals
    assert result.problem is None and len(told) == 3


def test_a_lead_that_failed_meanwhile_ends_the_side_with_that_as_the_reason(session: Session) -> None:
    class Breaks(Nurse):
        def choose(self, offer: Offer) -> Choice:
            if any("After this burst" in each for each in offer.remarks):
                faulty(session, "lead-open=1")
            return super().choose(offer)

    slow = Slow(session, 100, 15, Breaks(graded(*["none"] * 12)))
    result, _ = side(session, slow)
    assert isinstance(result.problem, Refused) and "Impedance problem" in result.reason and "is open" in result.reason


def test_corrections_and_refusals_are_not_counted_as_bursts(session: Session) -> None:
    """Sixty choices are quickly made; only what was given counts."""
    refused: Iterator[Choice] = iter([Deliver(ma("5.0"), "nurse")] * (MAX_BURSTS + 5))

    class Insists(Nurse):
        def choose(self, offer: Offer) -> Choice:
            return next(refused, None) or (Deliver(ma("0.4"), self.name) if self.answers else Finish("done"))

    result, told = side(session, Insists([Answer.NONE, Answer.FELT]), Method.MANUAL)
    assert len(result.titration.log) == 2 and [burst.number for burst in told] == [1, 2]
