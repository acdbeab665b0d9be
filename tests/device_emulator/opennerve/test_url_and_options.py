"""How an emulated OpenNerve is asked for: `emu://?device=opennerve`, and the command line."""

import argparse
from pathlib import Path

import pytest

from device_emulator.__main__ import main
from device_emulator.opennerve import options
from device_emulator.opennerve.firmware import Link, Timing
from device_emulator.opennerve.keys import KEYS
from device_emulator.opennerve.url import PARAMETERS, host_of, is_opennerve
from rnprog.protocol.opennerve.codes import Role, State


def test_which_device_is_meant() -> None:
    assert is_opennerve("emu://?seed=1&device=opennerve") and not is_opennerve("emu://?seed=1") and not is_opennerve("emu://opennerve")


def test_everything_that_can_be_said() -> None:
    host = host_of("emu://?device=opennerve&timing=none&link=ble&set=SP13:30,HP14:1&seed=3&clock=wall&faults=battery=3350")
    device = host.device
    assert not host.virtual and device.seed == 3
    assert device.firmware.timing == Timing(False, Link.BLE)
    assert (device.store.number("SP13"), device.store.number("HP14")) == (3_000, 10_000)
    assert device.commands.battery_mv == (3_350, 3_350)
    assert host_of("emu://?device=opennerve&dvt=1").device.firmware.state is State.BENCH


@pytest.mark.parametrize(
    "more",
    [
        "scenario=healthy",
        "clock=slow",
        "dvt=yes",
        "timing=fast",
        "link=air",
        "set=SP13",
        "set=SP13:99",
        "set=HP20:1",
        "set=SP13:x",
        "seed=-1",
        "faults=nak-stop",
    ],
)
def test_nonsense_is_refused_in_a_sentence(more: str) -> None:
    with pytest.raises(ValueError, match=r"\.$|cannot show"):
        host_of(f"emu://?device=opennerve&{more}")


def test_it_has_no_name_that_would_keep_it() -> None:
    with pytest.raises(ValueError, match="no name"):
        host_of("emu://clinic?device=opennerve")
    assert set(PARAMETERS) == {"device", "dvt", "timing", "link", "set", "seed", "clock", "faults"}


def test_the_command_line_writes_the_keys_for_their_owner_alone(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    for name in ("--scenario", "--patient", "--months", "--state", "--truth", "--seed"):
        parser.add_argument(name)
    parser.add_argument("--faults", default="")
    options.add_options(parser)
    host = options.host_from(parser.parse_args(["--no-timing", "--ble", "--dvt", "--write-keys", str(tmp_path / "keys")]))
    assert host.device.firmware.state is State.BENCH and not host.virtual
    for role, key in KEYS.items():
        path = tmp_path / "keys" / f"{role.name.lower()}.txt"
        assert int(path.read_text(), 16) == key and path.stat().st_mode & 0o777 == 0o600
    assert set(KEYS) == {Role.ADMIN, Role.CLINICIAN, Role.PATIENT}
    with pytest.raises(ValueError, match="takes no --scenario"):
        options.host_from(parser.parse_args(["--scenario", "healthy"]))


def test_a_command_line_it_cannot_do_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--device", "opennerve", "--tcp", "127.0.0.1:0", "--set", "SP13:99"]) == 2
    assert "SP13:99" in capsys.readouterr().err
