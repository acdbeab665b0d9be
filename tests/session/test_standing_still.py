"""A program that stood still for longer than the lease finds its session void when it goes on, and says so; a busy one does not."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rnprog.session.outcomes import StopConfirmed
from rnprog.session.session import Session
from rnprog.session.stopping import Halted
from tests.commands.running import own_directories
from tests.device.rig import ROOT, Emulator, emulator, until
from tests.session.desk import Desk, armed, faulty, give, given, lines_of, measured, truth

STILL_S = 5.0
_BEGUN = '"result":"applied","what":"burst"'
"""In the record, where it is on the disk: nothing of the burst is on the line any more."""


def stands_still(session: Session) -> None:
    """Neither the face nor the heart does anything meanwhile."""
    session.clock.sleep(STILL_S)


def test_at_a_question_it_is_said_at_once(session: Session, desk: Desk) -> None:
    armed(session)
    stands_still(session)
    with pytest.raises(Halted, match="stood still for 5 s") as halted:
        session.tick()
    outcome = halted.value.outcome
    assert isinstance(outcome, StopConfirmed) and session.halted == outcome
    assert "ended the test stimulation by itself" in outcome.words.happened and "The output is off" in outcome.words.stimulation
    assert "start again from 0 mA" in outcome.words.now
    assert not session.armed and session.sweep is None and not session.heart.on
    (stop,) = (line["data"] for line in lines_of(desk.records()[-1]) if line["kind"] == "stop")
    assert stop["confirmed"] is True and "stood still" in stop["cause"]


def test_an_answer_typed_meanwhile_gives_nothing(session: Session) -> None:
    """The next amplitude was refused by the device, and nothing said why."""
    stimulation = armed(session)
    given(stimulation, "0.5")
    stands_still(session)
    with pytest.raises(Halted, match="stood still"):
        give(stimulation, "0.6")
    assert truth(session).off and 600.0 not in truth(session).peaks_ua(0)
    session.reopen_link()
    measured(session)
    armed(session)


def test_within_a_burst_it_is_not_left_until_the_end_of_that(session: Session) -> None:
    stimulation = armed(session)
    begun_s = session.clock.now_s()
    asked = iter([False, True])

    def stands_still_once() -> bool:
        if next(asked, False):
            stands_still(session)
        return False

    session.stop_asked = stands_still_once
    with pytest.raises(Halted, match="stood still"):
        give(stimulation, "0.5", "10")
    assert session.clock.now_s() - begun_s < STILL_S + 2


def test_a_pause_that_the_lease_outlives_ends_nothing(session: Session) -> None:
    stimulation = armed(session)
    session.clock.sleep(0.7)
    session.tick()
    given(stimulation, "0.5")


def test_beats_that_come_late_while_the_lease_holds_are_no_alarm(session: Session) -> None:
    """What this end believes of the lease decides nothing: the device has the last word."""
    stimulation = armed(session)
    session.heart._kept_s -= 60.0
    session.tick()
    given(stimulation, "0.5")


def test_a_device_that_is_silent_then_is_told_as_silent(session: Session) -> None:
    armed(session)
    stands_still(session)
    faulty(session, "half-open@1")
    with pytest.raises(Exception, match=r"NOT CONFIRMED|interrupted") as ended:
        session.tick()
    assert "stood still" not in str(ended.value)


def test_where_nothing_is_prepared_nothing_is_void(session: Session) -> None:
    stands_still(session)
    session.tick()
    assert session.halted is None


@pytest.mark.parametrize("within_a_burst", [False, True], ids=["at the question", "in a burst"])
def test_a_programmer_that_was_frozen_says_so_when_it_wakes(tmp_path: Path, within_a_burst: bool) -> None:
    """SIGSTOP until the device has ended it, then SIGCONT: `rnprog titrate` with a person at the keyboard, who types nothing more."""
    short = tempfile.mkdtemp(prefix="rn", dir="/tmp")
    words = ["titrate", "--side", "left", "--observer", "ask", "--burst", "10s", "--record-dir", str(tmp_path / "records")]
    with emulator("--tcp", "127.0.0.1:0") as device, programmer([*words, "--port", device.url], tmp_path, short) as process:
        assert process.stdin is not None
        until(lambda: "s STOP" in (tmp_path / "said").read_text(), 20, "the question")
        if within_a_burst:
            process.stdin.write("g\n")
            process.stdin.flush()
            until(lambda: _BEGUN in "".join(path.read_text() for path in (tmp_path / "records").glob("*.jsonl")), 20, "a burst")
        process.send_signal(signal.SIGSTOP)
        until(lambda: looked_at(device)["armed_channels"] == 0, 5, "the end of the lease")
        process.send_signal(signal.SIGCONT)
        code = process.wait(15)
        said = " ".join((tmp_path / "said").read_text().split())
    shutil.rmtree(short)
    assert "stood still for" in said, said
    assert "ended the test stimulation by itself" in said and "The output is off" in said
    assert code not in (0, 70)


def looked_at(device: Emulator) -> dict[str, Any]:
    """Over the bench channel."""
    host, _, port = device.bench_address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as stream:
        stream.sendall(b'{"cmd": "state"}\n')
        return dict(json.loads(stream.makefile().readline()))


@contextmanager
def programmer(words: list[str], root: Path, short: str) -> Iterator[subprocess.Popen[str]]:
    """A process of its own; what it says is in the file `said`."""
    environment = own_directories(root, Path(short))
    with (root / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "rnprog", *words], stdin=subprocess.PIPE, stdout=said, stderr=said, text=True, env=environment, cwd=ROOT
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait(10)
            assert process.stdin is not None
            process.stdin.close()
