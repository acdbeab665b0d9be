"""The guards of titration at the one place where every burst passes: refused with the reason, for whoever asks."""

from decimal import Decimal

import pytest

from rnprog.session.outcomes import Refused
from rnprog.session.session import Session
from rnprog.session.wording.assisted import broken as words
from rnprog.therapy.threshold import Broken, Guard
from rnprog.therapy.titration import Answer, Titration
from tests.session.desk import armed, give, given, ma, truth

D = Decimal


def texts(outcome: object) -> str:
    assert isinstance(outcome, Refused), outcome
    return " ".join(reason.text for reason in outcome.reasons)


@pytest.mark.parametrize("answer", [Answer.FLICKER, Answer.CLEAR, Answer.STRONG])
def test_never_up_directly_after_a_contraction(session: Session, answer: Answer) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5", answer)
    session.wait(0.3)
    refused = give(stimulation, "0.6")
    assert "The muscle contracted at 0.5 mA, and directly after a contraction nothing higher is given" in texts(refused)
    given(stimulation, "0.5", Answer.NONE)
    session.wait(0.3)
    given(stimulation, "0.6")
    assert truth(session).peaks_ua(0) == [500.0, 500.0, 600.0]


def test_a_chosen_amplitude_is_brought_up_to_and_no_further(session: Session) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5", Answer.CLEAR)
    session.wait(0.3)
    above = stimulation.deliver(ma("0.9"), D("0.3"), confirmed_by="the test", target_ma=ma("0.8"))
    assert "0.8 mA is being confirmed" in texts(above)
    assert not isinstance(stimulation.deliver(ma("0.8"), D("0.3"), confirmed_by="the test", target_ma=ma("0.8")), Refused)


def test_after_discomfort_nothing_before_somebody_agreed(session: Session) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5", Answer.DISCOMFORT)
    assert "before it was agreed to go on" in texts(give(stimulation, "0.3"))
    stimulation.proceed(by="the test")
    assert "the ceiling set by discomfort" in texts(give(stimulation, "0.5"))
    given(stimulation, "0.3")


def test_guard_and_envelope_name_their_reasons_side_by_side(session: Session) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5", Answer.CLEAR)
    refused = give(stimulation, "5.0")
    assert isinstance(refused, Refused)
    assert {reason.source for reason in refused.reasons} >= {"step rule", "titration rule"}
    assert len({reason.text for reason in refused.reasons}) == len(refused.reasons), "nothing is said twice"


def test_the_limit_is_what_the_ladder_would_reach(session: Session) -> None:
    stimulation = armed(session)
    assert stimulation.highest_allowed() == D("0.5") < stimulation.limit()
    given(stimulation, "0.5", Answer.DISCOMFORT)
    assert stimulation.limit() == D("0.4"), "discomfort is a limit that stays"


@pytest.mark.parametrize("guard", Guard)
def test_each_guard_says_what_to_do(guard: Guard) -> None:
    said = words(Broken(guard, ma("1.2")), Titration().begin())
    assert said.endswith(".") and not said[0].islower()
    assert "1.2 mA" in said or guard in (Guard.NOT_READY, Guard.NOT_A_STEP)
