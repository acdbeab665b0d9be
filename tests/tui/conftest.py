"""Directories of its own for every test; nothing of the user's is read or written."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnprog.tui.screens import profiles
from tests.commands.running import own_directories


@pytest.fixture(autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    short = Path(tempfile.mkdtemp(prefix="rn", dir="/tmp"))
    for name, value in own_directories(tmp_path_factory.mktemp("home"), short).items():
        if name != "PYTHONWARNINGS":
            monkeypatch.setenv(name, value)
    for name in ("RNPROG_PORT", "NO_COLOR", "ACCESSIBLE", "FORCE_COLOR", "RNPROG_ASCII", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("available", "read"):  # a scene puts a shelf of its own in their place
        monkeypatch.setattr(profiles, name, getattr(profiles, name))
    yield
    shutil.rmtree(short, ignore_errors=True)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory where the system can, because every line of a record is synced."""
    memory = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(prefix="rnprog-test-", dir=memory if memory.is_dir() else None))
    yield place
    shutil.rmtree(place, ignore_errors=True)
