"""The fast path of `rnprog stop`: what it sends, to whom, what it claims, and what it does not load."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rnprog import entry
from rnprog.commands import stop, stop_record
from rnprog.device import bare, runtime
from rnprog.protocol.connection import STOP_FRAME
from rnprog.protocol.messages import StatusReply, StopReply
from rnprog.protocol.opcodes import OutputState
from rnprog.session import archive
from rnprog.session.audit import audit
from rnprog.session.wiring import Wish, connected
from tests.commands.running import as_process, in_a_shell, in_process

HEAVY = {"serial", "textual", "numpy", "tomlkit", "pydantic", "pydantic_core"}
pytestmark = pytest.mark.usefixtures("own_places")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return tmp_path / "records"


@contextmanager
def emulator(*words: str) -> Iterator[dict[str, str]]:
    """An emulator process, and what it says when it is ready."""
    command = [sys.executable, "-m", "device_emulator", "--json", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@contextmanager
def silent_tty() -> Iterator[tuple[str, int]]:
    """A terminal at whose other end nobody answers."""
    ours, theirs = pty.openpty()
    try:
        yield os.ttyname(theirs), ours
    finally:
        os.close(ours)
        os.close(theirs)


def records_in(directory: Path) -> list[Path]:
    return archive.records(directory)[::-1]


def test_the_constant_is_the_protocols_stop() -> None:
    assert entry.STOP_FRAME == STOP_FRAME


# which modules


def loaded_by(*words: str) -> set[str]:
    program = f"""
import sys
from rnprog.entry import main
sys.stdout = sys.stderr
code = main({list(words)!r})
sys.stdout = sys.__stdout__
print(*sys.modules)
"""
    return set(as_process(prefix=("-c", program)).out.split())


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("stop", "--port", "/dev/null")], ids=" ".join)
def test_heavy_modules_are_not_loaded(words: tuple[str, ...]) -> None:
    assert not loaded_by(*words) & HEAVY


def test_version_does_not_load_typer() -> None:
    assert not loaded_by("--version") & {"typer", "rich"}


def test_help_loads_no_command() -> None:
    assert not loaded_by("--help") & {"rnprog.commands.status", "rnprog.commands.context", "rich", "rnprog.session"}


@pytest.mark.parametrize("over", ["tty", "tcp"])
def test_stop_has_loaded_nothing_heavy_when_the_bytes_leave(over: str) -> None:
    program = """
import sys
from rnprog import entry
from rnprog.device import bare
def send(handle, data):
    raise SystemExit("sent " + " ".join(sys.modules))
bare.send = send
entry.main(["stop", "--port", sys.argv[1]])
"""
    with silent_tty() as (tty, _), socket.create_server(("127.0.0.2", 0)) as server:
        port = tty if over == "tty" else f"socket://127.0.0.2:{server.getsockname()[1]}"
        said = as_process(port, prefix=("-c", program)).err
    loaded = set(said.split())
    assert "sent" in loaded
    assert not loaded & {"typer", "rich", "serial", "dataclasses", "enum", "re", "typing", "json", "socket", "rnprog.protocol", "logging"}


# confirmed


def test_stop_on_a_pty_ends_a_running_therapy_session_and_reads_it_back(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    with emulator("--pty", "--scenario", "therapy-running") as ready:
        ran = in_process(capsys, "stop", "--port", ready["port"], "--record-dir", str(records))
        again = in_process(capsys, "--json", "stop", f"--port={ready['port']}", f"--record-dir={records}")
    assert ran.code == 0
    assert "Stimulation was stopped (left and right)" in ran.out
    assert "The output is off: the device was read and says so." in ran.out
    assert len(ran.out.splitlines()) == 1
    assert again.json["schema"] == "rnprog.stop/1"
    assert (again.json["ok"], again.json["code"], again.json["confirmed"]) == (True, 0, True)
    assert set(again.json["words"]) == {"happened", "stimulation", "now"}
    first, _ = records_in(records)
    found = audit(first)
    assert found.good and found.closed
    lines = [json.loads(line) for line in first.read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["open", "stop", "close"]
    assert lines[0]["data"]["mode"] == "says it is an emulator"
    assert lines[1]["data"]["confirmed"] is True


def test_a_stop_that_a_test_says_reaches_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all the places in which an rnprog of this user may have its door, were they there, only those of the tests are looked at."""
    monkeypatch.setattr("os.path.isdir", lambda path: True)
    monkeypatch.setattr(runtime, "_is_ours", lambda path: True)
    monkeypatch.setenv("TMPDIR", os.environ["XDG_RUNTIME_DIR"])
    assert runtime.other_runtime_dirs() == [os.path.join(os.environ["XDG_RUNTIME_DIR"], f"rnprog-{os.getuid()}")]


@pytest.mark.parametrize("named", [True, False], ids=["port named", "no port named"])
def test_a_holder_that_was_started_with_another_environment_is_asked(
    capsys: pytest.CaptureFixture[str], records: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """From cron, by su: the door of the holder lies where there is no XDG_RUNTIME_DIR."""
    ours = os.environ["XDG_RUNTIME_DIR"]
    monkeypatch.setenv("TMPDIR", os.environ["XDG_RUNTIME_DIR"])
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    with connected(Wish(port="emu://elsewhere", command="test", writes=True, record_dir=records)):
        monkeypatch.setenv("XDG_RUNTIME_DIR", ours)
        ran = in_process(capsys, "--json", "stop", *(["--port", "emu://elsewhere"] if named else []))
    assert (ran.code, ran.json["confirmed"], ran.json["by_pid"]) == (0, True, [os.getpid()])


def test_stop_over_tcp_with_its_trace(capsys: pytest.CaptureFixture[str], records: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.txt"
    with emulator("--tcp", "127.0.0.1:0") as ready:
        ran = in_process(capsys, "stop", "--port", ready["url"], "--record-dir", str(records), "--trace", str(trace), "-q")
    began, _, said = ran.out.partition(";")
    assert (ran.code, began, ran.err) == (0, "STOP was sent", "")
    assert said in {  # the other one when the computer was busy, so that STOP was said again before the answer was heard
        " nothing was running. The output is off: the device was read and says so.\n",
        " whatever was running has ended. The output is off: the device was read and says so.\n",
    }
    assert [line.split()[2] for line in trace.read_text().splitlines() if "request" in line] == ["STOP", "STATUS", "IDENTIFY"]


def test_stop_on_a_named_emulator_takes_the_slower_way(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    ran = in_process(capsys, "stop", "--port", "emu://clinic", "--record-dir", str(records))
    assert ran.code == 0
    (record,) = records_in(records)
    assert json.loads(record.read_text().splitlines()[0])["data"]["mode"] == "emulator"


@pytest.mark.parametrize("named", [True, False], ids=["port named", "no port named"])
def test_a_holder_of_the_port_is_asked_first(capsys: pytest.CaptureFixture[str], records: Path, named: bool) -> None:
    with connected(Wish("emu://held", "test", writes=True, record_dir=records)) as session:
        ran = in_process(capsys, "stop", "--json", "--record-dir", str(records), *(["--port", "emu://held"] if named else []))
        assert session.sweep is None
    assert ran.code == 0
    assert ran.json["by_pid"] == [os.getpid()]
    (record,) = records_in(records)
    kinds = [json.loads(line)["kind"] for line in record.read_text().splitlines()]
    assert kinds == ["open", "stop", "close"], "the holder has recorded it, and nobody else"


# not confirmed


def test_a_silent_line_gets_stop_again_and_again_and_is_not_believed(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    with silent_tty() as (tty, other_end):
        ran = in_process(capsys, "stop", "--port", tty, "--record-dir", str(records))
        heard = os.read(other_end, 65_536)
    assert ran.code == 81
    assert ran.out.startswith("STOP NOT CONFIRMED: the device did not answer.")
    assert "magnet" in ran.err
    assert heard.count(STOP_FRAME) >= 7, "every 100 ms for 0.8 s"
    assert heard == STOP_FRAME * heard.count(STOP_FRAME)


def test_a_stop_that_was_said_twice_is_not_sure_what_the_first_one_ended(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    """The first answer, which said what was running, was lost; the second says that nothing is."""
    with emulator("--pty", "--scenario", "therapy-running", "--faults", "drop-reply=STOP@1") as ready:
        ran = in_process(capsys, "stop", "--port", ready["port"], "--record-dir", str(records))
    assert ran.code == 0
    assert ran.out.startswith("STOP was sent; whatever was running has ended.")


@pytest.mark.parametrize(("stopped", "status"), [(OutputState.ARMED, OutputState.OFF), (OutputState.OFF, OutputState.ARMED)])
def test_both_answers_have_to_say_off(stopped: OutputState, status: OutputState) -> None:
    zeros = [dict.fromkeys(kind.__dataclass_fields__, 0) for kind in (StopReply, StatusReply)]
    found = stop.Found(StopReply(**zeros[0] | {"output_state": stopped}), status=StatusReply(**zeros[1] | {"output_state": status}))
    assert not found.confirmed and "STOP NOT CONFIRMED" in str(found.words())


def test_a_device_that_refuses_stop_is_not_believed(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    with emulator("--pty", "--faults", "nak-stop") as ready:
        ran = in_process(capsys, "--json", "stop", "--port", ready["port"], "--record-dir", str(records))
    assert ran.code == 81
    assert (ran.json["ok"], ran.json["code"], ran.json["confirmed"]) == (False, 81, False)
    assert ran.json["reasons"][0]["text"].startswith("STOP NOT CONFIRMED: the device refused it.")


def test_off_is_not_claimed_when_the_status_does_not_come(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    faults = ",".join(f"drop-reply=STATUS@{number}" for number in range(1, 5))
    with emulator("--pty", "--faults", faults) as ready:
        ran = in_process(capsys, "stop", "--port", ready["port"], "--record-dir", str(records))
    assert ran.code == 81
    assert "could not be read afterwards" in ran.out


def test_a_late_first_answer_is_waited_for(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    with emulator("--pty", "--faults", "drop-reply=STOP@1,noise@20") as ready:
        ran = in_process(capsys, "stop", "--port", ready["port"], "--record-dir", str(records))
    assert ran.code == 0


def test_a_peer_that_hangs_up_is_not_believed(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].close())
        thread.start()
        ran = in_process(capsys, "stop", "--port", f"socket://127.0.0.1:{server.getsockname()[1]}", "--record-dir", str(records))
        thread.join()
    assert ran.code in (69, 81)
    assert "STOP" in ran.out


# holders that do not answer


@contextmanager
def frozen_holder(port: str) -> Iterator[int]:
    """A process that holds the port and has been stopped (SIGSTOP) in the middle of it."""
    program = f"""
from rnprog.session.wiring import Wish, connected
with connected(Wish({port!r}, "test")):
    print("held", flush=True)
    input()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            os.kill(process.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
            yield process.pid
        finally:
            process.kill()


def test_one_of_two_holders_that_does_not_answer_is_an_alarm(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    with connected(Wish("emu://h1", "test")), frozen_holder("emu://h2") as pid:
        ran = in_process(capsys, "stop", "--record-dir", str(records))
        told = in_process(capsys, "stop", "--record-dir", str(records), "--json")
    assert ran.code == told.code == 81
    assert f"STOP NOT CONFIRMED: process {pid}, which holds emu://h2, did not answer." in ran.out
    assert f"kill -9 {pid}" in ran.err and "magnet" in ran.err
    assert (told.json["confirmed"], told.json["by_pid"]) == (False, [os.getpid()])
    first, *_ = records_in(records)
    lines = [json.loads(line) for line in first.read_text().splitlines()]
    assert (lines[0]["data"]["port"], lines[1]["data"]["confirmed"]) == ("emu://h2", False)


@pytest.mark.parametrize("words", [(), ("--port", "emu://h2")], ids=["no port named", "port named"])
def test_the_only_holder_does_not_answer(capsys: pytest.CaptureFixture[str], records: Path, words: tuple[str, ...]) -> None:
    with frozen_holder("emu://h2") as pid:
        ran = in_process(capsys, "stop", *words, "--record-dir", str(records))
    assert ran.code == 81
    assert f"process {pid}, which holds emu://h2, did not answer" in ran.out
    assert "works all the same" not in ran.out + ran.err


def test_a_network_port_that_its_silent_holder_keeps_closed_is_told_as_that(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    """The port opens, and hangs up: it has room for one, and he is there. The cable has nothing to do with it."""
    with emulator("--tcp", "127.0.0.1:0") as ready, frozen_holder(ready["url"]) as pid:
        ran = in_process(capsys, "stop", "--port", ready["url"], "--record-dir", str(records))
        told = in_process(capsys, "--json", "stop", "--port", ready["url"], "--record-dir", str(records))
    assert ran.code == told.code == 81
    assert f"STOP NOT CONFIRMED: process {pid}, which holds {ready['url'].partition('?')[0]}, did not answer." in ran.out
    assert f"kill -9 {pid}" in ran.err and "magnet" in ran.err and "cable" not in ran.out + ran.err
    assert told.json["words"]["happened"] in ran.out
    assert json.loads(records_in(records)[0].read_text().splitlines()[1])["data"]["confirmed"] is False


def test_a_device_that_answers_beside_a_silent_holder_is_believed(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    """A serial line has room for two: STOP goes out on it, and its answer comes back."""
    with emulator("--pty") as ready, frozen_holder(ready["port"]):
        ran = in_process(capsys, "stop", "--port", ready["port"], "--record-dir", str(records))
    assert ran.code == 0 and "The output is off" in ran.out


def test_a_holder_without_a_door_is_named_with_what_to_do(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    from rnprog.device.lock import PortLock

    lock = PortLock("emu://h3")
    try:
        ran = in_process(capsys, "stop", "--port", "emu://h3", "--record-dir", str(records))
    finally:
        lock.release()
    assert ran.code == 75
    assert f"STOP WAS NOT SENT: process {os.getpid()} holds emu://h3 and did not answer." in ran.out
    assert "test stimulation then ends by itself within 1 s" in ran.err
    assert "works all the same" not in ran.out + ran.err


def test_a_runtime_directory_that_others_can_read_keeps_no_stop_from_a_port(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    """No lock can be had in it. Nobody else holds the port for all that, so STOP goes out, and what is wrong is told besides."""
    place = Path(os.environ["XDG_RUNTIME_DIR"]) / "rnprog"
    place.mkdir(exist_ok=True)
    place.chmod(0o755)
    ran = in_process(capsys, "stop", "--port", "emu://clinic", "--record-dir", str(records))
    assert ran.code == 0 and "The output is off" in ran.out
    assert "without the lock" in ran.err and f"{place} must belong to you alone (mode 0700)" in " ".join(ran.err.split())
    assert "cable" not in ran.err


def test_a_door_that_a_crashed_holder_left_is_nobody(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    with frozen_holder("emu://gone"):
        pass
    assert in_process(capsys, "stop", "--record-dir", str(records)).code == 69


# an output that nobody gets


@pytest.mark.parametrize("where", [">&-", ">/dev/full", ">&- 2>&-", ">/dev/full 2>/dev/full", "--json >/dev/full"])
def test_an_output_that_cannot_be_written_loses_neither_stop_nor_record_nor_exit_code(records: Path, where: str) -> None:
    ran = in_a_shell(f"rnprog stop --port emu://clinic --record-dir {records} {where}")
    assert ran.code == 0
    (record,) = records_in(records)
    assert json.loads(record.read_text().splitlines()[1])["data"]["confirmed"] is True
    assert "Traceback" not in ran.err and "Exception ignored" not in ran.err
    if where.endswith(">/dev/full") and "2>" not in where:
        assert "The output is off" in ran.err and "could not be written: No space left on device." in ran.err


def test_stop_not_confirmed_keeps_its_code_when_nobody_reads(records: Path) -> None:
    ran = in_a_shell(f"rnprog stop --port 'emu://clinic?faults=nak-stop' --record-dir {records} >/dev/full")
    assert ran.code == 81
    assert "STOP NOT CONFIRMED" in ran.err


def test_a_trace_that_cannot_be_written_is_a_sentence(records: Path) -> None:
    ran = in_a_shell(f"rnprog stop --port emu://clinic --record-dir {records} --trace /dev/full")
    assert ran.code == 0
    assert "The output is off" in ran.out
    assert "The trace file /dev/full is not complete: No space left on device." in ran.err
    assert "Traceback" not in ran.err


# nowhere to send it


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 69, "no port was named"),
        (("--port", "emu://"), 69, "lives inside one process"),
        (("--port", "/dev/there-is-none"), 69, "No such file"),
        (("--port", "/dev/null"), 69, "no serial port"),
        (("--port", "socket://127.0.0.1:1"), 69, "refused"),
        (("--port", "socket://nonsense"), 2, "must look like"),
        (("--port", "socket://127.0.0.1:\u00b2"), 2, "a port from 1 to 65535"),
        (("--port", "socket://127.0.0.1:99999"), 2, "a port from 1 to 65535"),
        (("--port", "socket://127.0.0.1:" + "9" * 5_000), 2, "a port from 1 to 65535"),
        (("--port", "socket://[::1:7411"), 2, "a port from 1 to 65535"),
        (("--port", "socket://a..b:7411"), 2, "cannot be the name of a computer"),
        (("--port", f"socket://{'h' * 300}:7411"), 2, "cannot be the name of a computer"),
        (("--port", f"socket://{chr(252) * 60}:7411"), 2, "cannot be the name of a computer"),
        (("--port", "hwgrep://("), 2, "its pattern or an option is wrong"),
        (("--port", "hwgrep://no such port"), 69, "No port of this computer fits"),
        (("--port", "loop://x?a=b"), 2, "stands no option of it"),
        (("--port", "ftp://x"), 2, "There is no port type"),
    ],
    ids=lambda each: str(each)[:30],
)
def test_nowhere_to_send_it(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, says: str, records: Path) -> None:
    ran = in_process(capsys, "stop", *words, "--record-dir", str(records))
    told = in_process(capsys, "stop", *words, "--record-dir", str(records), "--json")
    assert ran.code == told.code == told.json["code"] == code
    assert ran.out.startswith("STOP WAS NOT SENT: ")
    assert says in ran.out
    assert not records.exists()


def test_a_file_is_never_written_to(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "precious.txt"
    file.write_text("precious")
    assert in_process(capsys, "stop", "--port", str(file)).code == 69
    assert file.read_text() == "precious"


def test_no_permission(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(port: str) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(bare, "opened", denied)
    assert in_process(capsys, "stop", "--port", "/dev/ttyACM0").code == 77


def test_a_record_that_cannot_be_written_changes_nothing_but_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file where a folder should be")
    with emulator("--pty") as ready:
        ran = in_process(capsys, "stop", "--port", ready["port"], "--record-dir", str(taken))
    assert ran.code == 0
    assert "This STOP was not recorded" in ran.err


def test_a_slow_disk_keeps_nobody_from_the_words(
    capsys: pytest.CaptureFixture[str], records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record waits here until the words were said, and is written all the same."""
    said, in_time = threading.Event(), []
    finish, recorded = stop._finish, stop_record.recorded

    def finishes(*values: Any) -> int:
        code = finish(*values)
        said.set()
        return code

    def waits(*values: Any) -> str | None:
        in_time.append(said.wait(20))
        return recorded(*values)

    monkeypatch.setattr(stop, "_finish", finishes)
    monkeypatch.setattr(stop_record, "recorded", waits)
    ran = in_process(capsys, "stop", "--port", "emu://clinic", "--record-dir", str(records))
    assert ran.code == 0 and in_time == [True] and len(records_in(records)) == 1


def test_words_that_only_the_full_command_line_knows_still_stop(capsys: pytest.CaptureFixture[str], records: Path) -> None:
    ran = in_process(capsys, "-qq", "stop", "--port", "emu://clinic", "--record-dir", str(records))
    assert ran.code == 0
    assert "The output is off" in ran.out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    ran = in_process(capsys, "--version")
    assert ran.code == 0
    assert ran.out.startswith("rnprog ") and "research software, not a medical device" in ran.out
    assert in_process(capsys, "-V").out == ran.out == in_process(capsys, "status", "--version").out
    assert in_process(capsys, "--version", "--json").json["schema"] == "rnprog.version/1"


def test_python_minus_m_is_the_same() -> None:
    assert as_process("--version").out == as_process("--version", prefix=("-c", "from rnprog.entry import main; main()")).out
