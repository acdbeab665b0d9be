"""demo, session and titrate, driven as their users drive them: words in, words and an exit code out, on the emulator in virtual time."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rnprog import entry
from rnprog.session.audit import audit
from tests.commands.running import Cli


class Visit(NamedTuple):
    """What a command said, and the record it left."""

    code: int
    out: str
    err: str
    json: dict[str, Any]
    record: Path | None


Rnprog = Callable[..., Visit]


@pytest.fixture
def rnprog(cli: Cli, records: Path, monkeypatch: pytest.MonkeyPatch) -> Rnprog:
    """Run rnprog with lines typed."""

    def run(*words: str, typed: str = "") -> Visit:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        ran = cli(*words)
        found = sorted(records.glob("*.jsonl")) if records.is_dir() else []
        return Visit(ran.code, ran.out, ran.err, ran.json if "--json" in words else {}, found[-1] if found else None)

    return run


def kinds(path: Path | None) -> list[str]:
    """The kinds of a record's lines."""
    assert path is not None
    return [json.loads(line)["kind"] for line in path.read_text().splitlines()]


def test_demo_ends_with_a_written_program_and_a_whole_record(rnprog: Rnprog) -> None:
    ran = rnprog("demo", "--fast", "--json")
    assert ran.code == 0
    assert ran.json["written"] is True and ran.json["device"]["mode"] == "emulator"
    assert ran.json["program"]["left"]["amplitude_ma"] == ran.json["sides"]["left"]["proposed_ma"]
    assert ran.record is not None
    found = audit(ran.record, head=ran.json["record"]["head"])
    assert found.good and found.closed and found.emulator and found.lines == ran.json["record"]["lines"]


def test_demo_goes_on_with_other_electrodes_when_a_contact_is_open(rnprog: Rnprog) -> None:
    ran = rnprog("demo", "--fast", "--json", "--port", "emu://?scenario=left-open")
    assert ran.code == 0
    assert "L1" not in ran.json["sides"]["left"]["electrodes"]
    assert "OPEN: L1 to case" in ran.err and "is open" in ran.err


def test_demo_refuses_what_is_not_proven_to_be_an_emulator(rnprog: Rnprog) -> None:
    ran = rnprog("demo", "--fast", "--json", "--port", "emu://?scenario=other-device")
    assert ran.code == 76 and ran.json["ok"] is False


def test_simulated_titration_reports_thresholds_with_units_in_the_keys(rnprog: Rnprog) -> None:
    ran = rnprog("titrate", "--side", "right", "--observer", "simulated", "--port", "emu://?seed=0", "--json")
    assert ran.code == 0 and ran.json["schema"] == "rnprog.titrate/1"
    assert ran.json["outcome"] == "threshold" and ran.json["confirmed_by_means_of"] == "palpation"
    assert ran.json["perception_ma"] <= ran.json["motor_ma"] <= ran.json["proposed_ma"]
    assert max(burst["amplitude_ma"] for burst in ran.json["bursts"]) == ran.json["motor_ma"]


def test_high_threshold_ends_without_a_proposal_and_exit_1(rnprog: Rnprog, tmp_path: Path) -> None:
    script = tmp_path / "nothing.txt"
    script.write_text("none\n" * 3 + "finish\n")
    ran = rnprog("titrate", "--side", "left", "--observer", f"script:{script}", "--port", "emu://", "--json")
    assert ran.code == 1 and ran.json["proposed_ma"] is None


def test_discomfort_sets_a_ceiling_and_ends_the_side(rnprog: Rnprog, tmp_path: Path) -> None:
    script = tmp_path / "sore.txt"
    script.write_text("none\nfelt\ndiscomfort\nclear\n")
    ran = rnprog("titrate", "--side", "left", "--observer", f"script:{script}", "--port", "emu://", "--json")
    assert ran.code == 1 and ran.json["discomfort_ma"] == "1.2"
    assert ran.json["ceiling_ma"] == "1.0"
    assert len(ran.json["bursts"]) == 3


def test_manual_titration_by_script_names_its_amplitudes(rnprog: Rnprog, tmp_path: Path) -> None:
    script = tmp_path / "manual.txt"
    script.write_text("0.5mA none   # far below\n1.0mA felt\n1.2mA clear\n1.2mA strong\nfinish\n")
    ran = rnprog("titrate", "--side", "left", "--method", "manual", "--observer", f"script:{script}", "--port", "emu://", "--json")
    assert ran.code == 0 and ran.json["motor_ma"] == "1.2" and ran.json["perception_ma"] == "1.0"


def test_a_script_that_jumps_is_refused_with_every_bound(rnprog: Rnprog, tmp_path: Path) -> None:
    script = tmp_path / "jump.txt"
    script.write_text("0.5mA none\n2.5mA none\n")
    ran = rnprog("titrate", "--side", "left", "--method", "manual", "--observer", f"script:{script}", "--port", "emu://", "--json")
    assert ran.code == 79
    assert {reason["source"] for reason in ran.json["reasons"]} >= {"step rule"} or len(ran.json["reasons"]) >= 2
    assert all("0.5 mA" in reason["text"] for reason in ran.json["reasons"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--electrodes", "+L1+L2"), "cathode"),
        (("--electrodes", "-L1"), "anode"),
        (("--electrodes", "-R1+R2"), "not on the left lead"),
        (("--pulse-width", "214"), "write the unit"),
        (("--rate", "20.05Hz"), "20.0 Hz or 20.1 Hz"),
        (("--burst", "60s"), "1 s to 10 s"),
        (("--how", "guess"), "palpation"),
        (("--observer", "nobody"), "script:FILE"),
    ],
)
def test_nonsense_is_a_usage_error_and_nothing_is_armed(rnprog: Rnprog, words: tuple[str, ...], told: str) -> None:
    ran = rnprog("titrate", "--side", "left", "--port", "emu://", "--observer", "simulated", *words)
    assert ran.code == 2 and told in " ".join(ran.err.split())
    assert ran.record is None or "arm" not in ran.record.read_text()


def test_a_question_with_no_input_is_a_usage_error(rnprog: Rnprog) -> None:
    ran = rnprog("session", "--port", "emu://", "--no-input", "--json")
    assert ran.code == 2 and ran.json["ok"] is False and ran.record is None


def test_guided_session_writes_after_the_serial_was_typed(rnprog: Rnprog) -> None:
    port = "emu://?seed=0&clock=virtual"
    ran = rnprog("session", "--port", port, "--observer", "simulated", "--patient", "P-017", "--json", typed="\n\n0000\n")
    assert ran.code == 0 and ran.json["written"] is True
    assert ran.record is not None and '"patient":"P-017"' in ran.record.read_text()
    assert '"confirmed_by":"0000, typed by the operator"' in ran.record.read_text()


def test_guided_session_writes_nothing_for_other_characters(rnprog: Rnprog) -> None:
    ran = rnprog("session", "--port", "emu://?clock=virtual", "--observer", "simulated", "--json", typed="\n\nyes\n")
    assert ran.code == 1 and ran.json["written"] is False
    assert "not confirmed" in ran.json["unfinished"]
    told = " ".join(ran.err.split())
    assert "Tried and not written" in told and "keeps the program it had" in told


def test_a_person_answers_burst_by_burst_and_takes_an_answer_back(rnprog: Rnprog) -> None:
    typed = "0.5mA\n0\nu\nf\nnonsense\n2500\n5mA\n0.9mA\n2\n0.8mA\n0\n0.9mA\n3\nf\n"
    port = "emu://?clock=virtual"
    ran = rnprog("titrate", "--side", "left", "--method", "manual", "--port", port, "--json", typed=typed)
    assert ran.code == 0 and ran.json["motor_ma"] == "0.9"
    assert ran.json["bursts"][0] == {"amplitude_ma": "0.5", "answer": "felt"}
    assert "write the unit" in ran.err and "Not given; nothing was sent" in ran.err
    assert "answer taken back" in kinds(ran.record)


def test_s_stops_and_the_stop_is_confirmed_and_recorded(rnprog: Rnprog) -> None:
    ran = rnprog("titrate", "--side", "left", "--port", "emu://?clock=virtual", "--json", typed="g\ns\n")
    assert ran.code == 1 and ran.json["outcome"] == "stopped"
    assert "The output is off: the device was read" in ran.json["reason"]
    assert kinds(ran.record)[-3:] == ["stop", "titrated", "close"]


def test_the_end_of_the_input_stops_like_s(rnprog: Rnprog) -> None:
    ran = rnprog("titrate", "--side", "left", "--port", "emu://?clock=virtual", "--json", typed="g\n")
    assert ran.json["outcome"] == "stopped" and "stop" in kinds(ran.record)


def test_a_refused_stop_is_alarmed_as_if_the_output_were_on(rnprog: Rnprog) -> None:
    ran = rnprog("titrate", "--side", "left", "--port", "emu://?clock=virtual&faults=nak-stop", "--json", typed="g\ns\n")
    assert ran.code == 81 and ran.json["ok"] is False
    assert "STOP NOT CONFIRMED" in ran.err and "magnet" in ran.err


@pytest.mark.parametrize("typed", ["s\n", ""], ids=["s", "end of the input"])
def test_s_at_the_electrodes_stops_the_appointment(rnprog: Rnprog, typed: str) -> None:
    ran = rnprog("session", "--port", "emu://?clock=virtual", "--observer", "simulated", "--json", typed=typed)
    assert ran.code == 1 and ran.json["sides"] == {} and ran.json["written"] is False
    assert ran.err.count("which electrodes?") == 1, "the right side was asked for after STOP"
    assert "The output is off" in ran.json["unfinished"]
    assert kinds(ran.record)[-2:] == ["stop", "close"]


def test_s_at_the_electrodes_and_the_stop_is_not_confirmed(rnprog: Rnprog) -> None:
    ran = rnprog("session", "--port", "emu://?clock=virtual&faults=nak-stop", "--observer", "simulated", "--json", typed="s\n")
    assert ran.code == 81 and "STOP NOT CONFIRMED" in ran.err


def test_s_at_the_confirmation_stops_and_nothing_is_written(rnprog: Rnprog) -> None:
    ran = rnprog("session", "--port", "emu://?seed=0&clock=virtual", "--observer", "simulated", "--json", typed="\n\ns\n")
    assert ran.code == 1 and ran.json["written"] is False
    assert kinds(ran.record)[-2:] == ["stop", "close"]


def test_stopped_by_somebody_else_while_the_electrodes_are_asked(rnprog: Rnprog, monkeypatch: pytest.MonkeyPatch) -> None:
    from rnprog.commands.asking import Lines

    real = Lines.ask

    def ask(self: Lines, *words: Any) -> str:
        assert entry.main(["stop", "--port", "emu://held", "--quiet"]) == 0
        return real(self, *words)

    monkeypatch.setattr(Lines, "ask", ask)
    ran = rnprog("session", "--port", "emu://held?clock=virtual", "--observer", "simulated", typed="\n\n")
    assert ran.code == 1 and "fault in rnprog" not in ran.err
    assert kinds(ran.record)[-2:] == ["stop", "close"]


def test_what_was_refused_is_neither_given_nor_counted(rnprog: Rnprog) -> None:
    typed = "5mA\n0.5mA\n0\n5mA\n0.9mA\n2\nf\n"
    ran = rnprog("titrate", "--side", "left", "--method", "manual", "--port", "emu://?clock=virtual", typed=typed)
    assert "Giving" not in ran.err and "Asked for 5.0 mA" in ran.err
    assert re.findall(r"(\d+) +(0\.\d mA) +(?:nothing|clear)", ran.err) == [("1", "0.5 mA"), ("2", "0.9 mA")]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--observer", "script:/nope"), 66, "No such file"),
        (("--observer", "script:/dev/null", "--burst", "1.23456s"), 2, "write 1.234s or 1.235s"),
        (("--observer", "nobody"), 2, "script:FILE"),
        (("--observer", "script:SCRIPT"), 65, "Line 1 of the script is not an answer"),
        (("--observer", "script:PLAIN", "--method", "manual"), 65, "names no amplitude"),
    ],
)
def test_nonsense_is_found_before_anything_is_measured(
    rnprog: Rnprog, tmp_path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    (tmp_path / "SCRIPT").write_text("maybe\n")
    (tmp_path / "PLAIN").write_text("clear\n")
    here = [
        word.replace("script:SCRIPT", f"script:{tmp_path}/SCRIPT").replace("script:PLAIN", f"script:{tmp_path}/PLAIN") for word in words
    ]
    ran = rnprog("titrate", "--side", "left", "--port", "emu://", *here)
    assert ran.code == code and told in " ".join(ran.err.split())
    assert ran.record is None and "Errno" not in ran.err


def test_a_device_without_a_lease_is_driven_only_with_consent(rnprog: Rnprog) -> None:
    words = ("titrate", "--side", "right", "--observer", "simulated", "--port", "emu://?faults=no-lease", "--json")
    refused = rnprog(*words)
    assert refused.code == 79 and "--accept-run-on" in refused.err and "60 s" in refused.err
    assert '"what":"arm"' not in (refused.record.read_text() if refused.record else "")
    assert rnprog(*words, "--accept-run-on").code == 0
