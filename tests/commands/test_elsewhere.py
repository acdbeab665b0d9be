"""Felt in the wrong place, as a clinician meets it: one key, a word in a script, words in the result, fields in JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from rnprog.commands.asking import Lines
from rnprog.commands.guiding import Narrator
from rnprog.commands.observing import Answers, Asking
from rnprog.session.observers import Elsewhere
from rnprog.session.stimulation import Delivered
from rnprog.session.titrate import Burst
from rnprog.therapy.titration import Answer
from tests.commands.running import Cli
from tests.session.desk import Desk, armed, given
from tests.session.past import Visit

MIGRATED = ("titrate", "--side", "left", "--observer", "simulated", "--port", "emu://?scenario=migrated-lead")


@pytest.fixture
def burst(tmp_path: Path) -> Delivered:
    desk = Desk(tmp_path / "records")
    with desk.open() as session:
        return given(armed(session), "0.5")


@pytest.mark.parametrize("answers", Answers)
@pytest.mark.parametrize("typed", ["e", "E"])
def test_one_key_says_the_wrong_place(burst: Delivered, answers: Answers, typed: str) -> None:
    talk = io.StringIO()
    asking = Asking(Lines(talk, lambda: None, io.StringIO(f"{typed}\n")), answers, lambda text: None)
    assert asking.judge(burst) == Elsewhere(Answer.FELT)
    assert "e in the wrong place" in " ".join(talk.getvalue().split()), "the key is named with the question"


def test_the_narrator_tells_it(burst: Delivered) -> None:
    told: list[str] = []
    Narrator(told.append).burst(Burst(1, burst, Answer.FELT, None, elsewhere=True))
    assert told == ["   1   0.5 mA  felt in the wrong place, no contraction"]


def test_titrate_points_to_the_lead_in_words(cli: Cli) -> None:
    ran = cli(*MIGRATED)
    said = " ".join(ran.out.split())
    for part in (
        "NEEDS CLINICIAN SIGN-OFF",
        "Left lead: felt in the wrong place, the impedance is in order.",
        "The lead may have moved (migration).",
        "Ask for an X-ray",
        "Do not raise the amplitude.",
        "There is no earlier titration with these electrodes and this pulse to compare with.",
    ):
        assert part in said, part
    assert "felt in the wrong place, no contraction" in ran.err


def test_titrate_gives_it_as_data(cli: Cli) -> None:
    found = cli(*MIGRATED, "--json").json
    places = [burst["amplitude_ma"] for burst in found["bursts"] if burst["where"] == "elsewhere"]
    assert {burst["where"] for burst in found["bursts"]} == {None, "elsewhere"}
    assert found["elsewhere_ma"] == places[0] and found["motor_ma"] is None and found["proposed_ma"] is None
    (advice,) = found["advice"]
    assert (advice["finding"], advice["side"], advice["needs_clinician_sign_off"]) == ("felt in the wrong place", "left", True)
    assert advice["threshold"]["before_ma"] is None and advice["threshold"]["visits"] == 0


def test_titrate_shows_the_old_threshold_with_its_date(cli: Cli, records: Path) -> None:
    serial = cli(*MIGRATED, "--json").json["device"]["serial"]
    with Visit(records, 183, serial=serial) as made:
        made.titrated("2.4")
    day = made.at.date().isoformat()
    ran = cli(*MIGRATED)
    assert f"Before: at 2.4 mA (1 earlier visit, {day}, 6 months ago)." in " ".join(ran.out.split())
    (advice,) = cli(*MIGRATED, "--json").json["advice"]
    assert advice["threshold"]["before_ma"] == "2.4"
    assert (advice["threshold"]["before_on"], advice["threshold"]["before_days"]) == (day, 183)


def test_fluid_in_the_connector_is_named_before_the_first_burst(cli: Cli) -> None:
    talk = " ".join(cli("titrate", "--side", "left", "--observer", "simulated", "--port", "emu://?scenario=connector-fluid").err.split())
    assert 0 < talk.index("more amplitude is not the answer") < talk.index("0.5 mA")


def test_after_twenty_bursts_a_rest_is_advised_once(burst: Delivered) -> None:
    told: list[str] = []
    narrator = Narrator(told.append)
    for number in range(1, 23):
        narrator.burst(Burst(number, burst, Answer.CLEAR if number == 3 else Answer.NONE, None))
    assert [place for place, said in enumerate(told) if "rest" in said] == [20], "right after the twentieth"


def test_what_never_contracted_is_not_tired(burst: Delivered) -> None:
    told: list[str] = []
    narrator = Narrator(told.append)
    for number in range(1, 23):
        narrator.burst(Burst(number, burst, Answer.NONE, None))
    assert len(told) == 22 and not [said for said in told if "tires" in said]


def test_a_device_that_clamps_is_off_and_not_to_be_gone_on_with(cli: Cli) -> None:
    ran = cli("titrate", "--side", "left", "--observer", "simulated", "--port", "emu://?scenario=device-clamps")
    said = " ".join(ran.err.split())
    assert ran.code == 80
    assert "The device holds 1.5 mA instead of 2.0 mA" in said and "Do not go on with this device" in said
    assert "The output is off: the device was read and says so." in said
    assert "may be on" not in said, "STOP was sent and read back before anything was told"
    assert "To go on, start again" not in said


def test_a_script_knows_the_word(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("none\nelsewhere  # in the leg\nfinish\n")
    ran = cli("titrate", "--side", "left", "--observer", f"script:{tmp_path / 'answers'}", "--port", "emu://", "--json")
    assert [(burst["answer"], burst["where"]) for burst in ran.json["bursts"]] == [("none", None), ("felt", "elsewhere")]


def test_a_session_tells_it_before_the_next_side_and_again_in_the_summary(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("session", "--observer", "simulated", "--port", "emu://?scenario=migrated-lead&clock=virtual")
    monkeypatch.setattr("sys.stdin", io.StringIO("\n\nno\n"))
    ran = cli(*words)
    talk = " ".join(ran.err.split())
    assert 0 < talk.index("Left lead: felt in the wrong place") < talk.index("Right side.")
    assert "Left lead: felt in the wrong place" in ran.out
    monkeypatch.setattr("sys.stdin", io.StringIO("\n\nno\n"))
    sides = json.loads(cli(*words, "--json").out)["sides"]
    assert [each["finding"] for each in sides["left"]["advice"]] == ["felt in the wrong place"]
    assert sides["right"]["advice"] == []


def test_a_contact_that_was_open_before_is_told_before_the_side_is_titrated(cli: Cli) -> None:
    assert cli("impedance", "--port", "emu://once?faults=lead-open=1", "--lead", "left").code == 0
    ran = cli("titrate", "--side", "left", "--observer", "simulated", "--port", "emu://once?clock=virtual")
    told = " ".join(ran.err.split())
    assert "L1 was OPEN at a measurement today. Leave it out even if it passes now" in told
    assert told.index("L1 was OPEN") < told.index("Left side.")
    right = cli("titrate", "--side", "right", "--observer", "simulated", "--port", "emu://once?clock=virtual")
    assert "was OPEN" not in right.err
