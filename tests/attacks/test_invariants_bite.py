"""The judges themselves: an honest history passes all invariants, and each invariant finds the history that was doctored against it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device_emulator.firmware.body import Drive
from device_emulator.firmware.image import build_image
from device_emulator.mishaps import RUNNING
from rnprog.protocol.fields import pack
from rnprog.protocol.messages import StatusReply, Stop
from rnprog.protocol.opcodes import Opcode, OutputState, StatusFlag
from rnprog.session.appointment import run
from tests.attacks import invariants
from tests.attacks.common import Broken
from tests.attacks.moments import Executed, Spoken, Stopped
from tests.attacks.sayings import is_true
from tests.attacks.snapshots import Held, Slot
from tests.attacks.watch import Watch
from tests.session.test_appointment import TEMPLATE, Guide


@pytest.fixture
def watch(own_place: Path) -> Watch:
    """An appointment that went well."""
    watched = Watch(own_place / "r")
    with watched.open() as session:
        assert run(session, TEMPLATE, Guide()).unfinished is None
    watched.afterwards()
    invariants.at_the_end(watched)
    for name in ("truth", "frames", "executed", "lines", "tested"):
        watched.__dict__[name] = copy.deepcopy(getattr(watched, name))
    return watched


def outlives(w: Watch) -> None:
    """A burst goes on for two seconds after its last heartbeat."""
    last = max(change["number"] for change in w.tested.changes)
    for change in w.tested.changes:
        change["t_s"] += 5.0 if change["number"] == last else 0.0


def leaps(w: Watch) -> None:
    for change in w.tested.bursts(0)[3:4]:
        change["amplitude_ua"] += 501.0


def unwritten(w: Watch) -> None:
    w.__dict__["lines"] = [line for line in w.lines if line["data"].get("what") != "arm"]


def unmeasured(w: Watch) -> None:
    w.__dict__["frames"] = [seen for seen in w.frames if seen.sent or seen.opcode != Opcode.IMPEDANCE]


def unread(w: Watch) -> None:
    w.__dict__["frames"] = [seen for seen in w.frames if seen.sent or seen.opcode != Opcode.STATUS]


def said_off(w: Watch) -> None:
    burst = w.tested.bursts(0)[0]
    w.lines.append({**w.lines[-1], "kind": "stop", "link_s": f"{burst['t_s'] + 0.05:.3f}", "data": {"confirmed": True}})


def seen_otherwise(w: Watch, what: str, **changes: Any) -> None:
    """The device was something else when this command was called applied last."""
    at, spoken = next(
        (at, each)
        for at, each in reversed(list(enumerate(w.moments._spoken)))
        if each.kind == "outcome" and each.data["what"] == what and each.data["result"] == "applied"
    )
    w.moments._spoken[at] = replace(spoken, now=replace(spoken.now, **changes))


def armed_otherwise(w: Watch) -> None:
    seen_otherwise(w, "arm", armed={1: Held(32, 64, 215, 20_000, 0, 0, 0)})


def set_otherwise(w: Watch) -> None:
    seen_otherwise(w, "amplitude", armed={1: Held(32, 64, 214, 20_000, 0, 0, 100)})


def not_begun(w: Watch) -> None:
    seen_otherwise(w, "burst", changes=0)


def not_released(w: Watch) -> None:
    seen_otherwise(w, "disarm", armed={1: Held(32, 64, 214, 20_000, 0, 0, 0)})


def stored_otherwise(w: Watch) -> None:
    seen_otherwise(w, "write program", slots=dict.fromkeys(range(4), Slot(1, build_image(RUNNING), 0)))


def chosen_otherwise(w: Watch) -> None:
    seen_otherwise(w, "activate slot", active=3)


def planned_otherwise(w: Watch) -> None:
    seen_otherwise(w, "schedule", scheduled=False)


def told_off(w: Watch) -> None:
    """A STOP was told as confirmed while a side was armed, and nothing flowed."""
    armed = next(each.now for each in w.moments._spoken if each.now.state is OutputState.ARMED)
    w.moments.stops.append(Stopped(armed, answered=True))


def unseen(w: Watch) -> None:
    w.moments._spoken[:] = [each for each in w.moments._spoken if each.data.get("what") != "disarm"]


def falls_and_leaps(w: Watch) -> None:
    """One burst of 0.1 mA among higher ones: the next one goes up by more than a step, and is not the highest."""
    third = w.tested.bursts(0)[-2]["number"]
    for change in w.tested.changes:
        if change["number"] == third:
            change["amplitude_ua"] = 100.0


def half_written(w: Watch) -> None:
    assert w.host is not None
    w.host.device.rn1.core.stores.programs.install(2, build_image(RUNNING))


def renamed(w: Watch) -> None:
    w.lines[0]["data"]["serial"] = "RN1-0000"


def too_much(w: Watch) -> None:
    w.tested.bursts(0)[0]["amplitude_ua"] = 20_000.0


def torn(w: Watch) -> None:
    assert w.record is not None
    rows = w.record.path.read_bytes().split(b"\n")
    w.record.path.write_bytes(b"\n".join(rows[:-2]) + b"\n")


def unmeant(w: Watch) -> None:
    at = next(at for at, line in enumerate(w.lines) if line["data"].get("what") == "burst")
    del w.lines[at : at + 2]


def lost_after(w: Watch) -> None:
    """A burst that nobody meant, and the record is lost afterwards: that explains nothing of it."""
    unmeant(w)
    last = w.moments._spoken[-1]
    assert w.record is not None
    w.record.lost, w.moments.lost = "The disk is gone.", Spoken(len(w.lines), "outcome", {"what": "x"}, last.now, False)


def lost_before(w: Watch) -> None:
    assert w.record is not None
    w.record.lost = "The disk is gone."
    w.__dict__["frames"] = [replace(seen, lost=seen.opcode == Opcode.BURST) for seen in w.frames]


def stopped_before(w: Watch) -> None:
    burst = w.tested.bursts(0)[4]
    w.executed.append(Executed(burst["t_s"] - 0.01, Stop(), None))


def driven_on(w: Watch) -> None:
    """The device had told that it was at its limit when a burst was read back, and the burst went on to its end."""
    at, told = next(
        (at, each.outcome)
        for at, each in enumerate(w.executed)
        if isinstance(each.outcome, StatusReply) and each.outcome.output_state == OutputState.TEST_ON
    )
    limited = replace(told, flags=told.flags | StatusFlag.AT_LIMIT_LEFT)
    w.executed[at] = replace(w.executed[at], outcome=limited)
    number = next(number for number, seen in enumerate(w.frames) if seen.answers and seen.reply() == told)
    w.frames[number] = replace(w.frames[number], frame=w.frames[number].frame._replace(payload=pack(limited)))


def left_on(w: Watch) -> None:
    w.gone_s = w.tested.last_on_s() - 1.1


def left_armed(w: Watch) -> None:
    assert w.host is not None
    core = w.host.device.rn1.core
    core.output.arm(core.now_us, Drive(0, 2, 4, 214, 20_000, 0, 0))


def unknown(w: Watch, what: str) -> dict[str, Any]:
    """The last outcome of this command is unknown."""
    line = next(each for each in reversed(w.lines) if each["kind"] == "outcome" and each["data"]["what"] == what)
    line["data"]["result"] = "unknown"
    return line


def forgotten(w: Watch) -> None:
    """A program that may have been stored, and nobody says a word about it."""
    unknown(w, "write program")


def stopped_and_forgotten(w: Watch) -> None:
    """The same, and a STOP was confirmed afterwards: that says nothing about what is stored."""
    unknown(w, "activate slot")
    w.lines.insert(-1, {**w.lines[-1], "kind": "stop", "data": {"confirmed": True}})


def settled_as_another(w: Watch) -> None:
    unknown(w, "schedule")
    w.lines.insert(-1, {**w.lines[-1], "kind": "settled", "data": {"what": "activate slot"}})


def left_as_off(w: Watch) -> None:
    """Whether a burst flowed is unknown, no STOP was confirmed, and it is closed as off."""
    unknown(w, "burst")


def cut_off_and_forgotten(w: Watch) -> None:
    w.lines.remove(next(line for line in w.lines if line["kind"] == "outcome" and line["data"]["what"] == "schedule"))


def overtaken_and_forgotten(w: Watch) -> None:
    next(line for line in w.lines if line["kind"] == "outcome" and line["data"]["what"] == "schedule")["data"]["result"] = (
        "overtaken by STOP"
    )


def open_without_reason(w: Watch) -> None:
    w.lines[-1]["data"]["unsettled"] = ["schedule"]


@pytest.mark.parametrize(
    ("invariant", "doctored"),
    [
        (invariants.one_lease, outlives),
        (invariants.two_rises, leaps),
        (invariants.two_rises, falls_and_leaps),
        (invariants.three_writes, unwritten),
        (invariants.four_current, unmeasured),
        (invariants.five_success, unread),
        (invariants.five_success, said_off),
        (invariants.six_whole, half_written),
        (invariants.seven_serial, renamed),
        (invariants.eight_charge, too_much),
        (invariants.nine_record, torn),
        (invariants.ten_explained, unmeant),
        (invariants.ten_explained, lost_before),
        (invariants.ten_explained, lost_after),
        (invariants.stop_holds, stopped_before),
        (invariants.limit_ends, driven_on),
        (invariants.twelve_off, left_on),
        (invariants.unknown_is_told, forgotten),
        (invariants.unknown_is_told, stopped_and_forgotten),
        (invariants.unknown_is_told, settled_as_another),
        (invariants.unknown_is_told, left_as_off),
        (invariants.unknown_is_told, cut_off_and_forgotten),
        (invariants.unknown_is_told, overtaken_and_forgotten),
        (invariants.unknown_is_told, open_without_reason),
    ],
    ids=lambda function: function.__name__,
)
def test_an_invariant_finds_what_breaks_it(watch: Watch, invariant: Callable[[Watch], None], doctored: Callable[[Watch], None]) -> None:
    invariant(watch)
    doctored(watch)
    with pytest.raises(Broken):
        invariant(watch)


@pytest.mark.parametrize(
    ("invariant", "doctored", "spec"),
    [
        (invariants.one_lease, outlives, "reorder-request=HEARTBEAT@1"),
        (invariants.six_whole, half_written, "quantise=700,clamp=1500"),
        (invariants.six_whole, half_written, "foreign-commit@5"),
        (invariants.stop_holds, stopped_before, "nak-stop"),
        (invariants.limit_ends, driven_on, "impedance-jump=20@1"),
        (invariants.twelve_off, left_armed, "nak-stop"),
    ],
)
def test_a_fault_that_was_set_excuses_nothing_else(
    watch: Watch, invariant: Callable[[Watch], None], doctored: Callable[[Watch], None], spec: str
) -> None:
    watch.spec = spec
    invariant(watch)
    doctored(watch)
    with pytest.raises(Broken):
        invariant(watch)


def test_a_word_that_is_not_true_of_the_device_is_found(watch: Watch) -> None:
    """One appointment, doctored in one way after the other."""
    spoken = list(watch.moments._spoken)
    for doctored, words in (
        (told_off, "OFF was told"),
        (unseen, "nobody looked"),
        (armed_otherwise, "arm is called applied"),
        (set_otherwise, "amplitude is called applied"),
        (not_begun, "burst is called applied"),
        (not_released, "disarm is called applied"),
        (stored_otherwise, "write program is called applied"),
        (chosen_otherwise, "activate slot is called applied"),
        (planned_otherwise, "schedule is called applied"),
    ):
        doctored(watch)
        with pytest.raises(Broken, match=f"^5: {words}"):
            invariants.five_success(watch)
        watch.moments._spoken[:] = spoken
        watch.moments.stops.clear()
    invariants.five_success(watch)


def test_what_is_unknown_may_be_settled_said_to_be_open_or_lost_with_the_record(watch: Watch) -> None:
    outcome, close = unknown(watch, "write program"), watch.lines[-1]
    close["data"]["unsettled"] = ["write program"]
    invariants.unknown_is_told(watch)
    del close["data"]["unsettled"]
    watch.lines.insert(-1, {**outcome, "kind": "settled"})
    invariants.unknown_is_told(watch)
    del watch.lines[-2:]
    invariants.unknown_is_told(watch)
    watch.lines += [{**close, "kind": "stop", "data": {"confirmed": True}}, close]
    unknown(watch, "burst")
    outcome["data"]["result"] = "applied"
    invariants.unknown_is_told(watch)


def test_a_sentence_that_nothing_was_changed_is_found_where_something_was(watch: Watch) -> None:
    is_true(watch, "What the implant runs by itself was not changed by closing.")
    for said in ("What the implant runs by itself was not changed.", "No stimulation was started or changed."):
        with pytest.raises(Broken, match="it says"):
            is_true(watch, said)
    watch.first = watch.moments.now()
    is_true(watch, "What the implant runs by itself was not changed.")
