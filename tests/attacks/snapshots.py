"""The device as it really is at one moment: what the emulator holds, whatever it says. Judges nothing; `effects.py` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from device_emulator.firmware.rn1 import Rn1
from rnprog.protocol.opcodes import OutputState, SlotState


@dataclass(frozen=True)
class Held:
    """What an armed channel is armed for."""

    cathodes: int
    anodes: int
    width_us: int
    rate_mhz: int
    ramp_up_ms: int
    ramp_down_ms: int
    setpoint_ua: int


@dataclass(frozen=True)
class Slot:
    """What a slot holds. `image` is b"damaged" for one that is."""

    revision: int
    image: bytes
    crc: int


@dataclass(frozen=True)
class Snapshot:
    """One moment."""

    at_s: float
    boot: int
    state: OutputState
    armed: Mapping[int, Held]
    """By channel."""
    flows: bool
    """Whether test current may flow: an output is open, and no therapy session has it."""
    slots: Mapping[int, Slot]
    active: int
    scheduled: bool
    key: bytes
    changes: int
    """How many changes of output there were until now."""
    executed: int
    """How many requests the device had taken until now."""

    @property
    def off(self) -> bool:
        """Nothing flows, nothing is armed, no session runs."""
        return self.state is OutputState.OFF and not self.armed and not self.flows


def snapshot(rn1: Rn1, executed: int) -> Snapshot:
    """The device now."""
    core = rn1.core
    settings = core.stores.settings.now
    armed = {}
    for channel, each in enumerate(core.output.channels):
        if each is not None:
            drive = each.drive
            armed[channel] = Held(
                drive.cathodes, drive.anodes, drive.width_us, drive.rate_mhz, drive.ramp_up_ms, drive.ramp_down_ms, each.setpoint_ua
            )
    return Snapshot(
        core.now_us / 1e6,
        core.boot_count,
        core.state,
        armed,
        core.session is None and any(flow.is_open for flow in core.output.flows),
        slots(rn1),
        settings.active_slot,
        settings.schedule_enabled,
        settings.key_hash,
        len(rn1.around.truth.changes),
        executed,
    )


def slots(rn1: Rn1) -> dict[int, Slot]:
    """What every slot holds."""
    held = {slot: rn1.core.stores.programs.stored(slot) for slot in range(4)}
    return {
        slot: Slot(each.revision, b"damaged" if each.state is SlotState.DAMAGED else each.image, each.crc) for slot, each in held.items()
    }
