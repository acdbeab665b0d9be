"""A titration from arm to release: whatever ends it, the side is released or stopped, and the record tells why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from rnprog.protocol.opcodes import Opcode
from rnprog.session.observers import Choice, Deliver, Finish, ObserverError, Offer, Proceed, Scripted, Simulated, Stop, Undo
from rnprog.session.outcomes import Refused, StopConfirmed, StopNotConfirmed, Unknown
from rnprog.session.session import Session
from rnprog.session.stimulation import Delivered
from rnprog.session.titrate import MAX_BURSTS, Burst, Method, Plan, Titrated, titrate
from rnprog.therapy.contacts import Side
from rnprog.therapy.titration import Answer
from tests.session.desk import Desk, faulty, ma, measured, setup, state, truth

D = Decimal
SHORT = D("0.3")


@dataclass
class Person:
    """Somebody at the screen whose choices and answers are listed; the proposal is taken when nothing is listed."""

    choices: list[Choice | Callable[[Offer], Choice]] = field(default_factory=list)
    answers: list[Answer | Stop] = field(default_factory=list)
    name: str = "person"
    offers: list[Offer] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)

    def choose(self, offer: Offer) -> Choice:
        self.offers.append(offer)
        if not self.choices:
            return Deliver(offer.proposal.amplitude_ma, self.name) if offer.proposal else Finish("nothing more is listed")
        choice = self.choices.pop(0)
        return choice(offer) if callable(choice) else choice

    def judge(self, delivered: Delivered) -> Answer | Stop:
        return self.answers.pop(0) if self.answers else Answer.NONE

    def refused(self, refused: Refused) -> bool:
        self.refusals.append(refused)
        return bool(self.choices)


def give(*amplitudes: str) -> list[Choice | Callable[[Offer], Choice]]:
    return [Deliver(ma(amplitude), "person") for amplitude in amplitudes]


def run(session: Session, observer: object, method: Method = Method.ASCENDING, side: Side = Side.LEFT) -> Titrated:
    if session.sweep is None:
        measured(session)
    bursts: list[Burst] = []
    result = titrate(session, Plan(setup(side), method, SHORT), observer, bursts.append)  # type: ignore[arg-type]
    assert state(session)["armed_channels"] == 0, "however it ended"
    assert session.armed == set() and not session.heart.on
    assert truth(session).off
    return result


def script(tmp_path: Path, session: Session, *lines: str) -> Scripted:
    path = tmp_path / "answers"
    path.write_text("\n".join(lines))
    return Scripted(path, session.bench)


def climbs_gently(session: Session, channel: int = 0) -> None:
    peaks = [0.0, *truth(session).peaks_ua(channel)]
    assert all(later - earlier <= 500.5 for earlier, later in pairwise(peaks)), peaks


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("side", list(Side))
def test_the_simulated_observer_finds_a_threshold(desk: Desk, seed: int, side: Side) -> None:
    with desk.open(f"emu://?seed={seed}") as session:
        result = run(session, Simulated(session.bench), side=side)
        climbs_gently(session, 0 if side is Side.LEFT else 1)
        assert result.ending == "threshold", result.reason
        assert result.thresholds.motor_ma is not None and result.proposed_ma is not None
        assert result.proposed_ma >= result.thresholds.motor_ma
    last = [line["data"] for line in desk.lines() if line["kind"] == "titrated"]
    assert [line["ending"] for line in last] == ["threshold"]
    bursts = len(truth_bursts(desk))
    assert bursts == len(result.titration.log)


def truth_bursts(desk: Desk) -> list[dict[str, object]]:
    return [line for line in desk.lines() if line["kind"] == "outcome" and line["data"]["what"] == "burst"]


def test_a_threshold_out_of_reach_is_said(desk: Desk) -> None:
    with desk.open("emu://?scenario=high-threshold&seed=1") as session:
        result = run(session, Simulated(session.bench))
        assert result.ending in ("not_reachable", "threshold", "too_many_bursts")
        assert result.reason
        climbs_gently(session)


def test_a_script_is_followed(session: Session, tmp_path: Path, desk: Desk) -> None:
    result = run(session, script(tmp_path, session, "none", "felt", "finish"))
    assert [str(burst.answer) for burst in result.titration.log] == ["none", "felt"]
    assert result.proposed_ma is None and result.thresholds.perception_ma == result.titration.log[-1].amplitude_ma
    head = next(line["data"] for line in desk.lines() if line["kind"] == "titration")
    assert (head["observer"], head["method"], head["confirmed_by_means_of"]) == ("script:answers", "ascending", "palpation")


def test_discomfort_ends_the_search_and_sets_the_ceiling(session: Session, tmp_path: Path) -> None:
    result = run(session, script(tmp_path, session, "none", "felt", "discomfort", "clear", "clear"))
    assert len(result.titration.log) == 3
    assert result.thresholds.discomfort_ma == result.titration.log[-1].amplitude_ma
    assert result.titration.ceiling_ma is not None and result.titration.ceiling_ma < result.titration.log[-1].amplitude_ma


def test_a_script_that_wants_too_much_is_refused_and_nothing_flows(session: Session, tmp_path: Path) -> None:
    result = run(session, script(tmp_path, session, "5mA clear"))
    assert isinstance(result.problem, Refused)
    assert truth(session).peaks_ua(0) == []


def test_manual_leaves_every_amplitude_to_the_observer(session: Session, tmp_path: Path) -> None:
    run(session, script(tmp_path, session, "0.5mA none", "1.0mA felt", "0.8mA felt"), Method.MANUAL)
    assert truth(session).peaks_ua(0) == [500.0, 1000.0, 800.0]


def test_a_script_without_amplitudes_is_no_manual_titration_and_leaves_nothing_armed(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(ObserverError), desk.open() as session:
        measured(session)
        host = session.device.link.port._line._host
        titrate(session, Plan(setup(), Method.MANUAL, SHORT), script(tmp_path, session, "clear"), lambda burst: None)
    assert host.device.rn1.core.output.armed == 0


def test_a_person_who_is_refused_may_choose_again(session: Session) -> None:
    person = Person(give("0.9", "0.5"), [Answer.FELT])
    result = run(session, person, Method.MANUAL)
    assert len(person.refusals) == 1 and truth(session).peaks_ua(0) == [500.0]
    assert len(result.titration.log) == 1


def test_stop_instead_of_a_burst(session: Session, desk: Desk) -> None:
    result = run(session, Person([*give("0.5"), Stop("enough")], [Answer.FELT]), Method.MANUAL)
    assert isinstance(result.stop, StopConfirmed) and result.proposed_ma is None
    assert "enough" in [line["data"].get("cause") for line in desk.lines()]


def test_stop_instead_of_an_answer_counts_as_discomfort(session: Session) -> None:
    result = run(session, Person(give("0.5", "1.0"), [Answer.FELT, Stop("ouch")]), Method.MANUAL)
    assert isinstance(result.stop, StopConfirmed)
    assert result.titration.ceiling_ma == D("0.9")


def test_stop_in_the_middle_of_a_burst(session: Session) -> None:
    measured(session)
    at_s = session.clock.now_s()
    session.stop_asked = lambda: session.clock.now_s() > at_s + 0.5
    result = run(session, Person(give("0.5", "1.0", "1.0"), [Answer.FELT]), Method.MANUAL)
    assert isinstance(result.stop, StopConfirmed) and "left" in result.reason


def test_an_answer_is_taken_back_and_given_again(session: Session, desk: Desk) -> None:
    result = run(session, Person([*give("0.5"), Undo(), *give("0.6")], [Answer.CLEAR, Answer.NONE, Answer.NONE]), Method.MANUAL)
    assert [str(burst.answer) for burst in result.titration.log] == ["none", "none"]
    assert "answer taken back" in desk.kinds()


def test_discomfort_cannot_be_taken_back_and_goes_on_only_when_somebody_agrees(session: Session) -> None:
    """Undo after discomfort is no crash: the offer is simply made again. Before it was agreed to, nothing is given, by hand neither."""
    person = Person([*give("0.5"), Undo(), *give("0.3"), Proceed("the nurse"), *give("0.3")], [Answer.DISCOMFORT, Answer.FELT])
    result = run(session, person, Method.MANUAL)
    assert [offer.agree is not None for offer in person.offers] == [False, True, True, True, False, False]
    (refusal,) = person.refusals
    assert "Nothing more is given before it was agreed" in refusal.reasons[-1].text
    assert [str(burst.answer) for burst in result.titration.log] == ["discomfort", "felt"]
    assert result.thresholds.discomfort_ma == D("0.5")


def test_undo_before_anything_is_harmless(session: Session) -> None:
    result = run(session, Person([Undo(), Undo(), *give("0.5")], [Answer.FELT]), Method.MANUAL)
    assert len(result.titration.log) == 1


def test_a_person_who_never_ends_is_ended(session: Session) -> None:
    endless: Iterable[Choice] = [Undo()] * (MAX_BURSTS + 50)
    assert run(session, Person(list(endless)), Method.MANUAL).ending


@pytest.mark.parametrize("opcode", ["SET_AMPLITUDE", "BURST", "DISARM", "ARM"])
@pytest.mark.parametrize("what", ["drop-reply", "drop-request"])
def test_a_lost_frame_ends_it_with_the_side_released(session: Session, opcode: str, what: str) -> None:
    """Unknown is never left running: it is stopped, and the stop is confirmed."""
    measured(session)
    faulty(session, f"{what}={opcode}@1")
    result = run(session, Person(give("0.5"), [Answer.FELT]), Method.MANUAL)
    assert isinstance(result.problem, Unknown)
    if opcode != "ARM" or what == "drop-reply":
        assert isinstance(result.stop, StopConfirmed)


def test_a_lost_frame_and_a_refused_stop_are_alarmed(session: Session) -> None:
    measured(session)
    faulty(session, "drop-reply=BURST@1,nak-stop")
    result = titrate(session, Plan(setup(), Method.MANUAL, D(5)), Person(give("0.5")), lambda burst: None)
    assert result.stop is not None and not isinstance(result.stop, StopConfirmed)
    assert "may still be on" in str(result.stop.words)
    session.bench.ask({"cmd": "advance", "seconds": 1})
    assert truth(session).off


def test_a_link_that_breaks_is_alarmed_and_the_device_ends_it(session: Session) -> None:
    measured(session)
    faulty(session, "unplug@8")
    result = titrate(session, Plan(setup(), Method.MANUAL, D(5)), Person(give("0.5")), lambda burst: None)
    assert isinstance(result.stop, StopNotConfirmed)
    at_s = session.clock.now_s()
    session.bench.ask({"cmd": "advance", "seconds": 3})
    assert truth(session).off and truth(session).last_on_s() - at_s <= 1.0


def test_a_burst_at_the_limit_ends_it_with_the_alert(session: Session) -> None:
    measured(session)
    device = session.device.link.port._line._host.device
    device.patient.electrodes = device.patient.electrodes.with_open(2)
    result = run(session, Person(give("0.5"), [Answer.FELT]), Method.MANUAL)
    assert result.alert is not None and result.ending == "aborted"


def test_electrodes_that_cannot_be_used_are_a_problem_before_anything_is_sent(desk: Desk) -> None:
    with desk.open("emu://?scenario=left-open") as session:
        measured(session)
        desk.tape.clear()
        result = run(session, Person(give("0.5")))
        assert isinstance(result.problem, Refused) and Opcode.ARM not in desk.tape.opcodes()


def test_offers_name_the_highest_allowed_amplitude(session: Session) -> None:
    person = Person(give("0.5", "0.9"), [Answer.FELT, Answer.FELT])
    run(session, person, Method.MANUAL)
    assert [offer.highest_allowed_ma for offer in person.offers] == [D("0.5"), D("1.0"), D("1.4")]


def test_a_side_that_nobody_answers_for_ends_with_what_is_known(desk: Desk) -> None:
    """Somebody is called away for ten minutes: the side is off, said so with its reason, and what was found until then is kept."""

    class CalledAway(Person):
        def judge(self, delivered: Delivered) -> Answer | Stop:
            if len(self.offers) == 2:
                session.wait(600)
            return Answer.NONE

    with desk.open() as session:
        result = run(session, CalledAway())
        assert result.ending == "stopped" and result.reason.startswith("Nobody answered for 120 seconds")
        assert "The output is off" in result.reason and session.clock.now_s() < 200
        assert [burst.answer for burst in result.titration.log] == [Answer.NONE, None] and not result.bound, (
            "nobody said that it was too strong"
        )
    assert desk.kinds()[-3:] == ["stop", "titrated", "close"]
