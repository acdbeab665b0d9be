"""The bench channel proves an emulator; a device's own word does not."""

import socket
import threading

import pytest

from rnprog.device.bench import Bench
from rnprog.device.errors import BadPort, DeviceError
from rnprog.device.link import Link
from tests.device.rig import Rig, emulator


def test_the_port_of_the_emulator_is_its_bench_channel(rig: Rig) -> None:
    assert rig.bench.there
    assert rig.bench.proves(rig.device.identity.serial)
    assert not rig.bench.proves("RN1-E0000009")


def test_a_closed_channel_is_not_there(rig: Rig) -> None:
    rig.bench.close()
    assert not rig.bench.there
    with pytest.raises(DeviceError, match="no bench channel"):
        rig.bench.ask({"cmd": "hello"})


def test_a_wrong_command_is_refused_in_words(rig: Rig) -> None:
    with pytest.raises(DeviceError, match="refused"):
        rig.bench.ask({"cmd": "make coffee"})


def test_over_tcp_it_is_another_address() -> None:
    with emulator("--pty") as running:
        link = Link(running.url)
        try:
            bench = Bench(link)
            assert bench.proves(running.serial)
            bench.close()
            assert not bench.there
        finally:
            link.close()


@pytest.mark.parametrize("address", ["example.org:80", "127.0.0.1", "127.0.0.1:x", ""])
def test_only_this_computer_has_a_bench(address: str) -> None:
    link = Link("emu://")
    link.port, real = object(), link.port
    link.bench_address = address or "10.0.0.1:7"
    try:
        with pytest.raises(BadPort):
            Bench(link)
    finally:
        link.port = real
        link.close()


@pytest.mark.parametrize("answer", [b"", b"no json\n", b"[]\n", b'{"ok": false}\n', b'{"ok": 1}\n', b"[" * 99_999 + b"\n"])
def test_a_channel_that_talks_nonsense_proves_nothing(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(4096)
                client.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        link = Link("emu://")
        link.port, real = object(), link.port
        link.bench_address = f"127.0.0.1:{server.getsockname()[1]}"
        bench = Bench(link)
        try:
            assert not bench.proves("RN1-E0000000")
        finally:
            bench.close()
            serving.join()
            link.port = real
            link.close()
