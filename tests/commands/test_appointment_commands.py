"""demo, session and titrate, driven as their users drive them: words in, words and an exit code out, on the emulator in virtual time."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rnprog import entry
from rnprog.session import archive
from rnprog.session.audit import audit
from rnprog.session.record import Record, Times
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
        newest = next(iter(archive.records(records)), None)
        return Visit(ran.code, ran.out, ran.err, ran.json if "--json" in words else {}, newest)

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
    ran = rnprog("titrate", "--side", "right", "--method", "ascending", "--observer", "simulated", "--port", "emu://?seed=0", "--json")
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
    ran = rnprog("titrate", "--side", "left", "--method", "ascending", "--observer", f"script:{script}", "--port", "emu://", "--json")
    assert ran.code == 1 and ran.json["discomfort_ma"] == "1.2"
    assert ran.json["ceiling_ma"] == "1.0"
    assert len(ran.json["bursts"]) == 3


def test_manual_titration_by_script_names_its_amplitudes(rnprog: Rnprog, tmp_path: Path) -> None:
    script = tmp_path / "manual.txt"
    script.write_text("0.5mA none   # far below\n1.0mA felt\n1.2mA clear\n1.2mA strong\nfinish\n")
    ran = rnprog("titrate", "--side", "left", "--method", "manual", "--observer", f"script:{script}", "--port", "emu://", "--json")
    assert ran.code == 0 and ran.json["motor_ma"] == "1.2" and ran.json["perception_ma"] == "1.0"


@pytest.mark.parametrize(
    "words",
    [
        ("titrate", "--side", "left", "--burst", "10s", "--observer", "simulated"),
        ("titrate", "--side", "left", "--burst", "10s", "--method", "manual", "--observer", "script:{script}"),
        ("session", "--observer", "simulated"),
    ],
    ids=["titrate", "script", "session"],
)
def test_a_burst_that_the_device_cannot_drive_ends_at_the_first_heartbeat_that_says_so(
    rnprog: Rnprog, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A conductor breaks while current flows: it flowed on until the time of the burst was over."""
    script, trace = tmp_path / "answers.txt", tmp_path / "trace"
    script.write_text("0.5mA felt\nfinish\n")
    port = "emu://?clock=virtual&faults=impedance-jump=40@20"
    ran = rnprog(*(word.format(script=script) for word in words), "--port", port, "--trace", str(trace), typed="\n" * 5)
    assert ran.code == 1 and "could not drive the set current on the left side. The burst is over and" in " ".join(ran.err.split())
    passed = [line.split() for line in trace.read_text().splitlines() if " reply session " in line or " request session " in line]
    telling = [at for at, line in enumerate(passed) if line[2:4] == ["HEARTBEAT", "reply"] and line[-1].startswith("200302004100")]
    assert len(telling) == 1 and passed[telling[0] + 1][2:4] == ["DISARM", "request"]
    assert float(passed[telling[0] + 1][0]) - float(passed[telling[0]][0]) < 0.01


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
    assert ran.json["bursts"][0] == {"amplitude_ma": "0.5", "answer": "felt", "where": None, "contraction": None}
    assert "write the unit" in ran.err and "Not given; nothing was sent" in ran.err
    assert "answer taken back" in kinds(ran.record)


def test_the_guided_appointment_takes_a_profile_and_saves_a_picture_of_each_side(rnprog: Rnprog, tmp_path: Path) -> None:
    words = ("session", "--port", "emu://?clock=virtual", "--observer", "simulated", "--profile", "quick", "--json")
    ran = rnprog(*words, "--plot", str(tmp_path / "found.svg"), typed="\n\n0000\n")
    assert {found["profile"] for found in ran.json["sides"].values()} == {"quick"}
    assert ran.json["plots"] == {side: str(tmp_path / f"found-{side}.svg") for side in ("left", "right")}
    assert all(Path(each).read_text().startswith("<svg") for each in ran.json["plots"].values())
    again = rnprog(*words, "--plot", str(tmp_path / "found.svg"), typed="\n\n0000\n")
    assert again.code == 2, "a picture that is there already is left as it is"


def test_s_stops_and_the_stop_is_confirmed_and_recorded(rnprog: Rnprog) -> None:
    ran = rnprog("titrate", "--side", "left", "--port", "emu://?clock=virtual", "--json", typed="g\ns\n")
    assert ran.code == 1 and ran.json["outcome"] == "stopped"
    assert "The output is off: the device was read" in ran.json["reason"]
    assert kinds(ran.record)[-4:] == ["stop", "ceiling", "titrated", "close"], "stopped instead of an answer: too strong"


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


# sessions that were cut short


def cut_short(rnprog: Rnprog) -> Visit:
    """An appointment that was stopped before its program was written."""
    port = "emu://cut?seed=2&clock=virtual"
    ran = rnprog("session", "--port", port, "--observer", "simulated", "--patient", "P-017", "--json", typed="\n\ns\n")
    assert ran.code == 1 and ran.json["written"] is False
    return ran


def test_an_appointment_that_was_cut_short_is_taken_up_in_a_record_of_its_own(rnprog: Rnprog, records: Path) -> None:
    first = cut_short(rnprog)
    port = "emu://cut?seed=2&clock=virtual"
    ran = rnprog(
        "session", "--port", port, "--observer", "simulated", "--resume", "--json", typed="\n\n" + first.json["device"]["serial"][-4:]
    )
    assert ran.code == 0 and ran.json["written"] is True, ran.err
    assert first.record is not None and ran.record not in (None, first.record)
    assert ran.json["resumes"] == {
        "record": first.record.stem,
        "head": first.json["record"]["head"],
        "lines": first.json["record"]["lines"],
        "closed": True,
    }
    told = " ".join(ran.err.split())
    assert "Goes on from" in told and "every side starts from 0 mA" in told and "Titrated then" in told
    assert ran.record is not None and '"patient":"P-017"' in ran.record.read_text()


def test_a_person_who_takes_it_up_is_asked_before_anything_flows(rnprog: Rnprog) -> None:
    cut_short(rnprog)
    ran = rnprog("session", "--port", "emu://cut?seed=2&clock=virtual", "--resume", "--json", typed="s\n")
    assert ran.code == 1 and "The output is off" in ran.json["words"]["stimulation"]
    assert kinds(ran.record) == ["open", "stop", "close"]


def test_what_cannot_be_taken_up_is_said_and_nothing_is_begun(rnprog: Rnprog, records: Path) -> None:
    port = "emu://fresh?clock=virtual"
    words = ("session", "--port", port, "--observer", "simulated", "--resume", "--json")
    ran = rnprog(*words)
    assert ran.code == 66 and "no appointment of this device" in ran.json["words"]["happened"]
    assert not records.exists()
    first = rnprog(*words[:-2], "--json", typed="\n\n\n")
    complete = rnprog(*words[:-2], "--json", typed="\n\n" + first.json["device"]["serial"][-4:])
    assert complete.json["written"] is True
    again = rnprog(*words)
    assert again.code == 66 and "is complete" in again.json["words"]["happened"]


def test_another_patient_than_the_one_on_record_is_refused(rnprog: Rnprog) -> None:
    cut_short(rnprog)
    ran = rnprog(
        "session", "--port", "emu://cut?seed=2&clock=virtual", "--observer", "simulated", "--resume", "--patient", "P-018", "--json"
    )
    assert ran.code == 66 and "another patient code" in ran.json["words"]["happened"]


def test_a_damaged_record_is_not_taken_up(rnprog: Rnprog) -> None:
    first = cut_short(rnprog)
    assert first.record is not None
    first.record.write_text(first.record.read_text().replace("P-017", "P-071"))
    ran = rnprog("session", "--port", "emu://cut?seed=2&clock=virtual", "--observer", "simulated", "--resume", "--json")
    assert ran.code == 66 and "is not whole" in ran.json["words"]["happened"]


def test_a_session_whose_program_died_is_told_at_every_start_until_a_record_names_it(rnprog: Rnprog, records: Path) -> None:
    dead = Record.create(records, "RN1-E0000000", dead_times, actor="nurse", opening={"serial": "RN1-E0000000", "command": "session"})
    assert dead._handle is not None
    os.write(dead._handle, b'{"v":1')
    os.close(dead._handle)
    for _ in range(2):
        seen = rnprog("status", "--port", "emu://", "--json")
        assert seen.code == 0 and [each["record"] for each in seen.json["unclosed"]] == [dead.path.stem]
        told = " ".join(seen.err.split())
        assert "An earlier session was never closed" in told and "its output is OFF" in told and "--resume" in told
    demo = rnprog("demo", "--fast", "--json")
    assert demo.json["unclosed"][0]["torn_bytes"] == 6
    assert demo.record is not None and dead.path.stem in demo.record.read_text().splitlines()[0]
    assert "unclosed" not in rnprog("status", "--port", "emu://", "--json").json
    assert audit(dead.path).good


@pytest.mark.parametrize(
    ("line", "told"), [(0, "Its first line is damaged."), (2, "Its first 2 lines are safe; the last of these is 'intent")]
)
def test_a_session_whose_program_died_is_told_with_a_damaged_line_too(rnprog: Rnprog, records: Path, line: int, told: str) -> None:
    """Nothing was said of it, and the next command that wrote a record took its mark away: nobody learned of it ever."""
    serial = "RN1-E0000000"
    dead = Record.create(records, serial, dead_times, actor="nurse", opening={"serial": serial, "command": "session"})
    for kind in ("intent", "outcome"):
        dead.write(kind, {"what": "burst"})
    assert dead._handle is not None
    os.close(dead._handle)
    rows = dead.path.read_bytes().split(b"\n")
    rows[line] = rows[line][:-1] + b"]"
    dead.path.write_bytes(b"\n".join(rows))
    said = " ".join(rnprog("status", "--port", "emu://").err.split())
    assert "An earlier session was never closed" in said and told in said and "begun 2026-01-05 09:00 UTC" in said
    assert f"`rnprog record verify {dead.path.stem}` names each damaged line" in said and "--resume" not in said
    assert "The device was read just now: its output is OFF." in said
    measured = rnprog("impedance", "--port", "emu://", "--json").json["unclosed"]
    assert [(each["lines"], each["damaged_lines"]) for each in measured] == [(line, 3 - line)]
    assert "unclosed" not in rnprog("status", "--port", "emu://", "--json").json
    assert dead.path.read_bytes() == b"\n".join(rows)


def test_a_session_of_which_the_power_cut_took_a_page_can_be_taken_up_again(rnprog: Rnprog) -> None:
    first = cut_short(rnprog)
    assert first.record is not None
    content = first.record.read_bytes()
    first.record.with_suffix(".reserve").write_bytes(b"")
    first.record.write_bytes(content + bytes(64) + b'"v":1}\n')
    again = rnprog("session", "--port", "emu://cut?seed=2&clock=virtual", "--observer", "simulated", "--resume", "--json")
    assert again.json["resumes"]["record"] == first.record.stem and again.json["unclosed"][0]["torn_bytes"] == 71
    assert first.record.read_bytes() == content


def dead_times() -> Times:
    return Times(0, datetime(2026, 1, 5, 9, 0, tzinfo=UTC), 0.0)


def test_a_wrong_clock_is_shown_and_recorded(rnprog: Rnprog, monkeypatch: pytest.MonkeyPatch) -> None:
    right = rnprog("status", "--port", "emu://?clock=wall", "--json")
    assert abs(float(right.json["clock_skew_s"])) < 5 and "The clock of the device" not in right.err
    wrong = rnprog("status", "--port", "emu://?clock=wall&faults=clock-skew=-7200", "--json")
    assert float(wrong.json["clock_skew_s"]) == pytest.approx(-7200, abs=5)
    assert "The clock of the device is 2 hours behind" in " ".join(wrong.err.split())


# whose implant it is


def test_the_implant_carries_the_fingerprint_of_the_patient_it_was_programmed_for(rnprog: Rnprog) -> None:
    port, rest = "emu://whose?seed=1&clock=virtual", ("--observer", "simulated", "--json")
    first = rnprog("status", "--port", port, "--json")
    last = first.json["device"]["serial"][-4:]
    ran = rnprog("session", "--port", port, "--patient", "P-017", *rest, typed=f"\n\n{last}\n")
    assert ran.json["written"] is True and ran.json["patient_fingerprint"] == "same" and "P-017" in ran.err
    again = rnprog("session", "--port", port, "--patient", "P-017", *rest, typed=f"\n\n{last}\n")
    assert again.json["written"] is True and "another patient code" not in again.err
    other = rnprog("session", "--port", port, "--patient", "P-018", *rest, typed="\n\n\n")
    assert other.code == 79 and "another patient code than P-018" in other.json["words"]["happened"]
    assert kinds(other.record) == ["open", "patient", "close"], "nothing was begun"
    knowing = rnprog("session", "--port", port, "--patient", "P-018", *rest, typed=f"{last}\n\n\n{last}\n")
    assert knowing.json["written"] is True and '"kind":"patient"' in knowing.record.read_text()  # type: ignore[union-attr]


@pytest.mark.parametrize(("faults", "code"), [("", 79), ("&faults=nak-stop", 81)])
def test_stop_where_the_serial_number_is_asked_for_ends_it_and_a_stop_not_confirmed_comes_first(
    rnprog: Rnprog, faults: str, code: int
) -> None:
    port = f"emu://?scenario=foreign-program&clock=virtual{faults}"
    ran = rnprog("session", "--port", port, "--patient", "P-017", "--observer", "simulated", "--json", typed="s\n")
    assert ran.code == code and ran.json["patient_fingerprint"] == "another"
    assert "stop" in kinds(ran.record) and "intent" not in kinds(ran.record)


def test_an_appointment_taken_up_again_is_compared_by_the_code_it_had(rnprog: Rnprog) -> None:
    port, rest = "emu://cut?scenario=foreign-program&clock=virtual", ("--observer", "simulated", "--json")
    first = rnprog("session", "--port", port, "--patient", "P-017", *rest, typed="\n")
    assert first.code == 79
    again = rnprog("session", "--port", port, "--resume", *rest, typed="\n")
    assert again.code == 79 and "another patient code than P-017" in again.json["words"]["happened"]


def test_a_fingerprint_that_was_not_stored_is_said(rnprog: Rnprog) -> None:
    port = "emu://?clock=virtual&faults=drop-reply=PATIENT_KEY_WRITE@1"
    ran = rnprog("session", "--port", port, "--observer", "simulated", "--patient", "P-017", "--json", typed="\n\n0000\n")
    assert ran.json["written"] is True and "was not stored in the implant" in " ".join(ran.err.split())


def test_many_sessions_that_were_never_closed_are_one_caution_and_a_count(rnprog: Rnprog, records: Path) -> None:
    """U10 of the fault list: the same alert four times is read as none."""
    for serial in ("RN1-OTHER", "RN1-E0000000", "RN1-E0000000", "RN1-OTHER"):
        dead = Record.create(records, serial, dead_times, actor="nurse", opening={"serial": serial, "command": "session"})
        assert dead._handle is not None
        os.close(dead._handle)
    seen = rnprog("status", "--port", "emu://", "--json")
    told = " ".join(seen.err.split())
    assert len(seen.json["unclosed"]) == 4
    assert told.count("An earlier session was never closed") == 1 and "The device was read just now: its output is OFF." in told
    assert "3 more sessions were never closed either, 1 of them with this device." in told
