"""At every size STOP and the amplitude stay on the screen, whatever else wants room; every widget file shows itself by itself."""

import asyncio
import importlib
from pathlib import Path

import pytest

import rnprog.tui.widgets
from rnprog.tui.screens.frame import SafeScreen, Way
from rnprog.tui.widgets.amplitude import Amplitude
from rnprog.tui.widgets.answers import Answers
from rnprog.tui.widgets.showcase import Showcase
from rnprog.tui.widgets.stop_bar import StopBar
from tests.tui import scenes
from tests.tui.stage import SIZES

WIDGETS = sorted(
    path.stem for path in Path(rnprog.tui.widgets.__path__[0]).glob("*.py") if path.stem not in ("__init__", "showcase", "text")
)


def test_resizing_hides_neither_stop_nor_the_amplitude() -> None:
    """With the largest message there is, and without one; from large to small and back."""

    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SIZES[-1]) as pilot:
            for state in (
                scenes.measured(scenes.samples.asked()),
                scenes.replace(scenes.measured(scenes.samples.giving()), notice=scenes.lost().notice),
            ):
                await scenes.show(running, pilot, state, "titration")
                for width, height in (*reversed(SIZES), *SIZES[1:]):
                    await pilot.resize_terminal(width, height)
                    await pilot.pause()
                    screen = running.screen.region
                    for widget in (StopBar, Amplitude, Answers):
                        region = running.screen.query_one(widget).region
                        assert region.area and screen.contains_region(region), (widget, width, height, region)
                        assert running.screen.get_widget_at(region.x + 1, region.y)[0] in [
                            found for each in running.screen.query(widget) for found in each.walk_children(with_self=True)
                        ], (widget, width, height, "something lies on top of it")

    asyncio.run(scene())


@pytest.mark.parametrize("name", WIDGETS)
def test_a_widget_file_shows_all_its_states(name: str) -> None:
    module = importlib.import_module(f"rnprog.tui.widgets.{name}")
    states = module.states()
    assert len(states) >= 1 and len({label for label, _ in states}) == len(states)

    async def scene() -> None:
        async with Showcase(states).run_test(size=(100, 60)) as pilot:
            await pilot.pause()
            for _, widget in states:
                assert widget.is_mounted
            await pilot.press("t", "t")

    asyncio.run(scene())


def test_ascii_where_the_terminal_has_no_other_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    from rnprog.tui import glyphs

    monkeypatch.setenv("RNPROG_ASCII", "1")
    assert glyphs.choose() is glyphs.ASCII
    monkeypatch.setattr(glyphs, "_chosen", glyphs.ASCII)

    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=(80, 24)) as pilot:
            for name in ("leads", "program", "titration-flowing", "alarm", "program-confirm"):
                await scenes.SCENES[name](running, pilot)
                own = [strip.text for strip in running.screen._compositor.render_strips()]
                odd = {sign for line in own for sign in line if ord(sign) > 126} - set("▁▂▃▄▅▆▇█")
                assert not odd, (name, odd)  # what Textual draws beside scrolled text is not ours

    asyncio.run(scene())


@pytest.mark.parametrize(("size", "high", "button"), [((80, 24), 1, 1), ((100, 30), 2, 3), ((160, 50), 3, 3)])
def test_what_is_touched_is_as_large_as_the_screen_allows(size: tuple[int, int], high: int, button: int) -> None:
    """The way to the other screens, and the button of a message; the whole place is touched, not only its word."""

    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=size) as pilot:
            await scenes.show(running, pilot, scenes.unknown(), "titration")
            ways = list(running.screen.query(Way))
            assert {way.region.height for way in ways} == {high} and ways[-1].region.right <= size[0]
            found = running.screen.query_one("NoticeBox Button")
            assert found.region.height == button and found.region.width >= 20 and running.screen.region.contains_region(found.region)
            await pilot.click(ways[1], offset=(1, high - 1))
            await pilot.pause()
            assert isinstance(running.screen, SafeScreen) and running.screen.NAME == "leads"

    asyncio.run(scene())


def test_a_large_screen_shows_more_and_a_small_one_hides_nothing_that_is_needed() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SIZES[-1]) as pilot:
            for name, words in (
                ("connect", ("The appointment", "5  Record")),
                ("overview", ("The program, in words", "Thresholds of earlier visits", "1.3 mA", "26-05-11")),
                ("titration-setup", ("Left lead", "Right lead", "R0 to R3")),
                ("record", ("In short", "1 time, 1 confirmed")),
            ):
                await pilot.resize_terminal(*SIZES[-1])
                await scenes.SCENES[name](running, pilot)
                seen = "\n".join(strip.text for strip in running.screen._compositor.render_strips())
                assert all(word in seen for word in words), (name, seen)

    asyncio.run(scene())
