"""From a text to a `Profile`, and the format as it is declared."""

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel

from rnprog.profile.fields import KEYS, NUMBERS, SOURCED
from rnprog.profile.findings import ProfileError
from rnprog.profile.model import Thresholds
from rnprog.profile.schema import Document, load, parse
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.proposals import PatientLimits
from rnprog.therapy.units import Milliamps
from tests.profile.texts import GOOD, changed, put, without


def ma(text: str) -> Milliamps:
    return Milliamps(Decimal(text))


def test_a_profile_holds_what_the_file_says() -> None:
    profile = parse(GOOD, "inline.toml")
    assert (profile.name, profile.state, profile.device_model, profile.serial) == ("left-and-right", "draft", "RN-1", "RN1-0042")
    assert (profile.contact_area_cm2, profile.patient_code) == (Decimal("0.1225"), "P-017")
    assert (profile.author, profile.created) == ("A. Author", "2026-01-31")
    assert profile.program.left is not None and profile.program.right is not None
    assert profile.program.left.electrodes == Electrodes.parse("-L1+L2")
    assert profile.program.left.amplitude_ma == Decimal("2.5")
    assert profile.program.right.pulse_width_us == Decimal(214)
    assert profile.program.on_s == Decimal(10)
    assert profile.limits == PatientLimits(ma("3.0"), ma("3.0"))
    assert profile.thresholds == {Side.LEFT: Thresholds(ma("1.2"), ma("1.8"), ma("3.4"))}
    assert profile.sources["left.thresholds_ma"] == "titration of 2026-01-30"
    assert "left.thresholds_ma" not in profile.unverified
    assert profile.unverified[:2] == ("rate_hz", "ramp_up_s")


def test_one_side_may_be_left_out() -> None:
    start, end = GOOD.index("[right]"), GOOD.index("[provenance]")
    profile = parse(without("right.", text=GOOD[:start] + GOOD[end:]), "inline.toml")
    assert profile.program.right is None
    assert profile.limits == PatientLimits(ma("3.0"), None)


def test_as_json_every_dose_is_a_decimal_string() -> None:
    written = parse(GOOD, "inline.toml").as_dict()
    assert written["max_amplitude_ma"] == {"left": "3.0", "right": "3.0"}
    assert written["thresholds"] == {"left": {"perception_ma": "1.2", "motor_ma": "1.8", "discomfort_ma": "3.4"}}
    assert written["contact_area_cm2"] == "0.1225"


def test_a_file_is_loaded(tmp_path: Path) -> None:
    assert load(put(tmp_path)).name == "left-and-right"


def test_loading_judges_no_range() -> None:
    """What is out of range can still be shown; the safety envelope refuses it."""
    profile = parse(changed(("= 2.5", "= 25.55")), "inline.toml")
    assert profile.program.left is not None
    assert profile.program.left.amplitude_ma == Decimal("25.55")


def test_everything_wrong_with_the_form_is_said_at_once() -> None:
    text = changed(("rate_hz", "rate_mhz"), ("-L1+L2", "-R1+R2"), ("= 2.5", "= true"), ('"draft"', "3"))
    with pytest.raises(ProfileError) as caught:
        parse(text, "inline.toml")
    found = [(finding.rule, finding.field) for finding in caught.value.findings]
    assert found == [
        ("RN203", "profile.state"),
        ("RN202", "program.rate_hz"),
        ("RN201", "program.rate_mhz"),
        ("RN402", "left.electrodes"),
        ("RN203", "left.amplitude_ma"),
    ]
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("old", "new", "rule", "words"),
    [
        ('title = "Both sides"', 'title = ""', "RN207", "empty"),
        ('title = "Both sides"', f'title = "{"x" * 101}"', "RN207", "Shorten"),
        ('title = "Both sides"', "title = 3", "RN203", "text in quotes"),
        ('notes = "', 'notes = "\\u0007', "RN207", "control"),
        ('contact_area_cm2 = "0.1225"', "contact_area_cm2 = 0.1225", "RN203", '"0.1225"'),
        ('code = "P-017"', 'code = "Jane Doe"', "RN208", "pseudonym"),
        ('created = "2026-01-31"', "created = 2026-01-31", "RN203", "date or time"),
        ('created = "2026-01-31"', 'created = "20260131"', "RN209", "year-month-day"),
        ("[patient]", "[[patient]]", "RN203", "not a list"),
        ("thresholds_ma = { perception = 1.2, motor = 1.8, discomfort = 3.4 }", "thresholds_ma = 1.2", "RN203", "table"),
        ("amplitude_ma = 2.5", 'amplitude_ma = "2.5 mA"', "RN203", "the key names the unit"),
        ('name = "left-and-right"', 'name = "con"', "RN208", "device"),
        ("[left]", "[lefft]", "RN201", "If left is meant"),
        ("amplitude_ma = 2.5", "ampliutde_ma = 2.5", "RN201", "If amplitude_ma is meant"),
    ],
)
def test_sentences_say_what_to_do(old: str, new: str, rule: str, words: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse(changed((old, new)), "inline.toml")
    assert any(finding.rule == rule and words in finding.text for finding in caught.value.findings)


def test_a_missing_table_is_named() -> None:
    with pytest.raises(ProfileError, match=r"The table \[target\] is missing"):
        parse(GOOD[: GOOD.index("[target]")] + GOOD[GOOD.index("[patient]") :], "inline.toml")


def declared(model: type[BaseModel], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], tuple[str, ...]]:
    found = {path: tuple(field.alias or name for name, field in model.model_fields.items())}
    for name, field in model.model_fields.items():
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found.update(declared(part, (*path, name)))
    return found


def test_the_layout_is_what_the_models_declare() -> None:
    assert declared(Document) == KEYS


def test_every_number_and_every_source_is_part_of_the_format() -> None:
    for path in (*NUMBERS, *SOURCED):
        assert path[-1] in KEYS[path[:-1]]
    for place in SOURCED.values():
        assert place[-1] in KEYS["provenance", "sources", *place[:-1]]
