"""The ascending method: readable courses, and what holds for every patient and every rater."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.ascending import MAX_BURSTS, Finished, Next, Outcome, next_step
from rnprog.therapy.grid import Range
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.titration import Answer, State, Titration, TitrationError
from rnprog.therapy.units import Milliamps
from tests.therapy.samples import ma

LETTERS = {
    "n": Answer.NONE,
    "f": Answer.FELT,
    "k": Answer.FLICKER,
    "c": Answer.CLEAR,
    "s": Answer.STRONG,
    "d": Answer.DISCOMFORT,
    "u": Answer.UNSURE,
}


def allowed_now(titration: Titration, hard_ma: D = D(10), step_ma: D = D("0.5"), amplitudes: Range = AMPLITUDE.range) -> Milliamps:
    """What a safety envelope with one hard bound would approve."""
    highest = min(hard_ma, titration.last_delivered_ma + step_ma, titration.highest_tolerated_ma + D("0.5"))
    if titration.ceiling_ma is not None:
        highest = min(highest, titration.ceiling_ma)
    return Milliamps(amplitudes.at_or_below(highest) or D(0))


def course(answers: str, start: Titration | None = None, hard_ma: str = "10") -> tuple[str, Next | Finished, Titration]:
    """Follow the method with these answers ("|" is a gap); what was given, what comes next, where it stands."""
    titration = start or Titration().begin()
    given_ma: list[str] = []
    for letter in answers:
        if letter == "|":
            titration = titration.gap()
            continue
        step = next_step(titration, allowed_now(titration, D(hard_ma)))
        assert isinstance(step, Next), f"ended after {given_ma}: {step}"
        given_ma.append(f"{step.amplitude_ma}")
        titration = titration.burst_given(step.amplitude_ma).answered(LETTERS[letter])
    return " ".join(given_ma), next_step(titration, allowed_now(titration, D(hard_ma))), titration


@pytest.mark.parametrize(
    ("answers", "given_ma", "following"),
    [
        ("", "", "0.5"),
        ("nn", "0.5 1.0", "1.5"),
        ("nf", "0.5 1.0", "1.2"),
        ("nff", "0.5 1.0 1.2", "1.4"),
        ("nk", "0.5 1.0", "1.1"),
        ("nfc", "0.5 1.0 1.2", "1.1"),
        ("nfcn", "0.5 1.0 1.2 1.1", "1.2"),
        ("nnu", "0.5 1.0 1.5", "1.5"),
        ("nnuu", "0.5 1.0 1.5 1.5", "2.0"),
        ("nnun", "0.5 1.0 1.5 1.5", "2.0"),
        ("nnn|", "0.5 1.0 1.5", "0.5"),
        ("nnn|nn", "0.5 1.0 1.5 0.5 1.0", "1.5"),
        ("nnn|nnn", "0.5 1.0 1.5 0.5 1.0 1.5", "2.0"),
        ("nnn|u", "0.5 1.0 1.5 0.5", "0.5"),
        ("nnn|c", "0.5 1.0 1.5 0.5", "0.1"),
        ("c", "0.5", "0.1"),
        ("cnnnn", "0.5 0.1 0.2 0.3 0.4", "0.5"),
    ],
)
def test_readable_courses(answers: str, given_ma: str, following: str) -> None:
    done, step, _ = course(answers)
    assert done == given_ma
    assert isinstance(step, Next)
    assert step.amplitude_ma == D(following)
    assert step.reason.startswith(f"Next {following} mA: ")


def test_a_false_yes_is_not_believed() -> None:
    done, step, _ = course("nfcnn")
    assert done == "0.5 1.0 1.2 1.1 1.2"
    assert isinstance(step, Next)
    assert (step.amplitude_ma, "confirm" in step.reason) == (D("1.2"), True)
    done, step, _ = course("nfcnnn")
    assert isinstance(step, Next)
    assert step.amplitude_ma == D("1.3")


def test_a_confirmed_threshold_proposes_one_step_more() -> None:
    done, step, _ = course("nffcnc")
    assert done == "0.5 1.0 1.2 1.4 1.3 1.4"
    assert isinstance(step, Finished)
    assert (step.outcome, step.thresholds.motor_ma, step.proposed_amplitude_ma) == (Outcome.THRESHOLD, D("1.4"), D("1.5"))
    assert "unverified rule" in step.reason
    assert step.thresholds.perception_ma == D("1.0")


def test_the_proposal_stays_within_what_is_allowed() -> None:
    _, step, _ = course("nffcnc", hard_ma="1.4")
    assert isinstance(step, Finished)
    assert step.proposed_amplitude_ma == D("1.4")


def test_the_proposal_stays_below_the_ceiling_of_an_earlier_titration() -> None:
    _, step, _ = course("nffcnc", start=Titration(ma("1.4")).begin())
    assert isinstance(step, Finished)
    assert step.proposed_amplitude_ma == D("1.4")


def test_discomfort_ends_the_search() -> None:
    _, step, titration = course("nnd")
    assert titration.state is State.BACKING_OFF
    assert isinstance(step, Finished)
    assert (step.outcome, step.proposed_amplitude_ma) == (Outcome.NOT_REACHABLE, None)
    assert "Discomfort" in step.reason
    assert next_step(titration.proceed(), ma("1.0")) == step


def test_discomfort_at_the_confirmed_level_leaves_nothing_to_propose() -> None:
    titration = course("nffcn")[2]
    for answer in (Answer.CLEAR, Answer.DISCOMFORT):
        titration = titration.burst_given(ma("1.4")).answered(answer)
    step = next_step(titration, ma("1.2"))
    assert isinstance(step, Finished)
    assert (step.outcome, step.proposed_amplitude_ma) == (Outcome.THRESHOLD, None)
    assert "1.2 mA" in step.reason


def test_discomfort_above_a_confirmed_level_keeps_the_threshold() -> None:
    titration = course("nffcnc")[2].burst_given(ma("1.9")).answered(Answer.DISCOMFORT)
    step = next_step(titration, ma("1.7"))
    assert isinstance(step, Finished)
    assert (step.outcome, step.proposed_amplitude_ma) == (Outcome.THRESHOLD, D("1.5"))


def test_a_hard_limit_ends_as_not_reachable() -> None:
    done, step, _ = course("nnnnn", hard_ma="2.2")
    assert done == "0.5 1.0 1.5 2.0 2.2"
    assert isinstance(step, Finished)
    assert step.outcome is Outcome.NOT_REACHABLE
    assert "up to 2.2 mA" in step.reason
    assert "check the impedance" in step.reason


def test_the_end_of_the_grid_ends_as_not_reachable() -> None:
    _, step, _ = course("n" * 20)
    assert isinstance(step, Finished)
    assert step.outcome is Outcome.NOT_REACHABLE


def test_nothing_allowed_is_said_at_once() -> None:
    step = next_step(Titration().begin(), ma("0"))
    assert isinstance(step, Finished)
    assert step.outcome is Outcome.NOT_REACHABLE


def test_a_limit_that_falls_below_the_candidate_ends_it() -> None:
    titration = course("nffcn")[2]
    step = next_step(titration, ma("1.2"))
    assert isinstance(step, Finished)
    assert step.outcome is Outcome.NOT_REACHABLE


def test_its_own_steps_hold_whatever_the_caller_allows() -> None:
    after_gap = next_step(course("nnn|")[2], ma("10.0"))
    assert isinstance(after_gap, Next)
    assert after_gap.amplitude_ma == D("0.5")
    below_ceiling = next_step(Titration(ma("0.4")).begin(), ma("10.0"))
    assert isinstance(below_ceiling, Next)
    assert below_ceiling.amplitude_ma == D("0.4")
    not_tolerated = Titration().begin().burst_given(ma("1.0")).answered(Answer.UNSURE).undone().gap().answered(Answer.NONE)
    again = next_step(not_tolerated, ma("10.0"))
    assert isinstance(again, Next)
    assert again.amplitude_ma == D("0.5")


def test_forty_bursts_are_enough() -> None:
    titration = Titration().begin()
    while len(titration.log) < MAX_BURSTS:
        titration = titration.burst_given(ma("0.5")).answered(Answer.FELT)
    step = next_step(titration, ma("1.0"))
    assert isinstance(step, Finished)
    assert (step.outcome, step.proposed_amplitude_ma) == (Outcome.TOO_MANY_BURSTS, None)


def test_ended_by_hand() -> None:
    stopped = next_step(course("nf")[2].stopped(), ma("1.5"))
    assert isinstance(stopped, Finished)
    assert (stopped.outcome, stopped.proposed_amplitude_ma) == (Outcome.STOPPED, None)
    early = next_step(course("nf")[2].finished(), ma("1.5"))
    assert isinstance(early, Finished)
    assert early.outcome is Outcome.STOPPED
    done = next_step(course("nffcnc")[2].finished(), ma("1.9"))
    assert isinstance(done, Finished)
    assert (done.outcome, done.proposed_amplitude_ma) == (Outcome.THRESHOLD, D("1.5"))


def test_it_proposes_only_when_ready() -> None:
    with pytest.raises(TitrationError, match="Begin it first"):
        next_step(Titration(), ma("0.5"))
    with pytest.raises(TitrationError, match="Answer it first"):
        next_step(Titration().begin().burst_given(ma("0.5")), ma("0.5"))


def test_a_coarse_device_gets_legal_amplitudes() -> None:
    coarse = Range(D("0.4"), D("4.0"), D("0.4"))
    titration, given_ma = Titration().begin(), []
    for letter in "nfcc":
        step = next_step(titration, allowed_now(titration, amplitudes=coarse), coarse)
        assert isinstance(step, Next)
        given_ma.append(str(step.amplitude_ma))
        titration = titration.burst_given(step.amplitude_ma).answered(LETTERS[letter])
    assert given_ma == ["0.4", "0.8", "1.2", "1.2"]
    step = next_step(titration, allowed_now(titration, amplitudes=coarse), coarse)
    assert isinstance(step, Finished)
    assert step.proposed_amplitude_ma == D("1.2")


def test_a_first_yes_at_the_lowest_step_of_a_device() -> None:
    from_half = Range(D("0.5"), D("5.0"), D("0.1"))
    titration = Titration().begin()
    for letter in "cc":
        step = next_step(titration, allowed_now(titration, amplitudes=from_half), from_half)
        assert isinstance(step, Next)
        assert step.amplitude_ma == D("0.5")
        titration = titration.burst_given(step.amplitude_ma).answered(LETTERS[letter])
    step = next_step(titration, allowed_now(titration, amplitudes=from_half), from_half)
    assert isinstance(step, Finished)
    assert step.thresholds.motor_ma == D("0.5")


def test_a_device_that_starts_too_high_for_the_first_step_is_not_reachable() -> None:
    high = Range(D("0.6"), D("5.0"), D("0.1"))
    titration = Titration().begin()
    step = next_step(titration, allowed_now(titration, amplitudes=high), high)
    assert isinstance(step, Finished)
    assert step.outcome is Outcome.NOT_REACHABLE


def test_an_unsure_answer_is_asked_again_before_a_threshold_is_believed() -> None:
    titration = course("nffcnc")[2].burst_given(ma("1.4")).answered(Answer.UNSURE)
    step = next_step(titration, ma("1.9"))
    assert isinstance(step, Next)
    assert step.amplitude_ma == D("1.4")


@given(
    answers=st.lists(st.sampled_from("nnnnffkccsud|"), max_size=60),
    hard_tenths=st.integers(0, 100),
    step_ma=st.sampled_from([D("0.1"), D("0.2"), D("0.5")]),
)
def test_whatever_is_answered(answers: list[str], hard_tenths: int, step_ma: D) -> None:
    """Steps of 0.5 mA at most, nothing above a limit, never up on a yes, and always an end."""
    hard_ma, titration = D(hard_tenths) / 10, Titration().begin()
    for letter in answers:
        if letter == "|":
            titration = titration.gap()
            continue
        step = next_step(titration, allowed_now(titration, hard_ma, step_ma))
        if isinstance(step, Finished):
            break
        amplitude_ma = step.amplitude_ma
        assert AMPLITUDE.problem(amplitude_ma) is None
        assert 0 < amplitude_ma <= hard_ma
        assert amplitude_ma <= titration.last_delivered_ma + step_ma
        assert amplitude_ma <= titration.highest_tolerated_ma + D("0.5")
        last = titration.log[-1] if titration.log else None
        if last is not None and last.answer in (Answer.CLEAR, Answer.STRONG):
            assert amplitude_ma <= last.amplitude_ma
        titration = titration.burst_given(amplitude_ma).answered(LETTERS[letter])
    assert len(titration.log) <= MAX_BURSTS
    final = next_step(titration, allowed_now(titration, hard_ma, step_ma))
    if isinstance(final, Finished) and final.proposed_amplitude_ma is not None:
        assert final.outcome is Outcome.THRESHOLD
        assert final.thresholds.motor_ma is not None
        assert 0 <= final.proposed_amplitude_ma - final.thresholds.motor_ma <= D("0.1")
        assert titration.ceiling_ma is None or final.proposed_amplitude_ma <= titration.ceiling_ma


@given(st.integers(1, 100), st.integers(1, 100), st.integers(1, 120))
def test_a_reliable_patient_gets_the_true_threshold(felt: int, motor: int, painful: int) -> None:
    """Thresholds in tenths of a milliamp; the rater never errs."""
    titration = Titration().begin()
    while isinstance(step := next_step(titration, allowed_now(titration)), Next):
        tenths = int(step.amplitude_ma * 10)
        letter = "d" if tenths >= painful else "c" if tenths >= motor else "f" if tenths >= felt else "n"
        titration = titration.burst_given(step.amplitude_ma).answered(LETTERS[letter])
    if step.outcome is Outcome.THRESHOLD:
        assert step.thresholds.motor_ma == D(motor) / 10
    else:
        assert step.outcome is Outcome.TOO_MANY_BURSTS or step.thresholds.discomfort_ma is not None
