"""`emu://` as a pyserial port: one short conversation in each clock, and everything that can go wrong in opening it."""

from __future__ import annotations

import errno
import json
import os
import threading
import time

import pytest
import serial

from rnprog.protocol.connection import Answer, DeviceEvent, HostConnection
from rnprog.protocol.image import encode_image, image_crc
from rnprog.protocol.messages import Burst, Commit, Heartbeat, Identify, OpenLink, ReadSlotInfo, ReadStatus, SetAmplitude, Stage, Validate
from rnprog.protocol.opcodes import Cause


@pytest.fixture(autouse=True)
def emulator(monkeypatch, tmp_path):
    packages = [*serial.protocol_handler_packages, "device_emulator.port"]
    monkeypatch.setattr(serial, "protocol_handler_packages", packages)
    monkeypatch.setenv("RNPROG_STATE_DIR", str(tmp_path))


def _open(url: str, timeout: float = 0.01):
    return serial.serial_for_url(url, timeout=timeout, write_timeout=0.4)


def _ask(port, host: HostConnection, request):
    port.write(host.send(request).data)
    end_s = port.clock.now_s() + 1.5
    while port.clock.now_s() < end_s:
        for item in host.receive(port.read(port.in_waiting or 1)):
            if isinstance(item, Answer):
                return item.reply
    raise AssertionError(f"no answer to {request}")


@pytest.mark.parametrize("url", ["emu://", "emu://?clock=wall&seed=5"])
def test_a_short_conversation(url, talk) -> None:
    host = HostConnection()
    with _open(url) as port:
        assert port.is_open and port.port == url and port.clock.virtual is ("wall" not in url)
        serial_number = _ask(port, host, Identify()).serial
        assert port.bench({"cmd": "hello"})["serial"] == serial_number
        _ask(port, host, OpenLink(1, 1004))
        _ask(port, host, talk(opened=False).arm())
        _ask(port, host, SetAmplitude(0, 500))
        _ask(port, host, Burst(1, 100))
        seen, end_s = [], port.clock.now_s() + 0.5
        while not seen and port.clock.now_s() < end_s:
            seen = [item.event.cause for item in host.receive(port.read(64)) if isinstance(item, DeviceEvent)]
        assert seen == [Cause.BURST_DONE]
        assert _ask(port, host, Heartbeat()).lease_remaining_ms == 800
        assert port.bench({"cmd": "feel", "side": "left"})["delivered_ua"] == 500
        port.write(host.stop())
        (answer,) = (item for item in host.receive(port.read(200)) if isinstance(item, Answer))
        assert answer.reply.ended_channels == 1
    assert not port.is_open
    with pytest.raises(serial.PortNotOpenError):
        port.read()
    port.close()


def test_virtual_time_moves_by_waiting_and_by_nothing_else() -> None:
    with _open("emu://", timeout=0.25) as port:
        assert port.read(10) == b"" and port.clock.now_s() == pytest.approx(0.25)
        port.clock.sleep(3_600.0)
        assert port.clock.now_s() == pytest.approx(3_600.25)
        assert port.bench({"cmd": "state"})["now_s"] == pytest.approx(3_600.25)
        assert port.clock.now_s() == port.clock.now_s()
        port.timeout = 0
        assert port.read(1) == b"" and port.clock.now_s() == pytest.approx(3_600.25)


def test_a_lease_ends_in_virtual_time_while_reading(talk) -> None:
    host = HostConnection()
    with _open("emu://", timeout=5.0) as port:
        for request in (Identify(), OpenLink(1, 1004), talk(opened=False).arm()):
            _ask(port, host, request)
        port.read(1)
        assert port.clock.now_s() == pytest.approx(0.8), "the read ends when the device speaks"


def test_heartbeats_from_another_thread_in_wall_time(talk) -> None:
    host = HostConnection()
    with _open("emu://?clock=wall", timeout=0.005) as port:
        for request in (Identify(), OpenLink(1, 1004), talk(opened=False).arm()):
            _ask(port, host, request)
        frames = [host.send(Heartbeat()).data for _ in range(40)]

        def beat() -> None:
            for frame in frames:
                port.write(frame)

        thread = threading.Thread(target=beat)
        thread.start()
        data = b""
        end_s = time.perf_counter() + 2.0
        while data.count(b"\x00") < 40 and time.perf_counter() < end_s:
            data += port.read(port.in_waiting or 1)
        thread.join()
        assert data.count(b"\x00") == 40


def test_wall_time_does_not_jump() -> None:
    with _open("emu://?clock=wall") as port:
        assert port.bench({"cmd": "advance", "seconds": 5})["ok"] is False
        assert port.bench({"cmd": "state"})["now_s"] < 2.0


def test_unplugged() -> None:
    host = HostConnection()
    with _open("emu://?faults=unplug@2") as port:
        _ask(port, host, Identify())
        port.write(host.send(Identify()).data)
        for action in (lambda: port.read(1), lambda: port.write(b"x"), lambda: port.in_waiting):
            with pytest.raises(serial.SerialException, match="unplugged"):
                action()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("emu://?colour=red", "Known are scenario, seed, clock, later, fault_seed, faults"),
        ("emu://?scenario=broken", "Known are healthy"),
        ("emu://?faults=broken", "Known are drop-byte"),
        ("emu://?clock=sun", "virtual or wall"),
        ("emu://?seed=-1", "whole number"),
        ("emu://?seed=1&seed=2", "twice"),
        ("emu://Clinic", "no name"),
        ("emu://a/b", "more behind the name"),
    ],
)
def test_a_wrong_url_is_one_sentence(url, says) -> None:
    with pytest.raises(serial.SerialException) as caught:
        _open(url)
    assert says in str(caught.value)


def test_a_name_keeps_its_memory_and_counts_boots(image) -> None:
    data = encode_image(image())
    crc = image_crc(data)
    host = HostConnection()
    with _open("emu://clinic?seed=8") as port:
        first = _ask(port, host, Identify())
        assert first.boot_count == 1
        for request in (OpenLink(1, 1004), Stage(2, 0, 48, data), Validate(2, crc), Commit(2, 0, crc)):
            _ask(port, host, request)
        port.clock.sleep(100.0)
    host = HostConnection()
    with _open("emu://clinic") as port:
        identity = _ask(port, host, Identify())
        assert (identity.boot_count, identity.serial) == (2, first.serial)
        _ask(port, host, OpenLink(1, 1004))
        info = _ask(port, host, ReadSlotInfo(2))
        assert (info.crc, info.revision) == (crc, 1)
        assert _ask(port, host, ReadStatus()).output_state == 0
        assert port.bench({"cmd": "state"})["unix_ms"] >= 1_767_603_700_000, "its clock went on"


def test_memory_is_on_disk_before_the_answer(image, tmp_path) -> None:
    data = encode_image(image())
    host = HostConnection()
    with _open("emu://clinic") as port:
        for request in (Identify(), OpenLink(1, 1004), Stage(2, 0, 48, data), Validate(2, image_crc(data)), Commit(2, 0, image_crc(data))):
            _ask(port, host, request)
        copy = (tmp_path / "emulator" / "clinic.json").read_bytes()
    (tmp_path / "emulator" / "other.json").write_bytes(copy)
    host = HostConnection()
    with _open("emu://other") as port:
        for request in (Identify(), OpenLink(1, 1004)):
            _ask(port, host, request)
        assert _ask(port, host, ReadSlotInfo(2)).revision == 1


def test_a_taken_name_says_by_whom() -> None:
    with _open("emu://clinic"):
        with pytest.raises(serial.SerialException) as caught:
            _open("emu://clinic")
        assert caught.value.errno == errno.EBUSY and str(os.getpid()) in str(caught.value)
        _open("emu://other").close()
    _open("emu://clinic").close()


def test_a_damaged_state_is_refused_and_stays(tmp_path) -> None:
    _open("emu://clinic").close()
    path = tmp_path / "emulator" / "clinic.json"
    path.write_text("{}")
    with pytest.raises(serial.SerialException, match="damaged"):
        _open("emu://clinic")
    assert path.read_text() == "{}"
    path.unlink()
    _open("emu://clinic").close()


def test_truth_file(tmp_path, talk) -> None:
    host = HostConnection()
    path = tmp_path / "truth.jsonl"
    with _open(f"emu://?truth={path}") as port:
        for request in (Identify(), OpenLink(1, 1004), talk(opened=False).arm(), SetAmplitude(0, 500), Burst(1, 100)):
            _ask(port, host, request)
        assert [json.loads(line)["amplitude_ma"] for line in path.read_text().splitlines()[1:]] == [0.5], "written while it runs"
        port.clock.sleep(1.0)
    causes = [json.loads(line)["cause"] for line in path.read_text().splitlines()[1:]]
    assert causes == ["burst", "burst-done"]


def test_what_every_port_can() -> None:
    with _open("emu://") as port:
        assert (port.cts, port.dsr, port.ri, port.cd, port.out_waiting) == (True, True, False, True, 0)
        port.dtr = port.rts = False
        port.baudrate = 9_600
        port.write(HostConnection().send(Identify()).data)
        port.flush()
        assert port.in_waiting > 20
        port.reset_input_buffer()
        port.reset_output_buffer()
        port.cancel_read()
        port.cancel_write()
        assert port.in_waiting == 0 and port.read(0) == b""
        with pytest.raises(serial.SerialException, match="open already"):
            port.open()


@pytest.mark.parametrize("clock", ["virtual", "wall"])
def test_a_state_that_cannot_be_kept_is_an_error_of_the_port(tmp_path, clock, talk) -> None:
    host = HostConnection()
    port = _open(f"emu://clinic?clock={clock}")
    for request in (Identify(), OpenLink(1, 1004)):
        _ask(port, host, request)
    (tmp_path / "emulator" / "clinic.json.tmp").mkdir()
    with pytest.raises(serial.SerialException, match="cannot be written"):
        _ask(port, host, talk(opened=False).arm())
    with pytest.raises(serial.SerialException, match="cannot be written"):
        port.close()
    assert not port.is_open
    (tmp_path / "emulator" / "clinic.json.tmp").rmdir()
    _open("emu://clinic").close()


@pytest.mark.parametrize("clock", ["virtual", "wall"])
def test_a_device_that_reads_nothing_lets_a_write_time_out(clock) -> None:
    with _open(f"emu://?clock={clock}&faults=stuck@1") as port:
        host = HostConnection()
        port.write(host.send(Identify()).data)
        before_s = port.clock.now_s()
        with pytest.raises(serial.SerialTimeoutException):
            port.write(host.stop())
        assert port.clock.now_s() - before_s == pytest.approx(0.4, abs=0.1)
        port.bench({"cmd": "fault", "spec": ""})
        port.write(host.stop())
        assert port.read(30)


def test_a_device_that_resets_when_it_is_opened() -> None:
    with _open("emu://?faults=reset-on-open") as port:
        assert _ask(port, HostConnection(), Identify()).boot_count == 2
