"""Every place in which somebody can be: each screen, each dialog, by the keys that lead there. The device is connected."""

from __future__ import annotations

from decimal import Decimal

from rnprog.therapy.contacts import Side
from rnprog.therapy.units import Milliamps
from rnprog.tui.screens.dialogs import AnotherPatient
from rnprog.tui.screens.frame import SafeModal, SafeScreen
from rnprog.tui.state import Phase, State
from tests.tui.stage import Stage

PLACES = ("overview", "leads", "titration", "program", "record", "profiles", "frames", "connect")
DIALOGS = ("help", "palette", "leave?", "close?", "write?", "again?", "whose?")
FOREIGN = "emu://?clock=virtual&scenario=foreign-program"
"""An implant that carries the fingerprint of another patient code."""


async def go_to(it: Stage, place: str) -> None:
    """Connected, leads measured where nothing has to be settled first, and there."""
    if place == "whose?":
        await another_patient(it)
        return
    await it.measured()
    match place:
        case "help":
            await it.press("f1")
        case "palette":
            await it.press("ctrl+p")
        case "leave?":
            await it.press("f10")
        case "close?":
            await it.press("f7")
            await it.idle()
            await it.press("f5")
        case "write?":
            await profile_taken(it)
            await it.press("f5")
        case "again?":
            await _once_done(it)
            await it.press("l", "f5")
        case "connect":
            it.app.switch_screen("connect")
        case "program to write":
            await profile_taken(it)
        case "both done":
            await both_done(it, measured=True)
        case _:
            it.app.go(place)
    await it.settled()
    assert isinstance(it.app.screen, SafeModal if place in DIALOGS else SafeScreen), it.text()


async def another_patient(it: Stage) -> None:
    """The device is given free, and the next one is another patient's."""
    await it.connected()
    await it.press("f7", "f5", "tab", "enter")
    await it.until(lambda state: state.phase is Phase.CLOSED)
    it.app.connect(FOREIGN, patient="P-017")
    await it.until(lambda state: state.phase is Phase.CONNECTED)
    assert isinstance(it.app.screen, AnotherPatient), it.text()


async def profile_taken(it: Stage) -> None:
    """The first profile on the shelf is taken, and its program may be written."""
    await it.press("ctrl+p", *"prof", "enter")
    await it.until(lambda _: "VALID" in it.text())
    await it.press("enter")
    await it.until(lambda state: state.taken is not None)
    await it.press("f6")
    await it.until(lambda state: state.proposed is not None and state.busy is None)


async def both_done(it: Stage, *, measured: bool = False) -> None:
    """Each side has an amplitude; to check both together is what comes next."""
    if not measured:
        await it.measured()
    await it.press("f4", "p", "p")
    for side in Side:
        await it.titrate(side)
    assert "Check both sides together" in it.text()


async def _once_done(it: Stage) -> None:
    """The left side has an amplitude."""
    await it.press("f4", "p", "p")
    await it.titrate(Side.LEFT)
    assert has_amplitude(it.state, Side.LEFT), it.text()


def has_amplitude(state: State, side: Side) -> Milliamps | Decimal | None:
    result = state.side_of(side).result
    return None if result is None else result.proposed_ma
