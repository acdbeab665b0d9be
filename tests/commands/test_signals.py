"""Ctrl-C again and again: what the first STOP led to is what the person hears, whatever the second one interrupts."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rnprog.commands import context, signals, titrate
from rnprog.commands.exits import Ended, Exit
from rnprog.commands.render import Face
from rnprog.device.stop_socket import StopSocket
from rnprog.session.heartbeat import Heartbeat
from tests.commands.running import Cli, as_process
from tests.commands.test_context import armed, options, stops_in, while_armed

TITRATE = ("titrate", "--side", "left", "--observer", "simulated")


def with_ctrl_c_before(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Ctrl-C is pressed whenever this is called; then it does what it always does."""
    real: Callable[..., Any] = getattr(owner, name)

    def pressed(*words: Any, **named: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return real(*words, **named)

    monkeypatch.setattr(owner, name, pressed)


def with_ctrl_c_at_the_first_burst(monkeypatch: pytest.MonkeyPatch) -> None:
    with_ctrl_c_before(monkeypatch, titrate.Narrator, "burst")


@pytest.mark.parametrize(("owner", "name"), [(StopSocket, "close"), (Heartbeat, "close"), (Face, "ended"), (Face, "finish")])
@pytest.mark.parametrize(("port", "code", "says"), [("emu://?faults=nak-stop", 81, "STOP NOT CONFIRMED"), ("emu://", 130, "output is off")])
def test_ctrl_c_in_the_clean_up_does_not_silence_what_stop_led_to(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, port: str, code: int, says: str
) -> None:
    with_ctrl_c_at_the_first_burst(monkeypatch)
    with_ctrl_c_before(monkeypatch, owner, name)
    ran = cli(*TITRATE, "--port", port)
    assert ran.code == code
    said = " ".join(ran.err.split())
    assert says in said
    assert "had not prepared any stimulation" not in said


def test_ctrl_c_during_the_stop_ends_at_once_and_a_third_one_changes_nothing(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from rnprog.device.rn1.driver import Rn1

    with_ctrl_c_at_the_first_burst(monkeypatch)
    with_ctrl_c_before(monkeypatch, Rn1, "stop")
    with_ctrl_c_before(monkeypatch, StopSocket, "close")
    ran = cli(*TITRATE, "--port", "emu://")
    assert ran.code == 81
    assert "STOP NOT CONFIRMED: it was interrupted" in " ".join(ran.err.split())


def test_sigterm_is_as_deaf_as_ctrl_c(records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = StopSocket.close

    def pressed(self: StopSocket) -> None:
        signal.raise_signal(signal.SIGTERM)
        real(self)

    monkeypatch.setattr(StopSocket, "close", pressed)
    with pytest.raises(Ended) as ended, while_armed("emu://", records):
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.code == Exit.TERMINATED
    assert stops_in(records) == [True]


def test_an_interruption_tells_the_ending_it_came_upon(records: Path) -> None:
    face = Face(options("emu://", records), "rnprog.test/1")

    def command() -> int:
        try:
            raise Ended(Exit.STOP_NOT_CONFIRMED, sentence="the alarm")
        finally:
            raise KeyboardInterrupt

    assert context._run(face, command) == Exit.STOP_NOT_CONFIRMED


@pytest.mark.parametrize(("stop_at_end", "code"), [(False, 130), (True, 81)])
def test_interrupted_while_the_result_is_shown(cli: Cli, monkeypatch: pytest.MonkeyPatch, stop_at_end: bool, code: int) -> None:
    """The stimulation is over then; it is not said that there was none, and an alarm stays an alarm."""
    with_ctrl_c_before_showing(monkeypatch)
    if stop_at_end:
        import io

        monkeypatch.setattr("sys.stdin", io.StringIO("g\ns\n"))
        ran = cli("titrate", "--side", "left", "--port", "emu://?clock=virtual&faults=nak-stop")
    else:
        ran = cli(*TITRATE, "--port", "emu://")
    assert ran.code == code
    said = " ".join(ran.err.split())
    assert "had not prepared any stimulation" not in said
    assert ("STOP NOT CONFIRMED" if stop_at_end else "was over and had nothing prepared any more") in said


def with_ctrl_c_before_showing(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(*words: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(titrate, "titrated_sheet", shown)


def test_a_connection_that_is_dropped_still_sends_stop_and_says_nothing_twice(records: Path) -> None:
    """A second Ctrl-C between the command and its connection leaves the connection to be thrown away."""
    face = Face(options("emu://?faults=nak-stop", records), "rnprog.test/1")
    dropped = context.connection(face, "test", writes=True)
    armed(dropped.__enter__())
    dropped.gen.close()  # type: ignore[attr-defined]
    assert stops_in(records) == [False, False]
    assert context._interruption(face, KeyboardInterrupt()).code == Exit.STOP_NOT_CONFIRMED


def test_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with signals.hearing() as heard:
        assert signal.getsignal(signal.SIGINT) == heard.arrived
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_an_ignored_ctrl_c_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with signals.hearing():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_after_everything_was_told_changes_no_exit_code(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with_ctrl_c_at_the_first_burst(monkeypatch)
    real = context._finish

    def told(face: Face, code: int) -> int:
        real(face, code)
        raise KeyboardInterrupt

    monkeypatch.setattr(context, "_finish", told)
    assert cli(*TITRATE, "--port", "emu://?faults=nak-stop").code == 81


def test_ctrl_c_while_the_interpreter_ends_changes_no_exit_code(tmp_path: Path) -> None:
    program = """
import atexit, os, signal, sys
from rnprog import entry
sys.argv = ["rnprog", *sys.argv[1:]]
atexit.register(os.kill, os.getpid(), signal.SIGINT)
sys.exit(entry.main())
"""
    ran = as_process("status", "--port", "emu://?scenario=deaf", prefix=("-c", program))
    assert ran.code == 69 and "KeyboardInterrupt" not in ran.err
