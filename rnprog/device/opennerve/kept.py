"""Small files that have to outlive a kill and a power cut: written whole, beside the old one, and synced before they take its place."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any
from zlib import crc32

import platformdirs

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def path_of(serial: str, ending: str = ".json") -> Path:
    """The file that belongs to a serial number."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in serial)
    name = f"{plain}-{crc32(serial.encode('utf-8', 'surrogateescape')):08x}{ending}"
    return Path(platformdirs.user_state_dir("rnprog", appauthor=False)) / "put-back" / name


def keep(path: Path, document: dict[str, Any]) -> None:
    """Replace the file. OSError leaves the old one."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(beside, _NEW, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(document, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        with contextlib.suppress(OSError):  # it has its name, or why it has not is told
            beside.unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """The new name is on disk too."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
