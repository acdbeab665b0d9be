"""Each contract of import-linter is bitten on purpose: one forbidden line in a copy of the house, and it must cry out."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house.source import PACKAGES, ROOT

FLOORS = "floors: imports go down only, and each room has a floor"
NO_EMULATOR = "the programmer never imports the emulator"
WIRE_ONLY = "the emulator knows the wire and nothing else of the programmer"
PURE = "the ground floor is pure: no I/O, no clock, no chance"
NO_CLOCK = "firmware and tissue move only by advance: no clock, no thread, no port"
ONE_ROOM = "each library has one room"


class Bite(NamedTuple):
    file: str
    """A new module, put into the copy."""
    line: str
    contract: str
    cry: str
    """What the report must name."""


BITES = [
    Bite("rnprog/protocol/bite.py", "import rnprog.therapy", FLOORS, "rnprog.protocol.bite -> rnprog.therapy"),
    Bite("rnprog/device/bite.py", "import rnprog.session", FLOORS, "rnprog.device.bite -> rnprog.session"),
    Bite("rnprog/attic.py", "", FLOORS, "rnprog.attic"),
    Bite("rnprog/session/bite.py", "import device_emulator", NO_EMULATOR, "rnprog.session.bite -> device_emulator"),
    Bite("device_emulator/bite.py", "import rnprog.session", WIRE_ONLY, "device_emulator.bite -> rnprog.session"),
    Bite("rnprog/therapy/bite.py", "import time", PURE, "rnprog.therapy.bite -> time"),
    Bite("device_emulator/tissue/bite.py", "import time", NO_CLOCK, "device_emulator.tissue.bite -> time"),
    Bite("rnprog/session/bite.py", "import typer", ONE_ROOM, "rnprog.session.bite -> typer"),
    Bite("rnprog/commands/bite.py", "import serial", ONE_ROOM, "rnprog.commands.bite -> serial"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the house that may be spoiled."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_as_it_stands_keeps_every_contract(house: Path) -> None:
    report = lint(house)
    assert report.returncode == 0, report.stdout + report.stderr
    for contract in (FLOORS, NO_EMULATOR, WIRE_ONLY, PURE, NO_CLOCK, ONE_ROOM):
        assert f"{contract} KEPT" in report.stdout


@pytest.mark.parametrize("bite", BITES, ids=lambda bite: f"{bite.file}-{bite.line.removeprefix('import ') or 'new-room'}")
def test_a_forbidden_import_is_refused(house: Path, bite: Bite) -> None:
    spoiled = house / bite.file
    assert not spoiled.exists()
    spoiled.parent.mkdir(parents=True, exist_ok=True)
    spoiled.write_text(bite.line + "\n", encoding="utf-8")
    report = lint(house)
    assert report.returncode != 0, report.stdout
    assert f"{bite.contract} BROKEN" in report.stdout
    assert bite.cry in report.stdout.replace("-   ", "- ")
