"""What rnprog wrote last where the device tells less than that: 43 steps come back as 42, in whatever process they are read.

One file for a device, beside its journal. It is a help and no proof: somebody else may have written 42 since, which the device tells alike.
A file that cannot be read or written is as good as none.
"""

from __future__ import annotations

import json
from contextlib import suppress

from rnprog.device.opennerve.kept import keep, path_of

_NOTICE = "Settings of an OpenNerve as rnprog wrote them, where the device tells one step less. Without this file the lower one is read."


class Exact:
    """The file of one device, as it stands on disk."""

    def __init__(self, serial: str) -> None:
        self._serial = serial
        self._path = path_of(serial, ".exact.json")
        self.steps: dict[str, int] = self._load()

    def note(self, identity: str, steps: int | None) -> None:
        """These steps are about to be written; None: what is held now the device tells by itself."""
        if self.steps.get(identity) == steps:
            return
        self.steps = {name: number for name, number in self.steps.items() if name != identity}
        if steps is not None:
            self.steps[identity] = steps
        with suppress(OSError):
            keep(self._path, {"notice": _NOTICE, "serial": self._serial, "steps": self.steps})

    def _load(self) -> dict[str, int]:
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(name): int(number) for name, number in document["steps"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}
