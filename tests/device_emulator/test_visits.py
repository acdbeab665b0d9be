"""From visit to visit: what time does to a person, what chance does, and what may happen in between."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path
from typing import Any

import pytest
import serial

from device_emulator.__main__ import main
from device_emulator.clock import VIRTUAL_START_UNIX_MS
from device_emulator.faults import parse_faults
from device_emulator.firmware.battery import CAPACITY_UC, QUIESCENT_UA
from device_emulator.home_past import RECHARGE_BELOW, RECHARGED
from device_emulator.host import Host
from device_emulator.later import DAYS_MAX, parse_later
from device_emulator.scenarios import SCENARIOS
from device_emulator.store import StateDiffers
from rnprog import entry
from rnprog.protocol.opcodes import EntryKind, Log
from tests.commands.running import own_directories


@pytest.fixture(autouse=True)
def emulator(monkeypatch, tmp_path):
    monkeypatch.setattr(serial, "protocol_handler_packages", [*serial.protocol_handler_packages, "device_emulator.port"])
    monkeypatch.setenv("RNPROG_STATE_DIR", str(tmp_path))


def visit(path: Path, scenario: str | None = None, seed: int | None = None, *, virtual: bool = True, **more: Any) -> Host:
    return Host(scenario, seed, virtual=virtual, state=path, **more)


def age_days(host: Host) -> float:
    return host.device.patient.age_days


def test_wall_time_does_not_age_the_person(tmp_path) -> None:
    """Virtual time begins in January, wall time is today: that is the calendar's affair, not the person's."""
    path = tmp_path / "age.json"
    ages, clocks = [], []
    for virtual in (True, False, True, False):
        host = visit(path, virtual=virtual)
        ages.append(age_days(host))
        clocks.append(host.device.rn1.core.unix_ms)
        host.close()
    assert ages == pytest.approx([14.0] * 4, abs=0.001)
    assert clocks[0] == VIRTUAL_START_UNIX_MS and abs(clocks[1] - time.time() * 1000) < 60_000 and clocks == sorted(clocks)


def test_time_that_was_lived_counts(tmp_path) -> None:
    path = tmp_path / "age.json"
    host = visit(path)
    host.advance(3 * 86_400.0)
    host.close()
    for virtual in (False, True):
        host = visit(path, virtual=virtual)
        assert age_days(host) == pytest.approx(17.0, abs=0.001)
        host.close()


@pytest.mark.parametrize(("text", "days"), [("1d", 1), ("2wk", 14), ("6mo", 183), ("1y", 365), ("5y", DAYS_MAX)])
def test_how_much_later(text, days) -> None:
    assert parse_later(text) == days


@pytest.mark.parametrize("text", ["", "6", "mo", "0d", "6y", "-1d", "1.5mo", "6 mo", "6m", "6mo "])
def test_no_time_until_a_visit(text) -> None:
    with pytest.raises(ValueError, match="such as 6mo"):
        parse_later(text)


def test_half_a_year_passes_and_is_kept(tmp_path) -> None:
    path = tmp_path / "ann.json"
    first = visit(path, "healthy", 3)
    before = first.device.patient
    clock_ms, ohm, fraction = first.device.rn1.core.unix_ms, before.load_ohm(2, 4, 214), first.device.rn1.around.battery.fraction
    first.close()
    second = visit(path, later_days=183)
    now = second.device.patient
    assert age_days(second) == pytest.approx(14 + 183) and second.device.rn1.core.unix_ms == clock_ms + 183 * 86_400_000
    assert now.load_ohm(2, 4, 214) > 1.03 * ohm, "the sheath has grown"
    assert now.subject.motor_ma != before.subject.motor_ma, "thresholds wander"
    assert now.subject == before.person.subject.at_visit(3, 6)
    used = fraction - second.device.rn1.around.battery.fraction
    assert used == pytest.approx(183 * 86_400 * QUIESCENT_UA / CAPACITY_UC, rel=1e-6), "no program: only what it needs to be alive"
    second.close()
    third = visit(path)
    assert age_days(third) == pytest.approx(14 + 183)
    third.close()


def test_the_program_is_used_at_home(tmp_path) -> None:
    path = tmp_path / "ann.json"
    first = visit(path, "six-month-visit")
    rings = first.device.rn1.core.stores.logs.rings
    until = rings[Log.THERAPY].newest
    first.close()
    second = visit(path, later_days=91)
    log = second.device.rn1.core.stores.logs.rings[Log.THERAPY]
    entries = log.window(until + 1, 400).entries
    starts = [entry for entry in entries if entry.kind == EntryKind.THERAPY_START]
    assert 60 < len(starts) <= 182 and {entry.kind for entry in entries} == {EntryKind.THERAPY_START, EntryKind.THERAPY_END}
    assert RECHARGE_BELOW - 0.1 < second.device.rn1.around.battery.fraction <= RECHARGED
    second.close()


def test_who_was_never_here_cannot_come_back(tmp_path) -> None:
    with pytest.raises(ValueError, match="has not been here yet"):
        visit(tmp_path / "new.json", later_days=30)
    assert not (tmp_path / "new.json").exists()
    with pytest.raises(serial.SerialException, match="give it a name"):
        serial.serial_for_url("emu://?later=6mo")


def test_it_is_one_visit_however_often_the_port_is_opened(tmp_path) -> None:
    serial.serial_for_url("emu://ann").close()
    ages = []
    for _ in range(2):
        with serial.serial_for_url("emu://ann?later=1y") as port:
            ages.append(port.bench({"cmd": "patient"})["implant_age_days"])
    assert ages == [379.0, 379.0]


def test_the_process_takes_it_too(tmp_path, capsys) -> None:
    assert main(["--tcp", "127.0.0.1:0", "--state", str(tmp_path / "x.json"), "--later", "6mo"]) == 2
    assert "has not been here yet" in capsys.readouterr().err
    assert main(["--tcp", "127.0.0.1:0", "--device", "opennerve", "--later", "6mo"]) == 2
    with pytest.raises(SystemExit) as ended:
        main(["--later", "soon"])
    assert ended.value.code == 2 and "such as 6mo" in capsys.readouterr().err


EVENTS = [scenario.name for scenario in SCENARIOS.values() if scenario.event]


def test_what_may_happen_is_of_the_hardware() -> None:
    hardware = ["left-open", "intermittent-contact", "fractured-lead", "right-short", "connector-fluid", "migrated-lead", "device-clamps"]
    assert hardware == EVENTS and not any(SCENARIOS[name].day or SCENARIOS[name].cohort != "A" for name in EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_it_happens_to_the_same_person_and_lasts(tmp_path, name) -> None:
    path = tmp_path / "ann.json"
    first = visit(path, "healthy", 3)
    who = first.device.rn1.identity.serial, first.device.patient.person.subject
    first.close()
    with pytest.raises(StateDiffers, match="later=6mo"):
        visit(path, name)
    for asked, days in ((name, 30), (None, 0), (name, 0), (name, 30)):
        host = visit(path, asked, later_days=days)
        assert host.device.scenario.name == name
        assert (host.device.rn1.identity.serial, host.device.patient.person.subject) == who
        host.close()
    with pytest.raises(StateDiffers, match=f"was made with scenario healthy, and has since lived through {name}; you asked for"):
        visit(path, "healthy", later_days=30)
    second = next(other for other in EVENTS if other != name)
    with pytest.raises(StateDiffers, match="only one thing can happen to a device"):
        visit(path, second, later_days=30)


@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if scenario.day])
def test_a_days_scenario_is_offered_as_its_own_faults(tmp_path, name) -> None:
    path = tmp_path / "ann.json"
    visit(path, "left-open").close()
    with pytest.raises(StateDiffers) as caught:
        visit(path, name)
    spec = str(caught.value).partition("faults instead: faults=")[2].partition(")")[0]
    wanted = {
        "low-battery": "low-battery",
        "charging": "charging",
        "therapy-running": "therapy-running",
        "deaf": "half-open",
        "junk": "babble",
    }
    assert spec == wanted.get(name, SCENARIOS[name].faults) and parse_faults(spec)


def test_people_do_not_become_others(tmp_path) -> None:
    path = tmp_path / "ann.json"
    visit(path).close()
    before = path.read_bytes()
    for name in ("unsure-observer", "foreign-program", "year-of-use"):
        with pytest.raises(StateDiffers):
            visit(path, name, later_days=30)
    assert path.read_bytes() == before


def felt(host: Host) -> list[tuple[float, float, float]]:
    """The chance of the first bursts of a visit, as the person's answers use it."""
    patient = host.device.patient
    told = []
    for _ in range(8):
        patient.burst_begins(_Reference())
        told.append(patient.last_burst(0).uniforms)
    return told


class _Reference:
    channel, cathodes, anodes, width_us = 0, 0b0010, 0b0100, 214


def test_each_visit_has_a_chance_of_its_own_and_replays(tmp_path) -> None:
    runs = []
    for name in ("a", "b"):
        run = []
        for _ in range(3):
            host = visit(tmp_path / f"{name}.json", "unsure-observer", 5)
            run.append(felt(host))
            host.close()
        runs.append(run)
    assert runs[0] == runs[1] and len({str(each) for each in runs[0]}) == 3
    nameless = [felt(Host("unsure-observer", 5, virtual=True)) for _ in "ab"]
    assert nameless[0] == nameless[1] == runs[0][0]


def test_a_loose_contact_is_not_open_at_the_same_moments_on_each_visit(tmp_path) -> None:
    seen = []
    for _ in range(20):
        host = visit(tmp_path / "a.json", "intermittent-contact")
        leads = host.device.patient.person.leads
        seen.append(tuple(leads.is_loose_now(5, quarter / 4) for quarter in range(12)))
        host.close()
    assert len(set(seen)) > 15 and 4 <= sum(each[0] for each in seen) <= 12, "two in five"


def test_faults_have_a_seed_of_their_own() -> None:
    def lost(seed: int, fault_seed: int | None) -> tuple[bytes, str]:
        device = Host("healthy", seed, virtual=True, faults="drop-byte~0.2", fault_seed=fault_seed).device
        return device.faults.bytes_in(bytes(range(200))), device.rn1.identity.serial

    assert lost(3, None) == lost(3, 3) != lost(3, 4)
    assert lost(3, 9)[0] == lost(4, 9)[0] and lost(3, 9)[1] == lost(3, None)[1], "the person stays"


def test_the_day_with_an_empty_cell_takes_nothing_from_it(tmp_path) -> None:
    path = tmp_path / "a.json"
    visit(path).close()
    host = visit(path, "low-battery")
    assert host.device.rn1.around.battery.low
    host.close()
    host = visit(path)
    assert host.device.rn1.around.battery.fraction == pytest.approx(0.8, abs=1e-6)
    host.close()


def test_on_such_a_day_it_can_be_charged(tmp_path) -> None:
    path = tmp_path / "a.json"
    visit(path).close()
    host = visit(path, "low-battery")
    host.bench({"cmd": "battery", "set": {"charging": True}})
    host.advance(3_600.0)
    told = host.bench({"cmd": "battery", "set": {"charging": False}})
    assert told["percent"] == 40 and not host.device.rn1.around.battery.low, "a quarter in an hour"
    host.bench({"cmd": "battery", "set": {"percent": 31}})
    host.close()
    host = visit(path)
    assert host.device.rn1.around.battery.percent == 31, "what the bench put in is what is in it"
    host.close()


def test_a_device_with_its_schedule_on_starts_by_itself_at_home(tmp_path) -> None:
    path = tmp_path / "a.json"
    first = visit(path, "year-on-schedule")
    until = first.device.rn1.core.stores.logs.rings[Log.THERAPY].newest
    first.close()
    second = visit(path, later_days=60)
    entries = second.device.rn1.core.stores.logs.rings[Log.THERAPY].window(until + 1, 400).entries
    starts = [entry for entry in entries if entry.kind == EntryKind.THERAPY_START]
    missed = [entry for entry in entries if entry.kind == EntryKind.THERAPY_MISSED]
    assert len(starts) + len(missed) == pytest.approx(120, abs=2) and {entry.code for entry in starts} == {0}
    assert len([entry for entry in entries if entry.kind == EntryKind.THERAPY_END]) == len(starts)
    second.close()


def test_the_lead_slips_between_two_visits_and_the_programmer_shows_both(tmp_path, monkeypatch, capsys) -> None:
    """The worked example of docs/emulator.md, through rnprog."""
    document = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")
    commands = [line[2:] for line in document.splitlines() if line.startswith("$ rnprog titrate") and "emu://ann" in line]
    assert len(commands) == 2
    for name, value in {**own_directories(tmp_path, tmp_path), "COLUMNS": "200"}.items():
        monkeypatch.setenv(name, value)
    told = []
    for command, code in zip(commands, (0, 1), strict=True):
        assert entry.main(["--record-dir", str(tmp_path / "records"), *shlex.split(command)[1:]]) == code
        said = capsys.readouterr()
        told.append(" ".join((said.err + said.out).split()))
    threshold = re.search(r"Left threshold \(palpation\): ([\d.]+ mA)", told[0])
    contraction = re.search(r"-L1\+L2 [\d.]+ mA ([\d.]+ mA)", told[0])
    assert threshold is not None and contraction is not None, told[0]
    assert f"the threshold on these electrodes was {threshold[1]}" in told[1], told[1]
    assert "felt in the wrong place" in told[1] and f"Before: at {contraction[1]} (1 earlier visit" in told[1]
    assert "The lead may have moved (migration)." in told[1] and "X-ray" in told[1]
