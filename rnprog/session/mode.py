"""What a session talks to, and what proves it."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """What the session talks to. Only a bench channel proves an emulator."""

    EMULATOR = "emulator"
    CLAIMED = "says it is an emulator"
    DEVICE = "device"
