"""Amplitudes on trial: what an answer that is taken back takes with it."""

from dataclasses import replace

import pytest

from rnprog.session.trials import Trials
from rnprog.therapy.threshold import Proposal, propose
from tests.therapy.samples import ma
from tests.therapy.threshold.helpers import YES_NO, titrated

FOUND = "0.5- 0.9- 1.2- 1.5- 1.9+ 1.7+ 1.6+ 1.5- 1.6- 1.6+"


def at(amplitude: str) -> Proposal:
    made = propose(titrated(FOUND), ma("10"), YES_NO)
    assert isinstance(made, Proposal)
    return replace(made, amplitude_ma=ma(amplitude))


FIRST_MISSED = Trials().proposed(at("1.8"), 10).failed(12, missed=True)
BOTH_MISSED = FIRST_MISSED.proposed(at("1.9"), 12).failed(14, missed=True)


def test_one_that_stands_is_the_current_one_and_a_failed_one_is_not() -> None:
    assert Trials().current is None and Trials().rejected_ma is None
    standing = Trials().proposed(at("1.8"), 10)
    assert standing.current is not None and standing.current.proposal.amplitude_ma == ma("1.8")
    assert FIRST_MISSED.current is None and FIRST_MISSED.rejected_ma == ma("1.8")


def test_the_miss_taken_back_puts_the_amplitude_on_trial_again_though_another_was_proposed_since() -> None:
    after = FIRST_MISSED.proposed(at("1.9"), 12).taken_back(12)
    assert after == Trials().proposed(at("1.8"), 10) and after.rejected_ma is None


def test_an_earlier_rejection_stays() -> None:
    after = BOTH_MISSED.proposed(at("2.1"), 14).taken_back(14)
    assert after.current is not None and after.current.proposal.amplitude_ma == ma("1.9")
    assert after.rejected_ma == ma("1.8") and len(after.all) == 2


def test_an_answer_of_the_search_takes_back_what_was_proposed_by_it() -> None:
    assert Trials().proposed(at("1.8"), 10).taken_back(10) == Trials()


def test_an_answer_within_a_trial_leaves_it_standing() -> None:
    standing = Trials().proposed(at("1.8"), 10)
    assert standing.taken_back(11) == standing


@pytest.mark.parametrize("missed", [True, False])
def test_only_a_miss_rejects_an_amplitude(missed: bool) -> None:
    assert Trials().proposed(at("1.8"), 10).failed(11, missed=missed).rejected_ma == (ma("1.8") if missed else None)


def test_with_nothing_on_trial_nothing_fails() -> None:
    assert Trials().failed(3, missed=False) == Trials()
