"""A device that drives few contacts on a pole: more are refused before anything is sent, with the bound named."""

import pytest

from rnprog.therapy.envelope import Refusal, SafetyEnvelope, Source
from tests.therapy.samples import HERE, device, program, side, sweep

ONE = SafetyEnvelope(device(contacts_per_pole=1))


@pytest.mark.parametrize("electrodes", ["-L0-L1+L2", "-L1+L2+L3", "-L1+L2+case"])
def test_two_on_a_pole_are_refused_by_the_device(electrodes: str) -> None:
    found = ONE.approve(program(left=side(electrodes), right=None), slot=1, base_revision=5, sweep=sweep(), **HERE)
    assert isinstance(found, Refusal)
    bounds = {(violation.source, violation.bound) for violation in found.violations}
    assert (Source.DEVICE, "at most 1 on each pole") in bounds
    sentence = next(violation.sentence for violation in found.violations if violation.bound.startswith("at most 1 on"))
    assert sentence == f"Left electrodes: this device drives at most 1 contact on each pole, not {electrodes}. Choose fewer contacts."


def test_one_on_each_is_fine() -> None:
    found = ONE.approve(program(right=None), slot=1, base_revision=5, sweep=sweep(), **HERE)
    assert not isinstance(found, Refusal), found
