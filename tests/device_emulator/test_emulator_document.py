"""docs/emulator.md names what there is, and its pictures are those of the models."""

from __future__ import annotations

import ast
import contextlib
import json
import re
import runpy
import socket
import sys
import tomllib
from pathlib import Path

import pytest

from device_emulator.__main__ import CANNOT_WRITE
from device_emulator.bench import COMMANDS
from device_emulator.bench_line import BenchLine
from device_emulator.device import EmulatedDevice
from device_emulator.host import Host
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


def test_the_conversation_on_the_bench_channel_is_a_real_one() -> None:
    asked = re.findall(r"line\.sendall\((b'.*?')\); line\.recv\(65536\)\n(b'.*')", TEXT)
    assert len(asked) == 2
    listener = socket.create_server(("127.0.0.1", 0))
    bench = BenchLine(listener, EmulatedDevice().bench)
    with contextlib.closing(bench), socket.create_connection(listener.getsockname()) as line:
        bench.ready(listener.fileno())
        (served,) = set(bench.waits_on()) - {listener.fileno()}
        for question, answer in asked:
            line.sendall(ast.literal_eval(question))
            bench.ready(served)
            assert line.recv(65_536) == ast.literal_eval(answer)


def test_every_field_of_the_ground_truth_is_in_the_document(tmp_path) -> None:
    path = tmp_path / "truth.jsonl"
    host = Host("therapy-running", 0, virtual=True, truth=path)
    host.advance(5.0)
    host.close()
    head, *changes = [json.loads(line) for line in path.read_text().splitlines()]
    assert changes and all(f"`{field}`" in TEXT or f'"{field}"' in TEXT for field in (*head, *changes[0]))


def test_the_scenarios_of_the_day_are_named() -> None:
    days = [scenario.name for scenario in SCENARIOS.values() if scenario.day]
    assert f"the scenarios {', '.join(f'`{name}`' for name in days)}" in TEXT


def test_every_exit_code_and_key_of_set_is_in_the_document() -> None:
    assert all(f"`{key}`" in TEXT for key in ("percent", "charging", "over_temperature", "memory_failing", "unplugged", "stuck"))
    assert f"exit code {CANNOT_WRITE}" in TEXT
