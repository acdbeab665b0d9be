"""What the digest of a profile is over, and whether a sign-off still holds."""

from dataclasses import replace

import pytest

from rnprog.profile.quick import Quick
from rnprog.profile.reading import read_tables
from rnprog.profile.reference import RN1
from rnprog.profile.signing import content_digest, limits_digest
from tests.profile.texts import GOOD, SIGNED, SKIN, changed, emulated, only, rules_of, signed, without


def test_the_quick_way_takes_no_sign_off_of_what_an_emulator_gave() -> None:
    assert Quick().good(emulated(), "left-and-right") and Quick().good(signed(), "left-and-right")
    assert not Quick().good(signed(emulated()), "left-and-right")
    assert rules_of(signed(emulated())) == ["RN607"]
    assert set(rules_of(changed(('state = "validated"', 'state = "draft"'), text=signed(emulated())))) == {"RN606", "RN607"}


def digest(text: str) -> str:
    return content_digest(read_tables(text, "inline.toml"))


@pytest.mark.parametrize(
    "text",
    [
        SIGNED,
        changed(("= 2.5", "= 2.500")),
        changed(("rate_hz = 20.0", "rate_hz = 20 # pulses a second")),
        changed(("on_s = 10\noff_s = 20", "off_s = 20\non_s = 10")),
        changed(('"Both sides"', "'Both sides'")),
        changed(('"draft"', '"validated"')),
    ],
)
def test_the_way_of_writing_does_not_count(text: str) -> None:
    assert digest(text) == digest(GOOD)


@pytest.mark.parametrize("line", [line for line in GOOD.splitlines() if " = " in line and not line.startswith(("schema", "state"))])
def test_every_entry_counts(line: str) -> None:
    assert digest(without(line)) != digest(GOOD)


def test_texts_and_numbers_are_not_taken_for_each_other() -> None:
    assert digest(changed(("on_s = 10", 'on_s = "10"'))) != digest(GOOD)
    assert digest(changed(("on_s = 10", "on_s = true"))) != digest(GOOD)


def test_other_limits_have_another_digest() -> None:
    assert limits_digest(RN1) == limits_digest(replace(RN1))
    assert len({limits_digest(RN1), limits_digest(replace(RN1, slots=5)), limits_digest(None)}) == 3


def test_a_sign_off_holds_until_something_changes() -> None:
    assert rules_of(SIGNED) == rules_of(signed(SKIN), None)[1:] == []
    assert rules_of(changed(("P-017", "P-018"), text=SIGNED)) == ["RN604"]
    assert "A. Author on 2026-02-01" in only(changed(("P-017", "P-018"), text=SIGNED), "RN604").text


def test_state_and_sign_off_belong_together() -> None:
    assert rules_of(changed(('"validated"', '"draft"'), text=SIGNED)) == ["RN606"]
    assert rules_of(SIGNED[: SIGNED.index("[validation]")]) == ["RN606"]
    assert "RN207" in rules_of(changed(('\ndigest = "', '\ndigest = "zz'), text=SIGNED))


def test_a_sign_off_that_is_moved_to_another_profile_is_found() -> None:
    other = changed(('"left-and-right"', '"another"'), text=SIGNED)
    assert rules_of(other) == ["RN604"]
