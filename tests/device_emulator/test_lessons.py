"""Each training scenario does what its text says, seen through the device protocol and by the hand on the back."""

from __future__ import annotations

import pytest

from device_emulator.scenarios import ALIASES, SCENARIOS, explain, scenario_named
from rnprog.protocol.messages import (
    Burst,
    MeasureImpedance,
    Pair,
    ReadBattery,
    ReadLog,
    ReadPatientKey,
    ReadSlot,
    ReadSlotInfo,
    ReadStatus,
    Refused,
    SetAmplitude,
)
from rnprog.protocol.opcodes import OVER_RANGE_OHM, Log, RefusalCode, SlotState, StatusFlag

TRAINING = [scenario.name for scenario in SCENARIOS.values() if scenario.lesson is not None]
ASKED_FOR = {
    *("healthy", "left-open", "fractured-lead", "right-short", "connector-fluid", "migrated-lead"),
    *("high-threshold", "anxious-patient", "low-battery", "foreign-program", "device-clamps", "flaky-cable"),
}


def sweep(host) -> dict[tuple[int, int], int]:
    """Every contact against the case, and neighbours, in ohm."""
    pairs = [Pair(contact, 8) for contact in range(8)] + [Pair(at, at + 1) for at in (0, 1, 2, 4, 5, 6)]
    found = host.ask(MeasureImpedance(tuple(pairs)))
    return {(reading.first, reading.second): reading.impedance_ohm for reading in found.readings}


def burst(host, side: int, amplitude_ua: int) -> dict[str, object]:
    """Arm the reference pair if need be, go up in legal steps, one burst; what is felt."""
    return climb(host, side, range(500, amplitude_ua, 500), amplitude_ua)


def climb(host, side: int, steps, top_ua: int, **arm: int) -> dict[str, object]:
    if not host.status().armed_channels & 1 << side:
        host.done(host.arm(side, **arm))
    for step_ua in (*steps, top_ua):
        host.done(SetAmplitude(side, step_ua))
        host.done(Burst(1 << side, 1_000))
        host.live(1.2)
    return feel(host, side)


def feel(host, side: int) -> dict[str, object]:
    return host.device.bench({"cmd": "feel", "side": ("left", "right")[side]})


def grades(host, side: int, steps) -> list[int]:
    host.done(host.arm(side))
    found = []
    for step_ua in steps:
        host.done(SetAmplitude(side, step_ua))
        host.done(Burst(1 << side, 1_000))
        host.live(1.2)
        found.append(feel(host, side)["grade"])
    return found


def test_there_are_enough_and_each_says_three_things() -> None:
    assert set(TRAINING) >= ASKED_FOR and len(TRAINING) >= 12
    for name in TRAINING:
        text = explain(name)
        assert all(part in text for part in ("What you see.", "What is right to do.", "How the tool should help.", "sign it off"))
    assert "technical" in explain("junk")
    assert all(scenario_named(alias) is SCENARIOS[name] for alias, name in ALIASES.items())


def test_healthy(talk) -> None:
    host = talk("healthy")
    assert all(400 <= ohm <= 1_500 for ohm in sweep(host).values())
    found = grades(host, 0, range(500, 4_001, 500))
    assert found[0] == 0 and found[-1] == 3 and feel(host, 0)["felt"]


def test_left_open(talk) -> None:
    host = talk("left-open")
    found = sweep(host)
    assert {pair for pair, ohm in found.items() if ohm == OVER_RANGE_OHM} == {pair for pair in found if 1 in pair}
    host.done(host.arm(0))
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 500))
    host.live(0.6)
    assert feel(host, 0)["delivered_ua"] == 0 and not feel(host, 0)["felt"]


def test_intermittent_contact(talk) -> None:
    host = talk("intermittent-contact")
    seen = set()
    for _ in range(20):
        found = sweep(host)
        assert all(400 <= ohm <= 1_500 for pair, ohm in found.items() if 5 not in pair)
        seen.add(found[5, 8] == OVER_RANGE_OHM)
        host.wait(1.0)
    assert seen == {True, False}


def test_an_intermittent_contact_comes_and_goes_within_one_burst(talk) -> None:
    host = talk("intermittent-contact")
    host.done(host.arm(1))
    host.done(SetAmplitude(1, 500))
    host.done(Burst(2, 10_000))
    host.live(10.5)
    levels = [change.amplitude_ua for change in host.device.truth.changes]
    assert levels.count(0.0) > 3 and levels.count(500.0) > 3
    assert host.status().flags & StatusFlag.AT_LIMIT_RIGHT


def test_fractured_lead(talk) -> None:
    found = sweep(talk("fractured-lead"))
    assert {pair for pair, ohm in found.items() if ohm == OVER_RANGE_OHM} == {pair for pair in found if pair[0] < 4}


def test_right_short(talk) -> None:
    host = talk("right-short")
    found = sweep(host)
    assert found[5, 6] == 5 and found[5, 8] == found[6, 8] < min(found[4, 8], found[7, 8])
    felt = burst(host, 1, 3_000)
    assert felt["delivered_ua"] == 3_000 and not felt["felt"]


def test_connector_fluid(talk) -> None:
    host = talk("connector-fluid")
    found = sweep(host)
    left = [found[at, at + 1] for at in (0, 1, 2)]
    case = [found[at, 8] for at in range(4)]
    assert max(left + case) < 300 and min(left + case) > 100
    assert max(left) / min(left) < 1.06 and max(case) / min(case) < 1.25
    assert all(400 <= ohm <= 1_500 for pair, ohm in found.items() if pair[0] >= 4)
    felt = burst(host, 0, 5_000)
    assert felt["delivered_ua"] == 5_000 and felt["grade"] == 0 and not felt["felt"]


def test_migrated_lead(talk) -> None:
    host = talk("migrated-lead")
    assert all(400 <= ohm <= 1_500 for ohm in sweep(host).values())
    old_ua = 3_000
    felt = burst(host, 0, old_ua)
    assert felt["grade"] == 0 and felt["felt"] and felt["elsewhere"]
    host.stop()
    host.open()
    felt = climb(host, 0, range(500, 3_500, 500), 3_500, cathodes=8, anodes=4)
    assert felt["grade"] == 3, "L3 against L2 lies where L1 was"
    host.stop()
    host.open()
    assert grades(host, 1, range(500, 3_001, 500))[-1] == 3, "the right lead is fine"


def test_high_threshold(talk) -> None:
    host = talk("high-threshold")
    found = grades(host, 0, range(500, 8_001, 500))
    assert found == [0] * len(found), "subject 0 would contract at 9.8 mA"
    host.done(SetAmplitude(0, 8_500))
    host.done(Burst(1, 500))
    host.live(0.3)
    assert host.status().flags & StatusFlag.AT_LIMIT_LEFT
    assert host.device.bench({"cmd": "waveform", "side": "left"})["at_limit"] is True


def test_a_longer_pulse_brings_a_high_threshold_nearer(talk) -> None:
    """The right side contracts at 4.82 mA with 214 us, and at (1 + 150/400) / (1 + 150/214) = 0.81 of that with 400 us."""
    assert climb(talk("high-threshold"), 1, range(500, 4_400, 500), 4_400)["grade"] == 0
    assert climb(talk("high-threshold"), 1, range(500, 4_400, 500), 4_400, width_us=400)["grade"] >= 1


def test_anxious_patient(talk) -> None:
    host = talk("anxious-patient")
    host.done(host.arm(0))
    for step_ua in range(500, 4_001, 250 * 2):
        host.done(SetAmplitude(0, step_ua))
        host.done(Burst(1, 1_000))
        host.live(1.2)
        felt = feel(host, 0)
        if felt["discomfort"]:
            break
    assert felt["discomfort"] and felt["grade"] == 0 and felt["felt"]


def test_unsure_observer_contradicts_itself(talk) -> None:
    host = talk("unsure-observer", seed=3)
    motor_ua = round(1_000 * host.device.patient.subject.motor_ma[0], -2)
    host.done(host.arm(0))
    answers = set()
    for step_ua in (*range(500, int(motor_ua), 500), *[int(motor_ua)] * 12):
        host.done(SetAmplitude(0, step_ua))
        host.done(Burst(1, 300))
        host.live(0.4)
        if step_ua == motor_ua:
            answers.add(feel(host, 0)["grade"] > 0)
    assert answers == {True, False}


def test_tired_muscle(talk) -> None:
    """Thirty bursts of one amplitude: the tired muscle answers less and less, the rested one as before."""

    def series(name: str) -> list[int]:
        host = talk(name)
        top_ua = round(1_100 * host.device.patient.subject.motor_ma[0], -2)
        return grades(host, 0, [*range(500, int(top_ua), 500), *[int(top_ua)] * 30])[-30:]

    tired, fresh = series("tired-muscle"), series("healthy")
    assert sum(tired[:10]) > sum(tired[10:20]) > sum(tired[20:]), tired
    assert 2 * sum(tired[20:]) < sum(fresh[20:]), "the same chance, and no fatigue"


def test_low_battery(talk) -> None:
    host = talk("low-battery")
    assert host.done(ReadBattery()).voltage_mv == 3_250
    refused = host.refused(host.arm())
    assert (refused.code, refused.value) == (RefusalCode.LOW_BATTERY, 3_250)
    assert not isinstance(host.ask(ReadLog(Log.EVENTS, 1, 1)), Refused), "reading works"


def test_foreign_program(talk) -> None:
    host = talk("foreign-program")
    status, slot = host.status(), host.done(ReadSlotInfo(0))
    assert slot.state == SlotState.VALID and status.active_slot == 0 and status.schedule_enabled == 1
    image = host.done(ReadSlot(0, 0, 48)).data
    assert image[1] == 1, "the left side alone"
    assert any(host.done(ReadPatientKey()).key_hash)
    assert host.done(ReadLog(Log.THERAPY, 1, 1)).newest > 500


def test_device_clamps(talk) -> None:
    host = talk("device-clamps")
    host.done(host.arm(0))
    for step_ua in (500, 1_000, 1_500):
        host.done(SetAmplitude(0, step_ua))
        host.done(Burst(1, 500))
        host.live(0.6)
    host.done(SetAmplitude(0, 2_000))
    assert host.status().left_setpoint_ua == 1_500, "the read-back tells"
    host.done(Burst(1, 500))
    host.live(0.6)
    assert feel(host, 0)["delivered_ua"] == 1_500


def test_flaky_cable_loses_answers_and_repeats_by_seed(talk) -> None:
    def run() -> list[bool]:
        host = talk("flaky-cable", opened=False)
        answered = []
        for _ in range(200):
            data = host.host.send(ReadStatus()).data
            answered.append(bool(host.sort(host.device.receive(data) + host.device.advance(0.25))))
        return answered

    first = run()
    assert 20 < sum(first) < 200 and not all(first)
    assert first == run()


def test_six_months_raise_impedance_a_little(talk) -> None:
    now, before = sweep(talk("six-month-visit")), sweep(talk("healthy"))
    assert all(400 <= ohm <= 1_500 for ohm in now.values())
    assert 1.03 < sum(now.values()) / sum(before.values()) < 1.25
    logged = talk("six-month-visit").done(ReadLog(Log.IMPEDANCE, 1, 1)).entries
    assert {entry.code: entry.value for entry in logged[:14]} == pytest.approx({a + 256 * b: ohm for (a, b), ohm in before.items()}, abs=1)


@pytest.mark.parametrize("name", TRAINING)
def test_every_lesson_can_be_begun(name, talk) -> None:
    host = talk(name, opened=False)
    assert host.device.bench({"cmd": "scenario"})["text"] == explain(name)
