"""A thousand profiles with one dose changed: none of them passes unnoticed; and the fast way sees what the slow way sees."""

import random
import re

import pytest

from rnprog.profile.quick import Quick
from rnprog.profile.reference import RN1
from rnprog.profile.verify import verify_text
from tests.profile.mutations import TURNS, doses, mutated_doses, spoiled
from tests.profile.texts import GOOD, PULLED, SIGNED, SKIN, rules_of, signed

ORDINARY = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?")


def test_there_is_a_dose_for_every_number_of_the_profile() -> None:
    assert len(doses(GOOD)) == 7 + 2 * 3 + 3
    assert len(doses(SKIN)) == 3 + 3


@pytest.mark.parametrize("text", [SIGNED, signed(SKIN)], ids=["implanted", "percutaneous"])
def test_no_changed_dose_passes_unnoticed(text: str) -> None:
    """In a signed profile every other number is found: as a number out of place, or as a change after the sign-off."""
    quick = Quick()
    for literal, other, changed in mutated_doses(text, 1000, seed=1):
        found = [each for each in verify_text(changed, "inline.toml") if each.exit_code]
        assert found, f"{literal} became {other}, and nothing was said"
        assert not quick.good(changed, None), f"{literal} became {other}, and the fast way said yes"


def test_a_dose_finer_than_its_step_is_found_and_never_rounded_away() -> None:
    for literal in ("2.50000000000000000001", "2.5000000000001", "2.49999999999999999999", "2.5000000001"):
        text = GOOD.replace("amplitude_ma = 2.5", f"amplitude_ma = {literal}", 1)
        assert float(literal) == pytest.approx(2.5, abs=1e-9)
        assert {"RN204", "RN206"} & set(rules_of(text))
        assert not Quick().good(text, None)


@pytest.mark.parametrize("text", [GOOD, PULLED, SIGNED, SKIN], ids=["draft", "pulled", "signed", "percutaneous"])
@pytest.mark.parametrize("capabilities", [None, RN1], ids=["reference", "given"])
def test_the_fast_way_never_says_yes_where_the_slow_way_finds_something(text: str, capabilities: object) -> None:
    """The other direction is no promise: the fast way may say no to a good file, which is then looked at closely."""
    given = RN1 if capabilities is RN1 else None
    quick, chance, agreed = Quick(given), random.Random(2), 0
    for _ in range(TURNS):
        changed = text
        for _ in range(chance.randrange(1, 4)):
            changed = spoiled(changed, chance)
        if quick.good(changed, "left-and-right"):
            assert verify_text(changed, "left-and-right.toml", given) == [], changed
            agreed += 1
    assert agreed > TURNS / 30 if text not in (PULLED, SKIN) else agreed == 0


def test_the_fast_way_knows_good_files_for_what_they_are() -> None:
    for capabilities in (None, RN1):
        assert Quick(capabilities).good(GOOD, "left-and-right")
        assert Quick(capabilities).good(SIGNED, "left-and-right")
        assert not Quick(capabilities).good(GOOD, "another-name")
        assert Quick(capabilities).good(GOOD, None)


def test_doses_are_found_by_the_pattern() -> None:
    assert all(ORDINARY.fullmatch(GOOD[start:end]) for start, end in doses(GOOD))
