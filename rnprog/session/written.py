"""Who wrote the program that an implant holds, as far as the records of this computer know. Reads records only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rnprog.device.api import StoredProgram
from rnprog.device.serials import is_serial
from rnprog.session import archive


def written_by(directory: Path, serial: str, stored: StoredProgram) -> str | None:
    """The newest record in which rnprog wrote just this, with its checksum and revision, to this device; None: no record says so."""
    for path in archive.records(directory) if is_serial(serial) else ():
        try:
            found = archive.summary(path)
            if found is not None and found.serial == serial and any(_wrote(row, stored) for row in archive.lines(path)):
                return path.stem
        except OSError:
            continue
    return None


def _wrote(row: dict[str, Any], stored: StoredProgram) -> bool:
    data = row["data"]
    if row.get("kind") != "outcome" or (data.get("what"), data.get("result")) != ("write program", "applied"):
        return False
    return (data.get("slot"), data.get("crc"), data.get("revision")) == (stored.slot, f"{stored.crc:08x}", stored.revision)
