"""Records as they lie there: which may serve as a baseline, and what stands in them."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from decimal import Decimal as D
from pathlib import Path

import pytest

from rnprog.session import archive
from rnprog.session.archive import History
from tests.session.past import SERIAL, SOUND, TEST, Visit

ONE = {"L0 to case": 500}


def past(directory: Path, **changes: str) -> History:
    return archive.history(directory, **{"serial": SERIAL, "mode": "emulator", **changes})


def test_an_empty_or_missing_directory_has_no_past(tmp_path: Path) -> None:
    assert past(tmp_path) == past(tmp_path / "missing") == History((), (), ())
    assert archive.last_measured(tmp_path, serial=SERIAL, mode="emulator") is None


def test_measurements_newest_first(tmp_path: Path) -> None:
    for days_ago in (20, 400, 3):
        with Visit(tmp_path, days_ago) as visit:
            visit.measured({"L0 to case": 500 + days_ago})
    found = past(tmp_path)
    assert [each.impedance_ohm["L0 to case"] for each in found.measured] == [503, 520, 900]
    assert found.measured[0].test == TEST
    assert found.measured[0].verdicts == {"L0 to case": "normal"}
    assert (found.titrated, found.left_out) == ((), ())


def test_the_last_of_a_pair_may_be_older_than_the_newest_record(tmp_path: Path) -> None:
    with Visit(tmp_path, 30) as visit:
        visit.measured({"L0 to case": 500, "R0 to case": 600})
    with Visit(tmp_path, 2) as visit:
        visit.measured({"R0 to case": 610})
    found = past(tmp_path)
    assert (left := found.last("L0 to case")) is not None and left.impedance_ohm["L0 to case"] == 500
    assert (right := found.last("R0 to case")) is not None and right.impedance_ohm["R0 to case"] == 610
    assert found.last("L3 to case") is None


def test_a_record_counts_once_with_the_last_value_of_each_pair(tmp_path: Path) -> None:
    with Visit(tmp_path) as visit:
        visit.measured({"L0 to case": 500, "L1 to case": None}).measured({"L0 to case": 510}).measured({})
    (found,) = past(tmp_path).measured
    assert found.impedance_ohm == {"L0 to case": 510, "L1 to case": None}
    assert found.verdicts == {"L0 to case": "normal", "L1 to case": "open"}


@pytest.mark.parametrize(
    ("serial", "mode"),
    [("RN1-E0000007", "emulator"), (SERIAL, "device"), (SERIAL, "says it is an emulator"), (SERIAL, ""), (f"{SERIAL} ", "emulator")],
)
def test_another_device_or_mode_is_no_past_and_is_not_complained_about(tmp_path: Path, serial: str, mode: str) -> None:
    with Visit(tmp_path, 3, serial=serial, mode=mode) as visit:
        visit.measured(ONE).titrated("2.4")
    assert past(tmp_path) == History((), (), ())
    assert archive.last_measured(tmp_path, serial=SERIAL, mode="emulator") is None
    assert len(past(tmp_path, serial=serial, mode=mode).measured) == 1


def test_a_record_of_an_emulator_that_is_called_a_device_is_left_out(tmp_path: Path) -> None:
    with Visit(tmp_path, 3) as visit:
        visit.measured(ONE)
    visit.path.write_text(visit.path.read_text().replace('"mode":"emulator"', '"mode":"device"'))
    found = past(tmp_path, mode="device")
    assert (found.measured, found.left_out) == ((), (visit.path,))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("500", "900"),
        lambda text: text[:-20],
        lambda text: text + "x",
        lambda text: "\n".join(text.split("\n")[:1] + text.split("\n")[2:]),
    ],
    ids=["another value", "torn", "more", "a line less"],
)
def test_what_is_not_whole_is_left_out_and_named(tmp_path: Path, spoil: Callable[[str], str]) -> None:
    with Visit(tmp_path, 30) as good:
        good.measured({"L0 to case": 480})
    with Visit(tmp_path, 3) as bad:
        bad.measured(ONE).titrated("2.4")
    bad.path.write_text(spoil(bad.path.read_text()))
    found = past(tmp_path)
    assert [each.impedance_ohm["L0 to case"] for each in found.measured] == [480]
    assert found.titrated == ()
    assert found.left_out == (bad.path,)
    last = archive.last_measured(tmp_path, serial=SERIAL, mode="emulator")
    assert last is not None and last.path == good.path


def test_a_session_that_was_never_closed_still_serves(tmp_path: Path) -> None:
    visit = Visit(tmp_path, 3).measured(ONE)
    visit.record.abandon()
    assert len(past(tmp_path).measured) == 1


def test_junk_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "0.jsonl").write_bytes(b"")
    (tmp_path / "1.jsonl").write_bytes(b"\x00\xff\n{}\n[]\n")
    (tmp_path / "2.jsonl").write_text('{"kind":"open","data":{}}\n')
    assert past(tmp_path) == History((), (), ())


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    os.symlink(tmp_path / "nowhere", tmp_path / "x.jsonl")
    assert past(tmp_path).left_out == (tmp_path / "x.jsonl",)
    assert archive.last_measured(tmp_path, serial=SERIAL, mode="emulator") is None


def test_a_copy_counts_once(tmp_path: Path) -> None:
    with Visit(tmp_path, 3) as visit:
        visit.measured(ONE).titrated("2.4")
    shutil.copy(visit.path, tmp_path / "a copy.jsonl")
    found = past(tmp_path)
    assert (len(found.measured), len(found.titrated), found.left_out) == (1, 1, ())


def test_the_present_record_is_no_past(tmp_path: Path) -> None:
    visit = Visit(tmp_path).measured(SOUND).titrated("2.4")
    assert archive.history(tmp_path, serial=SERIAL, mode="emulator", besides=visit.path) == History((), (), ())
    assert archive.last_measured(tmp_path, serial=SERIAL, mode="emulator", besides=visit.path) is None
    visit.record.abandon()


def test_strange_values_in_a_whole_record_are_no_values(tmp_path: Path) -> None:
    with Visit(tmp_path, 3) as visit:
        visit.record.write("outcome", {"what": "impedance", "result": "applied", "readings": 5})
        visit.record.write("outcome", {"what": "impedance", "result": "unknown"})
        strange = [5, {"pair": 7}, {"pair": "L0 to case", "impedance_ohm": True}, {"pair": "L1 to case", "impedance_ohm": "500"}]
        visit.record.write("outcome", {"what": "impedance", "result": "applied", "readings": strange})
        visit.record.write("titrated", {"side": "left", "ending": "threshold", "motor_ma": "2.4"})
    (found,) = past(tmp_path).measured
    assert found.impedance_ohm == {"L0 to case": None, "L1 to case": None}
    assert past(tmp_path).titrated == (), "without its set-up a threshold says nothing"


def test_titrations_with_their_conditions(tmp_path: Path) -> None:
    with Visit(tmp_path, 3) as visit:
        visit.titrated("2.4", given_ma=("0.5", "2.6", "2.4")).titrated(None, ending="not_reachable", how="EMG", discomfort_ma="3.0")
    second, first = past(tmp_path).titrated
    assert (first.side, first.electrodes, first.conditions, first.ending) == (
        "left",
        "-L1+L2",
        ("214", "20", "palpation"),
        "threshold",
    )
    assert (first.motor_ma, first.discomfort_ma, first.highest_ma) == (D("2.4"), None, D("2.6"))
    assert (second.motor_ma, second.discomfort_ma, second.highest_ma, second.conditions[2]) == (None, D("3.0"), D("2.4"), "EMG")


@pytest.mark.parametrize("motor_ma", ["1e-400000", "x", "-1", "NaN", "Infinity", "1e999999999999"])
def test_an_amplitude_that_is_none(tmp_path: Path, motor_ma: str) -> None:
    with Visit(tmp_path, 3) as visit:
        visit.titrated(motor_ma)
    (found,) = past(tmp_path).titrated
    assert found.motor_ma is None


def rewritten(visit: Visit, utc: str) -> None:
    """The record with another time in every line, and its chain made anew."""
    rows, prev = [], None
    for row in map(json.loads, visit.path.read_text().splitlines()):
        row["utc"] = utc
        row["prev"] = prev or row["prev"]
        rows.append(json.dumps(row, sort_keys=True, separators=(",", ":")))
        prev = hashlib.sha256(rows[-1].encode()).hexdigest()
    visit.path.write_text("".join(f"{row}\n" for row in rows))


@pytest.mark.parametrize("utc", ["2026-01-01T10:00:00", "yesterday", ""])
def test_without_a_moment_there_is_no_past(tmp_path: Path, utc: str) -> None:
    with Visit(tmp_path, 3) as visit:
        visit.measured(ONE).titrated("2.4")
    rewritten(visit, utc)
    assert past(tmp_path) == History((), (), (visit.path,))
    rows = list(archive.lines(visit.path))
    assert archive.titrations(rows) == () and archive._measured(visit.path, rows) is None


def test_of_two_records_of_one_second_the_one_written_last_is_the_newest(tmp_path: Path) -> None:
    names = ["20260105T090000Z-RN1-ffff.jsonl", "20260105T090000Z-RN1-0000.jsonl", "20260105T085959Z-RN1-9999.jsonl"]
    for moment, name in enumerate(names):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, ns=(0, moment))
    assert [path.name for path in archive.records(tmp_path)] == [names[1], names[0], names[2]]


@pytest.mark.parametrize(("written", "compared"), [("20.0", "20"), ("20", "20"), ("1e400", "1e400"), ("x", "x"), ("NaN", "NaN"), ("", "")])
def test_conditions_are_compared_as_numbers(tmp_path: Path, written: str, compared: str) -> None:
    with Visit(tmp_path, 3) as visit:
        visit.titrated("2.4", width_us=written)
    assert past(tmp_path).titrated[0].conditions[0] == compared
