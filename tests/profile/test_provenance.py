"""Every clinical number names its source or says that it has none."""

import pytest

from rnprog.profile.fields import SOURCED
from rnprog.profile.verify import verify_text
from tests.profile.texts import GOOD, changed, only, rules_of, without


def test_each_entry_without_a_source_is_named() -> None:
    text = GOOD[: GOOD.index('contact_area_cm2 = "lead')]
    found = verify_text(text, "inline.toml")
    assert {finding.rule for finding in found} == {"RN601"}
    assert {finding.field for finding in found} == {".".join(entry) for entry in SOURCED if entry[0] != "percutaneous"} - {
        "right.thresholds_ma"
    }


def test_the_finding_stands_at_the_number() -> None:
    text = without("left.amplitude_ma")
    found = only(text, "RN601")
    assert found.line is not None
    assert text.splitlines()[found.line - 1] == "amplitude_ma = 2.5"
    assert "left.amplitude_ma" in found.text


@pytest.mark.parametrize("source", ["", "?", "todo", "TBD.", " ", "unknown"])
def test_a_place_holder_is_no_source(source: str) -> None:
    assert rules_of(changed(('on_s = "unverified"', f'on_s = "{source}"'))) == ["RN602"]


def test_a_source_of_the_wrong_kind_is_left_to_the_format() -> None:
    assert rules_of(changed(('on_s = "unverified"', "on_s = 3"))) == ["RN203"]


def test_an_idle_source_is_a_warning() -> None:
    found = only(without("thresholds_ma = {"), "RN603")
    assert found.exit_code == 0
