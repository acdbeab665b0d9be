"""Where everything lies in non-volatile memory, and its first formatting. Knows offsets, not meanings."""

from __future__ import annotations

import struct

from device_emulator.firmware.logs import Logs
from device_emulator.firmware.memory import PAGE_SIZE, Memory, TwinRecord
from device_emulator.firmware.programs import Programs, SettingsRecord

_FORMATTED = b"RN-1 memory v1\x00\x00"
_COUNT = struct.Struct("<I")

BOOT_AT = PAGE_SIZE
SETTINGS_AT = BOOT_AT + 2 * TwinRecord.copy_size(_COUNT.size)
SLOTS_AT = SETTINGS_AT + SettingsRecord.size()
LOGS_AT = SLOTS_AT + Programs.size()
MEMORY_SIZE = LOGS_AT + Logs.size()


class Stores:
    """Views of one memory."""

    def __init__(self, memory: Memory) -> None:
        if memory.read(0, PAGE_SIZE) != _FORMATTED:
            _format(memory)
        self.memory = memory
        self._boots = TwinRecord(memory, BOOT_AT, _COUNT.size)
        self.settings = SettingsRecord(memory, SETTINGS_AT)
        self.programs = Programs(memory, SLOTS_AT)
        self.logs = Logs(memory, LOGS_AT)

    def count_boot(self) -> int:
        """Raise the boot count by one; the new count."""
        found = self._boots.read()
        count = (_COUNT.unpack(found[1])[0] if found is not None else 0) + 1 & 0xFFFF_FFFF
        self._boots.write(_COUNT.pack(count))
        return count


def _format(memory: Memory) -> None:
    """As from the factory: the mark goes last, so that a cut before it means formatting again."""
    TwinRecord(memory, BOOT_AT, _COUNT.size).format(_COUNT.pack(0))
    TwinRecord(memory, SETTINGS_AT, SettingsRecord.LAYOUT.size).format()
    Programs(memory, SLOTS_AT).format()
    memory.write(0, _FORMATTED)
