"""A runtime and a state directory of its own for every test; nothing of the user's is touched."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.device.rig import Rig, rigged


@pytest.fixture(autouse=True)
def own_directories(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    runtime = tempfile.mkdtemp(prefix="rn")  # a short path: the name of a Unix socket must fit
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    monkeypatch.setenv("RNPROG_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("RNPROG_PORT", raising=False)
    yield
    shutil.rmtree(runtime, ignore_errors=True)


@pytest.fixture
def rig() -> Iterator[Rig]:
    """The driver on a healthy device, in virtual time."""
    with rigged() as made:
        yield made


@pytest.fixture
def runtime() -> Path:
    return Path(os.environ["XDG_RUNTIME_DIR"])
