"""`rnprog stop` where a driver has to authenticate first: what is said of a STOP that was taken, and of one that could not be sent."""

from dataclasses import replace
from pathlib import Path

import pytest

from device_emulator.opennerve.device import OpenNerveDevice
from device_emulator.opennerve.firmware import Timing
from rnprog.commands.stop_by_driver import by_driver
from rnprog.device.errors import DeviceRefused
from rnprog.device.opennerve.dialect import Dialect
from rnprog.device.opennerve.kept import path_of
from rnprog.protocol.opennerve.codes import Role
from rnprog.session.wording import Words, safety
from tests.device.opennerve.bedside import STATED, Bedside
from tests.device.opennerve.table import BLE, WIRED, device, key_file, keyed, link_to, truth_of


def stopped(implant: OpenNerveDevice, dialect: Dialect) -> tuple[Words, int, list[str]]:
    link, said = link_to(implant), list[str]()
    link.dialect = dialect
    words, code = by_driver(link, said.append)
    return words, int(code), said


def test_after_a_kill_in_a_burst_it_does_not_say_that_nothing_was_running(tmp_path: Path) -> None:
    bed = Bedside(device(SP13=5.0, HP14=110.0))
    bed.started("0.5")
    words, code, said = stopped(bed.implant, replace(STATED, key=key_file(tmp_path)))
    assert not bed.on and code == 0
    assert words.happened == "STOP was sent; whatever was running has ended."
    assert any("Never tried on this hardware" in each and "not affiliated" in each for each in said)


def test_a_load_that_was_driven_in_bench_mode_was_perhaps_driven() -> None:
    words, code, said = stopped(OpenNerveDevice(keyed(), dvt=True), Dialect(bench=True))
    assert code == 0 and words.happened == "STOP was sent; whatever was running has ended." and said


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.PATIENT])
def test_a_key_that_may_not_stop_says_that_nothing_was_sent_and_what_stops_it(tmp_path: Path, role: Role) -> None:
    words, code, _ = stopped(device(), Dialect(key=key_file(tmp_path, role)))
    assert code == 81
    assert words.happened.startswith("STOP WAS NOT SENT: Only the Admin's key can stop this device.")
    assert "magnet" in words.happened and "treat it as on" in words.stimulation
    assert "(said)" not in str(words) and "cable" not in words.now


def test_a_foreign_key_says_that_nothing_was_sent(tmp_path: Path) -> None:
    path = key_file(tmp_path)
    path.write_text(f"{4_711:064x}")
    words, code, _ = stopped(device(), Dialect(key=path))
    assert code == 81 and words.happened.startswith("STOP WAS NOT SENT: The device does not know this key.")


@pytest.mark.parametrize("timing", [BLE, WIRED], ids=["Bluetooth", "wired"])
def test_it_is_off_before_the_device_is_read(tmp_path: Path, timing: Timing) -> None:
    """Reading who it is takes such a device seven seconds."""
    bed = Bedside(device(timing, SP13=5.0, HP14=110.0))
    bed.started("0.5")
    bed.implant.bench({"cmd": "disconnect"})
    begun_s = bed.implant.now_s
    words, code, _ = stopped(bed.implant, replace(STATED, key=key_file(tmp_path)))
    assert code == 0 and words.happened == "STOP was sent; whatever was running has ended."
    assert truth_of(bed.implant).last_on_s() - begun_s < 2


def damaged_journal() -> Path:
    path = path_of("YYLL0001")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("torn")
    return path


def test_a_stop_that_was_acknowledged_is_not_called_unconfirmed_because_a_file_here_is_damaged(tmp_path: Path) -> None:
    """The stop is certain as far as this device can say; what a test left changed in it is not, and that is said besides."""
    bed = Bedside(device(SP13=5.0, HP14=110.0))
    bed.started("0.5")
    path = damaged_journal()
    words, code, said = stopped(bed.implant, replace(STATED, key=key_file(tmp_path)))
    assert not bed.on and code == 0
    assert words.happened == "STOP was sent; whatever was running has ended."
    assert words.stimulation == safety.ACKNOWLEDGED, "no more than the device has said"
    (about_the_file,) = [each for each in said if "cannot be read" in each]
    assert "settings changed" in about_the_file and "rnprog status" in about_the_file
    assert path.read_text() == "torn", "whoever repairs it finds it as it was"


@pytest.mark.parametrize("last", range(1, 12))
def test_a_damaged_file_turns_no_silence_into_a_confirmed_stop(tmp_path: Path, last: int) -> None:
    """The device goes silent after so many frames: confirmed only if none of them was missed."""
    bed = Bedside(device(SP13=5.0, HP14=110.0))
    bed.started("0.5")
    damaged_journal()
    bed.implant.set_faults(f"unplug@{last}")
    words, code, said = stopped(bed.implant, replace(STATED, key=key_file(tmp_path)))
    if bed.implant.unplugged:
        assert code == 81 and words.happened.startswith("STOP NOT CONFIRMED: ") and words.stimulation != safety.ACKNOWLEDGED
    else:
        assert code == 0 and not bed.on and said


def test_whoever_would_do_anything_else_is_still_told_to_look_at_that_file() -> None:
    path = damaged_journal()
    with pytest.raises(DeviceRefused, match=f"cannot be read from {path}"):
        Bedside(device())
