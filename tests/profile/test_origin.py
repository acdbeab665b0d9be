"""What a profile was read from: strictly read, written as it was read, and changed without touching anything else."""

from dataclasses import replace

import pytest

from rnprog.profile.edit import new_text, rebased_text
from rnprog.profile.findings import ProfileError
from rnprog.profile.model import Origin
from rnprog.profile.quick import Quick
from rnprog.profile.schema import parse
from rnprog.profile.verify import verify_text
from tests.profile.texts import GOOD, ORIGIN, PULLED, SKIN, changed, rules_of, signed, without

READ = Origin("RN1-0042", 0, True, 3, "0a1b2c3d", "2026-01-31")
LATER = Origin("RN1-0042", 1, False, 4, "ffffffff", "2026-02-01")
HUGE = "9" * 30


def refused(old: str, new: str) -> list[tuple[str, str]]:
    with pytest.raises(ProfileError) as caught:
        parse(changed((old, new), text=PULLED), "inline.toml")
    return [(finding.rule, finding.field) for finding in caught.value.findings]


def test_a_profile_says_what_it_was_read_from_and_one_by_hand_says_nothing() -> None:
    assert parse(PULLED, "inline.toml").origin == READ
    assert parse(GOOD, "inline.toml").origin is None
    assert parse(PULLED, "inline.toml").as_dict()["origin"] == READ.as_dict()
    assert rules_of(PULLED) == []


@pytest.mark.parametrize("origin", [READ, LATER, replace(READ, serial=None, revision=0)])
def test_what_is_written_is_read_back(origin: Origin) -> None:
    made = replace(parse(GOOD, "inline.toml"), origin=origin)
    assert parse(new_text(made), "inline.toml") == made


def test_the_serial_number_may_be_left_out_and_nothing_else() -> None:
    bare = PULLED.replace('serial = "RN1-0042"\nslot', "slot")
    found = parse(bare, "inline.toml").origin
    assert found is not None and found.serial is None
    for entry in ("slot = 0", "active = ", "revision = ", "checksum = ", "on = "):
        assert "RN202" in rules_of(without(entry, text=PULLED)), entry


@pytest.mark.parametrize(
    ("entry", "values"),
    [
        ("slot = 0", ("true", "0.0", '"0"', "nan", "inf", "-1", "256", HUGE, "[0]", "2026-01-31", "1e0")),
        ("revision = 3", ("true", "3.0", '"3"', "nan", "-inf", "-1", "4294967296", HUGE, "{}", "12:00:00", "3e0")),
        ("active = true", ("1", "1.0", '"true"', "nan", "[]", HUGE)),
        ('checksum = "0a1b2c3d"', ('""', '"0a1b2c3"', '"0a1b2c3d0"', '"0A1B2C3D"', '"0a1b2c3g"', '" 0a1b2c3"', "12345678", "true", "nan")),
        ('on = "2026-01-31"', ('""', '"yesterday"', '"2026-13-01"', "2026-01-31", "20260131", "true")),
    ],
    ids=["slot", "revision", "active", "checksum", "on"],
)
def test_no_other_kind_of_value_is_taken(entry: str, values: tuple[str, ...]) -> None:
    key = entry.partition(" ")[0]
    for value in values:
        found = refused(entry, f"{key} = {value}")
        assert [field for _, field in found] == [f"origin.{key}"], value
        assert found[0][0] in ("RN203", "RN204", "RN207", "RN209", "RN213"), value


@pytest.mark.parametrize(
    "serial",
    [
        '""',
        '" "',
        '"../RN1"',
        '"RN1 0042"',
        '"-n"',
        '"a;b"',
        '"$(reboot)"',
        '"RN1\\u001b[2J"',
        '"RN1\\u202e"',
        f'"{"A" * 33}"',
        "42",
        "true",
    ],
)
def test_a_serial_number_is_an_identifier(serial: str) -> None:
    assert [field for _, field in refused('serial = "RN1-0042"\nslot', f"serial = {serial}\nslot")] == ["origin.serial"]


def test_the_table_holds_nothing_else_and_is_one() -> None:
    assert refused("slot = 0", "slot = 0\nport = 1") == [("RN201", "origin.port")]
    assert refused(ORIGIN, "[[origin]]\n\n") == [("RN203", "origin")]
    assert "RN410" in rules_of(SKIN.replace("[provenance]", f"{ORIGIN}[provenance]", 1))


def test_the_fast_way_never_calls_one_good_that_is_not() -> None:
    assert Quick(None).good(GOOD, "left-and-right")
    for spoiled in (
        changed(("slot = 0", "slot = 999"), text=PULLED),
        changed(("0a1b2c3d", "x"), text=PULLED),
        without("on = ", text=PULLED),
    ):
        assert verify_text(spoiled, "left-and-right.toml")
        assert not Quick(None).good(spoiled, "left-and-right")


def test_a_new_basis_changes_its_lines_and_nothing_else() -> None:
    text = PULLED.replace("revision = 3", "revision = 3   # of May").replace("[left]", "# mind the left side\n[left]")
    before, after = text.splitlines(), rebased_text(text, LATER).splitlines()
    different = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [old.partition(" ")[0] for old, _ in different] == ["slot", "active", "revision", "checksum", "on"]
    assert different[2][1].startswith("revision = 4") and different[2][1].endswith("# of May")
    assert parse("\n".join(after), "inline.toml") == replace(parse(PULLED, "inline.toml"), origin=LATER)


@pytest.mark.parametrize("inline", [False, True], ids=["table", "inline"])
def test_a_new_basis_may_have_no_serial_number_or_be_the_first_with_one(inline: bool) -> None:
    text = PULLED
    if inline:
        row = ", ".join(ORIGIN.strip().splitlines()[1:])
        text = GOOD.replace("[profile]", f"origin = {{ {row} }}\n\n[profile]", 1)
    assert parse(text, "inline.toml").origin == READ
    for origin in (replace(LATER, serial=None), LATER):
        text = rebased_text(text, origin)
        assert parse(text, "inline.toml").origin == origin


def test_a_new_basis_makes_a_draft_of_what_was_signed_off() -> None:
    text = signed(PULLED)
    assert rules_of(text) == []
    again = rebased_text(text, LATER)
    assert parse(again, "inline.toml").state == "draft" and "[validation]" not in again
    assert rules_of(again) == []
    assert "RN604" in rules_of(text.replace("revision = 3", "revision = 4")), "by hand it is noticed"


def test_a_profile_that_was_not_read_from_a_device_gets_no_basis() -> None:
    with pytest.raises(KeyError):
        rebased_text(GOOD, LATER)
