"""STOP from another thread while a command is on its way: nothing of that command goes on, whenever STOP comes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from rnprog.session import programs
from rnprog.session.outcomes import StopConfirmed, StopOutcome
from rnprog.session.session import Session
from rnprog.session.stopping import Halted
from tests.session.desk import Desk, proposal

Patch = pytest.MonkeyPatch


@pytest.fixture
def session(desk: Desk) -> Iterator[Session]:
    with desk.open("emu://?clock=wall") as opened:
        yield opened


class Stopper:
    """Says STOP in a thread of its own; `sent` once the device has answered, though the STOP is not over by then."""

    def __init__(self, session: Session, patch: Patch) -> None:
        self.session, self.sent = session, threading.Event()
        self.told: list[StopOutcome] = []
        self._thread = threading.Thread(target=self._stop)
        real = session.device.stop

        def stop() -> Any:
            try:
                return real()
            finally:
                self.sent.set()

        patch.setattr(session.device, "stop", stop)

    def _stop(self) -> None:
        self.told.append(self.session.stop("from elsewhere"))

    def say(self) -> None:
        self._thread.start()
        assert self.sent.wait(10)

    def over(self) -> StopOutcome:
        self._thread.join(10)
        (told,) = self.told
        return told


def nothing_was_written(session: Session, desk: Desk, outcome: StopOutcome) -> None:
    assert isinstance(outcome, StopConfirmed)
    session.reopen_link()
    assert programs.read_slot(session, 0).revision == 0
    after = [(line["kind"], line["data"].get("result")) for line in desk.lines()]
    assert ("outcome", "overtaken by STOP") in after and ("outcome", "applied") not in after[after.index(("stop", None)) :]


def test_stop_while_the_intent_is_being_written(session: Session, desk: Desk, monkeypatch: Patch) -> None:
    wanted, stopper, real, here = proposal(session), Stopper(session, monkeypatch), os.fsync, threading.current_thread()
    struck: list[int] = []

    def fsync(handle: int) -> None:
        if threading.current_thread() is here and not struck:
            struck.append(handle)
            stopper.say()
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(Halted):
        programs.apply(session, wanted, confirmed_by="the test")
    monkeypatch.setattr(os, "fsync", real)
    nothing_was_written(session, desk, stopper.over())


@pytest.mark.parametrize("before", ["STAGE", "VALIDATE", "COMMIT"])
def test_stop_before_any_frame_of_a_program(session: Session, desk: Desk, monkeypatch: Patch, before: str) -> None:
    wanted, stopper = proposal(session), Stopper(session, monkeypatch)
    exchange = session.device._exchange  # type: ignore[attr-defined]
    real = exchange.ask_many

    def ask_many(request: Any, *more: Any) -> Any:
        if type(request).__name__.upper() == before and not stopper.sent.is_set():
            stopper.say()
        return real(request, *more)

    monkeypatch.setattr(exchange, "ask_many", ask_many)
    with pytest.raises(Halted):
        programs.apply(session, wanted, confirmed_by="the test")
    outcome = stopper.over()
    assert "slot 0 now holds revision 0" in outcome.words.happened
    nothing_was_written(session, desk, outcome)
