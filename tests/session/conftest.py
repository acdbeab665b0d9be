"""A runtime and a state directory of its own for every test; nothing of the user's is touched."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnprog.session.session import Session
from tests.session.desk import Desk


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
def tmp_path() -> Iterator[Path]:
    """In memory where the system can, because every line of a record is synced."""
    memory = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(prefix="rnprog-test-", dir=memory if memory.is_dir() else None))
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Where sessions of this test are opened and recorded."""
    return Desk(tmp_path / "records")


@pytest.fixture
def session(desk: Desk) -> Iterator[Session]:
    """A session that records, on a healthy device in virtual time."""
    with desk.open() as opened:
        yield opened
