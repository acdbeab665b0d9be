"""The method assisted through the whole stack: what it offers, what it never does, and what is said when it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from rnprog.session.audit import audit
from rnprog.session.observers import Choice, Deliver, Finish, Offer, Proceed, Report, Scripted, Simulated, Stop, Switch, TooStrong, Undo
from rnprog.session.outcomes import Refused, StopConfirmed, StopNotConfirmed, Unknown
from rnprog.session.session import Session
from rnprog.session.stimulation import Delivered
from rnprog.session.titrate import LEAD_CHANGED, Burst, Method, Plan, Titrated, titrate
from rnprog.session.titrated import Listener
from rnprog.therapy import threshold
from rnprog.therapy.contacts import Side
from rnprog.therapy.threshold import PRECISE, QUICK, Scale, Verdict
from rnprog.therapy.titration import Answer
from tests.session.desk import Desk, faulty, ma, measured, setup, state, truth
from tests.session.reconcile import assert_reconciled

D = Decimal
SHORT = D("0.3")


@dataclass
class Tissue:
    """The emulator's tissue, with everything that was offered and given."""

    inner: Simulated
    name: str = "simulated"
    offers: list[Offer] = field(default_factory=list)
    given: list[tuple[Decimal, Decimal | None, Report]] = field(default_factory=list)
    """Amplitude, the target it was brought up to, what it did."""

    def choose(self, offer: Offer) -> Choice:
        self.offers.append(offer)
        return self.inner.choose(offer)

    def judge(self, delivered: Delivered) -> Report:
        report = self.inner.judge(delivered)
        self.given.append((delivered.amplitude_ma, self.offers[-1].target_ma, report))
        return report

    def refused(self, refused: Refused) -> bool:
        raise AssertionError(refused)


@dataclass
class Nurse:
    """Somebody whose answers are listed, and whose choices may be: a choice for the offer of that number, else what is proposed."""

    answers: list[Report]
    choices: dict[int, Choice] = field(default_factory=dict)
    name: str = "nurse"
    offers: list[Offer] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)

    def choose(self, offer: Offer) -> Choice:
        self.offers.append(offer)
        chosen = self.choices.get(len(self.offers))
        if chosen is not None:
            return chosen
        if offer.proposal is None or not self.answers:
            return Finish("nothing more is listed")
        return Deliver(offer.proposal.amplitude_ma, self.name)

    def judge(self, delivered: Delivered) -> Report:
        return self.answers.pop(0)

    def refused(self, refused: Refused) -> bool:
        self.refusals.append(refused)
        return True


def plan(side: Side = Side.LEFT, **changes: object) -> Plan:
    return Plan(setup(side), Method.ASSISTED, SHORT, **changes)  # type: ignore[arg-type]


def run(session: Session, observer: object, wanted: Plan | None = None, listener: Listener = lambda burst: None) -> Titrated:
    if session.sweep is None:
        measured(session)
    result = titrate(session, wanted or plan(), observer, listener)  # type: ignore[arg-type]
    assert state(session)["armed_channels"] == 0 and session.armed == set(), "however it ended"
    assert truth(session).off
    return result


def noted(desk: Desk, kind: str) -> list[dict[str, object]]:
    return [line["data"] for line in desk.lines() if line["kind"] == kind]


def graded(*words: str) -> list[Report]:
    return [Answer(word) for word in words]


CLIMB = ("none", "none", "none", "felt")
"""0.5, 1.0, 1.5, 2.0 mA without a contraction; the steps after the first feeling are smaller."""


# on the emulator's patients


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("side", list(Side))
def test_it_finds_and_confirms_and_keeps_every_guard(desk: Desk, seed: int, side: Side) -> None:
    with desk.open(f"emu://?seed={seed}") as session:
        tissue = Tissue(Simulated(session.bench))
        result = run(session, tissue, plan(side))
        flowed = truth(session)
    keeps_the_guards(tissue.given)
    assert result.finished is not None and result.estimate is not None
    assert result.estimate.lower_ma <= result.estimate.median_ma <= result.estimate.upper_ma
    if result.ending == "threshold":
        assert result.proposal is not None and (result.proposed_ma is not None) == (result.confirmation.verdict is Verdict.CONFIRMED)  # type: ignore[union-attr]
    assert_reconciled(flowed.changes, desk.lines(), same_clock=True, lossless=True)
    assert audit(desk.records()[-1]).good
    assert len(flowed.bursts(0 if side is Side.LEFT else 1)) == len(result.titration.log)


def keeps_the_guards(given: list[tuple[Decimal, Decimal | None, Report]]) -> None:
    """Never more than 0.5 mA above the last and above the highest tolerated; never up after a contraction, but towards a chosen amplitude;
    never above the ceiling that discomfort set."""
    last_ma = tolerated_ma = D(0)
    ceiling_ma, contracted_ma = D(100), None
    for amplitude_ma, target_ma, report in given:
        assert amplitude_ma <= last_ma + D("0.5") and amplitude_ma <= tolerated_ma + D("0.5"), given
        assert amplitude_ma <= ceiling_ma, given
        assert target_ma is None or amplitude_ma <= target_ma
        if target_ma is None and contracted_ma is not None:
            assert amplitude_ma <= contracted_ma, given
        last_ma = amplitude_ma
        if isinstance(report, TooStrong):
            ceiling_ma = min(ceiling_ma, amplitude_ma - D("0.1"), amplitude_ma * D("0.9"))
            grade = (report.contraction or Answer.UNSURE).grade
        else:
            tolerated_ma = max(tolerated_ma, amplitude_ma)
            grade = report.grade if isinstance(report, Answer) else 0
        if grade is not None:
            contracted_ma = amplitude_ma if grade else None


@pytest.mark.parametrize("scenario", ["high-threshold", "migrated-lead", "anxious-patient", "unsure-observer", "tired-muscle"])
def test_on_every_kind_of_patient_the_guards_hold_and_the_ending_is_one_of_five(desk: Desk, scenario: str) -> None:
    with desk.open(f"emu://?scenario={scenario}&seed=5") as session:
        tissue = Tissue(Simulated(session.bench))
        result = run(session, tissue)
        keeps_the_guards(tissue.given)
    assert result.ending in ("threshold", "not_reachable", "stopped", "too_many_bursts", "aborted")
    assert result.reason and (result.ending == "threshold" or result.proposed_ma is None)
    (ended,) = noted(desk, "titrated")
    assert ended["estimate"] is not None and ended["ending"] == result.ending
    assert ended["rater_at_most"] == {"misses": "0.150", "false_alarms": "0.100"}


@pytest.mark.parametrize(("profile", "scale"), [(QUICK, Scale.YES_NO), (PRECISE, Scale.GRADE), (threshold.CAUTIOUS, Scale.GRADE_FELT)])
def test_profile_and_answers_are_taken_and_recorded(desk: Desk, profile: threshold.Profile, scale: Scale) -> None:
    with desk.open("emu://?seed=1") as session:
        result = run(session, Simulated(session.bench), plan(profile=profile, answers=scale))
    assert result.finished is not None and (result.finished.settings.profile, result.finished.settings.scale) == (profile, scale)
    (begun,) = noted(desk, "titration")
    assert (begun["method"], begun["profile"], begun["answers"], begun["prior"]) == ("assisted", profile.name, str(scale), "population")


# what is offered


def test_each_offer_says_why_and_all_that_is_known(session: Session) -> None:
    nurse = Nurse(graded(*CLIMB, "flicker", "felt"))
    run(session, nurse)
    first, second, *_, last = nurse.offers
    assert first.proposal is not None and first.proposal.reason == "Next 0.5 mA: every search begins with at most 0.5 mA."
    assert first.estimate is None, "nothing was rated yet"
    assert second.estimate is not None and second.method is Method.ASSISTED
    assert last.estimate is not None and last.estimate.lower_ma < last.estimate.median_ma < last.estimate.upper_ma
    assert all(offer.proposal is not None and offer.proposal.amplitude_ma <= offer.highest_allowed_ma for offer in nurse.offers)


def test_nothing_higher_is_offered_or_given_directly_after_a_contraction(session: Session) -> None:
    nurse = Nurse(graded("none", "none", "flicker", "none"), {4: Deliver(ma("1.6"), "nurse")})
    run(session, nurse)
    assert nurse.offers[3].highest_allowed_ma == ma("1.5")
    (refusal,) = nurse.refusals
    assert "The muscle contracted at 1.5 mA" in refusal.reasons[0].text and "Give 1.5 mA or less" in refusal.reasons[0].text
    assert truth(session).peaks_ua(0) == [500.0, 1000.0, 1500.0, 1500.0]


def test_unsure_is_an_answer_and_the_same_is_given_once_more(session: Session) -> None:
    nurse = Nurse(graded("none", "unsure", "none"))
    run(session, nurse)
    assert truth(session).peaks_ua(0) == [500.0, 1000.0, 1000.0]
    assert nurse.offers[2].proposal is not None and "unsure, so the same once more" in nurse.offers[2].proposal.reason
    assert nurse.offers[2].estimate == nurse.offers[1].estimate, "unsure says nothing"


def test_an_answer_taken_back_is_as_if_it_had_never_been_given(desk: Desk) -> None:
    with desk.open() as session:
        wrong = run(session, Nurse(graded("none", "strong", "none", "none"), {3: Undo(), 5: Finish("enough")}))
    assert "answer taken back" in desk.kinds()
    with desk.open() as session:
        right = run(session, Nurse(graded("none", "none", "none"), {4: Finish("enough")}))
    assert wrong.titration.log == right.titration.log and wrong.estimate == right.estimate


def test_switching_to_manual_and_back_keeps_the_log(session: Session, desk: Desk) -> None:
    choices: dict[int, Choice] = {3: Switch(Method.MANUAL, "nurse"), 4: Deliver(ma("1.2"), "nurse"), 5: Switch(Method.ASSISTED, "nurse")}
    nurse = Nurse(graded("none", "none", "none", "felt"), choices)
    result = run(session, nurse)
    assert [offer.method for offer in nurse.offers[2:6]] == [Method.ASSISTED, Method.MANUAL, Method.MANUAL, Method.ASSISTED]
    assert nurse.offers[3].proposal is None and nurse.offers[3].estimate == nurse.offers[2].estimate
    assert [burst.amplitude_ma for burst in result.titration.log[:3]] == [D("0.5"), D("1.0"), D("1.2")]
    assert [line["method"] for line in noted(desk, "method")] == ["manual", "assisted"]


def test_a_search_begun_by_hand_is_gone_on_with(session: Session) -> None:
    choices: dict[int, Choice] = {1: Deliver(ma("0.5"), "n"), 2: Deliver(ma("0.9"), "n"), 3: Switch(Method.ASSISTED, "n")}
    nurse = Nurse(graded("none", "felt", "felt"), choices)
    result = run(session, nurse, Plan(setup(), Method.MANUAL, SHORT))
    assert result.finished is not None and len(result.titration.log) == 3
    assert nurse.offers[3].estimate == nurse.offers[2].estimate is not None


# discomfort


def test_after_discomfort_nothing_goes_on_before_somebody_agreed(session: Session, desk: Desk) -> None:
    choices: dict[int, Choice] = {4: Deliver(ma("0.5"), "nurse"), 5: Undo(), 6: Proceed("nurse, with the patient")}
    nurse = Nurse([*graded("none", "none"), TooStrong(Answer.CLEAR), *graded("flicker", "none")], choices)
    result = run(session, nurse)
    agree = nurse.offers[3].agree
    assert agree is not None and (agree.ceiling_ma, agree.reports, agree.suggest_end) == (D("1.3"), 1, False)
    assert nurse.offers[4].agree == nurse.offers[5].agree == agree, "neither a burst nor undo changes that"
    assert "before it was agreed" in nurse.refusals[0].reasons[-1].text
    assert nurse.offers[6].agree is None and nurse.offers[6].proposal is not None
    assert max(burst.amplitude_ma for burst in result.titration.log[3:]) <= D("1.3")
    assert [line["by"] for line in noted(desk, "agreed to go on")] == ["nurse, with the patient"]
    (too_strong,) = [line for line in noted(desk, "answer") if line["answer"] == "discomfort"]
    assert too_strong["contraction"] == "clear", "what it says of the threshold is kept"


def test_the_second_discomfort_asks_to_end(session: Session) -> None:
    nurse = Nurse([*graded("none", "none"), TooStrong(None), TooStrong(None)], {4: Proceed("n"), 6: Finish("better not")})
    result = run(session, nurse)
    assert nurse.offers[-1].agree is not None and nurse.offers[-1].agree.suggest_end
    assert result.proposed_ma is None and result.estimate is not None


def test_an_amplitude_of_ones_own_is_guarded_too(session: Session) -> None:
    nurse = Nurse(graded("none", "none"), {2: Deliver(ma("1.1"), "nurse")})
    run(session, nurse)
    assert "step rule" in {reason.source for reason in nurse.refusals[0].reasons}
    assert truth(session).peaks_ua(0)[:2] == [500.0, 1000.0]


# the therapy amplitude


FOUND = graded("none", "none", "none", "felt", "flicker", "felt", "flicker", "flicker", "felt", "flicker", "flicker")


def confirming(session: Session, *answers: Report, choices: dict[int, Choice] | None = None) -> tuple[Titrated, Nurse]:
    """To the first offer of a confirmation, then these answers."""
    probe = Nurse(list(FOUND))
    with Desk(Path(session.record.path.parent) / "probe").open() as other:  # type: ignore[union-attr]
        run(other, probe)
    at = next(number for number, offer in enumerate(probe.offers) if offer.target_ma is not None)
    nurse = Nurse([*FOUND[:at], *answers], {at + number: choice for number, choice in (choices or {}).items()})
    return run(session, nurse), nurse


def test_three_bursts_that_contract_confirm_the_amplitude(session: Session, desk: Desk) -> None:
    result, nurse = confirming(session, *graded("clear", "flicker", "clear", "clear", "clear"))
    assert result.confirmation is not None and (result.confirmation.verdict, result.confirmation.contracted) == (Verdict.CONFIRMED, 3)
    assert result.proposal is not None and result.proposed_ma == result.proposal.amplitude_ma == result.maximum_ma
    assert result.proposal.contraction_probability >= 0.9
    target = [offer.target_ma for offer in nurse.offers if offer.target_ma is not None]
    assert set(target) == {result.proposed_ma}
    said = next(offer for offer in nurse.offers if offer.target_ma is not None).remarks
    assert said[0].startswith("Threshold found after") and said[1].startswith("Proposed for therapy:")
    (ended,) = noted(desk, "titrated")
    assert (ended["proposed_ma"], ended["patient_maximum_ma"]) == (str(result.proposed_ma), str(result.maximum_ma))
    assert ended["confirmed"] == {"verdict": "confirmed", "contracted": 3, "clear": 2, "given": 3}


def test_a_flicker_confirms_that_it_contracts_and_is_called_a_flicker(session: Session) -> None:
    result, _ = confirming(session, *graded("clear", "flicker", "flicker"))
    assert result.confirmation is not None and (result.confirmation.contracted, result.confirmation.clear) == (3, 1)
    assert "3 bursts contracted, 1 of them clear or strong, the others with a flicker" in result.reason
    assert "That is weak for therapy" in result.reason


def test_a_burst_that_does_not_contract_rejects_it_and_something_else_follows(session: Session) -> None:
    result, nurse = confirming(session, Answer.NONE, Answer.NONE)
    rejected = [offer for offer in nurse.offers if any("is not confirmed" in remark for remark in offer.remarks)]
    assert rejected and result.proposed_ma is None


class EverySecondFails(Nurse):
    """Contracts clearly from 2.2 mA on, and of the bursts that are to confirm an amplitude only every other one contracts."""

    def judge(self, delivered: Delivered) -> Report:
        amplitude_ma = delivered.amplitude_ma
        if self.offers[-1].target_ma == amplitude_ma:
            self.answers.append(Answer.CLEAR if len(self.answers) % 2 else Answer.NONE)
            return self.answers[-1]
        return Answer.NONE if amplitude_ma < 2 else Answer.FLICKER if amplitude_ma < D("2.2") else Answer.CLEAR


@pytest.mark.parametrize("profile", [QUICK, PRECISE], ids=lambda each: each.name)
def test_after_a_rejection_another_amplitude_is_proposed_never_the_same_again(session: Session, profile: threshold.Profile) -> None:
    nurse = EverySecondFails([Answer.NONE])
    result = run(session, nurse, plan(profile=profile))
    proposed = [offer.target_ma for offer in nurse.offers if any(each.startswith("Proposed for therapy") for each in offer.remarks)]
    assert len(proposed) > 2 and all(later > before for before, later in pairwise(proposed) if before and later), proposed
    assert result.proposed_ma is None and "none was confirmed" in result.reason


class TooStrongAtOnce(Nurse):
    """Contracts in two of three bursts at 0.8 mA, and 0.9 mA is too strong."""

    def choose(self, offer: Offer) -> Choice:
        return Proceed("nurse") if offer.agree is not None else super().choose(offer)

    def judge(self, delivered: Delivered) -> Report:
        if delivered.amplitude_ma >= D("0.9"):
            return TooStrong(Answer.FLICKER)
        self.answers.append(Answer.FLICKER if delivered.amplitude_ma == D("0.8") and len(self.answers) % 3 != 2 else Answer.NONE)
        return self.answers[-1]


def test_with_discomfort_just_above_the_threshold_no_weak_amplitude_is_proposed(session: Session) -> None:
    """ "Proposed for therapy: 0.8 mA. The muscle contracts in 20 % of bursts there." """
    result = run(session, TooStrongAtOnce([Answer.NONE] * 2), plan(profile=QUICK))
    assert result.ending == "threshold" and result.proposal is None and result.proposed_ma is None
    assert "No amplitude is proposed for therapy: at most 0.8 mA may be given" in result.reason
    assert "the muscle contracts in only" in result.reason and "Choose another electrode pair" in result.reason


def test_a_rejected_amplitude_that_is_corrected_may_be_proposed_again(session: Session) -> None:
    """Whatever followed from the wrong answer, the next target too, is taken back with it."""
    result, nurse = confirming(session, *graded("clear", "felt", "clear", "clear"), choices={3: Undo()})
    first = next(offer.target_ma for offer in nurse.offers if offer.target_ma is not None)
    assert nurse.offers[-1].target_ma == first == result.proposed_ma
    assert result.confirmation is not None and (result.confirmation.contracted, result.confirmation.given) == (3, 3)


def test_ended_before_the_third_burst_nothing_is_proposed(session: Session) -> None:
    result, _ = confirming(session, *graded("clear"), choices={2: Finish("no time")})
    assert result.ending == "threshold" and result.proposed_ma is None and result.proposal is not None
    assert "was proposed for therapy and not confirmed" in result.reason


def test_discomfort_at_the_amplitude_has_to_be_agreed_to_and_takes_it_down(session: Session) -> None:
    result, nurse = confirming(session, TooStrong(Answer.STRONG), *graded("clear", "clear", "clear"), choices={2: Proceed("nurse")})
    at = next(number for number, burst in enumerate(result.titration.log) if burst.answer is Answer.DISCOMFORT)
    assert result.titration.ceiling_ma is not None
    assert len([offer for offer in nurse.offers if offer.agree is not None]) == 1
    after = [burst.amplitude_ma for burst in result.titration.log[at + 1 :]]
    assert after and max(after) <= result.titration.ceiling_ma < result.titration.log[at].amplitude_ma


def test_above_the_amplitude_nothing_is_given_while_it_is_confirmed(session: Session) -> None:
    probe, nurse = confirming(session, *graded("clear"), choices={1: Deliver(ma("9.9"), "nurse"), 3: Finish("enough")})
    assert probe.proposal is not None
    assert any("is being confirmed" in reason.text for refusal in nurse.refusals for reason in refusal.reasons)


def test_the_last_answer_of_the_search_taken_back_reopens_it(session: Session) -> None:
    result, nurse = confirming(session, *graded("felt", "felt"), choices={1: Undo()})
    at = next(number for number, offer in enumerate(nurse.offers) if offer.target_ma is not None)
    assert nurse.offers[at + 1].target_ma is None, "with the other answer the threshold is not known any more"
    assert len(result.titration.log) == at + 1


# endings


@pytest.mark.parametrize("at", range(1, 6))
def test_stop_at_any_offer_is_off_and_says_what_was_known(desk: Desk, at: int) -> None:
    with desk.open() as session:
        result = run(session, Nurse(graded(*CLIMB, "flicker"), {at: Stop("enough")}))
    assert isinstance(result.stop, StopConfirmed) and (result.ending, result.proposed_ma) == ("stopped", None)
    assert (result.estimate is None) == (at == 1)
    (ended,) = [line["data"] for line in desk.lines() if line["kind"] == "titrated"] or [None]
    assert ended is None or ended["ending"] == "stopped"


@pytest.mark.parametrize("at", range(1, 4))
def test_stop_instead_of_an_answer_counts_as_too_strong(session: Session, at: int) -> None:
    result = run(session, Nurse([*graded(*CLIMB)[: at - 1], Stop("ouch")]))
    assert isinstance(result.stop, StopConfirmed)
    assert result.titration.ceiling_ma is not None and result.titration.ceiling_ma < result.titration.log[-1].amplitude_ma


def test_stop_at_the_question_after_discomfort(session: Session) -> None:
    result = run(session, Nurse([*graded("none"), TooStrong(None)], {3: Stop("enough")}))
    assert isinstance(result.stop, StopConfirmed) and result.titration.ceiling_ma == D("0.9")


def test_the_cable_pulled_in_a_burst_is_alarmed_and_the_device_ends_it(session: Session) -> None:
    measured(session)
    faulty(session, "unplug@8")
    result = titrate(session, Plan(setup(), Method.ASSISTED, D(5)), Nurse(graded(*CLIMB)), lambda burst: None)
    assert isinstance(result.stop, StopNotConfirmed) and result.proposed_ma is None
    session.bench.ask({"cmd": "advance", "seconds": 3})
    assert truth(session).off


@pytest.mark.parametrize("opcode", ["SET_AMPLITUDE", "BURST"])
def test_an_answer_lost_on_the_line_is_unknown_and_stopped(session: Session, opcode: str) -> None:
    measured(session)
    faulty(session, f"drop-reply={opcode}@2")
    result = run(session, Nurse(graded(*CLIMB)))
    assert isinstance(result.problem, Unknown) and isinstance(result.stop, StopConfirmed)
    assert result.estimate is not None, "what was answered before is still known"


def test_a_lead_that_changed_proposes_nothing_from_the_method_either(session: Session) -> None:
    measured(session)
    faulty(session, "impedance-jump=2@20")
    result = run(session, Simulated(session.bench))
    assert (result.ending, result.proposed_ma) == (LEAD_CHANGED, None) or result.alert is not None
    assert result.thresholds.motor_ma is None


def test_too_many_bursts_end_it_with_an_interval(session: Session) -> None:
    answers: list[Report] = [Answer.NONE, Answer.STRONG] * 40
    result = run(session, Nurse(answers))
    assert result.estimate is not None and result.ending in ("too_many_bursts", "threshold", "not_reachable")
    assert len(result.titration.log) <= 60


def test_finished_early_it_is_aborted_and_nothing_is_proposed(session: Session) -> None:
    result = run(session, Nurse(graded("none", "none")))
    assert (result.ending, result.proposed_ma) == ("aborted", None)
    assert result.reason.startswith("Ended after 2 bursts. The threshold is not known: above ")
    assert result.thresholds.motor_ma is None and not result.found


# scripts


def test_a_script_agrees_switches_and_takes_proposals(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "answers"
    path.write_text("none\nnone\ndiscomfort\nproceed\nflicker\nmanual\n0.9mA none\nassisted\nfelt\nfinish\n")
    bursts: list[Burst] = []
    result = run(session, Scripted(path, session.bench), listener=bursts.append)
    assert [str(burst.answer) for burst in bursts] == ["none", "none", "discomfort", "flicker", "none", "felt"]
    assert result.titration.log[4].amplitude_ma == D("0.9")


def test_after_a_move_the_next_burst_is_the_first_again(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "answers"
    path.write_text("none\nnone\nmoved\nnone\nmanual\nmoved\n1.0mA none\n")
    result = run(session, Scripted(path, session.bench))
    assert truth(session).peaks_ua(0) == [500.0, 1000.0, 500.0]
    assert isinstance(result.problem, Refused), "by hand neither"


def test_a_script_that_does_not_agree_ends_at_discomfort(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "answers"
    path.write_text("none\nnone\ndiscomfort\nclear\n")
    assert len(run(session, Scripted(path, session.bench)).titration.log) == 3
