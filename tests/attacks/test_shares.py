"""Each attack, as much of it as `make test` has time for: it finds nothing, and it did something."""

import pytest

from tests.attacks.common import ATTACKS, attack


@pytest.mark.parametrize("name", ATTACKS)
def test_the_share_of_an_attack_finds_nothing(name: str) -> None:
    module = attack(name)
    result = module.run(module.SHARE, 0)
    told = [f"{find.text}\n  python -m tests.attacks {name} --seed {find.number} --runs 1" for find in result.finds]
    assert not told, "\n".join(told)
    assert sum(row.runs for row in result.rows) >= module.SHARE
