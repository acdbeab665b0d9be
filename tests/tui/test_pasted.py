"""What is pasted into a field, or was given to it when the program was started, reaches no terminal raw."""

import asyncio
from pathlib import Path

import pytest
from textual.widgets import Input

from rnprog.tui.screens.connect import ConnectScreen
from tests.attacks.hostile_screens import judge
from tests.tui.stage import MIDDLE, stage
from tests.tui.terminal import terminal

RAW = "x\x9b31m\u202e\u200by"


@pytest.mark.parametrize(("keys", "field"), [(("f7", "tab"), "#note"), (("ctrl+p",), "#palette-input"), (("f2",), "#patient")])
def test_what_is_pasted_is_drawn_without_anything_raw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], field: str
) -> None:
    async def scene() -> str:
        async with terminal(tmp_path, monkeypatch, None if field == "#patient" else "emu://?clock=virtual") as it:
            first = "connect" if field == "#patient" else "overview"
            await it.until(lambda _: bool(it.app.screen_stack) and getattr(it.app.screen, "NAME", "") == first)
            await it.drawn()
            for key in keys:
                it.type(key)
                await it.drawn()
            await it.until(lambda _: bool(it.app.screen.query(field)))
            it.app.screen.query_one(field, Input).focus()
            await it.drawn()
            it.paste(RAW)
            await it.until(lambda _: it.app.screen.query_one(field, Input).value)
            assert it.app.screen.query_one(field, Input).value == "x?31m??y"
            await it.drawn()
        return it.shown.decode("utf-8")

    judge(asyncio.run(scene()))


def test_a_patient_code_from_the_command_line_is_drawn_as_it_is_sent_on(tmp_path: Path) -> None:
    """Marks that are not seen are not taken away: it would be another code then."""

    async def scene() -> None:
        async with stage(tmp_path, None, MIDDLE, patient="P-\u200b017") as it:
            await it.settled()
            await it.until(lambda _: isinstance(it.app.screen, ConnectScreen) and it.app.screen.put_together)
            assert it.app.screen.query_one("#patient", Input).value == "P-?017"

    asyncio.run(scene())
