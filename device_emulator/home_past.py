"""What lies behind a device at a visit: the firmware itself lives through the diary of a person, from activation to now.

The past has its own ground truth, which is dropped: the truth of a run begins with the visit. What remains of the past is what a real
device would keep: programs, logs, clock, the charge of its cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

from device_emulator.firmware.around import Surroundings
from device_emulator.firmware.battery import Battery
from device_emulator.firmware.handlers.stimulation import impedance
from device_emulator.firmware.identity import Identity
from device_emulator.firmware.image import Program, Side, build_image
from device_emulator.firmware.layout import MEMORY_SIZE
from device_emulator.firmware.memory import Memory
from device_emulator.firmware.refusal import Refusal
from device_emulator.firmware.rn1 import Rn1
from device_emulator.firmware.schedule import DAY_MS
from device_emulator.home import HomeSession, diary
from device_emulator.saved import Saved
from device_emulator.tissue.patient import DAYS_PER_MONTH, Patient
from device_emulator.tissue.person import Person
from device_emulator.tissue.subjects import Subject
from device_emulator.truth import Score, Truth, Why
from rnprog.protocol.messages import MeasureImpedance, Pair
from rnprog.protocol.opcodes import EntryKind, Log, RefusalCode

VISIT_DAYS = (45, 90, 180, 365, 730, 1_095, 1_461)
"""Days from activation on which impedance was measured at a visit (UK post-market follow-up: PubMed 34478115)."""
VISIT_MS = 12 * 3_600_000
PAIRS = tuple(Pair(contact, 8) for contact in range(8)) + tuple(Pair(at, at + 1) for at in (0, 1, 2, 4, 5, 6))
SLOT = 0
RECHARGE_BELOW, RECHARGED = 0.45, 0.95
"""When the person charges, and how far; `unverified`."""
ON_CHARGER_MS = 1_800_000
"""How long a device that misses a session has been on its charger; `unverified`."""
WEEK_MS = 7 * DAY_MS
FOREIGN_KEY = bytes.fromhex("0c" * 16)
_TOP_UA = 10_000

FOREIGN = Program((Side(0, 0b1000, 0b0001, 2_800, 300),), 20_000, 1_000, 1_000, 8_000, 12_000, 1_200, 3, 0)
"""Another clinic's idea: the left side alone, L3 against L0, 300 us, three short sessions a day."""


@dataclass(frozen=True, slots=True)
class Past:
    """A device as it is carried into the visit."""

    memory: bytes
    battery_fraction: float


class _Forgotten(Truth):
    """Ground truth that nobody asks for."""

    def write(self, now_us: int, channel: int, amplitude_ua: float, slope_ua_per_s: float, width_us: int, rate_mhz: int, why: Why) -> None:
        """Nothing is kept."""

    def later(self, score: Score) -> None:
        """Nothing is kept."""


def days_of(months: float) -> int:
    """Whole days from activation to the visit."""
    return round(months * DAYS_PER_MONTH)


def usual_program(subject: Subject) -> Program:
    """A bilateral program as a clinic would set it at activation: 15 % above the motor threshold on the reference pair, below discomfort;
    20 Hz, two sessions of 30 minutes a day (RESTORE registry), the rest of it `unverified`."""
    amplitudes_ua = []
    for motor_ma in subject.motor_ma:
        wanted_ua = 100 * ceil(1.15 * motor_ma * 10)
        amplitudes_ua.append(max(100, min(wanted_ua, 100 * int(0.9 * subject.discomfort_ratio * motor_ma * 10), _TOP_UA)))
    left, right = amplitudes_ua
    sides = (Side(0, 0b0010, 0b0100, left, 214), Side(1, 0b0010_0000, 0b0100_0000, right, 214))
    return Program(sides, 20_000, 2_000, 2_000, 10_000, 20_000, 1_800, 2, 0)


def lived(person: Person, serial: str, program: Program, visit_unix_ms: int, days: int, foreign: bool = False) -> Past:
    """The device of a person `days` after activation, at `visit_unix_ms`. `foreign`: under another clinic's patient key."""
    first_ms = visit_unix_ms - days * DAY_MS
    patient = Patient(person)
    cell = Battery(RECHARGED)
    device = Rn1(Identity(serial), Memory(MEMORY_SIZE), Surroundings(patient, cell, _Forgotten(), first_ms))
    patient.clock = lambda: device.now_us / 1e6
    scheduled = person.habits.starts == "schedule"
    _activate(device, program, scheduled, FOREIGN_KEY if foreign else bytes(16))
    visits = [first_ms - first_ms % DAY_MS + day * DAY_MS + VISIT_MS for day in VISIT_DAYS if day < days]
    for session in diary(person.habits, person.index, first_ms, visit_unix_ms, program.sessions_per_day, program.session_s):
        while visits and visits[0] < session.start_unix_s * 1000 - DAY_MS // 24:
            _measure(device, visits.pop(0))
        _take(device, session)
        if cell.fraction < RECHARGE_BELOW:
            cell.fraction = RECHARGED
    for visit_ms in visits:
        _measure(device, visit_ms)
    _to(device, visit_unix_ms)
    return Past(device.memory.snapshot(), cell.fraction)


def lived_on(person: Person, saved: Saved, days: int) -> Past:
    """The same device `days` later: the person has gone on as before with the program that is active, or without one. Whether the device
    starts sessions itself is its own setting."""
    age_days = saved.lived_ms / DAY_MS
    patient, cell = Patient(person, age_days), Battery(saved.battery_fraction)
    device = Rn1(Identity(saved.serial), Memory(MEMORY_SIZE, saved.memory), Surroundings(patient, cell, _Forgotten(), saved.unix_ms))
    patient.clock = lambda: device.now_us / 1e6
    begins_ms = device.core.unix_ms
    ends_ms = begins_ms + days * DAY_MS
    for session in _sessions_of(device, person, begins_ms - saved.lived_ms, ends_ms):
        if session.start_unix_s * 1000 - ON_CHARGER_MS > begins_ms:
            _wait(device, session.start_unix_s * 1000 - ON_CHARGER_MS)
            _take(device, session)
    _wait(device, ends_ms)
    device.core.remote(False)
    return Past(device.memory.snapshot(), cell.fraction)


def _sessions_of(device: Rn1, person: Person, activated_ms: int, until_ms: int) -> Iterator[HomeSession]:
    """The person's diary from activation on, with the program that is active now; empty when there is none."""
    try:
        program = device.core.active_program()
    except Refusal:
        return iter(())
    starts = "schedule" if device.core.stores.settings.now.schedule_enabled else "remote"
    habits = replace(person.habits, starts=starts)
    return diary(habits, person.index, activated_ms, until_ms, program.sessions_per_day, program.session_s)


def _wait(device: Rn1, unix_ms: int) -> None:
    """To a moment; the person looks at the cell once a week."""
    while True:
        cell = device.around.battery
        if cell.fraction < RECHARGE_BELOW:
            cell.fraction = RECHARGED
        if device.core.unix_ms >= unix_ms:
            return
        _to(device, min(unix_ms, device.core.unix_ms + WEEK_MS))


def _activate(device: Rn1, program: Program, scheduled: bool, key_hash: bytes) -> None:
    core = device.core
    image = build_image(program)
    core.stores.programs.install(SLOT, image)
    core.stores.settings.change(active_slot=SLOT, schedule_enabled=scheduled, key_hash=key_hash)
    stored = core.stores.programs.stored(SLOT)
    core.log(Log.EVENTS, EntryKind.COMMIT, 0, SLOT, stored.crc, stored.revision)
    core.log(Log.EVENTS, EntryKind.ACTIVATE, 0, SLOT, stored.crc)
    core.plan_schedule()
    _measure(device, device.around.start_unix_ms + 60_000)


def _measure(device: Rn1, unix_ms: int) -> None:
    """A sweep at a visit; left out when the device refuses it."""
    _to(device, unix_ms)
    try:
        impedance(device.core, MeasureImpedance(PAIRS))
    except Refusal:
        return
    device.core.answering.delay_us = 0
    _to(device, unix_ms + 1_000)


def _take(device: Rn1, session: HomeSession) -> None:
    """One entry of the diary. What the schedule starts has begun by itself when its time has come."""
    start_ms = session.start_unix_s * 1000
    cell = device.around.battery
    if session.refusal is RefusalCode.CHARGING:
        _to(device, start_ms - ON_CHARGER_MS)
        cell.charging = True
        _to(device, start_ms)
        cell.charging = False
        return
    _to(device, start_ms)
    if not session.by_schedule:
        device.core.remote(True)
    _to(device, start_ms + session.delivered_s * 1000)
    device.core.remote(False)


def _to(device: Rn1, unix_ms: int) -> None:
    """To a moment of the device's clock; what it says on the way nobody hears."""
    device.run_to(device.now_us + max(0, unix_ms - device.core.unix_ms) * 1000)
