"""The implant's own logs: read whole, with what is missing; use folded from sessions; sweeps put together again."""

from datetime import UTC, datetime

import pytest

from rnprog.device.api import LogRow
from rnprog.session import device_log
from rnprog.session.device_log import DAY_S, Entries, Gap, Log
from rnprog.session.own_sweeps import sweeps
from rnprog.session.trouble import Trouble, TroubleKind
from rnprog.session.usage import Use, periods, unit_of, use_of
from rnprog.session.wording import device_log as words
from rnprog.therapy.contacts import Contact
from tests.device.rig import fault
from tests.session.desk import Desk

NOON = int(datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp())
"""A Wednesday."""


def row(what: str, at_s: int, code: int = 0, value: int = 0, extra: int = 0, channels: int = 0) -> LogRow:
    return LogRow(1, at_s, what, {"code": str(code), "value": str(value), "extra": str(extra), "channels": str(channels)})


def session(at_s: int, delivered_s: int = 1800, cause: int = 10, by: int = 0) -> list[LogRow]:
    return [row("therapy start", at_s, by, 77, 1), row("therapy end", at_s + delivered_s, cause, delivered_s, 1800)]


@pytest.mark.parametrize("log", Log)
def test_a_log_that_has_overflowed_is_read_with_its_gap(desk: Desk, log: Log) -> None:
    with desk.open(f"emu://?faults=full-log={log.name}", writes=False) as found:
        told: list[int] = []
        entries = device_log.read(found, log, told.append)
    assert entries.lost > 0 and entries.gaps == (Gap(1, entries.lost),)
    assert [each.number for each in entries.rows] == list(range(entries.lost + 1, entries.lost + 1 + len(entries.rows)))
    assert all(0 < count < len(entries.rows) for count in told) and told == sorted(told)


def test_an_empty_log(desk: Desk) -> None:
    with desk.open("emu://", writes=False) as found:
        assert device_log.read(found, Log.THERAPY, pytest.fail) == Entries(())


def test_a_link_that_is_lost_on_the_way_is_no_short_log(desk: Desk) -> None:
    with desk.open("emu://?scenario=year-of-use", writes=False) as found, pytest.raises(Trouble) as lost:
        device_log.read(found, Log.THERAPY, lambda count: fault(found.bench, "unplug=LOG_READ@1"))
    assert lost.value.kind is TroubleKind.LINK
    assert "The link was lost" in lost.value.words.happened


def test_every_minute_of_a_year_is_counted_once(desk: Desk) -> None:
    with desk.open("emu://?scenario=year-of-use", writes=False) as found:
        entries = device_log.read(found, Log.THERAPY, lambda count: None)
        now_s = device_log.now_s(found, entries.rows)
    use = use_of(entries.rows, None, now_s)
    assert use.delivered_s == sum(int(each.detail["value"]) for each in entries.rows if each.what == "therapy end")
    assert unit_of(use) == "month" and len(periods(use)) == 13
    assert sum(part.delivered_s for _, part in periods(use)) == use.delivered_s
    assert sum(len(part.sessions) for _, part in periods(use)) == len(use.sessions) == 481
    assert sum(part.days for _, part in periods(use)) == pytest.approx(use.days)


def test_a_session_without_an_end_delivers_no_known_minutes() -> None:
    rows = [row("therapy start", NOON), *session(NOON + 3600), row("therapy start", NOON + 7200)]
    use = use_of(rows, None, NOON + 9000)
    assert [each.delivered_s for each in use.sessions] == [None, 1800, None]
    assert (use.delivered_s, use.without_end) == (1800, 2)


def test_an_end_whose_beginning_is_lost_began_when_its_delivered_time_says() -> None:
    (only,) = use_of(session(NOON)[1:], None, NOON + 9000).sessions
    assert (only.began_s, only.by, only.delivered_s) == (NOON, None, 1800)


def test_a_refusal_while_a_session_runs_does_not_end_it() -> None:
    began, ended = session(NOON)
    use = use_of([began, row("therapy missed", NOON + 60, 20), ended], None, NOON + 9000)
    assert use.without_end == 0 and [each.reason for each in use.missed] == [20]


def test_share_early_and_pause() -> None:
    rows = [*session(NOON), *session(NOON + DAY_S, 600, cause=6), *session(NOON + 6 * DAY_S)]
    use = use_of(rows, None, NOON + 10 * DAY_S)
    assert use.share_percent(3600) == 12  # 70 of 600 minutes
    assert use.share_percent(None) is None and use.share_percent(0) is None
    assert [each.early for each in use.sessions] == [False, True, False]
    assert use.longest_pause() == (NOON + DAY_S, NOON + 6 * DAY_S)
    assert Use((), (), NOON, NOON).longest_pause() is None
    assert Use((), (), NOON, NOON).share_percent(3600) is None


def test_the_last_days_only_begin_with_the_window_not_with_the_first_session() -> None:
    rows = [*session(NOON - 40 * DAY_S), *session(NOON - DAY_S)]
    use = use_of(rows, NOON - 10 * DAY_S, NOON)
    assert (len(use.sessions), use.days) == (1, 10)
    assert use.longest_pause() == (NOON - 10 * DAY_S, NOON - DAY_S)


@pytest.mark.parametrize(
    ("days", "unit", "first", "count"),
    [(3, "day", "2026-03-04", 4), (14, "day", "2026-03-04", 15), (30, "week", "2026-03-02", 5), (93, "month", "2026-03", 4)],
)
def test_days_weeks_or_months(days: int, unit: str, first: str, count: int) -> None:
    use = use_of(session(NOON), None, NOON + days * DAY_S)
    found = periods(use)
    assert (unit_of(use), found[0][0], len(found)) == (unit, first, count)
    assert found[0][1].sessions == use.sessions


def test_entries_of_one_measurement_belong_together_and_a_pair_that_comes_again_begins_the_next() -> None:
    first = [row("impedance", NOON, 2048, 600), row("impedance", NOON + 2, 256, 1200)]
    again = [row("impedance", NOON + 4, 2048, 9000), row("impedance", NOON + 400, 2049, 50)]
    found, other = sweeps([*first, *again, row("impedance", NOON, 9, 1), row("impedance", NOON, 257, 1), row("battery", NOON)])
    assert [(each.at_s, len(each.readings)) for each in found] == [(NOON, 2), (NOON + 4, 1), (NOON + 400, 1)]
    assert len(other) == 3
    assert [reading.name for reading in found[0].readings] == ["L0 to case", "L0 to L1"]
    assert found[0].odd() == [] and [str(how) for _, how in found[1].odd()] == ["open"]
    shown = found[0].to_case(Contact.L0)
    assert shown is not None and shown.impedance_ohm == 600 and found[0].to_case(Contact.R0) is None


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (row("boot", NOON, 1, 7), ("Device started", "its watchdog: report this device; start number 7")),
        (row("commit", NOON, 2, 9, 4), ("Program written", "slot 2, revision 4")),
        (row("activate", NOON, 2, 9), ("Program chosen", "slot 2")),
        (row("armed", NOON, 214, 20_000, 0, 1), ("Test stimulation prepared", "left, 214 us, 20 Hz")),
        (row("burst", NOON, 0, 24 + (15 << 16), 2500, 3), ("Test burst", "left 2.4 mA and right 1.5 mA for 2.5 s")),
        (row("output ended", NOON, 1, 0, 0, 2), ("Output ended", "lease expired: the programmer was not heard any more; right")),
        (row("clock set", NOON, 0, NOON, NOON + 60), ("Clock set", "from 2026-03-04 12:00 to 2026-03-04 12:01")),
        (row("stop", NOON, 2, 9), ("STOP", "the output was: test stimulation on")),
        (row("therapy start", NOON, 1), ("Therapy began", "with the patient's remote")),
        (row("therapy end", NOON, 5, 600, 1800), ("Therapy ended", "magnet; 10 of 30 min")),
        (row("therapy missed", NOON, 18), ("Therapy not started", "on the charger")),
        (row("kind 99", NOON, 1, 2, 3), ("kind 99", "code 1, value 2, extra 3")),
        (row("output ended", NOON, 99), ("Output ended", "cause 99")),
        (LogRow(1, 0, "short circuit", {"text": "SC"}), ("short circuit", "SC")),
        (LogRow(1, 0, "boot", {"code": "\u0663"}), ("boot", "")),
    ],
    ids=str,
)
def test_events_in_words(entry: LogRow, said: tuple[str, str]) -> None:
    assert words.event(entry) == said


def test_moments() -> None:
    assert words.moment(0) == "time unknown" and words.day(0) == "unknown"
    assert words.pause(NOON, NOON + 9 * 3600) == "Longest time without the beginning of a session: 9 hours, 2026-03-04 to 2026-03-04."
