"""The judges themselves: an honest history passes all invariants, and each invariant finds the history that was doctored against it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from device_emulator.firmware.image import build_image
from device_emulator.mishaps import RUNNING
from rnprog.protocol.frames import Frame
from rnprog.protocol.opcodes import Opcode
from rnprog.session.appointment import run
from tests.attacks import invariants
from tests.attacks.common import Broken
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
    for name in ("truth", "frames", "arrived", "lines", "tested"):
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


def lost_before(w: Watch) -> None:
    assert w.record is not None
    w.record.lost = "The disk is gone."
    w.__dict__["frames"] = [replace(seen, lost=seen.opcode == Opcode.BURST) for seen in w.frames]


def stopped_before(w: Watch) -> None:
    burst = w.tested.bursts(0)[4]
    w.arrived.append((burst["t_s"] - 0.01, Frame(Opcode.STOP)))


def left_on(w: Watch) -> None:
    w.gone_s = w.tested.last_on_s() - 1.1


@pytest.mark.parametrize(
    ("invariant", "doctored"),
    [
        (invariants.one_lease, outlives),
        (invariants.two_rises, leaps),
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
        (invariants.stop_holds, stopped_before),
        (invariants.twelve_off, left_on),
    ],
    ids=lambda function: function.__name__,
)
def test_an_invariant_finds_what_breaks_it(watch: Watch, invariant: Callable[[Watch], None], doctored: Callable[[Watch], None]) -> None:
    invariant(watch)
    doctored(watch)
    with pytest.raises(Broken):
        invariant(watch)
