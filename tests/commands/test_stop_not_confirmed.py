"""After a STOP that was not confirmed: whatever else ends the command, that is its last word, unless STOP, said once more, is confirmed."""

import contextlib
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from rnprog.commands import context, guiding, titrate
from rnprog.commands.exits import Ended, Exit
from rnprog.commands.render import Face
from rnprog.session.outcomes import StopConfirmed, StopNotConfirmed
from rnprog.session.record import Record, RecordLost
from rnprog.session.session import Session
from tests.commands.running import Cli, Ran, as_process, in_a_shell
from tests.commands.test_context import armed, options, stops_in
from tests.session.desk import faulty

REFUSED = "emu://?faults=nak-stop"
WAS_STOPPED = "What this command had prepared was stopped"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """One burst, then STOP."""
    path = tmp_path / "answers.txt"
    path.write_text("0.3mA none\nstop\n")
    return path


def words(script: Path, port: str) -> tuple[str, ...]:
    return ("titrate", "--side", "left", "--method", "manual", "--observer", f"script:{script}", "--port", port)


def said(ran: Ran) -> str:
    return " ".join(ran.err.split())


def breaks(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, error: BaseException) -> None:
    def broken(*values: Any, **named: Any) -> None:
        raise error

    monkeypatch.setattr(owner, name, broken)


def is_heard_again(monkeypatch: pytest.MonkeyPatch, error: BaseException | None = None) -> None:
    """Once a STOP was refused, the device takes the next one; and, if wanted, there is trouble besides."""
    real = Session.stop

    def stop(self: Session, cause: str, *more: Any, **named: Any) -> StopConfirmed | StopNotConfirmed:
        outcome = real(self, cause, *more, **named)
        faulty(self, "")
        return outcome

    monkeypatch.setattr(Session, "stop", stop)
    if error is not None:
        breaks(monkeypatch, guiding.Narrator, "ended", error)


# a fault in rnprog


def test_a_fault_after_a_stop_that_was_refused_is_told_as_that_stop(cli: Cli, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(monkeypatch, guiding.Narrator, "ended", RuntimeError("in the telling"))
    ran = cli(*words(script, REFUSED), "--json")
    assert ran.code == ran.json["code"] == 81
    assert "STOP NOT CONFIRMED" in ran.json["words"]["happened"] and "may still be on" in ran.json["words"]["stimulation"]
    assert WAS_STOPPED not in said(ran)
    assert "fault in rnprog (RuntimeError: in the telling)" in said(ran) and "The details are in" in said(ran)


def test_a_fault_while_armed_says_that_it_was_stopped_where_that_is_confirmed(
    cli: Cli, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks(monkeypatch, guiding.Narrator, "burst", RuntimeError("in the telling"))
    ran = cli(*words(script, "emu://"))
    assert ran.code == 70 and WAS_STOPPED in said(ran)


def test_a_fault_before_anything_was_prepared_does_not_say_that_it_was_stopped(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from rnprog.commands import status

    breaks(monkeypatch, status, "_show", RuntimeError("in the telling"))
    ran = cli("status", "--port", "emu://")
    assert ran.code == 70 and "stopped" not in said(ran)
    assert "No test stimulation was prepared" in said(ran)


# everything else that may come after it


@pytest.mark.parametrize(
    "error",
    [BrokenPipeError(), Ended(Exit.LINK, sentence="something else"), KeyboardInterrupt(), context.Signalled(signal.SIGTERM), MemoryError()],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("where", ["while connected", "while the result is shown"])
def test_a_stop_that_is_not_confirmed_outranks_every_other_ending(
    cli: Cli, script: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, where: str
) -> None:
    owner, name = (guiding.Narrator, "ended") if where == "while connected" else (titrate, "titrated_sheet")
    breaks(monkeypatch, owner, name, error)
    ran = cli(*words(script, REFUSED), "--json")
    assert ran.code == ran.json["code"] == 81
    assert "STOP NOT CONFIRMED" in said(ran) and WAS_STOPPED not in said(ran)
    if isinstance(error, Ended):
        assert "something else" in ran.json["words"]["happened"], "it is told besides"


@pytest.mark.parametrize("where", [">/dev/full", ">&- 2>&-", "--json >/dev/full"])
def test_an_output_that_cannot_be_written_does_not_take_the_place_of_the_alarm(records: Path, script: Path, where: str) -> None:
    port = f"'{REFUSED}'"
    line = " ".join(words(script, port))
    ran = in_a_shell(f"rnprog {line} --record-dir {records} {where}")
    assert ran.code == 81
    if "2>" not in where:
        assert "STOP NOT CONFIRMED" in said(ran)


def test_a_lost_record_does_not_take_the_place_of_the_alarm(cli: Cli, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lose(monkeypatch, "burst over")
    ran = cli(*words(script, REFUSED), "--json")
    assert ran.code == ran.json["code"] == 81
    assert "STOP NOT CONFIRMED" in ran.json["words"]["happened"]
    assert "the disk failed" in ran.json["words"]["happened"], "and what has made it necessary"


def test_a_record_that_cannot_be_closed_does_not_take_the_place_of_the_alarm(
    cli: Cli, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(monkeypatch, "close")
    ran = cli(*words(script, REFUSED))
    assert ran.code == 81 and "STOP NOT CONFIRMED" in said(ran) and "the disk failed" in said(ran)


def lose(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """The disk fails at this line."""
    real = Record.write

    def write(self: Record, kind: str, data: dict[str, Any], *, actor: str | None = None) -> int:
        if kind == line:
            self.lost = "The record cannot be written any more: the disk failed."
            raise RecordLost(self.lost)
        return real(self, kind, data, actor=actor)

    monkeypatch.setattr(Record, "write", write)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_while_the_result_is_shown_does_not_take_the_place_of_the_alarm(
    records: Path, script: Path, number: signal.Signals
) -> None:
    program = f"""
import signal, sys
from rnprog.commands import titrate
def shown(*values):
    signal.raise_signal({int(number)})
    raise SystemExit("not heard")
titrate.titrated_sheet = shown
from rnprog.entry import main
sys.exit(main())
"""
    ran = as_process(*words(script, REFUSED), "--record-dir", str(records), "--json", prefix=("-c", program))
    assert ran.code == ran.json["code"] == 81
    assert "STOP NOT CONFIRMED" in said(ran)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["SIGTERM", "SIGHUP"])
def test_a_signal_while_a_result_is_shown_is_told_as_ctrl_c_is(records: Path, number: signal.Signals, code: int) -> None:
    program = f"""
import signal, sys
from rnprog.commands import titrate
titrate.titrated_sheet = lambda *values: signal.raise_signal({int(number)})
from rnprog.entry import main
sys.exit(main())
"""
    simulated = ("titrate", "--side", "left", "--observer", "simulated", "--port", "emu://")
    ran = as_process(*simulated, "--record-dir", str(records), "--json", prefix=("-c", program))
    assert ran.code == ran.json["code"] == code
    assert "was over and had nothing prepared any more" in said(ran)


# STOP once more


def test_stop_is_said_once_more_when_leaving(cli: Cli, records: Path, script: Path) -> None:
    ran = cli(*words(script, REFUSED))
    assert ran.code == 81
    assert stops_in(records) == [False, False]
    assert "once more" in said(ran)


def test_a_stop_once_more_that_is_confirmed_is_the_last_word(
    cli: Cli, records: Path, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_heard_again(monkeypatch)
    ran = cli(*words(script, REFUSED), "--json")
    assert stops_in(records) == [False, True]
    assert ran.code == ran.json["code"] == Exit.FINDINGS, "as after any STOP"
    last = said(ran).rpartition("What happened:")[2]
    assert "once more" in last and "The output is off: the device was read and says so." in last
    assert "once more" in ran.json["words"]["happened"]


@pytest.mark.parametrize(
    ("error", "code"),
    [(RuntimeError("in the telling"), 70), (BrokenPipeError(), 141), (KeyboardInterrupt(), 130), (Ended(Exit.LINK, sentence="else"), 74)],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_a_stop_once_more_that_is_confirmed_leaves_its_place_to_what_ended_the_command(
    cli: Cli, records: Path, script: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    is_heard_again(monkeypatch, error)
    ran = cli(*words(script, REFUSED))
    assert stops_in(records) == [False, True]
    assert ran.code == code
    assert "once more" in said(ran) and "The output is off: the device was read and says so." in said(ran)


def test_a_lost_record_and_a_stop_once_more_that_is_confirmed(cli: Cli, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lose(monkeypatch, "burst over")
    is_heard_again(monkeypatch)
    ran = cli(*words(script, REFUSED), "--json")
    assert ran.code == ran.json["code"] == Exit.RECORD
    assert "NOT CONFIRMED" not in ran.json["words"]["happened"] and "the disk failed" in ran.json["words"]["happened"]
    assert "Test stimulation was stopped" in ran.json["words"]["stimulation"]


def test_the_alarm_does_not_wait_for_the_stop_that_is_said_once_more(
    capsys: pytest.CaptureFixture[str], records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = []
    real = Session.stop

    def stop(self: Session, cause: str, *more: Any, **named: Any) -> StopConfirmed | StopNotConfirmed:
        heard.append(capsys.readouterr().err)
        return real(self, cause, *more, **named)

    monkeypatch.setattr(Session, "stop", stop)
    face = Face(options(REFUSED, records), "rnprog.test/1")
    with pytest.raises(Ended) as ended, context.connection(face, "test", writes=True) as session:
        armed(session)
        raise KeyboardInterrupt
    first, second = heard
    assert "STOP NOT CONFIRMED" not in first and "STOP NOT CONFIRMED" in second
    assert ended.value.code == 81 and "once more" in str(ended.value)


def test_a_visitors_stop_that_is_not_confirmed_is_not_lost_by_the_command_it_met(records: Path) -> None:
    face = Face(options(REFUSED, records), "rnprog.test/1")

    def command() -> int:
        with context.connection(face, "test", writes=True) as session:
            session.stop("another process asked for it")
        return Exit.DONE

    assert context._run(face, command) == 81
    assert stops_in(records) == [False, False]


def test_a_command_line_that_is_thrown_away_keeps_the_alarm(records: Path) -> None:
    face = Face(options(REFUSED, records), "rnprog.test/1")
    dropped = context.connection(face, "test", writes=True)
    dropped.__enter__().stop("another process asked for it")
    with contextlib.suppress(GeneratorExit):
        dropped.gen.close()  # type: ignore[attr-defined]
    assert stops_in(records) == [False, False]
    assert context._run(face, lambda: Exit.DONE) == 81


def test_one_json_object_says_it(cli: Cli, script: Path) -> None:
    ran = cli(*words(script, REFUSED), "--json")
    assert json.loads(ran.out)["code"] == 81
