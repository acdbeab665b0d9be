"""Another patient's implant, by its fingerprint: asked before anything can be measured, prepared or written, and never passed by."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Button, Input

from rnprog.profile.edit import new_text
from rnprog.profile.library import find, shelf_dir
from rnprog.profile.schema import load
from rnprog.protocol.opcodes import Opcode
from rnprog.session.outcomes import StopConfirmed
from rnprog.tui.screens.connect import Choice
from rnprog.tui.screens.dialogs import AnotherPatient
from rnprog.tui.screens.frame import SafeScreen
from rnprog.tui.state import Call, Phase
from tests.tui.places import FOREIGN, profile_taken
from tests.tui.stage import LARGE, MIDDLE, PORT, SMALL, Side, Stage, stage
from tests.tui.test_stop_everywhere import Held

CODE = "P-017"
KEYS_THAT_BEGIN = ("f5", "f3", "f5", "f4", "f5", "l", "r", "k", "1", "+", "f6", "f5", "f8", "f7", "f5", "ctrl+p", "f1", "f10", "f2")


def lines(it: Stage) -> list[dict[str, Any]]:
    """Of the newest record."""
    newest = max(it.record_dir.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    return [json.loads(line) for line in newest.read_text().splitlines()]


def kinds(it: Stage) -> list[str]:
    return [line["kind"] for line in lines(it)]


async def asked(it: Stage) -> AnotherPatient:
    """Connected, and the question is there."""
    await it.connected()
    await it.settled()
    assert isinstance(it.app.screen, AnotherPatient), it.text()
    return it.app.screen


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_another_patients_implant_is_asked_about_before_anything_else(tmp_path: Path, size: tuple[int, int]) -> None:
    """Whole on the smallest screen, too: whose it is, what is certain, and both ways on."""

    async def scene() -> None:
        async with stage(tmp_path, FOREIGN, size, patient=CODE) as it:
            dialog = await asked(it)
            told = it.words()
            for part in (f"another patient code than {CODE}", "Nothing was sent to it but questions", "patient's card", it.session.serial):
                assert part in told, it.text()
            assert "Close the link" in told and "last 4 characters" in told and "STOP" in told
            assert isinstance(dialog.focused, Button) and dialog.focused.id == "cancel"
            await it.press(*"9999", "enter")
            assert "Not the end" in it.text() and dialog.query_one("#dialog").max_scroll_y == 0, "nothing has to be scrolled for"

    asyncio.run(scene())


def test_no_key_begins_anything_before_it_is_answered(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, FOREIGN, MIDDLE, patient=CODE) as it:
            await asked(it)
            for key in KEYS_THAT_BEGIN:
                await it.press(key)
                assert isinstance(it.app.screen, AnotherPatient) and not it.state.ready, key
            await it.strike(*KEYS_THAT_BEGIN, *KEYS_THAT_BEGIN)
            await asked(it)
            assert it.device()["output_state"] == "OFF" and it.device()["armed_channels"] == 0 and not it.changes()
            assert kinds(it) == ["open"] and it.state.sweep is None

    asyncio.run(scene())


def test_keys_that_came_before_the_question_begin_nothing_behind_it(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, None, MIDDLE) as it:
            it.app.connect(FOREIGN, patient=CODE)
            while it.state.phase is not Phase.CONNECTED:
                await it.strike("f3", "f5", "f4", "f5", "f6", "f5")
            await asked(it)
            assert kinds(it) == ["open"] and it.device()["armed_channels"] == 0

    asyncio.run(scene())


def test_the_end_of_the_serial_number_goes_on_and_is_in_the_record(tmp_path: Path) -> None:
    """The same line as on the command line; and the program that is confirmed later carries the new fingerprint."""

    async def scene() -> None:
        async with stage(tmp_path, FOREIGN, MIDDLE, patient=CODE) as it:
            await asked(it)
            last = it.session.serial[-4:]
            await it.press(*last, "enter")
            await it.until(lambda state: state.another_patient is None)
            assert isinstance(it.app.screen, SafeScreen) and it.app.screen.NAME == "overview"
            assert lines(it)[-1]["data"] == {"fingerprint": "another", "confirmed_by": f"{last}, typed by the operator"}
            await it.press("f7")
            await it.until(lambda state: bool(state.lines))
            assert "another patient" in it.words(), "the record's screen says it"
            await it.measured()
            await profile_taken(it)
            await it.press("f5", *last, "enter")
            await it.until(lambda state: state.wrote is not None)
            stored = [line for line in lines(it) if line["data"].get("what") == "patient fingerprint"]
            assert [line["kind"] for line in stored] == ["intent", "outcome"] and stored[0]["data"]["patient"] == CODE

    asyncio.run(scene())


@pytest.mark.parametrize("key", ["escape", "enter"])
def test_cancel_gives_the_implant_free_unchanged_and_says_how_to_go_on(tmp_path: Path, key: str) -> None:
    async def scene() -> None:
        async with stage(tmp_path, FOREIGN, MIDDLE, patient=CODE) as it:
            await asked(it)
            await it.press(key)
            await it.until(lambda state: state.phase is Phase.CLOSED)
            await it.settled()
            assert isinstance(it.app.screen, SafeScreen) and it.app.screen.NAME == "connect", it.text()
            told = it.words()
            assert "measured nothing, stimulated nothing and wrote nothing" in told and "patient's card" in told, it.text()
            assert "code" in told and "connect" in told
            assert it.app.screen.query_one("#patient", Input).value == CODE, "what was typed wrong is put right, not typed anew"
            assert kinds(it) == ["open", "patient", "close"]
            assert lines(it)[1]["data"] == {"fingerprint": "another", "confirmed_by": None}

    asyncio.run(scene())


@pytest.mark.parametrize("wrong", ["9999", "000", "P017"])
def test_other_characters_go_on_with_nothing_and_may_be_typed_again(tmp_path: Path, wrong: str) -> None:
    async def scene() -> None:
        async with stage(tmp_path, FOREIGN, MIDDLE, patient=CODE) as it:
            dialog = await asked(it)
            await it.press(*wrong, "enter")
            assert it.app.screen is dialog and not it.state.ready
            assert "Not the end of the serial number. Nothing was begun" in it.words()
            await it.press("enter", "f5")
            assert it.app.screen is dialog and kinds(it) == ["open"]
            it.app.post_message(events.Paste(it.session.serial[-4:]))
            await it.settled()
            assert "Pasting does not count" in it.words()
            await it.press("enter")
            assert it.app.screen is dialog and kinds(it) == ["open"]
            await it.press(*it.session.serial[-4:], "enter")
            await it.until(lambda state: state.another_patient is None)

    asyncio.run(scene())


def test_the_code_put_right_and_another_implant_are_compared_anew(tmp_path: Path) -> None:
    """Refused, then again with the same code: asked again. Gone on with, closed, and the next implant: asked again."""

    async def scene() -> None:
        async with stage(tmp_path, FOREIGN, MIDDLE, patient=CODE) as it:
            it.app.looking = lambda: (Choice(FOREIGN, "foreign", "another clinic's", "emulator"), Choice(PORT, "healthy", "", "emulator"))
            await asked(it)
            await it.press("escape")
            await it.until(lambda state: state.phase is Phase.CLOSED)
            await it.press("f5")
            await it.until(lambda _: "another clinic's" in it.text())
            await it.press("tab", "enter")
            await it.until(lambda state: state.phase is Phase.CONNECTED)
            await asked(it)
            assert it.state.another_patient == CODE
            await it.press(*it.session.serial[-4:], "enter")
            await it.until(lambda state: state.another_patient is None)
            await it.press("f7", "f5", "tab", "enter")
            await it.until(lambda state: state.phase is Phase.CLOSED)
            it.app.action_another()
            await it.settled()
            assert not it.app.screen.query_one("#patient", Input).value, "the code was that patient's"
            it.app.connect(FOREIGN + "&seed=5", patient="P-018")
            await it.until(lambda state: state.phase is Phase.CONNECTED)
            await asked(it)
            assert "another patient code than P-018" in it.words()

    asyncio.run(scene())


def test_a_new_implant_and_no_code_are_asked_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        for port, code in ((PORT, CODE), (FOREIGN, None)):
            async with stage(tmp_path, port, MIDDLE, patient=code) as it:
                await it.measured()
                assert isinstance(it.app.screen, SafeScreen) and it.state.judged is not None
                assert "patient" not in kinds(it)

    asyncio.run(scene())


def test_it_is_asked_once_and_not_again_after_stop(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, FOREIGN, MIDDLE, patient=CODE) as it:
            await asked(it)
            await it.press("f12")
            await it.until(lambda state: isinstance(state.halt, StopConfirmed) and not state.stopping)
            await asked(it)
            await it.press(*it.session.serial[-4:], "enter")
            await it.until(lambda state: state.another_patient is None)
            assert not it.state.ready and it.state.notice is not None and it.state.notice.call is Call.REOPEN
            await it.press("f8")
            await it.until(lambda state: state.halt is None and state.busy is None)
            await it.titrating()
            await it.press("f12")
            await it.until(lambda state: state.halt is not None and state.busy is None)
            await it.press("f8")
            await it.until(lambda state: state.halt is None and state.busy is None)
            await it.measured()
            assert kinds(it).count("patient") == 1 and it.state.side_of(Side.LEFT).plan is not None

    asyncio.run(scene())


@pytest.mark.parametrize("keys", [("escape",), ("typed", "enter")])
def test_an_answer_that_stop_overtook_is_asked_for_again(tmp_path: Path, keys: tuple[str, ...]) -> None:
    """STOP drops what was queued before it, the answer too: the question comes back, and nothing can begin meanwhile."""
    held = Held(Opcode.STATUS)

    async def scene() -> None:
        async with stage(tmp_path, FOREIGN, MIDDLE, patient=CODE, trace=held) as it:
            await asked(it)
            held.wanted = True
            await it.until(lambda _: held.there.is_set())
            await it.press(*(sign for key in keys for sign in (it.session.serial[-4:] if key == "typed" else (key,))))
            assert isinstance(it.app.screen, SafeScreen) and not it.state.ready, "answered, and not yet heard"
            await it.press("f5", "f3", "f5", "f12")
            await it.until(lambda state: state.halt is not None and not state.stopping)
            await asked(it)
            assert kinds(it) == ["open", "stop"]

    asyncio.run(scene())


def test_a_lost_link_takes_the_question_away_and_the_next_connection_asks_anew(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, FOREIGN, MIDDLE, patient=CODE) as it:
            await asked(it)
            it.bench(cmd="fault", spec="unplug@1")
            await it.until(lambda state: state.phase is Phase.LOST)
            assert isinstance(it.app.screen, SafeScreen) and it.state.notice is not None and it.state.notice.call is Call.CONNECT
            await it.press("f8")
            await it.until(lambda state: state.phase is Phase.CONNECTED)
            await asked(it)

    asyncio.run(scene())


def test_a_help_that_is_open_stays_below_the_question(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, None, MIDDLE) as it:
            await it.press("f1")
            it.app.connect(FOREIGN, patient=CODE)
            await asked(it)
            await it.press(*it.session.serial[-4:], "enter")
            await it.until(lambda state: state.another_patient is None)
            await it.press("escape", "f3", "f5")
            await it.until(lambda state: state.judged is not None)

    asyncio.run(scene())


def test_a_code_without_an_end_hides_neither_way_on(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, FOREIGN, SMALL, patient="P" * 400 + "[red]") as it:
            await asked(it)
            assert "Close the link" in it.text() and "last 4" in it.text() and "STOP" in it.text()

    asyncio.run(scene())


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
@pytest.mark.parametrize(("code", "port"), [(CODE, PORT), (None, FOREIGN)], ids=["another appointment", "another implant"])
def test_a_profile_of_another_patient_is_not_taken(tmp_path: Path, code: str | None, port: str, size: tuple[int, int]) -> None:
    """By the code of the appointment; without one by the fingerprint that the implant carries."""

    async def scene() -> None:
        async with stage(tmp_path, port, size=size, patient=code) as it:
            await it.measured()
            shelf_dir().mkdir(parents=True, exist_ok=True)
            made = replace(load(find("standard-bilateral")), name="a-first", patient_code="P-018")
            (shelf_dir() / "a-first.toml").write_text(new_text(made))
            await it.press("ctrl+p", *"prof", "enter")
            await it.until(lambda _: "VALID" in it.text())
            await it.press("enter")
            await it.until(lambda state: state.notice is not None)
            assert it.state.taken is None and it.state.limits is None
            here = "this appointment is for P-017" if code else "this implant was last programmed for another one"
            assert f"The profile a-first is made for patient code P-018, and {here}." in it.words()
            assert "connect with the right one." in it.words()

    asyncio.run(scene())
