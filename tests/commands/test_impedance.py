"""`rnprog impedance`: announced, recorded, compared; and what it says about broken leads."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rnprog.session.audit import audit
from rnprog.session.record import Record, Times
from tests.commands.running import Cli


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
    opening, outcome = ({}, {})
    for row in map(json.loads, record.read_text().splitlines()):
        opening = row["data"] if row["kind"] == "open" else opening
        outcome = row["data"] if row["kind"] == "outcome" else outcome
    for reading in outcome["readings"]:
        if reading["pair"] == "L0 to case":
            reading["impedance_ohm"] *= factor
    record.unlink()
    made = Record.create(
        records, opening["serial"], lambda: Times(0, datetime.now(UTC), 0.0), actor="test", opening={**opening, "mode": mode}
    )
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
