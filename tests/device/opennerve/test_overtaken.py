"""A STOP that falls between two requests of one command, or into one: nothing more of that command is sent."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest

from rnprog.device.api import Output
from rnprog.device.errors import Superseded
from rnprog.protocol.opennerve.codes import Op
from rnprog.protocol.opennerve.frames import Request
from rnprog.therapy.contacts import Side
from tests.device.opennerve.bedside import Bedside
from tests.device.opennerve.test_driver import PAIR, bedside

Patch = pytest.MonkeyPatch


def burst(bed: Bedside) -> Callable[[], Any]:
    bed.armed()
    return lambda: bed.device.burst((Side.LEFT,), D(2))


def arm(bed: Bedside) -> Callable[[], Any]:
    setup = bed.setup()
    return lambda: bed.device.arm(setup)


def measure(bed: Bedside) -> Callable[[], Any]:
    return lambda: bed.device.measure((PAIR,))


def write(bed: Bedside) -> Callable[[], Any]:
    program = bed.program()
    return lambda: bed.device.write(program)


def disarm(bed: Bedside) -> Callable[[], Any]:
    bed.armed()
    bed.device.burst((Side.LEFT,), D(2))
    return lambda: bed.device.disarm((Side.LEFT,))


def requests_of(made: Callable[[Bedside], Callable[[], Any]]) -> int:
    """How many requests the command takes."""
    bed = bedside()
    act = made(bed)
    begun = bed.device._core.talk.sent
    act()
    return bed.device._core.talk.sent - begun


@pytest.mark.parametrize("made", [burst, arm, measure, write, disarm], ids=lambda made: made.__name__)
def test_after_a_stop_nothing_more_of_a_command_is_sent(made: Callable[[Bedside], Callable[[], Any]], monkeypatch: Patch) -> None:
    """Ahead of its requests, each by itself: of many every fifth, and always the first and the last."""
    whole = requests_of(made)
    for number in {*range(0, whole, 1 if whole < 5 else 5), whole - 1}:
        bed = bedside()
        act = made(bed)
        talk = bed.device._core.talk
        real, left = talk._exchange, [number]

        def exchange(request: Request, epoch: int | None, talk: Any = talk, real: Any = real, left: Any = left, bed: Any = bed) -> Any:
            if left[0] == 0:
                left[0] = -1
                assert bed.device.stop() is not None
                bed.tape.clear()
            left[0] -= 1
            return real(request, epoch)

        monkeypatch.setattr(talk, "_exchange", exchange)
        with pytest.raises(Superseded):
            act()
        assert not bed.on, f"ahead of request {number}"
        assert bed.ops() == [], "nothing was sent after it"
        core = bed.device._core
        assert (core.armed, core.doubt, core.output) == (None, None, Output.OFF)


def test_a_command_that_stops_what_it_began_goes_on() -> None:
    bed = bedside()
    before = bed.held
    disarm(bed)()
    assert not bed.on and bed.held == before, "the stored program is put back"


def test_a_stop_of_somebody_else_ends_it_all_the_same(monkeypatch: Patch) -> None:
    """Between the command's own STOP and what it would put back."""
    bed = bedside()
    act = disarm(bed)
    core = bed.device._core
    monkeypatch.setattr(core, "put_back", lambda real=core.put_back: (bed.device.stop(), bed.tape.clear(), real()))
    with pytest.raises(Superseded):
        act()
    assert not [op for op in bed.ops() if op in (Op.WRITE_STIM, Op.START_MANUAL)]


def test_a_start_that_was_under_way_is_followed_by_another_stop(monkeypatch: Patch) -> None:
    """STOP came between the last look and the bytes of the start: the start is in doubt until STOP was said again and acknowledged."""
    bed = bedside()
    act = burst(bed)
    link, order = bed.device.link, bed.device._core.talk.order
    real = link.write

    def writes(data: bytes, **named: Any) -> None:
        order.overtake(within=False)
        monkeypatch.setattr(link, "write", real)
        real(data, **named)

    begins = bed.device._core.talk.once
    monkeypatch.setattr(bed.device._core.talk, "once", lambda request: (monkeypatch.setattr(link, "write", writes), begins(request))[1])
    with pytest.raises(Superseded) as dropped:
        act()
    assert dropped.value.pending is not None and dropped.value.pending.command == "START_MANUAL"
    assert bed.device._core.doubt == "burst"
    assert bed.device.stop() is not None
    assert not bed.on and bed.device._core.doubt is None
