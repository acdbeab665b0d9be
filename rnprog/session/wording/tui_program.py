"""Words of the program screen: its bounds, where the program comes from, what writing it came to."""

from __future__ import annotations

VOLTAGE = "mA voltage"
DENSITY_RULE = "uC/cm2 rule"
DENSITY_DEVICE = "uC/cm2 device"
SHANNON = "Shannon k"
OPEN = "OPEN"
NOT_MEASURED = "unmeasured"
