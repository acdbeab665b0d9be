"""What was too strong today is in no program that is written today: the implant would give it unasked, with nobody there to say stop."""

from decimal import Decimal

import pytest

from rnprog.session import programs
from rnprog.session.outcomes import Applied, ReasonKind, Refused
from rnprog.session.session import Session
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.program import SideProgram
from rnprog.therapy.titration import Answer
from rnprog.therapy.units import Hertz, Microseconds
from tests.session.desk import Desk, applied, armed, given, ma, measured, program, proposal
from tests.session.past import Visit

D = Decimal


def too_strong(session: Session) -> None:
    """1.5 mA on the left, so the ceiling is 1.3 mA."""
    stimulation = armed(session)
    for amplitude_ma in ("0.5", "1.0"):
        given(stimulation, amplitude_ma, Answer.NONE)
    given(stimulation, "1.5", Answer.DISCOMFORT)
    applied(stimulation.disarm())


def left(amplitude_ma: str, electrodes: str = "-L1+L2", width_us: int = 214) -> SideProgram:
    return SideProgram(Electrodes.parse(electrodes), ma(amplitude_ma), Microseconds(D(width_us)))


def refusal(outcome: object) -> str:
    """The one sentence of a refusal that is about a report."""
    assert isinstance(outcome, Refused), outcome
    (reason,) = [each for each in outcome.reasons if each.source == "report of discomfort"]
    assert (reason.kind, reason.field, reason.side, reason.value) == (ReasonKind.ENVELOPE, "amplitude_ma", "left", "1.5 mA")
    assert reason.bound == "1.3 mA"
    return reason.text


def test_a_program_above_a_ceiling_of_this_appointment_is_not_written_and_the_sentence_says_what_to_do(session: Session) -> None:
    too_strong(session)
    made = proposal(session)
    said = refusal(programs.apply(session, made, confirmed_by="the test"))
    assert said == (
        "Left amplitude 1.5 mA is above 1.3 mA: 1.5 mA at 214 us was too strong on these electrodes earlier in this appointment. Nothing "
        "was written. Today choose 1.3 mA or less, other electrodes, or a pulse shorter than 214 us."
    )
    assert programs.read_slot(session, 0) == made.base, "the device holds what it held"
    assert refusal(programs.approve(session, made)) == refusal(programs.preview(session, made)) == said
    assert [each.sentence for each in made.review.violations] == [said], "it is shown before anybody confirms"


def test_at_the_ceiling_it_is_written(session: Session) -> None:
    too_strong(session)
    stored = applied(programs.apply(session, proposal(session, left=left("1.3")), confirmed_by="the test"))
    assert stored.program.left.amplitude_ma == D("1.3")


@pytest.mark.parametrize(
    ("side", "allowed"),
    [
        (left("1.5", width_us=300), False),
        (left("1.5", width_us=150), True),
        (left("1.5", "-L2+L1"), True),
        (left("1.5", "-L1+L3"), True),
        (None, True),
    ],
    ids=["a longer pulse", "a shorter pulse", "the other way round", "another pair", "this side is left out"],
)
def test_it_binds_programs_as_it_binds_bursts(session: Session, side: SideProgram | None, allowed: bool) -> None:
    too_strong(session)
    outcome = programs.apply(session, proposal(session, left=side), confirmed_by="the test")
    assert isinstance(outcome, Applied if allowed else Refused), outcome


def test_a_rate_is_no_way_around_it(session: Session) -> None:
    too_strong(session)
    assert refusal(programs.apply(session, proposal(session, rate_hz=Hertz(D(10))), confirmed_by="the test"))


def test_it_is_named_besides_whatever_else_is_wrong(session: Session) -> None:
    too_strong(session)
    outcome = programs.apply(session, proposal(session, rate_hz=Hertz(D("50.1"))), confirmed_by="the test")
    assert refusal(outcome) and isinstance(outcome, Refused)
    assert "rate_hz" in {reason.field for reason in outcome.reasons}


@pytest.mark.parametrize("cut_off", [False, True])
def test_an_appointment_of_the_same_day_binds_too_and_is_named(desk: Desk, cut_off: bool) -> None:
    with Visit(desk.record_dir, 0.5) as earlier:
        earlier.too_strong(cut_off=cut_off)
    with desk.open() as session:
        said = refusal(programs.apply(session, proposal(session), confirmed_by="the test"))
    what = "was stopped before anybody could say what it did" if cut_off else "was too strong"
    assert f"1.5 mA at 214 us {what} on these electrodes earlier today (record {earlier.path.stem})." in said


def test_a_session_that_only_looks_knows_it_as_well(desk: Desk) -> None:
    with Visit(desk.record_dir, 0.5) as earlier:
        earlier.too_strong()
    with desk.open(writes=False) as session:
        made = programs.propose(session, program(), programs.read_slot(session, 0))
        assert refusal(programs.preview(session, made))


@pytest.mark.parametrize(("ceiling_ma", "told"), [("1.3", True), ("1.5", False)], ids=["above it", "not above it"])
def test_of_an_earlier_day_it_is_a_caution_where_the_program_goes_above_it(desk: Desk, ceiling_ma: str, told: bool) -> None:
    with Visit(desk.record_dir, 3) as earlier:
        earlier.too_strong("1.7", ceiling_ma)
    with desk.open() as session:
        made = proposal(session)
        assert isinstance(programs.apply(session, made, confirmed_by="the test"), Applied)
    day, record = earlier.at.date().isoformat(), earlier.path.stem
    wanted = (
        f"Left amplitude 1.5 mA is above 1.3 mA: on {day} 1.7 mA at 214 us was too strong on these electrodes (record {record}). That is "
        "no limit today. Make sure that the patient has felt this amplitude today before it is written."
    )
    assert [each.sentence for each in made.review.cautions if each.source == "report of discomfort"] == ([wanted] if told else [])


def test_of_several_earlier_days_the_one_that_matters_is_told(desk: Desk) -> None:
    for days_ago, ceiling_ma in ((9, "1.0"), (3, "2.0")):
        with Visit(desk.record_dir, days_ago) as earlier:
            earlier.too_strong("2.2", ceiling_ma)
    with desk.open() as session:
        (caution,) = [each for each in proposal(session).review.cautions if each.source == "report of discomfort"]
    assert caution.bound == "1.0 mA" and caution.side is Side.LEFT


@pytest.mark.parametrize("identity", [{"mode": "device"}, {"serial": "RN1-E0000009"}], ids=str)
def test_another_device_is_not_bound(desk: Desk, identity: dict[str, str]) -> None:
    with Visit(desk.record_dir, 0.5, **identity) as earlier:
        earlier.too_strong()
    with desk.open() as session:
        measured(session)
        assert isinstance(programs.apply(session, proposal(session), confirmed_by="the test"), Applied)
