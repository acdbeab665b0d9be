"""Of the whole suite: --soak for the long runs, the hypothesis profile that goes with it, and no door of the user's."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.alone import alone
from tests.commands.running import own_directories

settings.register_profile("default", deadline=None, derandomize=True)
settings.register_profile("soak", deadline=None, derandomize=False, max_examples=2000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the soak tests too, and search longer in the property tests")


@pytest.fixture(scope="session", autouse=True)
def by_ourselves() -> Iterator[None]:
    with alone():
        yield


@pytest.fixture
def own_places(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Directories and settings of the test's own, for rnprog in this process and in those that it starts."""
    short = Path(tempfile.mkdtemp(prefix="rn", dir="/tmp"))
    for name, value in own_directories(tmp_path_factory.mktemp("home"), short).items():
        monkeypatch.setenv(name, value)
    for name in ("RNPROG_PORT", "NO_COLOR", "ACCESSIBLE", "FORCE_COLOR", "_RNPROG_COMPLETE"):
        monkeypatch.delenv(name, raising=False)
    yield
    shutil.rmtree(short)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("soak" if config.getoption("--soak") else "default")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--soak"):
        return
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="a soak test: needs --soak"))
