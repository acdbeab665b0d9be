"""A record that is lost just after a command: what the command did is said, and what a slot holds is read."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

import pytest

from rnprog.session import programs
from rnprog.session.session import Session
from rnprog.session.trouble import Trouble, TroubleKind
from rnprog.session.unclosed import unclosed
from tests.session.desk import armed, give, proposal, truth, written


@pytest.fixture
def session(desk: Any) -> Any:
    with desk.open() as opened:
        yield opened


def failing_after(session: Session, patch: pytest.MonkeyPatch, command: str) -> None:
    """The disk fails once this command has been carried out."""
    done: list[str] = []
    real, sync = getattr(session.device, command), os.fsync

    def carry_out(*values: Any) -> Any:
        result = real(*values)
        done.append(command)
        return result

    def fsync(handle: int) -> None:
        if done:
            raise OSError(errno.EIO, "Input/output error")
        sync(handle)

    patch.setattr(session.device, command, carry_out)
    patch.setattr(os, "fsync", fsync)


def program(session: Session) -> Any:
    wanted = proposal(session)
    return lambda: programs.apply(session, wanted, confirmed_by="the test")


def activation(session: Session) -> Any:
    stored = written(session)
    return lambda: programs.activate(session, stored, confirmed_by="the test")


def schedule(session: Session) -> Any:
    return lambda: programs.enable_schedule(session, True, confirmed_by="the test")


def burst(session: Session) -> Any:
    stimulation = armed(session)
    return lambda: give(stimulation, "0.3")


@pytest.mark.parametrize(
    "prepare, command, said",
    [
        (program, "write", ("write program", "slot 0 now holds revision 1")),
        (activation, "activate", ("activate slot", "the implant runs slot 0")),
        (schedule, "set_schedule", ("schedule", "`rnprog program show`")),
        (burst, "burst", ("burst", "Test stimulation was stopped")),
    ],
)
def test_what_was_done_is_said(
    session: Session, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[Session], Any], command: str, said: tuple[str, str]
) -> None:
    go = prepare(session)
    failing_after(session, monkeypatch, command)
    with pytest.raises(Trouble) as lost:
        go()
    monkeypatch.undo()
    told = str(lost.value)
    assert lost.value.kind is TroubleKind.RECORD
    assert f"({said[0]}) was carried out and read back" in told and said[1] in told
    assert "Nothing was started" not in told and "Nothing was sent" not in told
    assert bool(truth(session).bursts()) is (command == "burst")


def test_what_was_not_sent_is_said_to_be_not_sent(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    stimulation = armed(session)

    def fsync(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    refused = give(stimulation, "0.3")
    monkeypatch.undo()
    assert "Nothing was sent." in refused.reasons[0].text  # type: ignore[union-attr]
    assert not truth(session).bursts()


def test_a_lost_record_is_given_free_when_its_session_ends(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file stayed open as long as the program ran, and so the next appointment of the same screen did not tell of it."""
    with monkeypatch.context() as patched:
        with pytest.raises(Trouble) as trouble, desk.open() as session:
            folder = session.record.path.parent
            failing_after(session, patched, "arm")
            armed(session)
        assert trouble.value.kind is TroubleKind.RECORD
    (found,) = unclosed(folder)
    assert found.path == session.record.path


def test_a_file_that_cannot_be_closed_keeps_neither_port_nor_heart(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk on the network can fail as late as that."""
    real, ended = os.close, list[str]()

    with pytest.raises(OSError, match="Input/output error"), monkeypatch.context() as patched, desk.open() as session:
        armed(session)
        record, port = session.record._handle, session.device.close

        def close(handle: int) -> None:
            real(handle)
            if handle == record:
                raise OSError(errno.EIO, "Input/output error")

        patched.setattr(os, "close", close)
        patched.setattr(session.device, "close", lambda: (ended.append("port"), port()))
    assert ended == ["port"] and not session.heart.on
    session.record.abandon()  # harmless: it is closed
