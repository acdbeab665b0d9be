"""Who a device with a name is: kept from one opening to the next, and never exchanged in silence."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from device_emulator.__main__ import main
from device_emulator.host import Host
from device_emulator.scenarios import SCENARIOS
from device_emulator.store import StateDiffers


@pytest.fixture(autouse=True)
def emulator(monkeypatch, tmp_path):
    monkeypatch.setattr(serial, "protocol_handler_packages", [*serial.protocol_handler_packages, "device_emulator.port"])
    monkeypatch.setenv("RNPROG_STATE_DIR", str(tmp_path))


@contextlib.contextmanager
def opened(url: str) -> Iterator[Any]:
    with serial.serial_for_url(url) as port:
        yield port


def who(url: str) -> dict[str, Any]:
    """The person, without what moves from day to day, and the device."""
    with opened(url) as port:
        hello, patient = port.bench({"cmd": "hello"}), port.bench({"cmd": "patient"})
    return {**hello, **{key: patient[key] for key in ("subject", "cohort", "nerve", "shift_mm", "contacts_ohm")}}


def test_what_the_url_leaves_out_comes_from_the_state() -> None:
    made = who("emu://visits?seed=8&scenario=migrated-lead")
    assert (made["seed"], made["scenario"]) == (8, "migrated-lead")
    assert who("emu://visits") == who("emu://visits?seed=8") == who("emu://visits?scenario=migrated-lead&months=6") == made


@pytest.mark.parametrize(
    ("asked", "both"),
    [
        ("seed=3", ("seed 8", "seed 3")),
        ("scenario=left-open", ("scenario migrated-lead", "scenario left-open")),
        ("scenario=healthy", ("scenario migrated-lead", "scenario healthy")),
        ("scenario=low-battery", ("scenario migrated-lead", "faults=low-battery")),
        ("months=9", ("6 months", "9 months")),
        ("seed=3&months=9", ("seed 8 and 6 months", "seed 3 and 9 months")),
    ],
)
def test_another_person_under_the_same_name_is_refused(tmp_path, asked, both) -> None:
    made = who("emu://visits?seed=8&scenario=migrated-lead")
    path = tmp_path / "emulator" / "visits.json"
    before = path.read_bytes()
    with pytest.raises(serial.SerialException) as caught:
        serial.serial_for_url(f"emu://visits?{asked}")
    said = str(caught.value)
    assert all(words in said for words in (*both, str(path), "another name")) and path.read_bytes() == before
    assert who("emu://visits") == made


def test_the_patient_file_is_kept_by_its_content(tmp_path) -> None:
    path = tmp_path / "someone.json"
    path.write_text(json.dumps({"nerve": {"motor_left_ma": 2.4}}), encoding="utf-8")
    made = who(f"emu://visits?patient={path}")
    twin = tmp_path / "same.toml"
    twin.write_text("# the same person\n[nerve]\nmotor_left_ma = 2.4\n", encoding="utf-8")
    assert who(f"emu://visits?patient={twin}") == made, "what a file says counts, not its name or its remarks"
    path.write_text(json.dumps({"nerve": {"motor_left_ma": 4.8}}), encoding="utf-8")
    with pytest.raises(serial.SerialException, match=r"patient file of content \w{8}.*patient file of content \w{8}"):
        who(f"emu://visits?patient={path}")
    path.unlink()
    assert who("emu://visits") == made, "the state holds the person; the file may go"
    who("emu://plain")
    with pytest.raises(serial.SerialException, match=r"no patient file.*patient file of content"):
        who(f"emu://plain?patient={twin}")


def test_the_day_is_named_each_time() -> None:
    made = who("emu://visits?scenario=charging")
    assert made["scenario"] == "charging" and who("emu://visits")["scenario"] == "healthy"
    with opened("emu://visits?scenario=therapy-running&faults=low-battery") as port:
        assert port.bench({"cmd": "state"})["output_state"] == "OFF", "low battery: the session could not go on"
    with opened("emu://visits") as port:
        assert not port.bench({"cmd": "battery"})["charging"] and port.bench({"cmd": "state"})["faults"] == ""
        port.bench({"cmd": "battery", "set": {"percent": 31}})
    with opened("emu://visits") as port:
        assert port.bench({"cmd": "battery"})["percent"] == 31, "the cell is as it was left"


def test_a_state_file_of_the_process_is_treated_alike(tmp_path, capsys) -> None:
    path = tmp_path / "device.json"
    Host("left-open", 8, virtual=False, state=path).close()
    again = Host(None, None, virtual=False, state=path)
    assert (again.device.scenario.name, again.device.seed) == ("left-open", 8)
    again.close()
    with pytest.raises(StateDiffers):
        Host(None, 3, virtual=False, state=path)
    assert main(["--tcp", "127.0.0.1:0", "--seed", "3", "--state", str(path)]) == 2
    said = capsys.readouterr().err
    assert "seed 8" in said and "seed 3" in said and str(path) in said and len(said.splitlines()) == 1


def test_serial_numbers_tell_devices_apart(tmp_path) -> None:
    path = tmp_path / "someone.toml"
    path.write_text("[nerve]\nmotor_left_ma = 2.4\n", encoding="utf-8")
    assert who("emu://")["serial"] == "RN1-E0000000" == who("emu://?scenario=healthy-activation&seed=0&months=0")["serial"]
    assert who("emu://?seed=3")["serial"] == "RN1-E0000003"
    own = {name for name, scenario in SCENARIOS.items() if scenario.serial is None}
    aged = {name for name in own if SCENARIOS[name].months}
    urls = [f"emu://?scenario={name}&seed={seed}&months=0" for name in aged for seed in (0, 3)]
    urls += [f"emu://?scenario={name}&seed={seed}" for name in own - aged for seed in (0, 3)]
    urls += ["emu://?months=3", f"emu://?patient={path}", "emu://?seed=10000000", "emu://a?seed=3", "emu://b?seed=3", "emu://a2?months=3"]
    found = [who(url)["serial"] for url in urls]
    assert len(set(found)) == len(urls) and all(len(one) == 12 and one.startswith("RN1-E") for one in found)
    again = [url for url in urls if "year" not in url and "month" not in url]
    assert [who(url)["serial"] for url in again] == [found[urls.index(url)] for url in again], "the same each time"


def test_two_names_are_two_devices() -> None:
    """Alice's and Bob's records do not mix in one trend, although nobody has said anything about either."""
    alice, bob = who("emu://alice")["serial"], who("emu://bob")["serial"]
    assert len({alice, bob, "RN1-E0000000"}) == 3
    assert (who("emu://alice")["serial"], who("emu://bob")["serial"]) == (alice, bob)


def test_a_name_that_is_made_again_is_another_device_and_does_not_inherit_the_old_ones_records(tmp_path) -> None:
    made = who("emu://training")["serial"]
    assert who("emu://training")["serial"] == made
    (tmp_path / "emulator" / "training.json").unlink()
    again = who("emu://training")["serial"]
    assert again != made and who("emu://training")["serial"] == again
    shutil.rmtree(tmp_path / "emulator")
    assert who("emu://training")["serial"] == made, "where nothing is remembered, it is the first"
    readme = Path(__file__).parents[2] / "README.md"
    assert f"--serial {made} --port emu://training" in readme.read_text(encoding="utf-8"), "its example can be copied and run"


def test_state_files_of_one_name_in_two_directories_are_two_devices(tmp_path) -> None:
    found = []
    for folder in ("a", "b"):
        path = tmp_path / folder / "x.json"
        path.parent.mkdir()
        for _ in range(2):
            host = Host("healthy", 0, virtual=True, state=path)
            found.append(host.device.rn1.identity.serial)
            host.close()
    assert found[0] == found[1] != found[2] == found[3]
