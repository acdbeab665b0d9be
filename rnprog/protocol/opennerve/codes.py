"""The numbers of OpenNerve Gen2: opcodes, who may send them, statuses, roles, states. Nothing here packs bytes."""

from __future__ import annotations

from enum import IntEnum


class Op(IntEnum):
    """Production commands; all but AUTH need a session that AUTH has opened."""

    AUTH = 0xF0
    READ_BLE = 0xF1
    WRITE_BLE = 0xF2
    SET_START_STATE = 0xF6
    SHUTDOWN = 0xA0
    REBOOT = 0xA1
    BLE_DISCONNECT = 0xA2
    START_SCHEDULED = 0xA3
    END_SCHEDULED = 0xA4
    START_MANUAL = 0xA5
    STOP_MANUAL = 0xA6
    MEASURE_IMPEDANCE = 0xA7
    MEASURE_BATTERY = 0xA8
    READ_HW = 0xAA
    WRITE_HW = 0xAB
    READ_STIM = 0xAC
    WRITE_STIM = 0xAD
    READ_LOG = 0xAE
    ERASE_LOG = 0xAF
    READ_TIME = 0xB0
    WRITE_TIME = 0xB1


class BenchOp(IntEnum):
    """Commands of the bench (DVT) mode: no key, no parameter store, answers in milliseconds."""

    PING = 0x00
    TEST_INFO = 0x01
    SET_SAMPLE_ID = 0x02
    GET_SAMPLE_ID = 0x03
    HV_ON = 0x05
    SET_HV = 0x06
    HV_ENABLE = 0x07
    VDDS_ON = 0x09
    VDDA_ON = 0x0A
    BATTERY_ON = 0x0B
    BATTERY = 0x0C
    SET_WAVEFORM = 0x0D
    GET_WAVEFORM = 0x0E
    SET_DAC = 0x0F
    STIM_ON = 0x12
    SET_SOURCES = 0x13
    GET_SOURCES = 0x14
    GENERATE = 0x15
    MUX_ON = 0x16
    SET_SELECTORS = 0x17
    GET_SELECTORS = 0x18
    IMPEDANCE_ON = 0x3E
    IMPEDANCE_OFF = 0x3F
    SET_IMPEDANCE_SELECTORS = 0x40
    GET_IMPEDANCE_SELECTORS = 0x41
    MEASURE = 0x42
    HV_OFF = 0x43
    VDDS_OFF = 0x44
    VDDA_OFF = 0x45
    STIM_OFF = 0x46


class Status(IntEnum):
    """The third byte of a response."""

    OK = 0x00
    INVALID = 0x01
    """Out of range, unknown parameter, failed signature, refused start, busy sensing."""
    CRC = 0xF0
    LENGTH = 0xF1
    OPCODE = 0xF2
    USER_CLASS = 0xF3
    """The role is too low, or nobody is authenticated."""


class Role(IntEnum):
    """Whose key opened the session. A higher number may do all that a lower one may."""

    NONE = 0x00
    PATIENT = 0x01
    CLINICIAN = 0x02
    ADMIN = 0xFF


class State(IntEnum):
    """What the firmware is doing; a host can choose the state after a reboot, and cannot read the present one."""

    SLEEP = 0x0100
    ACTIVE = 0x0200
    BLE_ACTIVE = 0x0201
    CONNECTED = 0x0202
    THERAPY = 0x0203
    IMPEDANCE_TEST = 0x0204
    BATTERY_TEST = 0x0205
    BENCH = 0x0208


NEEDS: dict[Op, Role] = {
    **dict.fromkeys(Op, Role.ADMIN),
    Op.AUTH: Role.NONE,
    Op.START_SCHEDULED: Role.PATIENT,
    Op.END_SCHEDULED: Role.PATIENT,
    Op.READ_STIM: Role.CLINICIAN,
    Op.WRITE_STIM: Role.CLINICIAN,
}
"""The lowest role that may send an opcode."""

MAY: dict[Role, str] = {
    Role.NONE: "nothing",
    Role.PATIENT: "arm and end the schedule",
    Role.CLINICIAN: "read and write the stimulation parameters, arm and end the schedule",
    Role.ADMIN: "everything: parameters, impedance, start and stop, battery, log, clock, device settings",
}
"""What each role may do, for people."""


def allowed(op: Op, role: Role) -> bool:
    """Whether the role may send the opcode."""
    return role >= NEEDS[op]
