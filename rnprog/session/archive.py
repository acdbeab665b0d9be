"""Records as they lie in their directory: which there are, what stands in one, what was measured before. Reads only, and trusts no line.

Whether a record is whole is `audit.py`'s question. To show one, a torn or strange line is passed over; a baseline needs all of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from rnprog.device.serials import is_serial
from rnprog.session.audit import Unreadable, audit
from rnprog.session.opened import content
from rnprog.therapy.units import is_plain, plain

LARGEST_BYTES = 64 << 20
_WORD = 200
_WIDEST = 12
"""Powers of ten: more than any parameter has, so that no number of a forged record becomes a text without end."""
_MOMENT = len("20260131T091500Z")
AFTER_BOTH = "both sides together"
"""A titration told once more, with the amplitude that the check of both sides left of it: no titration of its own."""
HALF_OF_BURSTS = "any contraction in half of the bursts"
CLEAR_CONFIRMED = "clear contraction in 2 of 3 bursts"
"""What a recorded contraction threshold means: the method assisted estimates the one, the others confirm the other."""
_LARGEST_MA = 1000
"""More than any stimulator gives: a larger number is none."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One record, by its first and last line. Text is as found: not safe to show on a terminal before it was cleaned."""

    path: Path
    opened_utc: str
    model: str
    serial: str
    mode: str
    command: str
    patient: str | None
    lines: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """An impedance measurement of the past."""

    utc: str
    path: Path
    impedance_ohm: dict[str, int | None]
    """Per pair, as `ImpedanceReading.name` writes it. None: no number was obtained."""
    verdicts: dict[str, str]
    test: tuple[str, str]
    """Current and width of the test pulse, as recorded: readings of different pulses are not compared."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Titrated:
    """A titration of the past, as recorded."""

    at: datetime
    side: str
    electrodes: str
    conditions: tuple[str, str, str]
    """Pulse width, rate, and how a contraction was confirmed."""
    ending: str
    motor_ma: Decimal | None
    discomfort_ma: Decimal | None
    highest_ma: Decimal
    """The largest amplitude that was given and answered."""
    elsewhere_ma: Decimal | None = None
    """The lowest amplitude that was felt in the wrong place; None: none was reported."""
    estimate_ma: Decimal | None = None
    """The median of what was known of the threshold; None: nothing was rated, or the record is older than estimates."""
    interval_ma: tuple[Decimal, Decimal] | None = None
    """Where it lies with nine chances in ten; None: not in the record."""
    definition: str = ""
    """What `motor_ma` means: `HALF_OF_BURSTS` or `CLEAR_CONFIRMED`."""


@dataclass(frozen=True, slots=True)
class History:
    """What earlier records hold, each newest first."""

    measured: tuple[Measured, ...]
    """One for each record that holds a measurement."""
    titrated: tuple[Titrated, ...]
    left_out: tuple[Path, ...]
    """Records of this device that are not whole, and files that cannot be read."""

    def last(self, pair: str) -> Measured | None:
        """The newest measurement that holds this very pair."""
        return next((each for each in self.measured if pair in each.impedance_ohm), None)


def records(directory: Path) -> list[Path]:
    """Every record here, newest first; none when the directory is missing or closed. No pipe; but links, so that each is told of."""
    try:
        found = (path for path in directory.glob("*.jsonl") if path.is_symlink() or path.is_file() or not path.exists())
        return sorted(found, key=_age, reverse=True)
    except OSError:
        return []


def _age(path: Path) -> tuple[str, int, str]:
    """The moment in the name is whole seconds: of two records of one second the one written last is the newer."""
    try:
        written_ns = path.lstat().st_mtime_ns
    except OSError:
        written_ns = 0
    return path.name[:_MOMENT], written_ns, path.name


def find(directory: Path, name: str) -> Path:
    """The record that `name` means: a path as it stands, or the beginning of a record's name here. The path may not exist."""
    if "/" in name or "\\" in name or name.endswith(".jsonl"):
        return Path(name)
    matching = [path for path in records(directory) if path.name.startswith(name)]
    return matching[0] if len(matching) == 1 else directory / f"{name}.jsonl"


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a record that can be read at all; none of a file larger than any. OSError when the file cannot, as when it is a link."""
    for row in content(path, LARGEST_BYTES).split(b"\n"):
        try:
            found = json.loads(row)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and isinstance(found.get("data"), dict):
            yield found


def summary(path: Path) -> Summary | None:
    """What kind of record it is; None when its first line is none. OSError when the file cannot be read."""
    count, first, last = 0, None, None
    for last in lines(path):
        first = first or last
        count += 1
    if first is None or last is None or first.get("kind") != "open":
        return None
    data = first["data"]
    patient = data.get("patient")
    return Summary(
        path=path,
        opened_utc=_word(first.get("utc")),
        model=_word(data.get("model")),
        serial=_word(data.get("serial")),
        mode=_word(data.get("mode")),
        command=_word(data.get("command")),
        patient=None if patient is None else _word(patient),
        lines=count,
        closed=last.get("kind") == "close",
    )


def last_measured(directory: Path, *, serial: str, mode: str, besides: Path | None = None) -> Measured | None:
    """The newest impedance measurement of the same device in the same mode: an emulator's never serves for a real device."""
    for path in records(directory):
        rows = None if path == besides else _own(path, serial, mode)
        found = _measured(path, rows) if rows else None
        if found is not None:
            return found
    return None


def history(directory: Path, *, serial: str, mode: str, besides: Path | None = None) -> History:
    """All that earlier records of the same device in the same mode hold, newest first. A record that is not whole (see `audit.py`), or
    that cannot be read, is left out and named. A copy of a record counts once. Whole does not mean genuine: whoever can write a file here
    can write a whole one.
    """
    measured: list[Measured] = []
    titrated: list[Titrated] = []
    left_out: list[Path] = []
    sessions: set[str] = set()
    for path in records(directory):
        if path == besides:
            continue
        rows = _own(path, serial, mode)
        if rows is None:
            left_out.append(path)
        elif rows and (session := _word(rows[0].get("session"))) not in sessions:
            sessions.add(session)
            if (found := _measured(path, rows)) is not None:
                measured.append(found)
            titrated.extend(reversed(titrations(rows)))
    measured.sort(key=lambda each: each.at, reverse=True)
    titrated.sort(key=lambda each: each.at, reverse=True)
    return History(tuple(measured), tuple(titrated), tuple(left_out))


def _own(path: Path, serial: str, mode: str) -> list[dict[str, Any]] | None:
    """The lines of a record of this device; empty: of another one, or no record. None: it would be ours, but is not to be relied on.
    A device whose serial number is not told has no records: they may be another patient's."""
    if not is_serial(serial):
        return []
    try:
        first = next(lines(path), None)
        if first is None or first.get("kind") != "open" or (first["data"].get("serial"), first["data"].get("mode")) != (serial, mode):
            return []
        return list(lines(path)) if all(fault.misnamed for fault in audit(path).faults) else None
    except (OSError, Unreadable):
        return None


def _measured(path: Path, rows: list[dict[str, Any]]) -> Measured | None:
    """All measurements of a record as one: of each pair the last value."""
    ohms: dict[str, int | None] = {}
    verdicts: dict[str, str] = {}
    at, test = None, ("", "")
    for row in rows:
        data = row["data"]
        if row.get("kind") != "outcome" or (data.get("what"), data.get("result")) != ("impedance", "applied"):
            continue
        readings = data.get("readings")
        for reading in readings if isinstance(readings, list) else ():
            if isinstance(reading, dict) and isinstance(reading.get("pair"), str):
                ohm = reading.get("impedance_ohm")
                ohms[reading["pair"]] = ohm if isinstance(ohm, int) and not isinstance(ohm, bool) else None
                verdicts[reading["pair"]] = _word(reading.get("verdict"))
                at, test = _moment(row), (_word(data.get("test_ma")), _word(data.get("test_us")))
    return Measured(at.isoformat(timespec="milliseconds"), path, ohms, verdicts, test, at) if at is not None else None


def titrations(rows: list[dict[str, Any]]) -> tuple[Titrated, ...]:
    """The titrations that came to an end by themselves, in their order."""
    found: list[Titrated] = []
    setup: dict[str, dict[str, Any]] = {}
    how: dict[str, str] = {}
    definition: dict[str, str] = {}
    highest_ma: dict[str, Decimal] = {}
    for row in rows:
        data, kind = row["data"], row.get("kind")
        side = _word(data.get("side"))
        if kind == "outcome" and (data.get("what"), data.get("result")) == ("arm", "applied"):
            setup[side] = data
        elif kind == "titration":
            how[side], highest_ma[side] = _word(data.get("confirmed_by_means_of")), Decimal(0)
            definition[side] = HALF_OF_BURSTS if data.get("method") == "assisted" else CLEAR_CONFIRMED
        elif kind == "answer":
            highest_ma[side] = max(highest_ma.get(side, Decimal(0)), _amount(data.get("amplitude_ma")) or Decimal(0))
        elif kind == "titrated" and data.get("after") != AFTER_BOTH and side in setup and (at := _moment(row)) is not None:
            estimate = known if isinstance(known := data.get("estimate"), dict) else {}
            interval = (_amount(estimate.get("lower_ma")), _amount(estimate.get("upper_ma")))
            width_us, rate_hz = (_number(setup[side].get(name)) for name in ("pulse_width_us", "rate_hz"))
            conditions = (width_us, rate_hz, how.get(side, ""))
            found.append(
                Titrated(
                    at,
                    side,
                    _word(setup[side].get("electrodes")),
                    conditions,
                    _word(data.get("ending")),
                    _amount(data.get("motor_ma")),
                    _amount(data.get("discomfort_ma")),
                    highest_ma.get(side, Decimal(0)),
                    _amount(data.get("elsewhere_ma")),
                    _amount(estimate.get("median_ma")),
                    None if interval[0] is None or interval[1] is None else (interval[0], interval[1]),
                    _word(data.get("motor_definition")) or definition.get(side, ""),
                )
            )
    return tuple(found)


def _number(value: object) -> str:
    """A number as it is compared: "20.0" is "20". What is none stays as it is."""
    text = _word(value)
    try:
        found = Decimal(text)
    except InvalidOperation:
        return text
    return plain(found) if found.is_finite() and abs(found.adjusted()) < _WIDEST else text


def _moment(row: dict[str, Any]) -> datetime | None:
    try:
        found = datetime.fromisoformat(_word(row.get("utc")))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


def _amount(value: object) -> Decimal | None:
    try:
        found = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return found if is_plain(found) and 0 <= found <= _LARGEST_MA else None


def _word(value: object) -> str:
    return str(value)[:_WORD] if isinstance(value, str | int) else ""
