"""A device that says, while current flows, that it cannot drive it: the burst is over then, not when its time is (D8 of the fault list)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from rnprog.device.api import DeviceFlag
from rnprog.protocol import messages as m
from rnprog.protocol.fields import pack, unpack
from rnprog.protocol.opcodes import Opcode, OutputState, StatusFlag
from rnprog.session.heartbeat import BEAT_S
from rnprog.session.outcomes import Refused, StopConfirmed
from rnprog.session.session import Session
from rnprog.session.stimulation import Delivered
from rnprog.session.stopping import Halted
from rnprog.therapy.contacts import Side
from tests.device.rig import altered, emulator, strange, until
from tests.session.desk import Desk, applied, armed, faulty, give, given, ma, measured, state, truth
from tests.session.reconcile import assert_reconciled

LONG = "10"
"""Seconds of a burst: whatever ends it was no accident."""
AT_LIMIT = "impedance-jump=40@1"
AS_BEFORE = "impedance-jump=1@1"
SOON_S = 0.03
"""An exchange or two."""
SLICE_S = 0.05
"""Whoever waits in real time looks away for so long."""
BUSY_S = 0.5
"""What a busy computer may add to it."""


def breaks(session: Session, after_s: float = 0.65) -> Callable[[], float]:
    """The load rises so long after now, in the middle of what flows then. When it did, by the device's clock."""
    since_s, broke_s = session.clock.now_s(), list[float]()

    def look() -> bool:
        if not broke_s and session.clock.now_s() - since_s >= after_s:
            broke_s.append(truth(session).now_s)
            faulty(session, AT_LIMIT)
        return False

    session.stop_asked = look
    return lambda: broke_s[0]


def assert_alerted(delivered: Delivered) -> None:
    assert delivered.alert is not None
    assert delivered.alert.happened == "The device could not drive the set current on the left side."
    assert delivered.alert.stimulation == "The burst is over and the side was released; the output is off."
    assert "Measure the leads again" in delivered.alert.now


def test_the_first_heartbeat_that_tells_of_it_ends_the_burst(session: Session, desk: Desk) -> None:
    """Current flowed on for nine seconds while 45 heartbeats told of it."""
    stimulation = armed(session)
    broke_s = breaks(session)
    desk.tape.clear()
    assert_alerted(applied(give(stimulation, "0.5", LONG)))
    flowed = truth(session)
    assert flowed.off and flowed.last_on_s() - broke_s() <= BEAT_S + SOON_S
    assert flowed.changes[-1]["cause"] == "disarmed" and Opcode.STOP not in desk.tape.opcodes()
    assert state(session)["armed_channels"] == 0 and session.armed == set() and not session.heart.on


def test_a_load_that_was_too_high_from_the_beginning_is_told_when_the_burst_is_read_back(session: Session, desk: Desk) -> None:
    stimulation = armed(session)
    faulty(session, AT_LIMIT)
    desk.tape.clear()
    assert_alerted(applied(give(stimulation, "0.5", LONG)))
    flowed = truth(session)
    assert flowed.off and flowed.last_on_s() - flowed.bursts()[0]["t_s"] <= SOON_S and Opcode.HEARTBEAT not in desk.tape.opcodes()


def test_a_reading_of_the_state_that_tells_of_it_ends_the_burst_too(session: Session) -> None:
    """A screen reads the state between two heartbeats. This device says it there only."""
    stimulation = armed(session)
    strange(session.line, {Opcode.HEARTBEAT: altered(m.HeartbeatReply, flags=StatusFlag(0))})
    broke_s = breaks(session)
    look = session.stop_asked
    session.stop_asked = lambda: look() or session.glance() is None
    assert_alerted(applied(give(stimulation, "0.5", LONG)))
    assert truth(session).off and truth(session).last_on_s() - broke_s() <= SOON_S


def silent_while_it_flows(kind: type[m.HeartbeatReply | m.StatusReply]) -> Callable[[bytes], bytes]:
    """No flag is told before the burst is over."""

    def change(payload: bytes) -> bytes:
        told = unpack(kind, payload)
        return pack(replace(told, flags=0)) if told.output_state == OutputState.TEST_ON else payload

    return change


def test_it_ends_as_one_that_is_found_after_its_end(desk: Desk) -> None:
    """The same words, bounds, lines of the record and things to do: only the time is another."""
    endings = []
    for late in (True, False):
        with desk.open() as session:
            stimulation = armed(session)
            given(stimulation, "0.2", duration_s="0.1")
            session.wait(0.3)
            faulty(session, "impedance-jump=80@1")
            if late:
                kinds = {Opcode.HEARTBEAT: m.HeartbeatReply, Opcode.STATUS: m.StatusReply}
                strange(session.line, {opcode: silent_while_it_flows(kind) for opcode, kind in kinds.items()})
            delivered = applied(give(stimulation, "0.4", LONG))
            again = stimulation.arm()
            assert isinstance(again, Refused) and "impedance" in again.reasons[0].text
            flowed = truth(session)
        assert flowed.changes[-1]["cause"] == ("burst-done" if late else "disarmed")
        lines = desk.lines()
        assert_reconciled(flowed.changes, lines, same_clock=True, lossless=True)
        told = [(line["kind"], line["data"].get("what"), line["data"].get("result"), line["data"].get("alert")) for line in lines]
        endings.append((delivered.alert, stimulation.titration, session.ceilings.binding(stimulation.setup), told))
    assert endings[0] == endings[1] and endings[0][0] is not None


def test_a_release_that_does_not_arrive_is_followed_by_stop(session: Session) -> None:
    stimulation = armed(session)
    faulty(session, f"{AT_LIMIT},drop-request=DISARM@1")
    with pytest.raises(Halted, match="The output is off") as halted:
        give(stimulation, "0.5", LONG)
    assert isinstance(halted.value.outcome, StopConfirmed)
    flowed = truth(session)
    assert flowed.off and flowed.last_on_s() - flowed.bursts()[0]["t_s"] <= 1.0


def test_a_stop_of_a_person_in_the_same_moment_is_the_one_that_counts(session: Session, desk: Desk) -> None:
    """It says that it was too strong; a second STOP would say that the device had called for it."""
    stimulation = armed(session)
    breaks(session)
    beats = session.heart.pump

    def pump() -> None:
        beats()
        if session.heart.told_flowing and session.halted is None:
            person = threading.Thread(target=session.stop, args=("the operator said stop",))
            person.start()
            person.join(10)

    session.heart.pump = pump  # type: ignore[method-assign]
    with pytest.raises(Halted):
        give(stimulation, "0.5", LONG)
    assert [line["data"]["cause"] for line in desk.lines() if line["kind"] == "stop"] == ["the operator said stop"]
    found = session.ceilings.binding(stimulation.setup)
    assert found is not None and found.cut_off


# a flag that tells of something else


@pytest.fixture
def kept(session: Session) -> Session:
    """The lease ended a burst at the limit, and the device keeps the flag. The leads are in order again."""
    stimulation = armed(session)
    faulty(session, AT_LIMIT)
    approved = stimulation.approve(ma("0.5"), Decimal(LONG))
    assert not isinstance(approved, Refused)
    applied(stimulation.set_to(approved, "the test"))
    session.device.burst((Side.LEFT,), Decimal(LONG))
    session.forget()
    session.clock.sleep(2)
    faulty(session, AS_BEFORE)
    measured(session)
    assert DeviceFlag.AT_LIMIT_LEFT in session.status().flags
    return session


def test_the_flag_of_the_other_side_ends_nothing(kept: Session) -> None:
    right = armed(kept, Side.RIGHT)
    kept.wait(1)
    delivered = applied(give(right, "0.5", "2"))
    assert delivered.alert is None and DeviceFlag.AT_LIMIT_LEFT in delivered.status.flags
    assert truth(kept).changes[-1]["cause"] == "burst-done" and kept.armed == {Side.RIGHT} and kept.heart.on


def test_a_side_that_is_prepared_again_begins_without_its_old_flag(kept: Session) -> None:
    left = armed(kept)
    kept.wait(1)
    assert kept.armed == {Side.LEFT} and kept.heart.on, "nothing flows, so nothing is ended"
    assert applied(give(left, "0.5", "2")).alert is None
    assert truth(kept).changes[-1]["cause"] == "burst-done"


def test_with_the_heart_beating_on_for_the_other_side_the_next_burst_begins_without_the_flag(session: Session) -> None:
    left, right = armed(session), armed(session, Side.RIGHT)
    sweep = session.sweep
    faulty(session, AT_LIMIT)
    assert_alerted(applied(give(left, "0.5", "2")))
    assert session.armed == {Side.RIGHT} and session.heart.on
    faulty(session, AS_BEFORE)
    session.sweep = sweep
    session.wait(0.3)
    given(right, "0.5", duration_s="2")
    assert applied(give(armed(session), "0.5", "2")).alert is None
    assert truth(session).changes[-1]["cause"] == "burst-done"


# in real time, where the heart beats in a thread of its own


@pytest.fixture(params=["emu", "tcp", "pty"])
def wall(request: pytest.FixtureRequest, desk: Desk) -> Iterator[Session]:
    if request.param == "emu":
        with desk.open("emu://?clock=wall") as session:
            yield session
    else:
        with emulator(*{"tcp": ("--tcp", "127.0.0.1:0"), "pty": ("--pty",)}[request.param]) as running, desk.open(running.url) as session:
            yield session


def test_what_the_hearts_thread_has_heard_ends_the_burst(wall: Session) -> None:
    stimulation = armed(wall)
    broke_s = breaks(wall)
    assert_alerted(applied(give(stimulation, "0.5", LONG)))
    flowed = truth(wall)
    assert flowed.off and flowed.changes[-1]["cause"] == "disarmed"
    assert flowed.last_on_s() - broke_s() <= BEAT_S + SLICE_S + SOON_S + BUSY_S


def test_what_was_heard_is_not_lost_to_the_heartbeats_that_follow(desk: Desk) -> None:
    """The link thread of a screen may be at something else for longer than a beat; the device says it once, and the heart beats on."""
    told: list[bool] = []

    def once(payload: bytes) -> bytes:
        beat = unpack(m.HeartbeatReply, payload)
        if beat.output_state != OutputState.TEST_ON:
            return payload
        told.append(not told)
        return pack(replace(beat, flags=beat.flags | StatusFlag.AT_LIMIT_LEFT)) if told[-1] else payload

    with desk.open("emu://?clock=wall") as session:
        stimulation = armed(session)
        strange(session.line, {Opcode.HEARTBEAT: once})
        session.face_keeps_time = True

        def at_something_else() -> bool:
            until(lambda: session.heart.face_alive() or not told or len(told) >= 3, 5)
            session.heart.face_alive()
            return False

        session.stop_asked = at_something_else
        assert_alerted(applied(give(stimulation, "0.5", LONG)))
        assert len(told) >= 3 and truth(session).changes[-1]["cause"] == "disarmed"
