"""Every way out of a command: signals, a closed pipe, a fault in rnprog. What is armed is stopped first, and said."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from rnprog.commands import context, status
from rnprog.commands.exits import Ended, Exit
from rnprog.commands.options import Options
from rnprog.commands.render import Face
from rnprog.session import sweep
from rnprog.session.audit import audit
from rnprog.session.session import Session
from rnprog.session.standard import STANDARD
from rnprog.session.stimulation import Stimulation
from rnprog.therapy.contacts import Side
from rnprog.therapy.envelope import TestSetup
from tests.commands.running import Cli, in_a_shell


def options(port: str, records: Path) -> Options:
    return Options(port=port, json=False, plain=False, quiet=False, no_input=True, record_dir=records, trace=None)


def armed(session: Session) -> None:
    sweep.measure(session, (Side.LEFT,))
    setup = TestSetup(
        Side.LEFT, STANDARD.electrodes[Side.LEFT], STANDARD.pulse_width_us, STANDARD.rate_hz, STANDARD.ramp_up_s, STANDARD.ramp_down_s
    )
    Stimulation(session, setup).arm()
    assert session.armed


@contextlib.contextmanager
def while_armed(port: str, records: Path) -> Iterator[Session]:
    face = Face(options(port, records), "rnprog.test/1")
    with context.connection(face, "test", writes=True) as session:
        armed(session)
        yield session


def stops_in(records: Path) -> list[bool]:
    import json

    (record,) = records.glob("*.jsonl")
    assert audit(record).good
    return [line["data"]["confirmed"] for line in map(json.loads, record.read_text().splitlines()) if line["kind"] == "stop"]


@pytest.mark.parametrize(
    ("leaving", "code"),
    [
        (KeyboardInterrupt(), 130),
        (context.Signalled(signal.SIGTERM), 143),
        (context.Signalled(signal.SIGHUP), 129),
    ],
    ids=["Ctrl-C", "SIGTERM", "SIGHUP"],
)
def test_interrupted_while_armed_stops_and_says_so(records: Path, leaving: BaseException, code: int) -> None:
    with pytest.raises(Ended) as ended, while_armed("emu://", records):
        raise leaving
    assert ended.value.code == code
    assert ended.value.words is not None and "The output is off" in ended.value.words.stimulation
    assert stops_in(records) == [True]


def test_interrupted_and_the_stop_is_not_confirmed(records: Path) -> None:
    with pytest.raises(Ended) as ended, while_armed("emu://?faults=nak-stop", records):
        raise KeyboardInterrupt
    assert ended.value.code == 81
    assert stops_in(records) == [False, False], "it is said once more"


def test_interrupted_twice_ends_at_once_and_loudly(records: Path) -> None:
    with pytest.raises(Ended) as ended, while_armed("emu://", records) as session:

        def again(cause: str, *, by_itself: bool) -> None:
            session.heart.end()
            session.forget()
            raise KeyboardInterrupt

        session.stop = again  # type: ignore[assignment,method-assign]
        raise KeyboardInterrupt
    assert ended.value.code == 81
    assert "STOP NOT CONFIRMED" in str(ended.value)


def test_a_fault_while_armed_stops_before_it_is_told(records: Path) -> None:
    with pytest.raises(ZeroDivisionError), while_armed("emu://", records):
        raise ZeroDivisionError
    assert stops_in(records) == [True]


def test_a_closed_pipe_while_armed_stops_and_closes_the_record(records: Path) -> None:
    with pytest.raises(BrokenPipeError), while_armed("emu://", records):
        raise BrokenPipeError
    assert stops_in(records) == [True]


def test_an_interrupted_read_sends_no_stop(records: Path) -> None:
    face = Face(options("emu://?scenario=therapy-running", records), "rnprog.test/1")
    with pytest.raises(KeyboardInterrupt), context.connection(face, "test") as session:
        raise KeyboardInterrupt
    assert session.clock.now_s() < 0.5, "no STOP was waited for"


def test_a_fault_in_rnprog_is_one_sentence_and_a_file(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*words: object) -> None:
        raise ZeroDivisionError("secret of nobody")

    monkeypatch.setattr(status, "_show", broken)
    ran = cli("status", "--port", "emu://")
    assert ran.code == 70
    assert "This is a fault in rnprog (ZeroDivisionError" in " ".join(ran.err.split())
    assert "Traceback" not in ran.err
    (trace,) = Path(os.environ["XDG_STATE_HOME"], "rnprog", "crashes").glob("*.txt")
    assert "ZeroDivisionError" in trace.read_text()
    assert cli("status", "--port", "emu://", "--json").json["code"] == 70


def test_nobody_reads_the_output() -> None:
    command = [sys.executable, "-m", "rnprog", "--port", "emu://", "status"]
    reader, writer = os.pipe()
    os.close(reader)
    with Popen(command, stdout=writer, stderr=PIPE, text=True) as process:
        os.close(writer)
        _, said = process.communicate(timeout=60)
    assert process.returncode == Exit.PIPE
    assert "Traceback" not in said and "BrokenPipe" not in said


def test_sigterm_ends_a_real_process_with_143(tmp_path: Path) -> None:
    """The question of `program write` waits for an answer; nothing else keeps it."""
    command = [
        sys.executable,
        "-m",
        "rnprog",
        "--port",
        "emu://?clock=wall",
        "--record-dir",
        str(tmp_path),
        "program",
        "write",
        "standard-bilateral",
    ]
    with Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while "Type the last 4" not in said:
            said += process.stderr.read(1)
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "The output is off" in " ".join(rest.split())
    (record,) = tmp_path.glob("*.jsonl")
    found = audit(record)
    assert found.good and found.closed


TITRATE = "rnprog titrate --side left --observer simulated --port emu://"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("rnprog status --port emu:// >&-", 0),
        ("rnprog status --port emu:// >/dev/full", Exit.PIPE),
        ("rnprog status --port emu:// --json >/dev/full", Exit.PIPE),
        ("rnprog status --port emu://?scenario=deaf --json >/dev/full", Exit.NO_DEVICE),
        ("rnprog program pull --port emu://?scenario=therapy-running >/dev/full", Exit.PIPE),
        (f"{TITRATE} >/dev/full", Exit.PIPE),
        (f"{TITRATE} >&-", 0),
        (f"{TITRATE} --trace /dev/full", 0),
        (f"{TITRATE} 2>/dev/full", Exit.PIPE),
        ("rnprog status 2>/dev/full", Exit.NO_DEVICE),
    ],
)
def test_an_output_that_cannot_be_written_is_one_sentence(tmp_path: Path, line: str, code: int) -> None:
    ran = in_a_shell(line.replace("rnprog ", f"rnprog --record-dir {tmp_path} ", 1))
    assert ran.code == code
    assert "Traceback" not in ran.err and "Exception ignored" not in ran.err and "fault in rnprog" not in ran.err
    if " >/dev/full" in line:
        assert ran.err.count("The output could not be written: No space left on device.") == 1
    if "titrate" in line:
        (record,) = tmp_path.glob("*.jsonl")
        assert audit(record).good and audit(record).closed
