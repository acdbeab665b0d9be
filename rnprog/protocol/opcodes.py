"""The numbers of docs/protocol.md: opcodes, flags, refusal codes, states. Nothing here packs bytes or knows a unit of medicine."""

from __future__ import annotations

from enum import IntEnum, IntFlag

VERSION = 1
MAX_DECODED = 1024
HEADER_SIZE = 16
CRC_SIZE = 4
MAX_PAYLOAD = MAX_DECODED - HEADER_SIZE - CRC_SIZE
MAX_ENCODED = 1029
OVER_RANGE_OHM = 0xFFFF_FFFF
NO_SLOT = 255


class Opcode(IntEnum):
    """Section 4, in the order of the document."""

    IDENTIFY = 0x01
    CAPABILITIES = 0x02
    BATTERY = 0x03
    CLOCK_READ = 0x04
    CLOCK_SET = 0x05
    PATIENT_KEY_READ = 0x06
    PATIENT_KEY_WRITE = 0x07
    STOP = 0x10
    HEARTBEAT = 0x11
    STATUS = 0x12
    IMPEDANCE = 0x20
    ARM = 0x30
    SET_AMPLITUDE = 0x31
    BURST = 0x32
    DISARM = 0x33
    SLOT_INFO = 0x40
    SLOT_READ = 0x41
    STAGE = 0x42
    VALIDATE = 0x43
    COMMIT = 0x44
    REVERT = 0x45
    ACTIVATE = 0x46
    SCHEDULE_SET = 0x50
    THERAPY_START = 0x51
    THERAPY_STOP = 0x52
    LOG_READ = 0x60
    LINK_OPEN = 0x70
    PING = 0x71
    LINK_STATS = 0x72
    EVENT_OUTPUT = 0x80


class RequestClass(IntEnum):
    """Section 3: what link session a request needs and what silence means."""

    OPEN = 0
    READ = 1
    LEASE = 2
    COMMAND = 3


class Flag(IntFlag):
    """Header flags, section 2."""

    NONE = 0
    REPLY = 0x01
    REFUSED = 0x02
    EVENT = 0x04
    MORE = 0x08
    SEALED = 0x80


class RefusalCode(IntEnum):
    """Section 5. DONE is not sent in a refusal; it is the result of a command that was executed."""

    DONE = 0
    UNKNOWN_OPCODE = 1
    MALFORMED = 2
    OUT_OF_RANGE = 3
    OFF_GRID = 4
    STEP_TOO_LARGE = 5
    NOT_ARMED = 6
    BUSY = 7
    STALE_LINK = 8
    STALE_REVISION = 9
    WRONG_DEVICE = 10
    UNKNOWN_VERSION = 11
    BAD_CRC = 12
    SLOT_EMPTY = 13
    ELECTRODES = 14
    CHARGE_LIMIT = 15
    BALANCE = 16
    LOW_BATTERY = 17
    CHARGING = 18
    OVER_TEMPERATURE = 19
    THERAPY_RUNNING = 20
    MEMORY_FAILURE = 21
    NOT_STAGED = 22


class FieldId(IntEnum):
    """Which field a refusal is about, section 5."""

    NONE = 0
    AMPLITUDE_UA = 1
    WIDTH_US = 2
    RATE_MHZ = 3
    RAMP_UP_MS = 4
    RAMP_DOWN_MS = 5
    ON_MS = 6
    OFF_MS = 7
    SESSION_S = 8
    SESSIONS_PER_DAY = 9
    CATHODES = 10
    ANODES = 11
    SLOT = 12
    OFFSET = 13
    LENGTH = 14
    CRC = 15
    REVISION = 16
    DURATION_MS = 17
    CHANNEL = 18
    CONTACT = 19
    DENSITY_NC_CM2 = 20
    LINK_SESSION = 21
    DEVICE_ID = 22
    BATTERY_MV = 23
    LOG = 24
    COUNT = 25
    ENABLED = 26


class OutputState(IntEnum):
    """Section 7."""

    OFF = 0
    ARMED = 1
    TEST_ON = 2
    MEASURING = 3
    THERAPY_ON = 4


class StatusFlag(IntFlag):
    """Flags of STATUS and HEARTBEAT, section 4.2."""

    NONE = 0
    AT_LIMIT_LEFT = 0x0001
    AT_LIMIT_RIGHT = 0x0002
    CHARGING = 0x0004
    OVER_TEMPERATURE = 0x0008
    LOW_BATTERY = 0x0010
    EVENTS_DROPPED = 0x0020
    SCHEDULE_SUSPENDED = 0x0040
    END_OF_SERVICE = 0x0080
    LEASE_EXPIRED = 0x0100


class Cause(IntEnum):
    """Why output ended, section 4.7."""

    LEASE_EXPIRED = 1
    STOP = 2
    BURST_DONE = 3
    DISARMED = 4
    MAGNET = 5
    PATIENT_REMOTE = 6
    LOW_BATTERY = 7
    OVER_TEMPERATURE = 8
    RESET = 9
    SESSION_COMPLETE = 10
    THERAPY_STOPPED = 11


class Log(IntEnum):
    """Log numbers of LOG_READ."""

    THERAPY = 1
    EVENTS = 2
    IMPEDANCE = 3


class EntryKind(IntEnum):
    """Kinds of log entries, section 4.7."""

    THERAPY_START = 1
    THERAPY_END = 2
    THERAPY_MISSED = 3
    BOOT = 10
    COMMIT = 11
    ACTIVATE = 12
    ARMED = 13
    BURST = 14
    OUTPUT_ENDED = 15
    CLOCK_SET = 16
    STOP = 17
    IMPEDANCE = 20


class BatteryFlag(IntFlag):
    """Flags of BATTERY."""

    NONE = 0
    CHARGING = 1
    LOW = 2
    END_OF_SERVICE = 4


class ImpedanceFlag(IntFlag):
    """Flags of one measured pair."""

    NONE = 0
    OVER_RANGE = 1
    UNDER_RANGE = 2


class SlotState(IntEnum):
    """State of a program slot."""

    EMPTY = 0
    VALID = 1
    DAMAGED = 2
