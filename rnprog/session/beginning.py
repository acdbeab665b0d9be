"""What a session finds when it begins: sessions never closed, an appointment to take up again, a clock that is wrong. Reads only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rnprog.device.api import Stimulator
from rnprog.device.clock import Clock
from rnprog.device.serials import is_serial
from rnprog.session import archive
from rnprog.session.audit import Unreadable, audit
from rnprog.session.unclosed import Unclosed

SKEW_S = 60
"""A device clock that is wrong by more than this is shown (a project choice, `unverified`)."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The newest appointment of this device on record. Texts as found: not safe to show before they were cleaned."""

    path: Path
    opened_utc: str
    last_utc: str
    patient: str | None
    closed: bool
    whole: bool
    """False: the record has faults, so nothing of it is used."""
    head: str
    lines: int
    titrated: tuple[archive.Titrated, ...]
    written: bool
    """Whether it wrote a program."""

    def as_dict(self) -> dict[str, Any]:
        """For the opening line of the record that takes it up."""
        return {"record": self.path.stem, "head": self.head, "lines": self.lines, "closed": self.closed}


@dataclass(frozen=True, slots=True)
class Beginning:
    """What was found."""

    unclosed: tuple[Unclosed, ...] = ()
    earlier: Earlier | None = None
    """Only looked for when an appointment is to be taken up again."""
    clock_skew_s: Decimal | None = None
    """Device clock minus this computer's; None on virtual time, and for a device without a clock."""

    @property
    def clock_is_wrong(self) -> bool:
        """Whether the skew has to be shown."""
        return self.clock_skew_s is not None and abs(self.clock_skew_s) > SKEW_S


def earlier(directory: Path, *, serial: str, mode: str) -> Earlier | None:
    """The newest record of an appointment with this device; None when there is none. Never raises."""
    for path in archive.records(directory) if is_serial(serial) else ():
        try:
            found = archive.summary(path)
            if found is None or (found.serial, found.mode, found.command) != (serial, mode, "session"):
                continue
            return _read(found)
        except (OSError, Unreadable):
            continue
    return None


def _read(found: archive.Summary) -> Earlier:
    audited = audit(found.path)
    rows = list(archive.lines(found.path))
    torn_only = all(fault.torn for fault in audited.faults)
    return Earlier(
        path=found.path,
        opened_utc=found.opened_utc,
        last_utc=str(rows[-1].get("utc", ""))[:64],
        patient=found.patient,
        closed=found.closed,
        whole=torn_only,
        head=audited.head,
        lines=audited.lines,
        titrated=archive.titrations(rows) if torn_only else (),
        written=any(_wrote(row) for row in rows),
    )


def _wrote(row: dict[str, Any]) -> bool:
    data = row["data"]
    return row.get("kind") == "outcome" and (data.get("what"), data.get("result")) == ("write program", "applied")


def clock_skew_s(device: Stimulator, clock: Clock) -> Decimal | None:
    """Device clock minus this computer's, in seconds to the millisecond. DeviceError as for any read."""
    if clock.virtual:
        return None
    device_s = device.clock_unix_s()
    return None if device_s is None else device_s - Decimal(time.time_ns() // 1_000_000) / 1000
