"""Characters that hide what a file says are refused wherever they stand, each with its place, by the fast way too."""

import unicodedata
from pathlib import Path

import pytest

from rnprog.profile.batch import Batch
from rnprog.profile.quick import Quick
from rnprog.profile.verify import verify_file, verify_text
from tests.profile.texts import GOOD, changed, put, rules_of

HIDDEN = [
    *"\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",  # direction
    *"\u2028\u2029\x85\x9b",  # lines and controls
    *"\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u3164\u115f\ufe0f\U000e0041\U000e0100",  # of no width
]
SEEN = [*"éß日ا²", "\u00a0", "\u3000", "\U0001f600", "e\u0301"]


@pytest.mark.parametrize("sign", HIDDEN, ids=lambda sign: f"U+{ord(sign):04X}")
def test_a_hidden_character_in_a_comment_is_refused_with_its_place(sign: str, tmp_path: Path) -> None:
    text = changed(("on_s = 10", f"on_s = 10 # ten{sign} seconds"))
    assert Quick().good(text, "left-and-right") is False
    (found,) = verify_text(text, "inline.toml")
    line = text.split("\n").index(f"on_s = 10 # ten{sign} seconds") + 1
    assert (found.rule, found.line, found.column, found.exit_code) == ("RN110", line, 16, 65)
    assert f"U+{ord(sign):04X}" in found.text and found.text.isprintable()
    (both,) = Batch().run([put(tmp_path, text)])
    assert [each.rule for each in both[1]] == ["RN110"]


@pytest.mark.parametrize("sign", SEEN, ids=lambda sign: f"U+{ord(sign[0]):04X}")
def test_what_is_seen_may_stand_in_a_comment(sign: str) -> None:
    assert rules_of(changed(("on_s = 10", f"on_s = 10 # ten{sign} seconds"))) == []


@pytest.mark.parametrize("place", ["# {}", 'title = "{}"', "{} = 1", "[{}]"])
def test_wherever_it_stands(place: str) -> None:
    assert rules_of(GOOD + place.format("x\u202ey")) == ["RN110"]


def test_all_of_them_are_told(tmp_path: Path) -> None:
    path = put(tmp_path, changed(("on_s = 10", "on_s = 10 # \u200b\u200b"), ("[right]", "[right] # \u2066")))
    found = verify_file(path)
    assert [each.rule for each in found] == ["RN110"] * 3
    assert len({(each.line, each.column) for each in found}) == 3


def test_written_as_an_escape_it_is_no_text_either() -> None:
    for sign in ("\u3164", "\ufe0f", "\u202e", "\u200b"):
        assert rules_of(changed(("Both sides", f"Both \\u{ord(sign):04x}sides"))) == ["RN207"], unicodedata.name(sign)


def test_a_file_full_of_them_is_told_in_the_end() -> None:
    assert len(verify_text("# " + "\u200b" * 5000, "inline.toml")) == 5000
