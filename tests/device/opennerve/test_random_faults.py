"""Bursts over a line that loses and spoils frames: no start twice, no output after a STOP that was acknowledged, everything put back."""

from contextlib import suppress
from decimal import Decimal
from random import Random

import pytest

from rnprog.device.errors import DeviceError
from rnprog.device.opennerve.journal import Journal
from rnprog.protocol.opennerve.codes import Op
from rnprog.therapy.contacts import Side
from tests.device.opennerve.bedside import Bedside
from tests.device.opennerve.table import BLE, FAST, WIRED, device, truth_of

D = Decimal
LEFT = (Side.LEFT,)
FAULTS = ("drop-reply=ANY", "drop-request=ANY", "corrupt-reply=ANY", "partial-reply=ANY", "corrupt-request=ANY", "late-reply=ANY")
ROUNDS = 3


@pytest.mark.parametrize("timing", [FAST, BLE, WIRED], ids=["no timing", "Bluetooth", "wired"])
@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_line_does(seed: int, timing: object) -> None:
    chance = Random(seed)
    bed = Bedside(device(timing, SP13=5.0, HP14=110.0))  # type: ignore[arg-type]
    before = bed.held
    setup = bed.setup()
    bed.tape.clear()
    bursts = 0
    for _ in range(ROUNDS):
        bed.implant.set_faults(",".join(f"{chance.choice(FAULTS)}@{chance.randint(1, 25)}" for _ in range(3)))
        try:
            bed.device.arm(setup)
            bed.device.set_amplitude(bed.amplitude(setup, "0.5"))
            bursts += 1
            bed.device.burst(LEFT, D(1))
            bed.pass_time(1)
            bed.device.end_burst(LEFT)
        except DeviceError:
            with suppress(DeviceError):
                if bed.device.stop() is not None:
                    assert not bed.on, "an acknowledged STOP means that nothing runs"
            bed.implant.set_faults("")
            bed.device.stop()
            bed.device.resume_link()
            bed.sweep = None
            setup = bed.setup()
        assert bed.ops().count(Op.START_MANUAL) <= bursts
        assert not bed.on or bed.held["HP14"] == 10_000, "nothing flows without its bound"
    bed.implant.set_faults("")
    bed.device.stop()
    bed.device.resume_link()
    bed.device.disarm(LEFT)
    assert not bed.on and truth_of(bed.implant).off
    assert bed.held == before and not Journal("YYLL0001").open
