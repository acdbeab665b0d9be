"""Both sides together: what flows, what is asked, and what is left when it was too strong."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from rnprog.session import archive
from rnprog.session.appointment import run as appointment
from rnprog.session.audit import audit
from rnprog.session.bilateral import Together, check
from rnprog.session.observers import Deliver, Elsewhere, Proceed, Report, Simulated, Stop, Switch, TooStrong, Undo
from rnprog.session.outcomes import Refused, StopConfirmed, StopNotConfirmed, Unknown
from rnprog.session.session import Session
from rnprog.session.titrate import Burst, Method, Plan, Titrated
from rnprog.session.wording.bilateral import ended
from rnprog.therapy.contacts import Side
from rnprog.therapy.threshold import Rung
from rnprog.therapy.titration import Answer, Thresholds, Titration
from tests.session.desk import Desk, faulty, ma, measured, setup, state, truth
from tests.session.reconcile import assert_reconciled
from tests.session.test_appointment import Guide, burst_template, quick
from tests.session.test_assisted import Nurse, graded, noted

D = Decimal
SHORT = D("0.3")


def found(left: str = "1.0", right: str = "0.6", ceiling: str | None = None) -> dict[Side, Titrated]:
    """Both sides as their titrations left them."""
    earlier = Titration(None if ceiling is None else ma(ceiling))
    return {
        side: Titrated(Plan(setup(side), Method.ASSISTED, SHORT), "threshold", Thresholds(None, None, None), ma(proposed), "found", earlier)
        for side, proposed in ((Side.LEFT, left), (Side.RIGHT, right))
    }


def run(session: Session, observer: object, both: dict[Side, Titrated] | None = None) -> tuple[Together, list[Burst]]:
    if session.sweep is None:
        measured(session)
    bursts: list[Burst] = []
    result = check(session, both or found(), observer, bursts.append)  # type: ignore[arg-type]
    assert session.armed == set() and state(session)["armed_channels"] == 0 and truth(session).off, "however it ended"
    return result, bursts


def test_both_go_up_together_by_small_steps_to_each_share(desk: Desk) -> None:
    with desk.open() as session:
        result, bursts = run(session, Nurse(graded(*["clear"] * 9)))
        flowed = truth(session)
    assert (result.ending, result.last) == ("tolerated", Rung(ma("1.0"), ma("0.6"), 100))
    assert flowed.peaks_ua(0) == [500.0, 800.0, 900.0, 1000.0] and flowed.peaks_ua(1) == [400.0, 400.0, 500.0, 600.0]
    assert [burst.delivered.both.share_percent for burst in bursts if burst.delivered.both] == [None, 80, 90, 100]
    assert_reconciled(flowed.changes, desk.lines(), same_clock=True, lossless=True)
    assert audit(desk.records()[-1]).good
    assert noted(desk, "both sides") == [{"left_ma": "1.0", "right_ma": "0.6"}]
    assert noted(desk, "both sides checked") == [{"ending": "tolerated", "last": {"left_ma": "1.0", "right_ma": "0.6"}}]


@pytest.mark.parametrize("amplitudes", [("3.0", "0.5"), ("2.2", "2.4"), ("0.1", "0.1")])
def test_no_step_is_higher_than_half_a_milliampere_on_either_side(session: Session, amplitudes: tuple[str, str]) -> None:
    run(session, Nurse(graded(*["clear"] * 20)), found(*amplitudes))
    for channel in (0, 1):
        peaks = [0.0, *truth(session).peaks_ua(channel)]
        assert all(later - earlier <= 500.5 for earlier, later in pairwise(peaks)), peaks


@pytest.mark.parametrize(
    ("tolerated", "ending", "last"),
    [
        (0, "too strong", None),
        (1, "too strong", None),
        (2, "reduced", Rung(ma("0.8"), ma("0.4"), 80)),
        (3, "reduced", Rung(ma("0.9"), ma("0.5"), 90)),
    ],
)
@pytest.mark.parametrize("report", [TooStrong(None), Elsewhere(Answer.DISCOMFORT)])
def test_too_strong_steps_back_on_both_sides(session: Session, tolerated: int, ending: str, last: Rung | None, report: Report) -> None:
    result, bursts = run(session, Nurse([*graded(*["clear"] * tolerated), report]))
    assert (result.ending, result.last) == (ending, last)
    assert len(bursts) == tolerated + 1, "nothing is given after it"
    assert ("no program for both" in result.reason) == (last is None)


def test_ended_early_leaves_what_was_tolerated(session: Session) -> None:
    result, _ = run(session, Nurse(graded("clear", "clear", "clear")))
    assert (result.ending, result.last) == ("not finished", Rung(ma("0.9"), ma("0.5"), 90))
    assert "not checked above" in result.reason
    nothing, _ = run(session, Nurse([]))
    assert nothing.last is None and "were not checked" in nothing.reason


def test_no_contraction_at_the_end_is_said(session: Session) -> None:
    result, _ = run(session, Nurse(graded("none", "none", "none", "none")))
    assert result.last is not None and "No contraction was seen on both sides there" in result.reason


def test_unsure_repeats_and_undo_asks_again(session: Session) -> None:
    nurse = Nurse(graded("unsure", "clear", "none", "clear", "clear", "clear"), {1: Undo(), 5: Undo()})
    result, _ = run(session, nurse)
    assert result.ending == "tolerated"
    assert truth(session).peaks_ua(0) == [500.0, 500.0, 800.0, 900.0, 1000.0]
    assert [answer for _, answer in result.answers] == [Answer.UNSURE, Answer.CLEAR, Answer.CLEAR, Answer.CLEAR, Answer.CLEAR]


def test_no_other_amplitude_is_given(session: Session) -> None:
    nurse = Nurse(graded(*["clear"] * 4), {1: Deliver(ma("0.3"), "nurse"), 2: Switch(Method.MANUAL, "nurse"), 3: Proceed("nurse")})
    result, _ = run(session, nurse)
    assert result.ending == "tolerated" and "only the amplitude that is shown" in nurse.refusals[0].reasons[0].text
    assert truth(session).peaks_ua(0)[0] == 500.0


def test_an_observer_who_does_not_go_on_after_a_refusal_ends_it(session: Session) -> None:
    nurse = Nurse([], {1: Deliver(ma("0.3"), "nurse")})
    nurse.refused = lambda refused: False  # type: ignore[method-assign]
    result, _ = run(session, nurse)
    assert isinstance(result.problem, Refused) and result.last is None


def test_stop_at_an_offer_and_instead_of_an_answer(session: Session) -> None:
    result, _ = run(session, Nurse(graded("clear"), {2: Stop("enough")}))
    assert isinstance(result.stop, StopConfirmed) and (result.ending, result.last) == ("stopped", None)
    session.reopen_link()
    session.clock.sleep(1)
    result, _ = run(session, Nurse([Stop("ouch")]))
    assert isinstance(result.stop, StopConfirmed)


@pytest.mark.parametrize(("opcode", "number"), [("ARM", 1), ("ARM", 2), ("SET_AMPLITUDE", 2), ("BURST", 1), ("DISARM", 1)])
@pytest.mark.parametrize("what", ["drop-reply", "drop-request"])
def test_a_lost_frame_is_unknown_and_stopped(session: Session, what: str, opcode: str, number: int) -> None:
    measured(session)
    faulty(session, f"{what}={opcode}@{number}")
    result, _ = run(session, Nurse(graded(*["clear"] * 4)))
    assert isinstance(result.stop, StopConfirmed) and result.last is None
    assert isinstance(result.problem, Unknown) or opcode == "DISARM"


def test_the_cable_pulled_in_a_burst_of_both(session: Session) -> None:
    measured(session)
    faulty(session, "unplug@10")
    both = {side: replace(each, plan=replace(each.plan, burst_s=D(5))) for side, each in found().items()}
    result = check(session, both, Nurse(graded(*["clear"] * 4)), lambda burst: None)
    assert isinstance(result.stop, StopNotConfirmed) and result.last is None
    session.bench.ask({"cmd": "advance", "seconds": 3})
    assert truth(session).off


def test_a_ceiling_of_one_side_holds_in_the_check(session: Session) -> None:
    nurse = Nurse(graded(*["clear"] * 4))
    nurse.refused = lambda refused: False  # type: ignore[method-assign]
    result, _ = run(session, nurse, found(ceiling="0.7"))
    assert isinstance(result.problem, Refused) and result.last is None
    assert max(truth(session).peaks_ua(0)) <= 700


def test_a_contact_that_breaks_ends_it(session: Session) -> None:
    measured(session)
    device = session.device.link.port._line._host.device  # type: ignore[attr-defined]
    device.patient.electrodes = device.patient.electrodes.with_open(2)
    result, _ = run(session, Nurse(graded(*["clear"] * 4)))
    assert result.alert is not None and result.ending == "aborted"


@pytest.mark.parametrize("side", Side)
def test_at_the_limit_on_one_side_the_burst_ends_on_both(desk: Desk, side: Side) -> None:
    both = {each: replace(one, plan=replace(one.plan, burst_s=D(10))) for each, one in found().items()}
    with desk.open() as session:
        measured(session)
        device = session.device.link.port._line._host.device  # type: ignore[attr-defined]
        device.patient.electrodes = device.patient.electrodes.with_open(2 if side is Side.LEFT else 6)
        result, _ = run(session, Nurse(graded("clear")), both)
        flowed = truth(session)
        assert session.sweep is None and not session.heart.on
    assert result.alert is not None and result.ending == "aborted" and result.last is None
    assert result.alert.happened == f"The device could not drive the set current on the {side} side."
    ends = [change for change in flowed.changes if change["cause"] == "disarmed"]
    assert [change["channel"] for change in ends] == [0, 1]
    assert all(change["t_s"] - flowed.bursts()[0]["t_s"] <= 0.25 for change in ends)
    assert_reconciled(flowed.changes, desk.lines(), same_clock=True, lossless=True)


def test_a_person_who_is_never_sure_is_ended(session: Session) -> None:
    result, bursts = run(session, Nurse([Answer.UNSURE] * 100))
    assert result.ending == "not finished" and len(bursts) <= 60


def test_the_tissue_answers_for_the_weaker_side(desk: Desk) -> None:
    with desk.open() as session:
        result, bursts = run(session, Simulated(session.bench), found("2.6", "0.5"))
    assert result.last is not None
    assert bursts[-1].answer in (Answer.NONE, Answer.FELT), "the right side is far below its threshold"


def test_every_ending_can_be_acted_on() -> None:
    rung = Rung(ma("2.0"), ma("1.6"), 90)
    assert ended("reduced", rung, contracted=True).endswith("too strong above that: at most these amplitudes go into the program.")
    assert "Titrate a side again" in ended("too strong", None, contracted=False)
    for ending in ("tolerated", "reduced"):
        said = ended(ending, rung, contracted=False)
        assert "watch for it when the program first runs" in said
        assert "before this is written" not in said, "the same sentence stands in the summary, behind what was written"


def test_what_was_too_strong_together_goes_into_the_program_the_record_and_no_second_titration(desk: Desk) -> None:
    people = quick()
    people[Side.LEFT].answers += [Answer.CLEAR, Answer.DISCOMFORT]
    with desk.open() as session:
        report = appointment(session, burst_template(), Guide(people), method=Method.MANUAL)
        assert report.together is not None and report.together.ending == "reduced" and report.together.last is not None
        assert report.stored is not None and report.stored.program is not None
        flowed = truth(session)
    assert_reconciled(flowed.changes, desk.lines(), same_clock=True, lossless=True)
    for side in Side:
        part = report.stored.program.side(side)
        assert part is not None and part.amplitude_ma == report.titrated[side].proposed_ma == report.titrated[side].maximum_ma == D(
            "0.3"
        ), "0.4 mA was tolerated at 80 % and too strong at 90 %, so 0.3 mA is the most that may be given"
    told = noted(desk, "titrated")
    assert [(line["side"], line["proposed_ma"]) for line in told] == [("left", "0.5"), ("right", "0.5"), ("left", "0.3"), ("right", "0.3")]
    assert len(archive.titrations(desk.lines())) == 2


@pytest.mark.parametrize("report", [TooStrong(None), Stop("enough")])
def test_without_amplitudes_for_both_nothing_is_written(desk: Desk, report: Report) -> None:
    people = quick()
    people[Side.LEFT].answers.append(report)  # type: ignore[arg-type]
    with desk.open() as session:
        done = appointment(session, burst_template(), Guide(people), method=Method.MANUAL)
        assert done.unfinished and done.stored is None and done.proposal is None
    assert "write program" not in [line["data"].get("what") for line in desk.lines()]


def test_one_side_alone_is_not_checked(desk: Desk) -> None:
    with desk.open() as session:
        done = appointment(session, burst_template(), Guide(quick(), leave_out=(Side.RIGHT,)), method=Method.MANUAL)
    assert done.together is None and done.stored is not None
