"""Each fault switch of the emulator, met where it matters: what the programmer then shows is what the fault book says, and true."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from device_emulator.faults import FAULTS
from rnprog.protocol.opcodes import Opcode
from rnprog.session.audit import audit
from tests.session.desk import Desk
from tests.session.faultbook import APPOINTMENT, CONNECTING, Scene, Seen
from tests.session.faultpages import BOOK, Page, spec_of
from tests.session.reconcile import assert_reconciled

PAGES = [
    pytest.param(name, page, id=f"{name}-{number}-{page.scene.act.__name__.strip('_')}")
    for name, pages in BOOK.items()
    for number, page in enumerate(pages, 1)
]
EVERYWHERE = [pytest.param(fault.example, id=fault.name) for fault in FAULTS.values()]
READS = {"IDENTIFY", "LINK_OPEN", "CAPABILITIES", "STATUS", "BATTERY", "CLOCK_READ", "STOP"}


def test_the_book_has_each_switch_and_no_other() -> None:
    assert list(BOOK) == list(FAULTS)
    assert all(BOOK.values())
    assert all(spec_of(name, page).startswith(name) for name, pages in BOOK.items() for page in pages)


@pytest.mark.parametrize(("name", "page"), PAGES)
def test_it_is_shown(name: str, page: Page) -> None:
    assert not page.missing(_played(page.scene, spec_of(name, page)).seen)


@pytest.mark.parametrize(("name", "page"), PAGES)
def test_without_the_fault_it_would_not_be_shown(name: str, page: Page) -> None:
    """Each page is about its fault: a healthy device does not meet it."""
    assert page.missing(_healthy(page.scene))


@dataclass(frozen=True)
class Played:
    """A scene that was played, and what it left. `good`: its newest record, checked; None: it left none."""

    seen: Seen
    opcodes: frozenset[Opcode]
    lines: list[dict[str, Any]]
    good: bool | None


@cache
def _played(scene: Scene, spec: str) -> Played:
    """Played once, however many tests look at it."""
    with TemporaryDirectory() as place:
        desk = Desk(Path(place))
        seen = scene.play(desk, spec)
        left = bool(desk.records())
        good = audit(desk.records()[-1]).good if left else None
        return Played(seen, frozenset(desk.tape.opcodes()), desk.lines() if left else [], good)


def _healthy(scene: Scene) -> Seen:
    return _played(scene, "").seen


def test_a_healthy_device_shows_nothing_but_health() -> None:
    assert _healthy(APPOINTMENT).ending == "finished"
    assert _healthy(CONNECTING).ending == "connected"
    assert _healthy(APPOINTMENT).signs == {"boot 1", "off", "verdict normal", "measured with 0.2 mA"}


@pytest.mark.parametrize("spec", EVERYWHERE)
def test_in_the_middle_of_an_appointment(spec: str) -> None:
    """Whatever it does: output ends, the record is whole and explains each pulse, and what is called finished is what the implant holds."""
    played = _played(APPOINTMENT, spec)
    seen = played.seen
    assert seen.says.endswith(".") or seen.ending in ("finished", "unfinished"), seen.says
    assert seen.armed_at_end == 0
    own = spec == "therapy-running"  # a therapy session is the implant's own and goes on
    assert own or all(_off_at_the_end(seen, channel) for channel in (0, 1))
    assert played.good
    assert_reconciled(seen.changes, played.lines, same_clock=True, lossless=False)


def _off_at_the_end(seen: Seen, channel: int) -> bool:
    mine = [change for change in seen.changes if change["channel"] == channel]
    return not mine or (mine[-1]["amplitude_ua"], mine[-1]["slope_ua_per_s"]) == (0.0, 0.0)


@pytest.mark.parametrize("spec", EVERYWHERE)
def test_while_connecting(spec: str) -> None:
    """A session, or a sentence; never anything else, and nothing is written to the device."""
    played = _played(CONNECTING, spec)
    seen = played.seen
    assert seen.ending == "connected" or seen.ending.startswith("trouble: ")
    assert not {opcode.name for opcode in played.opcodes} - READS
