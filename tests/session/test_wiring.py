"""Putting an appointment together and taking it apart: whatever the way out, what is armed is stopped and the record tells it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rnprog.device.bench import Bench
from rnprog.device.link import Link
from rnprog.device.lock import PortLock
from rnprog.device.runtime import port_file
from rnprog.protocol.opcodes import Opcode
from rnprog.session.audit import audit
from rnprog.session.mode import Mode
from rnprog.session.observers import ObserverError, Scripted, Simulated
from rnprog.session.outcomes import StopConfirmed
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble, TroubleKind
from tests.device.rig import ROOT, Emulator, emulator, truth_of, until
from tests.session.desk import Desk, armed, faulty, give, given, state

# coming in


@pytest.mark.parametrize(
    "url, kind",
    [
        ("emu://?scenario=deaf", TroubleKind.NO_DEVICE),
        ("emu://?scenario=junk", TroubleKind.MISMATCH),
        ("emu://?scenario=other-device", TroubleKind.MISMATCH),
        ("emu://?scenario=unknown-firmware", TroubleKind.MISMATCH),
        ("emu://?scenario=nope", TroubleKind.BAD_PORT),
        ("socket://127.0.0.1:1", TroubleKind.NO_DEVICE),
        ("socket://x", TroubleKind.BAD_PORT),
        ("/dev/rnprog-none", TroubleKind.NO_DEVICE),
        ("bluetooth://x", TroubleKind.BAD_PORT),
    ],
)
def test_what_cannot_be_had_is_said_and_nothing_is_left_behind(desk: Desk, url: str, kind: TroubleKind) -> None:
    for _ in range(2):
        with pytest.raises(Trouble) as trouble, desk.open(url):
            pass
        assert trouble.value.kind is kind
        assert "No stimulation was started" in str(trouble.value)
    assert not desk.record_dir.exists()


def test_another_serial_number_is_turned_away(desk: Desk) -> None:
    with pytest.raises(Trouble) as trouble, desk.open("emu://?seed=3", serial="RN1-E0000004"):
        pass
    assert trouble.value.kind is TroubleKind.WRONG_DEVICE


def test_a_port_that_is_held_names_the_holder(desk: Desk) -> None:
    with desk.open("emu://bob"), pytest.raises(Trouble) as trouble, desk.open("emu://bob"):
        pass
    assert trouble.value.kind is TroubleKind.BUSY and str(os.getpid()) in str(trouble.value)


def test_connecting_only_reads(desk: Desk) -> None:
    with desk.open("emu://"):
        assert desk.tape.opcodes() == [Opcode.IDENTIFY, Opcode.LINK_OPEN, Opcode.CAPABILITIES, Opcode.STATUS]


@pytest.mark.parametrize("url", ["emu://bob", "tcp"])
def test_without_a_place_for_the_record_nothing_is_started_and_nothing_leaks(desk: Desk, tmp_path: Path, url: str) -> None:
    (tmp_path / "file").write_text("")
    with emulator("--tcp", "127.0.0.1:0") as running:
        port = running.url if url == "tcp" else url
        for _ in range(2):
            with pytest.raises(Trouble) as trouble, desk.open(port, record_dir=tmp_path / "file" / "records"):
                pass
            assert trouble.value.kind is TroubleKind.RECORD
            assert "Nothing was started" in str(trouble.value)
        with desk.open(port) as session:
            assert state(session)["armed_channels"] == 0


def test_without_a_door_for_stop_nothing_is_started_and_nothing_leaks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket.bind

    def bind(self: socket.socket, address: Any) -> None:
        if isinstance(address, str):
            raise OSError("AF_UNIX path too long")
        real(self, address)

    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "bind", bind)
        with pytest.raises(Trouble), desk.open("emu://bob"):
            pass
    assert not list(desk.record_dir.glob("*.reserve")), "its reserve is given back"
    PortLock("emu://bob").release()
    with desk.open("emu://bob"):
        pass


def test_the_first_line_says_who_what_and_with_what(desk: Desk) -> None:
    with desk.open("emu://?seed=2", patient="P-17"):
        pass
    first = desk.lines()[0]["data"]
    assert (first["serial"], first["model"], first["mode"]) == ("RN1-E0000002", "RN-1", "emulator")
    assert (first["patient"], first["command"], first["authentication"]) == ("P-17", "test", "none")
    assert "Not a medical device" in first["notice"]


# is it an emulator?


def test_only_a_bench_channel_proves_an_emulator(desk: Desk) -> None:
    with emulator("--tcp", "127.0.0.1:0") as running:
        with desk.open(running.url) as session:
            assert session.mode is Mode.EMULATOR
        with desk.open(running.port) as session:
            assert session.mode is Mode.CLAIMED
            with pytest.raises(ObserverError):
                Simulated(session.bench)


def test_the_bench_channel_of_another_emulator_proves_nothing_and_answers_for_nobody(desk: Desk, tmp_path: Path) -> None:
    """A real device on the port and some emulator beside it: no script may answer for the patient."""
    script = tmp_path / "answers"
    script.write_text("none\n")
    with (
        emulator("--tcp", "127.0.0.1:0") as one,
        emulator("--pty", "--seed", "4") as other,
        desk.open(f"{one.port}?bench={other.bench_address}") as session,
    ):
        assert session.mode is Mode.CLAIMED
        for observer in (lambda: Simulated(session.bench), lambda: Scripted(script, session.bench)):
            with pytest.raises(ObserverError):
                observer()
    assert desk.lines()[0]["data"]["mode"] != "emulator"


# going out


class Bang(Exception):
    pass


@pytest.mark.parametrize("bang", [Bang, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError])
def test_whatever_is_raised_the_output_is_off_and_the_record_closed(desk: Desk, bang: type[BaseException]) -> None:
    kept: list[Any] = []
    with pytest.raises(bang), desk.open() as session:
        stimulation = armed(session)
        given(stimulation, "0.5")
        session.wait(0.3)
        port = session.device.link.port
        kept.append(port._line._host)
        session.device.burst((stimulation.side,), Decimal(20))
        raise bang("!")
    device = kept[0].device
    assert device.rn1.core.output.armed == 0
    assert device.truth.changes[-1].amplitude_ua == 0 and device.truth.changes[-1].cause == "stop"
    assert desk.kinds()[-2:] == ["stop", "close"]
    assert desk.lines()[-1]["data"]["output_left"] == "off"
    assert audit(desk.records()[-1]).good


def test_a_block_that_ends_with_a_side_armed_stops_it(desk: Desk) -> None:
    with desk.open() as session:
        armed(session)
        host = session.device.link.port._line._host
    assert host.device.rn1.core.output.armed == 0
    assert desk.kinds()[-2:] == ["stop", "close"]
    assert desk.lines()[-1]["data"]["output_left"] == "off"


def test_when_the_stop_is_not_confirmed_the_record_does_not_say_off(desk: Desk) -> None:
    with pytest.raises(Bang), desk.open() as session:
        armed(session)
        faulty(session, "nak-stop")
        raise Bang
    assert desk.lines()[-2]["data"]["confirmed"] is False
    assert desk.lines()[-1]["data"]["output_left"] == "unknown"


def test_when_the_cable_is_out_the_record_does_not_say_off(desk: Desk) -> None:
    with pytest.raises(Halted), desk.open() as session:
        armed(session)
        faulty(session, "unplug@1")
        session.wait(2)
    assert desk.lines()[-1]["data"]["output_left"] == "unknown"


def test_nothing_is_left_behind(desk: Desk) -> None:
    with desk.open("emu://bob") as session:
        armed(session)
        assert Path(port_file("emu://bob", ".stop")).exists()
    assert not Path(port_file("emu://bob", ".stop")).exists()
    assert not list(desk.record_dir.glob("*.reserve"))
    PortLock("emu://bob").release()


CHILD = """
import signal, sys
from pathlib import Path
from tests.session.desk import Desk, armed, give, given
def leave(number, frame):
    raise SystemExit(128 + number)
signal.signal(signal.SIGTERM, leave)
if hasattr(signal, 'SIGHUP'):
    signal.signal(signal.SIGHUP, leave)
with Desk(Path(sys.argv[2])).open(sys.argv[1]) as session:
    stimulation = armed(session)
    given(stimulation, '0.5', duration_s='0.1')
    session.wait(0.3)
    print('ready', flush=True)
    give(stimulation, '0.5', '30')
"""


@pytest.fixture(scope="module")
def place() -> Iterator[Emulator]:
    """A device behind a real line that outlives its programmers."""
    running = Emulator("--tcp", "127.0.0.1:0")
    yield running
    running.end()


def bench_of(place: Emulator) -> tuple[Bench, Link]:
    link = Link("emu://")
    link.port, real = object(), link.port
    link.bench_address = place.bench_address
    bench = Bench(link)
    link.port = real
    return bench, link


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda s: s.name)
def test_a_signal_in_the_middle_of_a_burst_leaves_the_device_off(place: Emulator, tmp_path: Path, number: signal.Signals) -> None:
    """With STOP and a closed record where the process may still act; by the lease, within a second, where it may not (kill -9)."""
    bench, link = bench_of(place)
    child = subprocess.Popen([sys.executable, "-c", CHILD, place.port, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        until(lambda: truth_of(bench).flowing()[0] > 0, 5, "the burst")
        signalled_s = truth_of(bench).now_s
        child.send_signal(number)
        until(lambda: truth_of(bench).off, 3, "the end of the output")
        assert truth_of(bench).last_on_s() - signalled_s <= (1.0 if number == signal.SIGKILL else 0.5)
        child.wait(10)
        (record,) = tmp_path.glob("*.jsonl")
        found = audit(record)
        assert found.good
        assert found.closed is (number != signal.SIGKILL)
        if found.closed:
            kinds = [json.loads(row)["kind"] for row in record.read_bytes().splitlines()]
            assert kinds[-2:] == ["stop", "close"]
    finally:
        if child.poll() is None:
            child.kill()
        child.wait(10)
        if child.stdout is not None:
            child.stdout.close()
        bench.close()
        link.close()


VISITOR = """
import socket, sys
from rnprog.device.runtime import port_file
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
    door.settimeout(5)
    door.connect(port_file(sys.argv[1], '.stop'))
    door.sendall(b'stop\\n')
    print(door.recv(65536).decode(), end='', flush=True)
"""


def test_another_process_stops_a_burst_through_the_door(place: Emulator, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(Halted) as halted, desk.open(place.url) as session:
        stimulation = armed(session)
        given(stimulation, "0.5", duration_s="0.1")
        session.wait(0.3)
        visitor: list[subprocess.Popen[str]] = []

        def knock() -> bool:
            if not visitor and stimulation.titration.log[-1].answer is None:
                visitor.append(subprocess.Popen([sys.executable, "-c", VISITOR, place.port], stdout=subprocess.PIPE, text=True, cwd=ROOT))
            return False

        session.stop_asked = knock
        try:
            give(stimulation, "0.5", "30")
        finally:
            after = truth_of(session.bench)
            out, _ = visitor[0].communicate(timeout=10)
    assert isinstance(halted.value.outcome, StopConfirmed)
    assert after.off
    said = json.loads(out)
    assert said["confirmed"] is True and said["pid"] == os.getpid()
    assert "left" in said["words"]["happened"]
    stops = [line["data"] for line in desk.lines() if line["kind"] == "stop"]
    assert [stop["cause"] for stop in stops] == ["another process asked for it"]
    assert desk.kinds()[-1] == "close"


def test_the_stop_command_reaches_a_holder(place: Emulator, tmp_path: Path) -> None:
    """The console script itself, while this process holds the port."""
    desk = Desk(tmp_path)
    with desk.open(place.url) as session:
        armed(session)
        code = "import sys; from rnprog.entry import main; sys.exit(main(['stop', '--port', sys.argv[1], '--json']))"
        done = subprocess.run([sys.executable, "-c", code, place.port], capture_output=True, text=True, cwd=ROOT, timeout=20, check=False)
        assert done.returncode == 0, done.stderr
        assert state(session)["armed_channels"] == 0
        assert session.halted is not None
    assert isinstance(session.halted, StopConfirmed)
