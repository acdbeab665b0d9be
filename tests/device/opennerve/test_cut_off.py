"""A command of several requests that is cut off between two of them: neither refused nor undone, but open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from rnprog.device.errors import PARTLY, DeviceRefused, LinkLost, NoAnswer
from rnprog.protocol.opennerve.codes import Op, Status
from rnprog.protocol.opennerve.frames import Request, Response
from rnprog.session.endings import ending_of
from rnprog.session.outcomes import Refused, Unknown
from rnprog.session.resolve import Meant, Settled, resolve
from rnprog.therapy.contacts import Side
from rnprog.therapy.envelope import ApprovedProgram
from tests.device.opennerve.bedside import Bedside
from tests.device.opennerve.test_driver import PAIR, bedside

Patch = pytest.MonkeyPatch
What = Callable[[Request], Response | None]


def refuses(request: Request) -> Response:
    return Response(request.op, Status.INVALID, b"")


def is_silent(request: Request) -> None:
    return None


def is_unplugged(request: Request) -> None:
    raise LinkLost("the device was unplugged")


def from_write(bed: Bedside, number: int, what: What, monkeypatch: Patch) -> None:
    """From the write of this number on (1: the first) this comes of every request."""
    talk = bed.device._core.talk
    real, writes = talk._exchange, 0

    def exchange(request: Request, epoch: int | None) -> Any:
        nonlocal writes
        writes += request.op == Op.WRITE_STIM
        return what(request) if writes >= number else real(request, epoch)

    monkeypatch.setattr(talk, "_exchange", exchange)


def cut_off(bed: Bedside, approved: ApprovedProgram, number: int, what: What, kind: type[Any], monkeypatch: Patch) -> Any:
    """The error of a program whose writing is cut off at this write."""
    from_write(bed, number, what, monkeypatch)
    with pytest.raises(kind) as cut:
        bed.device.write(approved)
    return cut.value


@pytest.mark.parametrize(("what", "kind"), [(refuses, NoAnswer), (is_silent, NoAnswer), (is_unplugged, LinkLost)])
def test_a_program_that_was_written_in_part_is_open(what: What, kind: type[Any], monkeypatch: Patch) -> None:
    """The slot is a mix of two programs then; "Nothing was changed" was said, and nothing was blocked."""
    bed = bedside()
    approved, before = bed.program(), bed.held
    error = cut_off(bed, approved, 3, what, kind, monkeypatch)
    assert bed.held != before
    assert error.pending is not None and error.pending.command == "WRITE_PROGRAM"
    assert "Nothing was changed" not in str(error)
    ending, data = ending_of(error, "write program", "21", maybe_on=False, link=(1, 0))
    assert isinstance(ending, Unknown) and ending.pending is not None and data["result"] == "unknown"
    monkeypatch.undo()
    status, held = bed.device.status(), bed.device.stored(0)
    assert status.last_command.result == PARTLY
    intent = {"slot": 0, "digest": approved.program.digest()}
    assert resolve(ending.pending, status, Meant("write program", intent), held, looked=True).settled is Settled.PERHAPS
    bed.device.write(approved)
    assert resolve(ending.pending, status, Meant("write program", intent), bed.device.stored(0), looked=True).settled is Settled.CARRIED_OUT


@pytest.mark.parametrize(("what", "kind"), [(refuses, DeviceRefused), (is_silent, NoAnswer)])
def test_one_of_which_nothing_was_taken_is_not(what: What, kind: type[Any], monkeypatch: Patch) -> None:
    bed = bedside()
    approved, before = bed.program(), bed.held
    error = cut_off(bed, approved, 1, what, kind, monkeypatch)
    assert bed.held == before
    open_ = isinstance(ending_of(error, "write program", "21", maybe_on=False, link=(1, 0))[0], Unknown)
    assert open_ is (what is is_silent), "a refusal is one; of a write that was not answered nobody knows"


def test_a_set_up_that_was_written_in_part_is_not_prepared_and_is_put_back(monkeypatch: Patch) -> None:
    bed = bedside()
    setup, before = bed.setup(), bed.held
    from_write(bed, 3, refuses, monkeypatch)
    with pytest.raises(NoAnswer) as cut:
        bed.device.arm(setup)
    monkeypatch.undo()
    assert cut.value.pending is not None and bed.device.status().armed == ()
    bed.device.close()
    assert bed.held == before


def test_what_could_not_be_put_back_leaves_a_disarming_open(monkeypatch: Patch) -> None:
    bed = bedside()
    bed.started()
    from_write(bed, 1, refuses, monkeypatch)
    with pytest.raises(NoAnswer) as cut:
        bed.device.disarm((Side.LEFT,))
    assert cut.value.pending is not None and not bed.on


def test_a_read_that_fails_before_anything_is_written_leaves_nothing_open(monkeypatch: Patch) -> None:
    bed = bedside()
    approved = bed.program()
    monkeypatch.setattr(bed.device._core.talk, "_exchange", lambda request, epoch: None)
    with pytest.raises(NoAnswer) as cut:
        bed.device.write(approved)
    ending, data = ending_of(cut.value, "write program", "21", maybe_on=False, link=(1, 0))
    assert isinstance(ending, Refused) and ending.link_over and data["result"] == "not sent"


def test_a_measurement_whose_settings_could_not_be_put_back_has_measured(monkeypatch: Patch) -> None:
    """Current has flowed; "nothing was sent" would have been said."""
    bed = bedside()

    def fails() -> NoReturn:
        raise NoAnswer("The device does not answer.")

    monkeypatch.setattr(bed.device._core, "put_back", fails)
    with pytest.raises(NoAnswer) as cut:
        bed.device.measure((PAIR,))
    assert cut.value.pending is not None and cut.value.pending.command == "MEASURE_IMPEDANCE"
