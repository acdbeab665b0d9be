"""What a serial number is, and what stands in its place where a device, or a key, tells none. Knows no model."""

from __future__ import annotations

UNTOLD = "not told to this key"
UNNUMBERED = "without a serial number"
"""What stands in place of a serial number where there is none. Two devices of which this is said may be two patients'."""


def is_serial(text: str) -> bool:
    """Whether this tells one device from all others."""
    return text not in (UNTOLD, UNNUMBERED)
