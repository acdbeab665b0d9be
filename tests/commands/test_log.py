"""`rnprog log`: the implant's own word on therapy, events and impedance, so that the advice can be followed."""

import pytest

from tests.commands.running import Cli

YEAR = "emu://?scenario=year-of-use&seed=3"
ON_SCHEDULE = "emu://?scenario=year-on-schedule&seed=3"


def test_a_year_of_use_month_by_month(cli: Cli) -> None:
    ran = cli("log", "--port", YEAR)
    rows = [line.split() for line in ran.out.splitlines()]
    assert ran.code == 0
    assert ["2025-10", "31", "28", "0.9", "840", "45", "%", "0", "0"] in rows, "the month in which use fell"
    assert ["All", "365", "615", "1.7", "17597", "80", "%", "63", "0"] in rows
    said = " ".join(ran.out.split())
    assert "asks for 2 a day, 30 min each. The schedule is off" in said
    assert "Ended early: patient's remote (63)." in said
    assert "Longest time without the beginning of a session: 12 days, 2025-10-20 to 2025-11-01." in said
    assert "by the device's own clock, which knows no time zone" in said
    assert "entries read so far" in ran.err, "progress is talk"
    assert max(map(len, ran.out.splitlines())) <= 80


def test_a_year_on_schedule_says_what_was_missed(cli: Cli) -> None:
    ran = cli("log", "therapy", "--port", ON_SCHEDULE)
    said = " ".join(ran.out.split())
    assert ran.code == 0
    assert "The schedule is on: sessions start by themselves." in said
    assert "Asked for and not started: on the charger (7)." in said


def test_the_year_for_scripts(cli: Cli) -> None:
    told = cli("log", "therapy", "--port", YEAR, "--json").json
    assert (told["schema"], told["ok"], told["log"], told["lost"], told["gaps"]) == ("rnprog.log/1", True, "therapy", 0, [])
    assert (told["unit"], len(told["periods"]), told["asked_min_a_day"]) == ("month", 13, 60)
    assert told["total"]["delivered_s"] == sum(each["delivered_s"] for each in told["sessions"])
    assert told["total"]["share_percent"] == 80 and told["schedule_enabled"] is False
    assert told["clock"] == {"times_set": 0, "goes_back": False}


@pytest.mark.parametrize(("days", "unit"), [("7", "day"), ("30", "week")])
def test_the_last_days_only(cli: Cli, days: str, unit: str) -> None:
    told = cli("log", "--days", days, "--port", YEAR, "--json").json
    assert told["unit"] == unit and told["days"] == int(days)
    assert 0 < told["total"]["sessions"] <= 2 * int(days) + 1
    shown = cli("log", "--days", days, "--port", YEAR)
    assert unit.capitalize() in shown.out and max(map(len, shown.out.splitlines())) <= 80


@pytest.mark.parametrize("days", ["0", "-1", "x", "36501"])
def test_days_that_are_none(cli: Cli, days: str) -> None:
    assert cli("log", "--days", days, "--port", "emu://").code == 2
    assert cli("log", "sleep", "--port", "emu://").code == 2


def test_events_tell_a_stop_and_sessions_that_ended_early(cli: Cli) -> None:
    ran = cli("log", "events", "--port", YEAR)
    assert ran.code == 0 and "Device started" in ran.out and "patient's remote; 8 of 30 min" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert cli("stop", "--port", "emu://stopped").code == 0
    told = cli("log", "events", "--port", "emu://stopped", "--json").json
    assert [each["event"] for each in told["events"]].count("STOP") == 1
    times = [each["unix_s"] for each in told["events"]]
    assert times == sorted(times)


def test_impedance_over_time(cli: Cli) -> None:
    ran = cli("log", "impedance", "--port", YEAR)
    rows = [line.split() for line in ran.out.splitlines()]
    assert ["2025-01-05", "09:01", "633", "593", "604", "657", "483", "531", "671", "602"] in rows
    assert max(map(len, ran.out.splitlines())) <= 80
    assert len(cli("log", "impedance", "--port", YEAR, "--json").json["measurements"]) == 4
    assert cli("impedance", "--port", "emu://odd?faults=lead-open=1").code == 0
    shown = cli("log", "impedance", "--port", "emu://odd").out
    assert "OPEN" in shown and "pairs not normal: L0 to L1 OPEN" in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("log", ["therapy", "events", "impedance"])
def test_lost_entries_are_said_to_be_lost(cli: Cli, log: str) -> None:
    ran = cli("log", log, "--port", f"emu://?faults=full-log={log.upper()}")
    assert ran.code == 0
    assert "CAUTION: Entries 1 to " in ran.err and "are lost: newer entries took their place." in " ".join(ran.err.split())
    told = cli("log", log, "--port", f"emu://?faults=full-log={log.upper()}", "--json").json
    assert told["gaps"] == [{"first": 1, "count": told["lost"]}] and told["lost"] > 0


def test_a_log_that_holds_nothing(cli: Cli) -> None:
    ran = cli("log", "--port", "emu://")
    assert ran.code == 0 and ran.out.startswith("The therapy log of this device holds no entries.")
    assert cli("log", "impedance", "--days", "1", "--port", "emu://").out.startswith("The impedance log of this device holds no entries of")


def test_a_link_that_is_lost_is_trouble_and_shows_no_half_log(cli: Cli) -> None:
    ran = cli("log", "--port", f"{YEAR}&faults=unplug=LOG_READ@2")
    assert ran.code == 74 and ran.out == ""
    assert "That changes nothing that the implant runs by itself" in " ".join(ran.err.split())


def test_reading_changes_nothing_and_writes_no_record(cli: Cli, records: object) -> None:
    before = cli("status", "--port", "emu://still", "--json").json
    assert cli("log", "events", "--port", "emu://still").code == 0
    after = cli("status", "--port", "emu://still", "--json").json
    assert (before["program_revision"], before["schedule_enabled"]) == (after["program_revision"], after["schedule_enabled"])
    assert not list(records.glob("*"))  # type: ignore[attr-defined]


def test_the_advice_names_the_command_and_it_is_there(cli: Cli) -> None:
    said = " ".join(cli("impedance", "--port", YEAR).out.split())
    assert "check the delivered minutes in the implant's log: rnprog log therapy." in said
    assert cli("log", "therapy", "--help").code == 0
