"""Sentences of the method assisted: each can be acted on, and none gives an estimate without its interval and its probability."""

import re
from decimal import Decimal

import pytest

from rnprog.session.wording import assisted as words
from rnprog.therapy.contacts import Electrodes
from rnprog.therapy.threshold import (
    Confirm,
    Confirmation,
    Estimate,
    Finished,
    Limit,
    Next,
    Nothing,
    Outcome,
    Proposal,
    Scale,
    Screened,
    Settings,
    Verdict,
    Why,
)
from rnprog.therapy.titration import Answer, Titration
from rnprog.therapy.units import Hertz, Microseconds, Milliamps

D = Decimal
KNOWN = Estimate(D("2.21"), D("2.08"), D("2.42"), D("0.12"), 0.88)
WHOLE = "2.21 mA (9 in 10 chance: 2.08 to 2.42), 88 % within 0.12 mA"


OF_A_PAIR = (Microseconds(D(214)), Hertz(D(20)), "RN1-0042", Milliamps(D("10.0")))
"""Pulse width, rate, device and limit of a screened pair."""


def ma(text: str) -> Milliamps:
    return Milliamps(D(text))


def proposal(limited_by: Limit | None = None, ceiling: str | None = None) -> Proposal:
    margin = None if ceiling is None else D(ceiling) - D("2.5")
    return Proposal(ma("2.5"), 0.91, limited_by, 0.02, None if ceiling is None else ma(ceiling), margin, D("3.8"), KNOWN)


def test_an_estimate_is_never_one_number() -> None:
    assert words.estimate(KNOWN) == WHOLE
    assert words.so_far(None) == "Threshold: nothing was rated yet."


@pytest.mark.parametrize(("chance", "said"), [(0.0, "less than 1 %"), (0.004, "less than 1 %"), (0.03, "3 %"), (0.995, "more than 99 %")])
def test_a_model_knows_neither_never_nor_always(chance: float, said: str) -> None:
    assert words.percent(chance) == said


@pytest.mark.parametrize("why", Why)
@pytest.mark.parametrize("begun", [False, True])
def test_every_proposal_has_its_reason_in_one_sentence(why: Why, begun: bool) -> None:
    log = Titration().begin()
    titration = log.burst_given(ma("0.5")).answered(Answer.NONE).gap() if begun else log
    said = words.reason(Next(ma("1.2"), why, KNOWN, 0.025, 3, False), Settings(), titration)
    assert re.fullmatch(r"Next 1\.2 mA: [^.]*(\.\d[^.]*)*\.", said), said
    if why is Why.FIRST:
        assert ("after the interruption" in said) == begun


def log(*answers: tuple[str, Answer]) -> Titration:
    titration = Titration().begin()
    for amplitude, answer in answers:
        titration = titration.burst_given(ma(amplitude)).answered(answer)
    return titration


EMPTY, FULL = ("0.5", Answer.NONE), ("1.0", Answer.CLEAR)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_ending_says_what_is_known(outcome: Outcome) -> None:
    said = words.finished(Finished(outcome, KNOWN, 7, 3, Settings(), ma("1.5"), 0.97), log(EMPTY, FULL))
    assert "7 bursts" in said and said.endswith(".")
    if outcome is Outcome.THRESHOLD:
        assert WHOLE in said
    else:
        assert "Nothing is proposed" in said and "2.21" not in said, "no number stands for what was not found"
        assert "not known: between 2.08 and 2.42 mA" in said or ("above 1.5 mA" in said and "probability 97 %" in said)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((), "not known: nothing was rated"),
        ((("0.5", Answer.UNSURE),), "not known: nothing was rated"),
        ((EMPTY,), "not known: above 2.08 mA (19 in 20 chance, by the model)"),
        ((EMPTY, ("1.0", Answer.DISCOMFORT)), "not known: above 2.08 mA (19 in 20 chance, by the model)"),
        ((FULL,), "not known: below 2.42 mA (19 in 20 chance, by the model)"),
        ((EMPTY, FULL), "not known: between 2.08 and 2.42 mA (9 in 10 chance, by the model)"),
    ],
)
def test_what_was_not_found_is_an_interval_in_words(answers: tuple[tuple[str, Answer], ...], said: str) -> None:
    assert words.unknown(KNOWN, log(*answers)) == said


def test_nothing_may_be_given_at_all() -> None:
    none = Titration().begin()
    assert "nothing more may be given" in words.finished(Finished(Outcome.NOT_REACHABLE, KNOWN, 1, 0, Settings(), ma("0.0"), 1.0), none)
    assert "1 burst" in words.finished(Finished(Outcome.ABORTED, KNOWN, 1, 0, Settings()), none)
    assert "at most 0.0 mA" in words.nothing(Nothing(ma("0.0"), KNOWN))


def test_why_nothing_is_proposed_is_said_with_its_chance() -> None:
    seldom = words.nothing(Nothing(ma("0.8"), KNOWN, Limit.CEILING, ma("0.8"), 0.2))
    assert "at most 0.8 mA may be given" in seldom and "contracts in only 20 % of bursts" in seldom and "another electrode pair" in seldom
    tried = words.nothing(Nothing(ma("2.0"), KNOWN, Limit.DISCOMFORT_RISK, rejected_ma=ma("1.7")))
    assert "1.7 mA was tried" in tried and "the chance that more is too strong is above 15 %" in tried


@pytest.mark.parametrize(
    ("clear", "graded", "said"),
    [
        (3, True, "3 bursts contracted, clear or strong, and were tolerated. Highest"),
        (2, True, "contracted, 2 of them clear or strong, the others with a flicker, and were tolerated. Highest"),
        (1, True, "That is weak for therapy"),
        (3, False, "3 bursts contracted and were tolerated. Highest"),
    ],
)
def test_a_confirmation_says_how_the_muscle_contracted(clear: int, graded: bool, said: str) -> None:
    stands = Confirmation(Verdict.CONFIRMED, None, 3, 3, clear)
    assert said in words.confirmed(proposal(), stands, D("2.6"), graded=graded)


def test_discomfort_is_answered_with_a_ceiling_and_a_question() -> None:
    once, twice = (words.agree(Confirm(ma("1.9"), reports, reports > 1, KNOWN)) for reports in (1, 2))
    assert "the output is off" in once and "nothing above 1.9 mA" in once and "Ask the patient" in once
    assert "2 times now: better to end this side" in twice and "better to end" not in once


def test_a_therapy_amplitude_comes_with_its_chance_and_its_room() -> None:
    free = words.proposal(proposal(), None)
    assert "2.5 mA" in free and "91 % of bursts" in free and "expected at about 3.8 mA" in free
    limited = words.proposal(proposal(Limit.CEILING, "2.5"), D("2.8"))
    assert "no more may be given" in limited and "too strong at 2.8 mA, 0.3 mA above" in limited and "another electrode pair" in limited
    assert "too strong" in words.proposal(proposal(Limit.DISCOMFORT_RISK), None)
    assert "highest for the patient alone 2.6 mA" in words.figures(proposal(), D("2.6"))
    assert "at most 2.7 mA after discomfort" in words.figures(proposal(ceiling="2.7"), None)


def test_a_confirmation_counts_aloud_and_says_when_it_failed() -> None:
    repeat, reach = (Confirmation(verdict, ma("2.5"), 1, 1) for verdict in (Verdict.REPEAT, Verdict.REACH))
    assert "confirmation 2 of 3" in words.confirming(proposal(), repeat, D("2.5"))
    assert "on the way to 2.5 mA" in words.confirming(proposal(), reach, D("2.3"))
    assert "not used" in words.not_confirmed(proposal(), repeat) and "none is used" in words.none_confirmed(4)
    assert "did not contract" in words.rejected(proposal())


@pytest.mark.parametrize("scale", Scale)
def test_what_a_probability_takes_for_granted_is_what_the_model_believes(scale: Scale) -> None:
    settings = Settings(scale=scale)
    said = words.assumes(settings)
    assert "misses at most 15 % of the contractions and reports at most 10 %" in said and said.count(".") == 1
    assert settings.worst_rater == (max(each[2] for each in settings.believed), max(each[1] for each in settings.believed))


def test_a_pair_that_is_outdone_says_by_which_and_how_surely() -> None:
    than = Screened(Electrodes.parse("-L1+L2"), log(), Settings(), Finished(Outcome.THRESHOLD, KNOWN, 9, 4, Settings()), *OF_A_PAIR)
    assert words.outdone(than, 0.96).startswith("It most likely lies above that of -L1+L2 (96 %, by the model)")
