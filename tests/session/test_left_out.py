"""Each of these checks was left out on purpose, and no test noticed: what it holds up is asked for here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import pytest

from rnprog.device.api import CommandTrace, Output
from rnprog.device.errors import Pending, ProtocolMismatch, Superseded
from rnprog.protocol.messages import OpenLink
from rnprog.protocol.opcodes import MAX_PAYLOAD
from rnprog.session import programs, sweep, wiring
from rnprog.session.outcomes import Applied, Differs, Refused, StopNotConfirmed, Unknown
from rnprog.session.record import RecordLost
from rnprog.session.resolve import Meant, Settled, resolve
from rnprog.session.session import Session
from rnprog.session.trouble import Trouble
from rnprog.session.unclosed import put_right, unclosed
from rnprog.therapy.contacts import Side
from rnprog.therapy.units import Hertz
from tests.session.desk import BOTH, Desk, armed, faulty, give, given, ma, measured, proposal, truth, written
from tests.session.test_assisted import Nurse, graded
from tests.session.test_bilateral import run
from tests.session.test_unclosed import died

Patch = pytest.MonkeyPatch


# what is unknown stays unknown


def test_neither_a_stop_that_is_not_confirmed_nor_a_new_link_forgets_what_is_unknown(session: Session) -> None:
    """The program is in the device, and nobody knows."""
    wanted = proposal(session)
    faulty(session, "drop-reply=COMMIT@1,nak-stop")
    ending = programs.apply(session, wanted, confirmed_by="the test")
    assert isinstance(ending, Unknown) and ending.pending is not None
    assert isinstance(session.stop("the test"), StopNotConfirmed)
    session.reopen_link()
    assert isinstance(sweep.measure(session, BOTH), Refused)
    assert session.resolve() is not None
    assert isinstance(sweep.measure(session, BOTH), Applied)


def test_a_commit_that_did_nothing_over_an_older_program_is_not_called_carried_out(session: Session) -> None:
    """The slot holds a program: the one before."""
    before = written(session)
    wanted = proposal(session, rate_hz=Hertz(Decimal(30)))
    faulty(session, "no-effect=COMMIT@1,drop-reply=COMMIT@1")
    assert isinstance(programs.apply(session, wanted, confirmed_by="the test"), Unknown)
    found = session.resolve()
    assert programs.read_slot(session, 0).crc == before.crc
    assert found is not None and found.settled is Settled.OTHERWISE


def test_an_arm_at_another_set_point_is_not_settled_as_carried_out(session: Session) -> None:
    armed(session)
    status = session.status()
    higher = {**status.setpoint_ma, Side.LEFT: ma("0.4")}
    status = replace(status, setpoint_ma=higher, last_command=CommandTrace(7, "ARM", "done"))
    pending = Pending("ARM", status.link_session, 7, status.boot_count)
    assert resolve(pending, status, Meant("arm", {"side": "left"})).settled is Settled.OTHERWISE


def test_after_a_restart_and_a_new_link_a_command_is_settled_as_any_other(session: Session) -> None:
    session.device.link.port.bench({"cmd": "reset"})  # type: ignore[attr-defined]
    session.stop("the test")
    session.reopen_link()
    measured(session)
    faulty(session, "drop-reply=ARM@1")
    with pytest.raises(AssertionError, match="Unknown"):
        armed(session)
    found = session.resolve()
    assert found is not None and found.settled is Settled.CARRIED_OUT and session.armed


def test_after_a_burst_that_may_have_flowed_the_side_starts_anew(session: Session) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5")
    session.wait(0.3)
    faulty(session, "drop-reply=BURST@1")
    assert isinstance(give(stimulation, "0.8"), Unknown)
    session.wait(0.5)
    assert session.resolve() is not None
    refused = give(stimulation, "0.8")
    assert isinstance(refused, Refused) and "starts from 0 mA" in refused.reasons[0].text


@pytest.mark.parametrize(("spec", "words"), [("serial-change@3", "write program"), ("reset=STATUS@1", "activate slot")])
def test_a_command_that_was_sent_is_not_called_unsent_because_the_read_after_it_fails(session: Session, spec: str, words: str) -> None:
    """Another device answers, or the device restarts between a command and its read-back."""
    if words == "activate slot":
        stored = written(session)
        faulty(session, spec)
        ending: Any = programs.activate(session, stored, confirmed_by="the test")
    else:
        wanted = proposal(session)
        faulty(session, spec)
        ending = programs.apply(session, wanted, confirmed_by="the test")
    assert isinstance(ending, Unknown) and ending.pending is not None
    assert session.pending is ending.pending and words in str(ending.words)


def test_a_read_back_that_makes_no_sense_leaves_the_command_open(session: Session, monkeypatch: Patch) -> None:
    stimulation = armed(session)

    def nonsense(**named: Any) -> NoReturn:
        raise ProtocolMismatch("The device said something that this version does not know.")

    monkeypatch.setattr(session.device, "status", nonsense)
    ending = stimulation.disarm()
    monkeypatch.undo()
    assert isinstance(ending, Unknown) and ending.pending is not None and ending.pending.command == "DISARM"
    assert isinstance(sweep.measure(session, BOTH), Refused)
    assert session.resolve() is not None


# what is said was read


def test_the_end_of_an_earlier_burst_does_not_prove_the_next_one(session: Session) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5")
    flowed = len(truth(session).bursts())
    session.wait(0.3)
    faulty(session, "no-effect=BURST@1")
    assert isinstance(give(stimulation, "0.5"), Differs)
    assert len(truth(session).bursts()) == flowed


def test_a_device_that_runs_other_bytes_of_the_slot_is_not_called_active(session: Session, monkeypatch: Patch) -> None:
    stored, real = written(session, 1), session.device.status
    monkeypatch.setattr(session.device, "status", lambda **named: replace(real(), active_crc=(real().active_crc or 0) ^ 1))
    assert isinstance(programs.activate(session, stored, confirmed_by="the test"), Differs)


def test_a_slot_with_other_bytes_of_the_same_revision_is_not_written_over(session: Session, monkeypatch: Patch) -> None:
    wanted, real = proposal(session), session.device.stored
    monkeypatch.setattr(session.device, "stored", lambda slot: replace(real(slot), crc=real(slot).crc ^ 1))
    assert isinstance(programs.apply(session, wanted, confirmed_by="the test"), Refused)


@pytest.mark.parametrize("contact", [2, 6])
def test_a_contact_of_either_side_that_breaks_ends_the_check_of_both(session: Session, contact: int) -> None:
    measured(session)
    patient = session.device.link.port._line._host.device.patient  # type: ignore[attr-defined]
    patient.electrodes = patient.electrodes.with_open(contact)
    result, bursts = run(session, Nurse(graded(*["clear"] * 4)))
    assert result.alert is not None and result.ending == "aborted" and not bursts


# STOP


def test_the_answer_to_stop_is_judged_beside_the_read(session: Session, monkeypatch: Patch) -> None:
    armed(session)
    real = session.device.stop
    monkeypatch.setattr(session.device, "stop", lambda: replace(real(), output=Output.TEST_ON))  # type: ignore[type-var]
    assert isinstance(session.stop("the test"), StopNotConfirmed)


def at_the_first_write(session: Session, monkeypatch: Patch, happens: Callable[[], None], *, behind: bool) -> None:
    link = session.line
    real, done = link.write, []

    def write(data: bytes, **named: Any) -> None:
        if behind:
            real(data, **named)
        if not done:
            done.append(True)
            happens()
        if not behind:
            real(data, **named)

    monkeypatch.setattr(link, "write", write)


def test_a_link_that_was_opened_behind_the_bytes_of_a_stop_is_void(session: Session, monkeypatch: Patch) -> None:
    """The answer to a LINK_OPEN is taken between the bytes of STOP and its turn."""
    connection = session.device._exchange.connection  # type: ignore[attr-defined]
    at_the_first_write(session, monkeypatch, lambda: setattr(connection, "link_session", 7), behind=True)
    session.device.stop()
    assert connection.link_session == 0


def test_nothing_goes_on_under_an_old_number_while_the_bytes_of_a_stop_leave(session: Session, monkeypatch: Patch) -> None:
    before, seen = session.line.queue_epoch, []
    at_the_first_write(session, monkeypatch, lambda: seen.append(session.line.queue_epoch), behind=False)
    session.device.stop()
    assert seen == [before + 1]


def test_a_link_that_waited_for_its_turn_while_stop_was_said_is_not_opened(session: Session, monkeypatch: Patch) -> None:
    """A command would fall over the closed link all the same; LINK_OPEN would open it anew."""
    exchange, real = session.device._exchange, session.line.turn  # type: ignore[attr-defined]

    class Busy:
        def __enter__(self) -> None:
            real.acquire()
            session.line.overtake()

        def __exit__(self, *_: object) -> None:
            real.release()

    monkeypatch.setattr(session.line, "turn", Busy())
    before = exchange.connection.link_session
    with pytest.raises(Superseded, match="dropped"):
        exchange.ask(OpenLink(1, MAX_PAYLOAD))
    assert exchange.connection.link_session == before


def test_an_answer_to_another_opening_of_the_link_opens_nothing(session: Session, monkeypatch: Patch) -> None:
    exchange = session.device._exchange  # type: ignore[attr-defined]
    real = exchange.ask

    def ask(request: Any, *more: Any) -> Any:
        reply = real(request, *more)
        return replace(reply, nonce=reply.nonce ^ 1) if isinstance(request, OpenLink) else reply

    monkeypatch.setattr(exchange, "ask", ask)
    with pytest.raises(ProtocolMismatch):
        session.device.resume_link()


# the records of those who were killed


def test_a_start_that_could_not_record_leaves_the_unclosed_for_the_next(desk: Desk, monkeypatch: Patch) -> None:
    died(desk.record_dir, torn=b'{"v":1')

    def full(*values: Any, **named: Any) -> NoReturn:
        raise RecordLost("the disk is full")

    with monkeypatch.context() as patched, pytest.raises(Trouble):
        patched.setattr(wiring.Record, "create", full)
        with desk.open():
            pass
    assert len(unclosed(desk.record_dir)) == 1
    with desk.open():
        pass
    assert len(desk.lines()[0]["data"]["unclosed"]) == 1


def test_putting_right_a_record_without_a_torn_end_changes_nothing_of_it(tmp_path: Path) -> None:
    record = died(tmp_path)
    before = record.path.read_bytes()
    put_right(tmp_path, unclosed(tmp_path))
    assert record.path.read_bytes() == before and not list(tmp_path.glob("*.torn"))
