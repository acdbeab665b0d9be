"""What a STOP leaves open: it settles what concerns the output; what the implant stores is settled by a read, told, and in the record."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rnprog.device.errors import LinkLost
from rnprog.session import patient, programs
from rnprog.session.outcomes import Applied, Outcome, Refused, StopConfirmed, Unknown
from rnprog.session.resolve import Seen, Settled
from rnprog.session.session import Session
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble
from tests.session.desk import Desk, faulty, proposal, written

BY = "the test"
Patch = pytest.MonkeyPatch


def write(session: Session) -> Outcome[object]:
    return programs.apply(session, proposal(session), confirmed_by=BY)


def activate(session: Session) -> Outcome[object]:
    return programs.activate(session, written(session), confirmed_by=BY)


def schedule(session: Session) -> Outcome[object]:
    return programs.enable_schedule(session, not session.status().schedule_enabled, confirmed_by=BY)


def carry(session: Session) -> Outcome[object]:
    return patient.store(session, "P-7", confirmed_by=BY)


def unread(session: Session) -> None:
    """A program whose answer is lost, and a slot that cannot be read for some time afterwards."""
    faulty(session, "drop-reply=COMMIT@1")
    assert isinstance(write(session), Unknown)
    faulty(session, ",".join(f"drop-reply=SLOT_INFO@{number}" for number in range(1, 9)))


COMMANDS: dict[str, tuple[Callable[[Session], Outcome[object]], str]] = {
    "COMMIT": (write, "write program"),
    "ACTIVATE": (activate, "activate slot"),
    "SCHEDULE_SET": (schedule, "schedule"),
    "PATIENT_KEY_WRITE": (carry, "patient fingerprint"),
}


@pytest.mark.parametrize("request_", COMMANDS)
@pytest.mark.parametrize(
    ("lost", "seen", "settled"),
    [("reply", Seen.HELD, Settled.CARRIED_OUT), ("request", Seen.NOT_HELD, Settled.NOT_STORED)],
    ids=["carried out", "never arrived"],
)
def test_a_stop_leaves_what_is_stored_to_a_read(
    session: Session, desk: Desk, request_: str, lost: str, seen: Seen, settled: Settled
) -> None:
    """It was dropped: "STOP was sent", not a word about the slot, and no line that settled what the record called unknown."""
    send, what = COMMANDS[request_]
    faulty(session, f"drop-{lost}={request_}@1")
    assert isinstance(send(session), Unknown)
    stopped = session.stop(BY)
    assert isinstance(stopped, StopConfirmed) and session.pending is None
    assert f"The command before ('{what}') had not been answered. The implant was read: {settled};" in stopped.words.happened
    *_, stop, found = desk.lines()
    assert (stop["kind"], found["kind"], found["data"]["what"]) == ("stop", "settled", what)
    assert (found["data"]["seen"], found["data"]["settled"]) == (seen, settled)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_schedule_is_told_as_it_is_after_the_command_that_stop_met(session: Session, enabled: bool) -> None:
    """ "The daily schedule is still enabled and was not changed" was said of a command that had just enabled it."""
    if not enabled:
        assert isinstance(schedule(session), Applied)
    faulty(session, "drop-reply=SCHEDULE_SET@1")
    assert isinstance(programs.enable_schedule(session, enabled, confirmed_by=BY), Unknown)
    stopped = session.stop(BY)
    assert isinstance(stopped, StopConfirmed) and stopped.schedule_enabled is enabled
    assert f"The daily schedule is {'enabled' if enabled else 'disabled'}:" in stopped.words.now


def test_what_could_not_be_read_stays_open_and_is_settled_in_the_next_link(session: Session, desk: Desk) -> None:
    unread(session)
    stopped = session.stop(BY)
    assert isinstance(stopped, StopConfirmed)
    assert "Whether it was carried out is not known, as slot 0 could not be read: look at it" in stopped.words.happened
    assert session.pending is not None and session.output_left == "off" and desk.kinds()[-1] == "stop"
    faulty(session, "")
    session.reopen_link()
    assert isinstance(carry(session), Refused)
    found = session.resolve()
    assert found is not None and (found.seen, found.settled) == (Seen.HELD, Settled.CARRIED_OUT)
    assert session.pending is None and desk.kinds()[-1] == "settled"


def test_a_session_that_ends_before_it_was_settled_says_so_in_its_last_line(desk: Desk) -> None:
    with desk.open() as session:
        unread(session)
        session.stop(BY)
    assert desk.lines()[-1]["data"] == {"output_left": "off", "unsettled": ["write program"]}
    with desk.open() as session:
        written(session)
    assert desk.lines()[-1]["data"] == {"output_left": "off", "unsettled": []}


def test_an_interrupted_command_is_told_and_settled_as_what_was_read(session: Session, desk: Desk, monkeypatch: Patch) -> None:
    real = session.device.set_schedule

    def interrupted(enabled: bool) -> bool:
        real(enabled)
        raise KeyboardInterrupt

    monkeypatch.setattr(session.device, "set_schedule", interrupted)
    with pytest.raises(KeyboardInterrupt):
        schedule(session)
    stopped = session.stop("interrupted")
    assert isinstance(stopped, StopConfirmed)
    assert f"It was interrupted during 'schedule'. The implant was read: {Settled.CARRIED_OUT};" in stopped.words.happened
    assert [line["data"].get("settled") for line in desk.lines()[-2:]] == [None, Settled.CARRIED_OUT]


def test_a_stop_behind_a_command_says_that_it_was_carried_out(session: Session) -> None:
    """Interrupted between two commands of `program write`, not a word was said of the slot that had been written."""
    written(session)
    assert "Before that, 'write program' had been carried out." in session.stop(BY).words.happened
    session.reopen_link()
    proposal(session)  # measures: another command
    assert "Before that" not in session.stop(BY).words.happened


def test_a_signal_behind_a_recorded_outcome_leaves_nothing_open(desk: Desk, monkeypatch: Patch) -> None:
    """The record said "applied", and its last line that it is not known."""
    real = Session.note

    def strikes(self: Session, kind: str, data: dict[str, object], before: str = "") -> None:
        real(self, kind, data, before)
        if kind == "outcome" and data["what"] == "write program":
            faulty(self, "nak-stop")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), desk.open() as session:
        wanted = proposal(session)
        monkeypatch.setattr(Session, "note", strikes)
        programs.apply(session, wanted, confirmed_by=BY)
    assert desk.lines()[-1]["data"]["unsettled"] == []


@pytest.mark.parametrize("stop", ["", "nak-stop"], ids=["settled", "left open"])
def test_a_bug_within_a_command_on_what_is_stored_is_followed_by_a_look(desk: Desk, monkeypatch: Patch, stop: str) -> None:
    """Nothing was prepared, so nothing was said of a schedule that had been changed, and no line told that it is not known."""
    with pytest.raises(RuntimeError), desk.open() as session:
        real = session.device.set_schedule

        def breaks(enabled: bool) -> bool:
            real(enabled)
            faulty(session, stop)
            raise RuntimeError("a bug")

        monkeypatch.setattr(session.device, "set_schedule", breaks)
        schedule(session)
    settled = [line["data"]["settled"] for line in desk.lines() if line["kind"] == "settled"]
    assert settled == ([] if stop else [Settled.CARRIED_OUT])
    assert desk.lines()[-1]["data"]["unsettled"] == (["schedule"] if stop else [])


def test_a_read_that_a_stop_overtook_is_told_as_the_stop(session: Session, monkeypatch: Patch) -> None:
    """ "The link was lost: STOP came while the answer was awaited. Check the cable" was said; the link was in order."""

    def overtaken(slot: int) -> None:
        session.stop("from elsewhere")
        raise LinkLost("It was given up.")

    monkeypatch.setattr(session.device, "stored", overtaken)
    with pytest.raises(Halted) as told:
        programs.read_slot(session, 0)
    assert told.value.outcome is session.halted


def test_what_was_to_be_settled_is_named_when_its_read_fails(session: Session) -> None:
    """ "What the implant runs by itself was not changed" was said while a COMMIT was open."""
    unread(session)
    with pytest.raises(Trouble) as told:
        session.resolve()
    assert "Whether the command (write program) was carried out is not known" in str(told.value)


def test_a_fingerprint_that_is_not_there_is_settled_as_that_in_the_next_link(session: Session) -> None:
    faulty(session, "drop-request=PATIENT_KEY_WRITE@1,nak-stop")
    assert isinstance(carry(session), Unknown)
    assert not isinstance(session.stop(BY), StopConfirmed)
    faulty(session, "")
    session.reopen_link()
    found = session.resolve()
    assert found is not None and (found.seen, found.settled) == (Seen.NOT_HELD, Settled.NOT_STORED)
