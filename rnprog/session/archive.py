"""Records as they lie in their directory: which there are, what stands in one, what was measured last. Reads only, and trusts no line.

Whether a record is whole is `audit.py`'s question; here a torn or strange line is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LARGEST_BYTES = 64 << 20
_WORD = 200


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


def records(directory: Path) -> list[Path]:
    """Every record here, newest first; none when the directory is missing or closed."""
    try:
        return sorted(directory.glob("*.jsonl"), reverse=True)
    except OSError:
        return []


def find(directory: Path, name: str) -> Path:
    """The record that `name` means: a path as it stands, or the beginning of a record's name here. The path may not exist."""
    if "/" in name or "\\" in name or name.endswith(".jsonl"):
        return Path(name)
    matching = [path for path in records(directory) if path.name.startswith(name)]
    return matching[0] if len(matching) == 1 else directory / f"{name}.jsonl"


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a record that can be read at all. OSError when the file cannot."""
    if path.stat().st_size > LARGEST_BYTES:
        return
    for row in path.read_bytes().split(b"\n"):
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
        if path == besides:
            continue
        try:
            found = _measured(path, serial, mode)
        except OSError:
            continue
        if found is not None:
            return found
    return None


def _measured(path: Path, serial: str, mode: str) -> Measured | None:
    newest = None
    for number, line in enumerate(lines(path)):
        data = line["data"]
        if number == 0 and (data.get("serial"), data.get("mode")) != (serial, mode):
            return None
        if line.get("kind") == "outcome" and (data.get("what"), data.get("result")) == ("impedance", "applied"):
            newest = line
    if newest is None or not isinstance(newest["data"].get("readings"), list):
        return None
    ohms: dict[str, int | None] = {}
    verdicts: dict[str, str] = {}
    for reading in newest["data"]["readings"]:
        if isinstance(reading, dict) and isinstance(reading.get("pair"), str):
            ohm = reading.get("impedance_ohm")
            ohms[reading["pair"]] = ohm if isinstance(ohm, int) and not isinstance(ohm, bool) else None
            verdicts[reading["pair"]] = _word(reading.get("verdict"))
    return Measured(_word(newest.get("utc")), path, ohms, verdicts)


def _word(value: object) -> str:
    return str(value)[:_WORD] if isinstance(value, str | int) else ""
