"""A whole activation visit by keys: two sides titrated, the program written, the record closed; counted, and checked against the device."""

import asyncio
from pathlib import Path

import pytest
from textual import events

from rnprog.session.audit import audit
from rnprog.session.titrate import Titrated
from rnprog.therapy.contacts import Side
from rnprog.tui.burst import told_step
from rnprog.tui.screens.dialogs import Confirm, ConfirmSerial
from rnprog.tui.state import Phase
from rnprog.tui.titrating import Step
from rnprog.tui.widgets.amplitude import Amplitude
from rnprog.tui.widgets.text import Text
from tests.tui.places import profile_taken
from tests.tui.stage import SMALL, Stage, stage

MOST_KEYS = 60
"""For the visit without the check of both sides, which is a part of its own: how often it asks is the device's and the person's."""


def test_a_visit_in_sixty_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the first key to the closed record: F5 is always what comes next. Both sides are checked together before the program."""

    async def scene() -> None:
        async with stage(tmp_path, size=SMALL) as it:
            await it.connected()
            await it.press("f4", "f5")
            await it.until(lambda state: state.judged is not None and state.busy is None)
            assert "Titrate the left side" in it.text()
            for side in Side:
                await it.titrate(side)
            assert "Check both sides together" in it.text()
            alone = it.keys
            await it.press("f5")
            await it.answered(Side.LEFT)
            together, check = it.state.together, it.keys - alone
            assert together is not None and together.last is not None and "checked together" in it.words()
            await it.press("f6")
            await it.until(lambda state: state.proposed is not None and state.busy is None)
            await it.press("f5")
            await it.settled()
            assert isinstance(it.app.screen, ConfirmSerial)
            await it.press(*it.session.serial[-4:], "enter")
            await it.until(lambda state: state.wrote is not None and state.busy is None)
            wrote = it.state.wrote
            assert wrote is not None and wrote.program is not None and wrote.active and it.state.schedule_enabled
            for side, amplitude_ma in ((Side.LEFT, together.last.left_ma), (Side.RIGHT, together.last.right_ma)):
                part = wrote.program.side(side)
                assert part is not None and part.amplitude_ma == amplitude_ma, "no more than was tolerated together"
            assert it.session.device.stored(0).program == wrote.program, "what is shown is what the device holds"
            assert "WRITTEN" in it.text()
            await it.press("f5")
            await it.settled()
            assert isinstance(it.app.screen, Confirm) and it.app.focused is not None and it.app.focused.id == "cancel"
            await it.press("f5", "f5")
            assert isinstance(it.app.screen, Confirm), "the key that asked closes nothing"
            it.keys -= 2  # which a visit does not need
            await it.press("tab", "enter")
            await it.until(lambda state: state.phase is Phase.CLOSED)
            await it.settled()
            assert it.state.audit is not None and it.state.audit.good and it.state.record is not None
            assert audit(it.state.record).closed and "CLOSED AND WHOLE" in it.text()
            with capsys.disabled():
                print(f"\na visit, two sides assisted, from the first key to the closed record: {it.keys - check} keys")
                print(f"and {check} for both sides together: {it.keys}")
            assert it.keys - check <= MOST_KEYS

    asyncio.run(scene())


def test_writing_is_confirmed_by_the_serial_number_and_by_nothing_else(tmp_path: Path) -> None:
    """Cancel is focused; Enter, F5 and a paste write nothing; another serial number writes nothing; STOP works over the question."""

    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.measured()
            await profile_taken(it)
            slots = [it.session.device.stored(slot).crc for slot in range(4)]
            serial = it.session.serial

            async def ask() -> ConfirmSerial:
                await it.press("f5")
                await it.settled()
                assert isinstance(it.app.screen, ConfirmSerial)
                return it.app.screen

            question = await ask()
            assert question.focused is not None and question.focused.id == "cancel"
            await it.press("enter")  # the focused button: Cancel
            await it.settled()
            assert not isinstance(it.app.screen, ConfirmSerial)
            await ask()
            await it.press("f5", "f5", "f5")
            assert isinstance(it.app.screen, ConfirmSerial), "the key that opened it confirms nothing"
            await it.press("tab")
            it.app.post_message(events.Paste(serial[-4:]))
            await it.settled()
            assert "Pasting does not count" in it.text()
            await it.press("enter")
            await it.settled()
            assert isinstance(it.app.screen, ConfirmSerial) and "Nothing was written" in it.words()
            await it.press(*"9Z9Z", "enter")
            await it.settled()
            assert isinstance(it.app.screen, ConfirmSerial) and "Nothing was written" in it.words()
            await it.press("f12")
            await it.until(lambda state: state.notice is not None)
            await it.press("escape")
            assert [it.session.device.resume_link() or it.session.device.stored(slot).crc for slot in range(4)] == slots
            assert not any('"what":"write program"' in path.read_text() for path in tmp_path.glob("*.jsonl"))

    asyncio.run(scene())


def test_a_program_beyond_a_bound_cannot_be_written(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, size=(100, 30)) as it:
            await it.measured()
            await profile_taken(it)
            assert "ALLOWED" in it.text() and "mA patient" in it.text()
            await it.press("tab", "home", *["delete"] * 6, *"2.5")
            await it.until(lambda state: state.not_allowed is not None)
            assert "REFUSED" in it.text() and "patient" in it.text()
            await it.press("f5")
            await it.settled()
            assert not isinstance(it.app.screen, ConfirmSerial)
            await it.press(*["backspace"] * 3, *"2.47")
            await it.settled()
            assert "NOT A VALUE" in it.text() and "2.4 mA or 2.5 mA" in it.words()

    asyncio.run(scene())


def test_a_note_stands_in_the_record_and_leaving_closes_it(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            await it.press("f9")
            await it.idle()
            await it.press("f7", "tab", *"lying", "enter")
            await it.until(lambda state: any(line["kind"] == "note" for line in state.lines))
            assert "lying" in it.text() and "titration" in it.text()
            await it.press("f10")
            await it.settled()
            assert isinstance(it.app.screen, Confirm) and it.app.focused is not None and it.app.focused.id == "cancel"
            await it.press("tab", "enter")
            await it.until(lambda state: state.phase is Phase.CLOSED)

    asyncio.run(scene())
    (record,) = tmp_path.glob("*.jsonl")
    assert audit(record).good and audit(record).closed


def test_leaving_while_a_side_is_prepared_stops_first(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.titrating()
            await it.press("f10")
            await it.settled()
            assert "Test stimulation is prepared" in it.words()
            await it.press("tab", "enter")
            await it.until(lambda state: state.phase is Phase.CLOSED)

    asyncio.run(scene())
    (record,) = tmp_path.glob("*.jsonl")
    kinds = [line for line in record.read_text().splitlines() if '"kind":"stop"' in line]
    assert len(kinds) == 1 and '"confirmed":true' in kinds[0]


def test_choosing_a_device(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, None) as it:
            await it.until(lambda _: "healthy" in it.text())
            await it.press("enter")
            await it.connected()
            await it.settled()
            assert "RN1-E0000001" in it.text() and "EMULATOR" in it.text() and it.state.record is not None

    asyncio.run(scene())


def test_a_port_that_is_not_there_is_told_in_three_parts(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, "/dev/nothing-here") as it:
            await it.until(lambda state: state.notice is not None)
            text = it.words()
            assert "There is no port /dev/nothing-here" in text and "No stimulation was started or changed" in text

    asyncio.run(scene())


def rows(it: Stage) -> dict[str, list[str]]:
    """The table of thresholds, as it is drawn."""
    drawn = [line.split() for line in str(it.app.screen.query_one("#thresholds", Text).said).splitlines()]
    return {line[0]: line[1:] for line in drawn}


def row_of(found: Titrated | None) -> list[str]:
    assert found is not None
    saw = found.titration.thresholds()
    each = (saw.perception_ma, saw.motor_ma, saw.discomfort_ma, found.proposed_ma)
    return ["-" if value is None else f"{value:.1f}" for value in each]


def test_both_sides_are_checked_together_and_bound_the_program(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.measured()
            await it.press("f4", "p", "p")
            for side in Side:
                await it.titrate(side)
            assert "t: check them together" in it.words()
            since = it.changes()[-1]["number"]
            await it.press("t")
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.OFFERED)
            offer = it.state.side_of(Side.LEFT).offer
            assert offer is not None and offer.both is not None
            rung, words = offer.both, it.words()
            told, flows = told_step(it.state, it.state.side_of(Side.LEFT), None)
            assert told.plain.startswith(f"BOTH SIDES: {rung.left_ma} mA left and {rung.right_ma} mA right;") and not flows
            assert f"Give L {rung.left_ma}, R {rung.right_ma} mA" in words and "another, at most" not in words
            assert it.app.screen.query_one(Amplitude).value == f"{max(rung.left_ma, rung.right_ma):.1f}", "never the lower of the two"
            alone = {side: it.state.side_of(side).result for side in Side}
            assert all(rows(it)[side.label] == row_of(found) for side, found in alone.items()), "what each side came to alone"
            assert "F9 end the check: no program for both then" in words and "finish this side" not in words
            await it.press("f5")
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.ASKED)
            await it.press("2")
            await it.until(lambda state: state.side_of(Side.LEFT).step is Step.OFFERED)
            assert all(rows(it)[side.label] == row_of(found) for side, found in alone.items()), "no answer of the left side"
            await it.answered(Side.LEFT)
            together = it.state.together
            assert together is not None and together.last is not None and it.device()["output_state"] == "OFF"
            given = [change for change in it.bench(cmd="truth", since=since)["changes"] if change["cause"] == "burst"]
            assert {change["channel"] for change in given} == {0, 1}, "current really flowed on both sides"
            left, right = (it.state.side_of(side).result for side in Side)
            assert left is not None and right is not None
            assert (left.proposed_ma, right.proposed_ma) == (together.last.left_ma, together.last.right_ma)
            await it.press("f6")
            await it.until(lambda state: state.proposed is not None and state.busy is None)
            proposed = it.state.proposed
            assert proposed is not None and proposed.program.left is not None and proposed.program.left.amplitude_ma == left.proposed_ma

    asyncio.run(scene())
