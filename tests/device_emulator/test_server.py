"""The emulator as a process: TCP and pseudo-terminal, bench channel, signals, exit codes."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time

import pytest

from device_emulator.__main__ import main
from device_emulator.address import parse_address
from device_emulator.faults import FAULTS
from device_emulator.scenarios import ALIASES, SCENARIOS, scenario_named
from rnprog.protocol.connection import Answer, HostConnection
from rnprog.protocol.messages import Burst, Heartbeat, Identify, OpenLink, ReadStatus, Refused, SetAmplitude

PATIENCE_S = 10.0


@contextlib.contextmanager
def _emulator(*options: str):
    """(process, what it said when it was ready)"""
    command = [sys.executable, "-m", "device_emulator", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None and select.select([process.stdout], [], [], PATIENCE_S)[0]
            yield process, json.loads(process.stdout.readline())
        finally:
            if process.poll() is None:
                process.terminate()
            assert process.stderr is not None
            assert process.wait(PATIENCE_S) in (0, -signal.SIGKILL), process.stderr.read()


class Stream:
    """The host's end of a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.host = HostConnection()

    def ask(self, request):
        os.write(self.descriptor, self.host.send(request).data)
        return self._answer()

    def stop(self):
        os.write(self.descriptor, self.host.stop())
        return self._answer()

    def _answer(self):
        end_s = time.monotonic() + PATIENCE_S
        while select.select([self.descriptor], [], [], max(0.0, end_s - time.monotonic()))[0]:
            for item in self.host.receive(os.read(self.descriptor, 4_096)):
                if isinstance(item, Answer):
                    return item.reply
        raise AssertionError("no answer")

    def closed(self) -> bool:
        assert select.select([self.descriptor], [], [], PATIENCE_S)[0]
        try:
            return os.read(self.descriptor, 1) == b""
        except OSError:
            return True


def _connect(ready) -> socket.socket:
    host, _, port = ready["port"].removeprefix("socket://").rpartition(":")
    return socket.create_connection((host, int(port)), PATIENCE_S)


def _bench(ready, *lines: str) -> list[dict[str, object]]:
    host, _, port = ready["bench"].rpartition(":")
    with socket.create_connection((host, int(port)), PATIENCE_S) as stream, stream.makefile("rw", encoding="ascii") as file:
        answers = []
        for line in lines:
            file.write(line + "\n")
            file.flush()
            answers.append(json.loads(file.readline()))
        return answers


def _conversation(stream: Stream, arm) -> None:
    identity = stream.ask(Identify())
    assert identity.model == "RN-1" and identity.flags & 1
    for request in (OpenLink(1, 1004), arm, SetAmplitude(0, 500), Burst(1, 60_000), Heartbeat()):
        assert not isinstance(stream.ask(request), Refused)
    assert stream.ask(ReadStatus()).left_output_ua == 500
    assert stream.stop().ended_channels == 1
    assert stream.ask(ReadStatus()).output_state == 0


def test_tcp(talk, tmp_path) -> None:
    arm, began_s = talk(opened=False).arm(), time.monotonic()
    with _emulator("--tcp", "127.0.0.1:0", "--seed", "5", "--truth", str(tmp_path / "truth.jsonl")) as (_, ready):
        assert ready["emulator"] == "rnprog-emulator" and ready["url"] == f"{ready['port']}?bench={ready['bench']}"
        with _connect(ready) as first:
            _conversation(Stream(first.fileno()), arm)
            with _connect(ready) as second:
                assert Stream(second.fileno()).closed(), "one client at a time"
            stream = Stream(first.fileno())
            for request in (Identify(), OpenLink(1, 1004), arm):
                stream.ask(request)
        hello, nonsense, array, unknown, felt = _bench(
            ready, '{"cmd": "hello"}', "nonsense", "[]", '{"cmd": "x"}', '{"cmd": "feel", "side": "left"}'
        )
        assert hello["serial"] == "RN1-E0000005" and felt["burst"] == 1
        assert not any(answer["ok"] for answer in (nonsense, array, unknown))
        end_s = time.monotonic() + PATIENCE_S
        while _bench(ready, '{"cmd": "state"}')[0]["armed_channels"]:
            assert time.monotonic() < end_s, "the lease ends what a lost client left"
        with _connect(ready) as again:
            identity = Stream(again.fileno()).ask(Identify())
            assert identity.boot_count == 1, "the device lived on"
    told = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()][1:]
    assert [line["cause"] for line in told] == ["burst", "stop"]
    assert began_s < told[0]["t_s"] < told[1]["t_s"] < time.monotonic(), "t_s is the machine's monotonic clock"
    assert told[0]["side"] == "left" and (told[0]["width_us"], told[0]["rate_hz"]) == (214, 20.0) and told[1]["amplitude_ma"] == 0


def test_pty(talk) -> None:
    with _emulator("--pty") as (_, ready):
        for _ in range(2):
            descriptor = os.open(ready["port"], os.O_RDWR | os.O_NOCTTY)
            try:
                _conversation(Stream(descriptor), talk(opened=False).arm())
            finally:
                os.close(descriptor)


@pytest.mark.parametrize("where", [["--pty"], ["--tcp", "127.0.0.1:0"]])
def test_unplug(where) -> None:
    with _emulator(*where, "--faults", "unplug@2") as (_, ready):
        connected = contextlib.closing(_connect(ready)) if "--tcp" in where else None
        descriptor = connected.thing.fileno() if connected else os.open(ready["port"], os.O_RDWR | os.O_NOCTTY)
        try:
            stream = Stream(descriptor)
            stream.ask(Identify())
            os.write(descriptor, stream.host.send(Identify()).data)
            assert stream.closed()
        finally:
            connected.thing.close() if connected else os.close(descriptor)
        assert _bench(ready, '{"cmd": "state"}')[0]["unplugged"] is True


def test_state_survives_a_kill(tmp_path) -> None:
    state = tmp_path / "device.json"
    with _emulator("--tcp", "127.0.0.1:0", "--state", str(state)) as (process, ready):
        with _connect(ready) as client:
            assert Stream(client.fileno()).ask(Identify()).boot_count == 1
        process.kill()
        process.wait()
    with _emulator("--tcp", "127.0.0.1:0", "--state", str(state)) as (_, ready):
        with _connect(ready) as client:
            assert Stream(client.fileno()).ask(Identify()).boot_count == 2
        assert main(["--tcp", "127.0.0.1:0", "--state", str(state)]) == 75


def test_interrupt_ends_cleanly() -> None:
    with _emulator("--pty") as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0


def test_a_port_in_use(capsys) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert main(["--tcp", address]) == 75
    said = capsys.readouterr()
    assert address in said.err and f"by process {os.getpid()} (" in said.err and len(said.err.splitlines()) == 1 and not said.out


def test_the_bench_port_in_use_is_named(capsys) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert main(["--tcp", "127.0.0.1:0", "--bench", address]) == 75
    said = capsys.readouterr().err
    assert said.startswith(f"rnprog-emulator: The port of --bench {address} is in use by process {os.getpid()} (")
    assert "--tcp" not in said and "127.0.0.1:0" not in said


def test_a_damaged_state(tmp_path, capsys) -> None:
    state = tmp_path / "device.json"
    state.write_text("nonsense")
    assert main(["--tcp", "127.0.0.1:0", "--state", str(state)]) == 65
    assert "damaged" in capsys.readouterr().err and state.read_text() == "nonsense"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--scenario", "broken"], "Known are healthy"),
        (["--faults", "broken"], "Known are drop-byte"),
        (["--tcp", "0.0.0.0:7411"], "this computer only"),
        (["--tcp", "7411"], "HOST:PORT"),
        (["--tcp", "127.0.0.1:99999"], "a port from 0 (any free one) to 65535"),
        (["--tcp", "127.0.0.1:²"], "HOST:PORT"),
        (["--seed", "x"], "whole number"),
        (["--tcp", "127.0.0.1:0", "--pty"], "not allowed with"),
        (["--colour"], "unrecognized"),
    ],
)
def test_usage(options, says, capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main(options)
    assert caught.value.code == 2 and says in capsys.readouterr().err


def test_list(capsys) -> None:
    assert main(["--list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in listed["scenarios"]] == list(SCENARIOS)
    assert [row["name"] for row in listed["faults"]] == list(FAULTS) and all(row["summary"] for row in listed["faults"])
    identifiers = {word for row in listed["faults"] for word in row["id"].split(", ")}
    assert identifiers == {row["id"] for row in listed["catalogue"]} and len(identifiers) == 36
    assert main(["--list"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in [*SCENARIOS, *FAULTS, *ALIASES])
    assert {also: row["name"] for row in listed["scenarios"] for also in row["also"]} == ALIASES
    with pytest.raises(ValueError, match=r"foreign-program \(or stale-program\)"):
        scenario_named("broken")


def test_help_shows_an_example_and_says_emulator(capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    out = capsys.readouterr().out
    assert caught.value.code == 0 and "EMULATOR" in out and "rnprog-emulator --tcp 127.0.0.1:7411" in out


def test_addresses() -> None:
    assert parse_address("127.0.0.1:0") == ("127.0.0.1", 0)
    assert parse_address("[::1]:80") == ("::1", 80)
