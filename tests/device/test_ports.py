"""Ports: every way of not opening one is a sentence that somebody can act on."""

import errno
import os
import pty
import socket
from pathlib import Path

import pytest
import serial
from serial.tools import list_ports

from rnprog.device.errors import BadPort, EmulatorUnusable, PortBusy, PortDenied, PortError, PortMissing
from rnprog.device.ports import list_serial_ports, open_port, split_bench


def refusal(url: str) -> PortError:
    with pytest.raises(PortError) as found:
        open_port(url).close()
    text = str(found.value)
    assert "Errno" not in text and "errno" not in text, text
    assert text.endswith((".", "?")), text
    return found.value


def test_a_missing_port_is_named_and_what_is_there_is_listed() -> None:
    error = refusal("/dev/rnprog-none")
    assert isinstance(error, PortMissing)
    assert "/dev/rnprog-none" in str(error)


def test_a_file_that_is_no_port(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a port")
    error = refusal(str(path))
    assert isinstance(error, PortMissing)
    assert str(path) in str(error)


def test_a_directory_is_no_port(tmp_path: Path) -> None:
    assert isinstance(refusal(str(tmp_path)), PortMissing)


def test_a_port_that_may_not_be_opened_says_whose_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ttyUSB7"
    path.touch()
    real = os.open

    def denied(name: object, *rest: object, **more: object) -> int:
        if name == str(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", denied)
    error = refusal(str(path))
    assert isinstance(error, PortDenied)
    assert "group" in str(error)


def test_a_port_that_another_program_holds() -> None:
    master, slave = pty.openpty()
    held = serial.Serial(os.ttyname(slave), exclusive=True)
    try:
        error = refusal(os.ttyname(slave))
        assert isinstance(error, PortBusy)
        assert "another program" in str(error)
    finally:
        held.close()
        os.close(slave)
        os.close(master)


def test_an_unknown_kind_of_port_lists_the_known_ones() -> None:
    error = refusal("bluetooth://x")
    assert isinstance(error, BadPort)
    assert "socket://" in str(error)


@pytest.mark.parametrize("url", ["socket://nonsense", "socket://127.0.0.1", "socket://127.0.0.1:99999"])
def test_a_socket_that_cannot_be_understood(url: str) -> None:
    assert isinstance(refusal(url), BadPort)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = refusal(f"socket://127.0.0.1:{port}")
    assert isinstance(error, PortMissing)
    assert "Nobody answers" in str(error)


@pytest.mark.parametrize("query", ["scenario=nope", "clock=sundial", "faults=earthquake", "seed=-1", "colour=red"])
def test_an_emulator_that_cannot_be_understood(query: str) -> None:
    error = refusal(f"emu://?{query}")
    assert isinstance(error, BadPort)


def test_an_emulated_device_that_is_in_use() -> None:
    first = open_port("emu://bob")
    try:
        error = refusal("emu://bob")
        assert isinstance(error, PortBusy)
        assert str(os.getpid()) in str(error)
    finally:
        first.close()


@pytest.mark.parametrize(
    "url, plain, bench",
    [
        ("socket://127.0.0.1:7?bench=127.0.0.1:8", "socket://127.0.0.1:7", "127.0.0.1:8"),
        ("/dev/pts/3?bench=127.0.0.1:8", "/dev/pts/3", "127.0.0.1:8"),
        ("socket://h:7?logging=debug&bench=127.0.0.1:8", "socket://h:7?logging=debug", "127.0.0.1:8"),
        ("emu://?scenario=healthy", "emu://?scenario=healthy", None),
        ("EMU://?seed=3", "EMU://?seed=3", None),
        ("/dev/ttyUSB0", "/dev/ttyUSB0", None),
    ],
)
def test_the_bench_address_is_taken_off_the_url(url: str, plain: str, bench: str | None) -> None:
    assert split_bench(url) == (plain, bench)


def test_ports_without_a_usb_identity_are_listed_only_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    usb, builtin = list_ports.comports.__globals__["SysFS"]("/dev/ttyUSB9"), list_ports.comports.__globals__["SysFS"]("/dev/ttyS9")
    usb.vid, usb.pid, usb.description = 0x0403, 0x6001, "FT232"
    monkeypatch.setattr(list_ports, "comports", lambda: [builtin, usb])
    assert [port.url for port in list_serial_ports()] == ["/dev/ttyUSB9"]
    assert len(list_serial_ports(everything=True)) == 2


def test_an_emulated_device_whose_state_is_of_another_one_is_no_missing_device() -> None:
    open_port("emu://bob").close()
    error = refusal("emu://bob?seed=3")
    assert isinstance(error, EmulatorUnusable)
    assert "seed 0" in str(error) and "seed 3" in str(error)


def test_an_emulated_device_that_nothing_can_be_kept_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").touch()
    monkeypatch.setenv("RNPROG_STATE_DIR", str(tmp_path / "taken"))
    assert isinstance(refusal("emu://bob"), EmulatorUnusable)
