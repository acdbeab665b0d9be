"""What an OpenNerve tells to which key, in words: nothing is called empty, off or none because this key may not ask. Without timing."""

from decimal import Decimal
from pathlib import Path

import pytest

from rnprog.protocol.opennerve.codes import Role
from rnprog.session import archive, beginning
from rnprog.session.wording import beginning as begin_words
from tests.commands.running import Cli
from tests.commands.test_opennerve import keys, url

__all__ = ["keys"]
BENCH = {"dvt": "1"}


def at(keys: Path, who: str, **more: str) -> str:
    return url(keys, Role.ADMIN if who == "bench" else Role[who.upper()], timing="none", **(BENCH if who == "bench" else {}), **more)


@pytest.mark.parametrize("who", ["clinician", "patient", "bench"])
@pytest.mark.parametrize("which", [(), ("events",), ("impedance",)])
def test_a_log_that_is_not_told_is_not_called_empty(cli: Cli, keys: Path, who: str, which: tuple[str, ...]) -> None:
    ran = cli("--port", at(keys, who), "log", *which)
    assert ran.code == 76 and "no entries" not in ran.out + ran.err
    assert "log is told to the Admin's key only" in " ".join(ran.err.split())


@pytest.mark.parametrize("which", [(), ("events",), ("impedance",)])
def test_the_one_log_is_shown_whatever_is_asked_for_and_that_it_may_have_lost_some_is_said(
    cli: Cli, keys: Path, which: tuple[str, ...]
) -> None:
    ran = cli("--port", at(keys, "admin"), "log", *which)
    assert ran.code == 0 and "power on" in ran.out
    assert "oldest are overwritten, and nothing tells how many" in " ".join(ran.err.split())
    assert cli("--port", at(keys, "admin"), "log", "--json").json["lost"] is None


@pytest.mark.parametrize("who", ["patient", "bench"])
@pytest.mark.parametrize("words", [("show",), ("pull",), ("show", "--slot", "0")])
def test_a_program_that_is_not_told_is_not_called_none(cli: Cli, keys: Path, who: str, words: tuple[str, ...]) -> None:
    ran = cli("--port", at(keys, who), "program", *words)
    said = " ".join(ran.err.split())
    assert ran.code == 76 and "which it holds is unknown" in said and "no active program" not in said


def test_status_with_a_patients_key_does_not_say_that_it_has_no_program(cli: Cli, keys: Path) -> None:
    ran = cli("--port", at(keys, "patient"), "status")
    row = next(line for line in ran.out.splitlines() if "Active program" in line)
    assert "not told" in row and "none" not in row


def test_bench_status_prints_no_limits_of_a_mode_that_does_nothing(cli: Cli, keys: Path) -> None:
    ran = cli("--port", at(keys, "bench"), "status")
    row = next(line for line in ran.out.splitlines() if "Limits" in line)
    assert "Hz" not in row and "neither measures nor stimulates" in " ".join(ran.out.split())


def test_a_clock_without_a_schedule_begins_no_sessions() -> None:
    assert "daily sessions" not in begin_words.clock_is_wrong(Decimal(90), scheduled=False)
    assert "daily sessions" in begin_words.clock_is_wrong(Decimal(90))


@pytest.mark.parametrize("who", ["clinician", "patient"])
def test_the_emulator_inside_this_process_is_one_whatever_the_key(cli: Cli, keys: Path, who: str) -> None:
    ran = cli("--port", at(keys, who), "status")
    assert "REAL DEVICE" not in ran.err and "EMULATOR" in ran.err


def test_what_stands_in_place_of_a_serial_number_names_no_device(cli: Cli, keys: Path) -> None:
    for who, named in (("clinician", "not told to this key"), ("patient", "not told to this key"), ("clinician", "YYLL0001")):
        words = ("program", "write", "standard-bilateral", "--slot", "0", "--yes", "--serial", named, "--accept-test-pulse")
        ran = cli("--port", at(keys, who), *words)
        assert ran.code == 79 and "is not known" in " ".join(ran.err.split()), ran.err


@pytest.mark.parametrize("serial", ["not told to this key", "without a serial number"])
def test_nothing_is_compared_with_the_records_of_whoever_else_was_not_told(cli: Cli, keys: Path, records: Path, serial: str) -> None:
    assert cli("--port", at(keys, "admin"), "impedance", "--accept-test-pulse").code == 0
    (record,) = records.glob("*.jsonl")
    record.write_text(record.read_text().replace("YYLL0001", serial))
    assert archive.last_measured(records, serial=serial, mode="emulator") is None
    found = archive.history(records, serial=serial, mode="emulator")
    assert (found.measured, found.left_out) == ((), ()), "it is not even one of this device's"
    assert beginning.earlier(records, serial=serial, mode="emulator") is None


def test_a_program_pulled_with_a_clinicians_key_names_no_device(cli: Cli, keys: Path) -> None:
    ran = cli("--port", at(keys, "clinician"), "program", "pull")
    assert ran.code == 0 and "not told" not in ran.out
