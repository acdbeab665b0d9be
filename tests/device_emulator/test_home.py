"""A year at home: the diary, the log the firmware made of it, and the charge it took."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

import pytest

from device_emulator.clock import VIRTUAL_START_UNIX_MS
from device_emulator.device import EmulatedDevice
from device_emulator.firmware.around import Surroundings
from device_emulator.firmware.battery import BOOST, CAPACITY_UC, QUIESCENT_UA, Battery
from device_emulator.firmware.identity import Identity
from device_emulator.firmware.image import Program, Side, build_image
from device_emulator.firmware.layout import MEMORY_SIZE
from device_emulator.firmware.memory import Memory
from device_emulator.firmware.rn1 import Rn1
from device_emulator.home import HomeSession, delivered_share, diary
from device_emulator.home_past import days_of, usual_program
from device_emulator.people import parse_months
from device_emulator.tissue.habits import PUBLISHED_B, PUBLISHED_UK, Habits, use_of
from device_emulator.tissue.patient import Patient
from device_emulator.tissue.person import person
from device_emulator.tissue.subjects import cohort_a
from device_emulator.truth import Truth
from rnprog.protocol.messages import LogEntry, ReadLog
from rnprog.protocol.opcodes import Cause, EntryKind, Log, RefusalCode

DAY_MS = 86_400_000
NOW = VIRTUAL_START_UNIX_MS


def lived(habits: Habits, seed: int, months: int) -> list[HomeSession]:
    return list(diary(habits, seed, NOW, NOW + days_of(months) * DAY_MS, 2, 1_800))


def year_2(sessions: list[HomeSession]) -> float:
    first_s, last_s = NOW // 1000 + days_of(12) * 86_400, NOW // 1000 + days_of(24) * 86_400
    inside = [session for session in sessions if first_s <= session.start_unix_s < last_s]
    return delivered_share(inside, 2, 1_800, days_of(24) - days_of(12))


def test_the_delivered_share_follows_the_published_figures() -> None:
    still_using = [seed for seed in range(1, 161) if use_of(PUBLISHED_B, seed).share(24) > 0]
    assert median(year_2(lived(PUBLISHED_B, seed, 24)) for seed in still_using) == pytest.approx(0.43, abs=0.04)
    steady = Habits(floor_share=PUBLISHED_UK.floor_share, fall_months=PUBLISHED_UK.fall_months, spread=0.0, still_using_at_24=1.0)
    five_years = [delivered_share(lived(steady, seed, 60), 2, 1_800, days_of(60)) for seed in range(1, 11)]
    assert sum(five_years) / 10 == pytest.approx(0.61, abs=0.03)


def test_a_diary_is_in_order_without_overlap_and_repeats_by_seed() -> None:
    for starts in ("remote", "schedule"):
        sessions = lived(Habits(starts=starts), 4, 12)
        assert sessions == lived(Habits(starts=starts), 4, 12)
        assert all(before.start_unix_s + before.delivered_s < after.start_unix_s for before, after in pairwise(sessions))
        assert sessions[0].start_unix_s * 1000 > NOW
    assert lived(Habits(), 4, 12) != lived(Habits(), 5, 12)


def test_on_a_schedule_unwanted_sessions_are_short_and_some_are_missed() -> None:
    sessions = lived(Habits(starts="schedule"), 0, 12)
    missed = [session for session in sessions if session.refusal is not None]
    short = [session for session in sessions if session.cause is Cause.PATIENT_REMOTE and session.delivered_s <= 180]
    assert len(sessions) == pytest.approx(2 * days_of(12), abs=3)
    assert 2 <= len(missed) <= 20 and all(session.delivered_s == 0 for session in missed)
    assert len(short) > 150


def entries(talk, log: Log) -> list[LogEntry]:
    found: list[LogEntry] = []
    cursor = 1
    while True:
        page = talk.done(ReadLog(log, 1, cursor))
        found += page.entries
        if page.next > page.newest:
            return found
        cursor = page.next


def test_the_therapy_log_of_a_year_looks_like_one(talk) -> None:
    host = talk("year-of-use")
    log = entries(host, Log.THERAPY)
    starts = [entry for entry in log if entry.kind == EntryKind.THERAPY_START]
    ends = [entry for entry in log if entry.kind == EntryKind.THERAPY_END]
    assert [entry.number for entry in log] == list(range(1, len(log) + 1))
    assert len(starts) == len(ends) and all(entry.code == 1 for entry in starts), "started with the remote"
    program = usual_program(cohort_a(0))
    assert {entry.extra for entry in ends} == {1_800} and {entry.channels for entry in starts} == {program.channels}
    first_s = NOW // 1000 - days_of(12) * 86_400
    assert all(first_s < before.unix_s <= after.unix_s < NOW // 1000 for before, after in pairwise(log))
    quarters = [0.0] * 4
    for entry in ends:
        assert entry.code in (Cause.SESSION_COMPLETE, Cause.PATIENT_REMOTE) and (entry.value == 1_800) == (entry.code == 10)
        quarters[(entry.unix_s - first_s) * 4 // (days_of(12) * 86_400)] += entry.value / (2 * 1_800 * days_of(12) / 4)
    assert quarters[0] > quarters[1] > quarters[3] and 0.55 < sum(quarters) / 4 < 0.72, "falling; the curve says 0.63"
    wanted = lived_by(host.device)
    assert [(entry.unix_s - entry.value, entry.value) for entry in ends] == [(each.start_unix_s, each.delivered_s) for each in wanted]


def lived_by(device: EmulatedDevice) -> list[HomeSession]:
    someone = device.patient.person
    return list(diary(someone.habits, someone.index, NOW - days_of(12) * DAY_MS, NOW, 2, 1_800))


def test_impedance_has_been_measured_at_the_visits(talk) -> None:
    log = entries(talk("year-of-use"), Log.IMPEDANCE)
    first_day = NOW // DAY_MS - days_of(12)
    assert sorted({entry.unix_s // 86_400 - first_day for entry in log}) == [0, 45, 90, 180]
    reference = [entry.value for entry in log if entry.code == 1 + 2 * 256]
    assert len(reference) == 4 and reference[0] < reference[2] < reference[3] and all(400 < ohm < 1_500 for ohm in reference)


def test_missed_sessions_are_in_the_log_of_a_scheduled_year(talk) -> None:
    log = entries(talk("year-on-schedule"), Log.THERAPY)
    missed = [entry for entry in log if entry.kind == EntryKind.THERAPY_MISSED]
    assert missed and {entry.code for entry in missed} == {RefusalCode.CHARGING}
    assert {entry.code for entry in log if entry.kind == EntryKind.THERAPY_START} == {0}


def test_the_truth_of_a_run_begins_with_the_visit(talk) -> None:
    host = talk("year-of-use", months=3)
    assert host.device.truth.changes == [] and host.device.now_s == 0.0
    assert host.device.patient.age_days == pytest.approx(14 + days_of(3))


def test_months_of_a_url_win_over_those_of_the_scenario_and_are_checked() -> None:
    assert EmulatedDevice("six-month-visit", months=0).patient.age_days == 14
    assert parse_months("60") == 60
    for wrong in ("61", "-1", "1.5", "", "twelve"):
        with pytest.raises(ValueError, match="0 to 60"):
            parse_months(wrong)


def test_a_saved_device_keeps_its_own_past() -> None:
    first = EmulatedDevice("healthy", months=2)
    first.pass_time(3 * 86_400)
    saved = first.saved()
    again = EmulatedDevice("healthy", months=50, saved=saved, start_unix_ms=saved.unix_ms)
    assert again.patient.age_days == pytest.approx(14 + days_of(2) + 3)
    assert again.rn1.memory.snapshot()[:16] == first.rn1.memory.snapshot()[:16]
    assert again.rn1.core.stores.logs.rings[Log.THERAPY].newest == first.rn1.core.stores.logs.rings[Log.THERAPY].newest > 50


def test_the_battery_loses_what_was_delivered() -> None:
    """Each cycle delivers 2 * A * W * rate * (on - ramps / 2) on each side; the cell gives 3.5 times that, and 8 uA all the time."""
    program = Program((Side(0, 2, 4, 3_000, 200), Side(1, 32, 64, 1_000, 300)), 20_000, 2_000, 4_000, 10_000, 20_000, 1_800, 2, 0)
    cell = Battery(0.9)
    device = Rn1(Identity("X"), Memory(MEMORY_SIZE), Surroundings(Patient(person(0)), cell, Truth(), NOW))
    device.core.stores.programs.install(0, build_image(program))
    device.core.stores.settings.change(active_slot=0)
    device.core.remote(True)
    device.run_to(3_600_000_000)
    sides_uc_s = 2 * 20 * (3_000 * 200 + 1_000 * 300) / 1e6
    output_uc = sides_uc_s * (10 - 1 - 2) * 60
    assert 0.9 - cell.fraction == pytest.approx((BOOST * output_uc + QUIESCENT_UA * 3_600) / CAPACITY_UC, rel=1e-9)


def test_the_usual_program_contracts_and_stays_below_discomfort() -> None:
    for index in range(200):
        someone = cohort_a(index)
        for side in usual_program(someone).sides:
            amplitude_ma, motor_ma = side.amplitude_ua / 1000, someone.motor_ma[side.channel]
            assert amplitude_ma < someone.discomfort_ratio * motor_ma and side.amplitude_ua % 100 == 0
            assert amplitude_ma > motor_ma or amplitude_ma > 0.8 * someone.discomfort_ratio * motor_ma or motor_ma < 1.0
