"""What an `emu://?device=opennerve` URL says, and the device it makes; `options.py` is the same for a command line."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from device_emulator.opennerve.device import OpenNerveDevice
from device_emulator.opennerve.firmware import Link, Timing
from device_emulator.opennerve.host import OpenNerveHost
from device_emulator.opennerve.keys import keyed_store
from device_emulator.opennerve.store import Store
from device_emulator.truth import Change
from rnprog.protocol.opennerve.parameters import SETTINGS, STIMULATION

NAME = "opennerve"
PARAMETERS = {
    "device": "opennerve",
    "dvt": "1: in bench mode",
    "timing": "production (default), or none: no command takes time and sessions last",
    "link": "wired (default): two commands for each AUTH; ble: sessions last",
    "set": "parameters in steps, as SP13:30,HP14:11",
    "seed": "a whole number: which person",
    "clock": "virtual (default) or wall",
    "faults": "faults of the line and the leads",
}


def is_opennerve(url: str) -> bool:
    """Whether a URL asks for this device."""
    return dict(parse_qsl(urlsplit(url).query)).get("device") == NAME


def host_of(url: str) -> OpenNerveHost:
    """The device of a URL, switched on. ValueError with a sentence for what is unknown or wrong."""
    parts = urlsplit(url)
    if parts.netloc or parts.path.strip("/"):
        raise ValueError("An emulated OpenNerve has no name here: it is gone with its port. To keep one running, use rnprog-emulator.")
    values = dict(parse_qsl(parts.query, keep_blank_values=True))
    for key in values:
        if key not in PARAMETERS:
            raise ValueError(f"An emulated OpenNerve knows no parameter {key!r}. Known are {', '.join(PARAMETERS)}.")
    clock = _one_of(values, "clock", ("virtual", "wall"))
    device = build(
        dvt=_one_of(values, "dvt", ("0", "1")) == "1",
        timing=_one_of(values, "timing", ("production", "none")),
        link=_one_of(values, "link", ("wired", "ble")),
        settings=values.get("set", ""),
        seed=_seed(values.get("seed", "0")),
        faults=values.get("faults", ""),
    )
    return OpenNerveHost(device, virtual=clock == "virtual")


def build(
    *,
    dvt: bool = False,
    timing: str = "production",
    link: str = "wired",
    settings: str = "",
    seed: int = 0,
    faults: str = "",
    truth: Callable[[Change], None] | None = None,
) -> OpenNerveDevice:
    """A device with the emulator's keys. ValueError for settings or faults it does not know."""
    store = keyed_store()
    _set(store, settings)
    return OpenNerveDevice(store, seed, timing=Timing(timing == "production", Link(link)), dvt=dvt, faults=faults, truth=truth)


def _set(store: Store, settings: str) -> None:
    for item in filter(None, settings.split(",")):
        identity, _, steps = item.partition(":")
        known = identity in STIMULATION or identity in SETTINGS
        if not (known and steps.isascii() and steps.isdigit() and store.write(identity, int(steps).to_bytes(4, "little")[:2])):
            raise ValueError(f"{item!r} is no setting of an OpenNerve: write its id and steps within its range, as SP13:30.")


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= 2**32:
        raise ValueError(f"A seed is a whole number from 0 to {2**32 - 1}, not {text!r}.")
    return int(text)


def _one_of(values: dict[str, str], name: str, allowed: tuple[str, ...]) -> str:
    found = values.get(name, allowed[0])
    if found not in allowed:
        raise ValueError(f"{name} is {' or '.join(allowed)}, not {found!r}.")
    return found
