"""Of the whole suite: --soak for the long runs, the hypothesis profile that goes with it, and no door of the user's."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.alone import alone

settings.register_profile("default", deadline=None, derandomize=True)
settings.register_profile("soak", deadline=None, derandomize=False, max_examples=2000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the soak tests too, and search longer in the property tests")


@pytest.fixture(scope="session", autouse=True)
def by_ourselves() -> Iterator[None]:
    with alone():
        yield


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("soak" if config.getoption("--soak") else "default")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--soak"):
        return
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="a soak test: needs --soak"))
