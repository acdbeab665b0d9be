"""A typed request and its typed reply over a pseudo-terminal, the emulator a process of its own, against two peers served likewise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import serial
from pymodbus.client import ModbusSerialClient

from bench.processes import scratch
from bench.timing import Figure, at_most, faster_by, loop, pairwise
from rnprog.device.exchange import Exchange
from rnprog.device.link import Link
from rnprog.device.registry import connect
from rnprog.protocol.messages import ReadStatus

PEERS = Path(__file__).parent / "peers"
COUNT = 500
MODBUS_COUNT = 40
ECHO_BYTES = 32


def figures(rounds: int) -> list[Figure]:
    """Against a bare echo of 32 bytes, and against a Modbus RTU read of 29 registers (a reply as long as ours)."""
    with scratch() as environment, emulator(environment) as ask, echo(environment) as bounce, modbus(environment) as read:
        ours = loop(ask, COUNT)
        return [
            at_most("status over a PTY, round trip", "bare pyserial echo process", pairwise(ours, loop(bounce, COUNT), rounds=rounds), 4),
            faster_by(
                "status over a PTY, round trip", "pymodbus RTU, 115,200 baud", pairwise(ours, loop(read, MODBUS_COUNT), rounds=rounds), 20
            ),
        ]


@contextmanager
def emulator(environment: dict[str, str]) -> Iterator[Callable[[], Any]]:
    """A status read on the emulator, run as a process with a PTY."""
    script = Path(sys.executable).with_name("rnprog-emulator")
    process = subprocess.Popen([str(script), "--pty", "--json"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    os.environ["XDG_RUNTIME_DIR"] = environment["XDG_RUNTIME_DIR"]
    try:
        url = json.loads(process.stdout.readline())["port"]
        link = Link(url)
        driver: Any = connect(link)
        exchange: Exchange = driver._exchange
        yield lambda: exchange.ask(ReadStatus())
        link.close()
    finally:
        process.terminate()
        process.wait()


@contextmanager
def echo(environment: dict[str, str]) -> Iterator[Callable[[], Any]]:
    """32 bytes there and back: bare pyserial here, read and write of a pseudo-terminal there, nothing between."""
    with served("echo.py", environment) as (port_name,), serial.Serial(port_name, 115_200, timeout=5) as port:
        data = bytes(range(1, ECHO_BYTES + 1))

        def bounce() -> None:
            port.write(data)
            if len(port.read(ECHO_BYTES)) != ECHO_BYTES:
                raise TimeoutError("the echo did not answer")

        yield bounce


@contextmanager
def modbus(environment: dict[str, str]) -> Iterator[Callable[[], Any]]:
    """A read of 29 registers. The server wants a serial port of its own, so two pseudo-terminals are joined; that costs some tens of us."""
    with served("join.py", environment) as (near, far), server(far, environment):
        client = ModbusSerialClient(near, baudrate=115_200, timeout=1, retries=10)
        client.connect()

        def read() -> None:
            if client.read_holding_registers(0, count=29, device_id=1).isError():
                raise TimeoutError("the Modbus server did not answer")

        read()
        yield read
        client.close()


@contextmanager
def served(peer: str, environment: dict[str, str]) -> Iterator[list[str]]:
    """A peer process that prints its ports on one line."""
    process = subprocess.Popen([sys.executable, str(PEERS / peer)], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()
    finally:
        process.kill()
        process.wait()


@contextmanager
def server(port_name: str, environment: dict[str, str]) -> Iterator[None]:
    """The Modbus server process."""
    process = subprocess.Popen([sys.executable, str(PEERS / "modbus.py"), port_name], env=environment)
    try:
        yield
    finally:
        process.kill()
        process.wait()
