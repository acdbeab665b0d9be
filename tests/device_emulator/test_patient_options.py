"""The patient's options of `rnprog-emulator` and of `emu://`."""

from __future__ import annotations

import json

import pytest
import serial

from device_emulator.__main__ import main
from device_emulator.scenarios import SCENARIOS, explain


def test_explain_prints_the_lesson(capsys) -> None:
    assert main(["--explain", "stale-program"]) == 0
    out = capsys.readouterr().out
    assert out.split() == explain("foreign-program").split()


def test_explain_as_json(capsys) -> None:
    assert main(["--explain", "stale-program", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["name"], told["also"]) == ("rnprog-emulator.explain/1", "foreign-program", ["stale-program"])
    assert told["lesson"]["sees"] in told["text"] == explain("foreign-program")
    assert main(["--json", "--explain", "deaf"]) == 0
    assert json.loads(capsys.readouterr().out)["lesson"] is None


@pytest.mark.parametrize("columns", [80, 40, 200])
def test_lists_and_lessons_fit_the_terminal(capsys, monkeypatch, columns) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["--list"]) == main(["--explain", "year-on-schedule"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(("Try it: ", "scenarios", "faults:"))]
    assert max(map(len, lines)) <= columns


def test_a_state_in_a_directory_that_is_missing(capsys, tmp_path) -> None:
    assert main(["--tcp", "127.0.0.1:0", "--state", str(tmp_path / "no" / "device.json")]) == 65
    assert f"no directory {tmp_path / 'no'}" in capsys.readouterr().err and not (tmp_path / "no").exists()


def test_list_tells_lessons_from_the_rest(capsys) -> None:
    assert main(["--list", "--json"]) == 0
    found = {row["name"]: row for row in json.loads(capsys.readouterr().out)["scenarios"]}
    assert list(found) == list(SCENARIOS) and all(found[name]["summary"] == SCENARIOS[name].summary for name in found)
    assert sum(row["kind"] == "training" for row in found.values()) >= 12


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--explain", "nothing"], "Known are healthy"),
        (["--months", "61"], "0 to 60"),
        (["--patient", "/nowhere/x.toml"], "cannot be read"),
        (["--scenario", "nothing"], "Known are healthy"),
    ],
)
def test_wrong_options_are_refused_in_words(capsys, words, said) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2 and said in capsys.readouterr().err


def test_a_patient_and_months_by_url(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("RNPROG_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(serial, "protocol_handler_packages", [*serial.protocol_handler_packages, "device_emulator.port"])
    path = tmp_path / "someone.json"
    path.write_text(json.dumps({"person": {"cohort": "E", "subject": 6}}), encoding="utf-8")
    with serial.serial_for_url(f"emu://visits?patient={path}&months=2&seed=6") as port:
        found = port.bench({"cmd": "patient"})
        assert (found["cohort"], found["subject"], found["implant_age_days"]) == ("E", 6, 14 + 61)
        port.bench({"cmd": "advance", "seconds": 86_400 * 10})
    with serial.serial_for_url(f"emu://visits?patient={path}&seed=6") as port:
        assert port.bench({"cmd": "patient"})["implant_age_days"] == pytest.approx(14 + 61 + 10), "its past is its own"
    with pytest.raises(serial.SerialException, match="knows no 'nerves'"):
        path.write_text('{"nerves": {}}', encoding="utf-8")
        serial.serial_for_url(f"emu://?patient={path}")
