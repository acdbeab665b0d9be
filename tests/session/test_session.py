"""The order of things: intent on disk, then the bytes, then the outcome on disk; and how each command can end."""

import os
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from device_emulator.host import Host
from rnprog.device.clock import Clock, WallClock
from rnprog.protocol import messages as m
from rnprog.protocol.messages import REQUESTS
from rnprog.protocol.opcodes import Opcode, RequestClass
from rnprog.session import programs, sweep
from rnprog.session.outcomes import Applied, Differs, Outcome, ReasonKind, Refused, StopConfirmed, StopNotConfirmed, Unknown
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble, TroubleKind
from rnprog.therapy.contacts import Side
from tests.device.rig import altered, strange, until
from tests.session.desk import BOTH, Desk, applied, armed, faulty, give, given, measured, proposal, setup, state, truth, written

D = Decimal
Command = tuple[Callable[[Session], Any], Callable[[Session, Any], Outcome[Any]]]
"""What must be there before it, and the command."""


def _armed(session: Session) -> Stimulation:
    return armed(session)


COMMANDS: dict[str, tuple[Opcode, Command]] = {
    "impedance": (Opcode.IMPEDANCE, (lambda session: None, lambda session, _: sweep.measure(session, BOTH))),
    "arm": (Opcode.ARM, (lambda session: (measured(session), Stimulation(session, setup()))[1], lambda session, s: s.arm())),
    "amplitude": (Opcode.SET_AMPLITUDE, (_armed, lambda session, s: give(s, "0.5"))),
    "burst": (Opcode.BURST, (_armed, lambda session, s: give(s, "0.5"))),
    "disarm": (Opcode.DISARM, (_armed, lambda session, s: s.disarm())),
    "write program: stage": (Opcode.STAGE, (proposal, lambda session, p: programs.apply(session, p, confirmed_by="t"))),
    "write program: validate": (Opcode.VALIDATE, (proposal, lambda session, p: programs.apply(session, p, confirmed_by="t"))),
    "write program: commit": (Opcode.COMMIT, (proposal, lambda session, p: programs.apply(session, p, confirmed_by="t"))),
    "activate slot": (Opcode.ACTIVATE, (written, lambda session, stored: programs.activate(session, stored, confirmed_by="t"))),
    "schedule": (Opcode.SCHEDULE_SET, (lambda session: None, lambda session, _: programs.enable_schedule(session, True, confirmed_by="t"))),
}
each_command = pytest.mark.parametrize("name", COMMANDS)


def test_every_command_this_floor_can_send_is_tried_here() -> None:
    never = {Opcode.CLOCK_SET, Opcode.PATIENT_KEY_WRITE, Opcode.REVERT, Opcode.THERAPY_START, Opcode.THERAPY_STOP}
    commands = {opcode for opcode, kind in REQUESTS.items() if kind.CLASS is RequestClass.COMMAND}
    assert {opcode for opcode, _ in COMMANDS.values()} == commands - never


@each_command
def test_the_intent_is_on_disk_before_the_first_byte(session: Session, desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written, synced, and only then sent; the outcome follows the answer."""
    opcode, (before, command) = COMMANDS[name]
    what = name.split(":", maxsplit=1)[0]
    ready = before(session)
    order: list[str] = []
    real_sync, real_trace = os.fsync, session.device.link._trace

    def sync(handle: int) -> None:
        real_sync(handle)
        line = desk.lines()[-1]
        order.append(f"{line['kind']} {line['data'].get('what', '')}")

    def trace(at_s: float, way: str, data: bytes) -> None:
        before_count = len(desk.tape.frames())
        real_trace(at_s, way, data)
        for _, frame in desk.tape.frames()[before_count:]:
            order.append(Opcode(frame.opcode).name)

    monkeypatch.setattr(os, "fsync", sync)
    session.device.link._trace = trace
    applied(command(session, ready))
    mine = order.index(opcode.name)
    assert f"intent {what}" in order[:mine]
    assert f"outcome {what}" in order[mine:]
    assert all(order.index(f"intent {what}") < place for place, entry in enumerate(order) if entry == opcode.name)


@each_command
def test_an_answer_is_applied_and_read_back(session: Session, name: str) -> None:
    _, (before, command) = COMMANDS[name]
    assert isinstance(command(session, before(session)), Applied)


@each_command
def test_a_lost_answer_is_unknown_and_blocks_everything_but_stop(session: Session, desk: Desk, name: str) -> None:
    opcode, (before, command) = COMMANDS[name]
    ready = before(session)
    faulty(session, f"drop-reply={opcode.name}@1")
    ending = command(session, ready)
    assert isinstance(ending, Unknown), ending
    assert session.pending is not None and session.pending.command == opcode.name
    assert ending.words.happened and ending.words.stimulation and ending.words.now
    desk.tape.clear()
    for blocked in (
        sweep.measure(session, BOTH),
        programs.enable_schedule(session, False, confirmed_by="t"),
        Stimulation(session, setup(Side.RIGHT)).arm() if session.sweep else Refused(()),
    ):
        assert isinstance(blocked, Refused), blocked
    assert opcode not in desk.tape.opcodes(), "a command is never repeated"
    assert not {o for o in desk.tape.opcodes() if REQUESTS[o].CLASS is RequestClass.COMMAND}
    assert [line["data"]["result"] for line in desk.lines() if line["kind"] == "outcome"][-1] == "unknown"
    assert isinstance(session.stop("the test"), StopConfirmed)
    assert truth(session).off


@each_command
def test_a_lost_request_is_unknown_too_and_a_read_settles_it(session: Session, name: str) -> None:
    opcode, (before, command) = COMMANDS[name]
    ready = before(session)
    faulty(session, f"drop-request={opcode.name}@1")
    assert isinstance(command(session, ready), Unknown)
    found = session.resolve()
    assert found is not None and "not carried out" in found.settled
    assert session.pending is None


@each_command
def test_a_link_that_breaks_in_a_command_is_unknown(session: Session, name: str) -> None:
    opcode, (before, command) = COMMANDS[name]
    ready = before(session)
    place = {Opcode.BURST: 3, Opcode.STAGE: 2, Opcode.VALIDATE: 3, Opcode.COMMIT: 4}.get(opcode, 1)
    faulty(session, f"drop-reply={opcode.name}@1,unplug@{place}")
    ending = command(session, ready)
    assert isinstance(ending, Unknown), ending
    assert ending.pending is not None and ending.pending.command == opcode.name
    assert "link was lost" in ending.words.happened
    assert isinstance(session.stop("the test"), StopNotConfirmed)


def test_a_refusal_of_the_device_changes_nothing_and_says_why(session: Session) -> None:
    measured(session)
    session.bench.ask({"cmd": "battery", "set": {"percent": 1}})
    ending = Stimulation(session, setup()).arm()
    assert isinstance(ending, Refused)
    assert ending.reasons[0].kind is ReasonKind.DEVICE
    assert session.armed == set() and state(session)["armed_channels"] == 0


def test_a_second_arming_of_a_side_is_refused_and_the_first_stays_known(session: Session) -> None:
    armed(session)
    assert isinstance(Stimulation(session, setup()).arm(), Refused)
    assert session.armed == {Side.LEFT}


@pytest.mark.parametrize(
    "opcode, kind, changes",
    [
        (Opcode.ARM, m.ArmReply, {"width_us": 300}),
        (Opcode.SET_AMPLITUDE, m.SetAmplitudeReply, {"amplitude_ua": 600}),
        (Opcode.BURST, m.BurstReply, {"duration_ms": 9_999}),
        (Opcode.DISARM, m.DisarmReply, {"armed_channels": 1}),
    ],
)
def test_a_device_that_holds_something_else_differs_and_may_be_on(
    session: Session, opcode: Opcode, kind: type[m.Message], changes: dict[str, int]
) -> None:
    """The words do not claim that nothing is running, and the way out stops it."""
    measured(session)
    strange(session.device.link, {opcode: altered(kind, **changes)})
    stimulation = Stimulation(session, setup())
    ending: Outcome[Any] = stimulation.arm()
    if isinstance(ending, Applied):
        stimulation.titration = stimulation.titration.begin()
        ending = give(stimulation, "0.5")
    if isinstance(ending, Applied):
        ending = stimulation.disarm()
    assert isinstance(ending, Differs), ending
    assert session.armed == {Side.LEFT}
    assert "may be on" in ending.words.stimulation


def test_a_program_that_reads_back_differently_is_never_called_written(session: Session, desk: Desk) -> None:
    wanted = proposal(session)
    revisions = [0, 6]
    strange(session.device.link, {Opcode.SLOT_INFO: lambda payload: altered(m.SlotInfoReply, revision=revisions.pop(0))(payload)})
    ending = programs.apply(session, wanted, confirmed_by="the test")
    assert isinstance(ending, Differs) and "READ-BACK DIFFERS" in str(ending.words)
    assert [line["data"].get("result") for line in desk.lines()][-1] == "read-back differs"


# another device, a restart


def test_another_device_stops_the_session_and_nothing_more_is_sent_to_it(session: Session, desk: Desk) -> None:
    stimulation = armed(session)
    other = Host("healthy", 9, virtual=True)
    other.advance(session.clock.now_s())
    session.device.link.port._line._host = other
    ending = give(stimulation, "0.5")
    assert isinstance(ending, Refused | Unknown), ending
    desk.tape.clear()
    for blocked in (give(stimulation, "0.5"), stimulation.disarm()):
        assert isinstance(blocked, Refused | Unknown)
    with pytest.raises(Trouble):
        session.status()
    assert not {o for o in desk.tape.opcodes() if o is not Opcode.STOP}


def test_a_reset_in_the_middle_is_noticed_by_the_next_read(session: Session) -> None:
    armed(session)
    before = session.status().boot_count
    session.bench.ask({"cmd": "reset"})
    assert session.status().boot_count == before + 1
    assert truth(session).off


# time


def test_nobody_at_the_screen_for_two_minutes_ends_test_stimulation(session: Session) -> None:
    armed(session)
    with pytest.raises(Halted, match="120 seconds") as ended:
        session.wait(125)
    assert isinstance(ended.value.outcome, StopConfirmed) and session.halted == ended.value.outcome
    assert session.clock.now_s() <= 122
    assert state(session)["armed_channels"] == 0
    assert session.armed == set() and not session.heart.on


def test_an_idle_stop_that_is_not_confirmed_is_not_called_off(session: Session) -> None:
    armed(session)
    faulty(session, "nak-stop")
    with pytest.raises((Halted, Trouble)) as ended:
        session.wait(125)
    assert "switched off" not in str(ended.value)
    assert "may still be on" in str(ended.value)


def test_input_keeps_it_alive(session: Session) -> None:
    armed(session)
    for _ in range(3):
        session.wait(100)
        session.input_seen()
    assert state(session)["armed_channels"] == 1


def test_a_face_that_looks_at_its_keys_can_stop_in_every_slice(session: Session) -> None:
    stimulation = armed(session)
    session.stop_asked = lambda: session.clock.now_s() > 1.2
    with pytest.raises(Halted) as halted:
        give(stimulation, "0.5", "9")
    assert isinstance(halted.value.outcome, StopConfirmed)
    assert truth(session).off and session.clock.now_s() < 2


def test_a_device_that_falls_silent_in_a_wait_is_stopped_and_alarmed(session: Session) -> None:
    armed(session)
    faulty(session, "half-open@1")
    with pytest.raises(Halted, match="STOP NOT CONFIRMED"):
        session.wait(5)
    assert session.maybe_on
    session.bench.ask({"cmd": "advance", "seconds": 1})
    assert state(session)["armed_channels"] == 0


def test_another_programmer_that_connects_ends_it_and_is_said_to_have(session: Session) -> None:
    armed(session)
    faulty(session, "other-host@1")
    with pytest.raises(Trouble, match="another programmer has connected") as trouble:
        session.wait(5)
    assert "the device was read and says so" in trouble.value.words.stimulation
    assert trouble.value.kind is TroubleKind.LINK and not session.maybe_on


# STOP


def test_stop_is_confirmed_only_by_a_read(session: Session, desk: Desk) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5")
    desk.tape.clear()
    outcome = session.stop("the test")
    assert isinstance(outcome, StopConfirmed)
    assert desk.tape.opcodes() == [Opcode.STOP, Opcode.STATUS]
    assert outcome.ended == ("left",) and "left" in outcome.words.happened
    line = desk.lines()[-1]
    assert (line["kind"], line["data"]["confirmed"], line["data"]["cause"]) == ("stop", True, "the test")


def test_a_refused_stop_is_alarmed_as_if_it_were_on(session: Session, desk: Desk) -> None:
    armed(session)
    faulty(session, "nak-stop")
    outcome = session.stop("the test")
    assert isinstance(outcome, StopNotConfirmed)
    assert "STOP NOT CONFIRMED" in outcome.words.happened
    assert "may still be on" in outcome.words.stimulation and "1 s" in outcome.words.stimulation
    assert desk.lines()[-1]["data"]["confirmed"] is False
    session.bench.ask({"cmd": "advance", "seconds": 1})
    assert state(session)["armed_channels"] == 0, "the lease has ended it: heartbeats ceased with the first STOP"


def test_after_an_unconfirmed_stop_no_sentence_claims_that_nothing_is_prepared(session: Session) -> None:
    armed(session)
    faulty(session, "nak-stop,half-open@1")
    assert isinstance(session.stop("the test"), StopNotConfirmed)
    with pytest.raises(Trouble) as trouble:
        session.status()
    assert "No test stimulation was prepared" not in str(trouble.value)


def test_a_stop_on_a_dead_link_says_what_is_not_known(session: Session) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5")
    session.bench.ask({"cmd": "flags", "set": {"unplugged": True}})
    outcome = session.stop("the test")
    assert isinstance(outcome, StopNotConfirmed)
    assert "unplugged" in outcome.words.happened


def test_after_stop_every_command_is_refused_and_every_read_is_a_word(session: Session, desk: Desk) -> None:
    stimulation = armed(session)
    session.stop("the test")
    desk.tape.clear()
    for blocked in (stimulation.arm(), give(stimulation, "0.5"), stimulation.disarm(), sweep.measure(session, BOTH)):
        assert isinstance(blocked, Refused)
    assert not desk.tape.entries
    with pytest.raises(Halted):
        session.tick()
    with pytest.raises(Trouble):
        session.battery()
    with pytest.raises(Trouble):
        programs.read_slot(session, 0)


def test_after_a_new_link_everything_starts_from_zero(session: Session, desk: Desk) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5")
    session.stop("the test")
    desk.tape.clear()
    session.reopen_link()
    assert desk.tape.opcodes() == [Opcode.LINK_OPEN, Opcode.STATUS, Opcode.STATUS]  # the driver makes sure that the link is its own
    assert session.sweep is None and session.armed == set()
    refused = Stimulation(session, setup()).arm()
    assert isinstance(refused, Refused) and refused.reasons[0].kind is ReasonKind.ENVELOPE
    again = armed(session)
    assert isinstance(give(again, "0.6"), Refused)
    given(again, "0.5")


def test_stop_may_be_said_twice_and_before_anything(session: Session) -> None:
    for _ in range(2):
        outcome = session.stop("the test")
        assert isinstance(outcome, StopConfirmed) and outcome.ended == ()


def test_stop_ends_a_therapy_session_and_says_that_the_schedule_stays(desk: Desk) -> None:
    with desk.open("emu://?scenario=therapy-running") as session:
        session.clock.sleep(33)
        assert truth(session).flowing() != [0.0, 0.0]
        outcome = session.stop("the test")
        assert isinstance(outcome, StopConfirmed)
        assert truth(session).off and "schedule" in outcome.words.now


def test_stop_from_another_thread_ends_a_burst_that_is_waited_for(desk: Desk) -> None:
    with desk.open("emu://?clock=wall") as session:
        stimulation = armed(session)
        ended: list[BaseException] = []
        outcomes: list[object] = []

        def burst() -> None:
            try:
                outcomes.append(give(stimulation, "0.5", "20"))
            except (Halted, Trouble) as error:
                ended.append(error)

        waiting = threading.Thread(target=burst)
        waiting.start()
        until(lambda: stimulation.titration.log != (), 5)  # the burst was answered and is waited for
        outcome = session.stop("another thread")
        waiting.join(5)
        assert isinstance(outcome, StopConfirmed) and outcome.ended == ("left",)
        assert truth(session).off
        assert isinstance(ended[0], Halted), ended


def test_stop_in_a_command_from_another_thread_is_told_as_stop(desk: Desk) -> None:
    """The command it cut off is not called a lost link."""
    with desk.open("emu://?clock=wall") as session:
        stimulation = armed(session)
        faulty(session, "drop-reply=SET_AMPLITUDE@1")
        found: list[object] = []

        def burst() -> None:
            try:
                found.append(give(stimulation, "0.5"))
            except (Halted, Trouble) as error:
                found.append(error)

        desk.tape.clear()
        waiting = threading.Thread(target=burst)
        waiting.start()
        until(lambda: Opcode.SET_AMPLITUDE in desk.tape.opcodes(), 5)
        assert isinstance(session.stop("another thread"), StopConfirmed)
        waiting.join(5)
        assert isinstance(found[0], Halted | Unknown), found
        session.reopen_link()
        session.resolve()
        armed(session)


class Woken:
    """The link's clock of a computer that has slept for a while."""

    def __init__(self, clock: Clock, asleep_s: float) -> None:
        self._clock, self._asleep_s = clock, asleep_s

    def __getattr__(self, name: str) -> object:
        return getattr(self._clock, name)

    def slept_s(self) -> float:
        return self._clock.slept_s() + self._asleep_s


@pytest.mark.parametrize("prepared", [False, True])
def test_after_a_sleep_nothing_holds_that_was_read_before(session: Session, prepared: bool) -> None:
    measured(session)
    stimulation = armed(session) if prepared else Stimulation(session, setup())
    session.clock = Woken(session.clock, 28_800.0)  # type: ignore[assignment]
    with pytest.raises(Trouble, match="asleep for 28800 s"):
        give(stimulation, "0.5") if prepared else stimulation.arm()
    assert session.sweep is None and not session.armed and not truth(session).bursts()
    session.reopen_link()
    assert isinstance(Stimulation(session, setup()).arm(), Refused), "the leads have to be measured again"
    measured(session)
    armed(session)


def test_a_blink_of_sleep_ends_nothing(session: Session) -> None:
    stimulation = armed(session)
    session.clock = Woken(session.clock, 0.4)  # type: ignore[assignment]
    given(stimulation, "0.3")


def test_a_real_clock_tells_how_long_the_computer_slept(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = WallClock()
    before_s = clock.slept_s()
    monkeypatch.setattr(time, "clock_gettime", lambda which: time.monotonic() + before_s + 60.0)
    assert 59.0 < clock.slept_s() - before_s < 61.0


def test_a_glance_is_what_is_known_last_and_its_failure_is_nobodys_trouble(session: Session) -> None:
    faulty(session, "drop-reply=STATUS@1")
    before = session.latest
    assert session.glance() is None and session.latest is before
    seen = session.glance()
    assert seen is not None and session.latest is seen
