"""`rnprog ports`: what is connected to this computer. Opens nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Exit
from rnprog.commands.render import Sheet
from rnprog.device.ports import list_serial_ports


def ports(
    ctx: typer.Context, everything: Annotated[bool, typer.Option("--all", help="Also ports without a USB identity.")] = False
) -> Exit:
    """List the ports of this computer.

    $ rnprog ports

    $ rnprog ports --all --json

    No port is opened, and nothing is sent anywhere.
    """
    face = face_of(ctx)
    found = list_serial_ports(everything=everything)
    face.data |= {
        "ports": [
            {"url": each.url, "description": each.description, "vid": each.vid, "pid": each.pid, "usb_serial": each.serial_number}
            for each in found
        ],
        "emulator": "emu://",
    }
    if found:
        rows = [(each.url, each.description, _usb(each.vid, each.pid), each.serial_number or "-") for each in found]
        face.show(Sheet("", ("Port", "Description", "USB", "Serial"), rows))
    else:
        face.show("No serial port with a USB identity is connected." if not everything else "No serial port is there.")
    face.say("emu:// is the bundled emulator; emu://NAME keeps its memory between commands.")
    if not everything:
        face.say("--all lists built-in and Bluetooth ports too.")
    return Exit.DONE


def _usb(vid: int | None, pid: int | None) -> str:
    return "-" if vid is None or pid is None else f"{vid:04x}:{pid:04x}"
