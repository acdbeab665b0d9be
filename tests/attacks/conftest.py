"""A place of its own for every test of the attacks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.common import place


@pytest.fixture(autouse=True)
def own_place() -> Iterator[Path]:
    with place() as root:
        yield root
