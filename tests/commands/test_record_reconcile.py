"""record reconcile: a record against what the emulator wrote, as somebody in a clinic or an engineer would run it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.running import Cli, chained
from tests.device.rig import emulator

TITRATE = ("titrate", "--side", "left", "--observer", "simulated", "--burst", "1s", "--json")


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return tmp_path / "truth.jsonl"


def titrated(cli: Cli, port: str) -> str:
    """The record of a titration."""
    return str(cli(*TITRATE, "--port", port).json["record"]["path"])


def test_every_change_of_output_is_explained(cli: Cli, truth: Path) -> None:
    record = titrated(cli, f"emu://?truth={truth}")
    ran = cli("record", "reconcile", record, str(truth))
    assert ran.code == 0 and "and run 1 of truth.jsonl: each of " in " ".join(ran.out.split())
    told = cli("record", "reconcile", record, str(truth), "--json")
    assert (told.code, told.json["ok"], told.json["schema"], told.json["run"]) == (0, True, "rnprog.record-reconcile/1", 1)
    assert told.json["unexplained"] == [] and told.json["changes"] > 20


def test_what_the_record_does_not_say_is_found(cli: Cli, truth: Path) -> None:
    record = titrated(cli, f"emu://?truth={truth}")
    lines = truth.read_text().splitlines(keepends=True)
    at = next(place for place, line in enumerate(lines) if json.loads(line).get("amplitude_ua") == 500)
    truth.write_text("".join([*lines[:at], lines[at].replace('"amplitude_ua":500.0', '"amplitude_ua":900.0'), *lines[at + 1 :]]))
    ran = cli("record", "reconcile", record, str(truth), "--json")
    assert ran.code == 1 and "a pulse of 900 uA, and recorded are 500 uA" in ran.json["unexplained"][0]
    assert ran.json["reasons"][0]["kind"] == "unexplained"
    assert "a pulse of 900 uA" in cli("record", "reconcile", record, str(truth)).out


def test_of_several_runs_the_records_own_is_taken(cli: Cli, truth: Path) -> None:
    """Also with faults set and a run that was cut off in the middle of a line."""
    first = titrated(cli, f"emu://?truth={truth}")
    other = titrated(cli, f"emu://?truth={truth}&seed=4")
    third = titrated(cli, f"emu://?truth={truth}&faults=unplug=BURST@3")
    truth.write_bytes(truth.read_bytes()[:-1] + b'\n{"run":3,"num\n')
    for record, run in ((first, 1), (other, 2), (third, 3)):
        told = cli("record", "reconcile", record, str(truth), "--json")
        assert (told.code, told.json["run"]) == (0, run), told.json["reasons"]


def test_in_real_time_a_record_answers_for_what_flowed_while_it_was_open(cli: Cli, truth: Path) -> None:
    with emulator("--truth", str(truth), "--tcp", "127.0.0.1:0") as made:
        records = [cli("impedance", "--lead", lead, "--port", made.url, "--json").json["record"] for lead in ("left", "right")]
    for record in records:
        assert cli("record", "reconcile", record, str(truth)).code == 0


def test_what_cannot_be_compared(cli: Cli, truth: Path, tmp_path: Path) -> None:
    record = Path(cli("impedance", "--port", f"emu://?truth={truth}", "--json").json["record"])
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all\n")
    assert cli("record", "reconcile", str(record), str(tmp_path / "none.jsonl")).code == 66
    assert cli("record", "reconcile", "none", str(truth)).code == 66
    assert "is no ground truth" in cli("record", "reconcile", str(record), str(letter)).err.replace("\n", " ")
    assert cli("record", "reconcile", str(record), str(letter)).code == 65
    assert cli("record", "reconcile", str(letter), str(truth)).code == 65
    truth.write_text(truth.read_text().replace("RN1-E0000000", "RN1-E0000009"))
    another = cli("record", "reconcile", str(record), str(truth))
    assert another.code == 65 and "of another device" in " ".join(another.err.split())
    record.write_text(record.read_text().replace("0.2", "0.3"))
    changed = cli("record", "reconcile", str(record), str(truth), "--json")
    assert changed.code == 65 and f"`rnprog record verify {record}` says where" in changed.json["reasons"][0]["text"], "with its folder"


@pytest.mark.parametrize("key", ["amplitude_ma", "duration_s", "rate_hz", "ramp_up_s", "pulse_width_us", "test_ma"])
@pytest.mark.parametrize("odd", ["1e400000", "9" * 4000, 10**400, "-1"], ids=["exponent", "nines", "whole number", "below nothing"])
def test_a_number_that_nobody_can_give_is_said_to_be_none(cli: Cli, truth: Path, key: str, odd: object) -> None:
    """It was a bug, or pulses without an end."""
    record = Path(titrated(cli, f"emu://?truth={truth}") if key != "test_ma" else measured(cli, f"emu://?truth={truth}"))
    rows = [json.loads(row) for row in record.read_bytes().splitlines()]
    for row in rows:
        if key in row["data"]:
            row["data"][key] = odd
    record.write_bytes(chained(rows))
    ran = cli("record", "reconcile", str(record), str(truth))
    assert ran.code == 65 and "does not say what it must" in " ".join(ran.err.split())


def measured(cli: Cli, port: str) -> str:
    """The record of a measurement."""
    return str(cli("impedance", "--port", port, "--json").json["record"])
