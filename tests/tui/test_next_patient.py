"""What belongs to one connection stays with it: nothing is shown to the next patient, nothing is lost with a link."""

import asyncio
from dataclasses import replace
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from rnprog.session.outcomes import StopConfirmed, StopNotConfirmed
from rnprog.session.titrate import Titrated
from rnprog.session.wording import Words, safety
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.units import Milliamps
from rnprog.tui import events as e
from rnprog.tui import samples
from rnprog.tui import side_events as of_side
from rnprog.tui import view_model as view
from rnprog.tui.after import after
from rnprog.tui.app import RnprogApp
from rnprog.tui.screens.dialogs import Confirm
from rnprog.tui.screens.program import ProgramScreen
from rnprog.tui.screens.record import RecordScreen
from rnprog.tui.screens.side_setup import SideSetup
from rnprog.tui.state import Call, Phase, State, Weight
from rnprog.tui.titrating import Step
from tests.tui import scenes
from tests.tui.scenes import connected_event

WORDS = Words("It happened.", "The output is off.", "Do this.")


def seen(running: RnprogApp) -> str:
    return "\n".join(strip.text.rstrip() for strip in running.screen._compositor.render_strips())


def titrated(side: Side, amplitude_ma: str | None, *, given: bool = True) -> Titrated:
    log = samples.titration(5 if given else 0)
    proposed = None if amplitude_ma is None else Milliamps(samples.D(amplitude_ma))
    return Titrated(samples.plan(side), "found" if proposed else "stopped", log.thresholds(), proposed, "A reason.", log)


async def see(running: RnprogApp, pilot: Pilot[Any], *happened: e.Event) -> None:
    for event in happened:
        running.see(event)
    await pilot.pause()


def test_the_next_device_shows_nothing_of_the_one_before() -> None:
    """The implant's program, the contacts that were picked, a half-written note, the patient's code and limit: all of it is gone."""

    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            running.screen.query_one("#patient", Input).value = "P-017"
            await see(running, pilot, connected_event("RN1-E0000001", samples.program()))
            await pilot.press("f6")
            assert "as the implant runs it" in seen(running) and "-L1+L2" in seen(running)
            await pilot.press("f7", "tab", *"hurts")
            await pilot.press("escape", "f4")
            running.screen.query_one(SideSetup).chosen.choose(Side.LEFT, Electrodes.parse("-L3+case"))
            running.screen.query_one(SideSetup).chosen.side = Side.RIGHT
            await see(running, pilot, e.Closed(None, None), e.Connecting("emu://b"), connected_event("RN1-E0000002", None))
            await pilot.press("f6")
            screen = running.screen
            assert isinstance(screen, ProgramScreen) and screen.wanted is None
            assert "as the implant runs it" not in seen(running) and "-L1+L2" not in seen(running)
            await pilot.press("f4")
            assert running.screen.query_one(SideSetup).chosen.side is Side.LEFT and "-L3+case" not in seen(running)
            await pilot.press("f7")
            assert isinstance(running.screen, RecordScreen) and not running.screen.query_one("#note", Input).value
            await see(running, pilot, e.Closed(None, None))
            running.action_another()
            await pilot.pause()
            assert not running.screen.query_one("#patient", Input).value
            assert running.state.limits is None

    asyncio.run(scene())


def test_another_program_in_the_implant_is_shown_at_once() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=(100, 30)) as pilot:
            await see(running, pilot, connected_event("RN1-E0000001", samples.program()))
            await pilot.press("f6")
            left = samples.program().left
            assert left is not None
            other = replace(samples.program(), left=replace(left, electrodes=Electrodes.parse("-L0+L3")))
            stored = replace(samples.connected().stored[0], program=other)
            await see(running, pilot, e.ProgramsRead((stored,), 0.0))
            assert isinstance(running.screen, ProgramScreen) and running.screen.wanted == other

    asyncio.run(scene())


def lost() -> State:
    return after(samples.giving(), e.Lost(safety.link_lost("the cable is out.", "1", armed=True)))


def test_a_reconnection_that_fails_leaves_the_alarm_standing() -> None:
    base = replace(lost(), doubtful=True, stored=samples.connected().stored)
    trying = after(base, e.Connecting("emu://x"))
    assert view.output(trying, 0.0).text == "LINK LOST: OUTPUT UNKNOWN, TREAT AS ON" and trying.identity is not None
    failed = after(trying, e.NotConnected(Words("There is no port.", "No stimulation was started or changed.", "Plug it in.")))
    assert failed.phase is Phase.LOST and failed.doubtful and failed.titrating == base.titrating and failed.stored == base.stored
    notice = failed.notice
    assert notice is not None and (notice.weight, notice.call) == (Weight.ALARM, Call.CONNECT)
    assert "ends by itself within 1 s" in notice.words.stimulation and any("There is no port." in each for each in notice.more)
    again = after(after(failed, e.Connecting("emu://x")), e.NotConnected(WORDS))
    assert again.notice is not None and len(again.notice.more) == 1, "only the newest failure is said"
    assert after(after(again, e.Connecting("emu://x")), connected_event("RN1-E0000001", None)).notice is None


def test_a_first_connection_that_fails_is_a_caution() -> None:
    failed = after(after(State(), e.Connecting("/dev/x")), e.NotConnected(WORDS))
    assert failed.phase is Phase.AWAY and failed.notice is not None and failed.notice.weight is Weight.CAUTION


def test_after_stop_nothing_can_be_begun_before_the_device_was_read() -> None:
    """The button of the titration and of the leads, and F5, are closed; what opens them is said."""

    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=(80, 24)) as pilot:
            await scenes.show(running, pilot, scenes.measured(), "titration")
            setup = running.screen.query_one(SideSetup)
            usable = Electrodes.parse("-L2+L3")
            setup.chosen.choose(Side.LEFT, usable)
            running.show()
            await pilot.pause()
            assert not running.screen.query_one("#begin").disabled
            await see(running, pilot, e.Stopped(StopConfirmed(WORDS, ("left",), True), 0.2))
            assert running.screen.query_one("#begin").disabled and setup.plan(running.state) is None
            assert "F8" in seen(running) and "No impedance" not in seen(running)
            await see(running, pilot, e.Reopened())
            assert running.state.halt is None
            doubtful = after(scenes.measured(), e.Stopped(StopNotConfirmed(WORDS, "1"), 0.2))
            assert setup.plan(doubtful) is None and not doubtful.ready

    asyncio.run(scene())


def test_a_doubtful_output_closes_the_writing() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=(100, 30)) as pilot:
            await scenes.show(running, pilot, scenes.proposed(), "program")
            assert not running.screen.query_one("#write").disabled
            await scenes.show(running, pilot, replace(scenes.proposed(), doubtful=True), "program")
            assert running.screen.query_one("#write").disabled
            await pilot.press("f5")
            assert isinstance(running.screen, ProgramScreen)

    asyncio.run(scene())


def test_answer_keys_change_no_contact_when_the_titration_has_ended_by_itself() -> None:
    """Typing `2` and then `c` once turned -L1+L2 into -L1+L2-case, because the same keys pick contacts."""

    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=(80, 24)) as pilot:
            await scenes.show(running, pilot, scenes.measured(samples.asked()), "titration")
            setup = running.screen.query_one(SideSetup)
            before = setup.chosen.electrodes(Side.LEFT)
            await see(running, pilot, e.Stopped(StopConfirmed(WORDS, (), True), 0.2))
            await pilot.press("2", "c", "k", "1", "0", "l", "m")
            assert setup.chosen.electrodes(Side.LEFT) == before, "a message stands: no key of the set-up counts"
            running.dismiss_notice()
            await pilot.press("2", "c", "1", "3")
            assert setup.chosen.electrodes(Side.LEFT) == before, "contacts are opened by a key of their own"
            await pilot.press("k", "3")
            assert setup.chosen.electrodes(Side.LEFT) != before

    asyncio.run(scene())


def test_a_side_that_is_done_is_followed_by_the_other_also_after_an_attempt_in_vain() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=(80, 24)) as pilot:
            await scenes.show(running, pilot, scenes.measured(), "titration")
            setup = running.screen.query_one(SideSetup)
            await see(running, pilot, of_side.Began(samples.plan()), of_side.SideDone(titrated(Side.LEFT, None)))
            assert setup.chosen.side is Side.LEFT
            await see(running, pilot, of_side.Began(samples.plan()), of_side.SideDone(titrated(Side.LEFT, "1.6")))
            assert setup.chosen.side is Side.RIGHT, "done: the other side is next"
            await see(running, pilot, of_side.Began(samples.plan(Side.RIGHT)), of_side.SideDone(titrated(Side.RIGHT, None)))
            assert setup.chosen.side is Side.RIGHT
            setup.chosen.side = Side.LEFT
            setup.chosen.choose(Side.LEFT, Electrodes.parse("-L2+L3"))
            running.show()
            await pilot.press("f5")
            await pilot.pause()
            assert isinstance(running.screen, Confirm) and "1.6 mA" in seen(running), "a result is not replaced without a question"

    asyncio.run(scene())


def test_a_result_stays_until_there_is_a_new_one() -> None:
    state = after(after(samples.connected(), of_side.Began(samples.plan())), of_side.SideDone(titrated(Side.LEFT, "1.6")))
    begun = after(state, of_side.Began(samples.plan()))
    assert begun.side_of(Side.LEFT).result is not None and begun.side_of(Side.LEFT).step is Step.STARTING
    stopped = after(begun, of_side.SideDone(titrated(Side.LEFT, None, given=False)))
    kept = stopped.side_of(Side.LEFT)
    assert kept.result is not None and kept.result.proposed_ma == samples.D("1.6"), "nothing was given in that attempt"
    assert kept.last is not None and kept.last.proposed_ma is None
    given = after(begun, of_side.SideDone(titrated(Side.LEFT, None)))
    assert given.side_of(Side.LEFT).result is not None and given.side_of(Side.LEFT).result.proposed_ma is None  # type: ignore[union-attr]


def test_a_stop_that_no_person_asked_for_tells_its_cause() -> None:
    outcome = StopConfirmed(safety.stopped((), True), (), True)
    why = Words("The device ended the test stimulation by itself.", "The output is off.", "F8.")
    state = after(samples.offered(), e.Stopped(outcome, 1.0, why))
    assert state.notice is not None and state.notice.weight is Weight.CAUTION and state.notice.words == why
    told_again = after(state, e.Stopped(outcome, 1.2))
    assert told_again.notice == state.notice, "the same STOP, told once more by another thread, does not hide the cause"
