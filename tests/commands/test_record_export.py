"""record export: what lands in the file and on the terminal, and what is said when the record is not whole."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from rnprog.session.export import COLUMNS
from tests.commands.running import Cli, as_process


@pytest.fixture
def record(demo_record: Path) -> Path:
    return demo_record


def test_a_table_of_all_lines(cli: Cli, record: Path, tmp_path: Path) -> None:
    target = tmp_path / "session.csv"
    ran = cli("record", "export", "--output", str(target), "--json")
    assert ran.code == 0 and ran.json["whole"] is True and ran.json["output"] == str(target)
    with target.open(newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == ran.json["lines"] == len(record.read_bytes().splitlines())
    assert target.stat().st_mode & 0o777 == 0o600
    assert {each["electrodes"] for each in found if each["what"] == "arm"} == {"'-L1+L2", "'-R1+R2"}
    bursts = [each for each in found if (each["kind"], each["what"]) == ("intent", "burst")]
    assert all(float(each["amplitude_ma"]) > 0 for each in bursts if each["side"] != "both")
    assert all('"left_ma"' in each["more"] and '"right_ma"' in each["more"] for each in bursts if each["side"] == "both")


def test_json_of_all_lines_on_standard_output(cli: Cli, record: Path) -> None:
    ran = cli("record", "export", "--format", "json")
    assert [each["seq"] for each in json.loads(ran.out)] == list(range(len(record.read_bytes().splitlines())))
    assert "emulator" in ran.err


@pytest.mark.parametrize("form", ["csv", "json"])
def test_standard_output_has_the_bytes_of_the_file(records: Path, record: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / "session"
    words = ("--record-dir", str(records), "record", "export", "--format", form)
    assert as_process(*words, "--output", str(target)).code == 0
    ran = subprocess.run([sys.executable, "-m", "rnprog", *words], capture_output=True, timeout=60, check=False)
    assert ran.returncode == 0 and ran.stdout == target.read_bytes()


def test_a_table_on_standard_output_has_a_row_for_each_line(cli: Cli, record: Path) -> None:
    ran = cli("record", "export")
    rows = list(csv.reader(io.StringIO(ran.out, newline=""), strict=True))
    assert len(rows) == len(record.read_bytes().splitlines()) + 1
    assert {len(row) for row in rows} == {len(COLUMNS)} and rows[0] == list(COLUMNS)
    assert "?" not in ran.out


def test_a_file_that_is_there_is_left_as_it_is(cli: Cli, record: Path, tmp_path: Path) -> None:
    target = tmp_path / "session.csv"
    target.write_text("mine")
    ran = cli("record", "export", "--output", str(target))
    assert ran.code == 2 and "left as it is" in ran.err and target.read_text() == "mine"
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "elsewhere")
    assert cli("record", "export", "--output", str(link)).code == 2
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_said(cli: Cli, record: Path, tmp_path: Path) -> None:
    ran = cli("record", "export", "--output", str(tmp_path / "missing" / "a.csv"))
    assert ran.code == 2 and "cannot be written" in ran.err and not (tmp_path / "missing").exists()


def test_a_record_that_was_changed_is_exported_and_said_to_be(cli: Cli, record: Path) -> None:
    record.write_text(record.read_text().replace('"side":"left"', '"side":"right"', 1))
    ran = cli("record", "export")
    assert ran.code == 1 and ran.out.startswith("line,utc") and "not whole" in ran.err


def test_json_needs_a_file(cli: Cli, record: Path) -> None:
    assert cli("record", "export", "--json").code == 2


def test_no_record_no_export(cli: Cli, records: Path, tmp_path: Path) -> None:
    assert cli("record", "export").code == 66
    junk = tmp_path / "junk.jsonl"
    junk.write_text("junk\n")
    assert cli("record", "export", str(junk)).code == 65
