"""docs/emulator.md names what there is, and its pictures are those of the models."""

from __future__ import annotations

import runpy
import sys
import tomllib
from pathlib import Path

import pytest

from device_emulator.bench import COMMANDS
from device_emulator.port.url import PARAMETERS
from device_emulator.scenarios import ALIASES, SCENARIOS
from device_emulator.tissue.bands import BANDS
from device_emulator.tissue.person_file import ELECTRODES, HOME, NERVE, person_from

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "emulator.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*SCENARIOS, *ALIASES, *COMMANDS, *PARAMETERS, *NERVE, *HOME, *ELECTRODES])
def test_every_name_is_in_the_document(name) -> None:
    assert f"`{name}`" in TEXT or f"\n{name} = " in TEXT


def test_the_scenarios_are_summed_up_in_the_same_words() -> None:
    assert all(f"| `{scenario.name}` | {scenario.summary} |" in TEXT for scenario in SCENARIOS.values())


def test_the_example_of_a_patient_file_is_one() -> None:
    example = TEXT.split("```toml\n")[1].split("```")[0]
    assert person_from(tomllib.loads(example)).subject.motor_ma == (2.4, 1.9)


def test_bands_stand_with_their_sources() -> None:
    for band in BANDS:
        assert band.source.split(",")[0] in TEXT and f"{band.from_ohm or band.to_ohm:,}" in TEXT


def test_the_pictures_are_drawn_from_the_models_as_they_are(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["patient.py", str(tmp_path)])
    runpy.run_path(str(DOCS / "pictures" / "patient.py"), run_name="__main__")
    drawn = sorted(tmp_path.glob("*.svg"))
    assert len(drawn) == 5
    for picture in drawn:
        assert picture.read_bytes() == (DOCS / "pictures" / picture.name).read_bytes(), f"run {DOCS}/pictures/patient.py"
        assert f"pictures/{picture.name}" in TEXT
