"""What the app is started with, and what it remembers from one time to the next: the last device, by its serial number, and the theme."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rnprog.session.places import state_directory

if TYPE_CHECKING:
    from rnprog.device.link import Trace

_LARGEST = 16 << 10


@dataclass(frozen=True, slots=True)
class Start:
    """Everything that may be chosen from outside."""

    port: str | None = None
    """Connect to it at once; None: ask."""
    record_dir: Path | None = None
    patient: str | None = None
    version: str = ""
    theme: str | None = None
    keymap: dict[str, str] | None = None
    """Action and key, as `keymap.read_keymap` gives them."""
    run_on_accepted: bool = False
    trace: Trace | None = None
    """Told every byte on the line."""
    warm: bool = True
    """Whether screens are put together before anybody goes there."""
    remember: bool = True
    """Whether anything is remembered for the next time."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """From the last time. A port's name is only where it was: the serial number says which device is meant."""

    serial: str = ""
    model: str = ""
    port: str = ""
    theme: str = ""


def _file() -> Path:
    return state_directory() / "tui.json"


def recall() -> Remembered:
    """What was remembered; nothing when there is nothing, or nothing that can be read."""
    with suppress(OSError, ValueError):
        path = _file()
        if path.stat().st_size <= _LARGEST:
            found = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return Remembered(**{key: str(found[key])[:200] for key in ("serial", "model", "port", "theme") if key in found})
    return Remembered()


def remember(found: Remembered) -> None:
    """For the next time. That it could not be written harms nobody."""
    from rnprog.profile.store import put  # after the first picture

    with suppress(OSError):
        path = _file()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        put(path, json.dumps(asdict(found)).encode("ascii"), replace=True)


def in_real_time(port: str) -> str:
    """A person is asked, so an emulator inside this program runs on wall time, unless its clock was named."""
    if port.lower().startswith("emu:") and "clock=" not in port:
        return f"{port}{'&' if '?' in port else '?'}clock=wall"
    return port
