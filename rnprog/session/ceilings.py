"""What was too strong on which electrodes, and how long that bounds what may be given there (decision 0012). It decides nothing else.

Two sources: what happens in this session, kept for its whole life, and what earlier records of the same device hold, read once. A bound
only narrows, so unlike a baseline it is believed from a record that is not whole, too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Protocol

from rnprog.session.archive import LARGEST_BYTES, lines, records
from rnprog.session.record import Record, RecordLost, amount
from rnprog.therapy.contacts import Electrodes, ElectrodesError, Side
from rnprog.therapy.parameters import AMPLITUDE, PULSE_WIDTH
from rnprog.therapy.titration import Answer, Titration
from rnprog.therapy.units import Microseconds, Milliamps

HOLDS = timedelta(days=1)
"""So long a ceiling binds, later appointments of the day included; after that it is told and binds nothing (a project choice,
`unverified`)."""
KIND = "ceiling"
_WRITTEN = b'"kind":"ceiling"'


class Given(Protocol):
    """What is given, or is to be given: the set-up of a test, or one side of a program."""

    @property
    def electrodes(self) -> Electrodes: ...

    @property
    def pulse_width_us(self) -> Microseconds: ...


@dataclass(frozen=True, slots=True)
class TooStrong:
    """A burst that was too strong, or that was stopped before anybody could say what it did."""

    electrodes: Electrodes
    pulse_width_us: Microseconds
    amplitude_ma: Milliamps
    ceiling_ma: Milliamps
    """The most that may be given because of it."""
    cut_off: bool
    at: datetime | None = None
    """`None`: in this session."""
    record: str = ""
    """The record that holds it; empty: this session's own."""

    def concerns(self, setup: Given) -> bool:
        """Whether it says something about `setup`: the same electrodes, and a pulse at least as long (which is no weaker)."""
        return self.electrodes == setup.electrodes and self.pulse_width_us <= setup.pulse_width_us


@dataclass(slots=True)
class Ceilings:
    """All that is known of one device in one session."""

    by_a_person: bool = True
    """Whether the last STOP was a person's. One that a failing cable or device called for says nothing of what was felt."""
    directory: Path | None = None
    """Where earlier records are, for a session that keeps none of its own."""
    _known: list[TooStrong] = field(default_factory=list)
    _unanswered: dict[Side, tuple[Given, Titration]] = field(default_factory=dict)
    _read: bool = False

    def read(self, record: Record | None, serial: str, mode: str) -> None:
        """Read what earlier records hold, the first time; then it is known."""
        directory = self.directory if record is None else record.path.parent
        if not self._read and directory is not None:
            self._read = True
            for path in records(directory):
                if record is None or path != record.path:
                    self._known.extend(_in_record(path, serial, mode))

    def binding(self, setup: Given) -> TooStrong | None:
        """What bounds this set-up now, the lowest; `None`: nothing."""
        now = datetime.now(UTC)
        binding = [each for each in self._known if each.concerns(setup) and (each.at is None or now - each.at < HOLDS)]
        return min(binding, key=lambda each: each.ceiling_ma, default=None)

    def earlier(self, setup: Given, amplitude_ma: Milliamps | None = None) -> TooStrong | None:
        """What was too strong here on an earlier day, the newest; it binds nothing any more. `None`: nothing was. `amplitude_ma`: only what
        would have forbidden that."""
        now = datetime.now(UTC)
        found = [each for each in self._known if each.concerns(setup) and (amplitude_ma is None or amplitude_ma > each.ceiling_ma)]
        dated = [(each.at, each) for each in found if each.at is not None and now - each.at >= HOLDS]
        return max(dated, key=lambda each: each[0])[1] if dated else None

    def below(self, setup: Given, titration: Titration) -> Titration:
        """The titration with what binds it from before."""
        found = self.binding(setup)
        bounds = [titration.earlier_ceiling_ma, None if found is None else found.ceiling_ma]
        return replace(titration, earlier_ceiling_ma=min((each for each in bounds if each is not None), default=None))

    def unanswered(self, side: Side, setup: Given, titration: Titration | None) -> None:
        """A burst has begun and nobody has said yet what it did; `None`: somebody has, or nobody is asked any more."""
        self._unanswered.pop(side, None)
        if titration is not None:
            self._unanswered[side] = (setup, titration)

    def cut_off(self, record: Record | None) -> None:
        """After STOP, however it came about: what a person stopped before anybody could answer was too strong."""
        for setup, titration in tuple(self._unanswered.values()) if self.by_a_person else ():
            self.keep(setup, titration.stopped(), record)
        self._unanswered.clear()

    def keep(self, setup: Given, titration: Titration, record: Record | None) -> None:
        """If the last burst was too strong, or a person's STOP cut it off, it binds these electrodes beyond this titration. Noted as far as
        the record can take it: in doubt the bound stands, not the line."""
        last, ceiling_ma = titration.log[-1] if titration.log else None, titration.ceiling_ma
        if last is None or ceiling_ma is None or last.answer not in (None, Answer.DISCOMFORT):
            return
        if last.answer is None and not self.by_a_person:
            return
        found = TooStrong(setup.electrodes, setup.pulse_width_us, last.amplitude_ma, ceiling_ma, cut_off=last.answer is None)
        if found in self._known:
            return  # whoever stopped has said so already
        self._known.append(found)
        if record is not None:
            with contextlib.suppress(RecordLost):  # whoever writes next is told
                record.write(KIND, _as_data(found))


def _as_data(found: TooStrong) -> dict[str, Any]:
    return {
        "electrodes": str(found.electrodes),
        "pulse_width_us": amount(found.pulse_width_us),
        "too_strong_ma": amount(found.amplitude_ma),
        "ceiling_ma": amount(found.ceiling_ma),
        "stopped_before_an_answer": found.cut_off,
    }


def _in_record(path: Path, serial: str, mode: str) -> Iterator[TooStrong]:
    """Whatever a record of this device in this mode tells, whole or not; nothing when it cannot be read."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > LARGEST_BYTES or _WRITTEN not in path.read_bytes():
            return
        rows = list(lines(path))
        first = rows[0] if rows else {}
        if first.get("kind") != "open" or (first["data"].get("serial"), first["data"].get("mode")) != (serial, mode):
            return
        for row in rows:
            if row.get("kind") == KIND and (found := _told(row, path.stem)) is not None:
                yield found


def _told(row: dict[str, Any], record: str) -> TooStrong | None:
    data = row["data"]
    try:
        at = datetime.fromisoformat(str(row.get("utc")))
        electrodes = Electrodes.parse(data.get("electrodes"))
        width_us, amplitude_ma, ceiling_ma = (Decimal(str(data.get(name))) for name in ("pulse_width_us", "too_strong_ma", "ceiling_ma"))
    except (ValueError, ElectrodesError, InvalidOperation):
        return None
    fits = PULSE_WIDTH.range.contains(width_us) and AMPLITUDE.range.contains(amplitude_ma) and AMPLITUDE.range.contains(ceiling_ma)
    if at.tzinfo is None or not fits:
        return None
    cut_off = data.get("stopped_before_an_answer") is True
    return TooStrong(
        electrodes, Microseconds(width_us), Milliamps(amplitude_ma), Milliamps(ceiling_ma), cut_off, at.astimezone(UTC), record
    )
