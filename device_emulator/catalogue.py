"""The fault catalogue's link and device entries, and which switches show each. Words only; the switches are in faults.py."""

from __future__ import annotations

from device_emulator.faults import kinds_of

CATALOGUE: dict[str, str] = {
    "L1": "dropped byte",
    "L2": "duplicated byte or frame",
    "L3": "reordered frames",
    "L4": "corrupt bytes",
    "L5": "partial frame, then silence",
    "L6": "delayed reply, after the timeout",
    "L7": "the reply to a command never comes",
    "L8": "stuck port: writes block",
    "L9": "unplugged while idle",
    "L10": "unplugged while stimulating",
    "L11": "unplugged during a commit",
    "L12": "baud mismatch, line noise",
    "L13": "a second programmer on the port",
    "L14": "a foreign program reads from the port",
    "L15": "port renumbered, another device behind it",
    "L16": "flood, babbling device",
    "L17": "half-open: sending works, receiving is dead",
    "L18": "break or DTR on opening resets the device",
    "D1": "brown-out at any write of a commit",
    "D2": "reset in the middle of a session",
    "D3": "stale program: somebody else has committed",
    "D4": "another serial number in the middle of a session",
    "D5": "clock skew",
    "D6": "low battery, end of service",
    "D7": "lead open or short",
    "D8": "impedance changes while output is on",
    "D9": "telemetry out of range",
    "D10": "unknown firmware or protocol version",
    "D11": "the device refuses STOP",
    "D12": "acknowledged, without effect",
    "D13": "the device quantises or clamps",
    "D14": "therapy is running at connect",
    "D15": "the firmware has no lease",
    "D16": "the impedance test itself stimulates",
    "D17": "device log full, events lost",
    "D18": "over-temperature or charging",
}


def rows() -> list[dict[str, object]]:
    """One row for each entry. `switches`: the faults that show it; `limits`: what they cannot show here, and why."""
    return [
        {
            "id": identifier,
            "name": kinds_of(identifier)[0].name,
            "summary": title,
            "switches": [kind.example for kind in kinds_of(identifier)],
            "limits": [kind.limit for kind in kinds_of(identifier) if kind.limit],
        }
        for identifier, title in CATALOGUE.items()
    ]
