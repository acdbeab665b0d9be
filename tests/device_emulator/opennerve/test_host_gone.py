"""The emulator as a server: what becomes of a session and of therapy when the host's end of the line is closed, as `kill -9` closes it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from device_emulator.opennerve.device import OpenNerveDevice
from device_emulator.opennerve.firmware import Timing
from device_emulator.opennerve.host import OpenNerveHost
from device_emulator.server import Server, TcpLine
from rnprog.device.opennerve import translate
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import Op, State
from rnprog.protocol.opennerve.frames import Request, encode_request
from tests.device.rig import Truth
from tests.device_emulator.opennerve.bed import BLE, FAST, Bed, keyed

WIRED = Timing()


class Clock:
    """The emulator's wall clock, set by hand."""

    now = 0.0
    virtual = False

    def now_s(self) -> float:
        return self.now


@contextmanager
def served(device: OpenNerveDevice) -> Iterator[tuple[Server, socket.socket, Clock, OpenNerveHost]]:
    """A device behind a TCP port with one host connected."""
    clock = Clock()
    host = OpenNerveHost(device, virtual=False)
    host._wall, host._start_s = clock, -device.now_s  # type: ignore[assignment]
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(host, TcpLine(listener), None)
    client = socket.create_connection(listener.getsockname())
    server.turn()
    try:
        yield server, client, clock, host
    finally:
        client.close()
        server.close()


def stimulating(timing: Timing) -> OpenNerveDevice:
    bed = Bed(keyed(HP14=10.0, SP13=5.0), timing=timing).opened()
    bed.start()
    return bed.device


def truth_of(device: OpenNerveDevice) -> Truth:
    found = device.bench({"cmd": "truth"})
    return Truth(found["changes"], found["now_s"])  # type: ignore[arg-type]


@pytest.mark.parametrize("timing", [FAST, BLE, WIRED], ids=["no timing", "Bluetooth", "wired"])
def test_what_a_killed_host_has_started_ends_within_the_stated_bound(timing: Timing) -> None:
    device = stimulating(timing)
    with served(device) as (server, client, clock, host):
        killed_s = device.now_s
        client.close()
        server.turn()
        for _ in range(60):
            clock.now += 1.0
            host.catch_up()
        truth = truth_of(device)
        assert truth.off, "a minute later it still stimulates"
        assert truth.last_on_s() - killed_s <= float(translate.run_on_s())
        assert device.firmware.state is State.SLEEP


@pytest.mark.parametrize(("timing", "after"), [(FAST, State.BLE_ACTIVE), (BLE, State.BLE_ACTIVE), (WIRED, State.CONNECTED)])
def test_a_session_goes_with_its_host_where_the_link_tells_the_device(timing: Timing, after: State) -> None:
    device = Bed(timing=timing).opened().device
    with served(device) as (server, client, _, _host):
        client.close()
        server.turn()
        assert device.firmware.state is after


def test_a_session_without_a_command_ends_in_sleep_after_hp15_unless_therapy_runs() -> None:
    bed = Bed(keyed(HP15=60.0), timing=BLE).opened()
    bed.device.advance(50)
    bed.sure(payloads.read("SP02"))
    bed.device.advance(59)
    assert bed.device.firmware.state is State.CONNECTED
    bed.start()
    bed.device.advance(200)
    assert bed.device.firmware.state is State.CONNECTED
    bed.sure(Request(Op.STOP_MANUAL))
    bed.device.advance(61)
    assert bed.device.firmware.state is State.SLEEP
    assert bed.device.receive(encode_request(payloads.read("SP02"))) == b""
