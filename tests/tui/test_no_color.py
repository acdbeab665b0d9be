"""`NO_COLOR`: nothing is drawn in a colour, everything can still be read, and what colour told is told by words and signs."""

import asyncio
from dataclasses import replace

import pytest

from rnprog.session.mode import Mode
from rnprog.tui.themes import COLOURS, DEFAULT, contrast
from rnprog.tui.widgets.stop_bar import StopBar
from tests.tui import scenes
from tests.tui.stage import SMALL
from tests.tui.test_looks import text
from tests.tui.test_snapshots import _hex, faint

READ = 4.5


@pytest.fixture(autouse=True)
def no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.parametrize("theme", [pytest.param(theme, marks=() if theme == DEFAULT else pytest.mark.soak) for theme in COLOURS])
def test_every_screen_is_without_colour_and_can_be_read(theme: str) -> None:
    async def scene() -> None:
        for name in ("connect", "overview", "leads", "titration-asked", "program-refused", "program-confirm", "record", "alarm", "lost"):
            running = scenes.app(theme)
            async with running.run_test(size=SMALL) as pilot:
                assert running.no_color
                await scenes.SCENES[name](running, pilot)
                inks = {
                    _hex(colour)
                    for strip in running.screen._compositor.render_strips()
                    for _, style, _ in strip
                    if style is not None
                    for colour in (style.color, style.bgcolor)
                    if colour is not None
                }
                assert inks and all(ink[1:3] == ink[3:5] == ink[5:7] for ink in inks), (name, inks)
                assert not faint(running, READ), (name, faint(running, READ))
                bar = running.screen.query_one(StopBar).region
                drawn = running.screen._compositor.render_strips()[bar.y + 1]
                (style,) = {style for words, style, _ in drawn if "STOP" in words}
                assert style is not None and style.color is not None and style.bgcolor is not None
                assert contrast(_hex(style.color), _hex(style.bgcolor)) >= READ

    asyncio.run(scene())


def test_words_and_signs_tell_what_colour_told() -> None:
    """Which kind of device, whether it is on, what stands out on a lead, what is old, what is refused."""

    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SMALL) as pilot:
            base = scenes.samples.connected()
            found = []
            for mode in Mode:
                await scenes.show(running, pilot, replace(base, mode=mode), "overview")
                found.append(text(running).splitlines()[0].split("RN-1")[0].strip())
            assert len(set(found)) == 3 and "EMULATOR" in found[list(Mode).index(Mode.EMULATOR)]
            for name, words in (
                ("therapy", "▶ THERAPY ON"),
                ("overview", "○ OUTPUT OFF"),
                ("alarm", "ALARM"),
                ("lost", "✕ LINK LOST"),
                ("lost", "OLD: read"),
                ("leads", "▲ OPEN"),
                ("leads", "● normal"),
                ("program-refused", "REFUSED"),
                ("titration-flowing", "FLOWING NOW"),
            ):
                await scenes.SCENES[name](running, pilot)
                assert words in text(running), (name, words)

    asyncio.run(scene())
