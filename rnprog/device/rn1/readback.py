"""Why a read after a command shows something else than was sent: the device does not hold it, or test stimulation ended in between.

Compares a status with the command before it; asks nothing.
"""

from __future__ import annotations

from rnprog.device.api import DeviceFlag, DeviceStatus
from rnprog.device.errors import CutOff, Displaced, Pending, ReadBackDiffers


def differs(text: str, command: Pending | None, status: DeviceStatus, *, written: str, read: str) -> ReadBackDiffers:
    """The error for a read-back that differs: Displaced when the device restarted, was taken over or lost contact after `command`."""
    cause = _cut_off(command, status)
    if cause is None:
        return ReadBackDiffers(text, written=written, read=read)
    return Displaced(text, cause, str(status.output), written=written, read=read)


def _cut_off(command: Pending | None, status: DeviceStatus) -> CutOff | None:
    if command is not None and status.boot_count != command.boot_count:
        return CutOff.RESTARTED
    if command is not None and status.link_session != command.link_session:
        return CutOff.OTHER_PROGRAMMER
    return CutOff.SILENCE if DeviceFlag.LEASE_EXPIRED in status.flags else None
