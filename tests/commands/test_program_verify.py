"""`rnprog program verify`: profiles against devices, read only."""

from pathlib import Path

import pytest

from device_emulator.origin import Origin, serial_for
from rnprog.commands.exits import Exit
from rnprog.commands.program_verify import worst_of
from tests.commands.running import Cli

PORT = "emu://clinic"


@pytest.fixture
def pulled(cli: Cli, tmp_path: Path) -> Path:
    """The program of a device that has one, as a profile."""
    sure = ("--yes", "--serial", serial_for(Origin(), "clinic"))
    assert cli("--port", PORT, "program", "write", "standard-bilateral", *sure).code == 0
    path = tmp_path / "pulled.toml"
    assert cli("--port", PORT, "program", "pull", "--output", str(path)).code == 0
    return path


def test_the_same(cli: Cli, pulled: Path) -> None:
    ran = cli("--port", PORT, "program", "verify", str(pulled))
    assert ran.code == 0 and ran.out.startswith("SAME")
    assert ran.out.endswith("1 device: 1 as in the profile, 0 not.\n")


def test_another_amplitude_is_told_and_nothing_is_written(cli: Cli, pulled: Path) -> None:
    before = cli("--port", PORT, "program", "show", "--json").json["slots"]
    pulled.write_text(pulled.read_text().replace("pulse_width_us = 214", "pulse_width_us = 215", 1))
    ran = cli("--port", PORT, "program", "verify", str(pulled), "--json")
    (device,) = ran.json["devices"]
    assert (ran.code, device["ok"], device["profile"]) == (1, False, "pulled")
    assert [each["path"] for each in device["differences"]] == ["left.pulse_width_us"]
    assert cli("--port", PORT, "program", "show", "--json").json["slots"] == before


def test_several_devices_and_one_that_is_not_there(cli: Cli, pulled: Path) -> None:
    ran = cli("--port", PORT, "program", "verify", str(pulled), "--device", "/dev/nothing-here", "--device", PORT, "--json")
    assert ran.code == 69
    assert [(each["port"], each["ok"]) for each in ran.json["devices"]] == [(PORT, True), ("/dev/nothing-here", False)]


def test_one_bad_profile_and_no_device_is_asked(cli: Cli, pulled: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(pulled.read_text().replace('"pulled"', '"bad"').replace("rate_hz = 20", "rate_hz = 900", 1))
    ran = cli("--port", "/dev/nothing-here", "program", "verify", str(pulled), str(bad))
    assert ran.code == 1 and "900" in ran.err
    assert cli("--port", "/dev/nothing-here", "program", "verify", str(pulled), str(tmp_path / "none.toml")).code == 66


def test_which_profile_is_for_which_device(cli: Cli, pulled: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin.toml"
    twin.write_text(pulled.read_text().replace('"pulled"', '"twin"'))
    assert cli("--port", PORT, "program", "verify", str(pulled), str(twin)).code == 2
    assert cli("--port", PORT, "program", "verify", str(pulled), "standard-bilateral").code == 0  # its serial number decides
    ran = cli("--port", PORT, "program", "verify", "standard-bilateral", "low-output-start")
    assert ran.code == 1 and "More than one" in ran.out
    stranger = tmp_path / "stranger.toml"
    text = pulled.read_text().replace('"pulled"', '"stranger"')
    serial = next(line for line in text.splitlines() if line.startswith("serial"))
    stranger.write_text(text.replace(serial, 'serial = "RN1-00000099"'))
    ran = cli("--port", PORT, "program", "verify", str(stranger))
    assert ran.code == 1 and "None of these profiles" in ran.out


def test_without_a_port(cli: Cli) -> None:
    assert cli("program", "verify", "standard-bilateral").code == 69


def test_a_profile_that_is_not_there_or_broken_is_no_matter_of_safety(cli: Cli, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("= = =")
    for path, code, rule in ((broken, 65, "RN106"), (tmp_path / "none.toml", 66, "RN101")):
        told = cli("--port", "/dev/nothing-here", "program", "verify", str(path), "--json").json
        (reason,) = told["reasons"]
        assert (told["code"], reason["kind"], reason["rule"]) == (code, "profile", rule)
    both = cli("--port", "/dev/nothing-here", "program", "verify", str(tmp_path / "none.toml"), str(broken), "--json")
    assert both.code == 65


def test_the_worst_code_wins() -> None:
    assert worst_of([Exit.DONE, Exit.NO_DEVICE, Exit.DEVICE, Exit.FINDINGS]) is Exit.DEVICE
    assert worst_of([Exit.DEVICE, Exit.MISSING, Exit.UNREADABLE]) is Exit.UNREADABLE
    assert worst_of([Exit.DEVICE, Exit.MISSING]) is Exit.MISSING
    assert worst_of([Exit.DONE, Exit.FINDINGS]) is Exit.FINDINGS
    assert worst_of([]) is Exit.DONE


def test_the_worst_device_decides_and_not_the_first(cli: Cli, pulled: Path) -> None:
    ran = cli("program", "verify", str(pulled), "--device", "/dev/nothing-here", "--device", PORT, "--slot", "9", "--json")
    assert [each["code"] for each in ran.json["devices"]] == [Exit.NO_DEVICE, Exit.REFUSED]
    assert ran.code == ran.json["code"] == Exit.REFUSED
