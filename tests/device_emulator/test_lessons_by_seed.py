"""What each training scenario is there to show is there with every seed, not with the one somebody tried."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from device_emulator.device import EmulatedDevice
from device_emulator.firmware.body import Drive
from device_emulator.tissue.nerve import Feeling, contraction_probability
from rnprog.protocol.messages import Burst, ReadBattery, ReadLog, ReadPatientKey, ReadSlotInfo, ReadStatus, SetAmplitude
from rnprog.protocol.opcodes import OVER_RANGE_OHM, BatteryFlag, Log, SlotState
from tests.device_emulator.test_lessons import TRAINING, feel, sweep

SEEDS = range(10)
LIVED = ("foreign-program", "six-month-visit", "year-of-use", "year-on-schedule", "migrated-lead")
"""The firmware lives through months before these: a second a seed, so that fewer are looked at."""
FEW = range(2)
MAX_UA = 10_000


def given(device: EmulatedDevice, amplitude_ua: float, side: int = 0) -> Feeling:
    """What the patient says of one burst over the usual pair, without the way through the firmware."""
    device.patient.burst_begins(Drive(side, 0x02 << 4 * side, 0x04 << 4 * side, 214, 20_000, 0, 0))
    device.patient.delivered(side, amplitude_ua)
    return device.patient.feel(side)


def motor_ua(device: EmulatedDevice, side: int = 0) -> float:
    return 1_000 * device.patient.subject.motor_ma[side]


def reach_ua(device: EmulatedDevice, side: int = 0) -> float:
    """The most the device can drive there."""
    return min(MAX_UA, 9e6 / device.patient.load_ohm(0x02 << 4 * side, 0x04 << 4 * side, 214))


def opens(host) -> set[int]:
    """Contacts of which every pair reads open."""
    found = sweep(host)
    return {contact for contact in range(8) if all(ohm == OVER_RANGE_OHM for pair, ohm in found.items() if contact in pair)}


def healthy(host) -> bool:
    person, device = host.device.patient.subject, host.device
    ordered = person.perception_ratio < 1 < person.discomfort_ratio
    return ordered and all(400 <= ohm <= 1_500 for ohm in sweep(host).values()) and 1.2 * motor_ua(device) < reach_ua(device)


def intermittent(host) -> bool:
    seen = set()
    for _ in range(40):
        seen.add(sweep(host)[5, 8] == OVER_RANGE_OHM)
        if seen == {True, False}:
            return True
        host.wait(0.3)
    return False


def fluid(host) -> bool:
    found = sweep(host)
    left = [found[at, at + 1] for at in (0, 1, 2)]
    return max(left) < 300 and max(left) / min(left) < 1.1 and all(400 <= ohm <= 1_500 for pair, ohm in found.items() if pair[0] >= 4)


def migrated(host) -> bool:
    normal = all(400 <= ohm <= 1_500 for ohm in sweep(host).values())
    felt = [given(host.device, 1.3 * motor_ua(host.device)) for _ in range(10)]
    return normal and all(each.elsewhere for each in felt) and sum(each.grade > 0 for each in felt) <= 2


def out_of_reach(host) -> bool:
    device = host.device
    return contraction_probability(device.patient.subject, 0, reach_ua(device) / 1_000) < 0.5 and motor_ua(device) >= 9_800


def anxious(host) -> bool:
    person = host.device.patient.subject
    ua = person.discomfort_ratio * motor_ua(host.device)
    told = [given(host.device, ua) for _ in range(20)]
    hurt = [each for each in told if each.discomfort]
    return person.discomfort_ratio < 1 and len(hurt) > 3 and all(each.felt for each in hurt)


def unsure(host) -> bool:
    return {given(host.device, motor_ua(host.device)).grade > 0 for _ in range(20)} == {True, False}


def tired(host) -> bool:
    answers = [given(host.device, 1.06 * motor_ua(host.device)).grade > 0 for _ in range(60)]
    return sum(answers[:20]) > sum(answers[-20:])


def clamped(host) -> bool:
    host.done(host.arm(0))
    asked_ua = held_ua = 0
    while asked_ua == held_ua and asked_ua < MAX_UA:
        asked_ua += 500
        host.done(SetAmplitude(0, asked_ua))
        held_ua = host.status().left_setpoint_ua
        host.done(Burst(1, 300))
        host.live(0.4)
    below = contraction_probability(host.device.patient.subject, 0, held_ua / 1_000) < 0.2
    return held_ua < asked_ua and below and feel(host, 0)["delivered_ua"] == held_ua


def flaky(host) -> bool:
    for _ in range(60):
        host.sort(host.device.receive(host.host.send(ReadStatus()).data) + host.device.advance(0.25))
        host.host.give_up()
    return sum(host.device.faults.struck.values()) >= 2


def foreign(host) -> bool:
    slot, status = host.done(ReadSlotInfo(0)), host.status()
    known = any(host.done(ReadPatientKey()).key_hash)
    return known and slot.state == SlotState.VALID and status.schedule_enabled == 1 and host.done(ReadLog(Log.THERAPY, 1, 1)).newest > 300


def older(host) -> bool:
    before = sweep(type(host)(EmulatedDevice("healthy", host.device.seed)).open())
    return 1.03 < sum(sweep(host).values()) / sum(before.values()) < 1.3


def used(host) -> bool:
    return host.done(ReadLog(Log.THERAPY, 1, 1)).newest > 200


VISIBLE: dict[str, Callable[..., bool]] = {
    "healthy": healthy,
    "left-open": lambda host: opens(host) == {1},
    "intermittent-contact": intermittent,
    "fractured-lead": lambda host: opens(host) == {0, 1, 2, 3},
    "right-short": lambda host: sweep(host)[5, 6] == 5 and not given(host.device, 2 * motor_ua(host.device, 1), 1).felt,
    "connector-fluid": fluid,
    "migrated-lead": migrated,
    "low-battery": lambda host: host.done(ReadBattery()).flags == BatteryFlag.LOW,
    "device-clamps": clamped,
    "flaky-cable": flaky,
    "high-threshold": out_of_reach,
    "anxious-patient": anxious,
    "unsure-observer": unsure,
    "tired-muscle": tired,
    "foreign-program": foreign,
    "six-month-visit": older,
    "year-of-use": used,
    "year-on-schedule": used,
}


def test_every_lesson_is_looked_at() -> None:
    assert set(VISIBLE) == set(TRAINING)


@pytest.mark.parametrize("name", VISIBLE)
def test_what_a_lesson_speaks_of_is_there_with_every_seed(talk, name: str) -> None:
    assert [seed for seed in (FEW if name in LIVED else SEEDS) if not VISIBLE[name](talk(name, seed))] == []
