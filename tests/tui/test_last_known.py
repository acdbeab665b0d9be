"""What stays on the screen when contact is lost in a titration, and what is said of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widget import Widget

from rnprog.device.errors import Pending
from rnprog.session.outcomes import StopConfirmed, StopNotConfirmed, Unknown
from rnprog.session.wording import Words, safety
from rnprog.session.wording import tui as say
from rnprog.tui import events as e
from rnprog.tui import samples
from rnprog.tui import side_events as of_side
from rnprog.tui.after import after
from rnprog.tui.app import RnprogApp
from rnprog.tui.screens.leads import LeadsScreen
from rnprog.tui.state import Phase, State
from rnprog.tui.titrating import Step
from rnprog.tui.widgets.amplitude import Amplitude
from tests.tui import scenes
from tests.tui.stage import SIZES, Side, stage
from tests.tui.test_looks import GREY, drawn, text

WORDS = Words("It happened.", "The output is off.", "Do this.")
LOST = e.Lost(safety.link_lost("the cable is out.", "1", armed=True))
NOT_CONFIRMED = e.Stopped(StopNotConfirmed(WORDS, "1"), 1.0)
UNKNOWN = e.Ended("burst", Unknown(Pending("BURST", 1, 3, 4), WORDS))
WERE = (("offered", "proposed"), ("giving", "WAS FLOWING"), ("asked", "given, and off again"))


def words_in(running: RnprogApp, inside: Widget) -> str:
    return " ".join(words for words, _ in drawn(running, inside))


@pytest.mark.parametrize(("was", "word"), WERE)
@pytest.mark.parametrize("event", [LOST, NOT_CONFIRMED, UNKNOWN], ids=["lost", "stop not confirmed", "unknown"])
def test_the_amplitude_stays_grey_and_is_called_last_known(was: str, word: str, event: e.Event) -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SIZES[0]) as pilot:
            await scenes.show(running, pilot, scenes.measured(getattr(samples, was)()), "titration")
            before = running.screen.query_one(Amplitude).value
            assert before != "-"
            running.see(event)
            await pilot.pause()
            for size in SIZES:
                await pilot.resize_terminal(*size)
                await pilot.pause()
                amplitude = running.screen.query_one(Amplitude)
                assert amplitude.value == before and amplitude.region.area and running.screen.region.contains_region(amplitude.region)
                assert f"LAST KNOWN LEFT {word}" in " ".join(words_in(running, amplitude).split()), text(running)
                assert {ink for _, ink in drawn(running, amplitude)} <= GREY
            assert "F8 first" in text(running) and "output is not known now" in " ".join(text(running).split())
            assert running.state.side_of(Side.LEFT).step is Step.DONE, "no question is open"

    asyncio.run(scene())


def test_once_the_output_is_known_nothing_is_last_known_any_more() -> None:
    cut = after(samples.giving(), NOT_CONFIRMED)
    assert cut.side_of(Side.LEFT).cut is Step.GIVING and cut.doubtful
    known = after(cut, e.Stopped(StopConfirmed(WORDS, ("left",), True), 2.0))
    assert not known.doubtful and known.live
    begun = after(known, of_side.Began(samples.plan()))
    assert begun.side_of(Side.LEFT).cut is None


def test_in_a_real_loss_it_stays_through_everything_that_is_told(tmp_path: Path) -> None:
    """The heart that fails, the STOP that does not leave, the side that ends: the number stands until a device is connected again."""

    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.asked()
            shown = it.app.screen.query_one(Amplitude).value
            it.bench(cmd="flags", set={"unplugged": True})
            await it.until(lambda state: state.phase is Phase.LOST)
            assert it.app.screen.query_one(Amplitude).value == shown and "LAST KNOWN" in it.text()
            await it.press("f8")
            await it.connected()
            assert it.state.side is None and "LAST KNOWN" not in it.text()

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (lambda: after(scenes.measured(), LOST), say.LEADS_BEFORE_LOSS),
        (lambda: after(scenes.measured(), e.Closed(None, None)), say.LEADS_BEFORE_CLOSE),
        (lambda: scenes.replace(scenes.measured(), sweep=None), say.LEADS_BEFORE_STOP),
        (lambda: scenes.replace(scenes.measured(), measured_at_s=scenes.NOW_S - 700), say.LEADS_STALE),
    ],
    ids=["lost", "closed", "STOP", "old"],
)
def test_old_readings_of_the_leads_say_why_they_are_old(state: Callable[[], State], words: str) -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SIZES[2]) as pilot:
            await scenes.show(running, pilot, state(), "leads")
            assert isinstance(running.screen, LeadsScreen)
            assert words in " ".join(text(running).split()), text(running)

    asyncio.run(scene())
