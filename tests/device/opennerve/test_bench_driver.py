"""The bench mode: asked for and found, or told; what it does, and that it starts nothing."""

from typing import Any

import pytest

from device_emulator.opennerve.device import OpenNerveDevice
from rnprog.device.api import Notice, Output, Stimulator
from rnprog.device.errors import DeviceRefused, ProtocolMismatch
from rnprog.device.opennerve.bench_driver import BenchOpenNerve
from rnprog.device.opennerve.dialect import Dialect
from rnprog.device.opennerve.driver import OpenNerve
from rnprog.device.opennerve.key import Key
from rnprog.protocol.opennerve.codes import BenchOp, Role
from rnprog.protocol.opennerve.frames import Request
from rnprog.session.trouble import while_connecting
from tests.device.opennerve.table import FAST, KEYS, WIRED, device, keyed, link_to, sent
from tests.device.rig import Tape

ASKED = Dialect(bench=True)


def bench(tape: Tape | None = None) -> Any:
    return BenchOpenNerve(link_to(OpenNerveDevice(keyed(), dvt=True), tape), ASKED)


def test_it_says_who_it_is_and_that_it_is_for_a_load() -> None:
    found: Stimulator = bench()
    assert found.identity.serial == "sample 1234" and found.identity.firmware == "bench mode"
    assert Notice.BENCH_MODE in found.notices
    assert str(found.battery().voltage_v) == "3.7"
    assert not found.capabilities.has_impedance and found.capabilities.slots == 0


def test_output_is_off_while_there_is_no_high_voltage_and_else_not_told() -> None:
    found = bench()
    assert found.status().output is Output.OFF
    found._talk.bare(Request(BenchOp.HV_ON))
    assert found.status().output is Output.NOT_TOLD


def test_stop_switches_every_circuit_off_and_is_acknowledged() -> None:
    tape = Tape()
    found = bench(tape)
    found._talk.bare(Request(BenchOp.HV_ON))
    before = found.status().link_session
    tape.clear()
    stopped = found.stop()
    assert stopped is not None and stopped.output is Output.OFF
    assert [request.op for request in sent(tape)] == [BenchOp.STIM_OFF, BenchOp.HV_OFF, BenchOp.VDDS_OFF]
    assert found.status().output is Output.OFF and found.status().link_session != before


def test_a_stop_that_ends_what_somebody_else_generates_does_not_say_that_nothing_was_running() -> None:
    found = bench()
    for op in (BenchOp.HV_ON, BenchOp.VDDS_ON, BenchOp.STIM_ON, BenchOp.MUX_ON, BenchOp.GENERATE):
        found._talk.bare(Request(op))
    stopped = found.stop()
    assert stopped is not None and stopped.ended == () and not stopped.tells_ended


def test_a_stop_that_is_not_acknowledged_is_not_confirmed() -> None:
    made = OpenNerveDevice(keyed(), dvt=True)
    found = BenchOpenNerve(link_to(made), ASKED)
    made.set_faults("half-open")
    assert found.stop() is None


@pytest.mark.parametrize("what", ["measure", "arm", "set_amplitude", "disarm", "end_burst", "stored", "write", "activate", "set_schedule"])
def test_what_needs_more_than_circuits_is_refused_with_nothing_sent(what: str) -> None:
    tape = Tape()
    found = bench(tape)
    tape.clear()
    with pytest.raises(DeviceRefused, match="bench mode does not do this"):
        getattr(found, what)(None)
    with pytest.raises(DeviceRefused):
        found.burst((), None)
    assert sent(tape) == []


def test_a_device_in_production_mode_is_told() -> None:
    with pytest.raises(ProtocolMismatch, match="not in bench mode") as told:
        BenchOpenNerve(link_to(device(FAST)), ASKED)
    assert while_connecting(told.value).words.now == "Leave dvt=1 out of the port."


@pytest.mark.parametrize("timing", [FAST, WIRED])
def test_a_device_in_bench_mode_that_was_not_asked_for_is_told(timing: Any) -> None:
    made = OpenNerveDevice(keyed(), dvt=True, timing=timing)
    with pytest.raises(ProtocolMismatch, match=r"is in bench \(DVT\) mode") as told:
        OpenNerve(link_to(made), Key(KEYS[Role.ADMIN]), Dialect())
    assert "say dvt=1 in the port" in while_connecting(told.value).words.now
