"""The line to an OpenNerve as the host sees it: what came besides answers, and what to look at when none comes."""

from __future__ import annotations

from dataclasses import dataclass

from rnprog.device.errors import DeviceRefused

CABLE = "Plug it in directly, without a hub, and try again."
AWAKE = "If it sleeps, hold the magnet over it for 3 s and take it away; on a bench, switch its power off and on."


@dataclass(slots=True)
class Counters:
    """What came besides answers."""

    noise_frames: int = 0
    noise_bytes: int = 0
    stray_frames: int = 0
    repeated_reads: int = 0


def refuse(text: str, command: str, field: str = "") -> DeviceRefused:
    """A refusal that says itself what it means."""
    return DeviceRefused(text, command=command, reason="SAID", field=field, limit=0, value=0)
