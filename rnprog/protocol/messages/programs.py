"""Sections 4.5 and 4.6: program slots, schedule and therapy sessions."""

from __future__ import annotations

from dataclasses import dataclass, field

from rnprog.protocol.fields import blob, u8, u16, u32, zeros
from rnprog.protocol.messages.base import Reply, Request
from rnprog.protocol.opcodes import Opcode, RequestClass


@dataclass(frozen=True, slots=True)
class ReadSlotInfo(Request):
    """What is in a slot, without its bytes."""

    OPCODE = Opcode.SLOT_INFO
    CLASS = RequestClass.READ
    slot: int = u8()


@dataclass(frozen=True, slots=True)
class SlotInfoReply(Reply):
    """`state`: SlotState. `active` 1: this slot is what the implant runs."""

    OPCODE = Opcode.SLOT_INFO
    slot: int = u8()
    state: int = u8()
    active: int = u8(maximum=1)
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    length: int = u16()
    crc: int = u32()
    revision: int = u32()


@dataclass(frozen=True, slots=True)
class ReadSlot(Request):
    """Bytes of a stored image."""

    OPCODE = Opcode.SLOT_READ
    CLASS = RequestClass.READ
    slot: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    offset: int = u16()
    length: int = u16()


@dataclass(frozen=True, slots=True)
class ReadSlotReply(Reply):
    """The bytes from `offset` on."""

    OPCODE = Opcode.SLOT_READ
    slot: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    offset: int = u16()
    data: bytes = blob(maximum=512)


@dataclass(frozen=True, slots=True)
class Stage(Request):
    """Fill the volatile buffer of a slot. Changes no program."""

    OPCODE = Opcode.STAGE
    CLASS = RequestClass.COMMAND
    slot: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    offset: int = u16()
    total: int = u16()
    data: bytes = blob(minimum=1, maximum=512)


@dataclass(frozen=True, slots=True)
class StageReply(Reply):
    """`received`: bytes held so far."""

    OPCODE = Opcode.STAGE
    slot: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    received: int = u16()


@dataclass(frozen=True, slots=True)
class Validate(Request):
    """Check the staged image against its CRC and every limit of the device."""

    OPCODE = Opcode.VALIDATE
    CLASS = RequestClass.COMMAND
    slot: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    crc: int = u32()


@dataclass(frozen=True, slots=True)
class ValidateReply(Reply):
    """The staged image is good."""

    OPCODE = Opcode.VALIDATE
    slot: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    crc: int = u32()


@dataclass(frozen=True, slots=True)
class Commit(Request):
    """Make the validated image the program of the slot, atomically."""

    OPCODE = Opcode.COMMIT
    CLASS = RequestClass.COMMAND
    slot: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    base_revision: int = u32()
    crc: int = u32()


@dataclass(frozen=True, slots=True)
class CommitReply(Reply):
    """The new revision."""

    OPCODE = Opcode.COMMIT
    slot: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    revision: int = u32()
    crc: int = u32()


@dataclass(frozen=True, slots=True)
class Revert(Request):
    """Discard what is staged for a slot."""

    OPCODE = Opcode.REVERT
    CLASS = RequestClass.COMMAND
    slot: int = u8()


@dataclass(frozen=True, slots=True)
class RevertReply(Reply):
    """Nothing is staged any more."""

    OPCODE = Opcode.REVERT
    slot: int = u8()


@dataclass(frozen=True, slots=True)
class Activate(Request):
    """Choose the slot the implant runs, naming the CRC believed to be in it."""

    OPCODE = Opcode.ACTIVATE
    CLASS = RequestClass.COMMAND
    slot: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    crc: int = u32()


@dataclass(frozen=True, slots=True)
class ActivateReply(Reply):
    """The active slot and its CRC."""

    OPCODE = Opcode.ACTIVATE
    active_slot: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    crc: int = u32()


@dataclass(frozen=True, slots=True)
class SetSchedule(Request):
    """Enable or disable the sessions that start by themselves."""

    OPCODE = Opcode.SCHEDULE_SET
    CLASS = RequestClass.COMMAND
    enabled: int = u8(maximum=1)


@dataclass(frozen=True, slots=True)
class SetScheduleReply(Reply):
    """As held."""

    OPCODE = Opcode.SCHEDULE_SET
    enabled: int = u8(maximum=1)


@dataclass(frozen=True, slots=True)
class StartTherapy(Request):
    """Run one session of the active program now."""

    OPCODE = Opcode.THERAPY_START
    CLASS = RequestClass.COMMAND


@dataclass(frozen=True, slots=True)
class StartTherapyReply(Reply):
    """The session has begun; it needs no link."""

    OPCODE = Opcode.THERAPY_START
    output_state: int = u8()
    reserved: int = field(init=False, default=0, repr=False, metadata=zeros())
    session_s: int = u16()


@dataclass(frozen=True, slots=True)
class StopTherapy(Request):
    """End the running session; the schedule stays as it is."""

    OPCODE = Opcode.THERAPY_STOP
    CLASS = RequestClass.COMMAND


@dataclass(frozen=True, slots=True)
class StopTherapyReply(Reply):
    """The state afterwards."""

    OPCODE = Opcode.THERAPY_STOP
    output_state: int = u8()
