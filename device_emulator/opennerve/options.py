"""What `rnprog-emulator --device opennerve` takes besides what it takes for RN-1."""

from __future__ import annotations

import argparse
from pathlib import Path

from device_emulator.opennerve.host import OpenNerveHost
from device_emulator.opennerve.keys import write_keys
from device_emulator.opennerve.url import NAME, build

__all__ = ["NAME", "add_options", "host_from"]

_NOT_HERE = ("scenario", "patient", "months", "state", "truth")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this device."""
    parser.add_argument("--dvt", action="store_true", help="opennerve: in bench mode, without a key")
    parser.add_argument("--ble", action="store_true", help="opennerve: sessions last, as with a Bluetooth peer")
    parser.add_argument("--no-timing", action="store_true", help="opennerve: no command takes time, and sessions last")
    parser.add_argument("--set", metavar="ID:STEPS,...", default="", help="opennerve: parameters, as SP13:30")
    parser.add_argument("--write-keys", metavar="DIR", type=Path, help="opennerve: write the emulated device's three key files there")


def host_from(options: argparse.Namespace) -> OpenNerveHost:
    """The device, switched on in real time. ValueError for what it cannot do, OSError when keys cannot be written."""
    refused = [f"--{name}" for name in _NOT_HERE if getattr(options, name)]
    if refused:
        raise ValueError(f"An emulated OpenNerve takes no {', '.join(refused)}.")
    device = build(
        dvt=options.dvt,
        timing="none" if options.no_timing else "production",
        link="ble" if options.ble else "wired",
        settings=options.set,
        seed=options.seed or 0,
        faults=options.faults,
    )
    if options.write_keys is not None:
        write_keys(options.write_keys)
    return OpenNerveHost(device, virtual=False)
