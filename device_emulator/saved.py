"""What of a device outlives its power: who it is, the content of its memory, its clock, its cell. Knows no file."""

from __future__ import annotations

from dataclasses import dataclass, field

from device_emulator.origin import Origin


@dataclass(frozen=True, slots=True)
class Saved:
    """A device that is off. `unix_ms`: what its clock source showed, before the offset in its settings."""

    serial: str
    memory: bytes
    unix_ms: int
    battery_fraction: float
    activated_unix_ms: int | None = None
    """On that same clock; `None`: not written down."""
    origin: Origin = field(default_factory=Origin)
    visits: int = 0
    """How often it has been switched on."""

    @property
    def lived_ms(self) -> int:
        """From activation until it was switched off."""
        return 0 if self.activated_unix_ms is None else max(0, self.unix_ms - self.activated_unix_ms)
