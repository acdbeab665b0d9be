"""What is said where a device or a record is not the usual one: an answer given again, equal limits, a program that is not told."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from rnprog.session.outcomes import Reason, ReasonKind, Refused
from rnprog.session.wording.tui_program import SHANNON, VOLTAGE
from rnprog.therapy.titration import Answer
from rnprog.tui import samples
from rnprog.tui.after import after
from rnprog.tui.bounds import bounds
from rnprog.tui.screens.overview import beginning, facts
from rnprog.tui.state import State, Weight
from rnprog.tui.titrating import Step
from rnprog.tui.widgets.curve import Curve, Point
from rnprog.tui.widgets.record_lines import lines_told
from tests.tui.scenes import SCENES, app, connected_event, proposed
from tests.tui.stage import Side, stage


def line(kind: str, **data: object) -> dict[str, Any]:
    return {"utc": "2026-11-25T10:15:04.120+00:00", "kind": kind, "data": data}


def test_an_answer_given_again_says_that_it_is_corrected() -> None:
    answer = {"side": "left", "amplitude_ma": "1.0", "by": "ask"}
    told = lines_told(
        [
            line("answer", **answer, answer="none"),
            line("answer taken back", side="left", by="ask"),
            line("answer", **answer, answer="felt"),
            line("answer", **answer, answer="clear"),
        ]
    ).plain.splitlines()
    assert [("corrected" in each) for each in told] == [False, False, True, False]


def test_a_record_is_told_in_words_and_not_in_names_of_fields() -> None:
    """Whatever is in it: no underscore, no line that only says what another one says."""
    told = lines_told(
        [
            line("intent", what="arm", side="left"),
            line("outcome", what="impedance", result="applied", readings=[{"pair": "L1 to case", "verdict": "open"}]),
            line("outcome", what="arm", result="applied", side="left", electrodes="-L1+L2", pulse_width_us="214", rate_hz="20"),
            line("titration", side="left", method="assisted", profile="quick", confirmed_by_means_of="palpation"),
            line("burst over", alert=None, output="armed", side="left"),
            line("limits", left_max_ma="2.0", source="profile anna"),
            line("besides", side="left", amplitude_ma="1.5", contraction="clear", by="ask"),
            line("both sides", left_ma="1.0", right_ma="1.9"),
            line("both sides checked", ending="tolerated", last={"left_ma": "1.0", "right_ma": "1.9"}),
            line("outcome", what="write program", result="refused", reason="too high", slot=0),
            line(
                "ceiling", electrodes="-L1+L2", pulse_width_us="214", too_strong_ma="1.5", ceiling_ma="1.3", stopped_before_an_answer=True
            ),
        ]
    ).plain
    assert "_" not in told and "burst" not in told and len(told.splitlines()) == 9
    for words in (
        "1 pairs of contacts, L1 to case open",
        "left max 2.0 mA",
        "tolerated: left 1.0 mA",
        "refused, 0, too high",
        "was stopped before an answer on -L1+L2: at most",
    ):
        assert words in told, told


def amplitudes(state: State) -> list[str]:
    """The bounds of the left amplitude, by name."""
    assert state.proposed is not None and state.capabilities is not None
    found = bounds(state.proposed, state.capabilities, state.limits, state.sweep)[Side.LEFT]
    return [each.name for each in found if "/" not in each.name and each.name not in (SHANNON, VOLTAGE)]


def test_limits_that_are_the_same_stand_in_one_line() -> None:
    state = proposed()
    assert state.proposed is not None and state.capabilities is not None
    assert amplitudes(state) == ["rnprog+device", "mA patient"]
    weaker = replace(state.capabilities, amplitude_ma=replace(state.capabilities.amplitude_ma, maximum=Decimal("2.0")))
    assert amplitudes(replace(state, capabilities=weaker)) == ["mA rnprog", "device+patient"]


def test_a_program_that_is_not_told_is_not_called_missing() -> None:
    state = samples.connected()
    assert state.capabilities is not None and state.beginning is None
    mute = replace(state, stored=(), capabilities=replace(state.capabilities, has_program_store=False))
    assert "not told by this device" in facts(mute, 0.0).plain and "no program yet" not in facts(mute, 0.0).plain
    assert "no program yet" in facts(replace(state, stored=()), 0.0).plain


def test_a_wrong_clock_of_a_device_without_a_schedule_speaks_of_its_log(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.connected()
            found, caps = it.state.beginning, it.state.capabilities
            assert found is not None and caps is not None
            wrong = replace(it.state, beginning=replace(found, clock_skew_s=Decimal(7200)))
            assert wrong.beginning is not None and wrong.beginning.clock_is_wrong
            none = replace(wrong, capabilities=replace(caps, sessions_per_day=replace(caps.sessions_per_day, maximum=Decimal(0))))
            assert "daily sessions begin" in beginning(wrong).plain
            assert "times in its log" in beginning(none).plain

    asyncio.run(scene())


def test_what_is_not_possible_on_a_device_is_said_when_it_is_connected() -> None:
    refused = Refused(
        (Reason(ReasonKind.DEVICE, "It measures no impedance.", "impedance"), Reason(ReasonKind.DEVICE, "No lease.", "lease"))
    )
    state = after(State(), replace(connected_event("RN1-E0000001", None), not_possible=refused))
    assert state.notice is not None and state.notice.weight is Weight.REFUSED
    assert "It measures no impedance." in state.notice.words.happened and state.notice.more == ("No lease.",)
    assert after(State(), connected_event("RN1-E0000001", None)).notice is None


def test_a_contraction_that_nobody_graded_has_a_row_of_its_own() -> None:
    async def scene() -> None:
        running = app()
        async with running.run_test(size=(80, 24)) as pilot:
            await SCENES["titration-offered"](running, pilot)
            curve = running.screen.query_one(Curve)
            curve.show([Point(Decimal("0.5"), Answer.NONE), Point(Decimal("1.5"), Answer.CONTRACTION)], None, None)
            drawn = str(curve.render()).splitlines()
            (at,) = [number for number, row in enumerate(drawn) if "contracts" in row]
            assert "C" in drawn[at].partition("│")[2] and len(drawn) <= curve.size.height
            assert "none" in "".join(drawn) and "2.0" in drawn[-1], "the axis has its place"

    asyncio.run(scene())


def test_leads_that_were_measured_long_ago_are_measured_before_a_side_is_prepared(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path) as it:
            await it.measured()
            first = it.state.sweep
            it.bench(cmd="advance", seconds=300)
            await it.press("f4", "f5")
            await it.offered()
            assert it.state.sweep is not None and it.state.sweep is not first
            assert it.state.side_of(Side.LEFT).step is Step.OFFERED
            record = it.session.record
            assert record is not None
            lines = record.path.read_text().splitlines()
            measured = [number for number, each in enumerate(lines) if '"what":"impedance"' in each and '"kind":"outcome"' in each]
            armed = [number for number, each in enumerate(lines) if '"what":"arm"' in each]
            assert len(measured) == 4 and measured[-1] < armed[0], "both leads, twice, and then the side"

    asyncio.run(scene())
