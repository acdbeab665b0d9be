"""Every command runs with directories of its own, at 80 columns, and without a port unless the test names one."""

import functools
from pathlib import Path

import pytest

from tests.commands.running import Cli, in_process


@pytest.fixture(autouse=True)
def environment(own_places: None) -> None:
    """For every test here."""


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return tmp_path / "records"


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], records: Path) -> Cli:
    return functools.partial(in_process, capsys, "--record-dir", str(records))


_DEMO: dict[str, bytes] = {}
"""By its name: the record of one `rnprog demo`, for every test of this process that only reads it."""


@pytest.fixture
def demo_record(cli: Cli, records: Path) -> Path:
    """A whole appointment as `rnprog demo` records it; it is a file of this test's own."""
    if not _DEMO:
        assert cli("demo", "--fast").code == 0
        (made,) = records.glob("*.jsonl")
        _DEMO[made.name] = made.read_bytes()
        return made
    ((name, text),) = _DEMO.items()
    records.mkdir(mode=0o700)
    (records / name).write_bytes(text)
    return records / name
