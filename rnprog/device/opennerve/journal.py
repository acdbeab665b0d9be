"""What must be put back: settings that were changed for a test, on disk before they are changed, until they are as they were.

One file for a device. It outlives a kill and a power cut; whoever connects next finds it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from rnprog.device.errors import advising
from rnprog.device.opennerve.kept import keep, path_of
from rnprog.device.opennerve.line import refuse

_NOTICE = "Settings of an OpenNerve that rnprog changed for a test and has not put back yet. Do not delete: rnprog puts them back."


@dataclass(slots=True)
class Entry:
    """One setting, in steps as the device told and was told them."""

    before: int
    ours: list[int] = field(default_factory=list)
    """Everything that was written over it, each once, the newest last."""


class Journal:
    """The open journal of one device, as it stands on disk."""

    def __init__(self, serial: str) -> None:
        self._serial = serial
        self._path = path_of(serial)
        self.entries: dict[str, Entry] = self._load()

    @property
    def open(self) -> bool:
        """Whether anything has still to be put back."""
        return bool(self.entries)

    def will_change(self, identity: str, before: int, to: int) -> None:
        """Note it before it is done. DeviceRefused when it cannot be noted: then nothing may be changed."""
        entry = self.entries.get(identity)
        earlier = [] if entry is None else [each for each in entry.ours if each != to]
        changed = Entry(before if entry is None else entry.before, [*earlier, to])
        if changed != entry:
            self._save({**self.entries, identity: changed})
            self.entries[identity] = changed

    def done(self, identity: str) -> None:
        """It is as it was."""
        rest = {name: entry for name, entry in self.entries.items() if name != identity}
        self._save(rest)
        self.entries = rest

    def _load(self) -> dict[str, Entry]:
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(name): Entry(int(row["before"]), [int(each) for each in row["ours"]]) for name, row in document["entries"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            text = f"What has to be put back in this device cannot be read from {self._path}. Look at that file; nothing was changed."
            advice = "Have whoever looks after this computer put that file right: it says which settings a test has changed."
            raise advising(refuse(text, "JOURNAL"), advice) from error

    def _save(self, entries: dict[str, Entry]) -> None:
        rows = {name: {"before": entry.before, "ours": entry.ours} for name, entry in entries.items()}
        document = {"notice": _NOTICE, "serial": self._serial, "entries": rows}
        try:
            if entries:
                keep(self._path, document)
            else:
                self._path.unlink(missing_ok=True)
        except OSError as error:
            text = f"What has to be put back later cannot be written to {self._path}: {error.strerror or error}. Nothing was changed."
            raise refuse(text, "JOURNAL") from error
