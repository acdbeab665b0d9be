"""The method assisted as its users meet it: what is asked line by line, one key each, and what comes out for people and for scripts."""

from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rnprog.session import archive
from rnprog.session.audit import audit
from tests.commands.running import Cli, Ran

PORT = "emu://?clock=virtual"
GIVE_NONE = "\n0\n"


@pytest.fixture
def typed(cli: Cli, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Run rnprog with lines typed."""

    def run(lines: str, *words: str) -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        return cli(*words)

    return run


def asked(typed, lines: str, *words: str) -> Ran:  # type: ignore[no-untyped-def]
    ran = typed(lines, "titrate", "--side", "left", "--port", PORT, *words)
    assert isinstance(ran, Ran)
    return ran


def flat(text: str) -> str:
    return " ".join(text.split())


def kinds(records: Path) -> list[str]:
    return [json.loads(line)["kind"] for line in archive.records(records)[0].read_text().splitlines()]


# asked


def test_each_prompt_shows_proposal_reason_estimate_and_keys(typed) -> None:  # type: ignore[no-untyped-def]
    said = flat(asked(typed, GIVE_NONE * 2 + "\nf\ns\n").err)
    assert "Next 0.5 mA: every search begins with at most 0.5 mA. Threshold: nothing was rated yet." in said
    assert "Next 1.0 mA: the largest step there is; the chance that it is too strong is 2 % (by the model)." in said
    assert "Threshold so far 2.09 mA (9 in 10 chance: 0.86 to 5.85), 8 % within 0.12 mA." in said
    assert "Enter give it, 1.2mA another, u undo, m by hand, p patient moved, f finish this side, s STOP" in said
    assert "0 nothing, f felt only, 1 flicker, 2 clear, 3 strong e in the wrong place, d TOO STRONG, ? unsure, s STOP" in said


@pytest.mark.parametrize("key", ["", "g", "G"])
def test_one_key_gives_what_is_proposed(typed, key: str) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, f"{key}\n0\ns\n", "--json")
    assert [burst["amplitude_ma"] for burst in ran.json["bursts"]] == ["0.5"]


def test_a_number_with_its_unit_is_given_by_hand_and_guarded(typed) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, "\n0\n1.1mA\n0.7\n0.7mA\nf\nf\n", "--json")
    assert [(burst["amplitude_ma"], burst["answer"]) for burst in ran.json["bursts"]] == [("0.5", "none"), ("0.7", "felt")]
    assert "Not given; nothing was sent" in ran.err and "write the unit" in ran.err


def test_up_after_a_contraction_is_refused_in_words(typed) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, "\n0\n\n1\n1.1mA\nf\n", "--json")
    assert "The muscle contracted at 1.0 mA, and directly after a contraction nothing higher is given." in flat(ran.err)
    assert len(ran.json["bursts"]) == 2


def test_m_changes_to_choosing_by_hand_and_back_on_the_same_log(typed) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, "\n0\nm\n\n0.8mA\nf\nm\n\n0\nf\n", "--json")
    assert [burst["amplitude_ma"] for burst in ran.json["bursts"]][:2] == ["0.5", "0.8"]
    assert len(ran.json["bursts"]) == 3 and ran.json["outcome"] == "aborted"
    assert "Which amplitude? At most 1.0 mA now." in ran.err and "m let the method propose" in flat(ran.err)


def test_a_patient_who_moved_starts_from_zero_and_keeps_what_was_learned(typed, records: Path) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, GIVE_NONE * 2 + "p\np\n\n0\nf\n", "--json")
    assert [burst["amplitude_ma"] for burst in ran.json["bursts"]] == ["0.5", "1.0", "0.5"]
    assert "after the interruption again from the beginning" in flat(ran.err) and "from 0 again" in kinds(records)


def test_discomfort_is_rated_and_has_to_be_agreed_to(typed) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, GIVE_NONE * 2 + "\nd\n2\n\ng\nc\n\n0\nf\n", "--json")
    assert ran.json["bursts"][2] == {"amplitude_ma": "1.5", "answer": "discomfort", "where": None, "contraction": "clear"}
    assert ran.json["ceiling_ma"] == "1.3" and ran.json["bursts"][3]["amplitude_ma"] <= "1.3"
    said = flat(ran.err)
    assert "From now on nothing above 1.3 mA is given on these electrodes." in said
    assert said.count("c the patient agrees: go on below it") == 3, "neither Enter nor g agrees"
    after = said[said.rindex("c the patient agrees") :]
    assert "u undo" not in after[: after.index("Asked for")], "a report of discomfort stays"


@pytest.mark.parametrize("key", ["x", "d"])
def test_nobody_looked_is_an_answer_after_discomfort(typed, key: str) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, f"\n{key}\n\nf\n", "--json")
    assert ran.json["bursts"][0]["contraction"] is None and ran.json["discomfort_ma"] == "0.5"


@pytest.mark.parametrize(
    "lines", ["s\n", "\ns\n", "\n0\ns\n", "\nd\ns\n", "\nd\n\ns\n", "m\ns\n", "\n0\nu\ns\n", ""], ids=lambda lines: lines.replace("\n", "/")
)
def test_s_stops_at_every_question(typed, records: Path, lines: str) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, lines, "--json")
    assert ran.code == 1 and ran.json["outcome"] == "stopped" and "The output is off" in ran.json["reason"]
    ends = [kind for kind in kinds(records) if kind != "ceiling"]  # a burst that was not answered counts as too strong
    assert ends[-3:] == ["stop", "titrated", "close"] or ends[-2:] == ["stop", "close"]


def test_yes_and_no_are_enough(typed) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, "\nn\n\nn\n\ny\n\nf\nn\ns\n", "--answers", "yesno", "--json")
    assert [burst["answer"] for burst in ran.json["bursts"]] == ["none", "none", "contraction", "none"]
    assert ran.json["answers"] == "yes or no"


def found(lines: str = "") -> str:
    """Answers that lead to a threshold and its confirmation, on the emulator in virtual time."""
    return "\n0\n\n0\n\n0\n\nf\n\n1\n\n2\n\n1\n\n1\n" + lines


def test_the_threshold_is_followed_by_an_amplitude_and_three_confirmations(typed, records: Path) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, found("\n2\n\n1\n\n2\n"), "--json")
    assert ran.code == 0, ran.err
    assert ran.json["outcome"] == "threshold" and ran.json["confirmation"] == {
        "verdict": "confirmed",
        "contracted": 3,
        "clear": 2,
        "given": 3,
    }
    assert ran.json["proposed_ma"] == ran.json["proposal"]["amplitude_ma"] == ran.json["patient_maximum_ma"]
    assert set(ran.json["estimate"]) == {"median_ma", "lower_ma", "upper_ma", "within_ma", "probability"}
    assert ran.json["estimate"]["lower_ma"] < ran.json["estimate"]["median_ma"] < ran.json["estimate"]["upper_ma"]
    assert 0.85 <= ran.json["estimate"]["probability"] <= 1
    said = flat(ran.err)
    assert "Proposed for therapy: 2.4 mA." in said and "confirmation 3 of 3" in said
    assert audit(archive.records(records)[0]).good


def test_the_way_of_confirming_is_recorded(typed, records: Path) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, GIVE_NONE + "f\n", "--how", "emg", "--json")
    assert ran.json["confirmed_by_means_of"] == "EMG" and '"confirmed_by_means_of":"EMG"' in archive.records(records)[0].read_text()


def test_twice_in_the_wrong_place_enter_ends_and_only_a_named_amplitude_goes_higher(typed) -> None:  # type: ignore[no-untyped-def]
    twice = GIVE_NONE + "\ne\n" * 2
    ended = asked(typed, twice + "\n", "--json")
    assert ended.json["outcome"] == "aborted" and len(ended.json["bursts"]) == 3 and ended.json["motor_ma"] is None
    higher = asked(typed, twice + "g\n1.6mA\ne\n\n")
    said = flat(higher.err)
    assert "Enter end this side, an amplitude such as 1.2mA" in said
    assert "name the amplitude yourself" in said and said.count("1.6 mA was given") == 1
    assert "threshold (palpation): not known: above" in flat(higher.out)


@pytest.mark.parametrize("scenario", ["connector-fluid", "migrated-lead", "anxious-patient", "device-clamps"])
def test_no_number_stands_for_a_threshold_that_was_not_found(cli: Cli, scenario: str) -> None:
    words = ("titrate", "--side", "left", "--observer", "simulated", "--port", f"emu://?scenario={scenario}")
    found = cli(*words, "--json").json
    ran = cli(*words)
    assert found["motor_ma"] is None and found["estimate"] is not None and found["proposed_ma"] is None
    assert "Left threshold (palpation): not known: above" in flat(ran.out)
    assert f"{found['estimate']['median_ma']} mA" not in ran.out + ran.err
    assert "another threshold" not in ran.err and "muscle tires" not in flat(ran.err)


# by itself


@pytest.mark.parametrize("profile", ["quick", "standard", "precise", "cautious"])
def test_every_profile_ends_with_all_that_is_known(cli: Cli, profile: str) -> None:
    ran = cli("titrate", "--side", "right", "--observer", "simulated", "--port", "emu://?seed=0", "--profile", profile)
    assert ran.code == 0
    said = flat(ran.out)
    assert "Right threshold (palpation):" in said and "9 in 10 chance:" in said
    assert "Right therapy amplitude (confirmed):" in said and "highest for the patient alone" in said
    assert max(map(len, ran.out.splitlines())) <= 80
    assert flat(ran.err).count("Proposed for therapy:") >= 1


def test_an_earlier_visit_is_said_before_the_first_burst(cli: Cli) -> None:
    words = ("titrate", "--side", "right", "--observer", "simulated", "--port", "emu://?seed=0")
    cli(*words)
    again = cli(*words)
    said = flat(again.err)
    assert 0 < said.index("the threshold on these electrodes was") < said.index("1 0.5 mA")


@pytest.mark.parametrize("method", ["ascending", "manual"])
def test_the_other_methods_tell_what_their_answers_say_of_the_threshold(cli: Cli, method: str) -> None:
    words = ("titrate", "--side", "right", "--observer", "simulated", "--port", "emu://?seed=0", "--method", method)
    found = cli(*words, "--json").json
    assert found["method"] == method and found["estimate"]["lower_ma"] < found["estimate"]["median_ma"] < found["estimate"]["upper_ma"]
    assert found["proposal"] is None and found["confirmation"] is None, "only the method assisted confirms"
    assert "Right threshold (palpation):" in cli(*words).out


def test_out_of_reach_is_said_with_its_probability(cli: Cli) -> None:
    ran = cli("titrate", "--side", "left", "--observer", "simulated", "--port", "emu://?scenario=high-threshold", "--json")
    assert ran.code == 1 and ran.json["proposed_ma"] is None and ran.json["estimate"] is not None
    assert ran.json["outcome"] in ("not_reachable", "too_many_bursts")


def test_a_migrated_lead_is_told_while_it_happens(cli: Cli) -> None:
    ran = cli("titrate", "--side", "left", "--observer", "simulated", "--port", "emu://?scenario=migrated-lead")
    assert "More amplitude seldom helps." in flat(ran.err)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--compare", "--method", "manual"), "method assisted only"),
        (("--compare", "--electrodes", "-L0+L1"), "name two pairs or more"),
        (("--compare", "--electrodes", "-L0+L1,-L0+L1"), "each once"),
        (("--compare", "--electrodes", "-L0+L1,-R1+R2"), "not on the left lead"),
        (("--compare", "--plot", "x.svg"), "one electrode pair"),
        (("--plot", "x.png"), "must end in .svg"),
        (("--plot", "/nowhere/x.svg"), "is not there"),
        (("--profile", "screening"), "screening"),
    ],
)
def test_nonsense_is_a_usage_error_before_anything(cli: Cli, words: tuple[str, ...], told: str) -> None:
    ran = cli("titrate", "--side", "left", "--observer", "simulated", "--port", "emu://", *words)
    assert ran.code == 2 and told in flat(ran.err)


# compared


def test_pairs_are_compared_in_a_table(cli: Cli) -> None:
    ran = cli("titrate", "--side", "left", "--compare", "--observer", "simulated", "--port", "emu://?seed=2")
    assert ran.code == 0
    lines = [line.split()[0] for line in ran.out.splitlines() if line.lstrip().startswith("-L")]
    assert lines == ["-L1+L2", "-L2+L3", "-L0+L1"]
    assert "rnprog titrate --side left --electrodes=-L1+L2" in flat(ran.out) and max(map(len, ran.out.splitlines())) <= 80
    assert flat(ran.err).startswith("EMULATOR") and "Comparing -L0+L1, -L1+L2, -L2+L3: a few bursts each" in flat(ran.err)


def test_pairs_are_compared_for_scripts(cli: Cli) -> None:
    words = ("--electrodes=-L1+L2,-L2+L1", "--observer", "simulated", "--port", "emu://?seed=2", "--json")
    ran = cli("titrate", "--side", "left", "--compare", *words)
    assert [each["electrodes"] for each in ran.json["titrations"]] == ["-L1+L2", "-L2+L1"]
    assert set(ran.json["pairs"][0]) >= {
        "electrodes",
        "estimate",
        "proposal",
        "margin",
        "lowest_probability",
        "charge_uc",
        "charge_uc_per_s",
    }
    assert ran.json["pairs"][0]["proposal"]["amplitude_ma"] and ran.json["titrations"][0]["proposed_ma"] is None


def test_stop_in_a_comparison_is_told_and_ends_it(typed) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, "\n0\ns\n", "--compare", "--json")
    assert ran.code == 1 and len(ran.json["titrations"]) == 1 and ran.json["pairs"] == []


# the picture


def test_the_picture_is_saved_and_well_formed(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "left.svg"
    words = ("titrate", "--side", "left", "--observer", "simulated", "--port", "emu://?seed=3", "--plot", str(path))
    ran = cli(*words, "--json")
    assert ran.code == 0 and ran.json["plot"] == str(path)
    drawn = ElementTree.fromstring(path.read_text())
    texts = [each.text or "" for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "EMULATOR: left -L1+L2, 214 us, 20 Hz, by palpation"
    assert any(text.startswith("Threshold ") and "9 in 10 chance" in text for text in texts)
    again = cli(*words)
    assert again.code == 2 and "is there already" in flat(again.err)


def test_nothing_rated_is_no_picture(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ran = asked(typed, "f\n", "--plot", str(tmp_path / "none.svg"))
    assert ran.code == 1 and "no picture was saved" in flat(ran.err) and not (tmp_path / "none.svg").exists()


def test_plain_gets_numbers_and_no_picture(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("titrate", "--side", "left", "--observer", "simulated", "--port", "emu://?seed=3")
    shown = cli(*words).out
    assert "Where the threshold lies" in shown and "+----" in shown
    monkeypatch.setenv("ACCESSIBLE", "1")
    for plain in (cli(*words).out, cli(*words, "--plain").out):
        assert "+----" not in plain and "50 % chance: contraction at" in plain


# the appointment


def test_demo_goes_the_whole_way(cli: Cli) -> None:
    ran = cli("demo", "--fast", "--json")
    assert ran.code == 0 and ran.json["written"] is True
    assert {side["method"] for side in ran.json["sides"].values()} == {"assisted"}
    assert ran.json["both_sides"]["outcome"] == "tolerated" and ran.json["both_sides"]["share_percent"] == 100
    assert ran.json["sides"]["right"]["prior"]["from"] == "second side"
    assert ran.json["program"]["left"]["amplitude_ma"] == ran.json["both_sides"]["left_ma"]


def whole(check: str) -> str:
    side = found("\n2\n\n1\n\n2\n")
    return "\n" + side + "\n" + side + check


def test_an_appointment_by_hand_with_both_sides_checked_before_it_is_written(typed, records: Path) -> None:  # type: ignore[no-untyped-def]
    ran = typed(whole("\n2\n" * 6 + "0000\n"), "session", "--port", PORT, "--json")
    both = ran.json["both_sides"]
    assert both["outcome"] == "tolerated" and ran.json["written"] is True, ran.err
    assert [each["share_percent"] for each in both["bursts"] if each["share_percent"]] == [80, 90, 100]
    said = flat(ran.err)
    assert "Both sides together, at 80, 90 and 100 %" in said and "Next on both sides together: 0.5 mA left and 0.5 mA right" in said
    assert said.index("were tolerated at") < said.index("Write this program")


def test_too_strong_together_steps_back_on_both_and_that_is_written(typed) -> None:  # type: ignore[no-untyped-def]
    ran = typed(whole("\n2\n" * 5 + "\nd\n\n0000\n"), "session", "--port", PORT, "--json")
    both = ran.json["both_sides"]
    assert both["outcome"] == "reduced", (both, ran.err[-3000:])
    assert ran.json["sides"]["left"]["proposed_ma"] == both["left_ma"] < ran.json["sides"]["left"]["proposal"]["amplitude_ma"]
    assert ran.json["written"] is True and ran.json["program"]["right"]["amplitude_ma"] == both["right_ma"]


def test_s_in_the_check_stops_and_nothing_is_written(typed) -> None:  # type: ignore[no-untyped-def]
    ran = typed(whole("\ns\n"), "session", "--port", PORT, "--json")
    assert ran.code == 1 and ran.json["written"] is False and ran.json["both_sides"]["outcome"] == "stopped"
