"""Settling what was sent and not answered: every row of the table, first by itself and then on the device."""

from dataclasses import replace

import pytest

from rnprog.device.api import CommandTrace
from rnprog.device.errors import PARTLY, UNNUMBERED, Pending, ProtocolMismatch
from rnprog.protocol.connection import HostConnection
from rnprog.protocol.messages import OpenLink
from rnprog.session import patient, programs, sweep
from rnprog.session.outcomes import Applied, Refused, StopConfirmed, Unknown
from rnprog.session.resolve import TABLE, Meant, Seen, Settled, resolve
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.trouble import Trouble
from rnprog.therapy.contacts import Side
from tests.session.desk import BOTH, Desk, applied, armed, faulty, give, given, measured, proposal, setup, state, truth, written


def test_every_row_means_something() -> None:
    assert set(TABLE) == set(Seen)
    assert set(TABLE.values()) == set(Settled)


@pytest.mark.parametrize(
    "changes, seen, settled",
    [
        ({"last_command": CommandTrace(7, "ARM", "done")}, Seen.DONE, Settled.CARRIED_OUT),
        ({"last_command": CommandTrace(7, "ARM", "busy")}, Seen.REFUSED, Settled.REFUSED),
        ({"last_command": CommandTrace(7, "ARM", "code 99")}, Seen.REFUSED, Settled.REFUSED),
        ({"last_command": CommandTrace(7, "ARM", PARTLY)}, Seen.PERHAPS, Settled.PERHAPS),
        ({"last_command": CommandTrace(6, "ARM", "done")}, Seen.NEVER_ARRIVED, Settled.NOT_CARRIED_OUT),
        ({"last_command": CommandTrace(0, "none", "done")}, Seen.NEVER_ARRIVED, Settled.NOT_CARRIED_OUT),
        ({"link_session": 66, "last_command": CommandTrace(7, "ARM", "done")}, Seen.SESSION_OVER, Settled.ENDED),
        ({"link_session": 0, "last_command": CommandTrace(7, "ARM", "done")}, Seen.SESSION_OVER, Settled.ENDED),
        ({"boot_count": 4, "last_command": CommandTrace(7, "ARM", "done")}, Seen.RESTARTED, Settled.ENDED),
    ],
)
def test_the_table(session: Session, changes: dict[str, object], seen: Seen, settled: Settled) -> None:
    pending = Pending("ARM", 65, 7, 3)
    status = replace(session.status(), **{"boot_count": 3, "link_session": 65, **changes})  # type: ignore[arg-type]
    found = resolve(pending, status, Meant())
    assert (found.seen, found.settled) == (seen, settled)


def test_what_has_no_number_is_settled_only_by_what_is_held(session: Session) -> None:
    stored = written(session)
    assert stored.program is not None
    pending = Pending("write program", session.link_session, UNNUMBERED, session.met.boot_count)
    for digest, expected in ((stored.program.digest(), Settled.CARRIED_OUT), ("another", Settled.PERHAPS)):
        found = resolve(pending, session.status(), Meant("write program", {"slot": 0, "digest": digest}), stored, looked=True)
        assert found.settled is expected
    assert resolve(replace(pending, command="impedance"), session.status(), Meant("impedance")).settled is Settled.PERHAPS


def test_whatever_is_unknown_blocks_the_next_command(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the error does not say what stays open. "Nothing else is sent until then" was said, and the next command went out."""

    def strange(pairs: object) -> None:
        raise ProtocolMismatch("It answered in verse.")

    monkeypatch.setattr(session.device, "measure", strange)
    ending = sweep.measure(session, BOTH)
    monkeypatch.undo()
    assert isinstance(ending, Unknown) and ending.pending is not None
    assert ending.words.happened == "The device's answer makes no sense (impedance)."
    assert isinstance(sweep.measure(session, BOTH), Refused)
    found = session.resolve()
    assert found is not None and found.settled is Settled.PERHAPS
    assert isinstance(sweep.measure(session, BOTH), Applied)


@pytest.mark.parametrize("polled", [True, False], ids=["after a look at the state", "at once"])
def test_a_link_that_is_over_is_told_as_that_and_can_be_opened_again(session: Session, polled: bool) -> None:
    """The device restarted while nothing was prepared. "The device did not answer" was said, and nothing led out of it."""
    session.device.link.port.bench({"cmd": "reset"})  # type: ignore[attr-defined]
    if polled:
        session.status()
    for _ in range(2):
        ending = sweep.measure(session, BOTH)
        assert isinstance(ending, Refused) and ending.link_over
        assert "restarted" in ending.reasons[0].text
    assert session.pending is None
    session.reopen_link()
    assert isinstance(sweep.measure(session, BOTH), Applied)


def test_a_stop_that_comes_while_the_link_is_opened_again_is_not_forgotten(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.stop("the test")
    real = session.device.resume_link

    def resumes() -> None:
        real()
        session.stop("another one")

    monkeypatch.setattr(session.device, "resume_link", resumes)
    session.reopen_link()
    assert isinstance(session.halted, StopConfirmed)


def test_nothing_pending_is_nothing_to_settle(session: Session, desk: Desk) -> None:
    desk.tape.clear()
    assert session.resolve() is None
    assert not desk.tape.entries


def test_a_fingerprint_that_could_not_be_read_back_is_settled_before_anything_else_is_sent(session: Session) -> None:
    """The nurse read "Nothing else is sent until then", and the next command went out."""
    faulty(session, ",".join(f"drop-reply=PATIENT_KEY_READ@{number}" for number in range(1, 6)))
    ending = patient.store(session, "P-7", confirmed_by="the nurse")
    assert isinstance(ending, Unknown) and ending.pending is not None and ending.pending.command == "PATIENT_KEY_WRITE"
    assert isinstance(sweep.measure(session, BOTH), Refused)
    found = session.resolve()
    assert found is not None and found.settled is Settled.CARRIED_OUT
    assert patient.compare(session, "P-7") is patient.Match.SAME


def test_an_arm_whose_answer_was_lost_was_carried_out(session: Session, desk: Desk) -> None:
    measured(session)
    faulty(session, "drop-reply=ARM@1")
    with pytest.raises(AssertionError, match="Unknown"):
        armed(session)
    found = session.resolve()
    assert found is not None and found.settled is Settled.CARRIED_OUT
    assert session.pending is None and session.armed == {Side.LEFT}
    assert desk.lines()[-1]["kind"] == "settled"


def test_an_arm_that_never_arrived_leaves_nothing_armed(session: Session) -> None:
    measured(session)
    faulty(session, "drop-request=ARM@1")
    with pytest.raises(AssertionError, match="Unknown"):
        armed(session)
    found = session.resolve()
    assert found is not None and found.settled is Settled.NOT_CARRIED_OUT
    assert session.armed == set() and state(session)["armed_channels"] == 0
    written(session)


def test_a_release_whose_answer_was_lost_is_a_release(session: Session) -> None:
    """The side is not kept alive by heartbeats, and the program may be written."""
    stimulation = armed(session)
    faulty(session, "drop-reply=DISARM@1")
    assert isinstance(stimulation.disarm(), Unknown)
    found = session.resolve()
    assert found is not None and found.settled is Settled.CARRIED_OUT
    assert session.armed == set() and not session.heart.on
    written(session)


def test_a_refusal_whose_answer_was_lost_is_a_refusal(session: Session) -> None:
    stimulation = armed(session)
    faulty(session, "drop-reply=ARM@1")
    assert isinstance(Stimulation(session, setup()).arm(), Unknown)
    found = session.resolve()
    assert found is not None and found.settled is Settled.REFUSED
    assert session.armed == {Side.LEFT}
    applied(stimulation.disarm())


def test_a_device_that_restarted_ended_everything(session: Session) -> None:
    """The read is refused in the old link session first, and then asked outside any."""
    stimulation = armed(session)
    given(stimulation, "0.5")
    faulty(session, "reset@1")
    assert isinstance(give(stimulation, "0.6"), Unknown)
    found = session.resolve()
    assert found is not None and (found.seen, found.settled) == (Seen.RESTARTED, Settled.ENDED)
    assert session.armed == set() and session.sweep is None and session.pending is None
    assert not session.heart.on
    assert truth(session).off
    session.reopen_link()
    written(session)


def test_a_link_that_another_programmer_opened_ended_everything(session: Session) -> None:
    armed(session)
    faulty(session, "drop-reply=SCHEDULE_SET@1")
    assert isinstance(programs.enable_schedule(session, True, confirmed_by="the test"), Unknown)
    host = session.device.link.port._line._host
    host.receive(HostConnection().send(OpenLink(1, 1004)).data)
    found = session.resolve()
    assert found is not None and (found.seen, found.settled) == (Seen.SESSION_OVER, Settled.ENDED)
    assert session.armed == set()


def test_a_commit_whose_answer_was_lost(session: Session) -> None:
    wanted = proposal(session)
    faulty(session, "drop-reply=COMMIT@1")
    assert isinstance(programs.apply(session, wanted, confirmed_by="the test"), Unknown)
    found = session.resolve()
    assert found is not None and found.settled is Settled.CARRIED_OUT
    assert found.held == programs.read_slot(session, 0) and found.held.program == wanted.program  # type: ignore[union-attr]


def test_a_commit_that_cannot_be_read_back_blocks_until_it_is_settled(session: Session) -> None:
    wanted = proposal(session)
    faulty(session, "half-open@6")
    ending = programs.apply(session, wanted, confirmed_by="the test")
    assert isinstance(ending, Unknown)
    faulty(session, "")
    assert isinstance(programs.enable_schedule(session, True, confirmed_by="the test"), Refused)
    found = session.resolve()
    assert found is not None and found.settled is Settled.CARRIED_OUT
    applied(programs.enable_schedule(session, True, confirmed_by="the test"))


def test_a_device_that_resets_right_after_a_commit_refused_nothing(session: Session) -> None:
    """Refused would mean that nothing was changed; the program was."""
    wanted = proposal(session)
    faulty(session, "reset@6")
    ending = programs.apply(session, wanted, confirmed_by="the test")
    assert isinstance(ending, Unknown), ending
    found = session.resolve()
    assert found is not None and found.seen is Seen.RESTARTED
    session.reopen_link()
    assert programs.read_slot(session, 0).program == wanted.program


def test_while_the_device_is_silent_nothing_is_settled(session: Session) -> None:
    faulty(session, "half-open@1")
    assert isinstance(programs.enable_schedule(session, True, confirmed_by="the test"), Unknown)
    with pytest.raises(Trouble):
        session.resolve()
    assert session.pending is not None
    faulty(session, "")
    found = session.resolve()
    assert found is not None and found.settled is Settled.CARRIED_OUT


def test_a_confirmed_stop_settles_what_was_pending(session: Session) -> None:
    stimulation = armed(session)
    faulty(session, "drop-reply=SET_AMPLITUDE@1")
    assert isinstance(give(stimulation, "0.5"), Unknown)
    assert isinstance(session.stop("the test"), StopConfirmed)
    assert session.pending is None


@pytest.mark.parametrize("step", ["STAGE", "VALIDATE"])
def test_a_program_that_was_only_handed_over_is_not_carried_out(session: Session, desk: Desk, step: str) -> None:
    wanted = proposal(session)
    faulty(session, f"drop-reply={step}@1")
    assert isinstance(programs.apply(session, wanted, confirmed_by="the test"), Unknown)
    found = session.resolve()
    assert found is not None and (found.seen, found.settled) == (Seen.PREPARED, Settled.NOT_CARRIED_OUT)
    assert found.held is not None and found.held.revision == 0 and found.what == "write program"
    assert desk.lines()[-1]["data"]["settled"] == Settled.NOT_CARRIED_OUT
    written(session)


@pytest.mark.parametrize("opcode", ["COMMIT", "ACTIVATE", "SCHEDULE_SET"])
def test_what_the_device_says_it_did_and_does_not_hold_is_not_carried_out(session: Session, opcode: str) -> None:
    wanted = proposal(session)
    faulty(session, f"drop-reply={opcode}@1,no-effect={opcode}@1")
    written = programs.apply(session, wanted, confirmed_by="the test")
    if isinstance(written, Applied):
        ending: object = programs.activate(session, written.readback, confirmed_by="the test")
        if isinstance(ending, Applied):
            ending = programs.enable_schedule(session, True, confirmed_by="the test")
        assert isinstance(ending, Unknown)
    found = session.resolve()
    assert found is not None and (found.seen, found.settled) == (Seen.OTHERWISE, Settled.OTHERWISE)
