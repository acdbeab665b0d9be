"""Program slots: staging, validating, committing, activating (docs/protocol.md, 4.5), and the small settings record beside them.

Owns what is stored and what is staged; knows no output and no lease (whether a commit is allowed now is asked before it comes here).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from zlib import crc32

from device_emulator.firmware import limits
from device_emulator.firmware.identity import CAPABILITIES as CAN
from device_emulator.firmware.image import IMAGE_SIZE, Program, parse_image
from device_emulator.firmware.memory import Memory, TwinRecord
from device_emulator.firmware.refusal import Refusal
from rnprog.protocol.opcodes import NO_SLOT, FieldId, RefusalCode, SlotState

_REVISION = struct.Struct("<I")
_SLOT_CAPACITY = _REVISION.size + IMAGE_SIZE


@dataclass(slots=True)
class Staged:
    """Bytes on their way into a slot. Volatile."""

    slot: int
    data: bytes
    validated: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """What a slot holds. An empty slot has no image and keeps its revision (0 from the factory)."""

    state: SlotState
    revision: int = 0
    image: bytes = b""

    @property
    def crc(self) -> int:
        return crc32(self.image) if self.image else 0


class Programs:
    """The four slots."""

    def __init__(self, memory: Memory, offset: int) -> None:
        size = 2 * TwinRecord.copy_size(_SLOT_CAPACITY)
        self._memory = memory
        self._slots = [TwinRecord(memory, offset + slot * size, _SLOT_CAPACITY) for slot in range(CAN.slots)]
        self._staged: Staged | None = None

    @staticmethod
    def size() -> int:
        """Bytes of memory the slots take."""
        return CAN.slots * 2 * TwinRecord.copy_size(_SLOT_CAPACITY)

    def format(self) -> None:
        """Four empty slots, as from the factory."""
        for twin in self._slots:
            twin.format(_REVISION.pack(0))

    def stored(self, slot: int) -> Stored:
        """What is in a slot; Refusal OUT_OF_RANGE for a slot that is none."""
        limits.slot(slot)
        found = self._slots[slot].read()
        if found is None or len(found[1]) < _REVISION.size:
            return Stored(SlotState.DAMAGED)
        (revision,) = _REVISION.unpack_from(found[1])
        image = found[1][_REVISION.size :]
        return Stored(SlotState.VALID, revision, image) if image else Stored(SlotState.EMPTY, revision)

    def install(self, slot: int, image: bytes, revision: int | None = None) -> None:
        """Put a program into a slot without asking, as one that was there before. `revision` None: the next one."""
        number = self.stored(slot).revision + 1 if revision is None else revision
        self._slots[slot].write(_REVISION.pack(number & 0xFFFF_FFFF) + image)

    def readable(self, slot: int) -> Stored:
        """What is in a slot; Refusal when it is empty or damaged."""
        stored = self.stored(slot)
        if stored.state is SlotState.EMPTY:
            raise Refusal(RefusalCode.SLOT_EMPTY, FieldId.SLOT, 0, slot)
        if stored.state is SlotState.DAMAGED:
            raise Refusal(RefusalCode.MEMORY_FAILURE, FieldId.SLOT, 0, slot)
        return stored

    def program(self, slot: int) -> Program:
        """The program in a slot; Refusal when there is none or it is outside the limits."""
        return parse_image(self.readable(slot).image)

    def read(self, slot: int, offset: int, length: int) -> bytes:
        """Bytes of an image."""
        image = self.readable(slot).image
        if offset > len(image):
            raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.OFFSET, len(image), offset)
        if offset + length > len(image):
            raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.LENGTH, len(image) - offset, length)
        return image[offset : offset + length]

    def stage(self, slot: int, offset: int, total: int, data: bytes) -> int:
        """Add bytes to the one buffer; how many are held. Offset 0 starts it anew, for this slot."""
        limits.slot(slot)
        if total != IMAGE_SIZE:
            raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.LENGTH, IMAGE_SIZE, total)
        begun = b""
        if offset:
            if self._staged is not None and self._staged.slot != slot:
                raise Refusal(RefusalCode.NOT_STAGED, FieldId.SLOT, 0, slot)
            begun = self._staged.data if self._staged is not None else b""
        if offset != len(begun):
            raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.OFFSET, len(begun), offset)
        if offset + len(data) > total:
            raise Refusal(RefusalCode.OUT_OF_RANGE, FieldId.LENGTH, total, offset + len(data))
        self._staged = Staged(slot, begun + data)
        return len(begun) + len(data)

    def validate(self, slot: int, crc: int) -> None:
        """Check what is staged: length, CRC, every limit."""
        staged = self._whole(slot)
        if crc32(staged.data) != crc:
            raise Refusal(RefusalCode.BAD_CRC, FieldId.CRC, crc32(staged.data), crc)
        parse_image(staged.data)
        staged.validated = True

    def commit(self, slot: int, base_revision: int, crc: int) -> Stored:
        """Make the validated image the slot's program, atomically."""
        staged = self._whole(slot)
        if not staged.validated:
            raise Refusal(RefusalCode.NOT_STAGED, FieldId.SLOT, 0, slot)
        if crc32(staged.data) != crc:
            raise Refusal(RefusalCode.BAD_CRC, FieldId.CRC, crc32(staged.data), crc)
        before = self.stored(slot)
        if before.revision != base_revision:
            raise Refusal(RefusalCode.STALE_REVISION, FieldId.REVISION, before.revision, base_revision)
        self._slots[slot].write(_REVISION.pack(before.revision + 1) + staged.data)
        after = self.stored(slot)
        if after.image != staged.data or after.revision != before.revision + 1:
            raise Refusal(RefusalCode.MEMORY_FAILURE, FieldId.SLOT, 0, slot)
        self._staged = None
        return after

    def revert(self, slot: int) -> None:
        """Forget what is staged for a slot."""
        limits.slot(slot)
        if self._staged is not None and self._staged.slot == slot:
            self._staged = None

    def revert_all(self) -> None:
        """Forget everything staged."""
        self._staged = None

    def _whole(self, slot: int) -> Staged:
        limits.slot(slot)
        staged = self._staged
        if staged is None or staged.slot != slot or len(staged.data) != IMAGE_SIZE:
            raise Refusal(RefusalCode.NOT_STAGED, FieldId.SLOT, 0, slot)
        return staged


@dataclass(frozen=True, slots=True)
class Settings:
    """The few choices that outlive a reset."""

    active_slot: int = NO_SLOT
    schedule_enabled: bool = False
    key_hash: bytes = bytes(16)
    clock_offset_ms: int = 0
    """Added to the clock the device woke up with, modulo 2^64."""


class SettingsRecord:
    """Settings in memory, replaced as a whole."""

    LAYOUT = struct.Struct("<BB16sQ")

    def __init__(self, memory: Memory, offset: int) -> None:
        self._twin = TwinRecord(memory, offset, self.LAYOUT.size)
        self.now = self._load()

    @classmethod
    def size(cls) -> int:
        return 2 * TwinRecord.copy_size(cls.LAYOUT.size)

    def change(self, **changes: int | bool | bytes) -> None:
        """Store changed settings. Refusal MEMORY_FAILURE when they do not stick; then the old ones hold."""
        wanted = replace(self.now, **changes)  # type: ignore[arg-type]
        values = (wanted.active_slot, wanted.schedule_enabled, wanted.key_hash, wanted.clock_offset_ms)
        self._twin.write(self.LAYOUT.pack(*values))
        if self._load() != wanted:
            raise Refusal(RefusalCode.MEMORY_FAILURE)
        self.now = wanted

    def _load(self) -> Settings:
        found = self._twin.read()
        if found is None or len(found[1]) != self.LAYOUT.size:
            return Settings()
        active_slot, schedule, key_hash, offset_ms = self.LAYOUT.unpack(found[1])
        return Settings(active_slot, bool(schedule), key_hash, offset_ms)
