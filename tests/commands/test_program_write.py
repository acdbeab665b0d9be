"""`rnprog program write`: nothing without the right device, a fresh impedance and a confirmation; and the read-back has the last word."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from device_emulator.origin import Origin, serial_for
from tests.commands.running import Cli, as_process
from tests.session.past import Visit

SERIAL = serial_for(Origin(), "clinic")
SURE = ("--yes", "--serial", SERIAL)
PORT = ("--port", "emu://clinic")


def slot(cli: Cli, number: int = 0, port: tuple[str, ...] = PORT) -> dict[str, object]:
    (found,) = cli("program", "show", *port, "--slot", str(number), "--json").json["slots"]
    assert isinstance(found, dict)
    return found


def test_a_profile_is_written_read_back_and_activated(cli: Cli, records: Path) -> None:
    ran = cli("program", "write", "standard-bilateral", *PORT, *SURE)
    assert ran.code == 0
    assert "Read back from slot 0, revision 1, ACTIVE" in ran.out
    assert "small stimulation" in " ".join(ran.err.split())
    assert max(map(len, (ran.out + ran.err).replace(str(records), "").splitlines())) <= 80
    found = slot(cli)
    assert (found["active"], found["revision"]) == (True, 1)
    (record,) = records.glob("*.jsonl")
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert [(line["kind"], line["data"].get("what")) for line in lines[1:-1]] == [
        (kind, what) for what in ("impedance", "impedance", "write program", "activate slot") for kind in ("intent", "outcome")
    ]
    assert SERIAL in lines[5]["data"]["confirmed_by"]


def test_as_json(cli: Cli) -> None:
    told = cli("program", "write", "standard-bilateral", *PORT, *SURE, "--json").json
    assert (told["schema"], told["ok"], told["code"]) == ("rnprog.program-write/1", True, 0)
    assert told["stored"]["active"] is True
    assert told["stored"]["program"]["left"]["amplitude_ma"] == "2.0"


def test_the_same_again_changes_nothing(cli: Cli) -> None:
    for _ in range(2):
        assert cli("program", "write", "standard-bilateral", *PORT, *SURE, "--slot", "0").code == 0
    assert slot(cli)["revision"] == 1


def test_without_activation_and_the_choice_of_slots(cli: Cli) -> None:
    assert cli("program", "write", "standard-bilateral", *PORT, *SURE).code == 0
    assert cli("program", "write", "low-output-start", *PORT, *SURE, "--no-activate").code == 0
    assert [slot(cli, number)["active"] for number in (0, 1)] == [True, False]
    assert slot(cli, 1)["revision"] == 1
    assert cli("program", "write", "low-output-start", *PORT, *SURE, "--slot", "9").code == 79


def test_the_daily_schedule_changes_only_when_asked(cli: Cli) -> None:
    write = ("program", "write", "standard-bilateral", *PORT, *SURE, "--slot", "0", "--json")
    enabled = [cli(*write, *words).json["schedule_enabled"] for words in ((), ("--schedule",), (), ("--no-schedule",))]
    assert enabled == [False, True, True, False]


def test_a_dry_run_shows_decoded_frames_and_sends_none(cli: Cli, records: Path) -> None:
    ran = cli("program", "write", "standard-bilateral", *PORT, "--dry-run")
    assert ran.code == 0
    for word in ("STAGE", "VALIDATE", "COMMIT", "on the wire"):
        assert word in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    told = cli("program", "write", "standard-bilateral", *PORT, "-n", "--json").json
    assert [frame["command"] for frame in told["frames"]] == ["STAGE", "VALIDATE", "COMMIT"]
    assert slot(cli)["problem"] == "empty"
    assert not records.exists()


def test_a_dry_run_of_what_the_envelope_refuses(cli: Cli, tmp_path: Path) -> None:
    ran = cli("program", "write", str(too_strong(cli, tmp_path)), *PORT, "--dry-run")
    assert ran.code == 79


def too_strong(cli: Cli, folder: Path) -> Path:
    """A profile whose amplitude is far over its own patient's limit, and over every other."""
    assert cli("profile", "new", "strong", "--folder", str(folder)).code == 0
    path = folder / "strong.toml"
    path.write_text(path.read_text().replace("amplitude_ma = 2.0", "amplitude_ma = 25.0"))
    return path


def test_every_limit_that_is_broken_is_named_and_nothing_is_written(cli: Cli, tmp_path: Path) -> None:
    told = cli("program", "write", str(too_strong(cli, tmp_path)), *PORT, *SURE, "--json")
    assert told.code == 79
    assert len(told.json["reasons"]) >= 2
    assert slot(cli)["problem"] == "empty"


# another patient's implant


FOREIGN = ("--port", "emu://foreign?scenario=foreign-program")


def of_a_patient(cli: Cli, folder: Path) -> tuple[str, str]:
    """A profile with a patient code, and the serial number of an implant that was programmed for another one."""
    assert cli("profile", "new", "anna", "--patient", "P-017", "--folder", str(folder)).code == 0
    return str(folder / "anna.toml"), cli("status", *FOREIGN, "--json").json["device"]["serial"]


@pytest.mark.parametrize("way", ["--yes", "Enter", "the end of the input", "another four"])
def test_a_profile_of_one_patient_is_not_written_to_the_implant_of_another(
    cli: Cli, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """U2 of the fault list. --yes says which device is meant, and not that it is this patient's."""
    path, serial = of_a_patient(cli, tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO({"Enter": "\n", "another four": "9999\n"}.get(way, "")))
    ran = cli("program", "write", path, *FOREIGN, "--serial", serial, "--json", *(("--yes",) if way == "--yes" else ()))
    assert ran.code == 79 and ran.json["patient_fingerprint"] == "another"
    assert "another patient code than P-017" in ran.json["words"]["happened"]
    assert ("leave out --yes" in ran.json["words"]["now"]) is (way == "--yes")
    (record,) = records.glob("*.jsonl")
    assert [json.loads(line)["kind"] for line in record.read_text().splitlines()] == ["open", "patient", "close"], "nothing was measured"
    assert slot(cli, 0, FOREIGN)["revision"] == 1


def test_the_end_of_the_serial_number_typed_twice_writes_it_to_that_implant(
    cli: Cli, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for the patient, before anything is measured; once for the write."""
    path, serial = of_a_patient(cli, tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{serial[-4:]}\n" * 2))
    ran = cli("program", "write", path, *FOREIGN, "--json")
    assert ran.code == 0, ran.err
    (record,) = records.glob("*.jsonl")
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert [line["kind"] for line in lines[:3]] == ["open", "patient", "intent"]
    assert lines[1]["data"] == {"fingerprint": "another", "confirmed_by": f"{serial[-4:]}, typed by the operator"}


def test_a_profile_without_a_patient_code_is_compared_with_nothing(cli: Cli) -> None:
    serial = cli("status", *FOREIGN, "--json").json["device"]["serial"]
    told = cli("program", "write", "standard-bilateral", *FOREIGN, "--yes", "--serial", serial, "--json")
    assert told.code == 0 and "patient_fingerprint" not in told.json


# what was too strong today


def reported(records: Path, days_ago: float) -> Visit:
    """On the left 1.5 mA was too strong; the profile has 2.0 mA there."""
    with Visit(records, days_ago, serial=SERIAL) as earlier:
        earlier.too_strong()
    return earlier


@pytest.mark.parametrize("way", [SURE, ("--dry-run",)], ids=["written", "looked at"])
def test_what_was_too_strong_today_is_not_written_and_it_says_what_would_be_allowed(cli: Cli, records: Path, way: tuple[str, ...]) -> None:
    earlier = reported(records, 0.2)
    ran = cli("program", "write", "standard-bilateral", *PORT, *way)
    said = " ".join(ran.err.split())
    assert ran.code == 79
    where = f"earlier today (record {earlier.path.stem})"
    assert f"Left amplitude 2.0 mA is above 1.3 mA: 1.5 mA at 214 us was too strong on these electrodes {where}." in said
    assert "Nothing was written. Today choose 1.3 mA or less, other electrodes, or a pulse shorter than 214 us." in said
    assert slot(cli)["problem"] == "empty"


def test_what_was_too_strong_today_as_json(cli: Cli, records: Path) -> None:
    reported(records, 0.2)
    (reason,) = cli("program", "write", "standard-bilateral", *PORT, *SURE, "--json").json["reasons"]
    assert (reason["kind"], reason["source"], reason["side"], reason["bound"]) == ("safety", "report of discomfort", "left", "1.3 mA")


def test_what_was_too_strong_on_an_earlier_day_is_said_and_written(cli: Cli, records: Path) -> None:
    earlier = reported(records, 2)
    ran = cli("program", "write", "standard-bilateral", *PORT, *SURE)
    assert ran.code == 0
    wanted = f"2.0 mA is above 1.3 mA: on {earlier.at.date().isoformat()} 1.5 mA at 214 us was too strong on these electrodes"
    assert wanted in " ".join(ran.err.split())
    assert slot(cli)["active"] is True


# whose device


def test_yes_needs_the_serial_number_and_no_input_needs_yes(cli: Cli) -> None:
    assert cli("program", "write", "standard-bilateral", *PORT, "--yes").code == 2
    ran = cli("program", "write", "standard-bilateral", *PORT, "--no-input")
    assert ran.code == 2
    assert "--yes --serial N" in ran.err
    assert cli("program", "write", "standard-bilateral", *PORT, "--no-input", *SURE).code == 0


def test_another_serial_number_than_the_one_named(cli: Cli) -> None:
    ran = cli("program", "write", "standard-bilateral", *PORT, "--yes", "--serial", "RN1-OTHER")
    assert ran.code == 79
    assert "RN1-OTHER" in ran.err and SERIAL in ran.err
    assert slot(cli)["problem"] == "empty"


@pytest.mark.parametrize(("options", "field"), [(("--serial", "RN1-OTHER"), "serial"), ((), "device_model")])
def test_a_profile_for_another_device(cli: Cli, tmp_path: Path, options: tuple[str, ...], field: str) -> None:
    assert cli("profile", "new", "other", "--folder", str(tmp_path), *options).code == 0
    path = tmp_path / "other.toml"
    if not options:
        path.write_text(path.read_text().replace('device_model = "RN-1"', 'device_model = "XN-7"'))
    told = cli("program", "write", str(path), *PORT, *SURE, "--json")
    assert told.code == 79
    assert [(reason["kind"], reason["field"]) for reason in told.json["reasons"]] == [("identity", field)]
    assert slot(cli)["problem"] == "empty"


# confirmation


def typed(text: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rnprog", "program", "write", "standard-bilateral", *PORT, *words]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("answer", ["", "\n", "y\n", "yes\n", "0001\n", SERIAL + "\n"], ids=repr)
def test_anything_but_the_last_four_characters_cancels(cli: Cli, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    ran = cli("program", "write", "standard-bilateral", *PORT)
    assert ran.code == 79
    assert "Nothing was written." in ran.err
    assert slot(cli)["problem"] == "empty"


def test_the_last_four_characters_confirm(cli: Cli, tmp_path: Path) -> None:
    ran = typed(f"{SERIAL[-4:]}\n", "--record-dir", str(tmp_path / "r"))
    assert ran.returncode == 0
    assert slot(cli)["active"] is True


# broken on the way


def test_an_open_contact_forbids_writing(cli: Cli) -> None:
    port = ("--port", "emu://?scenario=left-open")
    serial = cli("status", *port, "--json").json["device"]["serial"]
    ran = cli("program", "write", "standard-bilateral", *port, "--yes", "--serial", serial)
    assert ran.code == 79
    assert "is open" in ran.err


@pytest.mark.parametrize(("fault", "settled"), [("drop-reply=COMMIT@1", "carried out"), ("drop-request=COMMIT@1", "not carried out")])
def test_an_unanswered_commit_is_unknown_and_then_settled_by_a_read(cli: Cli, fault: str, settled: str) -> None:
    port = ("--port", f"emu://clinic?faults={fault}")
    told = cli("program", "write", "standard-bilateral", *port, *SURE, "--json")
    assert told.code == 74
    assert settled in told.json["settled"]
    assert told.json["ok"] is False
    assert settled in told.json["words"]["happened"]
    assert "not known" not in told.err and "Read the device again" not in told.err
    assert (told.json["stored"]["program"] is not None) is (settled == "carried out")
    assert "Traceback" not in told.err


def test_the_cable_is_pulled_while_writing(cli: Cli) -> None:
    ran = cli("program", "write", "standard-bilateral", "--port", "emu://clinic?faults=unplug@14", *SURE)
    assert ran.code in (69, 74)
    assert "Traceback" not in ran.err


def test_as_a_process_with_json_there_is_one_object(tmp_path: Path) -> None:
    ran = as_process(
        "--json", "--record-dir", str(tmp_path / "r"), "program", "write", "standard-bilateral", "--port", "emu://clinic", *SURE
    )
    assert ran.json["ok"] is True


def test_an_unanswered_commit_ends_with_the_slot_that_was_read(cli: Cli) -> None:
    ran = cli("program", "write", "standard-bilateral", "--port", "emu://clinic?faults=drop-reply=COMMIT@1", *SURE)
    assert ran.code == 74
    said = " ".join(ran.err.split())
    assert "this is settled: it was carried out." in said and "whether the command was carried out is not known" not in said
    assert "Read back from slot 0, revision 1, not active" in ran.out
    assert "Slot 0 was read just now and is shown." in said


def test_a_caution_is_said_once_and_then_counted(cli: Cli, tmp_path: Path) -> None:
    """U10 of the fault list: what is said twice is not read twice."""
    text = Path("profiles/standard-bilateral.toml").read_text()
    for key, value in (("\namplitude_ma = 2.0", "6.9"), ("\nmax_amplitude_ma = 3.0", "7.2"), ("\npulse_width_us = 214", "350")):
        assert text.count(key) == 2
        text = text.replace(key, f"{key.partition(' = ')[0]} = {value}")
    path = tmp_path / "near.toml"
    path.write_text(text)
    ran = cli("program", "write", str(path), *PORT, *SURE)
    said = " ".join(ran.err.split())
    assert ran.code == 0, said
    assert said.count("Left Shannon value k 1.678") == said.count("Right Shannon value k 1.678") == 1
    assert "The 2 cautions said above hold for the program that is to be written, too." in said
