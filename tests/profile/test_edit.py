"""What is written reads back as the same profile; an edit changes its line only."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnprog.profile.edit import changed_text, new_text
from rnprog.profile.fields import SOURCED
from rnprog.profile.model import Profile, Thresholds
from rnprog.profile.schema import parse
from rnprog.profile.unseen import UNSEEN
from rnprog.profile.verify import verify_text
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Electrodes, Side
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.proposals import PatientLimits
from rnprog.therapy.units import Microseconds, Milliamps
from tests.profile.texts import GOOD


def all_seen(text: str) -> bool:
    """What nobody sees is refused before it is written (`rnprog/profile/forms.py`), and when it is read."""
    return not UNSEEN.search(text)


PLAIN = st.decimals(min_value=0, max_value=9999, places=4, allow_nan=False, allow_infinity=False).map(abs)
ANY = st.characters(exclude_categories=("C", "Z"), include_characters=" \"'\\")
TEXTS = st.text(ANY, min_size=1, max_size=60).filter(str.strip).filter(all_seen)
LINES = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" \n\"'\\"), max_size=80).filter(all_seen)
AREAS = st.integers(10**5, 10**8).map(lambda um2: Decimal(um2).scaleb(-8))
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True).filter(lambda name: name not in ("con", "prn", "aux", "nul"))


@st.composite
def sides(draw: st.DrawFn, side: Side) -> SideProgram:
    contacts = draw(st.permutations([*CONTACTS_OF[side], Contact.CASE]))
    chosen = Electrodes(frozenset(contacts[:2]), frozenset(contacts[2 : draw(st.integers(3, 5))]))
    return SideProgram(chosen, Milliamps(draw(PLAIN)), Microseconds(draw(PLAIN)))


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    left, right = draw(st.one_of(st.none(), sides(Side.LEFT))), draw(st.one_of(st.none(), sides(Side.RIGHT)))
    parts = {Side.LEFT: left, Side.RIGHT: right}
    common: Any = {key: draw(PLAIN) for key in ("rate_hz", "ramp_up_s", "ramp_down_s", "on_s", "off_s", "session_min", "sessions_per_day")}
    found = st.builds(Thresholds, *(st.one_of(st.none(), PLAIN) for _ in range(3)))
    places = [".".join(place) for place in SOURCED.values()]
    chosen = draw(st.sets(st.sampled_from(places)))
    return Profile(
        name=draw(NAMES),
        title=draw(TEXTS),
        notes=draw(LINES),
        state="draft",
        device_model=draw(TEXTS),
        lead_model=draw(TEXTS),
        contact_area_cm2=draw(AREAS),
        serial=draw(st.one_of(st.none(), TEXTS)),
        patient_code=draw(st.one_of(st.none(), st.just("P-017"))),
        author=draw(TEXTS),
        created="2026-01-31",
        program=Program(left, right, **common),
        limits=PatientLimits(*(None if part is None else Milliamps(draw(PLAIN)) for part in parts.values())),
        thresholds={side: draw(found) for side, part in parts.items() if part is not None and draw(st.booleans())},
        sources={place: draw(TEXTS) for place in places if place in chosen},
    )


@settings(max_examples=settings().max_examples // 4)  # a profile is a large value: 500 of them with --soak
@given(profiles())
def test_what_is_written_reads_back_as_the_same_profile(profile: Profile) -> None:
    assert parse(new_text(profile), "inline.toml") == profile


def test_a_new_text_breaks_no_rule_and_explains_itself() -> None:
    text = new_text(parse(GOOD, "inline.toml"))
    assert verify_text(text, "inline.toml") == []
    assert text.startswith("#:schema ./profile.schema.json\n# A profile of rnprog")
    assert "amplitude_ma = 2.5\n" in text
    assert "not a clinical recommendation" in text


def test_numbers_are_written_with_the_decimals_of_their_step_and_never_rounded() -> None:
    good = parse(GOOD, "inline.toml")
    assert good.program.left is not None
    left = replace(good.program.left, amplitude_ma=Milliamps(Decimal("2.4700001")), pulse_width_us=Microseconds(Decimal("214.00")))
    text = new_text(replace(good, program=replace(good.program, left=left)))
    assert "amplitude_ma = 2.4700001\npulse_width_us = 214\n" in text


def test_an_edit_changes_its_line_and_nothing_else() -> None:
    text = GOOD.replace("amplitude_ma = 2.5", "amplitude_ma = 2.5  # as found in May").replace("motor = 1.8", "motor   = 1.8")
    changes: dict[tuple[str, ...], str | Decimal] = {
        ("left", "amplitude_ma"): Decimal("2.7"),
        ("profile", "name"): "spring",
        ("left", "thresholds_ma", "motor"): Decimal(2),
    }
    edited = changed_text(text, changes).splitlines()
    before = text.splitlines()
    assert len(edited) == len(before)
    different = [new for old, new in zip(before, edited, strict=True) if old != new]
    assert [line.split("=")[0].strip() for line in different] == ["name", "amplitude_ma", "thresholds_ma"]
    assert different[1].startswith("amplitude_ma = 2.7") and different[1].endswith("# as found in May")
    assert parse("\n".join(edited), "inline.toml").program.left != parse(GOOD, "inline.toml").program.left


@pytest.mark.parametrize("path", [("left", "amplitude_ua"), ("middle", "amplitude_ma"), ("schema", "x")])
def test_an_edit_adds_nothing(path: tuple[str, ...]) -> None:
    with pytest.raises(KeyError):
        changed_text(GOOD, {path: "x"})
