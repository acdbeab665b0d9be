"""What is drawn, cell by cell: old values are grey, what decides stands above the fold, nothing that has to be read is cut off."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from textual.containers import VerticalScroll
from textual.widget import Widget

from rnprog.session.mode import Mode
from rnprog.session.wording import safety
from rnprog.therapy.contacts import Side
from rnprog.therapy.impedance import ImpedanceReading, ImpedanceSweep
from rnprog.tui import events as e
from rnprog.tui.after import after
from rnprog.tui.app import RnprogApp
from rnprog.tui.bounds import Bound, bounds
from rnprog.tui.screens.frame import SafeScreen
from rnprog.tui.state import Phase, State
from rnprog.tui.themes import COLOURS, DEFAULT
from rnprog.tui.widgets.gauge import gauge
from tests.tui import scenes
from tests.tui.stage import LARGE, MIDDLE, SIZES, SMALL

D = Decimal
GREY = {COLOURS[DEFAULT][name] for name in ("stale", "line", "page", "raised")}


def drawn(running: RnprogApp, inside: Widget | None = None) -> Iterator[tuple[str, str]]:
    """Each piece of text with its ink, inside a widget's place."""
    region = (inside or running.screen).region
    for number, strip in enumerate(running.screen._compositor.render_strips()):
        if region.y <= number < region.bottom:
            for text, style, _ in strip.crop(region.x, region.right):
                if text.strip() and style is not None and style.color is not None and style.bgcolor is not None:
                    ink = style.bgcolor if style.reverse else style.color
                    yield text, ink.get_truecolor().hex.upper()


def text(running: RnprogApp) -> str:
    return "\n".join(strip.text.rstrip() for strip in running.screen._compositor.render_strips())


def cable_out(state: State) -> State:
    return after(state, e.Lost(safety.link_lost("the cable is out.", "1", armed=True)))


@pytest.mark.parametrize("name", ["overview", "leads", "titration", "program", "record", "profiles", "frames", "connect"])
def test_a_lost_link_greys_every_value_that_is_drawn(name: str) -> None:
    """On the five screens with values of a device each text of the body is grey; on all eight the banner says that the link is lost."""

    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=LARGE) as pilot:
            base = scenes.proposed() if name == "program" else scenes.measured(scenes.samples.connected())
            await scenes.show(running, pilot, base, name)
            screen = running.screen
            assert isinstance(screen, SafeScreen)
            body = screen.query_one("#body")
            fresh = {ink for _, ink in drawn(running, body)}
            running.see(e.Lost(safety.link_lost("the cable is out.", "1", armed=False)))
            await pilot.pause()
            assert "LINK LOST: OUTPUT UNKNOWN" in text(running) and "OLD: read" in text(running)
            inks = {ink for words, ink in drawn(running, body) if any(sign.isalnum() for sign in words)}
            if screen.FROM_DEVICE:
                assert fresh - GREY, "in colour before"
                assert inks <= GREY, [(words, ink) for words, ink in drawn(running, body) if ink not in GREY]

    asyncio.run(scene())


def test_a_device_that_answers_again_is_in_colour_again() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SMALL) as pilot:
            await scenes.show(running, pilot, scenes.measured(), "leads")
            running.now_s = lambda: 9.0
            running.screen.show_age(running.state)  # type: ignore[attr-defined]
            await pilot.pause()
            body = running.screen.query_one("#body")
            assert {ink for _, ink in drawn(running, body)} <= GREY, "a silent device's values are old"
            running.see(e.Polled(scenes.samples.status(), None, 9.0))
            await pilot.pause()
            assert {ink for _, ink in drawn(running, body)} - GREY

    asyncio.run(scene())


def test_a_burst_of_which_nothing_is_heard_is_not_called_flowing() -> None:
    """For two seconds grey words said FLOWING NOW, and to feel for the muscle."""

    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SMALL) as pilot:
            await scenes.show(running, pilot, scenes.measured(scenes.samples.giving()), "titration")
            assert "FLOWING NOW" in text(running)
            running.see(e.Unheard(True))
            running.now_s = lambda: scenes.NOW_S + 0.7
            running.show()
            await pilot.pause()
            seen = text(running)
            assert "LAST KNOWN" in seen and "FLOWING NOW" not in seen and "Feel for the muscle" not in seen
            assert "see above" not in seen, "nothing stands above yet"

    asyncio.run(scene())


@pytest.mark.parametrize("name", ["program", "program-refused", "program-written"])
def test_the_verdict_and_the_button_are_seen_without_scrolling(name: str) -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SMALL) as pilot:
            await scenes.SCENES[name](running, pilot)
            for size in SIZES:
                await pilot.resize_terminal(*size)
                await pilot.pause()
                seen = text(running)
                word = {"program": "ALLOWED", "program-refused": "REFUSED", "program-written": "WRITTEN"}[name]
                button = "F5  Close" if name == "program-written" else "F5  Write"
                assert (word in seen or "CAUTION" in seen) and button in seen, (size, seen)
                if name == "program-written":
                    assert "daily schedule is enabled" in " ".join(seen.split()), seen

    asyncio.run(scene())


def test_the_keys_can_all_be_read_on_every_screen() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SMALL) as pilot:
            await scenes.SCENES["help"](running, pilot)
            for size in SIZES:
                await pilot.resize_terminal(*size)
                await pilot.pause()
                assert "Esc closes" in text(running)
                scroll = running.screen.query_one("#keys-list", VerticalScroll)
                assert running.focused is scroll
                await pilot.press("end")
                await pilot.pause()
                assert "Leave. It asks, and stops first." in text(running), (size, text(running))
                assert size == SMALL or scroll.max_scroll_y == 0, "where there is room nothing has to be scrolled"

    asyncio.run(scene())


def test_a_bar_is_full_at_the_limit_and_not_before() -> None:
    for width in (5, 10, 24):
        near = gauge("Left", [Bound("mA patient", "1.8", "2.0", D("0.9"))], width).plain
        assert near.count("█") < width, "1.8 of 2.0 is not full"
        assert gauge("Left", [Bound("mA patient", "2.0", "2.0", D(1))], width).plain.count("█") == width
    calm, near90 = (gauge("Left", [Bound("mA patient", "x", "2.0", share)], 10) for share in (D("0.89"), D("0.9")))
    assert "●" in calm.plain and "◆" in near90.plain, "a caution from nine tenths on"


def test_an_open_pair_is_called_open_in_the_gauge() -> None:
    state = scenes.proposed()
    proposal, caps = state.proposed, state.capabilities
    assert proposal is not None and caps is not None
    left = proposal.program.left
    assert left is not None
    cathode, anode = next(iter(left.electrodes.cathodes)), next(iter(left.electrodes.anodes))
    swept = ImpedanceSweep((ImpedanceReading(cathode, anode, None, over_range=True),), "RN1-E0000001", 1, 0)
    told = gauge("Left", bounds(proposal, caps, state.limits, swept)[Side.LEFT], 5).plain
    assert "open" in told.lower() and "?/" not in told
    assert "?/" not in gauge("Left", bounds(proposal, caps, state.limits, None)[Side.LEFT], 5).plain


def test_measuring_is_seen_also_by_whoever_has_scrolled() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SMALL) as pilot:
            await scenes.show(running, pilot, scenes.measured(), "leads", "pagedown", "pagedown")
            assert running.screen.query_one("#body").scroll_y > 0
            await pilot.press("f5")
            running.see(e.Busy("measuring the leads"))
            await pilot.pause()
            assert "MEASURING" in text(running)

    asyncio.run(scene())


@pytest.mark.parametrize("name", ["overview", "leads", "titration", "program", "record"])
def test_before_a_device_is_there_a_screen_says_what_it_is_for_and_which_key_leads_on(name: str) -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SMALL) as pilot:
            await scenes.show(running, pilot, State(), name)
            assert "No device is connected. F2 chooses one." in text(running)
            assert not running.screen.query_one("#body").display, "and shows no tables of nothing"
            await scenes.show(running, pilot, scenes.measured(), name)
            assert running.screen.query_one("#body").display and "No device" not in text(running)
            await scenes.show(running, pilot, cable_out(scenes.measured()), name)
            assert running.screen.query_one("#body").display, "what was read from a lost device stays"

    asyncio.run(scene())


def test_how_a_device_is_chosen_stands_below_the_list_at_every_size() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SMALL) as pilot:
            for size in SIZES:
                await pilot.resize_terminal(*size)
                await scenes.show(running, pilot, State(), "connect")
                running.screen.found(scenes.CHOICES)  # type: ignore[attr-defined]
                await pilot.pause()
                assert "Enter connects what is marked; F5 looks again." in text(running), size

    asyncio.run(scene())


@pytest.mark.parametrize("name", ["leads", "record"])
def test_to_finish_a_side_first_is_said_while_one_is_prepared_and_only_then(name: str) -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=MIDDLE) as pilot:
            for state, said in (
                (scenes.measured(scenes.samples.offered()), True),
                (replace(scenes.measured(), busy="reading the device"), False),
            ):
                await scenes.show(running, pilot, state, name)
                assert ("F4, then F9" in " ".join(text(running).split())) is said, text(running)

    asyncio.run(scene())


def test_after_a_device_did_not_answer_the_choice_says_again_how_to_choose() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=MIDDLE) as pilot:
            await scenes.show(running, pilot, State(), "connect")
            running.screen.found(scenes.CHOICES)  # type: ignore[attr-defined]
            running.see(e.Connecting("/dev/ttyACM0"))
            await pilot.pause()
            assert "Nothing is sent but questions" in text(running)
            running.see(e.NotConnected(safety.stop_not_sent("nobody answers.")))
            await pilot.pause()
            assert "Nothing is sent but questions" not in text(running) and "Enter connects what is marked" in text(running)

    asyncio.run(scene())


def test_a_profile_that_stands_before_what_was_titrated_says_so_and_a_key_leads_back() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SMALL) as pilot:
            profile = scenes.proposed()
            await scenes.show(running, pilot, scenes.done(replace(profile, proposed=None)), "program")
            assert "NOT from what was titrated today (t: from that)" in " ".join(text(running).split())
            await pilot.press("t")
            await pilot.pause()
            assert "from the titrations of this appointment" in text(running) and running.state.limits is not None

    asyncio.run(scene())


def test_a_palette_in_which_nothing_fits_says_so_and_does_nothing() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SMALL) as pilot:
            await scenes.show(running, pilot, scenes.measured(), "leads", "ctrl+p", *"zzz")
            assert "Nothing is called that." in text(running)
            palette = running.screen
            await pilot.press("enter", "down")
            assert running.screen is palette

    asyncio.run(scene())


@pytest.mark.parametrize("mode", Mode)
def test_the_battery_and_its_age_are_never_cut_off(mode: Mode) -> None:
    """They stood behind the output, and a long state of it left them no room."""

    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SMALL) as pilot:
            for state in (scenes.samples.offered(), scenes.samples.giving(), scenes.alarm(), scenes.lost()):
                await scenes.show(running, pilot, replace(state, mode=mode, busy="titrating the left side"), "titration")
                assert "battery 83 % (0 s)" in text(running).splitlines()[0]

    asyncio.run(scene())


def test_nothing_is_cut_off_in_the_set_up_and_in_the_pair_table() -> None:
    async def scene() -> None:
        running = scenes.app()
        async with running.run_test(size=SMALL) as pilot:
            await scenes.SCENES["titration-setup"](running, pilot)
            seen = text(running)
            assert "precision" in seen and "contacts" in seen
            await pilot.press("k")
            assert "cathode, anode, off" in text(running)
            for size in (SMALL, MIDDLE):
                await pilot.resize_terminal(*size)
                await scenes.show(running, pilot, scenes.measured(), "leads", "pagedown")
                heads = [line for line in text(running).splitlines() if "Verdict" in line]
                assert not any(line.rstrip().endswith("Chan") for line in heads), heads
            assert replace(running.state, phase=Phase.LOST).stale(0.0)

    asyncio.run(scene())
