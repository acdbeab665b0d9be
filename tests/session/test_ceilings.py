"""What was too strong stays so: for the next titration of this session, for the next appointment of the day, never for another device."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import Any

import pytest

from rnprog.session.ceilings import KIND, Ceilings
from rnprog.session.observers import Deliver, Hurts, Offer, Report, Stop
from rnprog.session.record import Record
from rnprog.session.session import Session
from rnprog.session.stopping import Halted
from rnprog.session.titrate import Method, Plan, Titrated, titrate
from rnprog.session.trouble import Trouble
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.titration import Answer, Titration
from rnprog.therapy.units import Microseconds
from tests.session.desk import Desk, faulty, ma, measured, setup, truth
from tests.session.past import Visit
from tests.session.test_assisted import Nurse, graded

D = Decimal


def run(session: Session, observer: Any, method: Method = Method.ASSISTED, **changes: Any) -> Titrated:
    if session.sweep is None:
        measured(session)
    return titrate(session, Plan(setup(**changes), method, D("0.3")), observer, lambda burst: None)


def too_strong(session: Session) -> Titrated:
    """0.5, 1.0, 1.5 mA; the last is too strong, so the ceiling is 1.3."""
    result = run(session, Nurse(graded("none", "none", "discomfort")))
    assert result.titration.ceiling_ma == D("1.3")
    return result


def patient(session: Session, **changes: Any) -> tuple[Titrated, Nurse]:
    nurse = Nurse(graded(*["none"] * 12))
    return run(session, nurse, **changes), nurse


def highest_ma(session: Session, since: int) -> float:
    return max(truth(session).peaks_ua(0)[since:], default=0.0) / 1000


def test_after_discomfort_the_same_side_titrated_again_stays_below_the_ceiling(session: Session) -> None:
    too_strong(session)
    given = len(truth(session).peaks_ua(0))
    again, nurse = patient(session)
    assert highest_ma(session, given) == 1.3 and again.titration.ceiling_ma == D("1.3")
    assert again.ending == "not_reachable" and "1.3 mA, which is the most that may be given" in again.reason
    (said,) = nurse.offers[0].remarks
    assert said.startswith("1.5 mA was too strong on these electrodes earlier in this appointment, so nothing above 1.3 mA is given")
    assert nurse.offers[1].remarks == (), "once"


def test_what_it_costs_is_said_as_soon_as_the_side_has_ended_and_the_advice_leads_elsewhere(session: Session) -> None:
    assert too_strong(session).bound == (
        "1.5 mA was too strong: today nothing above 1.3 mA is given on -L1+L2 with pulses of 214 us or longer. "
        "Other electrodes start without this limit."
    )
    again, _ = patient(session)
    assert "another electrode pair" in again.reason and "a longer pulse does not lift it" in again.reason
    assert again.bound, "it is still so"
    assert patient(session, electrodes=Electrodes.parse("-L0+L1"))[0].bound == ""


@pytest.mark.parametrize("method", [Method.MANUAL, Method.ASCENDING])
def test_by_hand_and_by_levels_it_holds_as_well(session: Session, method: Method) -> None:
    too_strong(session)
    given = len(truth(session).peaks_ua(0))
    nurse = Nurse(graded(*["none"] * 9), {n: Deliver(ma(each), "nurse") for n, each in enumerate(("0.5", "1.0", "1.4", "1.3"), 1)})
    run(session, nurse, method)
    assert highest_ma(session, given) == 1.3
    assert any("1.3 mA" in reason.text for refused in nurse.refusals for reason in refused.reasons)


def test_the_next_appointment_of_the_day_knows_it_from_the_record_and_says_where_from(desk: Desk) -> None:
    with desk.open() as session:
        too_strong(session)
    with desk.open() as session:
        _, nurse = patient(session)
        assert highest_ma(session, 0) == 1.3
    (said,) = nurse.offers[0].remarks
    assert said.startswith(f"1.5 mA was too strong on these electrodes earlier today (record {desk.records()[0].stem})")
    begun = [line["data"] for line in desk.lines() if line["kind"] == "titration"]
    assert [data["ceiling_ma"] for data in begun] == ["1.3"]
    with desk.open() as session:
        nothing_given = run(session, Nurse([]))
    assert nothing_given.bound.startswith(
        f"1.5 mA was too strong earlier today (record {desk.records()[0].stem}): today nothing above 1.3 mA"
    )


class StopsWithin:
    """A person who says STOP while the last burst flows."""

    def __init__(self, session: Session, bursts: int) -> None:
        self.name, self._session, self._left = "patient", session, bursts

    def choose(self, offer: Offer) -> Deliver:
        assert offer.proposal is not None
        self._left -= 1
        self._session.stop_asked = lambda: self._left == 0
        return Deliver(offer.proposal.amplitude_ma, self.name)

    def judge(self, delivered: object) -> Answer:
        return Answer.NONE

    def refused(self, refused: object) -> bool:
        return False


@pytest.mark.parametrize("within", [True, False], ids=["within the burst", "instead of an answer"])
def test_a_burst_that_the_patient_stopped_counts_too_in_this_session_and_the_next(desk: Desk, within: bool) -> None:
    stopped = [*graded("none", "none"), Stop("the patient said stop")]
    with desk.open() as session:
        result = run(session, StopsWithin(session, 3) if within else Nurse(stopped))
        assert result.stop is not None and result.titration.ceiling_ma == D("1.3")
        assert result.bound.startswith("1.5 mA was stopped before anybody could say what it did: today nothing above 1.3 mA is given on")
        session.stop_asked = lambda: False
        session.reopen_link()
        again, nurse = patient(session)
        assert again.titration.ceiling_ma == D("1.3")
        assert nurse.offers[0].remarks[0].startswith("1.5 mA was stopped before anybody could say what it did")
    with desk.open() as session:
        assert patient(session)[0].titration.highest_tolerated_ma == D("1.3")


Interrupted = KeyboardInterrupt


def interrupted() -> Report:
    raise Interrupted


ENDS = {"no answer": interrupted, "STOP": lambda: Stop("typed s"), "nobody looked": lambda: None, "clear": lambda: Answer.CLEAR}


@pytest.mark.parametrize("end", ENDS)
def test_too_strong_is_on_the_disk_before_anything_more_is_asked_about_that_burst(desk: Desk, end: str) -> None:
    """Whatever becomes of the question after it: it is said to be noted, so it is."""
    asked = []

    def besides() -> Any:
        asked.append([(line["kind"], line["data"].get("answer"), line["data"].get("too_strong_ma")) for line in desk.lines()[-2:]])
        return ENDS[end]()

    with contextlib.suppress(Interrupted), desk.open() as session:
        result = run(session, Nurse([Answer.NONE, Answer.NONE, Hurts(besides)]))
        assert result.titration.ceiling_ma == D("1.3") and result.thresholds.discomfort_ma == D("1.5")
        assert result.titration.log[-1].contraction is (Answer.CLEAR if end == "clear" else None)
        assert result.bound.startswith("1.5 mA was too strong: today nothing above 1.3 mA is given")
    assert asked == [[("ceiling", None, "1.5"), ("answer", "discomfort", None)]]
    kept = [line["data"] for line in desk.lines() if line["kind"] == KIND]
    assert [(data["too_strong_ma"], data["stopped_before_an_answer"]) for data in kept] == [("1.5", False)], "once, and as it was said"
    seen = [line["data"] for line in desk.lines() if line["kind"] == "besides"]
    assert [data["contraction"] for data in seen] == ["clear"] * (end == "clear")
    with desk.open() as session:
        assert patient(session)[0].titration.highest_tolerated_ma == D("1.3")


class Interrupts(StopsWithin):
    """Whose Ctrl-C comes within the last burst, or while it is asked what that burst did."""

    within = True

    def choose(self, offer: Offer) -> Deliver:
        choice = super().choose(offer)
        self._session.stop_asked = lambda: bool(interrupted()) if self.within and not self._left else False
        return choice

    def judge(self, delivered: object) -> Answer:
        if not self._left:
            raise Interrupted
        return Answer.NONE


@pytest.mark.parametrize("within", [True, False], ids=["within the burst", "instead of an answer"])
@pytest.mark.parametrize("by_itself", [False, True], ids=["somebody's", "a fault of the program"])
def test_an_interruption_counts_as_a_stop_when_somebody_asked_for_it(desk: Desk, within: bool, by_itself: bool) -> None:
    with desk.open() as session:
        person = Interrupts(session, 3)
        person.within = within
        with pytest.raises(Interrupted):
            run(session, person)
        session.stop_asked = lambda: False
        session.stop("interrupted", by_itself=by_itself)
    kept = [line["data"] for line in desk.lines() if line["kind"] == KIND]
    assert [(data["too_strong_ma"], data["stopped_before_an_answer"]) for data in kept] == [("1.5", True)] * (not by_itself)
    with desk.open() as session:
        assert patient(session)[0].titration.ceiling_ma == (None if by_itself else D("1.3"))


def test_an_interruption_after_the_answer_sets_no_ceiling(desk: Desk) -> None:
    with desk.open() as session:
        run(session, Nurse(graded("none", "none")))
        session.stop("interrupted")
    assert KIND not in desk.kinds()


def test_a_stop_between_bursts_sets_no_ceiling(session: Session) -> None:
    run(session, Nurse(graded("none", "none"), {2: Stop("the telephone rings")}))
    session.reopen_link()
    assert patient(session)[0].titration.ceiling_ma is None


@pytest.mark.parametrize("fault", ["unplug", "drop-reply=HEARTBEAT", "reset", "nak-stop;drop-reply=HEARTBEAT"], ids=str)
def test_a_stop_that_the_cable_or_the_device_called_for_sets_no_ceiling(desk: Desk, fault: str) -> None:
    """It says nothing of what was felt, and would keep the patient from that amplitude for a day."""
    struck = []

    def while_the_third_flows() -> bool:
        if not struck and len(truth(session).peaks_ua(0)) == 3:
            struck.append(fault)
            for spec in fault.split(";"):
                faulty(session, spec)
        return False

    with contextlib.suppress(Trouble, Halted), desk.open() as session:
        measured(session)
        session.stop_asked = while_the_third_flows
        assert run(session, Nurse(graded(*["none"] * 12))).stop is not None
    assert struck and session.halted is not None
    assert KIND not in desk.kinds()


def test_a_record_that_was_never_closed_is_believed_in_this(desk: Desk) -> None:
    with desk.open() as session:
        too_strong(session)
    path = desk.records()[0]
    path.write_bytes(path.read_bytes()[:-40])
    with desk.open() as session:
        assert patient(session)[0].titration.ceiling_ma == D("1.3")


@pytest.mark.parametrize(
    ("changes", "binds"),
    [
        ({}, True),
        ({"pulse_width_us": Microseconds(D(300))}, True),
        ({"pulse_width_us": Microseconds(D(150))}, False),
        ({"electrodes": Electrodes.parse("-L2+L3")}, False),
        ({"electrodes": Electrodes.parse("-L2+L1")}, False),
    ],
    ids=["the same", "a longer pulse", "a shorter pulse", "another pair", "the other way round"],
)
def test_it_binds_the_same_electrodes_with_the_same_or_a_longer_pulse(session: Session, changes: dict[str, Any], binds: bool) -> None:
    too_strong(session)
    assert (session.ceilings.binding(setup(**changes)) is not None) is binds


def kept(directory: Desk, days_ago: float, *, too_strong_ma: str = "1.5", **identity: str) -> Visit:
    with Visit(directory.record_dir, days_ago, **identity) as made:
        made.too_strong(too_strong_ma)
    return made


def known(desk: Desk, record: Record | None = None) -> Ceilings:
    found = Ceilings()
    with desk.open() as session:
        found.read(record or session.record, session.serial, str(session.mode))
    return found


def test_of_an_earlier_day_it_is_told_and_binds_nothing(desk: Desk) -> None:
    kept(desk, 40)
    made = kept(desk, 3, too_strong_ma="1.6")
    with desk.open() as session:
        again, nurse = patient(session)
    assert again.titration.ceiling_ma is None
    (said,) = nurse.offers[0].remarks
    assert said.startswith(f"CAUTION  On {made.at.date().isoformat()} 1.6 mA was too strong on these electrodes (record {made.path.stem})")


@pytest.mark.parametrize("identity", [{"mode": "device"}, {"serial": "RN1-E0000009"}], ids=str)
def test_an_emulator_never_binds_a_device_nor_one_device_another(desk: Desk, identity: dict[str, str]) -> None:
    kept(desk, 0.1, **identity)
    assert known(desk).binding(setup()) is None


@pytest.mark.parametrize("change", [("-L1+L2", "-L1"), ('"214"', '"wide"'), ('"1.5"', '"1e9"'), ('"utc":"2', '"utc":"x')], ids=str)
def test_a_line_that_makes_no_sense_binds_nothing(desk: Desk, change: tuple[str, str]) -> None:
    made = kept(desk, 0.1)
    made.path.write_text(made.path.read_text().replace(*change))
    assert known(desk).binding(setup()) is None


def test_of_several_the_lowest_binds_and_a_clock_that_went_back_lifts_nothing(desk: Desk) -> None:
    kept(desk, -2)
    with desk.open() as session:
        run(session, Nurse(graded("discomfort")))
        found = session.ceilings.binding(setup())
    assert found is not None and found.ceiling_ma == D("0.4") and found.record == ""


def test_without_a_record_the_session_still_keeps_it() -> None:
    found = Ceilings()
    found.read(None, "", "")
    burst = Titration().begin().burst_given(ma("1.0")).answered(Answer.DISCOMFORT)
    found.keep(setup(), burst, None)
    assert found.below(setup(), Titration()).ceiling_ma == D("0.9")
    assert found.below(setup(Side.RIGHT), Titration()).ceiling_ma is None


def test_the_ceiling_of_both_sides_together_binds_each_of_them(desk: Desk) -> None:
    from rnprog.session.bilateral import check
    from tests.session.test_bilateral import found

    with desk.open() as session:
        measured(session)
        check(session, found("1.0", "0.6"), Nurse(graded("none", "discomfort")), lambda burst: None)  # 0.5 + 0.4, then 0.8 + 0.4
        left, right = session.ceilings.binding(setup()), session.ceilings.binding(setup(Side.RIGHT))
    assert left is not None and right is not None and (left.ceiling_ma, right.ceiling_ma) == (D("0.7"), D("0.3"))
