"""`rnprog impedance`: announced, recorded, compared; and what it says about broken leads."""

import contextlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rnprog import entry
from rnprog.device.rn1.driver import Rn1
from rnprog.session.audit import audit
from rnprog.session.record import Record, Times
from tests.commands.running import Cli
from tests.session.past import Visit


def test_it_says_beforehand_that_the_test_is_stimulation(cli: Cli) -> None:
    ran = cli("impedance", "--port", "emu://")
    said = " ".join(ran.err.split())
    assert ran.code == 0
    assert "small stimulation: 0.2 mA for 100 us, 20 pairs" in said
    assert said.index("stimulation") < said.index("Recorded in")
    assert max(map(len, ran.out.splitlines())) <= 80


@pytest.mark.parametrize(("lead", "pairs"), [("left", 10), ("right", 10), ("all", 20)])
def test_leads(cli: Cli, lead: str, pairs: int) -> None:
    told = cli("impedance", "--port", "emu://", "--lead", lead, "--json").json
    assert len(told["readings"]) == pairs
    assert {reading["verdict"] for reading in told["readings"]} == {"normal"}
    assert told["usable"] is True
    assert (told["test_ma"], told["test_us"]) == ("0.2", "100")


def test_it_is_recorded_and_compared_with_the_last_session_of_the_same_device(cli: Cli, records: Path) -> None:
    first = cli("impedance", "--port", "emu://", "--json").json
    assert first["compared_with"] is None
    found = audit(Path(first["record"]))
    assert found.good and found.closed and found.emulator
    second = cli("impedance", "--port", "emu://", "--json").json
    assert second["compared_with"]["record"] == first["record"]
    assert second["readings"][0]["earlier_impedance_ohm"] == first["readings"][0]["impedance_ohm"]
    assert cli("impedance", "--port", "emu://?seed=7", "--json").json["compared_with"] is None, "another serial number"
    shown = cli("impedance", "--port", "emu://")
    assert "Last time" in shown.out
    assert len(list(records.glob("*.jsonl"))) == 4


def earlier(record: Path, records: Path, *, mode: str = "emulator", factor: int = 1) -> Path:
    """A whole record like `record`, by another mode or with other values for L0; takes its place."""
    rows = list(map(json.loads, record.read_text().splitlines()))
    (opening,) = [row["data"] for row in rows if row["kind"] == "open"]
    outcomes = [row["data"] for row in rows if row["kind"] == "outcome"]
    for reading in (reading for outcome in outcomes for reading in outcome["readings"]):
        if reading["pair"] == "L0 to case":
            reading["impedance_ohm"] *= factor
    record.unlink()
    made = Record.create(
        records, opening["serial"], lambda: Times(0, datetime.now(UTC), 0.0), actor="test", opening={**opening, "mode": mode}
    )
    for outcome in outcomes:
        made.write("outcome", outcome)
    made.close({})
    assert audit(made.path).good
    return made.path


@pytest.mark.parametrize(("mode", "serves"), [("emulator", True), ("device", False), ("says it is an emulator", False)])
def test_only_a_record_of_the_same_mode_is_a_baseline(cli: Cli, records: Path, mode: str, serves: bool) -> None:
    first = Path(cli("impedance", "--port", "emu://", "--json").json["record"])
    earlier(first, records, mode=mode)
    assert (cli("impedance", "--port", "emu://", "--json").json["compared_with"] is not None) is serves


def test_a_record_that_was_changed_is_no_baseline(cli: Cli) -> None:
    first = Path(cli("impedance", "--port", "emu://", "--json").json["record"])
    first.write_text(first.read_text().replace('"normal"', '"open"', 1))
    assert cli("impedance", "--port", "emu://", "--json").json["compared_with"] is None


def test_an_open_contact_is_named_with_what_to_do(cli: Cli) -> None:
    ran = cli("impedance", "--port", "emu://?scenario=left-open")
    assert ran.code == 0
    assert "L1: OPEN: no current passes." in ran.out
    told = cli("impedance", "--port", "emu://?scenario=left-open", "--json").json
    assert told["usable"] is False
    assert {each["impedance_ohm"] for each in told["readings"] if "L1" in each["pair"]} == {None}


def test_a_short_is_named_with_what_to_do(cli: Cli) -> None:
    ran = cli("impedance", "--port", "emu://?scenario=right-short")
    assert "R1 to R2: SHORT" in ran.out


def test_the_earlier_value_stands_beside_the_new_one(cli: Cli, records: Path) -> None:
    first = cli("impedance", "--port", "emu://", "--lead", "left", "--json").json
    before_ohm = first["readings"][0]["impedance_ohm"]
    earlier(Path(first["record"]), records, factor=3)
    told = cli("impedance", "--port", "emu://", "--lead", "left", "--json").json
    assert told["readings"][0]["earlier_impedance_ohm"] == 3 * before_ohm


def test_a_lost_answer_is_unknown_not_a_value(cli: Cli) -> None:
    ran = cli("impedance", "--port", "emu://?faults=drop-reply=IMPEDANCE@1", "--lead", "left")
    told = cli("impedance", "--port", "emu://?faults=drop-reply=IMPEDANCE@1", "--lead", "left", "--json")
    assert ran.code == told.code == 74
    assert ran.err.count("UNKNOWN") == 1
    assert told.json["reasons"][0]["kind"] == "link"
    assert told.json["ok"] is False


@pytest.mark.parametrize("scenario", ["charging", "low-battery"])
def test_a_device_that_refuses_says_why(cli: Cli, scenario: str) -> None:
    told = cli("impedance", "--port", f"emu://?scenario={scenario}", "--json")
    assert told.code == told.json["code"] == 76
    assert told.json["reasons"][0]["kind"] == "device"


def test_last_time_is_the_newest_record_with_that_very_pair(cli: Cli, records: Path) -> None:
    with Visit(records, 60) as visit:
        visit.measured({"L0 to case": 444, "R0 to case": 555})
    with Visit(records, 30) as visit:
        visit.measured({"R0 to case": 566})
    told = cli("impedance", "--port", "emu://", "--json").json
    found = {each["pair"]: each for each in told["readings"]}
    assert found["L0 to case"]["earlier_impedance_ohm"] == 444
    assert found["R0 to case"]["earlier_impedance_ohm"] == 566
    assert found["R0 to case"]["earlier_utc"] > found["L0 to case"]["earlier_utc"]
    assert "earlier_impedance_ohm" not in found["L1 to case"]
    assert told["compared_with"]["record"] == found["R0 to case"]["earlier_record"] != found["L0 to case"]["earlier_record"]


def test_the_trend_is_against_this_patient_s_own_baseline(cli: Cli, records: Path) -> None:
    now = {
        each["pair"]: each["impedance_ohm"] for each in cli("impedance", "--port", "emu://", "--lead", "left", "--json").json["readings"]
    }
    for days_ago in (500, 250, 200, 20):
        with Visit(records, days_ago) as visit:
            visit.measured(now | {"L0 to case": now["L0 to case"] // 2})
    ran = cli("impedance", "--port", "emu://", "--lead", "left")
    assert "L0: DRIFTED: higher than this patient's own baseline." in ran.out
    assert "the median of 3 earlier visits of this device, 8 months ago to 20 days ago" in " ".join(ran.out.split())
    told = cli("impedance", "--port", "emu://", "--lead", "left", "--json").json
    first = told["readings"][0]
    assert (first["verdict"], first["band"], first["drifted"], first["change_percent"]) == ("drifted", "normal", True, 100)
    assert first["baseline"] == {
        "impedance_ohm": now["L0 to case"] // 2,
        "visits": 3,
        "newest_days": 20,
        "oldest_days": 250,
        "settled": True,
        "band_percent": 30,
    }
    assert told["usable"] is True
    (advice,) = told["advice"]
    assert advice["finding"] == "rose" and advice["side"] == "left" and advice["contacts"] == ["L0"]
    assert advice["needs_clinician_sign_off"] is True and advice["unverified"] is True and advice["sources"]


def test_a_record_that_does_not_serve_is_said(cli: Cli, records: Path) -> None:
    with Visit(records, 30) as visit:
        visit.measured({"L0 to case": 444})
    visit.path.write_text(visit.path.read_text().replace("444", "300"))
    ran = cli("impedance", "--port", "emu://", "--lead", "left")
    assert "1 record was left out of the comparison" in ran.err
    assert cli("impedance", "--port", "emu://", "--json").json["left_out"] == [str(visit.path)]


def test_a_measurement_with_another_pulse_does_not_serve(cli: Cli, records: Path) -> None:
    with Visit(records, 30) as visit:
        visit.measured({"L0 to case": 200}, test=("0.2", "500"))
    ran = cli("impedance", "--port", "emu://", "--lead", "left")
    assert "1 earlier measurement was left out of the baseline" in ran.err
    assert "DRIFTED" not in ran.out


SCENARIOS = [
    ("healthy", "Nothing stands out.", "nothing found"),
    ("left-open", "L1: OPEN: no current passes.", "contact open"),
    ("right-short", "R1 to R2: SHORT: these conductors touch.", "short"),
    ("connector-fluid", "L0, L1, L2 and L3: EQUALISED: these contacts read alike.", "equalised"),
    ("fractured-lead", "Left lead: OPEN: no current passes over any contact.", "lead open"),
    ("intermittent-contact", "R1: OPEN in one reading and not in another.", "loose"),
]


@pytest.mark.parametrize(("scenario", "title", "finding"), SCENARIOS, ids=[each[0] for each in SCENARIOS])
@pytest.mark.parametrize("columns", ["80", "120"])
def test_advice_for_the_faults_of_the_emulator(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, columns: str, scenario: str, title: str, finding: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    ran = cli("impedance", "--port", f"emu://?scenario={scenario}")
    rows = ran.out.splitlines()
    assert title in rows
    assert [row.split()[0] for row in rows[rows.index(title) :] if row[:1].isalpha()][1:5] == ["Found", "Likely", "Do", "Source"]
    assert "ADVICE, NEEDS CLINICIAN SIGN-OFF" in rows and "needs clinician sign-off" in " ".join(ran.out.split())
    assert max(map(len, rows)) <= int(columns)
    (advice,) = cli("impedance", "--port", f"emu://?scenario={scenario}", "--json").json["advice"]
    assert advice["finding"] == finding


def test_advice_without_tables(cli: Cli) -> None:
    rows = cli("impedance", "--port", "emu://?scenario=left-open", "--plain").out.splitlines()
    assert any(row.startswith("Do now: Leave L1 out, ") for row in rows)
    assert "L1 to case: Ohm over range, Verdict OPEN, Last time -, Baseline -, Change -" in rows


def test_a_lead_that_moved_between_two_visits(cli: Cli, records: Path) -> None:
    titrate = ("titrate", "--side", "left", "--observer", "simulated", "--quiet")
    ran = cli(*titrate, "--port", "emu://?scenario=migrated-lead", "--json")
    assert ran.code == 1, "no contraction can be reached"
    (alone,) = cli("impedance", "--port", "emu://?scenario=migrated-lead", "--json").json["advice"]
    assert (alone["finding"], alone["side"], alone["threshold"]["before_ma"]) == ("felt in the wrong place", "left", None)
    with Visit(records, 183, serial=ran.json["device"]["serial"]) as made:
        made.titrated("2.7")
    (advice,) = cli("impedance", "--port", "emu://?scenario=migrated-lead", "--json").json["advice"]
    assert (advice["finding"], advice["side"]) == ("felt in the wrong place", "left")
    assert "Before: at 2.7 mA" in advice["found"] and "X-ray" in advice["now"]
    assert (advice["threshold"]["before_ma"], advice["threshold"]["motor_ma"], advice["threshold"]["visits"]) == ("2.7", None, 1)


def test_what_was_advised_is_in_the_record(cli: Cli) -> None:
    record = Path(cli("impedance", "--port", "emu://?scenario=fractured-lead", "--json").json["record"])
    rows = [json.loads(row) for row in record.read_text().splitlines()]
    (noted,) = [row["data"] for row in rows if row["kind"] == "triage"]
    assert noted["advice"][0]["finding"] == "lead open"
    assert audit(record).good


def test_last_time_without_a_number(cli: Cli, records: Path) -> None:
    with Visit(records, 30) as visit:
        visit.measured({"L0 to case": None})
        visit.record.write(
            "outcome", {"what": "impedance", "result": "applied", "readings": [{"pair": "L1 to case", "verdict": "\x1b[2J" * 9}]}
        )
    rows = [row.split() for row in cli("impedance", "--port", "emu://", "--lead", "left").out.splitlines()]
    assert next(row for row in rows if row[:3] == ["L0", "to", "case"])[5] == "open"
    assert next(row for row in rows if row[:3] == ["L1", "to", "case"])[5] == "none"


def test_two_measurements_of_one_day_that_do_not_agree_are_told_in_words(cli: Cli) -> None:
    first = cli("impedance", "--port", "emu://loose", "--json").json
    assert first["unsteady"] == []
    ran = cli("impedance", "--port", "emu://loose?faults=lead-open=1")
    said = " ".join(ran.err.split())
    assert "do not agree: L1 to case 481 ohm before and no number now" in said and "Measure three times" in said
    healed = cli("impedance", "--port", "emu://loose", "--json").json
    assert {"pair": "L1 to case", "before_ohm": None, "impedance_ohm": 481} in healed["unsteady"]
    (advice,) = healed["advice"]
    assert (advice["finding"], advice["contacts"]) == ("open before", ["L1"]), "it is not 'Nothing stands out'"
    assert advice["open_before"] == [{"contact": "L1", "age_days": 0}]
    shown = cli("impedance", "--port", "emu://loose").out
    assert "L1: was OPEN at an earlier measurement, and passes now." in shown and "Nothing stands out" not in shown
    assert "do not agree" not in cli("impedance", "--port", "emu://loose").err


@pytest.mark.parametrize("command", [("impedance",), ("titrate", "--side", "left", "--observer", "simulated")], ids=lambda words: words[0])
@pytest.mark.parametrize(("port", "code"), [("emu://held?clock=virtual", 1), ("emu://held?clock=virtual&faults=nak-stop", 81)])
def test_a_stop_from_elsewhere_while_the_leads_are_measured_is_no_fault_of_rnprog(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], port: str, code: int
) -> None:
    whole = Rn1.measure

    def overtaken(self: Rn1, pairs: Any) -> Any:
        with contextlib.redirect_stdout(io.StringIO()):
            assert entry.main(["stop", "--port", "emu://held", "--quiet"]) in (0, 81)
        return whole(self, pairs)

    monkeypatch.setattr(Rn1, "measure", overtaken)
    ran = cli(*command, "--port", port, "--json")
    assert ran.code == code, ran.err
    assert "fault in rnprog" not in ran.err
    assert ("The output is off" in ran.json["words"]["stimulation"]) is (code == 1)
