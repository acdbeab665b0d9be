"""Faults on a real port: what only a process with a line of its own can show."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys

import pytest
import serial

from device_emulator.__main__ import main
from device_emulator.faults import FAULTS, limited_on
from rnprog.protocol.connection import Answer, HostConnection
from rnprog.protocol.messages import Identify, Ping

PATIENCE_S = 10.0


@contextlib.contextmanager
def _emulator(*options: str):
    command = [sys.executable, "-m", "device_emulator", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0


def _ask(port, request):
    host = HostConnection()
    port.write(host.send(request).data)
    while data := port.read(port.in_waiting or 1):
        for item in host.receive(data):
            if isinstance(item, Answer):
                return item.reply
    raise AssertionError("no answer")


def _bench(ready, command: dict[str, object]) -> dict[str, object]:
    host, _, port = ready["bench"].rpartition(":")
    with socket.create_connection((host, int(port)), PATIENCE_S) as stream, stream.makefile("rw", encoding="ascii") as file:
        file.write(json.dumps(command) + "\n")
        file.flush()
        return json.loads(file.readline())


def test_a_device_that_resets_when_its_tcp_port_is_opened() -> None:
    with _emulator("--tcp", "127.0.0.1:0", "--faults", "reset-on-open") as ready:
        for count in (2, 3):
            with serial.serial_for_url(ready["port"], timeout=PATIENCE_S) as port:
                assert _ask(port, Identify()).boot_count == count


def test_writes_to_a_stuck_device_block() -> None:
    with _emulator("--pty", "--faults", "stuck@1") as ready, serial.Serial(ready["port"], timeout=PATIENCE_S, write_timeout=0.1) as port:
        assert _ask(port, Identify()).boot_count == 1
        with pytest.raises(serial.SerialTimeoutException):
            for _ in range(200):
                port.write(bytes(1_000))
        assert _bench(ready, {"cmd": "state"})["faults"] == "stuck@1", "the bench still answers"
        assert _bench(ready, {"cmd": "fault", "spec": ""})["ok"]
        port.reset_output_buffer()
        port.write(b"\x00")
        assert _ask(port, Identify()).boot_count == 1


def test_a_babbling_device_still_hears_the_bench() -> None:
    with _emulator("--pty", "--faults", "babble=1000000") as ready:
        descriptor = os.open(ready["port"], os.O_RDWR | os.O_NOCTTY)
        try:
            seen = 0
            while seen < 200_000:
                assert select.select([descriptor], [], [], PATIENCE_S)[0]
                seen += len(os.read(descriptor, 65_536))
            assert _bench(ready, {"cmd": "fault", "spec": ""})["ok"]
        finally:
            os.close(descriptor)


def test_faults_by_id_and_while_it_runs() -> None:
    with _emulator("--pty", "--faults", "L2") as ready, serial.Serial(ready["port"], timeout=PATIENCE_S) as port:
        assert _bench(ready, {"cmd": "state"})["faults"] == "L2"
        assert not _bench(ready, {"cmd": "fault", "spec": "L99"})["ok"]
        assert _bench(ready, {"cmd": "fault", "spec": "serial-change@1"})["ok"]
        before = _bench(ready, {"cmd": "hello"})["serial"]
        assert _ask(port, Ping(b"x"))
        assert _bench(ready, {"cmd": "hello"})["serial"] != before


def test_a_damaged_state_file_is_kept(tmp_path, capsys) -> None:
    state = tmp_path / "device.json"
    state.write_text("{}")
    for _ in range(2):
        assert main(["--tcp", "127.0.0.1:0", "--state", str(state)]) == 65
        said = capsys.readouterr().err
        assert "damaged" in said and "device.json.damaged-" in said and len(said.splitlines()) == 1
    assert state.read_text() == "{}" and len(list(tmp_path.glob("*.damaged-*"))) == 1


def test_a_fault_that_does_nothing_on_a_line_is_refused_at_the_start(capsys) -> None:
    assert main(["--pty", "--faults", "delay=0.01,reset-on-open"]) == 2
    said = capsys.readouterr()
    assert (
        "reset-on-open is of no use here: on a pseudo-terminal" in said.err and FAULTS["reset-on-open"].limit in said.err and not said.out
    )
    assert main(["--faults", "L18"]) == 2, "a pseudo-terminal is the default"


@pytest.mark.parametrize(
    ("line", "name", "spec"),
    [("--pty", "stuck", "stuck@5"), ("--pty", "wrong-baud", "L12"), ("--pty", "swap-device", "swap-device@6"), ("--tcp", "stuck", "L8")],
)
def test_the_limit_of_a_fault_is_said_at_the_start(tmp_path, capsys, line, name, spec) -> None:
    """A damaged state ends it right after."""
    state = tmp_path / "device.json"
    state.write_text("nonsense")
    where = [line, *(["127.0.0.1:0"] if line == "--tcp" else [])]
    assert main([*where, "--faults", spec, "--state", str(state)]) == 65
    note, refused = capsys.readouterr().err.splitlines()
    assert note == f"rnprog-emulator: Note on the fault {name}: {FAULTS[name].limit}." and "damaged" in refused


def test_every_limit_of_a_line_names_that_line() -> None:
    """And those without one hold everywhere."""
    for kind in FAULTS.values():
        assert bool(kind.limited_on) == ("pseudo-terminal" in kind.limit or "PTY" in kind.limit)
        assert not kind.nothing_there or kind.limited_on
    assert not limited_on("delay=0.1,reset-on-open", "tcp") and not limited_on("", "pty")
