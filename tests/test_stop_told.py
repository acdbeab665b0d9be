"""`rnprog stop` is told once: no signal takes the place of that or passes for a confirmed STOP; no disk keeps it from its end."""

import json
import signal
import socket
from pathlib import Path

import pytest

from rnprog.session import archive
from tests.commands.running import Ran, as_process

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
PORT = ("--port", "emu://clinic")
pytestmark = pytest.mark.usefixtures("own_places")


def stop(records: Path, before: str, *words: str) -> Ran:
    """`rnprog stop` as a process, with a few lines before it."""
    program = f"{before}\nimport sys\nfrom rnprog.entry import main\nsys.argv = ['rnprog', *sys.argv[1:]]\nsys.exit(main())\n"
    return as_process(*words, "stop", "--record-dir", str(records), prefix=("-c", program))


def stops_in(records: Path) -> list[bool]:
    rows = [json.loads(row) for path in archive.records(records) for row in path.read_text().splitlines()]
    return [row["data"]["confirmed"] for row in rows if row["kind"] == "stop"]


AFTER_THE_WORDS = """
import os, threading
from rnprog.commands import stop, stop_record
told, finish, recorded = threading.Event(), stop._finish, stop_record.recorded
def finishes(*values):
    code = finish(*values)
    told.set()
    return code
def records(*values):
    told.wait(20)
    os.kill(os.getpid(), {number})
    return recorded(*values)
stop._finish, stop_record.recorded = finishes, records
"""


@pytest.mark.parametrize("full", [(), ("-qq",)], ids=["fast path", "full command line"])
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_after_the_words_changes_nothing(tmp_path: Path, number: signal.Signals, full: tuple[str, ...]) -> None:
    ran = stop(tmp_path / "records", AFTER_THE_WORDS.format(number=int(number)), *PORT, *full, "--json")
    assert (ran.code, ran.json["code"], ran.json["confirmed"]) == (0, 0, True)
    assert "NOT CONFIRMED" not in ran.err
    assert stops_in(tmp_path / "records") == [True]


WHILE_THE_RECORD_IS_BEGUN = """
import os
from rnprog.commands import stop_record
recorded = stop_record.recorded
def records(*values):
    os.kill(os.getpid(), {number})
    return recorded(*values)
stop_record.recorded = records
"""


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_between_the_devices_answer_and_the_words_changes_nothing(tmp_path: Path, number: signal.Signals) -> None:
    ran = stop(tmp_path / "records", WHILE_THE_RECORD_IS_BEGUN.format(number=int(number)), *PORT, "--json")
    assert (ran.code, ran.json["confirmed"]) == (0, True)
    assert stops_in(tmp_path / "records") == [True]


BEFORE_THE_ANSWER = """
import signal
from rnprog.device.exchange import Exchange
def stop(self):
    signal.raise_signal({number})
    signal.raise_signal({number})
    raise SystemExit("not heard")
Exchange.stop = stop
"""


@pytest.mark.parametrize("full", [(), ("-qq",)], ids=["fast path", "full command line"])
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_before_the_device_has_answered_is_an_alarm(tmp_path: Path, number: signal.Signals, full: tuple[str, ...]) -> None:
    ran = stop(tmp_path / "records", BEFORE_THE_ANSWER.format(number=int(number)), *PORT, *full, "--json")
    assert (ran.code, ran.json["code"], ran.json["confirmed"]) == (81, 81, False)
    assert "STOP NOT CONFIRMED: it was interrupted" in ran.json["words"]["happened"] and "magnet" in ran.err


BEFORE_THE_BYTES_COME_BACK = """
import signal
from rnprog.commands import stop
stop._Line._answers = lambda *values: signal.raise_signal({number})
"""


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_before_the_answer_is_not_called_a_failure_of_the_port(tmp_path: Path, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = ("--port", f"socket://127.0.0.1:{silent.getsockname()[1]}")
        ran = stop(tmp_path / "records", BEFORE_THE_BYTES_COME_BACK.format(number=int(number)), *port, "--json")
    assert (ran.code, ran.json["confirmed"]) == (81, False)
    assert ran.json["words"]["happened"] == "STOP NOT CONFIRMED: it was interrupted."
    assert stops_in(tmp_path / "records") == [False]


def test_a_hangup_that_is_to_be_ignored_is(tmp_path: Path) -> None:
    """Under nohup STOP goes on to its confirmation."""
    before = """
import signal
from rnprog.device.exchange import Exchange
signal.signal(signal.SIGHUP, signal.SIG_IGN)
real = Exchange.stop
def stop(self):
    signal.raise_signal(signal.SIGHUP)
    return real(self)
Exchange.stop = stop
"""
    ran = stop(tmp_path / "records", before, *PORT, "--json")
    assert (ran.code, ran.json["confirmed"]) == (0, True)


NEVER = """
import threading
from rnprog.commands import stop_record
stop_record.WORDS_WAIT_S = stop_record.RECORD_WAIT_S = 0.1
stop_record.{name} = lambda *values: threading.Event().wait()
"""


def test_a_disk_that_never_takes_the_record_does_not_keep_stop_from_its_end(tmp_path: Path) -> None:
    ran = stop(tmp_path / "records", NEVER.format(name="recorded"), *PORT, "--json")
    assert (ran.code, ran.json["confirmed"]) == (0, True)
    assert "This STOP was not recorded: the disk has not taken it" in ran.err


def test_a_disk_that_never_takes_the_trace_does_not_keep_stop_from_its_end(tmp_path: Path) -> None:
    trace = ("--trace", str(tmp_path / "trace.txt"))
    ran = stop(tmp_path / "records", NEVER.format(name="traced"), *PORT, *trace)
    assert ran.code == 0 and stops_in(tmp_path / "records") == [True]
    assert "not recorded" not in ran.err and "The trace file" in ran.err and "is not complete" in ran.err


def test_a_silent_holder_and_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    before = NEVER.format(name="recorded") + "from rnprog import entry\nentry._ask_holders = lambda port: [('/nowhere/1.stop', b'')]\n"
    ran = stop(tmp_path / "records", before, "--json")
    assert (ran.code, ran.json["confirmed"]) == (81, False)
    assert "This STOP was not recorded" in ran.err
