"""The ground truth as a file: runs that can be told apart, and a file that cannot be written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import serial

from device_emulator.__main__ import main
from device_emulator.host import Host
from device_emulator.port.url import parse_url
from device_emulator.store import StateBusy, StateUnwritable
from device_emulator.truth_file import TruthFile
from rnprog.protocol.messages import Burst, SetAmplitude

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no disk that is always full")


def fill_the_disk_of(host: Host) -> None:
    """From now on nothing can be written to its ground truth."""
    reader, writer = os.pipe()
    os.close(reader)
    assert host._truth is not None
    os.dup2(writer, host._truth._handle)
    os.close(writer)


def a_run(talk, path: Path, seed: int = 0, wait_s: float = 0.2) -> None:
    host = Host("healthy", seed, virtual=True, truth=path)
    spoken = talk(opened=False)
    spoken.device = host.device
    spoken.open()
    for request in (spoken.arm(), SetAmplitude(0, 500), Burst(1, 100)):
        spoken.done(request)
    host.advance(wait_s)
    host.close()


def test_runs_in_one_file_can_be_told_apart(tmp_path, talk) -> None:
    path = tmp_path / "truth.jsonl"
    for seed in (3, 4):
        a_run(talk, path, seed)
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["run"], line.get("schema"), line.get("seed"), line.get("cause")) for line in told] == [
        (1, "rnprog-emulator.truth/1", 3, None),
        (1, None, None, "burst"),
        (1, None, None, "burst-done"),
        (2, "rnprog-emulator.truth/1", 4, None),
        (2, None, None, "burst"),
        (2, None, None, "burst-done"),
    ]
    assert (told[3]["serial"], told[3]["clock"], told[3]["scenario"], told[3]["months"]) == ("RN1-E0000004", "virtual", "healthy", 0)


def test_a_run_that_was_cut_off_in_a_line_spoils_nothing(tmp_path, talk) -> None:
    path = tmp_path / "truth.jsonl"
    a_run(talk, path)
    path.write_bytes(path.read_bytes()[:-20])
    a_run(talk, path)
    assert json.loads(path.read_text().splitlines()[3])["run"] == 2


def test_one_writer_at_a_time_and_no_foreign_file(tmp_path, capsys) -> None:
    path = tmp_path / "truth.jsonl"
    first = TruthFile(path)
    with pytest.raises(StateBusy, match=f"by process {os.getpid()}"):
        TruthFile(path)
    first.close()
    TruthFile(path).close()
    notes = tmp_path / "notes.toml"
    notes.write_text("[person]\nsubject = 4\n")
    assert main(["--tcp", "127.0.0.1:0", "--truth", str(notes)]) == 73
    said = capsys.readouterr().err
    assert "something else" in said and str(notes) in said and notes.read_text() == "[person]\nsubject = 4\n"


@needs_full
def test_a_full_disk_at_the_start_is_told_in_one_sentence(capsys) -> None:
    assert main(["--tcp", "127.0.0.1:0", "--truth", str(FULL)]) == 73
    said = capsys.readouterr().err
    assert (
        "ground truth cannot be written to /dev/full: No space left on device. No device was started." in said
        and len(said.splitlines()) == 1
    )


def test_a_disk_that_fills_up_ends_output_and_device(tmp_path, talk) -> None:
    host = Host("healthy", 0, virtual=True, truth=tmp_path / "truth.jsonl")
    spoken = talk(opened=False)
    spoken.device = host.device
    spoken.open()
    for request in (spoken.arm(), SetAmplitude(0, 500)):
        spoken.done(request)
    fill_the_disk_of(host)
    with pytest.raises(StateUnwritable, match="its output is off"):
        host.receive(spoken.host.send(Burst(1, 2_000)).data)
    assert host.device.rn1.core.flowing_ua == (0, 0)
    with pytest.raises(StateUnwritable):
        host.close()


def test_a_port_says_it_with_the_same_sentence(tmp_path, talk, monkeypatch) -> None:
    monkeypatch.setattr(serial, "protocol_handler_packages", [*serial.protocol_handler_packages, "device_emulator.port"])
    port = serial.serial_for_url(f"emu://?scenario=therapy-running&truth={tmp_path / 'truth.jsonl'}")
    fill_the_disk_of(port._line._host)
    for action in (lambda: port.bench({"cmd": "advance", "seconds": 60}), lambda: port.write(b"x"), port.close):
        with pytest.raises(serial.SerialException, match=r"ground truth cannot be written .* its output is off"):
            action()
    assert not port.is_open


def test_the_process_ends_with_the_sentence(tmp_path) -> None:
    limit = "import resource,sys; resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600)); import signal; "
    limit += "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from device_emulator.__main__ import main; sys.exit(main(sys.argv[1:]))"
    options = ["--json", "--tcp", "127.0.0.1:0", "--scenario", "therapy-running", "--truth", str(tmp_path / "truth.jsonl")]
    ended = subprocess.run([sys.executable, "-c", limit, *options], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 73 and len(ended.stderr.splitlines()) == 1
    assert "The ground truth cannot be written" in ended.stderr and "its output is off" in ended.stderr


def test_what_is_done_over_the_bench_is_told_and_a_run_can_be_played_again_from_its_file(tmp_path) -> None:
    path, again = tmp_path / "truth.jsonl", tmp_path / "again.jsonl"
    host = Host("therapy-running", 3, virtual=True, truth=path)
    host.advance(1.25)
    doings = [
        {"cmd": "fault", "spec": "impedance-jump=20@1"},
        {"cmd": "battery", "set": {"percent": 40}},
        {"cmd": "flags", "set": {"over_temperature": True}},
        {"cmd": "magnet"},
        {"cmd": "remote", "start": False},
        {"cmd": "reset", "cause": "power"},
    ]
    for command in doings:
        assert host.bench(command)["ok"]
        host.advance(0.5)
    for asking in ({"cmd": "fault", "spec": "no-such"}, {"cmd": "battery"}, {"cmd": "flags"}, {"cmd": "state"}):
        host.bench(asking)
    host.close()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    events = [line for line in lines if "event" in line]
    assert [line["command"] for line in events] == doings and [line["event"] for line in events] == [each["cmd"] for each in doings]
    assert [line["device_s"] for line in events] == [1.25, 1.75, 2.25, 2.75, 3.25, 3.75]
    assert all(("cause" in line) is ("amplitude_ua" in line) for line in lines), "a line with a cause is a change"
    hot = lines.index(next(line for line in lines if line.get("event") == "flags"))
    assert lines[hot + 1]["cause"] == "over-temperature", "what came of it stands behind it"
    head = lines[0]
    host = Host(head["scenario"], head["seed"], virtual=True, truth=again, faults=head["faults"], fault_seed=head["fault_seed"])
    for line in events:
        host.advance(line["device_s"] - host.device.now_s)
        host.bench(line["command"])
    host.advance(0.5)
    host.close()
    assert again.read_text() == path.read_text()
    assert TruthFile(path).run == 2, "a file that ends with such lines goes on"


def test_a_head_that_is_cut_off_is_told_as_that(tmp_path) -> None:
    path = tmp_path / "truth.jsonl"
    for torn in (b'{"sch', b'{"schema":"rnprog-emulator.truth/1","run":1,"ser'):
        path.write_bytes(torn)
        with pytest.raises(StateUnwritable, match=r"first line of .* is cut off"):
            TruthFile(path)
        assert path.read_bytes() == torn


def test_state_and_truth_are_two_files(tmp_path, capsys) -> None:
    path = tmp_path / "both.json"
    assert main(["--tcp", "127.0.0.1:0", "--state", str(path), "--truth", str(path)]) == 2
    assert "same file" in capsys.readouterr().err and not path.exists()
    for option in ("--state", "--truth"):
        with pytest.raises(SystemExit) as caught:
            main([option, ""])
        assert caught.value.code == 2 and "names no file" in capsys.readouterr().err
    for key in ("truth", "patient"):
        with pytest.raises(ValueError, match="names no file"):
            parse_url(f"emu://?{key}=")


@needs_full
def test_an_answer_that_cannot_be_written(tmp_path) -> None:
    with FULL.open("w") as full:
        command = [sys.executable, "-m", "device_emulator", "--list"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (73, "rnprog-emulator: The answer cannot be written: No space left on device.\n")
